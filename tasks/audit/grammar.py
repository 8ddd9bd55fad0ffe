"""The grammar of instructions, read by spaCy: sentences, verbs, depth, and what is to be done to what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tasks.text import processes
from tasks.text.nlp import parse

if TYPE_CHECKING:
    from spacy.tokens import Token

_WORTH_A_PROCESS: Final = 200_000
"""Characters: about four seconds of work, and a process needs two to begin."""


@dataclass(frozen=True)
class Grammar:
    """What was read from one instruction."""

    words: int
    sentences: int
    depth: int
    """Edges from the root to the deepest word, of its deepest sentence."""
    verbs: tuple[str, ...]
    """Lemmas of all verbs, in order."""
    pair: tuple[str, str] | None
    """Lemmas of the first root verb and of its direct object, where it is a noun (Self-Instruct, Wang et al. 2022)."""


def read(texts: Iterable[str], workers: int) -> dict[str, Grammar]:
    """The grammar of each different text, read by `workers` processes where there is much to read."""
    different = sorted(set(texts))
    worth = max(sum(map(len, different)) // _WORTH_A_PROCESS, int(processes.waits(parsed)))
    helpers = min(workers - 1, worth)
    found = {}
    for text, (words, sentences, depth, verbs, pair) in zip(
        different, processes.map_texts(parsed, different, helpers), strict=True
    ):
        found[text] = Grammar(words, sentences, depth, tuple(verbs), (pair[0], pair[1]) if pair else None)
    return found


def get_ready() -> None:
    """Have a process load the model that `read` will need, beside this one's other work."""
    processes.start_ahead(parsed)


Parsed = tuple[int, int, int, list[str], list[str] | None]
"""The fields of a Grammar."""


def parsed(texts: list[str]) -> list[Parsed]:
    """What is read from each text."""
    found: list[Parsed] = []
    for document in parse(texts, components=("tagger", "parser", "lemmatizer")):
        words = [token for token in document if not token.is_punct and not token.is_space]
        roots = [sentence.root for sentence in document.sents]
        depth = max((sum(1 for _ in token.ancestors) for token in words), default=0)
        verbs = [token.lemma_.lower() for token in words if token.pos_ == "VERB"]
        pair = next((pair for root in roots if (pair := _pair(root))), None)
        found.append((len(words), len(roots), depth, verbs, pair))
    return found


def of(grammars: Mapping[str, Grammar], texts: Iterable[str]) -> list[Grammar]:
    """The grammars of `texts`, in their order."""
    return [grammars[text] for text in texts]


def _pair(root: "Token") -> list[str] | None:
    if root.pos_ != "VERB":
        return None
    objects = (child for child in root.children if child.dep_ in ("dobj", "obj") and child.pos_ in ("NOUN", "PROPN"))
    found = next(objects, None)
    return [root.lemma_.lower(), found.lemma_.lower()] if found is not None else None
