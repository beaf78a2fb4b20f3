"""A submission to scores in the gradebook."""
