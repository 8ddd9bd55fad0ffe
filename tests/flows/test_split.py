"""A divided dataset: its folder loads as splits, its exports are of the training rows, the next release keeps every side, and what
is for evaluation is a dataset of its own."""

import json
from pathlib import Path
from random import Random

import pytest
from datasets import load_dataset

import instructory as api
from tests.cli.commands import Run

WORDS = "amber basalt cedar delta ember fjord glade heath islet jetty karst ledge marsh nook orchard pond quarry ridge".split()  # noqa: SIM905
RECIPE = """
dataset: divided
split: {validation: 0.1, test: 0.1, evaluation: 0.1}
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
    assert (cleaned["rows"], cleaned["before"] - cleaned["after"] > 5 * 5) == (4, True), "and one is for evaluation"
    assert "Saved by cleaning" in (folder / "report.html").read_text("utf-8")
    assert "| validation | 12 |" in (folder / "README.md").read_text("utf-8")
    for split, expected in (("train", 84), ("test", 12), ("all", 108)):
        chosen = [] if split == "train" else ["--split", split]
        out = tmp_path / f"{split}.jsonl"
        ran = instructory("export", "divided", "--store", store, "--format", "messages", "--out", out, *chosen)
        assert ran.code == 0
        assert (f"left out: {108 - expected} rows of other sides than {split}" in ran.err) == (split != "all")
        assert len(out.read_text("utf-8").splitlines()) == expected

    held = api.load("divided-evaluation@1", store).to_pandas()
    assert (len(held), set(held["split"])) == (12, {"test"})
    assert len(set(first.index) & set(held.index)) == 0
    refused = instructory("export", "divided-evaluation", "--store", store, "--for", "trl", "--out", tmp_path / "trl")
    assert (refused.code, "no row" in refused.err) == (2, True)
    assert instructory("why", held.index[0], "--store", store).code == 0

    curate(0, 120)
    assert len(api.load("divided", store).to_pandas()) == 108, "building again asks what it asked"
    curate(10, 240)
    second = api.load("divided@2", store).to_pandas()
    more = api.load("divided-evaluation@2", store).to_pandas()
    assert not set(second.index) & {*held.index, *more.index}
    assert not set(first.index) & set(more.index)
    both = first[["split"]].join(second["split"].rename("now"), how="inner")
    assert len(both) >= 90
    assert (both["split"] == both["now"]).all()
    assert second["split"].value_counts()["test"] == pytest.approx(0.1 * len(second), abs=3)
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("split:", "# split:"))
    done = instructory("curate", tmp_path / "rows.json", "--recipe", tmp_path / "recipe.yaml", "--store", store)
    assert (done.code, "divided-evaluation holds rows" in done.err) == (2, True)


@pytest.mark.parametrize(
    ("dataset", "said"), [("taken", "taken-evaluation, which is another dataset"), ("d" * 60, "at most 64")]
)
def test_a_name_that_evaluation_rows_cannot_have_is_refused_before_any_work(
    instructory: Run, tmp_path: Path, dataset: str, said: str
) -> None:
    rows = [{"instruction": f"Name city number {n}.", "output": f"City {n} is it."} for n in range(40)]
    (tmp_path / "rows.json").write_text(json.dumps(rows))
    plain = RECIPE.replace("dataset: divided", "dataset: taken-evaluation")
    (tmp_path / "plain.yaml").write_text(plain[: plain.index("split:")] + "gates: {clusters: {max_cluster_share: 1}}\n")
    (tmp_path / "recipe.yaml").write_text(RECIPE.replace("dataset: divided", f"dataset: {dataset}"))
    curate = ("curate", tmp_path / "rows.json", "--store", tmp_path / "store", "--recipe")
    if dataset == "taken":
        assert instructory(*curate, tmp_path / "plain.yaml").code == 0
    refused = instructory(*curate, tmp_path / "recipe.yaml")
    assert (refused.code, said in refused.err, "imports" in refused.err) == (2, True, False), refused.err
