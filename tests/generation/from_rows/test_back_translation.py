"""A request goes to another language and back in two rounds, and every row is accounted for."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tasks.core.outcome import Outcome
from tasks.core.schema import VARIANT_METHODS
from tasks.generation.catalogue import BY_NAME
from tasks.generation.from_rows.back_translation import BackTranslation
from tests.generation.making import made
from tests.servers.models import ModelServer
from tests.servers.wire import Reply, Seen
from tests.teachers.prompts.material import both_protocols, examples_of

ASKED = "How can I keep my houseplants alive during a holiday of 3 weeks?"
GERMAN = "Wie halte ich meine Zimmerpflanzen während eines Urlaubs von 3 Wochen am Leben?"
BACK = "How do I keep my indoor plants alive when I am on vacation for 3 weeks?"


def run(server: ModelServer, folder: Path, rows: pa.Table, provider: str = "openai", **params: Any) -> Outcome:
    settings = BackTranslation(**{"share": 1.0, "languages": ("de",)} | params)
    return made(server, folder, settings, rows, provider=provider)


@both_protocols
def test_the_way_back_sees_the_translation_only(model_server: ModelServer, tmp_path: Path, provider: str) -> None:
    model_server.reply = lambda seen: {"translation": GERMAN if "into German" in seen.system else BACK}
    rows = examples_of(ASKED, response="Water them.", origin="human", language="en")
    (made,) = run(model_server, tmp_path, rows, provider).kept.to_pylist()
    assert (made["instruction"], made["response"], made["parent_id"]) == (BACK, "Water them.", "e0")
    assert (made["operator"], made["origin"], len(set(made["requests"]))) == ("through_de", "human", 2)
    there, back = model_server.prompts
    assert ASKED in there
    assert GERMAN in back
    assert ASKED not in back


@pytest.mark.parametrize(
    ("german", "back", "reason"),
    [
        (ASKED, BACK, "wrong_translation"),
        ("Comment garder mes plantes en vie pendant des vacances de trois semaines ?", BACK, "wrong_translation"),
        (GERMAN, ASKED, "near_equal"),
        (GERMAN, BACK.replace("3", "4"), "meaning_changed"),
        (GERMAN, "Which 3 weeks are best for a trip to the mountains with children?", "too_far"),
    ],
)
def test_a_way_that_went_wrong_is_rejected(
    model_server: ModelServer, tmp_path: Path, german: str, back: str, reason: str
) -> None:
    model_server.reply = lambda seen: {"translation": german if "into German" in seen.system else back}
    outcome = run(model_server, tmp_path, examples_of(ASKED, response="Water them."))
    assert outcome.rejected["reason"].to_pylist() == [reason], outcome.rejected["detail"].to_pylist()


def test_every_row_is_accounted_for_and_other_languages_are_left_alone(
    model_server: ModelServer, tmp_path: Path
) -> None:
    def reply(seen: Seen) -> Any:
        if "Cairo" in str(seen.body):
            return Reply(status=400, message="not accepted")
        return {"translation": GERMAN if "into German" in seen.system else BACK}

    model_server.reply = reply
    english = examples_of(ASKED, "Which river flows through Cairo?", response="R", language="en")
    french = examples_of("Quelle est la capitale de la France ?", response="R", language="fr", example_id="f")
    outcome = run(model_server, tmp_path, pa.concat_tables([english, french]))
    assert (outcome.kept.num_rows, outcome.rejected.num_rows, outcome.failed.num_rows) == (1, 0, 1)


def test_the_filters_know_every_method_whose_rows_are_variants() -> None:
    assert {"back_translation", "paraphrase", "substitutions"} <= set(VARIANT_METHODS) <= BY_NAME.keys()
