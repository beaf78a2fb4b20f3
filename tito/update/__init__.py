"""A new student edition brought into a student's folder, without touching an answer."""
