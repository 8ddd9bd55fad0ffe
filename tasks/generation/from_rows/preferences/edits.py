"""Pairs from edits: a person's response beside the model's response to the same instruction from which it was edited."""

import pyarrow as pa

from tasks.core.schema import Row
from tasks.generation.from_rows.answering import single_turns
from tasks.generation.from_rows.preferences.pairs import AnswerPair, chosen, common_words
from tasks.generation.from_rows.preferences.params import Preferences
from tasks.text.equal_texts import FIELD, text_keys


def edited(rows: pa.Table, params: Preferences) -> tuple[list[AnswerPair], list[tuple[AnswerPair, float]]]:
    """Pairs of rows with one instruction (and system message), one a person's and one a model's, and those that are too much or too
    little alike to be an edit that teaches, each with the share of common words. A person's row is paired with the model's row it
    names as its parent, else with the one most like it."""
    able = single_turns(rows)
    asked = [
        FIELD.join((row["system"] or "", row["instruction"]))
        for row in able.select(["system", "instruction"]).to_pylist()
    ]
    by_question: dict[str, list[int]] = {}
    for number, key in enumerate(text_keys(asked)):
        by_question.setdefault(key, []).append(number)
    shared = [numbers for numbers in by_question.values() if len(numbers) > 1]
    found, refused = list[AnswerPair](), list[tuple[AnswerPair, float]]()
    for numbers in shared:
        group = able.take(pa.array(numbers)).to_pylist()
        models = [row for row in group if row["origin"] != "human"]
        for row in group:
            if row["origin"] == "human" and models:
                pair, share = _pair(row, models)
                if share <= params.most_alike and share >= params.least_alike:
                    found.append(pair)
                else:
                    refused.append((pair, share))
    cut = sorted(found, key=lambda pair: pair.winner["example_id"])[: params.chosen(len(found))]
    return cut, refused


def _pair(row: Row, models: list[Row]) -> tuple[AnswerPair, float]:
    """The pair of a person's row and the model's row it was edited from."""
    shares = {one["example_id"]: common_words(row["response"], one["response"]) for one in models}
    before = max(models, key=lambda one: (one["example_id"] == row["parent_id"], shares[one["example_id"]]))
    return AnswerPair(chosen(row, before), before | {"requests": []}, "person"), shares[before["example_id"]]
