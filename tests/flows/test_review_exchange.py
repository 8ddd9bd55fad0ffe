"""Reviews in spreadsheets and Label Studio, on a real build: exported, judged by two, imported, built again; the judge of the
next build is measured by them, and the report shows the people."""

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tasks.release.released import released_rows
from tasks.review.decisions import Decisions
from tasks.store.store import Store
from tests.cli.commands import Ran, Run
from tests.flows.test_review import ROWS
from tests.servers.models import ModelServer

GOOD = {"reason": "Right.", "score": "keep"}
BAD = {"reason": "Wrong.", "score": "discard"}


@pytest.fixture
def build(instructory: Run, model_server: ModelServer, tmp_path: Path) -> Callable[[], Ran]:
    """Builds six rows and a row that the filters reject, with a judge that refuses what speaks of Saturn."""
    file, recipe = tmp_path / "rows.jsonl", tmp_path / "recipe.yaml"
    rows = [*ROWS, ("Say so.", "So.")]
    file.write_text("".join(json.dumps({"instruction": asked, "output": said}) + "\n" for asked, said in rows))
    recipe.write_text(f"""
dataset: demo
teacher: {{provider: openai, model: m, base_url: "{model_server.openai_url}"}}
filters: {{language: {{enabled: false}}, length: {{min_response_words: 3}}}}
verify: [{{verifier: judge, rubric: keep_or_discard, calibrate: reviews, action: tag}}]
""")
    model_server.reply = lambda seen: {"decision": BAD if "Saturn" in seen.prompt else GOOD}

    def build() -> Ran:
        ran = instructory(
            "curate", file, "--recipe", recipe, "--store", tmp_path / "store", "--json", env={"OPENAI_API_KEY": "k"}
        )
        assert ran.code == 0, ran.err
        return ran

    return build


def judged(sheet: Path, out: Path, decisions: dict[str, dict[str, str]]) -> None:
    """A sheet in which somebody wrote decisions, by the first word of the instruction."""
    with sheet.open(encoding="utf-8-sig", newline="") as file:
        rows = [row | decisions.get(row["instruction"].split()[0], {}) for row in csv.DictReader(file)]
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)


def test_reviews_elsewhere_reach_the_release_the_judge_and_the_report(
    build: Callable[[], Ran], instructory: Run, tmp_path: Path
) -> None:
    def run(*arguments: Any, code: int = 0) -> Ran:
        ran = instructory(*arguments, "--store", tmp_path / "store")
        assert ran.code == code, ran.err
        return ran

    assert "is not calibrated" in build().err
    sheet = tmp_path / "tasks.csv"
    assert "6 rows" in run("reviews", "export", "demo", "--for", "csv", "--out", sheet).out
    run("reviews", "import", "demo", sheet, "--reviewer", "ann")
    assert not Decisions(Store(tmp_path / "store"), "demo").any(), "an untouched sheet says nothing"
    accept, reject = {"decision": "accept"}, {"decision": "reject", "reason": "wrong"}
    words = {"Explain": accept, "Name": reject, "How": accept, "Why": {"response": "Air scatters blue light most."}}
    judged(sheet, tmp_path / "short.csv", {"Why": {"response": "Air scatters."}})
    tried = run("reviews", "import", "demo", tmp_path / "short.csv", "--reviewer", "ann", "--dry-run")
    assert "as it is edited: filters/too_short, fewer words than allowed (response 2)" in tried.err
    judged(sheet, tmp_path / "ann.csv", words)
    judged(sheet, tmp_path / "ben.csv", {**words, "How": {"decision": "reject"}, "Why": accept})
    first = run("reviews", "import", "demo", tmp_path / "ann.csv", "--reviewer", "ann")
    assert "4 decisions kept" in first.out
    assert "would refuse" not in first.err
    assert "0 decisions kept" in run("reviews", "import", "demo", tmp_path / "ann.csv", "--reviewer", "ann").out
    second = run("reviews", "import", "demo", tmp_path / "ben.csv", "--reviewer", "ben", code=2)
    assert "3 decisions kept" in second.out
    assert "row 5: a rejection needs a reason" in second.err

    refused = tmp_path / "refused.jsonl"
    assert "1 rows" in run("reviews", "export", "demo", "--rejected", "--for", "jsonl", "--out", refused).out
    refused.write_text(json.dumps(json.loads(refused.read_text()) | {"decision": "accept"}))
    run("reviews", "import", "demo", refused, "--reviewer", "ann")

    assert "is not calibrated" not in build().err
    store = Store(tmp_path / "store")
    release = store.release("demo")
    texts = {row["instruction"].split()[0]: row for row in released_rows(store, release).to_pylist()}
    assert texts["Why"]["response"] == "Air scatters blue light most."
    assert "Name" not in texts
    measured = store.required(*next(one for one in release.stages if one[0] == "verify_judge")).facts["calibration"]
    assert measured["n"] == 4  # Explain, Name, How and the rejected row; of Why, one edited what the other accepted
    assert measured["reject_recall"] == 1.0
    report = (tmp_path / "store" / str(release.report)).read_text("utf-8")
    assert "What each is like" in report
    assert "filters/" in json.loads(run("reviewers", "report", "demo", "--json").out)["filters"][0]["reason"]
    said = run("reviewers", "report", "demo").out
    assert "2 people" in said
    assert "filters/" in said

    studio = tmp_path / "studio.json"
    run("reviews", "export", "demo", "--for", "label-studio", "--out", studio, "--as", "ann=7", "--as", "ben=8")
    again = run("reviews", "import", "demo", studio, "--as", "ann=7", "--as", "ben=8")
    assert "0 decisions kept" in again.out
