"""The six qualities of a dataset: relevant, aligned, consistent, correctly formatted, sufficiently unique, compliant.

Each is the share of rows that have it: by the verdicts of verifiers, where the recipe's entries say so, or else by a rule that
anyone can check on a row, which stands for the quality and is not it. The recipe sets the thresholds.
"""

import re
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.audit.diversity import Vectors, nearest_among, nearest_within
from tasks.audit.findings import instruction_like, licence_known, not_redacted
from tasks.audit.other_answers import other_answers
from tasks.audit.params import Audit
from tasks.audit.sampling import sampled
from tasks.audit.statistics import Mask, floats, lists, mean, texts
from tasks.text.columns import joined, plain
from tasks.text.embeddings import embed
from tasks.text.equal_texts import FIELD
from tasks.text.equality import equals
from tasks.text.words import content_words

_MARKUP: Final = re.compile(
    r"<\|\w+\|>|\[/?INST\]|</?(?:div|span|p|br|html|body|table|tr|td|script|style)\b[^>]*>|&(?:nbsp|amp|lt|gt|quot|#\d+);"
    r"|\ufffd"
)
"""Left over from chat templates, HTML and wrong decoding; not looked for inside code."""
_DOUBTFUL: Final = r"```|[<&\x{fffd}]|\[/?INST\]"
"""RE2: stands in every text with markup or a fence."""
_CODE: Final = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_STRAY: Final = re.compile(r"^(?:\s*\n| {1,3}\S)|\s$")
"""White space at the ends that is not the indent of code: four blanks or a tab."""
_VOCABULARY: Final = {"difficulty": ("easy", "medium", "hard"), "origin": ("human", "synthetic")}
_SHORT: Final = 5
"""Words of a response below which its embedding says nothing: "18", "Livre."."""


def qualities(rows: pa.Table, sample: pa.Table, chunks: pa.Table, params: Audit) -> dict[str, Any]:
    """Quality → score, threshold, passed, definition, the verifiers that it stands on (`by`; none: a rule), and how many rows were
    measured of how many. By rule, relevance, alignment and uniqueness are measured on `sample`. score and passed are None where
    nothing was measured, threshold where the recipe asks for nothing."""
    instructions, responses = texts(sample, "instruction"), texts(sample, "response")
    asked, answered = embed(instructions), embed(responses)
    held: dict[str, tuple[Mask | None, str]] = {
        "relevant": (
            _relevant(sample, asked + answered, chunks, params) if chunks.num_rows else None,
            f"made from the documents, or at cosine {params.relevant_from:g} to one of their passages; "
            "imported rows, which owe the documents nothing, are left out",
        ),
        "aligned": (
            _aligned(instructions, responses, asked, answered, params.aligned_from),
            f"the response shares a content word with its instruction or is at cosine {params.aligned_from:g} to it; "
            f"responses of fewer than {_SHORT} words count as aligned",
        ),
        "consistent": (
            _consistent(rows, params),
            f"grounded to {params.grounded_from:g} where that was measured, and no other row answers the same differently; "
            "pairs and scored rows, of which one question may have several, are compared with none",
        ),
        "correctly_formatted": (
            _formatted(rows),
            "both texts filled, without left-over markup, special tokens, open code fences or white space at the ends "
            "(code keeps its indent)",
        ),
        "sufficiently_unique": (
            nearest_within(asked, answered, apart=other_answers(sample)) < params.near_same,
            f"no other row with both its instruction and its response at cosine {params.near_same:g}; rows with other numbers in "
            "both texts, or with another reference, are different, and a variant may resemble the row it was made from",
        ),
        "compliant": (
            _compliant(rows, chunks, params),
            f"no personal data left, toxicity below {params.toxic_from:g}, contamination below "
            f"{params.contaminated_from:g} where they were measured, a known licence, no passage that instructs models",
        ),
    }
    found = {}
    for name, (mask, definition) in held.items():
        by, definition = getattr(params.qualities, name), f"by rule: {definition}"
        if by:
            mask, definition = by_verdicts(rows, by), f"passed by {joined_names(by)}; unsure is not passed"
        score, threshold = mean(mask) if mask is not None and len(mask) else None, getattr(params.expected, name)
        passed = None if score is None or threshold is None else score >= threshold
        found[name] = {"score": score, "threshold": threshold, "passed": passed, "definition": definition}
        found[name] |= {"by": list(by), "measured": 0 if mask is None else len(mask), "of": rows.num_rows}
    if params.qualities.compliant:
        return found
    lacking = [name for name in ("toxicity", "contamination") if rows[name].null_count == rows.num_rows]
    return found | {"compliant": found["compliant"] | {"not_measured": lacking}}


def by_verdicts(rows: pa.Table, names: tuple[str, ...]) -> Mask:
    """Of the rows that one of the verifiers `names` looked at: whether every one that did passed it."""
    said = [
        [verdict["verdict"] for verdict in verdicts or () if verdict["verifier"] in names]
        for verdicts in rows["verdicts"].to_pylist()
    ]
    return np.array([all(word == "pass" for word in words) for words in said if words], dtype=bool)


def joined_names(names: tuple[str, ...]) -> str:
    """a, b and c."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _relevant(rows: pa.Table, vectors: Vectors, chunks: pa.Table, params: Audit) -> Mask:
    made = np.array([method != "imported" for method in rows["method"].to_pylist()], dtype=bool)
    rows, vectors = rows.filter(pa.array(made)), vectors[made]
    held: Mask = np.array([bool(spans) for spans in lists(rows, "evidence")], dtype=bool)
    rest = np.flatnonzero(~held)
    if len(rest):
        own = vectors[rest] / np.maximum(np.linalg.norm(vectors[rest], axis=1, keepdims=True), 1e-9)
        passages = chunks.select(["chunk_id", "text"]).rename_columns(["example_id", "text"])
        held[rest] = nearest_among(own, embed(texts(sampled(passages, params.sample), "text"))) >= params.relevant_from
    return held


def _aligned(instructions: list[str], responses: list[str], asked: Vectors, answered: Vectors, least: float) -> Mask:
    close = np.einsum("ij,ij->i", asked, answered) >= least
    related = [
        bool(response.strip())
        and (len(response.split()) < _SHORT or not set(content_words(instruction)).isdisjoint(content_words(response)))
        for instruction, response in zip(instructions, responses, strict=True)
    ]
    return np.asarray(close | np.array(related, dtype=bool), dtype=bool)


def _consistent(rows: pa.Table, params: Audit) -> Mask:
    single = pc.and_(pc.is_null(rows["rejected"]), pc.is_null(rows["score"])).to_numpy(zero_copy_only=False)
    alone = np.ones(rows.num_rows, bool)
    alone[single] = _answered_alike(rows.filter(pa.array(single)))
    grounded = floats(rows["grounding"])
    return np.asarray(alone & (np.isnan(grounded) | (grounded >= params.grounded_from)), bool)


def _answered_alike(rows: pa.Table) -> Mask:
    asked, question = equals(joined(rows, ("system", "history", "instruction"), FIELD), asked=True)
    said, answer = equals(plain(rows["response"]))
    answers = np.arange(rows.num_rows)
    answers[said] = answer + rows.num_rows
    different = np.unique(np.stack([question, answers[asked]]), axis=1)
    alike = np.ones(rows.num_rows, bool)
    alike[asked] = np.bincount(different[0])[question] == 1 if len(asked) else True
    return alike


def _formatted(rows: pa.Table) -> Mask:
    well = np.ones(rows.num_rows, dtype=bool)
    for name in ("instruction", "response"):
        column = plain(rows[name])
        doubtful = pc.or_(
            pc.match_substring_regex(column, _DOUBTFUL), pc.not_equal(pc.utf8_trim_whitespace(column), column)
        )
        looked_at = np.flatnonzero(pc.or_(doubtful, pc.equal(column, "")).to_numpy(zero_copy_only=False))
        well[looked_at] &= np.array([_clean(column[row].as_py()) for row in looked_at.tolist()], dtype=bool)
    for name, allowed in _VOCABULARY.items():
        well &= np.array([value is None or value in allowed for value in rows[name].to_pylist()], dtype=bool)
    return well


def _clean(text: str) -> bool:
    prose = _CODE.sub("", text)
    return (
        bool(text.strip()) and _STRAY.search(text) is None and text.count("```") % 2 == 0 and not _MARKUP.search(prose)
    )


def _compliant(rows: pa.Table, chunks: pa.Table, params: Audit) -> Mask:
    toxicity, contamination = floats(rows["toxicity"]), floats(rows["contamination"])
    with np.errstate(invalid="ignore"):
        bad = (toxicity >= params.toxic_from) | (contamination >= params.contaminated_from)
    return licence_known(rows) & ~not_redacted(rows) & ~instruction_like(rows, chunks) & ~bad
