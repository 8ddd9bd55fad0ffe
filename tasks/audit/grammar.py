"""The grammar of instructions, read by spaCy: sentences, verbs, depth, and what is to be done to what."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tasks.text.nlp import parse

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token


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


def read(texts: Iterable[str]) -> dict[str, Grammar]:
    """The grammar of each different text."""
    different = sorted(set(texts))
    documents = parse(different, components=("tagger", "parser", "lemmatizer"))
    return {text: _grammar(document) for text, document in zip(different, documents, strict=True)}


def of(grammars: Mapping[str, Grammar], texts: Iterable[str]) -> list[Grammar]:
    """The grammars of `texts`, in their order."""
    return [grammars[text] for text in texts]


def _grammar(document: "Doc") -> Grammar:
    words = [token for token in document if not token.is_punct and not token.is_space]
    roots = [sentence.root for sentence in document.sents]
    return Grammar(
        words=len(words),
        sentences=len(roots),
        depth=max((sum(1 for _ in token.ancestors) for token in words), default=0),
        verbs=tuple(token.lemma_.lower() for token in words if token.pos_ == "VERB"),
        pair=next((pair for root in roots if (pair := _pair(root))), None),
    )


def _pair(root: "Token") -> tuple[str, str] | None:
    if root.pos_ != "VERB":
        return None
    objects = (child for child in root.children if child.dep_ in ("dobj", "obj") and child.pos_ in ("NOUN", "PROPN"))
    found = next(objects, None)
    return (root.lemma_.lower(), found.lemma_.lower()) if found is not None else None
