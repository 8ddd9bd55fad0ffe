"""Personal data, toxicity, text from benchmarks, text that tries to instruct: what was rejected and what stayed."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.formatting import as_text, count, plural, share
from tasks.release.lookup import counts, number, part
from tasks.release.report.blocks import Block, Cell, Grid, Line, Note, Section, SideBySide
from tasks.release.report.counting import count_table, has_values
from tasks.release.report_data import ReportData

REJECTED = {
    "pii": "personal data",
    "toxic": "toxic text",
    "contaminated": "text of benchmarks",
    "instruction_like": "text that instructs a model",
}
HIT = re.compile(
    r"(?P<benchmark>.+?) (?P<item>\S+): (?P<ngram>.*?)(?: \(rephrased, cosine (?P<cosine>[\d.]+)\))?", re.DOTALL
)
EVIDENCE = 12
"""Rejected rows whose contamination is shown with its evidence."""


def section(data: ReportData) -> Section | None:
    """What the safety checks rejected, and what they found in the rows that stayed."""
    rejected = Counter({reason: sum(s.reasons.get(reason, 0) for s in data.stages) for reason in REJECTED})
    stayed = _stayed(data)
    lead = f"The safety checks rejected {plural(rejected.total(), 'row')}."
    left = number(data.audit, "safety", "pii", "rows_not_redacted")
    if left is not None:
        lead += f" {plural(int(left), 'released row')} {'holds' if left == 1 else 'hold'} personal data that was not redacted."
    again = part(data.audit, "safety", "personal_data_left")
    if (searched := number(again, "sample")) is not None:
        lead += f" {count(searched)} of them were searched again by other rules: {plural(int(number(again, 'rows') or 0), 'row')}"
        lead += f" with personal data{_kinds(again)}."
    lines: list[Line] = [
        [Cell(what), count(rejected[reason]), stayed.get(reason, "not measured")] for reason, what in REJECTED.items()
    ]
    columns = ("Check", "Rejected rows", "In released rows")
    found: list[Block] = [Grid("What the checks found", columns, lines, numbers=(1,))]
    kinds = counts(data.audit, "safety", "pii", "types")
    if not kinds:
        marks = Counter(entry for entries in data.rows.column("pii").to_pylist() for entry in entries or ())
        kinds = sorted(marks.items(), key=lambda item: (-item[1], item[0]))
    if kinds:
        caption, whole = "Kinds of personal data in released rows", sum(rows for _, rows in kinds)
        found = [SideBySide([*found, count_table(caption, "Kind", kinds, whole, code=True)])]
    else:
        found.append(Note("No released row holds a kind of personal data that the checks know."))
    return Section("safety", "Safety", lead, [*found, *_evidence(data.rejects)])


def _kinds(found: Mapping[str, Any]) -> str:
    """The kinds of personal data that a second search found, in brackets."""
    named = ", ".join(f"{kind} {count(rows)}" for kind, rows in counts(found, "kinds"))
    return f" ({named})" if named else ""


def _stayed(data: ReportData) -> dict[str, str]:
    """For each check, what is found in released rows, in words."""
    safety, found = part(data.audit, "safety"), {}
    marked, instructing = number(safety, "pii", "rows"), number(safety, "instruction_like", "rows")
    if marked is not None:
        found["pii"] = f"{plural(int(marked), 'row')} marked"
    for reason, name, what in (
        ("toxic", "toxicity", "highest score"),
        ("contaminated", "contamination", "largest share of an item"),
    ):
        if has_values(data.rows.column(name)):
            found[reason] = f"{what} {as_text(pc.max(data.rows.column(name)).as_py())}"
    if instructing is not None:
        found["instruction_like"] = f"{plural(int(instructing), 'row')} from such passages"
    return found


def _evidence(rejects: pa.Table | None) -> list[Block]:
    if rejects is None or "reason" not in rejects.column_names:
        return []
    hits = rejects.filter(pc.equal(rejects.column("reason"), "contaminated")).to_pylist()
    by_detail = {str(hit.get("detail") or ""): hit for hit in hits}
    lines: list[Line] = [_hit(detail, by_detail[detail]) for detail in _in_turn(sorted(by_detail))[:EVIDENCE]]
    caption = "Benchmark text that was found, in the sample of rejected rows"
    return [Grid(caption, ("Benchmark and item", "Shared words", "Match", "In the row"), lines)] if lines else []


def _in_turn(details: list[str]) -> list[str]:
    """`details` reordered so that each benchmark has its first hit before any has its second."""
    seen: Counter[str] = Counter()
    ranks = {}
    for detail in details:
        benchmark = found["benchmark"] if (found := HIT.fullmatch(detail)) else ""
        ranks[detail] = seen[benchmark]
        seen[benchmark] += 1
    return sorted(details, key=lambda detail: (ranks[detail], detail))


def _hit(detail: str, hit: dict[str, Any]) -> Line:
    """Benchmark and item, n-gram, tier and coverage of a hit, as the contamination filter writes its detail."""
    text = str(hit.get("instruction") or hit.get("text") or "")[:300]
    found = HIT.fullmatch(detail)
    if found is None:
        return [Cell(detail), "", "", text]
    covered = hit.get("contamination")
    match = "word for word" if covered == 1 else "in part"
    match += "" if covered is None else f", {share(covered)}"
    if found["cosine"]:
        match = f"reworded, cosine {found['cosine']}"
    return [Cell(f"{found['benchmark']} {found['item']}"), found["ngram"][:200], match, text]
