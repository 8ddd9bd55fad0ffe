"""Questions about what the narrator tells: portraits, places, feelings, what happened when, and why."""

import re
from collections.abc import Iterator
from typing import Final

from tasks.seeds.anchors import Anchor
from tasks.seeds.finders.fiction.book import Book, Paragraph, Span, plain
from tasks.seeds.finders.fiction.cast import Cast
from tasks.seeds.finders.fiction.words import Lexicon, dangles, listed, unresolved

_TRAITS: Final = (
    "sensible handsome clever amiable proud silly ignorant vain plain pretty tall elegant fashionable agreeable disagreeable "
    "pleasant gentlemanlike good-humoured good-natured ill-tempered lively unaffected affable haughty reserved fastidious "
    "intelligent foolish pompous obsequious indolent stout fine-looking well-bred well-looking lovely beautiful charming "
    "dignified conceited humble civil formal stately odd mean vulgar gentle mild sweet shy awkward selfish generous honest "
    "idle artful cold warm-hearted cheerful studious graceful rich poor wealthy respectable accomplished genteel eloquent "
    "slender dark sickly cross insignificant talkative impertinent modest delicate kind benevolent domestic quick young old "
    "discontented captious weak strong-minded simple placid liberal prudent imprudent extravagant impetuous "
    "youngest eldest widow attorney clergyman housekeeper heiress character understanding temper manners disposition "
    "countenance features figure person air complexion education caprice humour reserve talents beauty accent address"
).split()
_TRAIT: Final = re.compile(rf"\b(?:{'|'.join(_TRAITS)})\b")
_BEING: Final = r"(?:was|were|had|had been|is|seemed|appeared|possessed|united|looked)"
_MOVED: Final = (
    "surprised astonished vexed pleased delighted mortified disappointed amazed distressed embarrassed shocked disconcerted "
    "flattered charmed provoked struck alarmed offended puzzled agitated perplexed touched gratified affronted disturbed"
).split()
"""Something surprised her: the question is "What surprised …?"."""
_INCLINED: Final = {
    "of": "ashamed afraid convinced certain sensible proud jealous conscious fond".split(),
    "about": "angry sorry glad anxious curious happy unhappy uneasy indignant concerned eager impatient grateful".split(),
}
_MOODS: Final = (*_MOVED, *(mood for moods in _INCLINED.values() for mood in moods), "determined", "resolved")
_THOUGHT: Final = {
    "felt": "feel", "thought": "think", "wondered": "wonder", "feared": "fear", "hoped": "hope", "believed": "believe",
    "reflected": "reflect", "dreaded": "dread", "perceived": "perceive", "resolved": "resolve", "saw": "see", "found": "find",
    "longed": "", "expected": "expect", "remembered": "remember", "knew": "know", "determined": "determine",
}  # fmt: skip
_MOOD: Final = re.compile(
    rf"\A(?:could not (?:but|help)|was|were|became|grew|felt)(?: (?:so|very|much|too|quite|rather|not|no|at first|\w+ly|exceedingly|a little|by no means)){{0,3}}? "
    rf"(?P<mood>{'|'.join(_MOODS)})(?:, however,)? (?=(?:at|by|with|to|that|of|when|on|in|lest|about)\b)"
)
_MIND: Final = re.compile(
    rf"\A(?:(?:soon|now|then|really|began|could not help|instantly) )?(?P<verb>{'|'.join(_THOUGHT)})(?: (?:that|how|all|the|no|it|her|his|nothing|anew|to)\b)"
)
_SITE: Final = re.compile(
    r"\b(?:house|park|garden|gardens|room|rooms|window|windows|lawn|wood|woods|stream|building|furniture|hill|valley|river|bank|"
    r"road|lane|village|parsonage|parlour|drawing-room|dining-parlour|gallery|staircase|prospect|trees|grove|shrubbery|grounds|"
    r"situation|stone|church|cottage|farm|sea|cliff|cliffs|street|streets|abbey|hall|chimney|paling|avenue|bridge|meadows)\b"
)
_TRIFLES: Final = frozenset("eyes eye hand head face name arm side voice first last".split())
_WHEN: Final = re.compile(r"\A(?:When|As soon as|After|Before|On|Upon)\s+(?P<clause>[^,;:.!?\"“]{12,110}?),\s")
_FINITE: Final = re.compile(
    r"\b(?:was|were|had|could|did|[a-z]{3,}ed|came|went|saw|left|took|found|began|sat|stood|heard|told|read)\b"
)
_IRREGULAR: Final = "went|came|saw|took|found|began|sat|stood|made|gave|told|kept|felt|thought|knew|left|heard|wrote|read|ran|spoke|rose|met"
_CLAUSE_END: Final = re.compile(
    r",? (?:but|for|while|though|and (?:he|she|they|it|[A-Z]\w+))\b|--|, (?:and|as|when|who|which|whose) "
)
_POINTING: Final = re.compile(
    r"\b(?:this|these|those|such|it|them|they|her|him|herself|himself|latter|former|other|others|so|time|same|matter|subject|occasion|moment)\b"
)
_WHY: Final = re.compile(
    r"(?:[,;:]|--)\s*(?:for|because|since|as)\s+(?!(?:to|it\s+were|if|well|soon|much|long|a|an|the\s+first|far|some|many)\b)"
)


def portraits(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`portrait`: the narrator's sentences on a person, as long as they go on about that person."""
    being = re.compile(rf"\A(?P<name>{cast.person})(?:,[^,;.]{{3,80}},)?\s+(?P<is>{_BEING}\b)?")
    for paragraph in _told(book):
        for number, (start, end) in enumerate(paragraph.sentences):
            sentence = paragraph.page.text[start:end]
            about = being.match(sentence)
            traits = len(set(_TRAIT.findall(sentence))) if about else 0
            if (
                about
                and traits >= (2 if about["is"] else 3)
                and _of_the_subject(sentence, about.end(), cast)
                and not unresolved(plain(sentence), cast)
            ):
                name = plain(about["name"])
                span = _goes_on(paragraph, number, cast, name)
                yield _anchor("portrait", paragraph, span, name=name, where=paragraph.where, book=book.title)
                break


def _of_the_subject(sentence: str, start: int, cast: Cast) -> bool:
    """The first trait comes before any other person; a whole sentence of twelve words or more."""
    trait = _TRAIT.search(sentence, start)
    between = sentence[start : trait.start()] if trait else sentence
    return not cast.people_in(between) and len(sentence.split()) >= 12 and _ended(sentence)


def places(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`place`: neighbouring sentences that describe a house, a park or a village, by their nouns."""
    for paragraph in _told(book):
        run: list[Span] = []
        for span in [*paragraph.sentences, None]:
            text = plain(paragraph.page.text[slice(*span)]) if span else ""
            if span and len(set(_SITE.findall(text))) >= 2 and (run or not dangles(text, cast)):
                run.append(span)
                continue
            whole = plain(paragraph.page.text[run[0][0] : run[-1][1]]) if run else ""
            site = [n for n in cast.named(whole) if n in cast.places]
            nouns = sorted(set(_SITE.findall(whole)), key=whole.index)
            if site and len(nouns) >= 3 and 25 <= len(whole.split()) <= 160 and _ended(whole):
                slots = {"name": site[0], "hint": listed([f"the {n}" for n in nouns[:3]])}
                yield _anchor(
                    "place", paragraph, (run[0][0], run[-1][1]), **slots, where=paragraph.where, book=book.title
                )
            run = []


def moments(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`moment`: what happened when, after or as soon as something did (slot `clause`, conjunction included)."""
    for paragraph in _told(book):
        for number, (start, end) in enumerate(paragraph.sentences):
            sentence = paragraph.page.text[start:end]
            when = _WHEN.match(sentence)
            if not when or not _ended(sentence) or not 16 <= len(sentence.split()) <= 90:
                continue
            clause = plain(sentence[: when.end("clause")])
            if (
                not cast.named(clause)
                or unresolved(clause, cast)
                or not (_FINITE.search(clause) or clause.split()[1].endswith("ing"))
            ):
                continue
            span = start, _end_of_answer(paragraph, number)
            yield _anchor("moment", paragraph, span, clause=clause[0].lower() + clause[1:], where=paragraph.where)


def causes(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`cause`: why somebody was or did something; the narrator's own "for" or "because" is the answer."""
    fact = re.compile(rf"\A(?P<name>{cast.person})\s+(?P<verb>was|were|could)\s+(?P<rest>[^.;:!?]{{8,120}}?)\Z")
    for paragraph in _told(book):
        for start, end in paragraph.sentences:
            sentence = paragraph.page.text[start:end]
            why = _WHY.search(sentence)
            claim = fact.match(plain(sentence[: why.start()])) if why else None
            if (
                claim
                and _ended(sentence)
                and 14 <= len(sentence.split()) <= 90
                and not _third_before_name(claim["rest"])
            ):
                asked = f"{claim['verb']} {claim['name']} {claim['rest']}"
                yield _anchor("cause", paragraph, (start, end), fact=asked, where=paragraph.where)


def deeds(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`deed`: a sentence about a named character without the name (slot `deed`): who was it?"""
    subject = re.compile(
        rf"\A(?P<name>{cast.person})\s+(?P<deed>(?:was|were|had|could|did|[a-z]+ed|{_IRREGULAR})\s+(?:M(?:rs?|essrs)\.|Dr\.|[^;:.!?\"“])+)"
    )
    for paragraph in _told(book):
        for number, (start, end) in enumerate(paragraph.sentences):
            sentence = plain(paragraph.page.text[start:end])
            who = subject.match(sentence)
            if not who or not _ended(sentence) or unresolved(sentence, cast):
                continue
            deed = _CLAUSE_END.split(who["deed"].rstrip())[0].rstrip(" ,-")
            if 9 <= len(deed.split()) <= 30 and len(sentence.split()) <= 90 and not _POINTING.search(deed):
                yield _anchor(
                    "deed", paragraph, (start, _end_of_answer(paragraph, number)), deed=deed, where=paragraph.where
                )


def _third_before_name(text: str) -> bool:
    return bool(re.search(r"\b(?:this|that|these|those|it|he|she|they|him|them)\b", text))


def inner_lives(book: Book, cast: Cast, lexicon: Lexicon) -> Iterator[Anchor]:
    """`feeling`: what moved or occupied a character: slot `question`, "what surprised Elizabeth", and `hint`, about what."""
    subject = re.compile(rf"\A(?P<name>{cast.person})(?:,[^,;.]{{3,80}},)?\s+")
    for paragraph in _told(book):
        for number, (start, end) in enumerate(paragraph.sentences):
            sentence = paragraph.page.text[start:end]
            who = subject.match(sentence)
            if not who or not 14 <= len(sentence.split()) <= 90 or not _ended(sentence):
                continue
            name, rest = plain(who["name"]), plain(sentence[who.end() :])
            question = _asked(name, rest)
            about = [n for n in cast.named(rest) if n not in name and name not in n]
            topics = about[:1] or lexicon.topics(rest, 1)
            if question and topics and not unresolved(plain(sentence), cast):
                span = start, _end_of_answer(paragraph, number)
                yield _anchor("feeling", paragraph, span, question=question, hint=listed(topics), where=paragraph.where)


def _asked(name: str, rest: str) -> str | None:
    """The question to which the sentence "`name` `rest`" is the answer."""
    if mind := _MIND.match(rest):
        return f"what did {name} {'long to do' if mind['verb'] == 'longed' else _THOUGHT[mind['verb']]}"
    mood = _MOOD.match(rest)
    if mood is None or " not " in mood[0] or " no " in mood[0]:
        return None
    if mood["mood"] in _MOVED:
        return f"what {mood['mood']} {name}"
    if rest[mood.end() :].startswith("to "):
        return None if rest[mood.end() :].startswith("to be") else f"what was {name} {mood['mood']} to do"
    return next(
        (f"what was {name} {mood['mood']} {after}" for after, moods in _INCLINED.items() if mood["mood"] in moods), None
    )


def matters(book: Book, cast: Cast) -> Iterator[Anchor]:
    """`matter`: what the narrator says of "Mr. Bennet's expectations": a possessive that is the subject of a sentence."""
    subject = re.compile(
        rf"\A(?P<whose>{cast.bearer}['’]s?\s+(?:[a-z]+\s+){{0,2}}?[a-z]{{4,}})\s+(?:was|were|had|could|did|[a-z]+ed)\b"
    )
    for paragraph in _told(book):
        for number, (start, end) in enumerate(paragraph.sentences):
            whose = subject.match(paragraph.page.text[start:end])
            if (
                whose
                and end - start > 110
                and not unresolved(plain(paragraph.page.text[start:end]), cast)
                and _ended(paragraph.page.text[start:end])
                and whose["whose"].split()[-1] not in _TRIFLES
            ):
                span = start, _end_of_answer(paragraph, number)
                yield _anchor("matter", paragraph, span, subject=plain(whose["whose"]), where=paragraph.where)


def _told(book: Book) -> Iterator[Paragraph]:
    return (p for p in book.paragraphs if p.told and p.words >= 12)


def _goes_on(paragraph: Paragraph, number: int, cast: Cast, name: str) -> Span:
    """From sentence `number` to the last one that does not turn to another person, at most four sentences or 130 words."""
    start, end = paragraph.sentences[number]
    same = re.compile(r"(?:She|Her)\b" if name in cast.women else r"(?:He|His)\b")
    for following in paragraph.sentences[number + 1 : number + 4]:
        text = plain(paragraph.page.text[slice(*following)])
        if (
            not same.match(text)
            or not _TRAIT.search(text)
            or not _ended(text)
            or len(paragraph.page.text[start : following[1]].split()) > 130
        ):
            break
        end = following[1]
    return start, end


def _ended(text: str) -> bool:
    """A whole sentence, not one that leads on to a speech or a letter."""
    return text.rstrip()[-1:] in ".!?"


def _end_of_answer(paragraph: Paragraph, number: int) -> int:
    """The end of the sentence, or of the next one where the answer would otherwise be very short."""
    start, end = paragraph.sentences[number]
    if len(paragraph.page.text[start:end].split()) < 28 and number + 1 < len(paragraph.sentences):
        following = paragraph.sentences[number + 1]
        return following[1] if _ended(paragraph.page.text[slice(*following)]) else end
    return end


def _anchor(kind: str, paragraph: Paragraph, span: Span, **slots: str) -> Anchor:
    return Anchor(kind, paragraph.page.chunk_id, (span,), tuple(slots.items()))
