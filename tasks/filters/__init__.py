"""Filters reject rows that should not be learned, each with a reason. (What can be repaired, `tasks/cleaning` has repaired.)

catalogue  all filters, in the order in which they run
stage      runs them
contract   what a filter is

The filters stand in heuristics, duplicates, decontamination, personal_data, toxicity, grounding and distribution. The functions
below are for scripts and notebooks (docs/api.md); each imports what it needs when it is called.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from tasks.filters.decontamination.pack import BenchmarkPack
    from tasks.text.columns import Texts
    from tasks.text.support import GroundingResult

__all__ = ["benchmark_pack", "contamination", "grounding", "near_duplicate_groups", "personal_data", "toxicity"]

for _package in ("toxicity", "grounding", "personal_data"):
    # Importing a package puts it into this module under its name. Done before three functions of the same names are defined, so
    # that a later import of a package does not take their place.
    import_module(f"{__name__}.{_package}")


def near_duplicate_groups(texts: "Texts", threshold: float = 0.7) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Groups of nearly equal texts.

    texts: strings or None, or an Arrow array of them. threshold: Jaccard similarity of the sets of 5-word shingles, 0.3 to 1.
    Returns int64 (texts,): for each text the place of the first text that it is connected with by such pairs, its own if there is
    none. Finds about 98 % of the pairs; every pair it links is verified. Texts without words are in no group.
    """
    from tasks.filters.duplicates.near_duplicates import near_duplicate_groups

    return near_duplicate_groups(texts, threshold)


def benchmark_pack(
    paths: Iterable[Path | str], folder: Path | str | None = None, encoder: Literal["static", "minilm"] = "static"
) -> "BenchmarkPack":
    """The items of benchmarks, made ready for `contamination`.

    paths: files (.jsonl, .json, .csv, .tsv, also .gz), or folders of them. folder: keep what was made there, under a hash of the
    files' bytes, and find it there the next time. encoder: what rephrased questions are found with; "minilm" finds more and needs
    the extra of its name. Raises BadInput for a file that cannot be read or holds no items, and for an encoder that is not
    installed.
    """
    from tasks.filters.decontamination.building import pack

    return pack([Path(path) for path in paths], Path(folder) if folder else None, encoder=encoder)


def contamination(texts: "Texts", pack: "BenchmarkPack") -> "pa.Table":
    """The benchmark items that `texts` hold, one row for each item found in a text.

    Columns: row (int64, the place of the text), benchmark, item, side ("question" or "answer"), tier ("whole", "8-gram",
    "13-gram" or "rephrased"), ngram (the words that both share), coverage (share of the item's words in shared 8-grams, 0 to 1),
    cosine (of the embeddings; null unless rephrased). By row, then by coverage. The filter rejects rows with a hit of any tier
    but "13-gram".
    """
    from tasks.filters.decontamination.contamination import scan

    return scan(texts, pack)


def personal_data(
    texts: "Texts", entities: Sequence[str] | None = None, names: bool | Sequence[str] = False
) -> "pa.Table":
    """Personal data in `texts`, as presidio's patterns and spaCy find it; what is certainly nobody's is not left out.

    entities: presidio's names, such as "EMAIL_ADDRESS"; None: the six that the filter looks for. names: True to ask the language
    model for those of PERSON, LOCATION, ORGANIZATION and NRP that are among `entities` (all four if none is), or which of them to
    look for. Columns: row (int64, the place of the text), entity, start and end (characters [start, end) of the text), score (0
    to 1). Spans may overlap. Raises KeyError for an entity that nobody finds.
    """
    from tasks.filters.personal_data.detection import NAMED, PERSONAL, find

    wanted = tuple(entities if entities is not None else PERSONAL)
    if names is True and not {*wanted} & {*NAMED}:
        names = NAMED
    if not isinstance(names, bool):
        wanted = tuple(dict.fromkeys((*wanted, *names)))
    return find(texts, wanted, ner=bool(names))


def toxicity(texts: "Texts") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """How likely people would call each text toxic, float64 (texts,), 0 to 1; 0 for None and for a text without words.

    The packaged classifier for English; a long text counts as its worst 40 words. docs/detectors.md says how good it is.
    """
    from tasks.filters.toxicity.toxicity import score

    return score(texts)


def grounding(response: str, passage: str, asked: str = "") -> "GroundingResult":
    """Whether the numbers, names, quotations and most words of a response stand in the passage it was written from.

    asked: the instruction and the turns before it, from which numbers and names may be taken too. Returns `coverage`, the share
    of the response's content words that stand in the passage (0 to 1), and `problem`: None, or the first claim that stands
    nowhere as (reason, detail), such as ("ungrounded_number", "1999").
    """
    from tasks.filters.grounding.grounding import Grounding
    from tasks.text.support import against

    return against(passage, response, asked, Grounding())
