"""The report's section on students: shown once they were asked, with what the differences allow to say."""

from tasks.release.report import render
from tasks.release.report.sections.ablation import section
from tests.release.sample import small_data

FOUND = {
    "parts": [
        {"part": "untrained", "rows": 0, "tokens": 0, "loss": 5.5},
        {"part": "all", "rows": 304, "tokens": 20_018, "loss": 4.25, "exact": 0.125},
    ],
    "comparisons": [
        {"part": "all", "other": "untrained", "gain": 1.25, "low": 1.1, "high": 1.4, "finding": "better"},
        {"part": "<b>x</b>", "other": "all", "gain": 0.1, "low": None, "high": None, "finding": "no difference"},
    ],
    "exact": [{"part": "all", "other": "untrained", "gain": 0.125, "low": -0.01, "high": 0.26, "finding": "no difference"}],
    "win_rates": [
        {
            "part": "all",
            "other": "untrained",
            "judge": "<i>m</i>",
            "wins": 30,
            "ties": 4,
            "losses": 6,
            "unjudged": 1,
            "rate": 0.8,
            "low": 0.6524,
            "high": 0.895,
            "finding": "better",
        }
    ],
    "exponent": 0.1,
    "advice": ["source a hurts"],
    "warnings": [],
}  # fmt: skip


def test_what_students_say_is_shown_and_escaped() -> None:
    made = section(small_data(ablation=FOUND))
    assert made is not None
    assert made.lead.endswith("Twice the data would bring 6.7% less loss, if the curve goes on so. Source a hurts.")
    text = render(small_data(ablation=FOUND))
    for said in (
        "Does it help a model?",
        "1.100 to 1.400",
        "one seed",
        "-0.010 to 0.260",
        "12%",
        "80%",
        "65.2% to 89.5%",
        "30, 4, 6",
        "&lt;i&gt;m&lt;/i&gt;",
        "&lt;b&gt;x&lt;/b&gt;",
    ):
        assert said in text


def test_without_an_ablation_there_is_no_section() -> None:
    assert section(small_data()) is None
