"""The class: who is in it, who leaves it, and what it has handed in."""
