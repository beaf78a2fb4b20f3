"""CSV files that people open in a spreadsheet, and that systems read."""
import csv
import io
from dataclasses import dataclass, field
from pathlib import Path

from tito import console
from tito.errors import TitoError
from tito.files import write_whole

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass
class Table:
    """As it stands in the file: with comma, semicolon or tab, and with or without a byte-order mark."""
    header: list[str]
    lines: list[list[str]] = field(default_factory=list)
    delimiter: str = ","
    encoding: str = "utf-8"

    def column(self, name: str, path: Path) -> int:
        if name not in self.header:
            raise TitoError(f"{path} has no column {name!r}: it has {', '.join(self.header)}.")
        return self.header.index(name)

    def write(self, path: Path) -> None:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter).writerows([self.header, *self.lines])
        write_whole(path, text.getvalue().encode(self.encoding))


def read_table(path: Path) -> Table:
    """The table in a file, every line as long as its header."""
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
        delimiter = max(",;\t", key=text.split("\n", 1)[0].count)
        header, *lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except OSError as error:
        raise TitoError(f"{path} cannot be read: {error.strerror}.") from None
    except (UnicodeDecodeError, csv.Error, ValueError):
        raise TitoError(f"{path} is not a table in UTF-8: save it as CSV UTF-8.") from None
    encoding = "utf-8-sig" if raw.startswith(b"\xef\xbb\xbf") else "utf-8"
    return Table(header, [line + [""] * (len(header) - len(line)) for line in lines], delimiter, encoding)


def guarded(value: str) -> str:
    """A spreadsheet takes a cell that begins with one of these for a formula: a quote in front makes it text."""
    value = console.clean(value)
    return f"'{value}" if value.startswith(FORMULA) else value


def unguarded(value: str) -> str:
    return value[1:] if value.startswith("'") and value[1:].startswith(FORMULA) else value
