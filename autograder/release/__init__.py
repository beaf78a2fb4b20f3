"""Reference notebook to student edition: no solution and no hidden test leaves."""
