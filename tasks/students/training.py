"""Training a student, and how likely it finds answers. PyTorch on the processor, or on a GPU where there is one."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import numpy as np

from tasks.students.network import Encoded
from tasks.students.settings import Student

_PAD: Final = 0
_RISE: Final = 0.1
"""Share of the steps over which the learning rate rises."""
Progress = Callable[[int, int], None]


def train(network: Any, rows: Sequence[Encoded], student: Student, progress: Progress) -> None:
    """Train `network` on the answers of `rows`, in their order, one pass. AdamW; gradients of more than 1 are cut."""
    import torch

    weights = [one for one in network.parameters() if one.requires_grad]
    steps = math.ceil(len(rows) / student.batch_rows)
    optimiser = torch.optim.AdamW(weights, lr=student.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    network.to(_device()).train()
    for step in range(steps):
        batch = rows[step * student.batch_rows : (step + 1) * student.batch_rows]
        losses, _ = _losses(network, batch)
        torch.mean(losses).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        progress(min((step + 1) * student.batch_rows, len(rows)), len(rows))


def likelihood(network: Any, rows: Sequence[Encoded], batch_rows: int) -> list[float]:
    """For each of `rows` the mean negative logarithm of the likelihood of its answer's tokens, in nats per token."""
    import torch

    network.to(_device()).train(False)
    order = sorted(range(len(rows)), key=lambda number: len(rows[number].tokens))
    found = np.zeros(len(rows))
    with torch.no_grad():
        for at in range(0, len(order), batch_rows):
            numbers = order[at : at + batch_rows]
            losses, owner = _losses(network, [rows[number] for number in numbers])
            sums = torch.bincount(owner, losses.float(), len(numbers)) / torch.bincount(owner, minlength=len(numbers))
            found[numbers] = sums.cpu().numpy()
    return [round(float(value), 6) for value in found]


def _losses(network: Any, batch: Sequence[Encoded]) -> tuple[Any, Any]:
    """The loss of every token of the answers, and of which row of `batch` it is. The last layer, a third of a small network's work,
    is computed for these tokens only."""
    import torch

    length = max(len(row.tokens) for row in batch)
    tokens = torch.full((len(batch), length), _PAD)
    mask = torch.zeros((len(batch), length), dtype=torch.long)
    for number, row in enumerate(batch):
        tokens[number, : len(row.tokens)] = torch.tensor(row.tokens)
        mask[number, : len(row.tokens)] = 1
    owner, position = torch.tensor(list(_answers(batch))).T
    tokens, mask, owner, position = (value.to(_device()) for value in (tokens, mask, owner, position))
    with _short_floats():
        inner = getattr(network, "base_model", network)
        decoder = getattr(inner, "model", inner) if hasattr(network, "peft_config") else network
        hidden = decoder.get_decoder()(input_ids=tokens, attention_mask=mask).last_hidden_state
        logits = decoder.get_output_embeddings()(hidden[owner, position - 1])
    return torch.nn.functional.cross_entropy(logits.float(), tokens[owner, position], reduction="none"), owner


def _answers(batch: Sequence[Encoded]) -> Iterator[tuple[int, int]]:
    for number, row in enumerate(batch):
        yield from ((number, position) for position in range(max(row.answer_from, 1), len(row.tokens)))


def _rate(step: int, steps: int) -> float:
    rising = max(1, round(_RISE * steps))
    return (step + 1) / rising if step < rising else (steps - step) / max(1, steps - rising)


def _device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _short_floats() -> AbstractContextManager[object]:
    """16-bit products where the hardware has them, else nothing."""
    import torch

    amx = torch.backends.cpu.get_cpu_capability() == "AVX512" and torch.cpu._is_amx_tile_supported()
    return torch.autocast(_device(), dtype=torch.bfloat16) if amx or _device() == "cuda" else nullcontext()
