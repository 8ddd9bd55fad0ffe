"""What several people who err in ways of their own most probably mean: Dawid and Skene 1979, "Maximum Likelihood Estimation of
Observer Error-Rates Using the EM Algorithm".

Every person has a table: what they say of a row whose true value is this or that. The table and the true values are estimated from
each other until neither changes. Somebody who always says the same, or who mixes two values up, so loses influence.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]

PRIOR: Final = 0.1
"""Rows added to every cell of a person's table, so that who judged few rows is not believed to be always right."""
_ROUNDS: Final = 100
_ENOUGH: Final = 1e-5


@dataclass(frozen=True)
class Consensus:
    """What the rows most probably are, and what each person makes of them."""

    rows: Shares
    """Rows × values: the probability of each value."""
    tables: Shares
    """People × true values × values given: the share of each."""
    values: Shares
    """The share of each value among the rows."""

    def weight(self, person: int) -> float:
        """How much a person's word says: κ of what they say with what is true, by their table and the shares of values among all
        rows; 0 (no more than chance, or less) to 1."""
        joint = self.values[:, None] * self.tables[person]
        chance = float((joint.sum(axis=0) * self.values).sum())
        return 0.0 if chance >= 1 else max(0.0, (float(np.trace(joint)) - chance) / (1 - chance))


def consensus(rows: Numbers, people: Numbers, given: Numbers, values: int, prior: float = PRIOR) -> Consensus:
    """The consensus of judgements: in each, one of `people` gave one of `values` to one of `rows`, all numbered from 0."""
    size, persons = int(rows.max()) + 1, int(people.max()) + 1
    counts: Shares = (
        np.bincount(rows * values + given, minlength=size * values).reshape(size, values).astype(np.float64)
    )
    beliefs = _shares(counts)
    cells = people * values + given
    for _ in range(_ROUNDS):
        frequent = beliefs.mean(axis=0)
        tables = _tables(beliefs[rows], cells, persons, values, prior)
        with np.errstate(divide="ignore"):
            logs = np.log(tables.transpose(0, 2, 1).reshape(-1, values))[cells]
            found = np.log(frequent) + np.stack(
                [np.bincount(rows, weights=logs[:, true], minlength=size) for true in range(values)], axis=1
            )
        likely: Shares = np.exp(found - found.max(axis=1, keepdims=True))
        before, beliefs = beliefs, _shares(likely)
        if float(np.abs(beliefs - before).max()) < _ENOUGH:
            break
    return Consensus(beliefs, _tables(beliefs[rows], cells, persons, values, prior), beliefs.mean(axis=0))


def _tables(beliefs: Shares, cells: Numbers, persons: int, values: int, prior: float) -> Shares:
    """People × true values × values given, from what is believed of the row of each judgement."""
    counted: Shares = np.stack(
        [np.bincount(cells, weights=beliefs[:, true], minlength=persons * values) for true in range(values)], axis=1
    )
    return _shares(counted.reshape(persons, values, values).transpose(0, 2, 1) + prior)


def _shares(counts: Shares) -> Shares:
    total = counts.sum(axis=-1, keepdims=True)
    found: Shares = np.divide(counts, total, out=np.zeros_like(counts), where=total > 0)
    return found


def majority(rows: Numbers, given: Numbers, values: int) -> list[int | None]:
    """The commonest value of each row; None where two are."""
    counts = np.bincount(rows * values + given, minlength=(int(rows.max()) + 1) * values).reshape(-1, values)
    most = counts.max(axis=1, keepdims=True)
    return [int(row.argmax()) if row.sum() == 1 else None for row in counts == most]
