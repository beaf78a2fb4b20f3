"""Recompute the arithmetic of TinyTalks from the words of question and answer."""
import re
from collections.abc import Callable

N = r"(\d+)"
# An answer, and what makes it true. The numbers are those of the answer in their order.
STATEMENTS: dict[str, Callable[..., bool]] = {
    rf"{N} plus {N} is {N}\.": lambda a, b, c: a + b == c,
    rf"{N} minus {N} is {N}\.": lambda a, b, c: a - b == c,
    rf"{N} times {N} is {N}\.": lambda a, b, c: a * b == c,
    rf"{N} divided by {N} is {N}\.": lambda a, b, c: b * c == a and b > 0,
    rf"Double {N} is {N}\.": lambda a, c: 2 * a == c,
    rf"Half of {N} is {N}\.": lambda a, c: 2 * c == a,
    rf"After {N} comes {N}\.": lambda a, c: a + 1 == c,
    rf"Before {N} comes {N}\.": lambda a, c: a - 1 == c,
    rf"{N} is larger than {N}\.": lambda a, b: a > b,
    rf"{N} is even\.": lambda a: a % 2 == 0,
    rf"{N} is odd\.": lambda a: a % 2 == 1,
}
MORE, FEWER = re.compile(r"\bmore\b"), re.compile(r"\b(give .*away|takes|gone)\b")
MEANINGS = {                # words that only these statements may answer
    "plus": r"\bplus\b|\badd\b|\bsum\b", "minus": r"\bminus\b|\baway from\b|\bsubtract\b",
    "times": r"\btimes\b|\bmultiply\b|\bproduct\b", "divided": r"\bdivide|\bfit into\b",
    "Double": r"\bdouble\b|\btwice\b", "Half": r"\bhalf\b|\bhalve\b", "larger": r"\blarger\b|\bcompare\b",
    "After": r"\bafter\b|\bcount up\b|\bfollows\b", "Before": r"\bbefore\b|\bcount down\b|\bahead of\b",
    "even|odd": r"\beven\b",
}


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def wrong_sum(line: dict, question: str) -> str | None:
    """What is wrong with the numbers in the answer to this question; None if they are right, or if there are none."""
    answer = line["answer"]
    told = [n for turn in line["before"] for n in numbers(turn[0])]
    if line["level"] == "multi_turn" and not told or line["level"] not in ("arithmetic", "multi_turn"):
        return None                              # a fact, such as the legs of a spider
    if answer.startswith("You have "):
        return wrong_count(told + numbers(question), question, answer)
    if line["level"] == "multi_turn":
        return f"no rule recomputes {answer!r}"
    for statement, holds in STATEMENTS.items():
        if match := re.fullmatch(statement, answer):
            found = [int(number) for number in match.groups()]
            if not holds(*found):
                return f"wrong arithmetic: {answer!r}"
            return wrong_question(found, question, answer)
    return f"no rule recomputes {answer!r}"


def wrong_count(given: list[int], question: str, answer: str) -> str | None:
    """I have 3 pens, and so many more or fewer."""
    first, *rest = given
    sign = 1 if MORE.search(question) else -1 if FEWER.search(question) else 0
    if len(rest) != abs(sign):
        return f"no rule recomputes {answer!r} from {question!r}"
    right = first + sign * sum(rest)
    return None if numbers(answer) == [right] else f"wrong arithmetic: {answer!r}, {right} is right"


def wrong_question(found: list[int], question: str, answer: str) -> str | None:
    """Does the question ask what this statement answers, of the same numbers?"""
    asked, kinds = numbers(question), [kind for kind, words in MEANINGS.items() if re.search(words, question.lower())]
    given = found if "larger" in answer else found[:-1] or found
    swapped = "from" in question or "fit into" in question
    in_order = asked[::-1] if swapped or "Take" in question else asked
    if "larger" in answer:
        in_order, given = sorted(asked), sorted(given)
    if in_order != given:
        return f"the numbers of {question!r} are not those of {answer!r}"
    if len(kinds) != 1 or not re.search(kinds[0], answer):
        return f"{question!r} does not ask for {answer!r}"
    return None
