"""Answers that a student writes itself, word by word the likeliest: short ones are compared with the right ones."""

import re
import string
from collections.abc import Sequence
from typing import Any, Final

from tasks.students.network import Encoded
from tasks.students.settings import StudentRun
from tasks.students.training import device

_ARTICLES: Final = re.compile(r"\b(a|an|the)\b")
_MARKS: Final = str.maketrans("", "", string.punctuation)


def exact_matches(
    network: Any, tokenizer: Any, questions: Sequence[Encoded], right: Sequence[str | None], run: StudentRun
) -> list[bool | None]:
    """For each question whether the student writes its right answer; None where that has more than `run.held_out.exact_tokens`
    tokens."""
    most = run.held_out.exact_tokens
    ends = int(tokenizer.eos_token_id is not None)
    short = [at for at, one in enumerate(questions) if 0 < len(one.tokens) - one.answer_from - ends <= most]
    short.sort(key=lambda at: questions[at].answer_from)
    found: list[bool | None] = [None] * len(questions)
    for start in range(0, len(short), run.student.batch_rows):
        batch = short[start : start + run.student.batch_rows]
        for at, text in zip(batch, _written(network, tokenizer, [questions[at] for at in batch], most), strict=True):
            found[at] = normal(text) == normal(right[at] or "")
    return found


def written(
    network: Any, tokenizer: Any, questions: Sequence[Encoded], chosen: Sequence[int], run: StudentRun
) -> list[str | None]:
    """What the student answers to the questions at the positions `chosen`, `run.answer_tokens` tokens at most; None for others."""
    order = sorted(chosen, key=lambda at: questions[at].answer_from)
    found: list[str | None] = [None] * len(questions)
    for start in range(0, len(order), run.student.batch_rows):
        batch = order[start : start + run.student.batch_rows]
        said = _written(network, tokenizer, [questions[at] for at in batch], run.answer_tokens)
        for at, text in zip(batch, said, strict=True):
            found[at] = text.strip()
    return found


def normal(text: str) -> str:
    """A text without case, punctuation, articles and repeated white space, as SQuAD compares answers (Rajpurkar et al. 2016); one
    of nothing else stays as it is."""
    plain = " ".join(_ARTICLES.sub(" ", text.lower().translate(_MARKS)).split())
    return plain or text.strip()


def _written(network: Any, tokenizer: Any, asked: Sequence[Encoded], most: int) -> list[str]:
    """What the network answers to each question, at most `most` tokens and an end; questions are filled up at their beginning."""
    import torch

    prompts = [one.tokens[: one.answer_from] for one in asked]
    network.to(device()).train(False)
    length = max(len(prompt) for prompt in prompts)
    end = tokenizer.eos_token_id
    pad = 0 if end is None else end
    rows = [[pad] * (length - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (length - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    with torch.no_grad():
        made = network.generate(
            input_ids=torch.tensor(rows, device=device()),
            attention_mask=torch.tensor(mask, device=device()),
            do_sample=False,
            max_new_tokens=most + 1,
            pad_token_id=pad,
            eos_token_id=end,
        )
    return [str(text) for text in tokenizer.batch_decode(made[:, length:], skip_special_tokens=True)]
