"""What the finder for novels asks about, and what it refuses. Small books first, Pride and Prejudice last."""

import hashlib
import re
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.outcome import Tools
from tasks.core.schema import CHUNK
from tasks.documents import stage as ingest
from tasks.documents.inventory import stage as inventory
from tasks.documents.params import Chunking, Source
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.finders import fiction
from tasks.generation.from_documents.templates.finders.fiction import KINDS, find
from tasks.generation.from_documents.templates.finders.fiction.book import (
    Book,
    Page,
    Paragraph,
    read,
    sentences,
    titled,
)
from tasks.generation.from_documents.templates.finders.fiction.cast import Cast, cast_of
from tasks.generation.from_documents.templates.finders.fiction.speech import turns
from tasks.generation.from_documents.templates.finders.fiction.words import dangles, listed
from tasks.generation.from_documents.templates.template_set import ask, load, locate

SET = load(locate("fiction"))

# Eight named turns make a book a novel; these stand behind every small book of the tests.
CHORUS = "\n\n".join(
    f'"The weather is fine to-day and number {n} of them is coming," said {name}.\n\nEverybody was silent after that.'
    for n, name in enumerate(["Emma", "Mr. Elton", "Harriet", "Mr. Knightley"] * 3)
)
ACTS = (
    "Emma was there. Emma had a book. Emma could sing. Emma thought so. Harriet was there. Harriet had a cold. "
    "Harriet felt ill. Harriet saw her. She was at Hartfield. They were at Hartfield. He sat in Hartfield. "
    "She went near Hartfield. Emma hoped she would. Emma knew she could. Emma saw that she was young. "
    "Harriet knew that she was pretty."
)


def pages(*texts: str, chapter: str = "CHAPTER III") -> list[Page]:
    told = [*texts, CHORUS, ACTS]
    return [Page(f"c{n}", "EMMA", (chapter if n < len(texts) else "CHAPTER IX",), text) for n, text in enumerate(told)]


def table(book: list[Page]) -> pa.Table:
    rows = [
        {
            "chunk_id": p.chunk_id,
            "document_id": "d",
            "title": p.title,
            "headings": list(p.headings),
            "kind": "prose",
            "text": p.text,
        }
        for p in book
    ]
    return pa.Table.from_pylist(rows, schema=CHUNK)


def anchors(*texts: str) -> list[Anchor]:
    """Those in the given texts; the chorus behind them is left out."""
    return [a for a in find(table(pages(*texts))) if int(a.chunk_id[1:]) < len(texts)]


def only(kind: str, *texts: str) -> list[dict[str, str]]:
    return [dict(a.slots) for a in anchors(*texts) if a.kind == kind]


def world(*texts: str) -> tuple[Book, Cast]:
    book = read(pages(*texts))
    return book, cast_of(book)


def test_names_of_people_and_places_are_told_apart() -> None:
    _, cast = world("Mr. Elton met Miss Nash. Mr. Elton left Miss Nash.")
    assert {"Emma", "Harriet", "Mr. Elton", "Mr. Knightley", "Miss Nash"} <= set(cast.people)
    assert cast.places == ("Hartfield",)
    assert {"Emma", "Miss Nash"} <= cast.women
    assert "Mr. Elton" not in cast.women


def test_where_a_chapter_is_said_as_a_reader_says_it() -> None:
    book = read(
        [Page("c", "PRIDE AND PREJUDICE", ("VOLUME II", "CHAPTER IV"), "It rained."), Page("d", "Emma", (), "So.")]
    )
    assert book.paragraphs[0].where == "Chapter IV of Volume II of Pride and Prejudice"
    assert titled("SENSE AND SENSIBILITY") == "Sense and Sensibility"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Mr. Elton came. Mrs. Elton stayed.", 2),
        ('"Is it?" said Emma. "It is!" cried Harriet.', 2),
        ('"What a day!" she said, and went.', 1),
        ("One--two; three.", 1),
    ],
)
def test_sentences_do_not_end_at_titles_or_before_said(text: str, count: int) -> None:
    assert len(list(sentences(text))) == count


@given(st.text(alphabet=" .!?\"'abcXYZ\n-,", max_size=200))
def test_sentences_are_in_order_and_lose_no_letter(text: str) -> None:
    spans = list(sentences(text))
    assert all(a < b for a, b in spans)
    assert all(b <= c for (_, b), (c, _) in pairwise(spans))
    kept = "".join(text[a:b] for a, b in spans)
    assert [c for c in kept if c.isalpha()] == [c for c in text if c.isalpha()]


@pytest.mark.parametrize(
    ("paragraph", "speaker"),
    [
        ('"I never saw it," said Emma, "in all my life."', "Emma"),
        ('"I never saw it," Emma replied.', "Emma"),
        ('Mr. Elton smiled and said, "I never saw it."', "Mr. Elton"),
        ('"I never saw it," said she.', None),
        ('"I never saw it," said her mother. "Nor I," said Emma.', None),
        ('"I never saw it," said she. "Nor I," added Emma.', None),
        ('"I never saw it," said Emma. "Nor I," said Harriet.', None),
        ('"I never saw it," said Emma\'s mother.', None),
        ('Emma thought of it. "I never saw it."', None),
        ('"I never saw it, said Emma.', None),
    ],
)
def test_a_speaker_is_certain_or_there_is_none(paragraph: str, speaker: str | None) -> None:
    book, cast = world(paragraph)
    found = {turn.index: turn.speaker for turn in turns(book, cast)}
    assert found.get(0) == speaker


@pytest.mark.parametrize(
    ("text", "leans"),
    [
        ("Emma was pleased that she had come.", False),
        ("She was pleased.", True),
        ("It was a fine day.", True),
        ("Emma was pleased with his manners.", True),
        ("Mr. Elton was pleased with his manners.", False),
        ("The young man was pleased with his dinner.", False),
        ("Mr. Elton was pleased with her manners.", True),
        ("Emma told her the news.", True),
        ("Emma and Harriet took their bonnets.", False),
    ],
)
def test_a_passage_that_leans_on_another_is_known(text: str, leans: bool) -> None:
    _, cast = world(text)
    assert dangles(text, cast) is leans


def test_a_portrait_ends_where_another_person_begins() -> None:
    text = (
        "Mr. Elton was a sensible, amiable young man, with a handsome figure and easy manners. His temper was mild and his "
        "understanding good. Harriet was not clever. His house was near."
    )
    (anchor,) = [a for a in anchors(text) if a.kind in ("portrait", "sketch")]
    assert dict(anchor.slots)["name"] == "Mr. Elton"
    ((start, end),) = anchor.spans
    assert text[start:end].endswith("understanding good.")


def test_what_is_said_of_another_is_no_portrait() -> None:
    text = (
        "Emma was seated by Harriet, who was a sensible, amiable young woman, with a handsome figure and easy manners."
    )
    assert not [a for a in anchors(text) if a.kind in ("portrait", "sketch")]


def test_a_reply_needs_two_speakers_and_a_telling_remark() -> None:
    said = '"I have always considered Mr. Elton a most agreeable neighbour to us."'
    reply = (
        '"He is agreeable enough to those whom he wishes to please," replied Emma, "and to nobody else in the village."'
    )
    (slots,) = only("reply", f"{said}\n\n{reply}")
    assert slots == {
        "speaker": "Emma",
        "line": said.strip('"'),
        "where": "Chapter III of Emma",
    }
    assert not only("reply", f'"That is it."\n\n{reply}')
    assert not only("reply", f"{said}\n\n{reply.replace('replied', 'added')}")
    assert not only("reply", f'"I have always thought Mr. Elton agreeable to all," thought Harriet, "very."\n\n{reply}')


def test_a_question_is_answered_and_not_replied_to() -> None:
    said = '"Dear Emma!" said Harriet. "Do you consider Mr. Elton as an agreeable neighbour, as others do?"'
    reply = '"Mr. Elton is agreeable enough to those whom he wishes to please," replied Emma, "and to nobody else."'
    (slots,) = only("answer_to", f"{said}\n\n{reply}")
    assert (slots["other"], slots["speaker"]) == ("Harriet", "Emma")
    broken = said.replace("neighbour, as", 'neighbour," she added, "as')
    assert not only("answer_to", f"{broken}\n\n{reply}")  # whose comma it is, nobody can tell


def test_what_happens_when_something_does() -> None:
    text = (
        "When Emma returned to the house, the whole party were assembled in the drawing-room, and nobody was found to have "
        "missed a single person in the course of the long and rainy afternoon."
    )
    assert only("moment", text) == [{"clause": "when Emma returned to the house", "where": "Chapter III of Emma"}]
    assert not only("moment", text.replace("Emma", "she"))


def test_a_letter_is_known_by_greeting_and_signature() -> None:
    text = (
        '"MY DEAR HARRIET,\n\n"The resentment of which I have been accused, and the extravagance of my brother, have given me '
        "more regret than I can express in a letter; and I trust in your friendship to forgive the whole of it as soon as "
        'possible, for I am in great distress, and have nobody else to turn to.--Yours ever,\n\n"ROBERT MARTIN"'
    )
    (slots,) = only("letter", text)
    assert (slots["writer"], slots["greeting"]) == ("Robert Martin", "My dear Harriet")
    assert not only("letter", text.replace("ROBERT MARTIN", "and so on"))


def test_a_general_truth_is_told_from_a_remark() -> None:
    general = '"Vanity and resentment are different things, and a person may have one without the other," said Emma.'
    remark = '"My vanity and your resentment were different things on Monday," said Emma, "and I had one of them."'
    assert [s["speaker"] for s in only("maxim_said", general)] == ["Emma"]
    assert not only("maxim_said", remark)


def test_two_kinds_never_share_an_answer() -> None:
    text = (
        "Mr. Elton was a sensible, amiable young man, with a handsome figure, easy manners and a good temper, and Emma had a "
        "great opinion of his generosity. He lived in a small house, and was thought to be satisfied with his neighbourhood, "
        "with his income, with his dinner, and with the resentment of nobody in particular at all in the whole parish."
    )
    spans = [set(range(*span)) for a in anchors(text) for span in a.spans]
    assert spans
    assert all(
        len(one & other) <= 0.5 * min(len(one), len(other)) for one in spans for other in spans if one is not other
    )


def test_a_book_in_which_nobody_speaks_is_no_novel() -> None:
    manual = (
        "A tuple is an immutable sequence. The method returns Emma. When Emma is called, the tuple was changed by it.\n\n"
        * 40
    )
    assert find(table([Page("c", "Tuples", (), manual)])) == []
    assert find(CHUNK.empty_table()) == []


def test_lists_read_like_english() -> None:
    assert [listed(list(x)) for x in ("", "a", "ab", "abc")] == ["", "a", "a and b", "a, b and c"]


def test_every_kind_has_a_template_that_its_slots_can_fill() -> None:
    assert {template.anchor for template in SET.templates} == set(KINDS)
    for template in SET.templates:
        assert set(template.slots) <= set(KINDS[template.anchor])


# Pride and Prejudice


@pytest.fixture(scope="module")
def novel(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    path = shared / "documents" / "austen" / "prideprejudice.txt"
    if not path.is_file():
        pytest.skip("Pride and Prejudice is not among the shared data")
    kept: dict[str, bytes] = {}

    def keep(data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        kept[digest] = data
        return digest

    tools = Tools("k", tmp_path_factory.mktemp("store"), read_raw=kept.__getitem__, keep_raw=keep)
    found = inventory.collect([Source(path=str(path))], keep).kept
    return ingest.compute(found, Chunking(), tools).kept


@pytest.fixture(scope="module")
def found(novel: pa.Table) -> list[Anchor]:
    return find(novel)


def test_a_novel_gives_many_questions_of_many_kinds(found: list[Anchor]) -> None:
    kinds = [anchor.kind for anchor in found]
    assert len(found) >= 330
    assert len(set(kinds)) >= 20
    assert max(kinds.count(kind) for kind in kinds) <= len(found) // 5


def test_every_slot_is_made_of_words_of_the_book(novel: pa.Table, found: list[Anchor]) -> None:
    chapters = "".join(" ".join(t.replace("_", "").split()) for t in novel["text"].to_pylist())
    known = frozenset(re.findall(r"\w+", chapters.lower())) | {"what", "did", "was", "do", "about", "of"}
    for anchor in found:
        for name, value in anchor.slots:
            strange = {w for w in re.findall(r"[a-z]+", value.lower()) if w not in known}
            assert name == "where" or not strange, (anchor.kind, value)


def test_answers_are_whole_sentences_of_their_page(novel: pa.Table, found: list[Anchor]) -> None:
    texts = dict(zip(novel["chunk_id"].to_pylist(), novel["text"].to_pylist(), strict=True))
    for anchor in found:
        for start, end in anchor.spans:
            piece = texts[anchor.chunk_id][start:end]
            assert piece == piece.strip()
            assert anchor.kind == "letter" or re.search(r"[.!?][\"”'_)]*$|--\"$", piece), piece
            assert re.match(r"[\"“'_(]*[A-Z]", piece), piece


def test_lines_and_remarks_stand_in_the_page_that_answers(novel: pa.Table, found: list[Anchor]) -> None:
    texts = {
        i: " ".join(t.replace("_", "").split())
        for i, t in zip(novel["chunk_id"].to_pylist(), novel["text"].to_pylist(), strict=True)
    }
    for anchor in found:
        slots = dict(anchor.slots)
        for name in ("told", "start"):
            assert name not in slots or slots[name] in texts[anchor.chunk_id]
        if anchor.kind == "line":
            assert slots["line"][:-1] in texts[anchor.chunk_id]


@pytest.mark.parametrize(
    ("kind", "slot", "value", "answer"),
    [
        ("sketch|portrait", "name", "Mr. Collins", "Mr. Collins was not a sensible man"),
        ("maxim", "subject", "fortune", "It is a truth universally acknowledged"),
        ("letter", "writer", "William Collins", '"Dear Sir,--'),
    ],
)
def test_what_every_reader_knows_is_found(
    novel: pa.Table, found: list[Anchor], kind: str, slot: str, value: str, answer: str
) -> None:
    texts = dict(zip(novel["chunk_id"].to_pylist(), novel["text"].to_pylist(), strict=True))
    answers = [
        texts[a.chunk_id][a.spans[0][0] : a.spans[-1][1]]
        for a in found
        if a.kind in kind.split("|") and dict(a.slots)[slot] == value
    ]
    assert any(text.startswith(answer) for text in answers)


def test_every_anchor_can_be_asked_about(found: list[Anchor]) -> None:
    questions = [ask(anchor, SET.templates, SET.given, draw=n) for n, anchor in enumerate(found)]
    assert sum(question is None for question in questions) <= len(found) // 100
    assert all("{" not in q[1] and "  " not in q[1] for q in questions if q)


def test_the_same_book_gives_the_same_anchors(novel: pa.Table, found: list[Anchor]) -> None:
    assert fiction.find(novel) == found


def test_a_second_book_changes_nothing_in_the_first(novel: pa.Table, found: list[Anchor]) -> None:
    other = table(pages("Emma was handsome, clever, and rich, with a comfortable home and a happy disposition."))
    both = find(pa.concat_tables([novel, other]))
    assert both[: len(found)] == found


def test_a_paragraph_knows_what_is_spoken() -> None:
    page = Page("c", "Emma", (), '"About a month," said Emma. "He is _rich_, I understand."')
    paragraph = Paragraph(page, 0, len(page.text), "Emma", False, False)
    assert paragraph.speech == "About a month. He is rich, I understand."
    assert not paragraph.told
