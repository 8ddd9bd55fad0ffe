"""Instructions from template sets: finders say where something can be asked, templates say how."""

from collections.abc import Iterator, Sequence
from itertools import groupby

import pyarrow as pa

from tasks.core.schema import Row, stable_id
from tasks.generation.from_documents.subjects import framed
from tasks.generation.from_documents.templates import template_set as templates
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders import FINDERS
from tasks.generation.from_documents.templates.params import Templates


def propose(chunks: pa.Table, params: Templates) -> list[Row]:
    """EXAMPLE rows without responses, in the order of `chunks`, set after set; `evidence` holds the spans that answer.

    Raises BadInput for a template set with a mistake.
    """
    rows: list[Row] = []
    about = {chunk["chunk_id"]: chunk for chunk in _heads(chunks)}
    for path in params.sets:
        chosen = templates.load(path)
        given = {**chosen.given, **params.given}
        anchors = FINDERS[chosen.finder](chunks)
        for chunk_id, group in groupby(anchors, key=lambda anchor: anchor.chunk_id):
            chunk = about[chunk_id]
            asked = _asked(list(group), chunk["text"], chosen, given, params)
            rows += [_row(chunk, anchor, template, instruction) for anchor, template, instruction in asked]
    return rows


def _heads(chunks: pa.Table) -> list[Row]:
    columns = ["chunk_id", "source", "licence", "title", "text"]
    return list(chunks.select(columns).to_pylist())


def _asked(
    anchors: Sequence[Anchor], text: str, chosen: templates.TemplateSet, given: dict[str, str], params: Templates
) -> list[tuple[Anchor, templates.Template, str]]:
    """At most `max_per_chunk` questions, in the order of the anchors."""
    asked = []
    for anchor in anchors:
        question = templates.ask(anchor, chosen.templates, given, _draw(anchor, text, params.draw))
        if question:
            template, text_ = question
            about = dict(anchor.slots).get("about", "")
            asked.append((anchor, template, framed(text_, about, int(stable_id(about, text_), 16)) if about else text_))
    taken = sorted(_by_turns([anchor.kind for anchor, _, _ in asked])[: params.max_per_chunk])
    return [asked[i] for i in taken]


def _draw(anchor: Anchor, text: str, draw: int) -> int:
    """Depends on what is asked and answered, not on the stage's key: a new document elsewhere rephrases nothing, and a
    passage that stands in two documents asks the same in both, so that one of the two is seen to be a duplicate."""
    pieces = [text[start:end] for start, end in anchor.spans]
    return int(stable_id(str(draw), anchor.kind, *(value for slot in anchor.slots for value in slot), *pieces), 16)


def _by_turns(kinds: Sequence[str]) -> list[int]:
    """Indexes so that the first of each kind come before the second of any."""
    turn: dict[str, int] = {}
    order = []
    for i, kind in enumerate(kinds):
        turn[kind] = turn.get(kind, -1) + 1
        order.append((turn[kind], i))
    return [i for _, i in sorted(order)]


def _row(chunk: Row, anchor: Anchor, template: templates.Template, instruction: str) -> Row:
    spans = [{"chunk_id": anchor.chunk_id, "start": start, "end": end} for start, end in anchor.spans]
    writes = (
        template.category == "writing"
    )  # the passage is what was asked for, so the words of a human are the response
    return {
        "example_id": stable_id(anchor.chunk_id, "template", template.prompt, instruction, str(anchor.spans)),
        "parent_id": anchor.chunk_id,
        "instruction": instruction,
        "source": chunk["source"],
        "origin": "human" if writes else "synthetic",
        "method": "templates",
        "prompt_source": template.prompt,
        "evidence": spans,
        "licence": chunk["licence"],
        "generation": 0,
        "expects": template.expects,
        "topic": chunk["title"],
        "category": template.category,
        "difficulty": template.difficulty,
        "language": "en",
    }


def per_template(rows: Sequence[Row]) -> Iterator[tuple[str, int]]:
    """How many of `rows` each template made, by name, most first."""
    counts: dict[str, int] = {}
    for row in rows:
        if row["prompt_source"].startswith("templates/"):
            name = row["prompt_source"].partition("@")[0]
            counts[name] = counts.get(name, 0) + 1
    yield from sorted(counts.items(), key=lambda item: (-item[1], item[0]))
