"""What more rows of a dataset would bring, by its last ablation: the loss of small students along the scaling curve."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.core.errors import BadInput
from tasks.store.store import Store, dataset_name


@dataclass(frozen=True)
class RowsWorth:
    """What an ablation says of more rows."""

    release: str
    """DATASET@N, whose students were trained."""
    rows: int
    """That students with the whole share learnt from."""
    loss: float
    """Mean loss of these students, nats per token of held-out answers."""
    expected_loss: float | None
    """With the rows of the plan, if the curve goes on so; None where more tokens brought nothing that could be measured."""

    def sentence(self, wanted: int) -> str:
        """In words: what `wanted` rows would bring."""
        known = f"{self.release}: {self.rows:,} rows brought small students to a loss of {self.loss:.3f}"
        if self.expected_loss is None:
            return f"{known}; between half of them and all no difference was found, so that more of the same may bring nothing"
        less = 1 - self.expected_loss / self.loss
        change = f"{less:.1%} less" if less >= 0 else f"{-less:.1%} more"
        return f"{known}; {wanted:,} would bring {self.expected_loss:.3f}, {change}, if the curve goes on so"


def rows_worth(root: Path, dataset: str, wanted: int) -> RowsWorth:
    """What `wanted` rows of a dataset would bring. BadInput where no release of it was ablated."""
    store = Store(root)
    folder = store.root / "ablations" / dataset_name(dataset)
    numbers = sorted(int(found.path.stem) for found in store.backend.files(folder) if found.path.stem.isdigit())
    if not numbers:
        raise BadInput(
            f"no release of {dataset} was ablated in {store.backend.address}; `instructory ablate {dataset}`"
        )
    store.backend.refresh(path := folder / f"{numbers[-1]}.json")
    found: Mapping[str, Any] = json.loads(path.read_bytes())
    whole = next(one for one in found["parts"] if one["part"] == "all")
    half = next((one for one in found["comparisons"] if one["part"] == "50%"), None)
    exponent = found["exponent"]
    if exponent is None or half is None or half["finding"] != "worse":
        expected = None
    else:
        expected = whole["loss"] * math.pow(wanted / whole["rows"], -exponent)
    return RowsWorth(f"{dataset}@{numbers[-1]}", whole["rows"], whole["loss"], expected)
