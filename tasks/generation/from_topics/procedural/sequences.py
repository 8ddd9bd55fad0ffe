"""Sequences that follow a rule: name the rule and go on."""

from itertools import pairwise
from random import Random

from tasks.generation.from_topics.procedural.problem import SolvedProblem

SHOWN = 5
"""Terms that are given: enough that the simplest rule through them is the one meant."""


def draw(rng: Random, level: str) -> SolvedProblem:
    """Equal differences (easy), equal factors (medium), or differences that grow by an equal amount (hard)."""
    wanted = 1 if level == "easy" else 2
    first = rng.randint(1, 30)
    if level == "medium":
        factor = rng.choice((2, 3, 4, 5))
        terms = [first * factor**n for n in range(SHOWN + wanted)]
        rule = f"Each term is {factor} times the one before."
    else:
        step, grows = rng.choice([n for n in range(-9, 13) if n]), 0 if level == "easy" else rng.randint(1, 6)
        terms = [first + n * step + grows * n * (n - 1) // 2 for n in range(SHOWN + wanted)]
        differences = ", ".join(str(after - before) for before, after in pairwise(terms[:SHOWN]))
        rule = f"The difference between neighbours is always {step}."
        if grows:
            rule = f"The differences between neighbours are {differences}: each is {grows} more than the one before."
    given, rest = terms[:SHOWN], terms[SHOWN:]
    text, answer = ", ".join(map(str, given)), ", ".join(map(str, rest))
    asked = f"Continue the sequence {text}, …" if wanted == 1 else f"What are the next two terms of {text}, …?"
    if wanted == 1 and rng.random() < 0.5:
        asked = f"What is the next term of the sequence {text}, …?"
    said = f"The next term is {answer}." if wanted == 1 else f"The next two terms are {rest[0]} and {rest[1]}."
    return SolvedProblem(asked, (rule,), said, answer, level)
