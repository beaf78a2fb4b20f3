"""What a person saw who gave points or wrote a comment: to tell an answer that has changed from one that has not."""
import hashlib
import io
import json
import tokenize

from tito.notebooks import Cell, cells_of

LEFT_OUT = (tokenize.COMMENT, tokenize.NL)
LAYOUT = (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)      # how they are written does not count


def seen_in(notebook: dict) -> dict[str, str]:
    """For each cell that a person can give points or a comment, a checksum of what decides about it.

    That is its own text, for a written answer with its pictures and without blanks at the ends of lines; where code is
    run, without comments and layout; and for a test all answers in code.
    """
    answers = answers_of(notebook)
    code = [f"{name}\0{text}" for name, text in answers.items() if name not in written_in(notebook)]
    seen = {**answers, **{cell.grade_id: "\0".join(code) for cell in cells_of(notebook) if cell.role == "test"}}
    return {name: hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16] for name, text in seen.items()}


def answers_of(notebook: dict) -> dict[str, str]:
    """Every answer, as far as a change in it matters."""
    return {cell.grade_id: what_matters(cell) + pictures(notebook["cells"][cell.index]) for cell in cells_of(notebook)
            if cell.role in ("answer", "written")}


def written_in(notebook: dict) -> set[str]:
    """The questions that a person reads."""
    return {cell.grade_id for cell in cells_of(notebook) if cell.role == "written"}


def pictures(cell: dict) -> str:
    """Those pasted into an answer: in its text stand only their names, which another picture can have."""
    return "\0" + json.dumps(cell["attachments"], sort_keys=True) if cell.get("attachments") else ""


def what_matters(cell: Cell) -> str:
    if cell.role == "answer" and cell.kind == "code":
        try:
            tokens = tokenize.generate_tokens(io.StringIO(cell.source + "\n").readline)
            return "\0".join(f"{token.type} {token.string if token.type not in LAYOUT else ''}" for token in tokens
                             if token.type not in LEFT_OUT)
        except (tokenize.TokenError, SyntaxError):
            pass                                  # a magic, or half a program: every letter counts
    return "\n".join(line.rstrip() for line in cell.source.strip().splitlines())
