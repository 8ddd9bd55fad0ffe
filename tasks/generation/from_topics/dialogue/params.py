"""Settings of dialogues, and the moves by which their users go on."""

from typing import Annotated, Final, Literal, Self, get_args

from pydantic import Field, model_validator

from tasks.generation.method import MethodParams

Move = Literal["follow_up", "clarify", "correct", "refine", "change_subject", "thanks"]
MOVES: Final[dict[Move, str]] = {
    "follow_up": "They ask for more about one thing that the assistant has just said: how, why, or what next.",
    "clarify": "They did not understand one part of the last answer, say which, and ask what it means or for an example.",
    "correct": "They notice that they themselves described their situation wrongly or left something out, give the right fact, "
    "and ask what that changes.",
    "refine": "They want the last answer changed for their case: shorter, for another reader, with a limit of time, money, "
    "tools or experience that they name.",
    "change_subject": "They leave this question and ask about something else that matters to the same person.",
    "thanks": "They thank the assistant in one sentence for one particular thing it said, and say what they will do with it. "
    "They ask nothing more.",
}
"""What the user does next, as the prompt says it. Users correct themselves and not the assistant: a model that gives in to wrong
corrections would be learnt from."""
Opening = Literal["question", "writing", "material"]
OPENINGS: Final[dict[Opening, str]] = {
    "question": "asks about something they want to know, decide or solve",
    "writing": "asks for a short text to be written, for a purpose and a reader that they name",
    "material": "brings a short text of their own, which stands whole in the message, and asks for something to be done with it",
}
"""UltraChat's three sectors: questions about the world, creation, assistance on existing materials."""
CATEGORIES: Final[dict[Opening, str]] = {"question": "explanation", "writing": "writing", "material": "extraction"}
"""The column `category` of rows that begin so."""


class Dialogue(MethodParams):
    """Conversations in several turns between a user, whom a model plays, and an assistant."""

    method: Literal["dialogue"] = "dialogue"

    topics: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "cooking and food", "health and sleep", "personal finance", "travel", "work and careers", "learning and school",
        "software and computers", "home and repair", "nature and animals", "history and society", "art, music and books",
        "family and friends",
    )  # fmt: skip
    """What conversations are about, a few words each. The default is a dozen fields of everyday life."""
    subtopics: Annotated[int, Field(ge=1, le=20)] = 5
    """Narrower subjects that the teacher names for each topic; longer lists begin to repeat themselves."""
    openings: Annotated[int, Field(ge=1, le=10)] = 2
    """First messages written for each subtopic; each begins a conversation."""
    begin_with: Annotated[tuple[Opening, ...], Field(min_length=1)] = ("question", "question", "writing")
    """What first messages do; each subtopic draws one, so what is listed twice is drawn twice as often. With documents they are
    questions."""
    turns: Annotated[int, Field(ge=2, le=12)] = 4
    """Messages of the user at most; each gets an answer. The user may end before."""
    min_turns: Annotated[int, Field(ge=1, le=12)] = 2
    """Messages of the user at least; how many a conversation is meant to have is drawn between this and `turns`."""
    moves: Annotated[tuple[Move, ...], Field(min_length=1)] = get_args(Move)
    """How users go on, drawn for each message; none comes twice running. `thanks` only ends a conversation, and only where there
    are no documents, since its answer states nothing."""
    personas: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "a nurse on night shifts with two small children",
        "a retired mechanic who likes to know how things work",
        "a student in the first year at a university",
        "an owner of a small shop who has little time",
        "a school teacher who prepares lessons",
        "a software developer who has just changed fields",
        "a newcomer to the country who is learning the language",
        "an engineer who wants numbers and reasons",
    )
    """Who the user is; each subtopic draws one, and the row's `persona` says which."""
    registers: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "They write short, plain messages, without greetings.",
        "They write politely, in whole sentences.",
        "They write casually, in lower case now and then, as in a chat.",
        "They write in detail and tell what lies behind the question.",
    )
    """How the user writes, as a sentence for the teacher; drawn with the persona."""
    systems: Annotated[tuple[str, ...], Field(min_length=1)] = (
        "",
        "You are a helpful assistant.",
        "You are a friendly expert. You answer briefly and say what to do first.",
        "You are a careful assistant. You give reasons, and you say so where something is uncertain.",
    )
    """System prompts, empty for none; each conversation draws one, under which the assistant answers and which stands in the row's
    `system`."""
    max_words: Annotated[int, Field(ge=10)] = 120
    """Words that the assistant is asked to stay below in each answer."""
    passages: Annotated[int, Field(ge=1, le=20)] = 4
    """Passages of the recipe's documents, if it has some, from which each answer is written."""
    repeated: Annotated[float, Field(gt=0, le=1)] = 0.6
    """Share of the shorter message's runs of three words that may stand in an earlier message before the conversation is
    refused. Quoting a phrase stays far below; an answer given again lies above 0.8."""
    seed: int = 1
    """Another number draws other personas, moves and lengths."""
    licence: str = "unknown"
    """The licence of rows that stand on no document: what the teacher's terms allow. Rows that do carry those of their passages."""

    @model_validator(mode="after")
    def _long_enough(self) -> Self:
        if self.min_turns > self.turns:
            raise ValueError(f"min_turns is {self.min_turns}, more than turns, {self.turns}")
        if all(move == "thanks" for move in self.moves):
            raise ValueError("moves: beside `thanks`, which only ends a conversation, name one by which it goes on")
        return self
