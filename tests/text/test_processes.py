"""Several processes say what one says; one that dies loses nothing."""

import os
import subprocess
import sys

import pytest

from tasks.filters.personal_data.names import read as names
from tasks.text import processes

SAID = [
    "Angela Merkel met Emmanuel Macron in Paris.",
    "",
    "IBM hired Jane Doe — in Köln, 😀 on Monday.",
    "\x00\u2028\n",
]


def lengths(texts: list[str]) -> list[tuple[int, str]]:
    return [(len(text), text) for text in texts]


def dies(texts: list[str]) -> list[int]:
    if sys.argv[1:] == [__name__, "dies"]:  # as a helper
        os._exit(1)
    return [len(text) for text in texts]


def test_a_process_beside_this_one_says_the_same() -> None:
    texts = [f"{text} {n % 50}" for text in SAID for n in range(100)]
    assert processes.map_texts(lengths, texts, 1, batch=7) == processes.map_texts(lengths, texts, 0)
    assert processes.map_texts(lengths, texts, 0) == [[len(text), text] for text in texts]
    assert processes.map_texts(lengths, [], 3) == []


def test_a_helper_answers_line_by_line() -> None:
    with processes.helper(names) as helper:
        found = [[[*name] for name in text] for text in names(SAID)]
        assert processes.answer_of(helper, SAID) == found
        assert any(found)
        assert processes.answer_of(helper, []) == []


def test_a_helper_that_dies_leaves_its_batch_to_this_process() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as dead:
        assert processes.answer_of(dead, SAID) is None
    texts = [f"{n} letters" for n in range(100)]
    assert processes.map_texts(dies, texts, 1, batch=5) == [len(text) for text in texts]


def test_a_helper_started_ahead_takes_part_and_ends_with_the_work() -> None:
    processes.start_ahead(lengths)
    processes.start_ahead(lengths)  # one is enough
    assert processes.waits(lengths)
    texts = [f"{n} letters" for n in range(100)]
    assert processes.map_texts(lengths, texts, 1, batch=5) == processes.map_texts(lengths, texts, 0)
    assert not processes.waits(lengths)


def test_a_helper_that_dies_while_it_loads_leaves_the_work_to_this_process() -> None:
    processes.start_ahead(dies)
    texts = [f"{n} letters" for n in range(100)]
    assert processes.map_texts(dies, texts, 1, batch=5) == [len(text) for text in texts]


def test_a_helper_that_nobody_had_work_for_ends_with_this_process() -> None:
    script = (
        "from tasks.text import processes; from tests.text.test_processes import lengths; "
        "processes.start_ahead(lengths); print(processes._ahead['tests.text.test_processes.lengths'].pid)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    with pytest.raises(ProcessLookupError):
        os.kill(int(done.stdout), 0)
