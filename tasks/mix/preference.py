"""In which order rows are taken into the mix: every theme in turn, inside a theme every cluster in turn."""

import numpy as np
import pyarrow as pa

from tasks.core.schema import stable_id
from tasks.mix.limits import Ints


def preference(examples: pa.Table, seed: int) -> Ints:
    """Row numbers, best first.

    Within a cluster the less toxic and better grounded come first. What is still equal is ordered by a hash of the row's id
    and not by the stage's key, so that a nightly build keeps most of the rows it had the night before.
    """
    draw = draws(examples, seed)
    cluster, theme = _numbers(examples, "cluster"), _numbers(examples, "theme")
    demerit = np.round(_floats(examples, "toxicity", 0.0), 1) - np.round(_floats(examples, "grounding", 1.0), 1)
    in_cluster = ranks(cluster, np.lexsort((draw, demerit, cluster)))
    in_theme = ranks(theme, np.lexsort((draw, in_cluster, theme)))
    return np.lexsort((draw, in_theme)).astype(np.int64)


def draws(examples: pa.Table, seed: int) -> Ints:
    """The position of each row in a random order that depends on ids and `seed` alone."""
    hashes = [stable_id("mix", str(seed), example_id) for example_id in examples["example_id"].to_pylist()]
    draw = np.empty(examples.num_rows, dtype=np.int64)
    draw[np.argsort(np.array(hashes, dtype=np.str_), kind="stable")] = np.arange(examples.num_rows)
    return draw


def ranks(group: Ints, order: Ints) -> Ints:
    """The rank of each row inside its group, where `order` sorts the rows by group first."""
    ordered = group[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1]))) if len(group) else np.empty(0, int)
    first = np.repeat(starts, np.diff(np.append(starts, len(group))))
    ranks = np.empty(len(group), dtype=np.int64)
    ranks[order] = np.arange(len(group)) - first
    return ranks


def _numbers(examples: pa.Table, name: str) -> Ints:
    return np.asarray(examples[name].fill_null(-1).to_numpy(), dtype=np.int64)


def _floats(examples: pa.Table, name: str, absent: float) -> np.ndarray:
    return np.asarray(examples[name].fill_null(absent).to_numpy(), dtype=np.float64)
