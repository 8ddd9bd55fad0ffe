import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.teachers.prompts.citations import citations, without_citations

MATERIAL = "A list such as [1, 2] has two items. Read sys.argv[1] or args[2]."


@pytest.mark.parametrize(
    ("answer", "numbers", "plain"),
    [
        ("It yields [1].", [(1,)], "It yields."),
        ("It yields.[1][2] Then it stops [3, 4].", [(1,), (2,), (3, 4)], "It yields. Then it stops."),
        ("It yields[2], and stops.", [(2,)], "It yields, and stops."),
        ("“It yields.” [1]\nIt stops. [2]", [(1,), (2,)], "“It yields.”\nIt stops."),
        ("Use `x[1]` here [2].", [(2,)], "Use `x[1]` here."),
        ("```\nx = [1]\n```\nDone [1].", [(1,)], "```\nx = [1]\n```\nDone."),
        ("Read sys.argv[1] first [1].", [(1,)], "Read sys.argv[1] first."),
        ("The list [1, 2] has two items [1].", [(1,)], "The list [1, 2] has two items."),
        ("args[2] is read [1].", [(1,)], "args[2] is read."),
        ("f[1](x) is a call.", [], "f[1](x) is a call."),
        ("No citation.", [], "No citation."),
    ],
)
def test_citations_are_told_from_code(answer: str, numbers: list[tuple[int, ...]], plain: str) -> None:
    assert [c.numbers for c in citations(answer, MATERIAL)] == numbers
    assert without_citations(answer, MATERIAL) == plain


@given(st.text(alphabet="ab [],1`.\n", max_size=60), st.text(alphabet="ab [],1.", max_size=20))
def test_only_citations_are_taken_out(answer: str, material: str) -> None:
    found = citations(answer, material)
    assert all(answer[c.start : c.end].strip().startswith("[") and c.numbers for c in found)
    taken = sum(c.end - c.start for c in found)
    left, before = ("".join(text.split()) for text in (without_citations(answer, material), answer))
    assert len(left) >= len(before) - taken
