"""Multi-hop: a question that needs two or three passages which share an entity, and cannot be answered when one is left out.

After HotpotQA (Yang et al. 2018), whose two kinds these are, *bridge* and *comparison*; each passage is left out in turn, as in
MuSiQue (Trivedi et al. 2022, section 4), since most questions that look like several hops can be answered by one.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_documents import brief_answers
from tasks.generation.from_documents.candidates import REASONS, answered, asks, cited, with_replies
from tasks.generation.from_documents.multi_hop.checks import Kind, SharedEntity, needed, supported, texts_of
from tasks.generation.from_documents.multi_hop.shared_entities import Group, LinkedPassage, groups
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.prompts import Fence, beside, closed, grounded, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Request, Teacher
from tasks.text.equal_texts import text_keys
from tasks.text.prompt_injection import INSTRUCTION_LIKE

PROMPTS: Final = (
    *beside(__file__, "multi_hop_bridge", "multi_hop_comparison"),
    *grounded.PROMPTS,
    *brief_answers.PROMPTS,
)
_PROMPT: Final = dict(zip(("bridge", "comparison"), PROMPTS, strict=False))
SCHEMA: Final = closed(question={"type": "string"}, answer={"type": "string"})


class MultiHop(MethodParams):
    """Questions that need two or three passages which share an entity."""

    method: Literal["multi_hop"] = "multi_hop"

    persona: str = "You know this subject well."
    """The role that the teacher is given; one or two sentences in the second person."""
    most: Annotated[int, Field(ge=1)] = 200
    """Groups of passages that are asked about at most, those with the rarest entities first."""
    kinds: Annotated[tuple[Kind, ...], Field(min_length=1)] = ("bridge", "comparison")
    """bridge: one passage says which thing is meant, another tells of it; comparison: what each passage says is compared."""
    passages: Annotated[tuple[Annotated[int, Field(ge=2, le=3)], ...], Field(min_length=1)] = (2, 2, 3)
    """Passages that a question needs: 2, 3 or both, as often as each stands here."""
    most_named: Annotated[int, Field(ge=2)] = 12
    """Passages that may name an entity; one that is named more often says little about what they have in common."""
    apart: Annotated[int, Field(ge=0)] = 5
    """Chunks that lie between two passages of one document at least."""
    chunk_kinds: tuple[str, ...] = ("prose", "list")
    """Kinds of chunks that are asked about."""


def make(inputs: Inputs, params: MultiHop, teacher: Teacher | None, tools: Tools) -> Outcome:
    """EXAMPLE rows with a question, its answer, evidence in every passage and, as `reference`, the answer in a few words. `topic`
    is the entity, `expects` the kind.

    The teacher writes question and brief answer, answers from all passages, then in a few words from all of them and with each
    left out. Rejects with no_instruction, duplicate_instruction, guessable, answers_differ, unsupported_passage, not_answerable,
    one_hop, and what `instruction_defect` and `grounded.read` find. Facts: `groups`, `kinds` (kept rows), `hops` (kept rows by
    passages). Raises what the teacher raises.
    """
    assert inputs.documents is not None
    assert teacher is not None
    sorted_rows = SortedRows()
    work = _chosen(inputs, params, teacher.name)
    facts: dict[str, Any] = {"groups": len(work)}
    work = _asked(work, params, teacher, sorted_rows)
    tools.progress(1, 3)
    work = supported(answered(work, teacher, sorted_rows), sorted_rows)
    tools.progress(2, 3)
    for item in needed(work, teacher, sorted_rows):
        sorted_rows.keep(item.row)
    tools.progress(3, 3)
    facts["kinds"] = Counter(row["expects"] for row in sorted_rows.kept)
    facts["hops"] = Counter(str(len({s["chunk_id"] for s in row["evidence"]})) for row in sorted_rows.kept)
    return sorted_rows.outcome(EXAMPLE, facts)


def _chosen(inputs: Inputs, params: MultiHop, teacher: str) -> list[SharedEntity]:
    """The groups that are asked about, with the rows that are to be made of them."""
    assert inputs.documents is not None
    columns = ["chunk_id", "document_id", "position", "kind", "flags", "text", "headings", "source", "licence"]
    chunks = inputs.documents.select(columns)
    flags = chunks.select(["kind", "flags"]).to_pylist()
    fits = [
        n
        for n, chunk in enumerate(flags)
        if chunk["kind"] in params.chunk_kinds and INSTRUCTION_LIKE not in (chunk["flags"] or ())
    ]
    standing = chunks.select(["document_id", "position", "text"]).take(fits).to_pylist()
    linked = [LinkedPassage(n, p["document_id"], p["position"] or 0, p["text"]) for n, p in enumerate(standing)]
    found = groups(linked, params.passages, params.most_named, params.apart)
    return [
        _born(group, chunks.take([fits[n] for n in group.passages]).to_pylist(), params, teacher)
        for group in islice(found, params.most)
    ]


def _born(group: Group, chunks: Sequence[Row], params: MultiHop, teacher: str) -> SharedEntity:
    name = stable_id("multi_hop", group.entity, *(chunk["chunk_id"] for chunk in chunks))
    kind = params.kinds[int(name, 16) % len(params.kinds)]
    licences = sorted({chunk["licence"] or "unknown" for chunk in chunks})
    row = {
        "example_id": name,
        "parent_id": chunks[0]["chunk_id"],
        "source": chunks[0]["source"],
        "licence": licences[0] if len(licences) == 1 else " AND ".join(licences),
        "topic": group.entity,
        "expects": kind,
        "origin": "synthetic",
        "method": "multi_hop",
        "teacher": teacher,
        "prompt_source": load(_PROMPT[kind]).mark,
        "generation": 1,
        "category": "comparison" if kind == "comparison" else "extraction",
        "difficulty": "hard",
    }
    return SharedEntity(row, cited(chunks), group.entity, kind)


def _asked(work: list[SharedEntity], params: MultiHop, teacher: Teacher, sorted_rows: SortedRows) -> list[SharedEntity]:
    left: list[SharedEntity] = []
    seen: dict[str, str] = {}
    for item, data in with_replies(work, teacher.ask([_request(item, params) for item in work]), sorted_rows):
        if asks(item, data["question"], data["answer"], sorted_rows):
            twin = seen.setdefault(text_keys([item.row["instruction"]])[0], item.row["example_id"])
            if twin != item.row["example_id"]:
                sorted_rows.reject(item.row, "duplicate_instruction", twin)
            else:
                left.append(item)
    return left


def _request(item: SharedEntity, params: MultiHop) -> Request:
    texts = texts_of(item.passages)
    fence = Fence.around(item.entity, *texts)
    values = {
        "persona": params.persona,
        "fence": fence.mark,
        "entity": fence.wrap("entity", item.entity),
        "passages": "\n\n".join(fence.wrap("passage", text, n) for n, text in enumerate(texts, 1)),
    }
    return load(_PROMPT[item.kind]).request(values, SCHEMA)


def estimate(params: MultiHop, sizes: Sizes) -> Calls:
    """Question, answer, brief answer, and one for each passage left out."""
    asked = min(params.most, sizes.passages // min(params.passages))
    hops = max(params.passages)
    return Calls((3 + hops) * asked, hops * sizes.passage_tokens, asked)


METHOD: Final = Method(
    params=MultiHop,
    inputs=("documents",),
    make=make,
    answered=True,
    teacher="required",
    version=2,
    prompts=PROMPTS,
    reasons=REASONS
    | {
        "unsupported_passage": "no sentence of a passage supports question or answer; detail: its number",
        "not_answerable": "a brief answer from all passages is not the known one; detail: that answer",
        "one_hop": "it is answered rightly with a passage left out; detail: which, and the answer",
    },
    estimate=estimate,
)
