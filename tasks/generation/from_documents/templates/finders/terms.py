"""Terms with their meaning, as glossaries and contracts have them."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.sections import DocumentSection, PassageBlock
from tasks.generation.from_documents.standing import answer_of, bare
from tasks.generation.from_documents.templates.anchors import Anchor, anchored
from tasks.text.sentences import sentence_spans

_TERM: Final = re.compile(
    r"(?:[*•+-]\s+|\d{1,3}[.)]\s+)?(?:\*\*|__)(?P<term>[A-Z`\"“][^*_:\n]{1,50}?)(?:\*\*|__)?\s*(?::|[–—-]| is\b|"
    r" are\b)\s*(?:\*\*|__)?\s*(?P<description>\S.*)$",
    re.DOTALL,
)
_MEANS: Final = re.compile(
    r"(?:\(\w+\) |\d+(?:\.\d+)*\.? |[Tt]he term )?(?P<quote>)(?:\*\*"
    r"|_)?[“\"](?P<term>[A-Z][^“”\"\n]{1,50})[”\"](?:\*\*|_)? (?:shall )?(?:means?|refers? to|shall have the"
    r" meaning|has the meaning)\b"
)
_GLOSSARY: Final = re.compile(
    r"(?:glossary|terminology|(?:key |basic |important |main |common |defined )?(?:terms|concepts|definitions)"
    r"|vocabulary)(?: (?:and|of|&) .*)?",
    re.IGNORECASE,
)
_PARTICULAR: Final = re.compile(
    r"\b(?:Inc|LLC|Ltd|Corp|L\.P|GmbH|Street|Road|Avenue|Suite)\b|\b\d{4,}\b|\$ ?\d|\(\d+\)|[Ee]xhibit|[Ss]chedule"
    r"|[Aa]nnex"
)
"""What stands in one contract only."""
_FEWEST_WORDS: Final = 10
_LONGEST_TERM: Final = 5
_LONGEST_MEANING: Final = 120


def find(section: DocumentSection, text: str) -> Iterator[Anchor | None]:
    """The terms that `section` explains: each block of a glossary, and "X" means … in a contract, licence or policy."""
    del text
    glossary = any(_GLOSSARY.fullmatch(questions.cleaned(heading)) for heading in (section.title, *section.headings))
    where = subjects.in_document(section.title) if subjects.subject_of((), section.title, section.path) else ""
    for block in section.blocks:
        if block.kind in ("paragraph", "item"):
            if glossary:
                yield _term(section, block)
            if where:
                yield from _meanings(block, where)


def _term(section: DocumentSection, block: PassageBlock) -> Anchor | None:
    """A term of a glossary with its meaning."""
    found = _TERM.match(block.text)
    if not found or len(bare(block.text).split()) < _FEWEST_WORDS or len(found["term"].split()) > _LONGEST_TERM:
        return None
    above = [heading for heading in reversed(section.headings) if not _GLOSSARY.search(heading)]
    about = subjects.subject_of(above, "" if _GLOSSARY.search(section.title) else section.title, section.path)
    term = questions.cleaned(found["term"]).strip('“”"` ')
    return anchored("meaning", answer_of([block.part(block.mark)], cut=True), term=term, about=about)


def _meanings(block: PassageBlock, where: str) -> Iterator[Anchor | None]:
    for start, end in sentence_spans(block.text):
        said = block.text[start:end]
        found = _MEANS.match(said)
        if not found or not _FEWEST_WORDS <= len(said.split()) <= _LONGEST_MEANING:
            continue
        in_any = where.startswith("a")
        if len(found["term"].split()) <= _LONGEST_TERM and not (in_any and _PARTICULAR.search(said)):
            spans = answer_of([block.part(start + found.start("quote"), end)])
            yield anchored("meaning_in", spans, term=re.sub(r"\(\w\)$", "", found["term"]), where=where)
