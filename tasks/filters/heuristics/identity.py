"""Claims of being a model, or somebody's: "as an AI language model, I", "I was trained by OpenAI", "my knowledge cutoff"."""

import re
from typing import Final

from tasks.text.speakers import Speaker, speaker

_MAKERS: Final = r"(?:openai|anthropic|google|deepmind|meta|microsoft|mistral|alibaba|deepseek)"
_MACHINE: Final = (
    r"(?:an? )?(?:large |helpful |virtual )*(?:ai|artificial intelligence|language model|assistant|chatbot|model)\b"
)
IDENTITY: Final = (
    r"(?i)\bas an? (?:\w+ )?(?:ai|artificial intelligence|language model)\b|\bi(?:['’]m| am) (?:only |"
    r"just )?an? (?:\w+ )?(?:ai|artificial|language model)\b"
    r"|\bi(?:['’]m| am) (?:chatgpt|gpt-?\d|claude|bard|gemini|llama|vicuna|alpaca)\b|\b(?:developed|created|trained|"
    r"built|made) by " + _MAKERS + r"|\bmy (?:knowledge|training)\b"
)
"""What stands in every claim; for RE2."""
_A_MODEL: Final = re.compile(
    r"(?i)\bas an? (?:large |text-based )?(?:ai|artificial intelligence|language model)(?: (?:language )?model|"
    r" assistant)?\b(?! \w+(?:er|or|ist|ant)\b)"
    r"[^.!?\n]{0,60}?\b(?:i|my|me)\b"
    r"|\bi(?:['’]m| am) (?:only |just )?an? (?:large )?(?:ai|artificial intelligence|"
    r"language model)(?: (?:language )?model| assistant| program| chatbot)?"
    r"(?= *(?:[.,;:!?)\n]|\Z|and\b|so\b|but\b|who\b|that\b|which\b|called\b|created\b|developed\b|trained\b|"
    r"designed\b))"
)
_SOMEBODYS: Final = re.compile(
    rf"(?i)\bi(?:['’]m| am) (?:chatgpt|gpt-?\d)\b|\bi(?:['’]m| am) (?:claude|bard|gemini|llama|vicuna|"
    rf"alpaca)\b[^.!?\n]{{0,40}}?\b{_MACHINE}"
    rf"|\bi(?: was|['’]m| am|['’]ve been| have been)(?:,? (?:{_MACHINE}|that|which|who|was|is|originally|"
    rf"actually)){{0,5}},? "
    rf"(?:developed|created|trained|built|made) by {_MAKERS}\b(?! (?:engineers|staff|people|employees|experts|"
    rf"certified))"
    r"|\bmy (?:knowledge|training)(?: data)? (?:cut-?off|only goes|ends)"
)
_TO_ITSELF: Final = re.compile(
    r"(?i)\b(?:who|what) are you\b|\bare you (?:an?|the|real|human|alive|sponsored)\b|\byour (?:name|favou?rite)|"
    r"\bdo you (?:have (?:feelings|emotions|"
    r"an?)|feel|dream|sleep|eat)|\bhow (?:are|do|have) you\b|\babout yourself|^\s*(?:hello|hi|hey)\b|nice to meet you|"
    r"(?:can['’]t|cannot) you|\bi (?:the only )"
)
"""Questions to the assistant about itself, to which "an AI assistant" is a true answer."""
_ABOUT_MODELS: Final = re.compile(
    r"(?i)\b(?:ai|artificial intelligence|robots?|androids?|machines?|chatbots?|language models?|llms?|assistants?)\b"
)


def claims_identity(asked: str, said: str) -> str | None:
    """The words with which `said` claims to be a model; None where it doesn't, or where `asked` asks for them.

    A claim to be somebody's model counts unless the words of somebody else were asked for; one of being any model not where the
    question is about the assistant itself either, or a text about machines was asked for.
    """
    voice = speaker(asked)
    if voice is Speaker.SOMEBODY:
        return None
    found = _SOMEBODYS.search(said)
    if not found and not _TO_ITSELF.search(asked) and (voice is Speaker.ASSISTANT or not _ABOUT_MODELS.search(asked)):
        found = _A_MODEL.search(said)
    return found.group() if found else None
