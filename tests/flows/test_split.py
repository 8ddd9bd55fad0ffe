"""A divided dataset: its folder loads as splits, its exports are of the training rows, and the next release keeps every side."""

import json
from pathlib import Path
from random import Random

import pytest
from datasets import load_dataset

import instructory as api
from tests.flows.conftest import Run, instructory

__all__ = ["instructory"]

WORDS = "amber basalt cedar delta ember fjord glade heath islet jetty karst ledge marsh nook orchard pond quarry ridge".split()  # noqa: SIM905
RECIPE = """
dataset: divided
split: {validation: 0.1, test: 0.1}
tokens: {targets: [{name: smollm2}]}
audit: {expected: {relevant: null}}
filters: {grounding: {enabled: false}, language: {enabled: false}, contamination: {enabled: false}}
"""


def write(path: Path, first: int, last: int) -> Path:
    rows = [
        {
            "id": f"row-{n:04}",
            "instruction": f"Say what the {' '.join(Random(n).sample(WORDS, 5))} of parcel {n} is for, please.",
            "output": ("Sure! Here is the answer:\n\n" if n < 5 else "")
            + f"Parcel {n}: "
            + " ".join(Random(-n).sample(WORDS, 14))
            + ".",
        }
        for n in range(first, last)
    ]
    path.write_text(json.dumps(rows))
    return path


def test_sides_are_loaded_exported_and_kept(instructory: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "recipe.yaml").write_text(RECIPE)
    store = tmp_path / "store"

    def curate(first: int, last: int) -> None:
        file = write(tmp_path / "rows.json", first, last)
        done = instructory("curate", file, "--recipe", tmp_path / "recipe.yaml", "--store", store, "--json")
        assert done.code == 0, done.err

    curate(0, 120)
    first = api.load("divided@1", store).to_pandas()
    counts = first["split"].value_counts()
    assert (counts["validation"], counts["test"]) == (12, 12)
    folder = store / "releases" / "divided" / "1"
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    loaded = load_dataset(str(folder), cache_dir=str(tmp_path / "cache"))
    assert {side: rows.num_rows for side, rows in loaded.items()} == counts.to_dict()
    assert set(loaded["test"]["split"]) == {"test"}
    (counted,) = (
        one for one in json.loads((folder / "metrics.json").read_text())["stages"] if one["stage"] == "tokens"
    )
    cleaned = counted["measured"]["targets"][0]["cleaning"]
    assert (cleaned["rows"], cleaned["before"] - cleaned["after"] > 5 * 5) == (5, True)
    assert "Saved by cleaning" in (folder / "report.html").read_text("utf-8")
    assert "| validation | 12 |" in (folder / "README.md").read_text("utf-8")
    for split, expected in (("train", 96), ("test", 12), ("all", 120)):
        chosen = [] if split == "train" else ["--split", split]
        out = tmp_path / f"{split}.jsonl"
        ran = instructory("export", "divided", "--store", store, "--format", "messages", "--out", out, *chosen)
        assert ran.code == 0
        assert (f"left out: {120 - expected} rows of other sides than {split}" in ran.err) == (split != "all")
        assert len(out.read_text("utf-8").splitlines()) == expected

    curate(10, 240)
    second = api.load("divided@2", store).to_pandas()
    both = first[["split"]].join(second["split"].rename("now"), how="inner")
    assert len(both) >= 100
    assert (both["split"] == both["now"]).all()
    assert second["split"].value_counts()["test"] == pytest.approx(0.1 * len(second), abs=3)
