"""Training a student, and how likely it finds answers. PyTorch on the processor, or on a GPU where there is one."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final

import numpy as np

from tasks.students.network import Encoded
from tasks.students.settings import Student

_PAD: Final = 0
TOKENS_AT_ONCE: Final = 1024
"""Tokens of which what a network remembers for its gradients is held at once: 3 MB each with LoRA on 135 million weights."""
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
    network.to(device()).train()
    for step in range(steps):
        batch = rows[step * student.batch_rows : (step + 1) * student.batch_rows]
        answers = sum(1 for _ in _answers(batch))
        for part in together(batch):  # the gradients of the parts add up to those of the mean over the batch
            losses, _ = _losses(network, part)
            (torch.sum(losses) / answers).backward()
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
        progress(min((step + 1) * student.batch_rows, len(rows)), len(rows))


def together(batch: Sequence[Encoded]) -> list[list[Encoded]]:
    """The rows of a batch in parts that are computed at once: by length, so that little is filled up, and at most TOKENS_AT_ONCE
    tokens long with what is filled up, or one row."""
    parts: list[list[Encoded]] = []
    for row in sorted(batch, key=lambda row: len(row.tokens)):
        if parts and (len(parts[-1]) + 1) * len(row.tokens) <= TOKENS_AT_ONCE:
            parts[-1].append(row)
        else:
            parts.append([row])
    return parts


def likelihood(network: Any, rows: Sequence[Encoded], batch_rows: int) -> list[float]:
    """For each of `rows` the mean negative logarithm of the likelihood of its answer's tokens, in nats per token."""
    import torch

    network.to(device()).train(False)
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
    tokens, mask, owner, position = (value.to(device()) for value in (tokens, mask, owner, position))
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


def device() -> str:
    """Where networks are trained: a GPU where there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def _short_floats() -> AbstractContextManager[object]:
    """16-bit products where the hardware has them, else nothing."""
    import torch

    wide = torch.backends.cpu.get_cpu_capability() == "AVX512"
    short = wide and (torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported())
    return torch.autocast(device(), dtype=torch.bfloat16) if short or device() == "cuda" else nullcontext()
