"""What the pages of the site say, as blocks of the report."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tasks.core.reasons import REASONS
from tasks.release.lookup import number, part
from tasks.release.report import charts
from tasks.release.report.blocks import (
    Block,
    Cell,
    Chart,
    Charts,
    Grid,
    KeyFigure,
    KeyFigures,
    Line,
    Note,
    Section,
    Tone,
)
from tasks.release.report.formatting import as_text, count, day, duration, in_words, money, plural, share
from tasks.release.site.history import ReleaseSummary

BESIDE: Final = 8
"""Releases that stand side by side in a table, the latest; drawings show all of them."""
REASONS_SHOWN: Final = 25


@dataclass(frozen=True)
class SitePage:
    """A page: its title, what is said first, its sections."""

    title: str
    overline: str
    heading: str
    tone: Tone
    verdict: str
    summary: str
    figures: KeyFigures
    sections: Sequence[Section]
    back: str = ""
    """Where the page above lies, relative to this one."""


@dataclass(frozen=True)
class Measure:
    """A figure that every release has: how it is found and how it is written."""

    label: str
    of: Callable[[ReleaseSummary], float | None]
    written: Callable[[float], str] = as_text
    drawn: bool = False


def _audited(*path: str) -> Callable[[ReleaseSummary], float | None]:
    return lambda issue: number(issue.audit, *path)


MEASURES: Final = (
    Measure("Released rows", lambda issue: issue.release.rows, count, drawn=True),
    Measure("Rejected on the way", lambda issue: issue.rejected, count, drawn=True),
    Measure("Failed", lambda issue: issue.failed, count),
    Measure("Clusters, if all were as large", _audited("diversity", "effective_clusters"), drawn=True),
    Measure("Different word pairs", _audited("diversity", "distinct_2"), share, drawn=True),
    Measure("Nearly the same as another", _audited("diversity", "near_same_share"), share),
    Measure("Verb–object pairs, if all were as frequent", _audited("verb_object", "effective")),
    Measure("Words in a response, mean", _audited("distributions", "response_words", "mean")),
    Measure("Content words in the evidence", _audited("grounding", "mean"), share),
    Measure("Toxicity, mean", _audited("safety", "toxicity", "mean")),
    Measure("Benchmark text, share of rows", _audited("contamination", "contaminated_share"), share),
    Measure("Models deep, mean", _audited("generations", "mean")),
    Measure("Requests to models", lambda issue: issue.requests, count),
    Measure("Spent", lambda issue: issue.usd, money, drawn=True),
    Measure("Computing", lambda issue: issue.seconds, duration, drawn=True),
)
"""Trends: those that are drawn, and all of them in a table."""


def front_page(histories: Mapping[str, Sequence[ReleaseSummary]]) -> SitePage:
    """Every dataset with its latest release."""
    rows: list[Line] = []
    for dataset, issues in sorted(histories.items()):
        last = issues[-1]
        rows.append(
            [
                Cell(dataset, link=f"{dataset}/index.html"),
                Cell(f"version {last.version}", link=f"{dataset}/{last.version}/report.html"),
                count(last.release.rows),
                day(last.release.published_at),
                _gates(last),
            ]
        )
    columns = ("Dataset", "Latest report", "Rows", "Released", "Gates")
    section = Section("datasets", "Datasets", "", [Grid("Datasets and their latest release", columns, rows, (2,))])
    passed = all(issues[-1].passed for issues in histories.values())
    return SitePage(
        title="Datasets",
        overline="Instructory",
        heading="Datasets",
        tone="good" if passed else "bad",
        verdict=f"{plural(len(histories), 'dataset')}.",
        summary="Every latest release passed its gates."
        if passed
        else "The latest release of a dataset failed a gate.",
        figures=KeyFigures([]),
        sections=[section] if rows else [Section("datasets", "Datasets", "Nothing was released yet.")],
    )


def dataset_page(dataset: str, issues: Sequence[ReleaseSummary], expectations: bool) -> SitePage:
    """All releases of a dataset: a list, trends, qualities, rejected rows by reason."""
    last = issues[-1]
    before = issues[-2] if len(issues) > 1 else None
    sections = [_releases(issues, expectations), _trends(issues), _qualities(issues), _reasons(issues)]
    figures = [_figure(one, last, before) for one in MEASURES if one.drawn]
    return SitePage(
        title=f"{dataset}: all releases",
        overline="All releases",
        heading=dataset,
        tone="good" if last.passed else "bad",
        verdict=f"Version {last.version} {'passed its gates' if last.passed else 'failed a gate'}.",
        summary=f"{plural(len(issues), 'release')}, the latest of {day(last.release.published_at)}.",
        figures=KeyFigures([figure for figure in figures if figure]),
        sections=[section for section in sections if section],
        back="../index.html",
    )


def _figure(one: Measure, last: ReleaseSummary, before: ReleaseSummary | None) -> KeyFigure | None:
    value, earlier = one.of(last), one.of(before) if before else None
    if value is None:
        return None
    if before is None or earlier is None:
        return KeyFigure(one.written(value), one.label.lower())
    direction = "as" if value == earlier else "up from" if value > earlier else "down from"
    note = f"as in version {before.version}" if value == earlier else f"{direction} {one.written(earlier)}"
    return KeyFigure(one.written(value), one.label.lower(), note)


def _releases(issues: Sequence[ReleaseSummary], expectations: bool) -> Section:
    rows: list[Line] = [_release(issue, expectations) for issue in reversed(issues)]
    columns = ["Report", "Released", "Rows", "Since the one before", "Gates", "Spent", "Recipe", "Approved by"]
    columns += ["Expectations"] if expectations else []
    grid = Grid("Every release, the latest first", columns, rows, (2, 5))
    return Section("releases", "Releases", "Each version links to its report.", [grid])


def _release(issue: ReleaseSummary, expectations: bool) -> Line:
    moved = part(issue.audit, "comparison")
    changes = [f"{mark}{count(value)}" for name, mark in (("added", "+"), ("removed", "−"), ("changed", "~"))
               if (value := number(moved, name)) is not None]  # fmt: skip
    moves = f"the rows of version {issue.release.restores} again" if issue.release.restores else " ".join(changes)
    line: list[Cell | str] = [
        Cell(f"version {issue.version}", link=f"{issue.version}/report.html"),
        day(issue.release.published_at),
        count(issue.release.rows),
        moves or "–",
        _gates(issue),
        money(issue.usd),
        issue.recipe,
        issue.release.approval.by if issue.release.approval else "–",
    ]
    docs = Cell(f"all {count(issue.expectations)}", link=f"{issue.version}/expectations.html")
    return [*line, docs] if expectations else line


def _gates(issue: ReleaseSummary) -> Cell:
    gates = len(issue.release.verdicts)
    return Cell(f"{gates} passed", tone="good") if issue.passed else Cell("failed", tone="bad")


def _trends(issues: Sequence[ReleaseSummary]) -> Section:
    versions = [issue.version for issue in issues]
    drawings = [
        Chart(charts.trend(f"trend-{number}", one.label, versions, [one.of(issue) for issue in issues]), _caption(one))
        for number, one in enumerate(MEASURES)
        if one.drawn and len(issues) > 1 and any(one.of(issue) for issue in issues)
    ]
    latest = issues[-BESIDE:][::-1]
    rows: list[Line] = [
        [one.label, *(("–" if (value := one.of(issue)) is None else one.written(value)) for issue in latest)]
        for one in MEASURES
    ]
    columns = ("Figure", *(f"version {issue.version}" for issue in latest))
    grid = Grid("Figures side by side, the latest release first", columns, rows, range(1, len(columns)))
    lead = "" if len(issues) > 1 else "With the next release there is something to compare."
    return Section("trends", "Trends", lead, [*([Charts(drawings)] if drawings else []), grid])


def _caption(one: Measure) -> str:
    unit = {"Spent": ", in dollars", "Computing": ", in seconds", "Different word pairs": ", share of all"}
    return one.label + unit.get(one.label, "")


def _qualities(issues: Sequence[ReleaseSummary]) -> Section | None:
    latest = issues[-BESIDE:][::-1]
    names = list(dict.fromkeys(name for issue in latest for name in part(issue.audit, "qualities")))
    if not names:
        return None
    rows: list[Line] = [[in_words(name), *(_quality(issue, name) for issue in latest)] for name in names]
    columns = ("Quality", *(f"version {issue.version}" for issue in latest))
    grid = Grid("Share of rows that have each quality, the latest release first", columns, rows, range(1, len(columns)))
    return Section("qualities", "Six qualities", "Red is below what the recipe of that release asks.", [grid])


def _quality(issue: ReleaseSummary, name: str) -> Cell:
    quality = part(issue.audit, "qualities", name)
    score = number(quality, "score")
    if score is None:
        return Cell("–")
    return Cell(share(score), tone="" if quality.get("passed") else "bad")


def _reasons(issues: Sequence[ReleaseSummary]) -> Section:
    latest = issues[-BESIDE:][::-1]
    totals: Counter[str] = Counter()
    for issue in latest:
        totals.update(issue.reasons)
    most = max((rows for issue in latest for rows in issue.reasons.values()), default=1)
    lead = f"Rejected rows of all stages by reason, for the latest {plural(len(latest), 'release')}."
    if not totals:
        return Section("reasons", "What was rejected", lead, [Note("Nothing was rejected.")])
    ordered = sorted(totals.items(), key=lambda entry: (-entry[1], entry[0]))
    rows: list[Line] = [
        [in_words(reason), *(_rejected(issue.reasons.get(reason, 0), most) for issue in latest), _meaning(reason)]
        for reason, _ in ordered[:REASONS_SHOWN]
    ]
    columns = ("Reason", *(f"version {issue.version}" for issue in latest), "Meaning")
    found: list[Block] = [Grid("Rejected rows by reason", columns, rows)]
    if rest := len(ordered) - REASONS_SHOWN:
        found += [Note(f"{plural(rest, 'rarer reason')} more.")] if rest > 0 else []
    return Section("reasons", "What was rejected", lead, found)


def _rejected(rows: int, most: int) -> Cell:
    return Cell(count(rows), share=rows / most)


def _meaning(reason: str) -> str:
    return REASONS.get(reason, "").partition(";")[0]
