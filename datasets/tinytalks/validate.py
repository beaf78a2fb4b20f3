"""Check TinyTalks, and print what is in it. Exits 1 at a fault, with the line that has it.

    python validate.py [FILE]          (seconds; needs nothing but Python)

What counts as a fault stands in README.md, under "What the validator checks".
"""
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sums import wrong_sum

FILE = Path(__file__).resolve().with_name("tinytalks.jsonl")
LEVELS = ["greetings", "facts", "arithmetic", "common_sense", "multi_turn"]
KEYS = ["id", "level", "before", "questions", "answer"]
SPLITS = [["train", "held_out"], ["combinations"]]        # what a line may hold: one or the other
ALPHABET = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,!?'")
LONGEST = 64                # characters in a question or an answer
LONGEST_DIALOGUE = 128      # in all turns together, with a line end after each question and answer
NEAR = 0.8                  # questions as similar as this are nearly equal
FEWEST = {level: 80 for level in LEVELS}


class Fault(Exception):
    """What is wrong, and in which line."""


def normal(text: str) -> str:
    """Lower case, without punctuation, one blank between words."""
    return " ".join("".join(c if c.isalnum() else " " for c in text.lower().replace("'", "")).split())


@cache
def similarity(a: str, b: str) -> float:
    """1 - d / n: d single characters to insert, delete or change (Levenshtein 1966), n the longer one's length."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        corner, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            corner, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, corner + (x != y))
    return 1 - row[-1] / max(len(a), len(b), 1)


def nearly_equal(a: str, b: str) -> bool:
    """Of two normalised questions: the same words in any order, or at least NEAR similar."""
    return sorted(a.split()) == sorted(b.split()) or similarity(a, b) >= NEAR


def context(line: dict) -> tuple[str, ...]:
    """The turns before the question, normalised."""
    return tuple(normal(part) for turn in line["before"] for part in turn)


def asked(line: dict, *splits: str) -> list[str]:
    return [question for split in splits or line["questions"] for question in line["questions"].get(split, [])]


def well_formed(line: object) -> bool:
    """Has it the keys and types of a line of TinyTalks?"""
    if not isinstance(line, dict) or list(line) != KEYS:
        return False
    before, questions = line["before"], line["questions"]
    if not isinstance(questions, dict) or list(questions) not in SPLITS or not isinstance(before, list):
        return False
    groups = [*before, *questions.values(), [line["id"], line["level"], line["answer"]]]
    return all(isinstance(group, list) and all(isinstance(text, str) for text in group) for group in groups) and \
        all(len(turn) == 2 for turn in before)


def read(text: str) -> list[dict]:
    """The lines, each with its number. Raises Fault for what is not a line of TinyTalks."""
    lines = []
    for number, row in enumerate(text.splitlines(), 1):
        try:
            line = json.loads(row)
        except json.JSONDecodeError as error:
            raise Fault(f"line {number}: no JSON ({error})") from None
        if not well_formed(line):
            raise Fault(f"line {number}: the keys should be {', '.join(KEYS)}, and in questions train and held_out, "
                        "or combinations alone; before is a list of pairs, questions hold lists, and all else is text")
        lines.append({**line, "number": number})
    return lines


def faults_of_a_line(line: dict) -> Iterator[str]:
    """What can be seen in one line alone."""
    if line["level"] not in LEVELS:
        yield f"no such level: {line['level']!r}"
    if (line["level"] == "multi_turn") != bool(line["before"]):
        yield "turns before the question belong to multi_turn, and only there"
    train, held_out, together = (asked(line, split) for split in ("train", "held_out", "combinations"))
    if "train" in line["questions"] and not (len(held_out) == 1 and 2 <= len(train) <= 3):
        yield f"{len(train)} wordings in train and {len(held_out)} in held_out: 2 or 3, and 1, are right"
    if "combinations" in line["questions"] and not (line["before"] and 3 <= len(together) <= 4):
        yield "combinations should hold 3 or 4 wordings of a question that has turns before it"
    for text in [*(part for turn in line["before"] for part in turn), *asked(line), line["answer"]]:
        if not set(text) <= ALPHABET:
            yield f"{''.join(sorted(set(text) - ALPHABET))!r} is not in the alphabet: {text!r}"
        if not 0 < len(text) <= LONGEST:
            yield f"{len(text)} characters, 1 to {LONGEST} are right: {text!r}"
        if text != " ".join(text.split()) or not text.endswith((".", "!", "?")):
            yield f"blanks to spare, or no mark at the end: {text!r}"
    for question in asked(line):
        size = sum(len(part) + 1 for turn in [*line["before"], [question, line["answer"]]] for part in turn)
        if size > LONGEST_DIALOGUE:
            yield f"the dialogue has {size} characters, at most {LONGEST_DIALOGUE} are right: {question!r}"
        if problem := wrong_sum(line, question):
            yield problem


def faults_between_lines(lines: list[dict]) -> Iterator[tuple[dict, str]]:
    """Duplicates, two answers to one question, and held-out questions that training gives away."""
    ids, answers, seen = {}, {}, {}
    trained = defaultdict(list)                  # (context, answer) -> training questions, with their lines
    for line in lines:
        if line["id"] in ids:
            yield line, f"its id is also that of line {ids[line['id']]}"
        ids[line["id"]] = line["number"]
        turns = [(context(line), normal(q), line["answer"], True) for q in asked(line)]
        turns += [(tuple(map(normal, sum(line["before"][:k], []))), normal(q), a, False)
                  for k, (q, a) in enumerate(line["before"])]
        for before, question, answer, is_last in turns:
            known, number = answers.setdefault((before, question), (answer, line["number"]))
            if known != answer:
                yield line, f"{question!r} has another answer in line {number}: {known!r}, here {answer!r}"
            if is_last and (before, question) in seen:
                yield line, f"{question!r} stands in line {seen[before, question]} too"
            if is_last:
                seen[before, question] = line["number"]
        for question in asked(line, "train"):
            trained[context(line), line["answer"]].append((normal(question), line["number"]))
    for line in lines:
        for question in asked(line, "held_out"):
            for other, number in trained[context(line), line["answer"]]:
                if nearly_equal(normal(question), other):
                    yield line, f"a leak: {question!r} is nearly the training question {other!r} of line {number}"


def faults_of_dialogues(lines: list[dict]) -> Iterator[tuple[dict, str]]:
    """Last turns that need no first turn, and combinations that training has seen or whose parts it has not."""
    dialogues = [line for line in lines if line["before"]]
    answers, after = defaultdict(set), defaultdict(set)
    for line in dialogues:
        for question in asked(line):
            answers[normal(question)].add(line["answer"])
        if asked(line, "train"):
            after[context(line)].add(line["answer"])
    trained = {normal(q) for line in dialogues for q in asked(line, "train")}
    alone = {normal(q) for line in lines if not line["before"] for q in asked(line)}
    for line in dialogues:
        for question in asked(line):
            if len(answers[normal(question)]) < 2 or normal(question) in alone:
                yield line, f"{question!r} can be answered without the turns before it"
        for question in asked(line, "combinations"):
            if line["answer"] in after[context(line)]:
                yield line, f"a leak: training has this answer after the same turns: {question!r}"
            if not after[context(line)] or normal(question) not in trained:
                yield line, f"training should know the turns before and, elsewhere, the question: {question!r}"


def check(lines: list[dict]) -> None:
    """Raises Fault at the first fault."""
    for line in lines:
        for problem in faults_of_a_line(line):
            raise Fault(f"line {line['number']} ({line['id']}): {problem}")
    for find in (faults_between_lines, faults_of_dialogues):
        for line, problem in find(lines):
            raise Fault(f"line {line['number']} ({line['id']}): {problem}")
    pairs = Counter(line["level"] for line in lines)
    for level, fewest in FEWEST.items():
        if pairs[level] < fewest:
            raise Fault(f"{level} has {pairs[level]} pairs, at least {fewest} are right")


def report(lines: list[dict]) -> str:
    """The table."""
    head = ["level", "pairs", "train", "held out", "combinations", "question", "answer"]
    rows = [head]
    for level in [*LEVELS, "all"]:
        some = [line for line in lines if level in (line["level"], "all")]
        counts = [len(some), *(sum(len(asked(line, split)) for line in some) for split in sum(SPLITS, []))]
        longest = [max(len(q) for line in some for q in asked(line)), max(len(line["answer"]) for line in some)]
        rows.append([level, *(f"{number:,}" for number in counts + longest)])
    table = [row[0].ljust(14) + "".join(cell.rjust(14) for cell in row[1:]) for row in rows]
    nearest = max(similarity(normal(a), normal(b)) for line in lines
                  for a in asked(line, "held_out") for b in asked(line, "train"))
    used = {c for line in lines for c in "".join([line["answer"], *asked(line), *sum(line["before"], [])])}
    return "\n".join([*table, "(question, answer: the longest, in characters)", "",
                      f"alphabet: {len(used)} characters, {''.join(sorted(used))!r}",
                      f"held-out rewordings nearly equal to a training question: 0 "
                      f"(the most similar: {nearest:.2f}, limit {NEAR})"])


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    try:
        lines = read(path.read_text(encoding="utf-8"))
        check(lines)
    except (Fault, OSError, UnicodeError) as fault:
        sys.exit(f"{path.name}, {fault}")
    print(report(lines))


if __name__ == "__main__":
    main()
