"""Does a student's notebook work? What `tito module test`, `complete` and `submit` ask."""
