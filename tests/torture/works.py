"""A small works whose builds are killed: a manual of forty machines, and a model that knows it by heart."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from tasks.store.manifest import Release
from tasks.store.store import Store
from tests.servers.models import ModelServer
from tests.servers.wire import Seen

MACHINES = (
    "kettle", "toaster", "mixer", "grinder", "juicer", "oven", "freezer", "washer", "dryer", "blender", "lathe",
    "saw", "drill", "planer", "sander", "jointer", "router", "press", "welder", "furnace", "pump", "valve",
    "turbine", "boiler", "condenser", "compressor", "chiller", "filter", "dynamo", "motor", "crane", "hoist",
    "winch", "conveyor", "forklift", "scraper", "loader", "roller", "paver", "excavator",
)  # fmt: skip
VERBS = (
    "heats", "cuts", "lifts", "cools", "cleans", "presses", "moves", "joins", "shapes", "drains", "spins",
    "crushes", "melts", "folds", "rinses",
)  # fmt: skip
THINGS = (
    "water", "bread", "dough", "coffee", "fruit", "linen", "steel", "timber", "gravel", "copper", "glass",
    "paper", "rubber", "leather", "plaster", "granite", "sugar", "cotton", "marble", "bronze", "cement", "wool",
    "brick", "clay", "resin",
)  # fmt: skip
MANNERS = (
    "slowly", "evenly", "gently", "firmly", "quietly", "safely", "neatly", "twice", "overnight", "upwards",
)  # fmt: skip
PARTS = (
    "lever", "wheel", "nozzle", "blade", "hook", "basket", "spindle", "gasket", "hopper", "pedal", "crank",
    "sieve", "piston", "damper",
)  # fmt: skip
CONCURRENCY = 8


@lru_cache(maxsize=8)
def manual(count: int = 40) -> dict[str, str]:
    """What the manual says of each machine."""
    dice = random.Random(11)
    said = {}
    for machine in MACHINES[:count]:
        first, second = dice.sample(THINGS, 2)
        verb, other = dice.sample(VERBS, 2)
        manner, part, spare = dice.choice(MANNERS), *dice.sample(PARTS, 2)
        number, price = dice.randint(12, 990), dice.randint(20, 9_900)
        said[f"{machine}s"] = (
            f"The {machine} {verb} {number} litres of {first} {manner} when its {part} is turned, {other} {second} "
            f"through the {spare}, and costs {price} crowns with both."
        )
    return said


def knows(seen: Seen, said: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A model that knows `said`, or the manual, by topic: it plans, asks, asks for more, and answers with the sentence that a
    question begins to quote."""
    said = manual() if said is None else said
    if "You plan what can be learned" in seen.system:
        return {"topics": [topic for topic in said if topic[:-1] in seen.prompt]}
    if topic := re.search(r"<topic-\w+>\n(.*)\n", seen.prompt):
        question = f"What does the manual say of this: {said[topic[1]][:60]}?"
        return {"instructions": [{"instruction": question, "category": "explanation", "difficulty": "easy"}]}
    found = max(said.values(), key=lambda text: seen.prompt.count(text[:60]))  # asked for, and in a passage
    if 'an object with "instruction"' in seen.system:
        return {
            "instruction": f"Explain to a new worker, with one condition that matters, what this means: {found[:60]}?"
        }
    before, was_retrieved, _ = seen.prompt.partition(found)
    if not was_retrieved:
        return {"abstain": True, "answer": "", "citations": []}
    number = int(re.findall(r"<passage-\w+ (\d+)>", before)[-1])
    return {"abstain": False, "answer": f"{found} [{number}]", "citations": [number]}


def recipe(folder: Path, server: ModelServer, machines: int = 40) -> Path:
    """A recipe in `folder` that builds `works` with the model at `server`."""
    sections = (f"## The {topic}\n\n{text}" for topic, text in manual(machines).items())
    (folder / "works.md").write_text("# The works\n\n" + "\n\n".join(sections) + "\n")
    path = folder / "works.yaml"
    path.write_text(
        "dataset: works\n"
        f"documents: [{{path: {folder}/works.md, licence: MIT, name: manual}}]\n"
        f"teacher: {{provider: openai, model: m, base_url: '{server.openai_url}', concurrency: {CONCURRENCY},\n"
        "          usd_per_million_in: 1, usd_per_million_out: 2}\n"
        f"generate: [{{method: taxonomy, topics: {machines}, instructions: 1, passes: 1}},\n"
        "           {method: evol_instruct, rounds: 1}]\n"
        "gates: {clusters: {max_cluster_share: 1}, release: {min_rows: 1}}\n"
    )
    return path


@dataclass(frozen=True)
class Made:
    """What a store has come to hold: what must not depend on how often a build was killed."""

    objects: frozenset[str]
    raw: frozenset[str]
    content: str
    rows: int
    ledgers: tuple[str, ...]

    @classmethod
    def of(cls, store: Store) -> "Made":
        release: Release = store.release("works")
        return cls(
            frozenset(path.name for path in store.root.glob("objects/??/[!.]*")),
            frozenset(path.name for path in store.root.glob("raw/??/[!.]*")),
            release.content,
            release.rows,
            tuple(store.required(*one).ledger.model_dump_json() for one in release.stages),
        )
