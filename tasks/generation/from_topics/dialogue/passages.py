"""The recipe's documents beside a conversation: what is found for a message, and the answer that is written from it."""

import pyarrow as pa

from tasks.core.schema import Row
from tasks.generation.from_topics.dialogue.conversation import Conversation
from tasks.generation.from_topics.dialogue.params import Dialogue
from tasks.teachers.prompts import Fence, Prompt, grounded
from tasks.teachers.prompts.grounded import CitedPassage
from tasks.teachers.protocol import Request
from tasks.text.retrieval import Retriever


class Shelf:
    """Passages of documents, found by what is asked. Passages that try to instruct a model are left out."""

    def __init__(self, chunks: pa.Table) -> None:
        columns = ["chunk_id", "source", "licence", "title", "headings", "text", "flags"]
        calm = [not flags for flags in chunks["flags"].to_pylist()]
        readable = chunks.filter(pa.array(calm, pa.bool_()))
        self.rows: list[Row] = readable.select(columns).to_pylist()
        self._retriever = Retriever.over(readable)

    def near(self, queries: list[str], count: int) -> list[list[Row]]:
        """The `count` best passages for each query, best first."""
        found, _ = self._retriever.search(queries, count)
        return [[self.rows[number] for number in order] for order in found]


def heading(passage: Row) -> str:
    """The headings above a passage, or its document's title."""
    return " / ".join(passage["headings"] or ()) or passage["title"] or ""


def query(talk: Conversation) -> str:
    """What to look for: the message alone may say "it", so the subject stands before it."""
    return f"{talk.subtopic}. {talk.turns[-1].content}"


def question(prompt: Prompt, talk: Conversation, found: list[Row], params: Dialogue) -> Request:
    """The request for the assistant's next message, from the passages `found`."""
    texts = [f"[{heading(passage)}]\n{passage['text']}" for passage in found]
    said = talk.text()
    fence = Fence.around(said, *texts)
    values: dict[str, str | int] = {
        "fence": fence.mark,
        "system": talk.system,
        "max_words": params.max_words,
        "passages": "\n\n".join(fence.wrap("passage", text, number) for number, text in enumerate(texts, 1)),
        "conversation": fence.wrap("conversation", said),
    }
    return prompt.request(values, grounded.SCHEMA)


def read(talk: Conversation, data: Row, found: list[Row]) -> grounded.GroundedAnswer:
    """The answer in a reply to `question`; its evidence and where it is from join the conversation's."""
    given = [CitedPassage(passage["chunk_id"], passage["text"], heading(passage)) for passage in found]
    answer = grounded.read(data, given)
    used = {span.chunk_id for span in answer.evidence}
    talk.evidence += answer.evidence
    talk.sources |= {passage["source"]: passage["licence"] for passage in found if passage["chunk_id"] in used}
    return answer
