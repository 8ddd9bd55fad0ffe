import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.attached_document import attach, without_document, without_documents

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
DOCUMENTS = st.lists(
    st.one_of(LINES, st.just("--- End of document ---"), st.just("--- Document: x ---")), min_size=1
).map("\n".join)


@given(LINES.filter(lambda text: "--- Document: " not in text), LINES, DOCUMENTS, st.booleans())
def test_whatever_a_document_holds_the_question_and_its_title_are_left(
    question: str, title: str, text: str, first: bool
) -> None:
    heading = f"--- Document: {' '.join(title.split())} ---"
    left = f"{question}\n\n{heading}" if first else f"{heading}\n\n{question}"
    assert without_document(attach(question, title, text, first)) == left


@given(st.lists(st.one_of(st.none(), LINES, DOCUMENTS, DOCUMENTS.map(lambda text: attach("Why?", "T", text, True)))))
def test_a_column_is_read_as_its_texts_are(texts: list[str | None]) -> None:
    column = pa.chunked_array([pa.array(texts[:2], pa.string()), pa.array(texts[2:], pa.string())])
    assert without_documents(column).to_pylist() == [None if text is None else without_document(text) for text in texts]


def test_a_text_that_only_begins_like_one_stays() -> None:
    assert without_document("Why?\n\n--- Document: T ---\n\ntext") == "Why?\n\n--- Document: T ---\n\ntext"
