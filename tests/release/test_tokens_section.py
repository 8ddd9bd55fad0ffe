"""The report's section on tokens: a column for each model, with what cleaning saved and what would be trained otherwise."""

from pathlib import Path

import pytest

from tasks.release.report import render
from tasks.release.report.sections.tokens import section
from tasks.release.report_data import StageFacts
from tests.release.browser import browser, chromium
from tests.release.sample import STAGES, small_data

NONE = {"rows": 0, "ids": []}
FOUND = {
    "target": "smollm2",
    "max_length": 2048,
    "tokens": {"p50": 180, "p95": 912, "max": 3071, "sum": 241_380},
    "truncated": 4,
    "packing": 0.982,
    "trained": {"sum": 160_000, "p50_share": 0.71},
    "cleaning": {"rows": 1, "before": 1_310, "after": 1_204},
    **dict.fromkeys(("refused", "untrained", "prompt_differs"), NONE),
    "special_inside": {"rows": 2, "ids": ["a", "b"]},
}


def with_tokens(*targets: dict[str, object]) -> StageFacts:
    return StageFacts("tokens", 1204, 1204, facts={"targets": list(targets)})


def test_each_model_has_a_column_and_what_cleaning_saved_is_said() -> None:
    data = small_data(stages=(*STAGES, with_tokens(FOUND, {**FOUND, "target": "<b>other</b>", "cleaning": {}})))
    made = section(data)
    assert made is not None
    assert made.lead.endswith("2 rows would be trained otherwise than meant.")
    text = render(data)
    for said in ("106 of 1,310 in 1 row", "98.2%", "4 over 2,048", "not known", "&lt;b&gt;other&lt;/b&gt;"):
        assert said in text
    assert "<b>other" not in text
    assert "Stage tokens" not in text, "what stands in the section is not shown once more"
    assert section(small_data()) is None


def test_the_section_fits_a_telephone(tmp_path: Path) -> None:
    if chromium() is None:
        pytest.skip("no Chromium on this machine to open the report in")
    page = tmp_path / "report.html"
    page.write_text(render(small_data(stages=(*STAGES, with_tokens(FOUND, {**FOUND, "target": "qwen3-4b"})))), "utf-8")
    with browser() as tab:
        tab.open(page.as_uri(), 360, 740)
        wide = tab.evaluate(
            "document.querySelector('#tokens table').scrollWidth - document.querySelector('#tokens').clientWidth"
        )
        assert wide <= 0
