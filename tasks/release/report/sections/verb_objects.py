"""What the instructions ask to do, and to what: (verb, object) pairs, as Self-Instruct draws them (Wang et al. 2022)."""

from collections import defaultdict

from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import BarPart, Section, StackedBar, StackedBars
from tasks.release.report.formatting import count, plural, share
from tasks.release.report_data import ReportData

VERBS, OBJECTS = 14, 6
"""Verbs shown, and objects of each."""


def section(data: ReportData) -> Section | None:
    """The most frequent verbs with their most frequent objects."""
    facts = part(data.audit, "verb_object")
    grouped: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for record in records(facts, "pairs"):
        if rows := int(number(record, "count") or 0):
            grouped[str(record.get("verb"))].append((str(record.get("object")), rows))
    if not grouped:
        return None
    totals = {verb: sum(rows for _, rows in things) for verb, things in grouped.items()}
    order = sorted(totals, key=lambda verb: (-totals[verb], verb))
    different, covered = number(facts, "different"), number(facts, "share")
    lead = (
        f"{share(covered)} of the instructions ask for a verb with an object"
        if covered is not None
        else "Verbs with objects"
    )
    lead += f", in {plural(int(different), 'different pair')}" if different is not None else ""
    lead += f"; “{order[0]}” comes first."
    strips = [_strip(verb, grouped[verb], totals[verb], totals[order[0]]) for verb in order[:VERBS]]
    return Section("verbs", "Verbs and their objects", lead, [StackedBars("The most frequent pairs, in rows", strips)])


def _strip(verb: str, things: list[tuple[str, int]], total: int, most: int) -> StackedBar:
    ordered = sorted(things, key=lambda item: (-item[1], item[0]))
    pieces = [BarPart(thing, count(rows), rows / total) for thing, rows in ordered[:OBJECTS]]
    if rest := sum(rows for _, rows in ordered[OBJECTS:]):
        pieces.append(BarPart(f"{len(ordered) - OBJECTS} more", count(rest), rest / total))
    return StackedBar(verb, count(total), total / most, pieces)
