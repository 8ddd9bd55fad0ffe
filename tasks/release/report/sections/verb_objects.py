"""What the instructions ask to do, and to what: (verb, object) pairs, as Self-Instruct draws them (Wang et al. 2022)."""

from collections import defaultdict

from tasks.release.formatting import count, plural, share
from tasks.release.lookup import number, part, records
from tasks.release.report.blocks import BarPart, Section, StackedBar, StackedBars
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
    totals = {verb: sum(rows for _, rows in objects) for verb, objects in grouped.items()}
    order = sorted(totals, key=lambda verb: (-totals[verb], verb))
    covered, different = number(facts, "share"), number(facts, "different")
    part_of = "Some" if covered is None else share(covered)
    pairs = "" if different is None else f", in {plural(int(different), 'different pair')}"
    lead = (
        f"{part_of} of the instructions ask for a verb with an object{pairs}; the most frequent verb is “{order[0]}”."
    )
    bars = []
    for verb in order[:VERBS]:
        total, objects = totals[verb], sorted(grouped[verb], key=lambda item: (-item[1], item[0]))
        parts = [BarPart(name, count(rows), rows / total) for name, rows in objects[:OBJECTS]]
        if rest := sum(rows for _, rows in objects[OBJECTS:]):
            parts.append(BarPart(f"{len(objects) - OBJECTS} more", count(rest), rest / total))
        bars.append(StackedBar(verb, count(total), total / totals[order[0]], parts))
    return Section("verbs", "Verbs and their objects", lead, [StackedBars("The most frequent pairs, in rows", bars)])
