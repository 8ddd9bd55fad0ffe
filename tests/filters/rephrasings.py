"""Benchmark items said in other words, written by hand: what the rephrased tier must find.

Keys are (file below the benchmarks folder, item); values are our own texts, kept in rephrasings.json. The items themselves are not
kept. The first set is of items chosen by eye; the others are of items drawn at random, among those with three content words and
more. The last three were written by somebody who knew neither the detector nor the other sets; of the sixth it was asked that
hardly any run of five words be kept. The scores of `rephrased` and `rephrased_sentences` were fitted on the
first four; the fifth and the sixth were written and measured after that.
"""

import json
from pathlib import Path
from typing import Final, TypeAlias

Rephrasings: TypeAlias = dict[tuple[str, str], str]

_SETS: Final = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
FIRST, SECOND, THIRD, FOURTH, UNSEEN, FREER = (
    {(row["benchmark"], row["item"]): row["text"] for row in _SETS[name]}
    for name in ("first", "second", "third", "fourth", "fifth", "sixth")
)
FITTED: Final[Rephrasings] = FIRST | SECOND | THIRD | FOURTH
