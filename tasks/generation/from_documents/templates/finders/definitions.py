"""Definitions where a paragraph begins: "An index is a …", "… is called an index", and what the thing of a heading does."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.generation.from_documents import questions, subjects
from tasks.generation.from_documents.english import a, needs_no_article
from tasks.generation.from_documents.sections import DocumentSection, PassageBlock
from tasks.generation.from_documents.standing import answer_of, unmarked
from tasks.generation.from_documents.templates.anchors import Anchor, anchored
from tasks.text.sentences import sentence_spans

_IS: Final = re.compile(
    r"(?P<subject>(?:(?:An?|The) )?(?:`[^`]+`|\"[^\"]+\"|[\w.&/+#'’-]+)(?: (?:`[^`]+`|\([^)]{2,30}\)"
    r"|[\w.&/+#'’-]+)){0,5}?)"
    r"(?: \([^)]*\))?(?:,[^,]{3,40},)? (?P<be>is|are|refers to|stands for) (?:simply |basically |essentially )?"
    r"(?P<what>an?|the|any|how|one of the|used (?:to|for|when|as)|intended to|(?:[a-z-]+ )?[a-z-]+s(?:,| (?:that"
    r"|which|who|of|for|used))) \S"
)
_DOES: Final = re.compile(
    r"(?P<subject>(?:(?:An?|The) )?(?:`[^`]+`|\"[^\"]+\"|[\w./+#'’-]+)(?: (?:`[^`]+`|[\w./+#'’-]+)){0,3}?)"
    r" (?:(?:also|automatically|simply) )?"
    r"(?P<verb>allows?|enables?|provides?|creates?|defines?|executes?|evaluates?|returns?|runs?|imports?|causes?"
    r"|raises?|terminates?|specif(?:y|ies)|lets?"
    r"|shows?|displays?|lists?|converts?|generates?|handles?|manages?|controls?|determines?|performs?|removes?"
    r"|deletes?|introduces?|leaves?|measures?"
    r"|calculates?|tracks?|combines?|represents?|denotes?|holds?|contains?) (?P<rest>\S.*)"
)
_NO_SUBJECT: Final = re.compile(
    r"(?:This|That|These|Those|It|Its|They|There|Here|He|She|We|I|You|Your|Our|My|What|Which|Who|How|Why|When|Where"
    r"|If|Each|Every|All|Any|Some"
    r"|No|None|Both|One|Another|Other|Such|Most|Many|Several|Note|In|On|At|By|For|From|To|With|As|And|But|Or|So"
    r"|Because|Since|While|Unlike"
    r"|Also|Currently|Now|Today|Here['’]s|Then|Next|Following|Only|Just|Not|Two|Three|Four|Five|Everything|Nothing"
    r"|Example|Same)\b"
    r"|(?:The )?(?:\w+ )*(?:result|reason|idea|goal|aim|purpose|difference|problem|point|output|default|same|above"
    r"|following|first|second|third|last"
    r"|next|latter|former|main|best|easiest|simplest|only|other|rest|list|example|value|latest|most|new|current"
    r"|recommended|important|answer|file"
    r"|section|page|guide|document|step|steps|ways?)\b",
    re.IGNORECASE,
)
_NO_NAME: Final = re.compile(
    r"\b(?:[Vv]ersion|[Rr]elease)s? \d|\b\d+\.\d+|^(?:An?|The) (?:different|separate|second|third|new|typical"
    r"|similar|further|common|simple|better"
    r"|single|full|quick|standard|possible)\b|\b(?:that|which|who|your|our|my)\b|^[A-Z][a-z]+ [A-Z]$"
)
"""Subjects that only what stands around them tells apart from others of their kind."""
_NO_DEFINITION: Final = re.compile(
    r"(?:is|are) (?:an? (?:good|great|bad|must|bit|common|popular|little|lot|few|nice|useful|handy|perfect|simple"
    r"|single|copy|result|string that|list of"
    r"|work[- ]in[- ]progress|breaking|known|subject|part|member|one-time|required|optional|boolean|mandatory|new"
    r"|subclass|special|powerful way"
    r"|huge|big|key part|free|paid)\b|the (?:same|only|most|number|first|last|best|one|default|case|result|easiest"
    r"|recommended|following|next|main|current|latest|newest|final)\b)"
    r"|(?:is|are) (?:\S+ ){1,8}?(?:maker|native|m[ae]n|wom[ae]n|actor|actress|author|writer|editor|director"
    r"|professor|founder|journalist|reporter|player|coach"
    r"|president|minister|expert|analyst|senator|veteran|singer|artist|engineer|student|resident|graduate|manager"
    r"|owner|lawyer|doctor|son|daughter|wife|husband"
    r"|mother|father|consultant|blogger|contributor|columnist|fan|lover|star|winner|candidate|quarterback"
    r"|striker)s?\b"
)
"""Descriptions, and people."""
_CALLED: Final = re.compile(
    r"(?P<words>An? [^.:;]{12,200}?) is (?:also |often )?(?:called|known as|referred to as|termed) (?P<a>an?"
    r" )?(?:[*_“\"]{1,2})(?P<term>[A-Za-z][\w -]{2,40})(?:[*_”\"]{1,2})"
)
_FEWEST_WORDS: Final = 10
_MOST_SENTENCES: Final = 3


def find(section: DocumentSection, text: str) -> Iterator[Anchor | None]:
    """The definitions in `section`; `text` is its document's, which shows how words are written inside sentences."""
    for at, block in enumerate(section.blocks):
        if block.kind == "paragraph":
            yield _definition(section, at, text) or (None if at else _does(section, text))


def _definition(section: DocumentSection, at: int, text: str) -> Anchor | None:
    block = section.blocks[at]
    start, end = sentence_spans(block.text)[0]
    if called := _CALLED.match(block.text):
        term = a(called["term"]) if called["a"] else called["term"]
        return anchored("definition", answer_of([_first_sentences(block)], cut=True), be_subject=f"is {term}")
    said = unmarked(block.text[start:end])
    found = _IS.match(said)
    if (
        not found
        or _NO_SUBJECT.match(found["subject"])
        or _NO_DEFINITION.search(said[found.start("be") : found.end() + 80])
    ):
        return None
    subject = _subject(found["subject"], section, text)
    if not subject or len(said.split()) < _FEWEST_WORDS:
        return None
    spans = answer_of([_first_sentences(block), *_announced(section, at)], cut=True)
    if not spans or sum(end - start for _, start, end in spans) < 40:
        return None
    be = found["be"] if found["be"] in ("is", "are") else "is"
    return anchored("definition", spans, be_subject=f"{be} {subject}")


def _does(section: DocumentSection, text: str) -> Anchor | None:
    """What the thing of the section's heading does, where the section begins by saying so."""
    block = section.blocks[0]
    start, end = sentence_spans(block.text)[0]
    found = _DOES.match(unmarked(block.text[start:end]))
    if not found or not section.headings or _NO_SUBJECT.match(found["subject"]) or len(found["rest"].split()) < 5:
        return None
    subject = _subject(found["subject"], section, text, only_heading=True)
    spans = answer_of([_first_sentences(block), *_announced(section, 0)], cut=True) if subject else None
    plural = not found["verb"].endswith("s")
    if plural and not re.search(r"[a-z]s\"?`?$", found["subject"]):
        return None
    verb = found["verb"].rstrip("s")
    said = verb if verb in ("represent", "denote", "hold", "contain") else "do"
    return anchored("does", spans, do_subject=f"{'do' if plural else 'does'} {subject}", verb=said)


def _announced(section: DocumentSection, at: int) -> list[PassageBlock]:
    """The code or the whole list right behind block `at`, if that announces it."""
    rest = section.blocks[at + 1 :]
    if not section.blocks[at].text.rstrip().endswith(":") or not rest:
        return []
    end = next((number for number, one in enumerate(rest) if one.kind != "item"), len(rest))
    return rest[:1] if rest[0].kind == "code" else rest[:end]


def _subject(written: str, section: DocumentSection, text: str, only_heading: bool = False) -> str:
    """The subject of a definition as a question says it; empty if it is neither the section's heading, nor generic, nor a name."""
    bare_subject = re.sub(r"^(?:An?|The) ", "", written)
    words = bare_subject.split()
    own = {word.lower().rstrip("s") for word in re.findall(r"\w+", bare_subject)}
    above = {word.lower().rstrip("s") for word in re.findall(r"\w+", questions.cleaned(section.heading))}
    generic = bool(re.match(r"An? ", written)) and len(words) <= 4
    titled = len(words) > 1 and subjects.is_titled(bare_subject)
    name = len(words) <= 4 and (titled or subjects.is_name(bare_subject, text))
    known = (own and own <= above) or (not only_heading and (generic or name))
    if not known or _NO_NAME.search(written):
        return ""
    if name:
        article = written.startswith(("A ", "An ", "The "))
        return written[0].lower() + written[1:] if article else subjects.with_article(written)
    if len(words) == 1 and written == bare_subject and not needs_no_article(written):
        return ""
    if only_heading and len(words) == 1 and words[0].isalpha():
        return ""
    small = written[0].lower() + written[1:] if re.match(r"[A-Z][a-z'’-]*(?:\s|$)", written) else written
    first = re.match(r"(?:the |an? )([A-Z][a-z]+)\b", small)
    if first and not subjects.is_name(first[1], text):
        small = small.replace(first[1], first[1].lower(), 1)
    return small


def _first_sentences(block: PassageBlock) -> PassageBlock:
    """A paragraph's first sentences."""
    return block.part(0, sentence_spans(block.text)[:_MOST_SENTENCES][-1][1])
