"""Rubrics: the packaged ones can be read, every mistake in a file is named with its line, reasons come before scores."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.core.errors import BadInput
from tasks.verification.judges import rubric
from tasks.verification.judges.judge import Judge
from tasks.verification.judges.pairwise import Preference

WHOLE = """---
judges: response
scale: 1 to 3
passes: 2
---
# Truth

Is it true?

## true

Is the statement true?

- 3: it is
- 1: it is not
"""


def read(folder: Path, text: str) -> rubric.Rubric:
    (folder / "mine.md").write_text(text)
    return rubric.load(folder / "mine.md")


@pytest.mark.parametrize("name", rubric.names())
def test_every_packaged_rubric_can_be_read_and_used(name: str) -> None:
    found = rubric.load(rubric.locate(name))
    assert found.title
    assert found.text
    assert len(found.levels) > 1
    entry = Preference(rubric=rubric.locate(name)) if found.judges == "pair" else Judge(rubric=rubric.locate(name))
    assert entry.model_dump(mode="json")["rubric"] == name
    assert type(entry).model_validate(entry.model_dump(mode="json")) == entry


def test_the_checklist_begins_with_the_sentence_that_says_what_it_is_for() -> None:
    text = rubric.load(rubric.locate("curation")).text
    assert text.startswith("If you would not want your model to say exactly this, fix it or discard it.")


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (("---\njudges", "judges"), 1, "begins with a line of three dashes"),
        (("judges: response", "judges: poems"), 2, "'poems' is none of"),
        (("judges: response", "judged: response"), 2, "unknown key 'judged'"),
        (("scale: 1 to 3", "scale: 3 to 1"), 3, "no levels"),
        (("scale: 1 to 3", "scale: bad"), 3, "two numbers"),
        (("passes: 2", "passes: 9"), 4, "no level of the scale"),
        (("passes: 2", "passes: 1"), 4, "every row would pass"),
        (("passes: 2\n", ""), 4, "no key 'passes'"),
        (("passes: 2", "passes: 2\npasses: 2"), 5, "stands twice"),
        (("# Truth\n", ""), 7, "text before the title"),
        (("Is it true?\n", ""), 14, "no text below the title"),
        (("## true", "## True Story"), 10, "small letters"),
        (("## true", "### true"), 10, "no other headings"),
        (("- 1: it is not\n", ""), 10, "no anchor `- 1"),
        (("- 1: it is not", "- 3: again"), 15, "described twice"),
        (("- 1: it is not", "- one"), 15, "an anchor is written"),
        (("- 1: it is not\n", "- 1: it is not\nand more\n"), 16, "text behind the anchors"),
        (("Is the statement true?\n", ""), 10, "say in a sentence"),
        (("judges: response", "judges: pair"), 3, "a rubric that judges pairs has second, tie, first"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, change: tuple[str, str], line: int, what: str) -> None:
    assert read(tmp_path, WHOLE).title == "Truth"
    with pytest.raises(BadInput) as found:
        read(tmp_path, WHOLE.replace(*change, 1))
    assert f"mine.md, line {line}: " in str(found.value)
    assert what in str(found.value)


@given(st.text(max_size=200) | st.text("#-: 123\nabcdefjudgescalepasses", max_size=200))
def test_any_text_is_a_rubric_or_a_plain_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp()
    for whole in (text, WHOLE + text, f"---\n{text}\n---\n"):
        try:
            message = ""
            read(folder, whole)
        except BadInput as error:
            message = str(error)
        assert not message or re.search(r"mine\.md(, line \d+)?: ", message)


@pytest.mark.parametrize("turned", range(6))
def test_reasons_stand_before_scores_in_every_order_of_the_criteria(turned: int) -> None:
    schema = rubric.load(rubric.locate("curation")).schema(turned)
    assert len(schema["properties"]) == 5
    assert all(list(one["properties"]) == ["reason", "score"] for one in schema["properties"].values())


@given(st.lists(st.integers(1, 5), min_size=5, max_size=5))
def test_a_row_passes_if_its_weakest_criterion_does(levels: list[int]) -> None:
    found = rubric.load(rubric.locate("curation"))
    given_levels: dict[str, rubric.Level] = {one.name: level for one, level in zip(found.criteria, levels, strict=True)}
    assert found.passed(given_levels) == (min(levels) >= 3)
    assert given_levels[found.weakest(given_levels).name] == min(levels)
    assert found.score(given_levels) == pytest.approx((sum(levels) / 5 - 1) / 4)


def test_a_recipe_is_told_what_is_wrong_with_its_rubric(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no rubric 'curaton': name a packaged one"):
        Judge.model_validate({"rubric": "curaton"})
    with pytest.raises(ValueError, match="judges pairs; use `verifier: preference`"):
        Judge.model_validate({"rubric": "preference"})
    with pytest.raises(ValueError, match="judges no pairs; use `verifier: judge`"):
        Preference.model_validate({"rubric": "curation"})
    with pytest.raises(ValueError, match="all votes of a model are equal"):
        Judge.model_validate({"rubric": "specification", "votes": 3})
    (tmp_path / "mine.md").write_text("hello")
    with pytest.raises(ValueError, match=r"mine\.md, line 1"):
        Judge(rubric=tmp_path / "mine.md")


def test_the_key_holds_the_bytes_of_the_rubric_also_of_a_packaged_one(tmp_path: Path) -> None:
    (tmp_path / "mine.md").write_text(WHOLE)
    before = Judge(rubric=tmp_path / "mine.md").identity()
    (tmp_path / "mine.md").write_text(WHOLE.replace("it is not", "it is false"))
    assert Judge(rubric=tmp_path / "mine.md").identity() != before
    packaged = rubric.locate("curation").read_bytes()
    (tmp_path / "copy.md").write_bytes(packaged)
    assert Judge(rubric=tmp_path / "copy.md").identity() == Judge().identity()
