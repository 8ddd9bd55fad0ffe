"""What the pages of the site say, as blocks of the report."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tasks.release.formatting import as_text, count, day, duration, in_words, money, plural, share
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
from tasks.release.site.history import ReleaseSummary
from tasks.release.verdict import TONES, Colour

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
    return lambda release: number(release.audit, *path)


MEASURES: Final = (
    Measure("Released rows", lambda release: release.release.rows, count, drawn=True),
    Measure("Rejected", lambda release: release.rejected, count, drawn=True),
    Measure("Failed", lambda release: release.failed, count),
    Measure("Effective number of clusters", _audited("diversity", "effective_clusters"), drawn=True),
    Measure("Different word pairs (distinct-2)", _audited("diversity", "distinct_2"), share, drawn=True),
    Measure("Nearly the same as another", _audited("diversity", "near_same_share"), share),
    Measure("Effective number of verb–object pairs", _audited("verb_object", "effective")),
    Measure("Words in a response, mean", _audited("distributions", "response_words", "mean")),
    Measure("Content words found in the evidence", _audited("grounding", "mean"), share),
    Measure("Toxicity, mean", _audited("safety", "toxicity", "mean")),
    Measure("Benchmark text, share of rows", _audited("contamination", "contaminated_share"), share),
    Measure("Generation, mean", _audited("generations", "mean")),
    Measure("Requests to models", lambda release: release.requests, count),
    Measure("Spent", lambda release: release.usd, money, drawn=True),
    Measure("Computing", lambda release: release.seconds, duration, drawn=True),
)
"""Trends: those that are drawn, and all of them in a table."""


def front_page(histories: Mapping[str, Sequence[ReleaseSummary]]) -> SitePage:
    """Every dataset with its latest release."""
    latest = {dataset: releases[-1] for dataset, releases in sorted(histories.items())}
    rows: list[Line] = [
        [
            Cell(dataset, link=f"{dataset}/index.html"),
            Cell(f"version {last.version}", link=f"{dataset}/{last.version}/report.html"),
            count(last.release.rows),
            day(last.release.published_at),
            _verdict(last),
        ]
        for dataset, last in latest.items()
    ]
    columns = ("Dataset", "Latest report", "Rows", "Released", "Verdict")
    grid = Grid("Datasets and their latest release", columns, rows, (2,))
    colours = Counter(last.verdict.colour for last in latest.values())
    worst: Colour = next((colour for colour in ("red", "amber") if colours[colour]), "green")
    return SitePage(
        title="Datasets",
        overline="Instructory",
        heading="Datasets",
        tone=TONES[worst],
        verdict=f"{plural(len(histories), 'dataset')}.",
        summary=f"Of the latest releases, {', '.join(f'{colours[c]} {c}' for c in TONES if colours[c]) or 'none'}.",
        figures=KeyFigures([]),
        sections=[Section("datasets", "Datasets", "" if rows else "Nothing was released yet.", [grid] if rows else [])],
    )


def dataset_page(dataset: str, releases: Sequence[ReleaseSummary]) -> SitePage:
    """All releases of a dataset: a list, trends, qualities, rejected rows by reason."""
    last = releases[-1]
    before = releases[-2] if len(releases) > 1 else None
    sections = [_releases(releases), _trends(releases), _qualities(releases), _reasons(releases)]
    figures = [_figure(one, last, before) for one in MEASURES if one.drawn]
    return SitePage(
        title=f"{dataset}: all releases",
        overline="All releases",
        heading=dataset,
        tone=TONES[last.verdict.colour],
        verdict=f"Version {last.version}: {last.verdict.text}",
        summary=f"{plural(len(releases), 'release')}, the latest of {day(last.release.published_at)}.",
        figures=KeyFigures([figure for figure in figures if figure]),
        sections=[section for section in sections if section],
        back="../index.html",
    )


def _figure(one: Measure, last: ReleaseSummary, before: ReleaseSummary | None) -> KeyFigure | None:
    value, earlier = one.of(last), one.of(before) if before else None
    if value is None:
        return None
    note = ""
    if before and earlier is not None:
        note = f"{'up' if value > earlier else 'down'} from {one.written(earlier)}"
        note = f"as in version {before.version}" if value == earlier else note
    return KeyFigure(one.written(value), one.label.lower(), note)


def _releases(releases: Sequence[ReleaseSummary]) -> Section:
    columns = ["Report", "Released", "Rows", "Since the one before", "Verdict", "Spent", "Recipe", "Approved by"]
    rows = [_release(release) for release in reversed(releases)]
    grid = Grid("Every release, the latest first", columns, rows, (2, 5))
    return Section("releases", "Releases", "Each version links to its report.", [grid])


def _release(one: ReleaseSummary) -> Line:
    moved = part(one.audit, "comparison")
    changes = [f"{mark}{count(value)}" for name, mark in (("added", "+"), ("removed", "−"), ("changed", "~"))
               if (value := number(moved, name)) is not None]  # fmt: skip
    restored = f"the rows of version {one.release.restores} again" if one.release.restores else ""
    return [
        Cell(f"version {one.version}", link=f"{one.version}/report.html"),
        day(one.release.published_at),
        count(one.release.rows),
        restored or " ".join(changes) or "–",
        _verdict(one),
        money(one.usd),
        one.recipe,
        one.release.approval.by if one.release.approval else "–",
    ]


def _verdict(one: ReleaseSummary) -> Cell:
    return Cell(one.verdict.text, tone=TONES[one.verdict.colour])


def _trends(releases: Sequence[ReleaseSummary]) -> Section:
    versions = [one.version for one in releases]
    units = {
        "Spent": ", in dollars",
        "Computing": ", in seconds",
        "Different word pairs (distinct-2)": ", share of all",
    }
    drawings = []
    for rank, measure in enumerate(measure for measure in MEASURES if measure.drawn and len(releases) > 1):
        values = [measure.of(one) for one in releases]
        if any(values):
            drawing = charts.trend(f"trend-{rank}", measure.label, versions, values)
            drawings.append(Chart(drawing, measure.label + units.get(measure.label, "")))
    latest = releases[-BESIDE:][::-1]
    rows: list[Line] = [
        [measure.label, *(("–" if (value := measure.of(one)) is None else measure.written(value)) for one in latest)]
        for measure in MEASURES
    ]
    lead = "" if len(releases) > 1 else "With the next release there is something to compare."
    grid = _grid("Figures side by side, the latest release first", "Figure", latest, rows)
    return Section("trends", "Trends", lead, [*([Charts(drawings)] if drawings else []), grid])


def _grid(caption: str, name: str, latest: Sequence[ReleaseSummary], rows: Sequence[Line]) -> Grid:
    """A table with a column for each release."""
    columns = (name, *(f"version {one.version}" for one in latest))
    return Grid(caption, columns, rows, range(1, len(columns)))


def _qualities(releases: Sequence[ReleaseSummary]) -> Section | None:
    latest = releases[-BESIDE:][::-1]
    names = list(dict.fromkeys(name for one in latest for name in part(one.audit, "qualities")))
    if not names:
        return None
    rows: list[Line] = [
        [in_words(name), *(_quality(part(one.audit, "qualities", name)) for one in latest)] for name in names
    ]
    grid = _grid("Share of rows that have each quality, the latest release first", "Quality", latest, rows)
    return Section("qualities", "Six qualities", "Red is below what the recipe of that release requires.", [grid])


def _quality(quality: Mapping[str, Any]) -> Cell:
    score = number(quality, "score")
    return Cell("–") if score is None else Cell(share(score), tone="bad" if quality.get("passed") is False else "")


def _reasons(releases: Sequence[ReleaseSummary]) -> Section:
    latest = releases[-BESIDE:][::-1]
    totals = sum((Counter(one.reasons) for one in latest), Counter[str]())
    meanings = {reason: meaning for one in latest for reason, meaning in one.meanings.items()}
    most = max((rows for one in latest for rows in one.reasons.values()), default=1)
    lead = f"Rejected rows of all stages by reason, for the latest {plural(len(latest), 'release')}."
    if not totals:
        return Section("reasons", "What was rejected", lead, [Note("Nothing was rejected.")])
    ordered = sorted(totals, key=lambda reason: (-totals[reason], reason))
    rows: list[Line] = [
        [
            in_words(reason),
            *(Cell(count(one.reasons.get(reason, 0)), share=one.reasons.get(reason, 0) / most) for one in latest),
            meanings.get(reason, "").partition(";")[0],
        ]
        for reason in ordered[:REASONS_SHOWN]
    ]
    columns = ("Reason", *(f"version {one.version}" for one in latest), "Meaning")
    found: list[Block] = [Grid("Rejected rows by reason", columns, rows)]
    if len(ordered) > REASONS_SHOWN:
        found.append(Note(f"{plural(len(ordered) - REASONS_SHOWN, 'rarer reason')} more."))
    return Section("reasons", "What was rejected", lead, found)
