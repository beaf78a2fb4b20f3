"""What people read: feedback, grades, Formgrader."""
