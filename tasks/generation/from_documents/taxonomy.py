"""Instructions by taxonomy: a teacher in a persona proposes topics, then instructions on each, until the corpus is covered.

After the taxonomy-driven synthesis of GLAN (Li et al. 2024) and LAB (Sudalairaj et al. 2024). What ends the work is coverage,
measured, and not a count: each pass shows the teacher what no instruction has reached yet.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
import pyarrow as pa
from pydantic import Field

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import EXAMPLE, Row, stable_id
from tasks.generation.from_documents.coverage import Corpus
from tasks.generation.from_documents.templates.lint import CATEGORIES, DIFFICULTIES
from tasks.generation.method import Calls, Inputs, Method, MethodParams, Sizes
from tasks.teachers.prompts import Fence, beside, closed, defects, load
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Completion, Failure, Request, Teacher
from tasks.text.equal_texts import text_keys
from tasks.text.words import content_words, normalise

PROMPTS: Final = beside(__file__, "taxonomy_topics", "taxonomy_instructions")
"""The prompt texts that the stage's key must cover."""
_TOPICS, _INSTRUCTIONS = PROMPTS
TOPICS_AT_ONCE: Final = 10
"""Topics asked for in one question: longer lists begin to repeat themselves."""
SECTIONS_SHOWN: Final = 30
"""Uncovered sections shown in one question for topics."""
EXCERPTS_SHOWN: Final = 3
TAKEN_SHOWN: Final = 100
"""Latest topics that the prompt lists as taken; earlier repetitions are found by comparison."""
OPENING: Final = 160
EXCERPT: Final = 1200
"""Characters of a chunk shown with a request for topics, and for instructions."""
OVERSHOOT: Final = 2
"""A list may have this many times the items asked for before its form is wrong: what is beyond the number is left, but a small
model that never ends a list must be stopped."""
LEAST_ROOM: Final = 10
"""Items that a list may have in any case: teachers that are asked for one offer three."""


class Taxonomy(MethodParams):
    """A persona proposes topics, then instructions on each, until the documents are covered."""

    method: Literal["taxonomy"] = "taxonomy"

    persona: str = "You are a scholar of the subject of these documents."
    """One or two sentences for the teacher about who it is, in the second person."""
    topics: Annotated[int, Field(ge=1)] = 20
    """Topics proposed in each pass."""
    instructions: Annotated[int, Field(ge=1, le=20)] = 5
    """Instructions proposed on each topic."""
    passes: Annotated[int, Field(ge=1)] = 3
    """Passes over the corpus at most; each looks at what the ones before left out."""
    coverage: Annotated[float, Field(gt=0, le=1)] = 0.9
    """Share of the chunks that must be asked about before passes stop."""
    personas: tuple[str, ...] = (
        "Write them as a newcomer would who meets the subject for the first time.",
        "Write them as a practitioner would who has a problem to solve today.",
        "Write them as an examiner would who wants to see understanding, not memory.",
        "Write them as an author would who needs things explained, compared or retold.",
    )
    """Voices in which instructions are written; each topic gets one, so that the data has no single voice."""
    examples: tuple[str, ...] = ()
    """A few instructions written by people, for manner and level."""


def make(inputs: Inputs, params: Taxonomy, teacher: Teacher | None, tools: Tools) -> Outcome:
    """EXAMPLE rows with an instruction and no response yet; the parent is the chunk nearest to the instruction.

    `inputs.documents` has CHUNK's columns. With `inputs.rows`, those kept of earlier rounds, topics are first asked about chunks on
    which none of them stands, if these are more than `coverage` leaves out.

    Rejects with duplicate_instruction, surplus, too_short, too_long, copied_passage, refusal, copied_marker and prompt_leakage; a
    question that got no answer is a failed row under a chunk it showed. Facts: `coverage` after each pass (share of chunks, 0 … 1),
    `topics`, `repeated_topics`, `chunks`. Raises what the teacher raises.
    """
    assert inputs.documents is not None
    assert teacher is not None
    corpus = _open_corpus(inputs.documents, inputs.rows, params.coverage)
    work = _Proposals(params, teacher, corpus)
    coverage: list[float] = []
    while len(corpus.open) and len(coverage) < params.passes and corpus.coverage < params.coverage:
        work.instructions(work.topics(len(coverage)), len(coverage))
        coverage.append(round(corpus.coverage, 4))
        tools.progress(len(coverage), params.passes)
    facts = {
        "coverage": coverage,
        "topics": len(work.taken),
        "repeated_topics": work.repeated,
        "chunks": len(corpus.rows),
    }
    return work.sorted_rows.outcome(EXAMPLE, facts)


def _open_corpus(documents: pa.Table, kept: pa.Table | None, coverage: float) -> Corpus:
    """The chunks to ask about: those without a kept row, or all where enough have one."""
    corpus = Corpus(documents)
    if kept is not None:
        corpus.cover_passages(kept)
        if corpus.coverage >= coverage:
            corpus.covered[:] = False
    return corpus


@dataclass(frozen=True)
class _Topic:
    """A topic, the question it came from, and the uncovered chunks nearest to it."""

    name: str
    request_hash: str
    shown: list[int]


class _Proposals:
    """What has been proposed so far."""

    def __init__(self, params: Taxonomy, teacher: Teacher, corpus: Corpus) -> None:
        self.params, self.teacher, self.corpus = params, teacher, corpus
        self.sorted_rows = SortedRows()
        self.taken: dict[str, str] = {}
        """Topics by what they are compared as."""
        self.repeated = 0
        self.asked: dict[str, str] = {}
        """Instructions as compared, with the ids of their rows."""
        self.born: Counter[tuple[str, str]] = Counter()

    def topics(self, number: int) -> list[_Topic]:
        """New topics for what pass `number` finds uncovered."""
        groups = min(math.ceil(self.params.topics / TOPICS_AT_ONCE), len(self.corpus.open))
        drawn = self.corpus.open[_evenly(len(self.corpus.open), groups * SECTIONS_SHOWN)]
        shown = [part.tolist() for part in np.array_split(drawn, groups)]
        count = math.ceil(self.params.topics / groups)
        questions = [self._topic_question(positions, count, number) for positions in shown]
        topics = []
        for positions, reply in zip(shown, self.teacher.ask(questions), strict=True):
            if isinstance(reply, Failure):
                self._miss(positions[0], reply, _TOPICS)
                continue
            for name in self._new_topics(reply.data["topics"][:count]):
                topics.append(_Topic(name, reply.request_hash, self.corpus.near_open(name, EXCERPTS_SHOWN)))
        return topics

    def instructions(self, topics: Sequence[_Topic], number: int) -> None:
        """Asks for instructions on each topic, and sorts them."""
        replies = self.teacher.ask([self._instruction_question(topic, number) for topic in topics])
        made: list[tuple[Row, bool]] = []
        for topic, reply in zip(topics, replies, strict=True):
            if isinstance(reply, Failure):
                self._miss(topic.shown[0], reply, _INSTRUCTIONS)
            else:
                made += self._read(topic, reply)
        for (row, surplus), near in zip(
            made, self.corpus.nearest([row["instruction"] for row, _ in made]), strict=True
        ):
            self._sort(row, surplus, near)

    def _new_topics(self, names: Sequence[str]) -> Iterator[str]:
        for name in names:
            if not content_words(name) or normalise(name) in self.taken or defects.text_defect(name):
                self.repeated += 1
                continue
            self.taken[normalise(name)] = name.strip()
            yield name.strip()

    def _read(self, topic: _Topic, reply: Completion) -> Iterator[tuple[Row, bool]]:
        """The rows in a reply, and whether each is one too many."""
        for number, item in enumerate(reply.data["instructions"]):
            row = {
                "instruction": item["instruction"].strip(),
                "origin": "synthetic",
                "method": "taxonomy",
                "teacher": self.teacher.name,
                "prompt_source": load(_INSTRUCTIONS).mark,
                "requests": [topic.request_hash, reply.request_hash],
                "generation": 1,
                "topic": topic.name,
                "category": item["category"],
                "difficulty": item["difficulty"],
            }
            yield row, number >= self.params.instructions

    def _sort(self, row: Row, surplus: bool, near: Sequence[tuple[int, float]]) -> None:
        row |= self._birth(near[0][0], row["instruction"])
        [text] = text_keys([row["instruction"]])
        if fault := defects.instruction_defect(
            row["instruction"], (self.corpus.rows[position]["text"] for position, _ in near)
        ):
            self.sorted_rows.reject(row, *fault)
        elif surplus:
            self.sorted_rows.reject(row, "surplus", f"{self.params.instructions} were asked for")
        elif (twin := self.asked.setdefault(text, row["example_id"])) != row["example_id"]:
            self.sorted_rows.reject(row, "duplicate_instruction", twin)
        else:
            self.corpus.cover(near)
            self.sorted_rows.keep(row)

    def _birth(self, position: int, text: str) -> Row:
        """Identity and source from the chunk at `position`; the n-th equal instruction has an id of its own."""
        chunk = self.corpus.rows[position]
        self.born[chunk["chunk_id"], text] += 1
        number = self.born[chunk["chunk_id"], text]
        return {
            "example_id": stable_id("taxonomy", chunk["chunk_id"], text, str(number)),
            "parent_id": chunk["chunk_id"],
            "source": chunk["source"],
            "licence": chunk["licence"],
        }

    def _miss(self, position: int, failure: Failure, prompt: Path) -> None:
        row = self._birth(position, failure.request_hash)
        row |= {"origin": "synthetic", "method": "taxonomy", "generation": 1, "requests": [failure.request_hash]}
        self.sorted_rows.fail(row | {"teacher": self.teacher.name, "prompt_source": load(prompt).mark}, failure)

    def _topic_question(self, positions: Sequence[int], count: int, number: int) -> Request:
        sections = _outline([self.corpus.rows[i] for i in positions])
        taken = "\n".join(list(self.taken.values())[-TAKEN_SHOWN:]) or "none yet"
        fence = Fence.around(taken, *sections)
        values: dict[str, str | int] = {
            "persona": self.params.persona,
            "fence": fence.mark,
            "count": count,
            "sections": "\n".join(fence.wrap("section", text) for text in sections),
            "taken": fence.wrap("taken", taken),
        }
        names = {"type": "array", "items": {"type": "string"}, "maxItems": max(OVERSHOOT * count, LEAST_ROOM)}
        return load(_TOPICS).request(values, closed(topics=names), sample=number)

    def _instruction_question(self, topic: _Topic, number: int) -> Request:
        excerpts = [self.corpus.rows[i]["text"][:EXCERPT] for i in topic.shown]
        examples = "\n".join(self.params.examples) or "none"
        fence = Fence.around(topic.name, examples, *excerpts)
        voices = self.params.personas or ("",)
        values: dict[str, str | int] = {
            "persona": self.params.persona,
            "voice": voices[int(stable_id("voice", topic.name), 16) % len(voices)],
            "fence": fence.mark,
            "count": self.params.instructions,
            "categories": ", ".join(CATEGORIES),
            "topic": fence.wrap("topic", topic.name),
            "excerpts": "\n".join(fence.wrap("excerpt", text) for text in excerpts),
            "examples": fence.wrap("examples", examples),
        }
        item = closed(
            instruction={"type": "string"},
            category={"type": "string", "enum": list(CATEGORIES)},
            difficulty={"type": "string", "enum": list(DIFFICULTIES)},
        )
        items = {"type": "array", "items": item, "maxItems": max(OVERSHOOT * self.params.instructions, LEAST_ROOM)}
        return load(_INSTRUCTIONS).request(values, closed(instructions=items), sample=number)


def _evenly(length: int, most: int) -> np.ndarray[Any, np.dtype[np.intp]]:
    """At most `most` positions of `length`, evenly apart, the first always among them."""
    return np.unique(np.arange(min(most, length)) * length // min(most, length))


def _outline(chunks: Sequence[Row]) -> list[str]:
    """For each chunk its title, headings, key words and opening, as a teacher is shown them.

    Key words are the five with the highest tf-idf among the chunks shown together.
    """
    counts = [Counter(word for word in content_words(chunk["text"]) if len(word) > 2) for chunk in chunks]
    spread = Counter(word for count in counts for word in count)
    outlines = []
    for chunk, count in zip(chunks, counts, strict=True):
        weight = {word: n * math.log((1 + len(chunks)) / spread[word]) for word, n in count.items()}
        keys = sorted(weight, key=lambda word: (-weight[word], word))[:5]
        where = " › ".join(part for part in (chunk["title"], *(chunk["headings"] or ())) if part)
        outlines.append(f"{where}\nkey words: {', '.join(keys)}\n{' '.join(chunk['text'].split())[:OPENING]}")
    return outlines


def estimate(params: Taxonomy, sizes: Sizes) -> Calls:
    """Topics and instructions of every pass."""
    topics = math.ceil(params.topics / TOPICS_AT_ONCE) * params.passes
    instructions = params.topics * params.passes
    tokens = topics * SECTIONS_SHOWN * 20 + instructions * EXCERPTS_SHOWN * sizes.passage_tokens
    return Calls(topics + instructions, tokens // (topics + instructions), instructions * params.instructions)


METHOD: Final = Method(
    params=Taxonomy,
    inputs=("documents",),
    make=make,
    teacher="required",
    version=5,
    prompts=PROMPTS,
    libraries=("wordllama",),
    estimate=estimate,
    fills_gaps=True,
)
