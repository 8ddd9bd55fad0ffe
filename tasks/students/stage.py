"""The stage: a student learns from a part of the rows and is asked for answers that it never saw."""

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.core.outcome import Outcome, Tools
from tasks.core.schema import stable_id
from tasks.students import parts
from tasks.students.settings import StudentRun

LIKELIHOOD: Final = pa.schema(
    [
        ("example_id", pa.string()),
        ("parent_id", pa.string()),  # the held-out row whose answer it is
        ("domain", pa.string()),
        ("tokens", pa.int32()),  # of its answer, by the student's tokenizer
        ("loss", pa.float64()),  # mean negative logarithm of their likelihood, nats per token
        ("exact", pa.bool_()),  # whether the student wrote the same; null where it was not asked to
        ("answer", pa.string()),  # what the student wrote for a judge to compare; null where it was not asked to
    ]
)


def compute(
    rows: pa.Table, held_out: pa.Table | None, baseline: pa.Table | None, run: StudentRun, tools: Tools
) -> Outcome:
    """The likelihood of each held-out answer by the student of `run` (schema LIKELIHOOD).

    held_out: rows with answers that nobody learns from; None: a share of `rows`. baseline: the other dataset, for its part.
    Facts: rows_read, asked_elsewhere (rows not learnt because a held-out one asks the same), rows and tokens that were learnt, loss
    (mean over held-out rows). Raises BadInput.
    """
    from tasks.students import answers, network, training, win_rate

    learnt, asked = parts.divided(rows, run.held_out) if held_out is None else (rows, held_out)
    whole = parts.of_part(learnt, baseline, run.part)
    part = parts.unasked(whole, asked)
    tokenizer = network.tokenizer_of(run.student)
    material = network.encoded(part.to_pylist(), tokenizer, run.student.max_length)
    sizes = np.array([len(one.tokens) for one in material], np.int64)
    chosen = parts.drawn(sizes, round(run.tokens * run.part.share), run.seed) if len(sizes) else np.zeros(0, np.int64)
    student = network.network_of(run.student, run.seed)
    if len(chosen):
        training.train(student, [material[number] for number in chosen], run.student, tools.progress)
    questions = network.encoded(asked.to_pylist(), tokenizer, run.student.max_length)
    losses = training.likelihood(student, questions, run.student.batch_rows)
    exact = answers.exact_matches(student, tokenizer, questions, asked["response"].to_pylist(), run)
    chosen_questions = win_rate.answered(asked["example_id"].to_pylist(), run.answers)
    written = answers.written(student, tokenizer, questions, chosen_questions, run)
    kept = pa.table(
        {
            "example_id": [stable_id("likelihood", row) for row in asked["example_id"].to_pylist()],
            "parent_id": asked["example_id"],
            "domain": pc.coalesce(asked["domain"], asked["source"])
            if "domain" in asked.column_names
            else asked["source"],
            "tokens": pa.array([len(one.tokens) - one.answer_from for one in questions], pa.int32()),
            "loss": pa.array(losses),
            "exact": pa.array(exact, pa.bool_()),
            "answer": pa.array(written, pa.string()),
        }
    )
    facts = {
        "rows_read": rows.num_rows,
        "part": run.part.title,
        "asked_elsewhere": whole.num_rows - part.num_rows,
        "learnt": {"rows": len(chosen), "tokens": int(sizes[chosen].sum())},
        "loss": round(float(np.mean(losses)), 5),
    }
    return Outcome.of(LIKELIHOOD, kept=kept, facts=facts)
