"""Makes the sandbox where there is no bubblewrap. Run as a program of its own: standard library only."""
