"""What students say about parts of a dataset: paired differences with intervals, and no verdict where there is none.

Students of two parts that share a seed are asked for the same answers, so each seed gives one difference of their mean losses. A
seed also draws the rows that are learnt, so the differences vary with the draw as well as with the training; their interval is
Student's t over seeds (Gosset 1908), widened by the error over the held-out rows.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

Losses = npt.NDArray[np.float64]
"""Of one part: seeds × held-out rows, nats per token."""
Finding = Literal["better", "worse", "no difference"]
_LEVEL: Final = 0.95


@dataclass(frozen=True)
class Comparison:
    """How much more likely the answers are to the students of one part than to those of another."""

    part: str
    other: str
    gain: float
    """Mean loss of the other minus that of the part, nats per token: above 0, the part is better."""
    low: float
    high: float
    """The 95 % interval of `gain`; infinite with one seed."""
    by_seed: tuple[float, ...]

    @property
    def finding(self) -> Finding:
        """What the interval allows to say of the part."""
        if self.low > 0:
            return "better"
        return "worse" if self.high < 0 else "no difference"


def compared(part: str, losses: Losses, other: str, others: Losses) -> Comparison:
    """The comparison of two parts, whose losses have the same seeds and held-out rows in the same order."""
    from scipy.stats import t

    differences = others - losses
    by_seed = differences.mean(axis=1)
    gain, (seeds, rows) = float(by_seed.mean()), differences.shape
    if seeds < 2:
        return Comparison(part, other, gain, -math.inf, math.inf, (gain,))
    error = math.hypot(by_seed.std(ddof=1) / math.sqrt(seeds), differences.mean(axis=0).std(ddof=1) / math.sqrt(rows))
    reach = float(t.ppf((1 + _LEVEL) / 2, seeds - 1)) * error
    return Comparison(part, other, gain, gain - reach, gain + reach, tuple(float(one) for one in by_seed))


def curve(sizes: Sequence[int], losses: Sequence[float]) -> float | None:
    """The exponent of loss ∝ tokens^−b through the points, by least squares over logarithms (Kaplan et al. 2020); None where the
    loss does not fall, or there are fewer than three points. An exponent of 0.1: twice the data, 7 % less loss."""
    if len(sizes) < 3 or min(losses) <= 0 or losses[-1] >= losses[0]:
        return None
    slope = np.polyfit(np.log(np.array(sizes, float)), np.log(np.array(losses, float)), 1)[0]
    return round(-float(slope), 4)


def advice(comparisons: Mapping[str, Comparison]) -> list[str]:
    """What follows for the next mix from students that learnt without a slice, by the slice's name: one line each."""
    lines = []
    for slice_, found in comparisons.items():
        if found.finding == "better":
            lines.append(
                f"{slice_} hurts: without it the answers are likelier by {found.gain:.3f} nats per token; take less of it"
            )
        elif found.finding == "worse":
            lines.append(
                f"{slice_} helps: without it the answers are less likely by {-found.gain:.3f} nats per token; keep it"
            )
        else:
            lines.append(f"{slice_}: no difference was found")
    return lines
