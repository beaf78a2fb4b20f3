"""A student's id: one rule for handing in and for collecting. It is kept as it is, or refused; never altered."""
import re
import unicodedata

from tito.errors import TitoError

STUDENT = re.compile(r"\w[\w.@-]{0,63}")     # no separators, no leading dot or dash: safe as a folder name
MAX_BYTES = 200                              # of 255 that a file system takes for a name


def student_id(text: str) -> str:
    """The id in one spelling (Unicode knows two for ü). Raises TitoError for what cannot safely name a folder."""
    text = unicodedata.normalize("NFC", text)
    if not STUDENT.fullmatch(text) or ".." in text or len(text.encode("utf-8")) > MAX_BYTES:
        raise TitoError(f"{text!r:.80} is not a student id: use letters, digits and . _ @ - (at most 64, no '..').",
                        exit_code=2)
    return text
