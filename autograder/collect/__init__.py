"""What was handed in, from wherever it lies, to rebuilt submissions."""
