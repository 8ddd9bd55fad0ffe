"""A plan before a build: which methods serve a use, what so many rows would cost, how long a vendor's limit makes them take, and
what reading a share of them asks of people. Every figure is computed here from what stands beside it; nothing is sent."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from flows import recipe_file
from flows.cli.pricing import method_price
from flows.recipe import Recipe, nearest
from flows.sizing import RowsWorth, rows_worth
from tasks.core import yaml_text
from tasks.core.errors import BadInput
from tasks.generation.catalogue import BY_NAME
from tasks.generation.method import MethodParams, Sizes

MARKS: Final = 3
PASSAGE_TOKENS: Final = 300
"""Of an average passage, where no documents are known yet."""
PILOT: Final = 50
"""Rows to read before more are made: fewer say little about a method's faults."""
TEACHER: Final = ("teacher.provider=anthropic", "teacher.max_tokens=1024")
"""Who is priced where nobody is named; packaged recipes that run on the smallest model limit its answers."""
SHOWN_IN: Final = {"taxonomy": "local", "templates": "demo", "constraints": "demo"}
"""Packaged recipes with the methods that have none of their own name."""


@dataclass(frozen=True)
class RankedMethod:
    """A method that serves the use, with its marks from 0 to 3 and what the rows would cost at most."""

    method: str
    score: float
    """Weighted sum of the marks, as a share of the largest there could be."""
    marks: Mapping[str, float]
    requests: int
    usd: float | None
    """None where the model's price is not known."""


@dataclass(frozen=True)
class MethodPlan:
    """What `instructory plan` prints."""

    use: str
    rows: int
    weights: Mapping[str, float]
    candidates: tuple[RankedMethod, ...]
    """The best first."""
    minutes: float
    """The best one's requests at the rate limit given."""
    review_hours: float
    review_usd: float
    published: Mapping[str, Any] | None
    worth: RowsWorth | None
    """What so many rows of a dataset that was ablated would bring."""
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class PlanRequest:
    """What a plan is asked for."""

    use: str
    rows: int
    settings: tuple[str, ...] = ()
    """Of the teacher, as `--set` takes them: teacher.provider=openai."""
    weights: tuple[str, ...] = ()
    budget: float | None = None
    per_minute: float = 60
    review: float = 0.05
    """Share of the rows that people read."""
    review_minutes: float = 1.5
    hourly: float = 40
    dataset: str = ""
    """One whose last ablation is to say what more rows would bring."""
    store: Path = Path(".instructory")


@cache
def known() -> dict[str, Any]:
    """The marks, uses and published sets of planning.yaml."""
    path = Path(__file__).with_suffix(".yaml")
    found: dict[str, Any] = yaml_text.load(path.read_text("utf-8"), path.name)
    return found


def plan(wanted: PlanRequest) -> MethodPlan:
    """The methods that serve `wanted.use`, ranked, and what they cost. BadInput for a use or weight that there is not."""
    if wanted.use not in known()["uses"]:
        raise BadInput(
            f"no use {wanted.use!r}{nearest(wanted.use, known()['uses'])}; there are {', '.join(known()['uses'])}"
        )
    weights = _weights(wanted.weights)
    found = [
        _candidate(name, wanted, weights) for name, marks in known()["methods"].items() if wanted.use in marks["fit"]
    ]
    ranked = tuple(sorted(found, key=lambda one: (-one.score, one.method)))
    hours = wanted.rows * wanted.review * wanted.review_minutes / 60
    return MethodPlan(
        use=wanted.use,
        rows=wanted.rows,
        weights=weights,
        candidates=ranked,
        minutes=ranked[0].requests / wanted.per_minute,
        review_hours=hours,
        review_usd=hours * wanted.hourly,
        published=known()["published"].get(wanted.use),
        worth=rows_worth(wanted.store, wanted.dataset, wanted.rows) if wanted.dataset else None,
        warnings=tuple(_warnings(wanted, ranked[0])),
    )


def _weights(given: tuple[str, ...]) -> dict[str, float]:
    weights = dict(known()["weights"])
    for text in given:
        name, _, value = text.partition("=")
        if name not in weights:
            raise BadInput(f"--weight: no criterion {name!r}{nearest(name, weights)}; there are {', '.join(weights)}")
        try:
            weights[name] = float(value)
        except ValueError:
            raise BadInput(f"--weight {text}: write CRITERION=NUMBER, such as {name}=2") from None
        if not 0 <= weights[name] < math.inf:
            raise BadInput(f"--weight {text}: a weight is 0 or more")
    if not any(weights.values()):
        raise BadInput("--weight: all weights are 0; leave one above it")
    return weights


def _candidate(name: str, wanted: PlanRequest, weights: Mapping[str, float]) -> RankedMethod:
    recipe, entry = _shown(name, (*TEACHER, *wanted.settings))
    calls = BY_NAME[name].estimate(entry, Sizes(wanted.rows, PASSAGE_TOKENS, wanted.rows))
    price, share = method_price(recipe, entry, calls), wanted.rows / max(calls.rows, 1)
    usd = price.usd * share if price.usd is not None else None
    marks = known()["methods"][name]
    given = {
        "fit": float(marks["fit"][wanted.use]),
        "verified": float(marks["verified"]),
        "cost": _cost_mark(usd, wanted.rows),
        "effort": float(marks["effort"]),
    }
    score = sum(weights[criterion] * mark for criterion, mark in given.items()) / (MARKS * sum(weights.values()))
    return RankedMethod(name, score, given, math.ceil(price.requests * share), usd)


def _cost_mark(usd: float | None, rows: int) -> float:
    """3 for no cost; else 2 at 1 USD for 1,000 rows, 1 at 10, 0 at 100. An unknown price counts as 10."""
    each = 10.0 if usd is None else usd * 1000 / rows
    return float(MARKS) if each == 0 else min(max(2 - math.log10(each), 0.0), 2.9)


def _shown(name: str, settings: tuple[str, ...]) -> tuple[Recipe, MethodParams]:
    """A packaged recipe with the method, and the method's entry in it."""
    if name == "question_headings":
        recipe = recipe_file.load("demo", (*settings, "generate=[{method: question_headings}]"))
    else:
        recipe = recipe_file.load(SHOWN_IN.get(name, name), settings)
    return recipe, next(entry for entry in recipe.generate if entry.method == name)


def _warnings(wanted: PlanRequest, best: RankedMethod) -> list[str]:
    found = []
    if wanted.rows > PILOT:
        found.append(f"make {PILOT} rows first and read them, then decide on more")
    else:
        found.append(
            f"{wanted.rows} rows are a pilot: enough to see what a method does wrong, too few to train on alone"
        )
    if BY_NAME[best.method].reads_rows:
        found.append(f"{best.method} works on rows that exist; what it costs to make those comes on top")
    if best.usd is None:
        found.append("the model's price is not known; state teacher.usd_per_million_in and teacher.usd_per_million_out")
    elif wanted.budget is not None and best.usd > wanted.budget:
        paid = int(wanted.rows * wanted.budget / best.usd)
        found.append(f"{best.method} would cost up to ${best.usd:,.2f}: ${wanted.budget:,.2f} pays for {paid:,} rows")
    if wanted.review * wanted.rows < min(PILOT, wanted.rows):
        found.append(
            f"fewer than {PILOT} rows would be read; --review {min(PILOT / wanted.rows, 1):.2g} is {PILOT} of them"
        )
    return found
