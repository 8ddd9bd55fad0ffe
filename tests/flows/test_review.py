"""What people decided about rows is in the next release, in the ledger and in `why`, and stays there in later builds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tasks.core.schema import Row, stable_id
from tasks.release.released import released_rows
from tasks.review.decisions import Decision, Decisions
from tasks.review.shown import refused_rows, rows_to_review
from tasks.store.store import Store
from tests.flows.conftest import Ran, Run

ROWS = [
    ("What does a lever do, and why does it help to lift a stone?", "It turns a small force into a large one over a short way."),
    ("Explain why bread rises while it stands in a warm place.", "Yeast gives off carbon dioxide, which stays inside."),
    ("Name the largest planet of our solar system and one of its moons.", "Saturn is the largest; Titan is one of its moons."),
    ("How can one tell whether a number is divisible by three?", "Add its digits; if the sum is divisible by three, so is it."),
    ("Why is the sky blue during the day but red in the evening?", "Air scatters blue light more than red light."),
    ("What is a haiku, and how many syllables does it have?", "A short poem from Japan with five, seven and five syllables."),
]  # fmt: skip


@dataclass
class House:
    """A dataset that people review."""

    store: Path
    file: Path
    instructory: Run

    def write(self, *rows: tuple[str, str]) -> None:
        records = [
            {"example_id": stable_id(asked), "content_hash": "", "instruction": asked, "response": answered}
            for asked, answered in rows
        ]
        self.file.write_text("".join(json.dumps(record) + "\n" for record in records))

    def build(self, *more: str) -> Ran:
        settings = ("--set", "dataset=demo", "--set", "filters.language.enabled=false", *more)
        ran = self.instructory("curate", self.file, "--store", self.store, "--json", *settings)
        assert ran.code == 0, ran.err
        return ran

    def rows(self) -> dict[str, Row]:
        """Of the draft, by the first word of the instruction."""
        store = Store(self.store)
        return {row["instruction"].split()[0]: row for row in rows_to_review(store, store.draft("demo")).to_pylist()}

    def say(self, row: Row, who: str, word: str, **more: Any) -> None:
        Decisions(Store(self.store), "demo").add(
            Decision(
                example_id=row["example_id"], content_hash=row["content_hash"], origin_hash=row["origin_hash"],
                reviewer=who, session="monday", word=word, **more,
            )
        )  # fmt: skip

    def released(self) -> dict[str, Row]:
        store = Store(self.store)
        return {row["example_id"]: row for row in released_rows(store, store.release("demo")).to_pylist()}


@pytest.fixture(scope="module")
def house(instructory: Run, tmp_path_factory: pytest.TempPathFactory) -> House:
    folder = tmp_path_factory.mktemp("review")
    found = House(folder / "store", folder / "rows.jsonl", instructory)
    found.write(*ROWS)
    return found


def test_decisions_of_two_people_shape_the_releases(house: House) -> None:
    first = house.build()
    assert "review" not in first.stages
    rows = house.rows()
    house.say(rows["What"], "ada", "accept", criteria={"accuracy": 5})
    house.say(
        rows["Explain"], "ada", "edit", edited={"response": "Sure! Yeast makes gas out of sugar."}, note="shorter"
    )
    house.say(rows["Name"], "bob", "reject", reason="wrong", note="Jupiter is larger")
    second = house.build()
    assert (
        second.stages["review"]["rows_in"],
        second.stages["review"]["kept"],
        second.stages["review"]["rejected"],
    ) == (6, 5, 1)
    released = house.released()
    edited = released[rows["Explain"]["example_id"]]
    assert edited["response"] == "Yeast makes gas out of sugar.", "an edited text is cleaned as any other"
    assert [one["word"] for one in edited["reviews"]] == ["edit"]
    assert rows["Name"]["example_id"] not in released
    assert released[rows["What"]["example_id"]]["reviews"][0]["criteria"] == '{"accuracy": 5}'
    said = house.instructory("why", rows["Name"]["example_id"], "--store", house.store)
    assert "review: rejected, rejected_by_reviewer: wrong: by bob: Jupiter is larger" in said.out
    said = house.instructory("why", edited["example_id"], "--store", house.store)
    assert "bob" not in said.out
    assert "edited by ada" in said.out
    assert "shorter" in said.out

    third = house.build()
    assert all(stage["cached"] for name, stage in third.stages.items() if name not in {"datasets"}), (
        "nothing new was decided"
    )
    assert third.json["version"] == second.json["version"]

    now = house.rows()["Explain"]
    house.say(now, "bob", "reject", reason="unhelpful")
    store = Store(house.store)
    assert house.build().stages["review"]["rejected"] == 2
    assert edited["example_id"] not in house.released()
    refused = {row["example_id"]: row for row in refused_rows(store, store.draft("demo"), ["review"]).to_pylist()}
    assert refused[now["example_id"]]["origin_hash"] == now["origin_hash"], "the state in which it was rejected"


def test_a_nightly_build_keeps_decisions_but_for_rows_that_changed(house: House) -> None:
    changed = (ROWS[1][0], "Yeast eats sugar and gives off gas, whose bubbles stay in the dough.")
    new = ("Describe how a sundial shows the time of the day.", "The shadow of its rod moves as the sun does.")
    house.write(ROWS[0], changed, *ROWS[2:], new)
    ran = house.build()
    store = Store(house.store)
    facts = store.required("review", dict(store.draft("demo").stages)["review"]).facts["review"]
    assert (facts["accepted"], facts["edited"], facts["rejected"]) == (1, 0, {"wrong": 1})
    assert (facts["stale"], facts["waiting"]) == (1, 1), "the edited row changed, so it is looked at again"
    assert ran.stages["review"]["rejected"] == 1
    rows = house.rows()
    assert (rows["Explain"]["response"], rows["Explain"]["reviews"]) == (changed[1], None)
    assert "Name" not in rows
    assert [one["reviewer"] for one in rows["What"]["reviews"]] == ["ada"]
