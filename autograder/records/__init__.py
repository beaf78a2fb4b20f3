"""What lies where for one class, and how it is read and written."""
