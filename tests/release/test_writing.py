"""The report shows domains, style and perplexity where their verifiers ran, and no trend where there is no earlier release."""

from tasks.release.report import render
from tasks.release.report.sections import writing
from tasks.release.report_data import StageFacts
from tests.release.sample import report_data

DOMAIN = {
    "verifier": "domain",
    "domains": [{"domain": "code", "rows": 3, "share": 0.75}, {"domain": "<b>", "rows": 1, "share": 0.25}],
    "below_least_share": ["billing"],
}
STYLE = {
    "verifier": "style",
    "reference": {"what": "human rows", "rows": 40},
    "measures": [{"measure": "list_share", "here": 0.5, "reference": 0.25}],
    "overused": [{"phrase": "delve", "here": 2.5, "reference": None}],
}
COHERENCE = {
    "verifier": "coherence",
    "model": "small",
    "looked_at": 50,
    "outliers": {"rows": 2, "first": []},
    "perplexity": {"rows": 50, "median": 8.5, "p95": 90.0},
    "perplexity_by_kind": {"code/en": {"rows": 50, "median": 8.5, "p95": 90.0}},
}


def test_tables_of_the_verifiers_that_ran() -> None:
    stages = tuple(
        StageFacts(f"verify_{facts['verifier']}", 50, 50, facts=facts) for facts in (DOMAIN, STYLE, COHERENCE)
    )
    data = report_data(stages=stages)
    section = writing.section(data)
    assert section is not None
    assert section.lead == "Too few rows are of the domain billing. 2 of 50 responses are incoherent outliers."
    page = render(data)
    for text in ("delve", "human rows", "code/en", "List share", "&lt;b&gt;"):
        assert text in page
    assert writing.section(report_data(stages=())) is None


def test_trends_are_shown_where_there_is_an_earlier_release() -> None:
    facts = {"generation_mean": 1.5, "identity": {"groups": {"women": {"sentences": 4, "sentiment": 0.5}}}}
    first = writing.collapse(report_data(audit={"collapse": facts}))
    later = writing.collapse(report_data(audit={"collapse": facts, "trends": {"generation_mean_rise": 0.5}}))
    assert first is not None
    assert later is not None
    assert "no earlier release" in first.lead
    assert [len(section.blocks) for section in (first, later)] == [2, 3]
