"""Word lists of English (english.yaml) and small rules of grammar."""

import re
from pathlib import Path
from typing import Final

import yaml

WORDS: Final[dict[str, frozenset[str]]] = {
    name: frozenset(words.split())
    for name, words in yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).items()
}
"""By the name of the list."""
_AN: Final = re.compile(
    r"[aeiouAEIOU](?!n[ei][\W_]|ni[ctvfq]|se[drf ]|sing|ser|tf)|[hH](?:our|onest|eir)|[fhlmnrsxFHLMNRSX](?=[A-Z]{2})"
)
_PLURAL: Final = re.compile(r"(?:[^s]s|[^s]es|children|people|data)$")
_ABSTRACT: Final = re.compile(r"(?:tion|sion|ment|ness|ity|ance|ence|ship|ing|ware|age|ics)$")
_MINE: Final = {"your": "my", "yours": "mine", "yourself": "myself", "you": "I", "you're": "I'm", "you've": "I've"}


def a(noun: str) -> str:
    """`noun` with its indefinite article; plurals and code stay as they are."""
    if noun.startswith("`") or (_PLURAL.search(noun) and not noun.endswith(("class", "alias", "basis", "axis"))):
        return noun
    return f"{'an' if _AN.match(noun) else 'a'} {noun}"


def infinitive(gerund: str) -> str:
    """The verb of a gerund, if it is one of the known; empty otherwise."""
    stem = gerund.lower().removesuffix("ing")
    if gerund.lower() in WORDS["doubled"]:
        return stem[:-1]
    return next((verb for verb in (stem, f"{stem}e", f"{stem[:-1]}ie") if verb in WORDS["acts"]), "")


def needs_no_article(noun: str) -> bool:
    """Whether a common noun stands without "a": a plural, code, or something that is not counted."""
    return not noun.isalpha() or noun[-1:] == "s" or noun in WORDS["mass"] or bool(_ABSTRACT.search(noun))


def is_task(act: str) -> bool:
    """Whether `act` is an imperative that people use of programs and services, with its object."""
    return act.partition(" ")[0] in WORDS["acts"] and has_object(act)


def has_object(act: str) -> bool:
    """Whether an imperative has its object, and the object its article: "set up user" is how headings speak, not people."""
    words = re.sub(r"(?<!\s)\s*+\([^()]*\)", "", act).split()
    verbs = 2 if len(words) > 1 and words[1] in ("up", "out", "off", "on", "in", "down", "back", "over", "away") else 1
    if len(words) == verbs:
        return words[0] in ("qualify", "enroll", "apply", "register", "subscribe", "opt", "log", "sign")
    if words[verbs] in ("and", "or"):
        return has_object(" ".join(words[verbs + 1 :]))
    ends = [at for at, word in enumerate(words) if at >= verbs and word in WORDS["after_noun"]]
    noun = words[verbs : ends[0] if ends else None]
    if not noun:
        return words[0] in WORDS["without_object"]
    first, last = noun[0], noun[-1]
    given = first in WORDS["determiners"] or first.endswith("ing") or not (first.isalpha() and first.islower())
    return given or not last.islower() or needs_no_article(last)


def mine(text: str) -> str:
    """`text`, said to a reader, as the reader says it: "your project" is "my project"."""
    return re.sub(r"\b(?:you|your|yours|yourself|you're|you've)\b", lambda word: _MINE[word[0]], text)


def is_proper(word: str, text: str) -> bool:
    """Whether `word` is a name: `text` has it large inside its sentences, and more often than small; or it cannot be small."""
    if re.search(r"[A-Z]|\d", word[1:]):
        return True
    stem = re.escape(re.sub(r"s$", "", word))
    large = len(re.findall(rf"(?<=[a-z,] ){stem}", text))
    small = len(re.findall(rf"(?<![\w`/.:@-]){stem.lower()}s?(?![\w`/:@_-]|\.\w)", text))
    return word[0].isupper() and large > small


def names_in(text: str) -> list[str]:
    """The words of a name or title that carry it: without "of", "the" and the like."""
    return [word for word in re.findall(r"[A-Za-z][\w.'’-]*", text) if word.lower() not in WORDS["joints"]]
