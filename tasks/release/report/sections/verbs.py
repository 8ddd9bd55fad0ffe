"""What the instructions ask to do, and to what: (verb, object) pairs, as Self-Instruct draws them (Wang et al. 2022)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Piece, Section, Strip, Strips
from tasks.release.report.measured import measured
from tasks.release.report.words import count, plural, share

NAMES = ("verb_object", "verb_objects", "verb_object_pairs")
VERBS, OBJECTS = 14, 5
"""Verbs shown, and objects of each."""


def section(dossier: Dossier) -> Section | None:
    """The most frequent verbs with their most frequent objects."""
    facts = next((dossier.audit[name] for name in NAMES if dossier.audit.get(name)), None)
    if facts is None:
        return None
    pairs = list(_pairs(facts))
    if not pairs:
        return Section("verbs", "Verbs and their objects", "", measured("verb_object", facts))
    grouped: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for verb, thing, number in pairs:
        grouped[verb].append((thing, number))
    totals = {verb: sum(number for _, number in things) for verb, things in grouped.items()}
    order = sorted(totals, key=lambda verb: (-totals[verb], verb))
    whole = sum(totals.values())
    lead = (
        f"{plural(len(totals), 'verb')} in {plural(len(pairs), 'pair')} with an object; "
        f"the most frequent, “{order[0]}”, opens {share(totals[order[0]], whole)} of them."
    )
    strips = [_strip(verb, grouped[verb], totals[verb], totals[order[0]]) for verb in order[:VERBS]]
    return Section("verbs", "Verbs and their objects", lead, [Strips("What the instructions ask for", strips)])


def _strip(verb: str, things: list[tuple[str, int]], total: int, most: int) -> Strip:
    ordered = sorted(things, key=lambda item: (-item[1], item[0]))
    pieces = [Piece(thing, count(number), number / total) for thing, number in ordered[:OBJECTS]]
    if rest := sum(number for _, number in ordered[OBJECTS:]):
        pieces.append(Piece(f"{len(ordered) - OBJECTS} more", count(rest), rest / total))
    return Strip(verb, count(total), total / most, pieces)


def _pairs(facts: Any) -> Iterable[tuple[str, str, int]]:
    """(verb, object, rows) from records, triples, or a mapping of verbs to objects to counts."""
    if isinstance(facts, Mapping) and (inner := facts.get("pairs") or facts.get("top")) is not None:
        facts = inner
    if isinstance(facts, Mapping):
        for verb, things in facts.items():
            if isinstance(things, Mapping):
                yield from ((str(verb), str(thing), n) for thing, n in things.items() if isinstance(n, int))
    elif isinstance(facts, list | tuple):
        for item in facts:
            if isinstance(item, Mapping) and {"verb", "object"} <= item.keys():
                yield str(item["verb"]), str(item["object"]), int(item.get("count") or item.get("rows") or 0)
            elif isinstance(item, list | tuple) and len(item) == 3 and isinstance(item[2], int):
                yield str(item[0]), str(item[1]), item[2]
