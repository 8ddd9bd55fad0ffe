"""How much rows ask of a reader: sentence length, verbs, depth of syntax, steps of reasoning, difficulty."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import pyarrow as pa

from tasks.audit.grammar import Grammar
from tasks.audit.statistics import histogram, mean, rounded, share, texts, value_counts
from tasks.text.diversity import effective_number

_ITEM: Final = re.compile(r"^[ \t]*(?:\d{1,2}[.)]|step \d+\b)", re.IGNORECASE | re.MULTILINE)
_CONNECTIVE: Final = re.compile(
    r"\b(?:because|therefore|thus|hence|consequently|as a result|it follows|since|so that|if|then|finally|otherwise)\b",
    re.IGNORECASE,
)


def complexity(rows: pa.Table, sample: pa.Table, grammars: Sequence[Grammar]) -> dict[str, Any]:
    """Of the instructions and responses of `sample`; difficulty of all `rows`.

    verb_diversity: different verbs over all verbs. depth: edges of the dependency tree from the root to the deepest word.
    reasoning_steps: numbered items and connectives ("because", "therefore", …) in a response.
    """
    verbs = Counter(verb for grammar in grammars for verb in grammar.verbs)
    words, sentences = (sum(getattr(grammar, name) for grammar in grammars) for name in ("words", "sentences"))
    difficulty = value_counts(rows["difficulty"].to_pylist())
    return {
        "words_per_sentence": share(words, sentences),
        "verbs": len(verbs),
        "verb_diversity": share(len(verbs), verbs.total()),
        "effective_verbs": rounded(effective_number(verbs.values())),
        "depth": histogram([grammar.depth for grammar in grammars]),
        "reasoning_steps": histogram([reasoning_steps(text) for text in texts(sample, "response")]),
        "constraints_per_row": mean([len(value or ()) for value in rows["constraints"].to_pylist()]),
        "difficulty": {name: share(count, rows.num_rows) for name, count in difficulty.items()},
    }


def reasoning_steps(response: str) -> int:
    """Numbered items and connectives of reasoning in `response`: a lower bound that needs no model."""
    return len(_ITEM.findall(response)) + len(_CONNECTIVE.findall(response))
