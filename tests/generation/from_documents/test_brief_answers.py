import pytest

from tasks.generation.from_documents.brief_answers import AGREES, RECALLED, agreement, guessable, recall

QUESTION = "After how many seconds does the loader of a pipeline retry a failed job?"


@pytest.mark.parametrize(
    ("known", "answer", "same"),
    [
        ("5 seconds", "five seconds", True),
        ("1,000 jobs", "1000 jobs", True),
        ("5 seconds", "30 seconds", False),
        ("5 seconds", "unknown", False),
        ("the write disposition", "write dispositions", True),
        ("replace", "merge", False),
        ("DuckDB", "DuckDB or Postgres", True),
        ("DuckDB", "a database such as Postgres, Snowflake, BigQuery or DuckDB", False),
        ("5", "five", True),
        ("->", "->", True),
        ("->", "=>", False),
        ("'Append'", "`append`", True),
        ("delimiter='|' and include_header=false", "CSV delimiter is ',' and newline is '\n'", False),
        ("cats and dogs", "mice and birds and more", False),
    ],
)
def test_brief_answers_agree(known: str, answer: str, same: bool) -> None:
    assert (agreement(known, answer, "What does the job write?") >= AGREES) is same


@pytest.mark.parametrize(
    ("known", "answer", "same"),
    [
        ("five attempts", "The loader gives up after five attempts.", True),
        ("5 attempts", "The loader gives up after 3 attempts.", False),
        ("an exception is raised", "An exception is raised once all jobs have failed.", True),
        ("an exception is raised", "The package is marked as aborted.", False),
    ],
)
def test_a_longer_answer_holds_the_brief_one(known: str, answer: str, same: bool) -> None:
    assert (recall(known, answer, QUESTION) >= RECALLED) is same


@pytest.mark.parametrize(
    ("answer", "is_so"),
    [
        ("Yes", True),
        ("no.", True),
        ("False", True),
        ("the loader", True),
        ("a failed job", True),
        ("twelve", False),
        ("->", False),
    ],
)
def test_what_the_question_gives_away_is_guessable(answer: str, is_so: bool) -> None:
    assert guessable(answer, QUESTION) is is_so
