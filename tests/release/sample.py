"""A release of the size and shape that the factory makes, from invented but plausible text."""

from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from tasks.core.schema import CLUSTERED, conform, rejected, stable_id
from tasks.release.report_data import Cost, ReportData, StageFacts
from tasks.store.manifest import CheckResult, GateVerdict

SUBJECTS = "generator,context manager,decorator,descriptor,module,exception,slice,coroutine,metaclass".split(",")  # noqa: SIM905
FORMS = (
    ("What is a {}?", "explanation", "easy", "template", "extractive"),
    ("Explain how a {} behaves when it is used inside a loop.", "explanation", "medium", "template", "extractive"),
    ("Compare a {} with a plain function in at most 60 words.", "comparison", "hard", "template", "extractive"),
    ("Give an example of a {} and say what each line does.", "writing", "medium", "taxonomy", "rag"),
    ("Which statement defines a {}? Quote the rule.", "extraction", "easy", "reverse", "human"),
)
SENTENCES = (
    "A {} is created when its definition is executed, and its body runs only when it is asked for a value.",
    "The expression list is evaluated from left to right before the {} is entered.",
    "If the name is not found in the local scope, the enclosing scopes are searched in turn.",
    "Otherwise a TypeError is raised, and the {} keeps the state that it had.",
    "It is an error to use a {} where a constant is required.",
)
ASKED = tuple(form[0].format(subject) for form, subject in zip(FORMS, SUBJECTS, strict=False))
THEMES = (
    (0, "iterator, yield, next"), (1, "scope, name, binding"), (2, "raise, except, finally"), (3, "class, base, method"),
    (4, "import, package, loader"), (5, "await, async, event"), (6, "slice, index, sequence"), (7, "operator, operand, result"),
)  # fmt: skip


@cache
def rows(number: int = 1204, seed: int = 7) -> pa.Table:
    """`number` released rows with the columns of CLUSTERED."""
    random = np.random.default_rng(seed)
    made = [_row(i, random) for i in range(number)]
    return conform(pa.Table.from_pylist(made, CLUSTERED), CLUSTERED)


@cache
def rejects(number: int = 60) -> pa.Table:
    """Rejected rows with reasons and details, as filters and answers leave them."""
    reasons = (
        ("near_duplicate", "3f9ac1d2, similarity 0.91"),
        ("ungrounded_number", "1996"),
        ("too_short", "response, 2 words"),
        ("contaminated", "mmlu, item 1402: “which of the following is true of a generator expression in”"),
        ("pii", "EMAIL_ADDRESS, PHONE_NUMBER"),
        ("no_answer_found", "definition"),
    )
    table = rows(number, 11)
    columns = {
        "reason": [reasons[i % len(reasons)][0] for i in range(number)],
        "detail": [reasons[i % len(reasons)][1] for i in range(number)],
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values))
    return conform(table, rejected(CLUSTERED))


def report_data(**changes: Any) -> ReportData:
    """The data of version 7 of an invented dataset; `changes` replace its parts."""
    parts: dict[str, Any] = {
        "dataset": "python-reference",
        "version": 7,
        "created_at": "2026-11-21T03:14:07+00:00",
        "recipe": RECIPE,
        "recipe_hash": "9d1c0f5be2a74c9f8e6b0d3a7c5f1e2d4b6a8c0e",
        "stages": STAGES,
        "gates": GATES,
        "rows": rows(),
        "rejects": rejects(),
        "audit": AUDIT,
        "themes": CLUSTERS,
        "licences": {"PSF-2.0": "Permits use, change and redistribution with the notice kept."},
        "cost": Cost(requests=1873, replayed=312, tokens=2_418_330, usd=1.3127, budget_usd=5.0),
        "previous": 6,
    }
    return ReportData(**(parts | changes))


def small_data(**changes: Any) -> ReportData:
    """The same of few rows of which next to nothing was measured: rendered in a fraction of the time, for tests of one section."""
    return report_data(**({"rows": rows(20), "rejects": None, "audit": {}, "themes": {}} | changes))


def _row(number: int, random: np.random.Generator) -> dict[str, Any]:
    form, category, difficulty, method, answer_method = FORMS[
        int(random.choice(len(FORMS), p=[0.3, 0.25, 0.15, 0.2, 0.1]))
    ]
    subject = SUBJECTS[int(random.integers(len(SUBJECTS)))]
    sentences = [
        SENTENCES[int(i)].format(subject) for i in random.integers(len(SENTENCES), size=1 + int(random.gamma(2.0, 1.4)))
    ]
    instruction, response = form.format(subject), " ".join(sentences)
    theme, label = THEMES[int(random.integers(len(THEMES)))] if random.random() > 0.14 else (-1, "outlier")
    model = "openai/gpt-5-mini" if answer_method == "rag" else None
    identity = stable_id("sample", str(number))
    return {
        "example_id": identity,
        "parent_id": stable_id("chunk", str(number // 3)),
        "content_hash": stable_id(instruction, response, str(number)),
        "system": "You answer from the language reference only." if random.random() < 0.2 else None,
        "instruction": instruction,
        "response": response,
        "source": str(random.choice(["reference", "tutorial", "notes"], p=[0.72, 0.22, 0.06])),
        "origin": "synthetic" if model else "human",
        "method": method,
        "answer_method": answer_method,
        "operator": "add_constraint" if difficulty == "hard" else None,
        "teacher": model,
        "evidence": [{"chunk_id": stable_id("chunk", str(number // 3)), "start": 0, "end": len(response)}],
        "licence": "PSF-2.0",
        "generation": 1 if model else 0,
        "topic": subject,
        "category": category,
        "difficulty": difficulty,
        "language": "en",
        "pii": ["PERSON:response"] if random.random() < 0.01 else [],
        "toxicity": float(random.beta(1, 60)),
        "grounding": float(min(1.0, random.beta(18, 1) + 0.02)),
        "contamination": float(random.beta(1, 30)),
        "duplicates": int(random.integers(3)),
        "cluster": int(min(39, random.geometric(0.07))),
        "theme": theme,
        "theme_label": label,
    }


RECIPE: dict[str, Any] = {
    "dataset": "python-reference",
    "description": "Questions and answers on the Python language reference, for assistants that explain code to beginners.",
    "documents": [{"pydoc": "topics", "licence": "PSF-2.0"}, {"path": "tutorial/*.md", "licence": "PSF-2.0"}],
    "teacher": {"provider": "openai", "model": "gpt-5-mini"},
    "seeds": {"templates": ["language"], "taxonomy": {"persona": "a patient teacher of programming", "passes": 3}},
    "filters": {"minhash": {"threshold": 0.7}, "grounding": {"content": 0.6}, "contamination": {"benchmarks": ["mmlu", "gsm8k"]}},
    "mix": {"rows": 1204, "human": 0.5},
    "budget": {"usd": 5.0},
}  # fmt: skip


def _stage(
    name: str, counts: tuple[int, int, int, int, int], seconds: float, reasons: str = "", **more: Any
) -> StageFacts:
    """`counts` in the order of StageFacts: in, kept, rejected, failed, created; `reasons` as "echo 87 pii 29"."""
    words = reasons.split()
    named = {reason: int(rows) for reason, rows in zip(words[::2], words[1::2], strict=True)}
    return StageFacts(name, *counts, seconds=seconds, reasons=named, **more)


STAGES = (
    _stage("inventory", (0, 83, 0, 0, 83), 0.2, cached=True),
    _stage("documents", (83, 1912, 4, 0, 1912), 1.2, "duplicate_document 3 empty_document 1", cached=True),
    _stage(
        "seeds", (1912, 3420, 1043, 6, 3996), 6.4,
        "no_instruction 478 duplicate_instruction 401 surplus 142 unanswerable_seed 22", requests=96, cost_usd=0.21,
    ),
    _stage(
        "answers", (3420, 2978, 431, 11, 0), 41.0, "no_answer_found 214 abstained 121 not_retrieved 64 no_citation 32",
        requests=1211, cost_usd=0.83,
    ),
    _stage(
        "evolve", (2978, 3301, 94, 3, 420), 18.7, "no_gain 51 near_equal 30 constraint_unmet 13", requests=566, cost_usd=0.27
    ),
    _stage(
        "filters", (3301, 2106, 1195, 0, 0), 9.3,
        "near_duplicate 402 too_short 288 ungrounded_number 161 ungrounded_content 118 echo 87 exact_duplicate 61 "
        "contaminated 41 pii 29 repetitive 8",
    ),
    _stage("clusters", (2106, 2106, 0, 0, 0), 22.8),
    _stage("mix", (2106, 1204, 902, 0, 0), 0.3, "over_target 611 stratum_full 184 over_cap 107"),
    _stage("audit", (1204, 1204, 0, 0, 0), 3.9),
)  # fmt: skip


CLUSTERS: dict[str, Any] = {
    "embeddings": "wordllama-256",
    "clusters": {"count": 40, "sizes": [140, 121, 96, 70, 61, 44], "effective": 27.4, "of_one_row": 1},
    "themes": [
        {
            "theme": number,
            "label": label,
            "rows": 240 - 20 * number,
            "words": label.split(", "),
            "instructions": list(ASKED[:3]),
        }
        for number, label in THEMES
    ],
    "effective_themes": 7.6,
    "without_theme": 310,
}


def check(expectation: str, column: str, observed: str, expected: str, passed: bool, why: str) -> CheckResult:
    return CheckResult(
        expectation=expectation, column=column, observed=observed, expected=expected, passed=passed, why=why
    )


def gate(stage: str, *checks: tuple[str, str, str, str, bool, str]) -> GateVerdict:
    results = tuple(check(*given) for given in checks)
    return GateVerdict(
        stage=stage, key=f"{stage}-gate", passed=all(result.passed for result in results), checks=results
    )


_ROWS = ("expect_table_row_count_to_be_between", "", "1,204", "at least 300", True, "fewer rows teach style")
_IDS = ("expect_column_values_to_be_unique", "example_id", "0 repeated", "0 repeated", True, "an id names one row")
_NOT_NULL = "expect_column_values_to_not_be_null"

GATES = tuple(
    gate(stage, _ROWS, _IDS, (expectation, column, observed, expected, True, why))
    for stage, expectation, column, observed, expected, why in (
        ("documents", _NOT_NULL, "raw_sha256", "0 null", "0 null", "without it no span resolves"),
        (
            "seeds", "expect_column_value_lengths_to_be_between", "instruction", "11 … 148", "8 … 600",
            "what people type",
        ),
        ("answers", _NOT_NULL, "response", "0 null", "0 null", "an unanswered row trains silence"),
        ("evolve", "expect_column_values_to_be_in_set", "operator", "2 operators", "the six", "Xu et al. 2023"),
        ("filters", "expect_column_min_to_be_between", "grounding", "0.62", "at least 0.60", "the model's own words"),
        ("mix", "expect_column_proportion_to_be_between", "origin", "0.51 human", "0.45 … 0.55", "as the recipe asks"),
        ("audit", "expect_share_to_be_at_least", "provenance", "1.00", "1.00", "rows can be traced"),
    )
)  # fmt: skip


def _quality(score: float, threshold: float, definition: str) -> dict[str, Any]:
    return {"score": score, "threshold": threshold, "passed": score >= threshold, "definition": definition}


def _counted(edges: list[int], counts: list[int], mean: float) -> dict[str, Any]:
    return {"edges": edges, "counts": counts, "mean": mean}


def _slice(name: str, rows: int, asked: float, told: float) -> dict[str, Any]:
    return {
        "slice": name,
        "rows": rows,
        "instruction_words": asked,
        "response_words": told,
        "grounding": 0.96,
        "toxicity": 0.01,
    }


PAIRS = {
    "explain": {"behaviour": 121, "generator": 74, "rule": 61, "loop": 30, "scope": 21, "class": 12, "slice": 9},
    "compare": {"function": 92, "module": 51, "class": 33},
    "give": {"example": 131, "definition": 20},
    "quote": {"rule": 88},
    "list": {"step": 41},
    "name": {"exception": 37},
}
FIGURES = {"rows": (1118.0, 1204.0), "diversity.distinct_2": (0.391, 0.382), "grounding.mean": (0.951, 0.947)}

AUDIT: dict[str, Any] = {
    "rows": 1204,
    "sample": {"rows": 1204, "of": 1204, "drawn": "by a hash of the rows' ids"},
    "qualities": {
        "relevant": _quality(1.0, 0.95, "made from the documents, or close to one of their passages"),
        "aligned": _quality(0.973, 0.9, "the response shares a content word with its instruction"),
        "consistent": _quality(0.994, 0.98, "grounded, and no other row answers the same differently"),
        "correctly_formatted": _quality(1.0, 0.99, "both texts filled, without left-over markup or special tokens"),
        "sufficiently_unique": _quality(0.921, 0.9, "no other instruction at cosine 0.9"),
        "compliant": _quality(1.0, 1.0, "no personal data left, toxicity below 0.5, a known licence"),
    },
    "distributions": {"response_sentences": _counted([1, 2, 5, 10, 20], [199, 746, 242, 17], 3.3)},
    "diversity": {
        "distinct_2": 0.382,
        "effective_clusters": 28.9,
        "effective_themes": 7.6,
        "nearest_mean": 0.71,
        "near_same_share": 0.079,
        "openings": {"what is": 359, "explain how": 288, "give an": 258, "compare a": 186, "which statement": 113},
        "expects": {"definition": 470, "example": 258, "none": 476},
    },
    "verb_object": {
        "pairs": [{"verb": v, "object": o, "count": n} for v, things in PAIRS.items() for o, n in things.items()],
        "different": 20,
        "share": 0.69,
    },
    "complexity": {
        "words_per_sentence": 8.55,
        "verbs": 211,
        "effective_verbs": 48.1,
        "constraints_per_row": 0.15,
        "depth": _counted([1, 2, 5, 10], [22, 811, 371], 4.1),
        "reasoning_steps": _counted([0, 1, 2, 5, 10], [335, 451, 403, 15], 1.27),
        "difficulty": {"medium": 0.4535, "easy": 0.392, "hard": 0.1545},
    },
    "slices": {
        "difficulty": [
            _slice("medium", 546, 12.1, 52.9),
            _slice("easy", 472, 5.1, 51.5),
            _slice("hard", 186, 12.1, 52.5),
        ],
        "outliers": [
            {
                "dimension": "difficulty",
                "slice": "easy",
                "measure": "instruction_words",
                "rows": 472,
                "mean": 5.07,
                "overall": 9.35,
            }
        ],
    },
    "safety": {
        "pii": {"rows": 13, "rows_not_redacted": 0, "types": {"PERSON": 11, "EMAIL_ADDRESS": 2}},
        "toxicity": {"mean": 0.017, "max": 0.106},
        "instruction_like": {"chunks_used": 0, "rows": 0},
    },
    "grounding": {"mean": 0.9644, "by_answer_method": {"extractive": {"rows": 833, "mean": 0.9655, "min": 0.6622}}},
    "provenance": {"complete_share": 1.0, "missing": {}, "spans": {"checked": 1204, "inside": 1204, "without_passage": 0}},
    "comparison": {
        "added": 131,
        "removed": 45,
        "changed": 12,
        "same": 1061,
        "previous_covered_share": 0.981,
        "regressions": [],
        "figures": [
            {"figure": name, "before": before, "after": after, "change": round(after - before, 4), "better": "higher"}
            for name, (before, after) in FIGURES.items()
        ],
        "shifts": [{"dimension": "method", "slice": "taxonomy", "before": 0.151, "after": 0.214}],
    },
    "annotators": {"judge_a": 4.2, "judge_b": 4.4},
}  # fmt: skip
