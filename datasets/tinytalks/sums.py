"""Recompute the arithmetic of TinyTalks from the words of question and answer."""
import re
from collections.abc import Callable

N = r"(\d+)"
# An answer, and what makes it true. The numbers are those of the answer in their order.
STATEMENTS: dict[str, Callable[..., bool]] = {
    rf"{N} plus {N} is {N}\.": lambda a, b, c: a + b == c,
    rf"{N} minus {N} is {N}\.": lambda a, b, c: a - b == c,
    rf"{N} plus {N} makes {N} \w+\.": lambda a, b, c: a + b == c,
    rf"{N} minus {N} leaves {N} \w+\.": lambda a, b, c: a - b == c,
    rf"{N} times {N} is {N}\.": lambda a, b, c: a * b == c,
    rf"{N} divided by {N} is {N}\.": lambda a, b, c: b * c == a and b > 0,
    rf"Double {N} is {N}\.": lambda a, c: 2 * a == c,
    rf"Half of {N} is {N}\.": lambda a, c: 2 * c == a,
    rf"After {N} comes {N}\.": lambda a, c: a + 1 == c,
    rf"Before {N} comes {N}\.": lambda a, c: a - 1 == c,
    rf"Of {N} and {N}, {N} is larger\.": lambda a, b, c: max(a, b) == c and a != b,
    rf"{N} is even\.": lambda a: a % 2 == 0,
    rf"{N} is odd\.": lambda a: a % 2 == 1,
}
MEANINGS = {                # words of the question that only these statements may answer
    " plus ": r"\bplus\b|\badd\b|\bsum\b|\bmore\b", " minus ": r"\bminus\b|\bsubtract\b|\baway\b|\btakes\b|\bgone\b",
    " times ": r"\btimes\b|\bmultiply\b|\bproduct\b", " divided ": r"\bdivide|\bfit into\b",
    "Double": r"\bdouble\b|\btwice\b", "Half": r"\bhalf\b|\bhalve\b", "larger": r"\blarger\b|\bcompare\b",
    "After": r"\bafter\b|\bcount up\b|\bfollows\b", "Before": r"\bbefore\b|\bcount down\b|\bahead of\b",
    "even|odd": r"\beven\b",
}
SWAPPED = re.compile(r"away from|Subtract|fit into")      # questions that name the second number first


def numbers(text: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text)]


def wrong_sum(line: dict, question: str) -> str | None:
    """What is wrong with the numbers in the answer to this question; None if they are right, or if there are none."""
    answer = line["answer"]
    told = [number for turn in line["before"] for number in numbers(turn[0])]
    if not (line["level"] == "arithmetic" or told):
        return None                              # a fact, such as the legs of a spider
    if told and numbers(question) == [] and answer.startswith("You have "):
        return None if numbers(answer) == told else f"wrong arithmetic: {answer!r}, {told[0]} is right"
    for statement, holds in STATEMENTS.items():
        if match := re.fullmatch(statement, answer):
            found = [int(number) for number in match.groups()]
            if not holds(*found):
                return f"wrong arithmetic: {answer!r}"
            return wrong_question(found, told + numbers(question), question, answer)
    return f"no rule recomputes {answer!r}"


def wrong_question(found: list[int], given: list[int], question: str, answer: str) -> str | None:
    """Does the question ask what this statement answers, of the same numbers?"""
    used = found if answer.endswith((" even.", " odd.")) else found[:-1]
    if (given[::-1] if SWAPPED.search(question) else given) != used:
        return f"the numbers of {question!r} are not those of {answer!r}"
    kinds = [kind for kind, words in MEANINGS.items() if re.search(words, question.lower())]
    if not any(re.search(kind, answer) for kind in kinds):
        return f"{question!r} does not ask for {answer!r}"
    return None
