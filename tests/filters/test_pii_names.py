"""Names found by the language model."""

import pytest

from tasks.filters.personal_data import detection, pii
from tasks.filters.personal_data import names as pii_names
from tasks.text import nlp

SAID = [
    "Angela Merkel met Emmanuel Macron in Paris.",
    "",
    "Nothing here.",
    "IBM hired Jane Doe — in Köln, 😀 on Monday.",
]


def test_names_are_those_of_the_model() -> None:
    found = pii_names.names([*SAID, SAID[0]])
    for text, spans in zip(SAID, found, strict=False):
        [doc] = nlp.parse([text], ("ner",))
        assert spans == [(e.label_, e.start_char, e.end_char) for e in doc.ents]
    assert found[-1] == found[0]
    assert pii_names.names([]) == []


def test_the_model_is_part_of_the_key_only_where_names_are_looked_for() -> None:
    assert "model" not in pii.Pii().identity()
    assert pii.Pii(names=("PERSON",)).identity()["model"] == nlp.MODEL


@pytest.mark.parametrize("ner", [True, False])
def test_names_are_found_only_by_the_model(ner: bool) -> None:
    spans = detection.find(SAID, ["PERSON", "LOCATION", "EMAIL_ADDRESS"], ner).to_pylist()
    assert [SAID[s["row"]][s["start"] : s["end"]] for s in spans if s["entity"] == "PERSON"] == (
        ["Angela Merkel", "Emmanuel Macron", "Jane Doe"] if ner else []
    )
