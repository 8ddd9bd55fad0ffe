"""Comparing answers: exact, symmetric, bounded, and "unverifiable" rather than wrong."""

import subprocess
import sys
import time
from fractions import Fraction
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.text.final_answers import final, quantity, without_unit
from tasks.verification.execution.mathematics import compare, judge

EQUAL = r"""
2x=4 | x=2
4x+2y=6 | 2x+y=3
y+2x=3 | 2x+y=3
y=2x+1 | 2x-y+1=0
x=5 | 5
50% | 0.5
10\% | 0.1
1,000 | 1000
1,000x | 1000x
1 1/2 | 1.5
1½ | 3/2
\frac{1}{2} | 0.5
\frac12 | 1/2
1\frac{1}{2} | 3/2
1e3 | 1000
3.2 x 10^5 | 320000
$18 | 18
$1,234.50 | 1234.5
$3,000 leftover | 3000
50 cents | $0.50
5 km | 5000 m
36 km/h | 10 m/s
60 mph | 60 miles per hour
12 sq ft | 12 ft^2
$2/kg | $0.002/g
100°C | 212°F
1 year | 12 months
18 eggs | 18
3:30 pm | 15:30
2024-03-05 | March 5, 2024
2:4 | 1:2
\boxed{42} | The answer is 42.
Janet makes 9 * 2 = $18.\n#### 18 | 18
**Yes.** | yes
B | (B)
B | B) 12
B) 12 | 12
\infty | oo
2+3i | 3i+2
i^2 | -1
\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1&2\\3&8/2\end{pmatrix}
٤٢ | 42
−5 | -5
{1,2} | {2,1}
\{1,2\} | \{2,1,1\}
1 and 2 | {2, 1}
x=1, y=2 | y=2, x=1
(x+1)^2 | x^2+2x+1
\frac{x^2-1}{x-1} | x+1
\sqrt{8} | 2\sqrt{2}
\frac{\sqrt{3}}{3} | \frac{1}{\sqrt{3}}
sqrt(2)+sqrt(3) | sqrt(5+2sqrt(6))
\sin^2 x + \cos^2 x | 1
e^{i\pi} | -1
ln(2)+ln(3) | ln(6)
\int_0^1 x dx | 1/2
x>3 | (3,oo)
x>3 | 3<x
2x>6 | x>3
(-\infty,1)\cup(2,3) | (2,3)\cup(-\infty,1)
x \in [0, 1] | [0,1]
5! | 120
forty-two | 42
three hundred and five | 305
a dozen | 12
2πr | 2*pi*r
"""
DIFFERENT = r"""
1/2004! | 1/2006!
x=1 | y=1
2x+y=3 | x+2y=3
x^2=4 | x=2
x^2+y^2=1 | x^2+y^2=4
5 km | 5 mi
5 km | 7
$18 | €18
3:30 am | 15:30
Yes | No
Monday | Tuesday
B | C
\infty | -\infty
\infty | 10^400
10**400 | 10**401
(1,2) | [1,2]
(1,2) | (2,1)
(1,2) | {1,2}
(x+1)^2 | x^2+2x+2
sqrt(2) | 1.41421356
pi | 3.14
0.333 | 1/3
x>3 | x>=3
x | y
\begin{pmatrix}1&2\\3&4\end{pmatrix} | \begin{pmatrix}1&2\\3&5\end{pmatrix}
-2^2 | 4
"""
UNVERIFIABLE = r"""
50% | 50
1,234 | 1.234
1,5 | 1.5
5 km | 5
5 km | 5000
3:30 | 3:30 pm
3/4/2024 | March 4, 2024
1, 2 | 2, 1
9**9**9 | 9**9**8
cat | act
__import__('os') | 1
log(100) | 2
1/0 | 2/0
A | a
1/2x | x/2
2\pi \text{ cm} | 2\pi
8 dozen | 8
about 5 | 5
Paris | London
1 month | 30 days
x^2+1=0 | x^2+2=0
"""


def pairs(table: str) -> list[tuple[str, str]]:
    lines = [line.replace(r"\n", "\n").split(" | ") for line in table.strip().splitlines()]
    return [(one, other) for one, other in lines]


CASES = [
    (*pair, said)
    for said, table in (("equal", EQUAL), ("different", DIFFERENT), ("unverifiable", UNVERIFIABLE))
    for pair in pairs(table)
]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        ("x = 2, y = -1", "x = 2, y = -1"),
        ("y = -8 or y = -1.", "y = -8 or y = -1"),
        ("x = 2", "2"),
        ("total = 12 + 30 = 42", "42"),
        ("x = 12, so y = 4", "4"),
    ],
)
def test_an_answer_of_several_named_values_is_all_of_them(line: str, answer: str) -> None:
    found = final(f"First we solve for x.\n{line}")
    assert found is not None
    assert found.answer == answer
    assert compare(answer, answer) == "equal"


@pytest.mark.parametrize(("one", "other", "said"), CASES)
def test_answers_are_compared_by_what_they_mean(one: str, other: str, said: str) -> None:
    assert compare(one, other) == said
    assert compare(other, one) == said
    assert compare(one, one) == "equal"


FRACTIONS = st.fractions(min_value=-10_000, max_value=10_000, max_denominator=500)


@given(FRACTIONS, st.integers(1, 99), FRACTIONS)
def test_a_fraction_equals_itself_extended_and_nothing_else(value: Fraction, k: int, off: Fraction) -> None:
    written = f"{value.numerator * k}/{value.denominator * k}"
    latex = rf"\frac{{{value.numerator}}}{{{value.denominator}}}"
    assert compare(written, latex) == "equal"
    assert compare(f"({value}) + ({off})", latex) == ("different" if off else "equal")


@given(
    st.decimals(min_value=0, max_value=10**9, places=3),
    st.sampled_from(("{}", "{:,}", "${:,}", "+{}", "{:.5f}", "{} apples", "#### {:,}")),
)
def test_a_number_written_otherwise_is_the_same_number(value: object, how: str) -> None:
    assert compare(how.format(value), str(value)) == "equal"
    assert compare(how.format(value), f"{value}1") in ("different", "equal" if value == 0 else "different")


SYMBOLS = st.sampled_from("xyz")
TERMS = st.lists(st.tuples(st.integers(-9, 9).filter(bool), SYMBOLS, st.integers(0, 3)), min_size=1, max_size=4)


def written(terms: list[tuple[int, str, int]]) -> str:
    return " + ".join(f"({k})*{name}^{power}" for k, name, power in terms)


@settings(max_examples=60)
@given(TERMS, st.randoms(), st.integers(1, 9))
def test_a_polynomial_equals_itself_reordered_and_not_itself_shifted(
    terms: list[tuple[int, str, int]], rng: object, k: int
) -> None:
    shuffled = list(terms)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    text = written(terms)
    assert compare(f"({k})*({written(shuffled)})/{k}", text) == "equal"
    assert compare(f"{text} + {k}", text) == "different"
    assert compare(f"{k}*({text}) = {k}*w", f"w = {written(shuffled)}") == "equal"


@settings(max_examples=300)
@given(
    st.text(alphabet=st.sampled_from("0123456789.,+-*/^!=<>(){}[]|&;:%$€ xyeipB\\_\n'\"#½²"), max_size=24),
    st.text(alphabet=st.sampled_from("0123456789.,+-*/^!=<>(){}[]|&;:%$€ xyeipB\\_\n'\"#½²"), max_size=24),
)
def test_any_two_texts_are_compared_in_time_and_symmetrically(one: str, other: str) -> None:
    start = time.monotonic()
    assert compare(one, other) == compare(other, one)
    assert compare(one, one) == ("equal" if one.strip() else "unverifiable")
    assert time.monotonic() - start < 60


@settings(max_examples=200)
@given(st.text(max_size=60), st.text(max_size=60))
def test_texts_of_any_script_raise_nothing(one: str, other: str) -> None:
    assert compare(one, other) == compare(other, one)


@pytest.mark.parametrize(
    "text",
    [
        "1" * 10**6,
        "x+" * 500_000 + "1",
        "(" * 10**6,
        "{" * 10**6,
        "answer is " * 100_000,
        "\\boxed{" * 150_000,
        "9^" * 900 + "9",
        "1/" * 900 + "7",
        "-" * 1_900 + "1",
        "((((" * 400 + "1" + "))))" * 400,
        "\\frac{" * 300 + "1" + "}{2}" * 300,
        "x^(10^(10^10))",
        "(x+y+z)^5000",
        "10^100000*10^100000",
        "6000!^6000",
    ],
    ids=lambda text: text[:12],
)
def test_long_deep_and_hostile_texts_end_in_time(text: str) -> None:
    compare("1", "2x")  # the first question starts a process
    start = time.process_time()
    assert compare(text, "2") in ("different", "unverifiable")
    assert compare(text + " ", text) == "equal"
    assert time.process_time() - start < 2


def test_ten_thousand_plain_pairs_a_second_without_sympy() -> None:
    program = (
        "import sys, time; from tasks.verification.execution.mathematics import compare\n"
        "start = time.process_time()\n"
        "assert all(compare(str(n), f'{n:,}.0') == 'equal' for n in range(20_000))\n"
        "assert all(compare(str(n), str(n + 1)) == 'different' for n in range(20_000))\n"
        "assert 'sympy' not in sys.modules\n"
        "print(40_000 / (time.process_time() - start))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert float(done.stdout) > 10_000


def test_threads_may_ask_at_the_same_time() -> None:
    said: list[str] = []
    threads = [Thread(target=lambda: said.append(compare("(x+1)^2", "x^2+2x+1"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == ["equal"] * 8


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("net-savings = 500 * (1 + 0.04)^1 = 520.00", "520.00"),
        ("The cost of an item originally priced at $50 after a 10% discount is $45.", "$45"),
        ("(60 km/h) × 3 hours = 180 km", "180 km"),
        ("{520}", "520"),
        *((same, same) for same in ("12", "3/4", "y = 2x + 1", "x = 2, y = -1", "x >= 5", "{flour: 4, butter: 1}", "")),
        ("12 people can be made using 8 cups of flour", "12 people can be made using 8 cups of flour"),
        ("bytes", "bytes"),
    ],
)
def test_a_quantity_is_taken_out_of_an_equation_or_sentence(answer: str, expected: str) -> None:
    assert quantity(answer) == expected


@pytest.mark.parametrize(
    ("answer", "number"),
    [("180 km", "180"), ("-3.5 m/s", "-3.5"), ("10 %", "10 %"), ("2x + 1", "2x + 1"), ("x = 2", "x = 2")],
)
def test_the_number_of_a_quantity_is_what_a_program_prints(answer: str, number: str) -> None:
    assert without_unit(answer) == number


@pytest.mark.parametrize(
    ("response", "reference", "word"),
    [
        ("32 millimetres are equal to 0.32 metres.", "0.032 metres", "fail"),
        ("32 millimetres are equal to 0.032 metres.", "0.032 metres", "pass"),
        ("It takes 3 hours and 20 minutes in the end.", "200 minutes", "unsure"),
        ("Take 4 cm from the 10 metres, which leaves 9.97.", "9.96 metres", "unsure"),
        ("That is 9.97 metres of the 10 metres there were.", "9.96 metres", "unsure"),
        ("Sam has 12 apples and Kim has 4 of them.", "8 apples", "unsure"),
        ("8 hours later it is 01:20 the next day.", "01:20", "pass"),
        ("It ends at 1:25 in the night.", "01:20", "fail"),
        ("It ends at 1:20 p.m. then.", "01:20", "unsure"),
        ("From 16:35 on it lasts until 01:20.", "01:20", "unsure"),
        ("So 3 weekdays after that it is a Thursday.", "Thursday", "pass"),
        ("So it must have been a Friday then, I think.", "Thursday", "fail"),
        ("Count 3 days from Monday on, which is Thursday.", "Thursday", "unsure"),
        ("Counted like that it is November 29, 2081.", "29 November 2081", "pass"),
        ("Counted like that it is the 28th of November 2081.", "29 November 2081", "fail"),
    ],
)
def test_the_one_value_of_the_kind_of_the_reference_is_the_answer(response: str, reference: str, word: str) -> None:
    assert judge("How long is it?", response, reference).word == word
