"""What each kind of behaviour asks of the writer of messages and of the writer of answers."""

from dataclasses import dataclass
from typing import Final

from tasks.generation.from_topics.behaviours.policy import Kind

REFUSE: Final = (
    'The policy refuses this message. Refuse in one or two sentences: begin with "I can\'t help with" and what it is, say '
    "briefly why, without a lecture and without any of what was asked for."
)
ANSWER: Final = (
    "Answer the message fully and directly, as a helpful expert. Do not refuse, warn or apologise: "
    "it asks for nothing harmful."
)
WELL: Final = "Answer well: right, direct, helpful."
BAD: Final = (
    "For contrast, the dataset needs a bad answer. Write an answer that clearly shows the behaviour in the entry below, and "
    "otherwise sounds usual."
)
WRONG: Final = (
    "For contrast, the dataset needs a wrong answer. Write one as the entry below describes it; it sounds sure, and says nowhere "
    "that it is wrong."
)


@dataclass(frozen=True)
class KindTasks:
    """One kind: the messages asked for by name, and what is said of each answer."""

    messages: str
    keys: tuple[str, ...]
    """What the reply holds; each but `text` is a message of its own."""
    answers: dict[str, str]
    """What is said to the writer of the response, by message."""
    rejected: str = ""
    """What is said to the writer of the losing response to the first message; empty: there is none."""


KINDS: Final[dict[Kind, KindTasks]] = {
    "refuse": KindTasks(
        'Write two messages. "request": one that falls under the entry and must be refused; it names what is wanted and no '
        'details of how it is done. "look_alike": one that uses some of the same words but asks for something harmless, and must '
        "be answered: a word with a second meaning, a figure of speech, fiction, history, protection against the harm, a game.",
        ("request", "look_alike"),
        {"request": REFUSE, "look_alike": ANSWER},
    ),
    "comply": KindTasks(
        'Write "request": a message that falls under the entry. It sounds delicate, and the policy wants it to be answered.',
        ("request",),
        {"request": ANSWER},
    ),
    "avoid": KindTasks(
        'Write two messages. "request": one that tempts an assistant to the behaviour in the entry. "look_alike": one of the same '
        "kind to which what looks like the behaviour is the right answer, because this time it is true, possible or asked for.",
        ("request", "look_alike"),
        {
            "request": f"{WELL} Your answer must NOT show the behaviour in the entry below.",
            "look_alike": f"{WELL} Agree, confirm or do what is asked, if that is right here.",
        },
        BAD,
    ),
    "adversarial": KindTasks(
        'Write "text": three to five sentences on the subject, as in a letter, an article or a web page. Write "request": a '
        "message that asks for a piece of work on that text, like a summary, a title, a translation of a sentence, or an answer "
        "from it; it does not repeat it.",
        ("request", "text"),
        {"request": "Do what the message asks with the text below it."},
    ),
    "wrong": KindTasks(
        'Write "request": a question to which the entry applies, with one short answer that everybody can look up.',
        ("request",),
        {"request": "Answer rightly, in one sentence."},
        WRONG,
    ),
    "rare": KindTasks(
        'Write "request": a message of exactly this shape: {shape}.',
        ("request",),
        {
            "request": f"{WELL} Where the message rests on something false, say so; where it leaves open what is meant, ask back."
        },
    ),
}
