"""Questions about what is said: who says it, what about, what is answered, what is done, and exchanges to be written anew."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders.fiction.book import Book, Paragraph, plain
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast
from tasks.generation.from_documents.templates.finders.fiction.marking import anchored, whole
from tasks.generation.from_documents.templates.finders.fiction.speech import Turn, addressed, spoken_sentences
from tasks.generation.from_documents.templates.finders.fiction.vocabulary import MOVED, SAYING
from tasks.generation.from_documents.templates.finders.fiction.words import Lexicon, dangles, listed, unresolved

_GOES_ON: Final = re.compile(r'["”]\s+(?:\w+\s+)?(?:added|continued|resumed|repeated|called)\b')
_NO_LINE: Final = re.compile(r"^(?:And|But|So|Yes|No|Oh|Nay)\b|[\"“”]")
_MID_TALK: Final = re.compile(
    r'^["“](?:Not |Yes|No[,. ]|Nay|Oh!? (?:yes|no)|But |And |So |Or |Indeed|Certainly|Very|True|Nor )|'
    r'["”]\s+(?:replied|answered|returned|rejoined|added|continued|repeated|resumed)\b'
)
_SOMEBODY_ELSE: Final = re.compile(
    rf'["”]\s+[a-z]+\s+(?:he|she|they|his|her|the|a|an|one|another|their)\b|["”]\s+(?:he|she|they)\b|'
    rf'["”]\s+(?:{"|".join(SAYING)})\s+[A-Z]'
)
_THINKS: Final = re.compile(r'["”]\s+thought\b|\bread\b[^"“]*$|\b(?:to|within) (?:her|him)self\b')
"""Not said to anybody."""
_REACTS: Final = re.compile(
    r"(?:\w+ly )?(?:(?:was|felt|looked|seemed|appeared) (?:(?:not|so|very|too|quite|rather|more|at first|\w+ly) )*"
    rf"(?:{'|'.join(MOVED)}|satisfied|silent|angry|sorry|glad|ashamed|afraid|unable|at a loss|in\b|to \w+)"
    r"|(?:made|gave|took|returned) (?:no|him|her|them)\b|(?:could|dared|did|would) (?:not|hardly|scarcely|only)\b|deigned|thanked"
    r"|smiled|coloured|blushed|laughed|disclaimed|assured|shook|bowed|listened|started|stared|agreed|protested|said no|sighed"
    r"|disdained|resented|hesitated|trembled|wept|cried|turned|acknowledged|declined|refused|consented|promised|submitted)"
)
"""What somebody does or feels on hearing something; somebody who arrives or stands about does not react."""
_POINTS_BACK: Final = re.compile(
    r"^(?:And |But |Nor |Or )?(?:It|That|This|These|Those|Such|He|She|They|And then)\b|\b(?:of|to|with|for) (?:it|that)\b"
)
_POINTERS: Final = re.compile(r"\b(?:he|she|him|her|his|hers|they|them|their|it|this|that|these|those)\b", re.I)
_RARE: Final = 12
"""A word used at most this often in a novel is one a reader would look a line up by."""
_TELLS_BY_ITSELF: Final = 14
"""Words from which on a quoted remark says what it is about, even if it says "he"."""


def lines(found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`line`: a memorable sentence of a speech (slot `line`), answered by the paragraph that names its speaker."""
    for turn in found:
        paragraph = turn.paragraph
        if not 10 <= paragraph.words <= 130:
            continue
        possible = [s for s in _unbroken(paragraph) if _memorable(s, _weight(s, lexicon), bool(cast.named(s)))]
        if possible:
            line = max(possible, key=lambda s: (_weight(s, lexicon), s))
            yield anchored("line", paragraph, whole([paragraph]), line=line, where=paragraph.where)


def _unbroken(paragraph: Paragraph) -> list[str]:
    """Sentences of the speech that no "said NAME" interrupts."""
    unbroken = [plain(paragraph.page.text[a + 1 : b - 1]) for a, b in paragraph.spoken]
    return [s for s in spoken_sentences(paragraph) if any(s in piece for piece in unbroken)]


def _memorable(line: str, weight: int, names: bool) -> bool:
    told = 8 <= len(line.split()) <= 34 and line[0].isupper() and line[-1] in ".!?" and not _NO_LINE.search(line)
    return told and weight >= (1 if names else 2) and len(_POINTERS.findall(line)) <= 1


def _weight(line: str, lexicon: Lexicon) -> int:
    """Rare words make a line one that a reader remembers and a search finds."""
    return sum(lexicon.counts[w] <= _RARE for w in re.findall(r"[a-z]{4,}", line))


def sayings(found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`saying`: what a character says about somebody or something (slot `subject`)."""
    for turn in found:
        paragraph, speech = turn.paragraph, turn.paragraph.speech
        if not 18 <= len(speech.split()) <= 160 or turn.asks or speech.startswith("And ") or dangles(speech, cast):
            continue
        people = [n for n in cast.people_in(speech) if n != turn.speaker and not addressed(speech, n)]
        subject = listed([*people[:1], *lexicon.topics(speech, 2)])
        if subject:
            where = paragraph.where
            yield anchored("saying", paragraph, whole([paragraph]), speaker=turn.speaker, subject=subject, where=where)


def replies(book: Book, found: Sequence[Turn], cast: Cast) -> Iterator[Anchor]:
    """How a character (slot `speaker`) answers the words (slot `line`) of the paragraph before: `reply`, or `answer` to a
    question; with `_to` where the text names the other speaker, too."""
    named = {turn.index: turn for turn in found}
    for turn in found:
        paragraph, before = turn.paragraph, _before(book, turn.index)
        if (
            before is None
            or not before.spoken
            or _THINKS.search(paragraph.text)
            or _GOES_ON.search(paragraph.text)
            or not 14 <= paragraph.words <= 130
        ):
            continue
        other, line = named.get(turn.index - 1), _last_words(before)
        if (
            (other and other.speaker == turn.speaker)
            or paragraph.text[0] not in '"“'
            or not _telling(line, paragraph, cast)
        ):
            continue
        asks = line.endswith("?")
        if asks and spoken_sentences(paragraph)[0].endswith("?"):
            continue
        kind = ("answer" if asks else "reply") + ("_to" if other else "")
        slots = {"other": other.speaker if other else "", "speaker": turn.speaker, "line": line}
        yield anchored(kind, paragraph, whole([paragraph]), **slots, where=paragraph.where)


def _before(book: Book, index: int) -> Paragraph | None:
    """The paragraph before, if it is on the same page: a question must be found where its answer is."""
    before = book.paragraphs[index - 1] if index else None
    return before if before and before.page is book.paragraphs[index].page else None


def _last_words(paragraph: Paragraph) -> str:
    """The whole speech if it is short, else its last sentence; empty if the paragraph does not end with them, or a "said
    NAME" stands in the middle of a sentence: whether the comma before it is the speaker's, nobody can tell."""
    if paragraph.text[-1] not in '"”' or _THINKS.search(paragraph.text):
        return ""
    whole_sentences, unbroken = spoken_sentences(paragraph), _unbroken(paragraph)
    if len(paragraph.speech.split()) <= 30 and len(unbroken) == len(whole_sentences):
        return paragraph.speech
    return whole_sentences[-1] if whole_sentences[-1] in unbroken else ""


def _telling(line: str, reply: Paragraph, cast: Cast) -> bool:
    """Says enough for a reader to know what the reply is about."""
    count = len(line.split())
    if not 6 <= count <= 40 or _POINTS_BACK.search(line):
        return False
    return count >= _TELLS_BY_ITSELF or not unresolved(f"{line} {plain(reply.text)}", cast)


def reactions(book: Book, found: Sequence[Turn], cast: Cast) -> Iterator[Anchor]:
    """`reaction`: what a character (slot `name`) does or feels on hearing the words (`line`) of another (`other`)."""
    named = {turn.index: turn for turn in found}
    subject = re.compile(rf"\A(?P<name>{cast.person})(?:,[^,;.]{{3,80}},)?\s+[a-z]")
    for index, paragraph in enumerate(book.paragraphs):
        before, other = _before(book, index), named.get(index - 1)
        who = subject.match(paragraph.text) if before and other and paragraph.told else None
        if not (who and before and other and paragraph.ended and 12 <= paragraph.words <= 140):
            continue
        name, line = plain(who["name"]), _last_words(before)
        reacts = _REACTS.match(paragraph.text, who.end() - 1)
        if reacts and name not in other.speaker and other.speaker not in name and 6 <= len(line.split()) <= 40:
            slots = {"other": other.speaker, "name": name, "line": line}
            yield anchored("reaction", paragraph, whole([paragraph]), **slots, where=paragraph.where)


def next_words(book: Book, found: Sequence[Turn], cast: Cast) -> Iterator[Anchor]:
    """`next_words`: what a character (slot `speaker`) says after a sentence of the narrator's (slot `told`)."""
    for turn in found:
        paragraph, before = turn.paragraph, _before(book, turn.index)
        if before is None or not before.told or not before.ended or not 16 <= paragraph.words <= 140 or turn.asks:
            continue
        last = plain(before.page.text[slice(*before.sentences[-1])])
        alone = len(last.split()) >= _TELLS_BY_ITSELF or not unresolved(f"{last} {plain(paragraph.text)}", cast)
        if 8 <= len(last.split()) <= 40 and alone:
            slots = {"speaker": turn.speaker, "told": last, "where": paragraph.where}
            yield anchored("next_words", paragraph, whole([paragraph]), **slots)


def exchanges(book: Book, found: Sequence[Turn], cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`exchange`: three to eight paragraphs in which two characters talk; the passage answers a request to write it."""
    named = {turn.index: turn for turn in found}
    index = 0
    while index < len(book.paragraphs):
        count = _run(book, named, index)
        paragraphs = book.paragraphs[index : index + (count or 0)]
        speakers = list(dict.fromkeys(named[i].speaker for i in range(index, index + len(paragraphs)) if i in named))
        text = plain("\n".join(p.text for p in paragraphs))
        others = [n for n in cast.people_in(text) if not any(n in s or s in n for s in speakers)]
        alone = not any(addressed(text, name) for name in others)
        topics = [*others[:1], *lexicon.topics(text, 3)]
        if (
            count
            and alone
            and len(topics) >= 2
            and not dangles(text, cast)
            and not _MID_TALK.search(paragraphs[0].text)
        ):
            slots = {"first": speakers[0], "second": speakers[1], "subject": listed(topics), "book": book.title}
            yield anchored("exchange", paragraphs[0], whole(paragraphs), **slots)
        index += count or 1


def _run(book: Book, named: Mapping[int, Turn], start: int) -> int | None:
    """How many paragraphs from `start` make one exchange of two named speakers, 45 to 260 words; None if none do."""
    if not (start in named or start == 0 or book.paragraphs[start - 1].told):
        return None
    speakers: set[str] = set()
    words, best = 0, None
    for index in range(start, min(start + 8, len(book.paragraphs))):
        paragraph = book.paragraphs[index]
        words += paragraph.words
        speakers |= {named[index].speaker} if index in named else set()
        stranger = index not in named and _SOMEBODY_ELSE.search(paragraph.text)
        if paragraph.page is not book.paragraphs[start].page or not paragraph.spoken or stranger:
            break
        if len(speakers) > 2 or words > 260:
            break
        by_turns = len({(named[i].speaker, i % 2) for i in range(start, index + 1) if i in named}) == 2
        if (
            index >= start + 2
            and words >= 45
            and len(speakers) == 2
            and by_turns
            and not paragraph.speech.endswith("?")
        ):
            best = index - start + 1
    return best
