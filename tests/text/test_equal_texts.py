"""Two texts are the same if they differ in nothing that can matter."""

import random
import re
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text import equality
from tasks.text.columns import plain
from tasks.text.equal_texts import keys, text_keys

DIFFERENT = """
What does grep do with the option -v?|What does grep do with the option -V?
What is sent by curl -I?|What is sent by curl -i?
What does tar -c do?|What does tar -C do?
How fast is a link of 10 Mb/s?|How fast is a link of 10 MB/s?
Is a dose of 5 mg safe?|Is a dose of 5 Mg safe?
What is 3 mW in watts?|What is 3 MW in watts?
What is the pH of water?|What is the PH of water?
What is made of Co?|What is made of CO?
Who makes decisions in the us?|Who makes decisions in the US?
What did who say?|What did WHO say?
Where does turkey come from?|Where does Turkey come from?
How is polish made?|How is Polish made?
What is a python?|What is a Python?
Is none a value in Python?|Is NONE a value in Python?
Is myVar the same as another name?|Is myvar the same as another name?
What is x² for x = 3?|What is x2 for x = 3?
Write 10² as a word.|Write 102 as a word.
What is H₂O?|What is H2O?
How much is 1½ cups?|How much is 11⁄2 cups?
How much is ½ of ten?|How much is 1/2 of ten?
What is the set ℝ?|What is the set R?
What does ① mean?|What does 1 mean?
What is returned by save|What is returned by save!
What is 5!|What is 5
Which strings match the regex ab?c|Which strings match the regex abc
Explain the regex colou?|Explain the regex colou
What is the type of 1.|What is the type of 1
List the files in .|List the files in
What is the type of [1, 2]?|What is the type of (1, 2)?
What is the type of (1,)?|What is the type of (1)?
What is printed by x = 5;|What is printed by x = 5
What is x[1:]?|What is x[1]?
What is 5 - 3?|What is 5 + 3?
What is 5 - 3?|What is 5 3?
Is -5 a number?|Is 5 a number?
Is a < b?|Is a > b?
Is a <= b?|Is a < b?
Is a == b?|Is a = b?
What is !x in C?|What is x in C?
What is a & b?|What is a && b?
What does echo '$HOME' print?|What does echo "$HOME" print?
How long is "a  b"?|How long is "a b"?
What does this print?\\nif x:\\n    a()\\n    b()|What does this print?\\nif x:\\n    a()\\nb()
Fix this:\\nall:\\n\\tgcc a.c|Fix this:\\nall:\\n    gcc a.c
Which numbers are in [3, 4]?|Which numbers are in [34]?
""".strip().splitlines()
SAME = """
What is the capital of France?|what is the capital of France?
What is the capital of France?|what is the capital of france?
What is the capital of France?|WHAT IS THE CAPITAL OF FRANCE?
What is the capital of France?|What is the capital of France
What is the capital of France?|What is the capital of France??
What is the capital of France?|  What is  the capital of France?
What is the capital of France?|What is the capital of\\u00a0France?
What is the capital of France?|What is the\\ncapital of France?
Name the capital of France.|Name the capital of France
Name the capital of France:|Name the capital of France
How old is the café?|How old is the cafe\\u0301?
Don't birds fly?|Don’t birds fly?
What is meant by "free" here?|What is meant by “free” here?
Explain it.\\r\\nIn short.|Explain it.\\nIn short.
Fix this:\\nif x:\\n    a()\\n    b()|Fix this:   \\r\\nif x:\\n    a()  \\n\\n    b()\\n
In Rust, what is returned by x?|In Rust, what is returned by x
Is it Tuesday or is it Friday?|is it tuesday or is it friday?
What is 5 + 3?|What is 5 + 3
What is returned by `save`?|What is returned by `save`
What is the Ångström?|what is the a\\u030angstro\\u0308m?
Tell me a joke about cats.|tell me a joke about cats
How do I peel garlic?|How do I peel garlic ?
""".strip().splitlines()


def pair(line: str) -> list[str]:
    return [side.encode("latin-1", "backslashreplace").decode("unicode_escape") for side in line.split("|")]


@pytest.mark.parametrize("line", DIFFERENT)
def test_what_can_matter_keeps_texts_apart(line: str) -> None:
    assert not len(equality.equals(plain(pair(line)), asked=True)[0])


@pytest.mark.parametrize("line", SAME)
def test_what_cannot_matter_does_not(line: str) -> None:
    assert equality.equals(plain(pair(line)), asked=True)[0].tolist() == [0, 1]


def test_a_text_in_lower_case_equals_none_of_two_that_differ_in_capitals() -> None:
    texts = ["Where does Turkey trade most?", "Where does turkey trade most?", "where does turkey trade most?"]
    assert equality.equals(plain(texts[:1] + texts[2:]))[0].tolist() == [0, 1]
    rows, codes = equality.equals(plain(texts))
    assert (rows.tolist(), len(set(codes.tolist()))) == ([1, 2], 1)


def test_the_last_mark_counts_outside_questions() -> None:
    assert not len(equality.equals(plain(["It is so.", "It is so"]))[0])


def test_keys_of_instructions_are_equal_where_instructions_are() -> None:
    one, same, other = text_keys(
        ["Name the capital of France.", "name the capital of France", "Name the capital of france"]
    )
    assert one == same != other


def test_characters_that_a_fingerprint_takes_as_they_are_stay_themselves() -> None:
    stable = [chr(code) for code in range(128, 0x10000) if not re.match(equality.CHANGING, chr(code))]
    assert len(stable) > 20_000
    assert all(unicodedata.normalize("NFC", sign).lower() == sign for sign in stable)
    joined = set("".join(unicodedata.normalize("NFD", chr(code))[1:] for code in range(0x20000)))
    assert joined.isdisjoint(stable)


@given(
    st.lists(st.text(" \t\n\r\x0b\x1f\u00a0aAkK\u212aﬁfiåÅ\u030aCcé’'”\"²2(.?!", max_size=5), max_size=40),
    st.booleans(),
)
def test_fingerprints_miss_no_equal_texts(texts: list[str], asked: bool) -> None:
    """Below three words no style of capitals is looked for, so equal keys are all there is to it."""
    column = plain(texts)
    found = list(zip(*(part.to_pylist() for part in keys(column, asked)), strict=True))
    rows, codes = equality.equals(column, asked=asked)
    assert rows.tolist() == [row for row, key in enumerate(found) if found.count(key) > 1]
    assert len(set(zip(codes.tolist(), (found[row] for row in rows), strict=True))) == len({*codes.tolist()})


def test_other_threads_may_draw_while_hypothesis_does() -> None:
    """As the websockets of Prefect's client do, which outlive the test that began them."""
    with ThreadPoolExecutor(1) as thread:

        @settings(max_examples=5, database=None)
        @given(st.integers().map(lambda _: thread.submit(random.random).result()))
        def drawn(_number: float) -> None:
            pass

        drawn()
