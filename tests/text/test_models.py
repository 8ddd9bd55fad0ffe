import logging
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text import embeddings, nlp


def test_embeddings_are_unit_rows_in_order_and_empty_text_is_zero() -> None:
    texts = ["A cat sat on the mat.", "", "The stock market fell sharply today.", " \n", "A kitten was on the rug."]
    level, handlers = logging.getLogger().level, list(logging.getLogger().handlers)
    vectors = embeddings.embed(texts)
    assert (logging.getLogger().level, logging.getLogger().handlers) == (level, handlers)
    assert vectors.shape == (5, 256)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), [1, 0, 1, 0, 1], atol=1e-5)
    assert vectors[0] @ vectors[4] > vectors[0] @ vectors[2] + 0.2


def test_an_embedding_does_not_depend_on_its_company() -> None:
    alone = embeddings.embed(["short one"])
    among = embeddings.embed(["x " * 400, "short one", "another text of some length"])
    assert np.allclose(alone[0], among[1], atol=1e-6)
    assert embeddings.embed([]).shape == (0, 256)


TEXT = st.text(st.sampled_from("aé漢🙂 ,.\n\t0-_<>") | st.characters(codec="utf-8"), max_size=40)


@settings(max_examples=60)
@given(st.lists(TEXT, max_size=6))
def test_a_text_is_the_sum_of_the_tokens_of_its_model(texts: list[str]) -> None:
    from tasks.text.embeddings import _model

    texts = [text.rstrip(" ").replace("▁", "_").replace("<", "(") for text in texts]
    theirs = np.zeros((len(texts), 256), np.float32)
    filled = [place for place, text in enumerate(texts) if text.strip()]
    if filled:
        theirs[filled] = _model().embed([texts[place] for place in filled])
    lengths = np.linalg.norm(theirs, axis=1, keepdims=True)
    assert np.allclose(embeddings.embed(texts), theirs / np.where(lengths > 0, lengths, 1), atol=1e-5)


def test_a_word_is_cut_as_it_was_before_whatever_was_remembered_or_forgotten() -> None:
    many = pa.array([f" word{n}" for n in range(100)] + [" naïve", "  x", " 文字"], pa.large_string())
    for lexicon in (embeddings.TokenCache(), embeddings.TokenCache(most=50)):
        for words in (many[:60], many[40:], many, many[:9], many[:3]):
            known = lexicon.with_words(words)
            fresh = embeddings.TokenCache().with_words(words)
            for place, word in enumerate(words):
                at = known.words.index(word).as_py()
                cut, alone = (k.tokens[k.begins[i] : k.begins[i + 1]] for k, i in ((known, at), (fresh, place)))
                assert cut.tolist() == alone.tolist(), word
        assert len(lexicon.with_words(many[:9]).words) == (9 if lexicon.most == 50 else len(many))


def test_many_texts_are_embedded_as_few_are_and_by_any_number_of_workers() -> None:
    texts = [f"row {n} of {n * n} rows, {'long ' * (n % 50)}" for n in range(70_000)]
    many = embeddings.embed(texts, workers=2)
    assert np.array_equal(many, embeddings.embed(texts))
    for begin in (0, 1 << 16):  # few enough not to be compiled, in the first part and in the last
        assert np.array_equal(many[begin : begin + 2000], embeddings.embed(texts[begin : begin + 2000]))


def test_names_are_found_where_they_stand() -> None:
    text = "Elizabeth Bennet travelled from London to Derbyshire."
    found = nlp.entities([text, ""])
    assert found[1] == []
    assert {(e.text, e.label) for e in found[0]} >= {("Elizabeth Bennet", "PERSON"), ("London", "GPE")}
    assert all(text[e.start : e.end] == e.text for e in found[0])


def test_only_the_components_asked_for_are_run() -> None:
    (doc,) = nlp.parse(["She reads long letters."], components=("tagger", "lemmatizer"))
    assert [token.lemma_ for token in doc][1:4] == ["read", "long", "letter"]
    assert not doc.has_annotation("DEP")
    with pytest.raises(KeyError, match="oracle"):
        nlp.parse(["x"], components=("oracle",))


def test_importing_the_room_loads_no_model() -> None:
    code = "import sys; import tasks.text.nlp, tasks.text.embeddings; print({'spacy', 'wordllama'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
