"""Questions about what is said: who says it, what about, what is answered, and exchanges to be written anew."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from tasks.seeds.anchors import Anchor
from tasks.seeds.finders.fiction.book import Book, Paragraph, plain
from tasks.seeds.finders.fiction.cast import Cast
from tasks.seeds.finders.fiction.speech import Turn, addressed, spoken_sentences
from tasks.seeds.finders.fiction.words import Lexicon, dangles, listed, unresolved

_GOING_ON: Final = re.compile(r'["”]\s+(?:\w+\s+)?(?:added|continued|resumed|repeated|called)\b')
_ANSWERS: Final = re.compile(
    r"\b(?:replied|answered|returned|rejoined|cried|said|exclaimed|observed|protested|interrupted|declared)\b"
)
_PLAIN_LINE: Final = re.compile(r"^(?!And |But |So |Yes|No,|Oh|Nay)[A-Z][^\"“”]*[.!?]$")
_MID_TALK: Final = re.compile(
    r'^["“](?:Not |Yes|No[,. ]|Nay|Oh!? (?:yes|no)|But |And |So |Or |Indeed|Certainly|Very|True|Nor )|["”]\s+(?:replied|answered|returned|rejoined|added|'
    r"continued|repeated|resumed)\b"
)
_SOMEBODY_ELSE: Final = re.compile(
    r'["”]\s+[a-z]+\s+(?:he|she|they|his|her|the|a|an|one|another|their)\b|["”]\s+(?:he|she|they)\b'
)
_RARE: Final = 12
"""A word used at most this often in a novel is one a reader would look it up by."""
_POINTS_BACK: Final = re.compile(
    r"^(?:And |But |Nor |Or )?(?:It|That|This|These|Those|Such|He|She|They|And then)\b|\b(?:of|to|with|for) (?:it|that)\b"
)
_THIRD: Final = re.compile(r"\b(?:he|she|him|her|his|hers|they|them|their|it|this|that|these|those)\b", re.I)


def lines(found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`line`: a memorable sentence of a speech (slot `line`), answered by the paragraph that names its speaker."""
    for turn in found:
        paragraph = turn.paragraph
        if not 12 <= paragraph.words <= 110:
            continue
        whole = _unbroken(paragraph)
        best = [
            s
            for s in spoken_sentences(paragraph)
            if _memorable(s) and _weight(s, lexicon) >= 1 + (not cast.named(s)) and s in whole
        ]
        if best:
            line = max(best, key=lambda s: (_weight(s, lexicon), s))
            yield _anchor("line", [paragraph], speaker=turn.speaker, line=line, where=paragraph.where)


def _unbroken(paragraph: Paragraph) -> frozenset[str]:
    """Sentences of the speech that no "said NAME" interrupts."""
    unbroken = [plain(paragraph.page.text[a + 1 : b - 1]) for a, b in paragraph.spoken]
    return frozenset(s for s in spoken_sentences(paragraph) if any(s in piece for piece in unbroken))


def _memorable(line: str) -> bool:
    return 9 <= len(line.split()) <= 34 and bool(_PLAIN_LINE.match(line)) and len(_THIRD.findall(line)) <= 1


def _weight(line: str, lexicon: Lexicon) -> int:
    """Rare words make a line one that a reader remembers and a search finds."""
    return sum(lexicon.counts[w] <= _RARE for w in re.findall(r"[a-z]{4,}", line))


def sayings(found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`saying`: what a character says about somebody or something (slot `subject`)."""
    for turn in found:
        paragraph, speech = turn.paragraph, turn.paragraph.speech
        if not 18 <= len(speech.split()) <= 160 or turn.asks or dangles(speech, cast):
            continue
        people = [n for n in cast.people_in(speech) if n != turn.speaker and not addressed(speech, n)]
        topics = [*people[:1], *lexicon.topics(speech, 2)]
        if people or len(topics) >= 2:
            yield _anchor("saying", [paragraph], speaker=turn.speaker, subject=listed(topics), where=paragraph.where)


def replies(book: Book, found: Sequence[Turn], cast: Cast) -> Iterator[Anchor]:
    """`reply`: how a character (slot `speaker`) answers a remark or a question (slot `line`) of the paragraph before."""
    named = {turn.index: turn for turn in found}
    for turn in found:
        paragraph = turn.paragraph
        before = book.paragraphs[turn.index - 1] if turn.index else None
        if before is None or before.page is not paragraph.page or not before.spoken or _GOING_ON.search(paragraph.text):
            continue
        if not (paragraph.text[:1] in '"“' and _ANSWERS.search(paragraph.text) and 14 <= paragraph.words <= 130):
            continue
        other = named.get(turn.index - 1)
        said = spoken_sentences(before)
        if (other and other.speaker == turn.speaker) or not said or before.text[-1] not in '"”':
            continue
        line = before.speech if len(before.speech.split()) <= 30 else said[-1]
        if (
            6 <= len(line.split()) <= 40
            and not _POINTS_BACK.search(line)
            and not unresolved(f"{line} {plain(paragraph.text)}", cast)
        ):
            kind = "answer" if line.endswith("?") else "reply"
            slots = {"speaker": turn.speaker, "line": line, "where": paragraph.where}
            if other:
                yield _anchor(f"{kind}_to", [paragraph], other=other.speaker, **slots)
            else:
                yield _anchor(kind, [paragraph], **slots)


def exchanges(book: Book, found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`exchange`: three to eight paragraphs in which two characters talk; the passage answers a request to write it."""
    named = {turn.index: turn for turn in found}
    index = 0
    while index < len(book.paragraphs):
        run = _run(book, named, index)
        if run is None:
            index += 1
            continue
        paragraphs = book.paragraphs[index : index + run]
        speakers = list(dict.fromkeys(named[i].speaker for i in range(index, index + run) if i in named))
        text = "\n".join(p.text for p in paragraphs)
        people = [n for n in cast.people_in(plain(text)) if n not in speakers and not addressed(plain(text), n)]
        topics = [*people[:1], *lexicon.topics(text, 3)]
        opening = paragraphs[0].text
        if len(speakers) == 2 and len(topics) >= 2 and not dangles(opening, cast) and not _MID_TALK.search(opening):
            yield _anchor(
                "exchange", paragraphs, first=speakers[0], second=speakers[1], subject=listed(topics), book=book.title
            )
        index += run


def _run(book: Book, named: dict[int, Turn], start: int) -> int | None:
    """How many paragraphs from `start` make one exchange of two named speakers, 60 to 260 words; None if none do."""
    if not book.paragraphs[start].spoken or (start not in named and start and not book.paragraphs[start - 1].told):
        return None
    speakers: set[str] = set()
    words, best = 0, None
    for count, paragraph in enumerate(book.paragraphs[start : start + 8], 1):
        if paragraph.page is not book.paragraphs[start].page or not paragraph.spoken:
            break
        speakers |= {named[start + count - 1].speaker} if start + count - 1 in named else set()
        words += paragraph.words
        if (
            len(speakers) > 2
            or words > 260
            or (_SOMEBODY_ELSE.search(paragraph.text) and start + count - 1 not in named)
        ):
            break
        if count >= 3 and words >= 60 and len(speakers) == 2 and not paragraph.speech.endswith("?"):
            best = count
    return best


def _anchor(kind: str, paragraphs: Sequence[Paragraph], **slots: str) -> Anchor:
    """An anchor over whole paragraphs of one page."""
    spans = tuple((p.start, p.end) for p in paragraphs)
    return Anchor(kind, paragraphs[0].page.chunk_id, spans, tuple(slots.items()))
