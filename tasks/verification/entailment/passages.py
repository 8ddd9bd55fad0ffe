"""The passage that a claim is held against: the whole of what it cites, or, of a long one, the sentences that are nearest to it."""

from collections import Counter
from collections.abc import Sequence
from typing import Final, NamedTuple

from tasks.text.evidence import Evidence, Spans
from tasks.text.sentences import sentence_spans
from tasks.text.support import stem
from tasks.text.words import content_words

_GAP: Final = " … "
"""Between sentences that do not stand next to each other."""


class Passage(NamedTuple):
    """A text that a claim rests on."""

    name: str
    """The ids of its chunks."""
    text: str
    """With its headings on lines of their own before it."""


def passage_of(spans: Spans, evidence: Evidence) -> Passage:
    """Everything that the spans are taken from, with titles and headings."""
    names = dict.fromkeys(span["chunk_id"] for span in spans or ())
    titles = "\n".join(dict.fromkeys(line for line in evidence.titles(spans).splitlines() if line.strip()))
    return Passage(", ".join(names), f"{titles}\n\n{evidence.whole(spans)}".strip())


def shortened(text: str, claim: str, most: int) -> str:
    """At most about `most` words of `text`: the sentences that share the rarest words with `claim`, each with the one before it,
    in their order. All of it where it is no longer."""
    if len(text.split()) <= most:
        return text
    sentences = [text[start:end] for start, end in sentence_spans(text)]
    chosen: set[int] = set()
    used = 0
    for number in _ranked(sentences, claim):
        for near in (number, number - 1):
            size = len(sentences[near].split()) if near >= 0 and near not in chosen else 0
            if size and (used + size <= most or not chosen):
                chosen.add(near)
                used += size
    order = sorted(chosen)
    parts = [_GAP * (k > 0 and number - order[k - 1] > 1) or " " * (k > 0) for k, number in enumerate(order)]
    joined = "".join(part + sentences[number] for part, number in zip(parts, order, strict=True))
    kept = joined.split(" ")
    return joined if len(kept) <= 2 * most else " ".join(kept[: 2 * most])  # one sentence may be a whole table


def _ranked(sentences: Sequence[str], claim: str) -> list[int]:
    """Numbers of the sentences, those first that share the most with `claim`; rare words count more."""
    bags = [{stem(word) for word in content_words(sentence)} for sentence in sentences]
    known = Counter(word for bag in bags for word in bag)
    sought = {stem(word) for word in content_words(claim)}
    weights = [sum(1 / known[word] for word in bag & sought) for bag in bags]
    return sorted(range(len(sentences)), key=lambda number: -weights[number])
