"""An anchor: a place in a chunk that answers a kind of question by construction, found by rules.

Finders (the folder `finders`) read chunks and yield anchors; templates ask for a kind of anchor and are filled with its
slots; the extractive answer is the anchor's spans, verbatim.
"""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Anchor:
    """One place that can be asked about."""

    kind: str
    """definition, method, section, example, grammar, description, reply, opening, …: what a template asks for."""
    chunk_id: str
    spans: tuple[tuple[int, int], ...]
    """Characters [start, end) of the chunk's text, in order, whole sentences or whole code blocks: the answer."""
    slots: tuple[tuple[str, str], ...]
    """Name and value of what fills a template: ("term", "generator"), ("speaker", "Mr. Bennet")."""


def anchored(kind: str, spans: Sequence[tuple[str, int, int]] | None, /, **slots: str) -> Anchor | None:
    """An anchor of one chunk; None if there are no `spans`, or they reach into a second. Slots without a value are left out."""
    if not spans or len({chunk_id for chunk_id, _, _ in spans}) != 1:
        return None
    given = tuple((name, value) for name, value in slots.items() if value)
    return Anchor(kind, spans[0][0], tuple((start, end) for _, start, end in spans), given)
