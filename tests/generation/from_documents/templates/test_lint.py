from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.generation.from_documents.templates.lint import Problem, lint
from tasks.generation.from_documents.templates.template_set import FOLDER

GOOD = """\
finder: reference
given:
  product: Python
templates:
  - id: what
    anchor: raises
    expects: consequence
    category: explanation
    difficulty: easy
    slots: {error: phrase}
    text:
      - In {product}, what raises {error}?
"""
MISTAKES = [
    ("finder: reference", "finder: referense", 1, "unknown finder 'referense'; did you mean 'reference'?"),
    ("given:", "givn:", 2, "unknown key 'givn'; did you mean 'given'?"),
    ("anchor: raises", "anchor: raisse", 6, "unknown anchor 'raisse'; did you mean 'raises'?"),
    ("    expects: consequence\n", "", 5, "key 'expects' is missing"),
    ("category: explanation", "category: explanaton", 8, "unknown category 'explanaton'; did you mean 'explanation'?"),
    ("difficulty: easy", "difficulty: trivial", 9, "unknown difficulty 'trivial'; known: easy, medium, hard"),
    ("error: phrase}", "error: phrse}", 10, "unknown type of slot 'error' 'phrse'; did you mean 'phrase'?"),
    ("{error: phrase}", "{eror: phrase}", 10, "unknown slot of anchor 'raises' 'eror'"),
    ("raises {error}?", "raises {errro}?", 12, "unknown slot 'errro'; did you mean 'error'?"),
    ("raises {error}?", "raises?", 10, "slot 'error' is declared and never used"),
    ("raises {error}?", "raises {error|lowr}?", 12, "unknown filter 'lowr'; did you mean 'lower'?"),
    ("raises {error}?", "raises {error} {?", 12, "a brace that is no slot"),
    ("slots: {error: phrase}", "slots: [error]", 10, "slots must be a mapping"),
    ("    text:\n", "    txt:\n", 11, "unknown key 'txt'; did you mean 'text'?"),
    ("    expects: consequence", "    expects: 3", 7, "expects must be a short text"),
    ("templates:", "templates: [", 5, "not YAML"),
]


def written(folder: Path, text: str) -> Path:
    path = folder / "set.yaml"
    path.write_text(text, "utf-8")
    return path


def test_the_packaged_set_has_no_mistake() -> None:
    assert lint(FOLDER / "reference.yaml") == []


def test_a_good_set_has_no_mistake(tmp_path: Path) -> None:
    assert lint(written(tmp_path, GOOD)) == []


@pytest.mark.parametrize(("right", "wrong", "line", "message"), MISTAKES)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, right: str, wrong: str, line: int, message: str) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong, 1))
    found = [problem for problem in lint(path) if message in problem.message]
    assert [(problem.file, problem.line) for problem in found] == [(str(path), line)], lint(path)


def test_an_id_is_used_once(tmp_path: Path) -> None:
    again = GOOD[GOOD.index("  - id: what") :]
    (problem,) = lint(written(tmp_path, GOOD + again))
    assert problem == Problem(str(tmp_path / "set.yaml"), 13, "id 'what' is used on line 5 already")


def test_every_mistake_is_found_in_one_go(tmp_path: Path) -> None:
    problems = lint(written(tmp_path, GOOD.replace("easy", "simple").replace("{product}", "{prodct}")))
    assert [problem.line for problem in problems] == [9, 12]


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    assert "cannot be read" in lint(tmp_path / "none.yaml")[0].message
    path = tmp_path / "latin.yaml"
    path.write_bytes("finder: référence".encode("latin-1"))
    assert "is not UTF-8 (byte 9)" in lint(path)[0].message


@given(st.text(alphabet=st.sampled_from(list("abfinder:templates-{}[]|\"' \n&*!#%@")), max_size=80))
def test_no_text_is_too_strange(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = written(tmp_path_factory.mktemp("sets"), text)
    assert all(problem.line >= 1 and problem.message for problem in lint(path))
