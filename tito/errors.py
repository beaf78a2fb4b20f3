"""The one way in which a command gives up."""


class TitoError(Exception):
    """A problem the user can mend: one line says what is wrong and what to do. Exit code 1, or 2 for wrong usage."""

    def __init__(self, message: str, exit_code: int = 1):
        super().__init__(message)
        self.exit_code = exit_code
