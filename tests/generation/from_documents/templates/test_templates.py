import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tasks.core.errors import BadInput
from tasks.core.params import sha256_file
from tasks.generation.from_documents import english
from tasks.generation.from_documents.templates import Templates, fill
from tasks.generation.from_documents.templates.anchors import Anchor
from tasks.generation.from_documents.templates.lint import lint
from tasks.generation.from_documents.templates.template_set import ask, load, locate

DOCS = Path(__file__).parents[4] / "docs" / "adding-a-template-set.md"


@pytest.fixture
def documented(tmp_path: Path) -> Path:
    """The set that the documentation shows."""
    path = tmp_path / "my-set.yaml"
    path.write_text(re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)[0], "utf-8")
    return path


def anchor(**slots: str) -> Anchor:
    return Anchor("raises", "c", ((0, 5),), tuple(slots.items()))


def test_the_documented_set_works(documented: Path) -> None:
    assert lint(documented) == []
    chosen = load(documented)
    asked = ask(anchor(name="bind()"), chosen.templates, chosen.given, draw=0)
    assert asked
    template, instruction = asked
    assert instruction == "In Acme, when does `bind()` fail?"
    assert re.fullmatch(r"templates/my-set\.yaml#raises@[0-9a-f]{12}", template.prompt)


def test_phrasings_take_turns(documented: Path) -> None:
    chosen = load(documented)
    asked = [ask(anchor(name="rain()"), chosen.templates, chosen.given, draw) for draw in range(3)]
    assert [a and a[1] for a in asked] == [
        "In Acme, when does `rain()` fail?",
        "When does `rain()` fail?",
        "In Acme, when does `rain()` fail?",
    ]


def test_nothing_is_said_twice(documented: Path) -> None:
    chosen = load(documented)
    asked = [ask(anchor(name="Acme.end()"), chosen.templates, chosen.given, n) for n in range(3)]
    assert {a and a[1] for a in asked} == {"When does `Acme.end()` fail?"}


def test_an_anchor_without_a_fitting_value_is_not_asked_about(documented: Path) -> None:
    chosen = load(documented)
    assert ask(anchor(), chosen.templates, chosen.given, 0) is None
    assert ask(anchor(name="one\nline breaks"), chosen.templates, chosen.given, 0) is None
    assert ask(Anchor("unheard_of", "c", (), ()), chosen.templates, chosen.given, 0) is None


def test_a_changed_text_changes_the_name_of_the_prompt(documented: Path) -> None:
    before = load(documented).templates[0].prompt
    documented.write_text(documented.read_text("utf-8").replace("when does", "when will"), "utf-8")
    assert load(documented).templates[0].prompt != before


def test_a_set_with_a_mistake_is_refused_with_its_place(documented: Path) -> None:
    documented.write_text(documented.read_text("utf-8").replace("difficulty: medium", "difficulty: midium"), "utf-8")
    with pytest.raises(BadInput, match=rf"^{re.escape(str(documented))}:11: unknown difficulty 'midium'"):
        load(documented)


def test_params_name_sets_and_their_key_covers_the_bytes(documented: Path) -> None:
    params = Templates.model_validate({"sets": ["reference", str(documented)]})
    assert params.sets == (locate("reference"), documented)
    before = params.identity()["sets"]
    assert before == [sha256_file(locate("reference")), sha256_file(documented)]
    documented.write_text(documented.read_text("utf-8") + "# a word\n", "utf-8")
    assert params.identity()["sets"] != before


def test_a_set_that_is_not_there_is_named() -> None:
    with pytest.raises(ValidationError, match="no template set 'refrence'"):
        Templates.model_validate({"sets": ["refrence"]})


@pytest.mark.parametrize(
    ("noun", "whole"),
    [
        ("generator", "a generator"),
        ("iterator", "an iterator"),
        ("universal newline", "a universal newline"),
        ("unbound name", "an unbound name"),
        ("hour", "an hour"),
        ("MRO", "an MRO"),
        ("slices", "slices"),
        ("class", "a class"),
        ("alias", "an alias"),
        ("`str`", "`str`"),
    ],
)
def test_indefinite_articles(noun: str, whole: str) -> None:
    assert english.a(noun) == whole


def test_filters_and_capitals() -> None:
    slots = {"error": "KeyError", "phrase": "The end", "subject": "default values", "name": "len()"}
    assert fill.fill("{error|article_code}, {name|code}, {phrase|lower}", slots) == "A `KeyError`, `len()`, the end"
    assert fill.fill("{subject} are old", slots) == "Default values are old"
    assert (
        fill.fill("`{name}` is {error|article_code}", {**slots, "error": "UnicodeError"})
        == "`len()` is a `UnicodeError`"
    )


@given(st.text(max_size=60))
def test_a_value_is_placed_and_never_read(value: str) -> None:
    assert fill.fill("X {slot} Y", {"slot": value}) == f"X {value} Y"
    assert fill.fill("X {slot} Y", {"slot": "{slot|code}{__class__}"}) == "X {slot|code}{__class__} Y"
