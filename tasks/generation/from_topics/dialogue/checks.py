"""Why a message cannot stand in a conversation: the roles are confused, it was said before, it is nothing but polite, or cut off.

After UltraChat (Ding et al. 2023), which filters excessive politeness and keeps the user's model from playing the assistant; the
phrases here are those by which assistants open and close.
"""

import re
from typing import Final

from tasks.generation.from_topics.dialogue.conversation import Conversation
from tasks.teachers.prompts import defects
from tasks.teachers.prompts.defects import Defect
from tasks.text.words import content_words, words

_OFFERS: Final = re.compile(
    r"""^\W*(?:(?:certainly|absolutely|of\ course|sure(?:\ thing)?|great\ question|good\ question)[!,.:]?\ +
          (?:here\b|i\ can\b|i['’]ll\b|i\ will\b|i['’]d\b|let\ me\b|let['’]s\b|to\b)
        | i['’](?:d\ be|m)\ (?:happy|glad|pleased)\ to\ (?:help|assist|explain|provide|share)
        | here\ (?:are|is)\ (?:some|a\ few|several|an?|the|\w+)\ (?:[\w-]+\ ){0,3}
          (?:tips|steps|ways|ideas|examples?|suggestions|list)\b)
      | \byou(?:['’]re|\ are)\ (?:very\ |most\ )?welcome\b
      | \b(?:how|what)\ (?:can|may|else\ can)\ i\ (?:help|assist|do\ for)\ (?:you|with)\b
      | \blet\ me\ know\ if\ (?:you|there['’]s|there\ is)\b
      | \b(?:feel\ free|don['’]t\ hesitate)\ to\ (?:ask|reach|let|contact)\b
      | \bi\ hope\ (?:this|that|it)\ helps\b
      | \banything\ else\ i\ can\ (?:help|assist|do)\b
      | \bas\ an\ ai\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What assistants say, in a message that the user should have written."""
_ASKS_FOR_HELP: Final = re.compile(
    r"""^\W*(?:thanks|thank\ you)(?:\ so\ much|\ very\ much|\ a\ lot)?,?\ for\ (?:the|your|this|that|all)\ (?:[\w-]+\ ){0,2}
          (?:help|advice|explanation|answer|tips?|suggestions?|recommendations?|guidance|example)
      | ^\W*i\ (?:have|had)\ (?:a|another|one\ more|one)\ (?:[\w-]+\ )?question
      | ^\W*(?:can|could)\ you\ (?:please\ )?(?:help\ me|explain|recommend|suggest|show\ me|teach\ me)\b""",
    re.IGNORECASE | re.VERBOSE,
)
"""What users say, in a message that the assistant should have written."""
_LABEL: Final = re.compile(
    r"^\W{0,4}(user|human|person|customer|assistant|ai|system)\W{0,4}:", re.IGNORECASE | re.MULTILINE
)
_OWN_LABEL: Final = {
    "user": re.compile(r"^\W{0,4}(?:user|human|person|customer)\W{0,4}:\W{0,4}(?=\w)", re.IGNORECASE),
    "assistant": re.compile(r"^\W{0,4}(?:assistant|ai)\W{0,4}:\W{0,4}(?=\w)", re.IGNORECASE),
}
_I: Final = re.compile(r"\b(?:i|i['’](?:m|ve|d|ll)|my|me|mine|we|our|us)\b", re.IGNORECASE)
_APOLOGY: Final = re.compile(
    r"""^\W*(?:(?:i['’]m|i\ am)\ (?:so\ |very\ |really\ |truly\ )?sorry|sorry|i\ apologi[sz]e|(?:my\ )?apologies)\b
        [^.!?,\n]{0,80}[.!?,\n]\s*(?:but\s+)?""",
    re.IGNORECASE | re.VERBOSE,
)
_POLITE: Final = frozenset(
    """thank thanks thanked welcome appreciate appreciated grateful glad happy pleased pleasure please hello hi hey bye goodbye
    good great nice wonderful lovely perfect awesome amazing fantastic excellent cool ok okay yes sure really truly help helpful
    helped assistance assist day evening morning night weekend week time luck wish wishing best anything else feel free ask
    question questions hope care take need let know kind kindly sounds got see glad enjoy hesitate further support""".split()  # noqa: SIM905
)
MOST_EXPLAINED: Final = 40
"""Words of a user's message that neither asks nor speaks of the user; one with more explains, as the assistant should."""
LEAST_SAID: Final = 2
"""Words beyond courtesies that a message needs."""
COMPARED: Final = 8
"""Words from which runs of three words say something; shorter messages are compared whole."""


def unlabelled(message: str, role: str) -> str:
    """`message` without the name of its own speaker before it, which models copy from a conversation that they were shown."""
    return _OWN_LABEL[role].sub("", message.strip()).strip()


def refusal(message: str) -> str | None:
    """The phrase with which a message refuses, or speaks of itself as a model; an apology before it is none."""
    return defects.refusal(_APOLOGY.sub("", message))


def user_defect(message: str, talk: Conversation, *, thanks: bool, repeated: float) -> Defect | None:
    """Why `message` cannot be the user's next one in `talk`; None if it can. `thanks`: it is meant to be a courtesy."""
    if not message:
        return Defect("malformed_answer", "the user's message is empty")
    if found := _OFFERS.search(message):
        return Defect("role_confusion", f"the user says {' '.join(found[0].split())!r}")
    if label := _LABEL.search(message):
        return Defect("role_confusion", f"the user's message holds {label[0].strip()!r}")
    if len(words(message)) > MOST_EXPLAINED and "?" not in message and not _I.search(message):
        return Defect("role_confusion", "the user explains and asks nothing")
    if not thanks and only_polite(message):
        return Defect("only_politeness", "user")
    return again(message, [turn.content for turn in talk.turns], repeated) or defects.instruction_defect(
        _APOLOGY.sub("", message), known=talk.text()
    )


def answer_defect(answer: str, talk: Conversation, *, thanks: bool, repeated: float) -> Defect | None:
    """Why `answer` cannot be the assistant's next message in `talk`; None if it can. `thanks`: it answers a courtesy."""
    if not words(answer):
        return Defect("malformed_answer", "the answer is empty")
    if found := _ASKS_FOR_HELP.search(answer):
        return Defect("role_confusion", f"the assistant says {' '.join(found[0].split())!r}")
    speakers = {label[1].lower() for label in _LABEL.finditer(answer)}
    if len(speakers) > 1 or _LABEL.match(answer):
        return Defect("role_confusion", f"the assistant writes lines of {' and '.join(sorted(speakers))}")
    if not thanks and only_polite(answer):
        return Defect("only_politeness", "assistant")
    if open_end := defects.unfinished(answer):
        return Defect("cut_off", open_end)
    if phrase := refusal(answer):
        return Defect("refusal", phrase)
    if marker := defects.copied_marker(answer, talk.text()):
        return Defect("copied_marker", marker)
    return again(answer, [turn.content for turn in talk.turns], repeated)


def only_polite(message: str) -> bool:
    """Whether `message` holds nothing but courtesies."""
    return len([word for word in content_words(message) if word not in _POLITE]) < LEAST_SAID


def again(message: str, earlier: list[str], repeated: float) -> Defect | None:
    """`repeated_turn` where `message` is nearly one of `earlier`: of the shorter one's runs of three words, at least the share
    `repeated` stands in the other."""
    own = _runs(message)
    for number, before in enumerate(earlier, 1):
        other = _runs(before)
        fewer = min(len(own), len(other))
        share = len(own & other) / fewer if fewer > COMPARED - 3 else float(own == other)
        if share >= repeated:
            return Defect("repeated_turn", f"message {number}: {share:.2f}")
    return None


def _runs(text: str) -> set[tuple[str, ...]]:
    said = words(text)
    return set(zip(said, said[1:], said[2:], strict=False)) if len(said) >= COMPARED else {tuple(said)}
