"""From topics to subtopics to first messages, as UltraChat (Ding et al. 2023) does: one request a topic, one a subtopic."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Final

from tasks.core.schema import Row, stable_id
from tasks.generation.from_topics.dialogue.conversation import Conversation, drawn, planned_moves
from tasks.generation.from_topics.dialogue.params import CATEGORIES, OPENINGS, Dialogue, Opening
from tasks.generation.from_topics.dialogue.passages import Shelf, heading
from tasks.teachers.prompts import Fence, Prompt, closed
from tasks.teachers.prompts.defects import instruction_defect, text_defect
from tasks.teachers.prompts.sorted_rows import SortedRows
from tasks.teachers.protocol import Failure, Request, Teacher
from tasks.text.equal_texts import text_keys
from tasks.text.words import content_words, normalise

LONGEST_LIST: Final = 30
"""Items with which the form of a list is wrong, so that a small model that never ends one is stopped."""
HEADINGS_SHOWN: Final = 20
"""Headings of the documents that are shown with a topic."""


@dataclass(frozen=True)
class Subtopic:
    """A subject of conversations, and who begins them."""

    topic: str
    name: str
    request_hash: str
    persona: str
    register: str
    opening: Opening

    @property
    def id(self) -> str:
        """The parent of the rows about it."""
        return stable_id("dialogue", self.topic, self.name)


class Beginnings:
    """Asks for what conversations begin with; rows that get no further are sorted at once."""

    def __init__(
        self, params: Dialogue, teacher: Teacher, shelf: Shelf | None, prompts: tuple[Prompt, Prompt], rows: SortedRows
    ) -> None:
        self.params, self.teacher, self.shelf, self.rows = params, teacher, shelf, rows
        self.subtopics_prompt, self.openings_prompt = prompts
        self.repeated = 0
        """Subtopics that were named before."""

    def subtopics(self) -> list[Subtopic]:
        """The subjects of all topics, each once. A topic without an answer is a failed row."""
        topics, taken = list(dict.fromkeys(self.params.topics)), set[str]()
        near = self.shelf.near(topics, HEADINGS_SHOWN) if self.shelf else [[] for _ in topics]
        requests = [self._subtopics_request(topic, found) for topic, found in zip(topics, near, strict=True)]
        subtopics = []
        for topic, reply in zip(topics, self.teacher.ask(requests), strict=True):
            if isinstance(reply, Failure):
                self.rows.fail(self._row(topic, stable_id("dialogue", topic), [reply.request_hash]), reply)
                continue
            for name in reply.data["subtopics"][: self.params.subtopics]:
                if not content_words(name) or normalise(name) in taken or text_defect(name):
                    self.repeated += 1
                    continue
                taken.add(normalise(name))
                subtopics.append(self._subtopic(topic, name.strip(), reply.request_hash))
        return subtopics

    def conversations(self, subtopics: list[Subtopic]) -> list[Conversation]:
        """A conversation for each first message that can stand; the others are rejected."""
        near = self.shelf.near([one.name for one in subtopics], self.params.passages) if self.shelf else None
        shown = near or [[] for _ in subtopics]
        requests = [self._openings_request(one, found) for one, found in zip(subtopics, shown, strict=True)]
        drafted: list[tuple[Conversation, list[Row]]] = []
        for subtopic, found, reply in zip(subtopics, shown, self.teacher.ask(requests), strict=True):
            if isinstance(reply, Failure):
                row = self._row(subtopic.topic, subtopic.id, [subtopic.request_hash, reply.request_hash])
                self.rows.fail(row, reply)
                continue
            born = Counter[str]()
            for message in map(str.strip, reply.data["messages"][: self.params.openings]):
                drafted.append((self._conversation(subtopic, message, born[message], reply.request_hash), found))
                born[message] += 1
        return self._distinct(drafted)

    def _distinct(self, drafted: list[tuple[Conversation, list[Row]]]) -> list[Conversation]:
        """Those of `drafted` (with the passages shown for each) whose first message can stand and was not there before."""
        known: dict[str, str] = {}
        begun = []
        keys = text_keys(talk.turns[0].content for talk, _ in drafted)
        for (talk, found), key in zip(drafted, keys, strict=True):
            id_ = talk.row["example_id"]
            if defect := instruction_defect(talk.turns[0].content, [passage["text"] for passage in found]):
                self.rows.reject(talk.as_row(), *defect)
            elif (twin := known.setdefault(key, id_)) != id_:
                self.rows.reject(talk.as_row(), "duplicate_instruction", twin)
            else:
                begun.append(talk)
        return begun

    def _subtopics_request(self, topic: str, found: list[Row]) -> Request:
        headings = "\n".join(dict.fromkeys(heading(passage) for passage in found))
        fence = Fence.around(topic, headings)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "count": self.params.subtopics,
            "topic": fence.wrap("field", topic),
            "documents": fence.wrap("documents", headings) if headings else "There are no documents.",
        }
        return self.subtopics_prompt.request(values, _list("subtopics"))

    def _openings_request(self, subtopic: Subtopic, found: list[Row]) -> Request:
        texts = [f"[{heading(passage)}]\n{passage['text']}" for passage in found]
        fence = Fence.around(subtopic.name, *texts)
        values: dict[str, str | int] = {
            "fence": fence.mark,
            "count": self.params.openings,
            "persona": subtopic.persona,
            "register": subtopic.register,
            "opening": OPENINGS[subtopic.opening],
            "subtopic": fence.wrap("subject", f"{subtopic.name} ({subtopic.topic})"),
            "passages": "\n\n".join(fence.wrap("passage", text, n) for n, text in enumerate(texts, 1))
            or "There are no documents.",
        }
        return self.openings_prompt.request(values, _list("messages"))

    def _subtopic(self, topic: str, name: str, request_hash: str) -> Subtopic:
        rng = Random(f"{self.params.seed} {topic} {name}")  # noqa: S311
        opening: Opening = "question" if self.shelf else rng.choice(self.params.begin_with)
        persona, register = drawn(self.params.personas, rng), drawn(self.params.registers, rng)
        return Subtopic(topic, name, request_hash, persona, register, opening)

    def _conversation(self, subtopic: Subtopic, message: str, number: int, request_hash: str) -> Conversation:
        """The `number`th conversation that begins with `message`."""
        id_ = stable_id("dialogue", subtopic.id, message, str(number))
        rng = Random(f"{self.params.seed} {id_}")  # noqa: S311
        row = self._row(subtopic.topic, subtopic.id, [subtopic.request_hash, request_hash]) | {
            "example_id": id_,
            "prompt_source": self.openings_prompt.mark,
            "persona": subtopic.persona,
            "category": CATEGORIES[subtopic.opening],
            "difficulty": "medium",
        }
        system = drawn(self.params.systems, rng)
        moves = planned_moves(self.params, rng, self.shelf is not None)
        talk = Conversation(row, subtopic.name, subtopic.persona, subtopic.register, system, moves)
        talk.say("user", message)
        return talk

    def _row(self, topic: str, parent: str, requests: list[str]) -> Row:
        """The columns that every row has; without others, the row of a request that got no answer."""
        return {
            "example_id": stable_id("dialogue", parent, "begin"),
            "parent_id": parent,
            "source": f"dialogue/{topic}",
            "licence": self.params.licence,
            "origin": "synthetic",
            "method": "dialogue",
            "answer_method": "rag" if self.shelf else "closed_book",
            "teacher": self.teacher.name,
            "requests": requests,
            "generation": 1,
            "topic": topic,
        }


def _list(name: str) -> Row:
    """The form of an answer with one list of texts."""
    return closed(**{name: {"type": "array", "items": {"type": "string"}, "maxItems": LONGEST_LIST}})
