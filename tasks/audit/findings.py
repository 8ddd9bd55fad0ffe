"""What the checks found on the rows that stayed: safety, grounding, contamination; models that wrote on a row, licences."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tasks.audit.params import Audit
from tasks.audit.personal_data_left import personal_data_left
from tasks.audit.statistics import Floats, Mask, floats, known_mean, lists, mean, rounded, share, value_counts


def safety(rows: pa.Table, sample: pa.Table, chunks: pa.Table, params: Audit) -> dict[str, Any]:
    """Personal data by type and whether it is still there, also by a second search of `sample`; toxicity; and rows made from
    passages that instruct a model."""
    found = lists(rows, "pii")
    toxicity = _known(rows, "toxicity")
    from_instructing, instructing = _instructing(rows, chunks)
    return {
        "pii": {
            "rows": sum(bool(types) for types in found),
            "rows_not_redacted": int(not_redacted(rows).sum()),
            "types": value_counts(entity.partition(":")[0] for types in found for entity in types),
        },
        "personal_data_left": personal_data_left(sample),
        "toxicity": {
            "measured_share": share(len(toxicity), rows.num_rows),
            "mean": known_mean(toxicity),
            "max": rounded(toxicity.max()) if len(toxicity) else None,
            "toxic_share": known_mean(toxicity >= params.toxic_from),
            "toxic_from": params.toxic_from,
        },
        "instruction_like": {"chunks_used": instructing, "rows": int(from_instructing.sum())},
    }


def grounding(rows: pa.Table, params: Audit) -> dict[str, Any]:
    """The share of content words found in the evidence, over all and by how the answer was made."""
    values, known = floats(rows["grounding"]), _known(rows, "grounding")
    methods = np.array(["none" if m is None else m for m in rows["answer_method"].to_pylist()], dtype=object)
    by_method = {}
    for method in value_counts(methods.tolist()):
        own = values[(methods == method) & ~np.isnan(values)]
        if len(own):
            by_method[method] = {"rows": len(own), "mean": mean(own), "min": rounded(own.min())}
    return {
        "measured_share": share(len(known), rows.num_rows),
        "mean": known_mean(known),
        "min": rounded(known.min()) if len(known) else None,
        "p05": rounded(np.percentile(known, 5)) if len(known) else None,
        "grounded_share": known_mean(known >= params.grounded_from),
        "grounded_from": params.grounded_from,
        "by_answer_method": by_method,
    }


def contamination(rows: pa.Table, params: Audit) -> dict[str, Any]:
    """How much of benchmark items stands in the rows."""
    known = _known(rows, "contamination")
    return {
        "measured_share": share(len(known), rows.num_rows),
        "mean": known_mean(known),
        "max": rounded(known.max()) if len(known) else None,
        "touched_share": known_mean(known > 0),
        "contaminated_share": known_mean(known >= params.contaminated_from),
        "contaminated_from": params.contaminated_from,
    }


def coverage(rows: pa.Table, chunks: pa.Table) -> dict[str, Any]:
    """How many passages and documents released rows stand on or were made from; nothing for data that came without documents."""
    if not chunks.num_rows:
        return {}
    cited = pc.unique(pc.struct_field(pc.list_flatten(rows["evidence"].combine_chunks()), "chunk_id"))
    used = pa.concat_arrays([cited, rows["parent_id"].combine_chunks()])
    inside = chunks.filter(pc.is_in(chunks["chunk_id"], value_set=used))
    return {
        "passages": chunks.num_rows,
        "used": inside.num_rows,
        "share": share(inside.num_rows, chunks.num_rows),
        "documents": len(pc.unique(chunks["document_id"])),
        "documents_used": len(pc.unique(inside["document_id"])),
    }


def generations(rows: pa.Table) -> dict[str, Any]:
    """How many models wrote on a row, one after another: each further one narrows a dataset (Shumailov et al. 2024)."""
    depth = [0 if value is None else value for value in rows["generation"].to_pylist()]
    return {
        "rows": value_counts(str(value) for value in depth),
        "mean": mean(depth),
        "max": max(depth, default=0),
        "deep_share": share(sum(value >= 2 for value in depth), len(depth)),
        "human_share": share(sum(origin == "human" for origin in rows["origin"].to_pylist()), len(depth)),
    }


def licences(rows: pa.Table) -> dict[str, Any]:
    """Rows under each licence, and the share of which none is known."""
    return {
        "rows": value_counts(rows["licence"].to_pylist()),
        "unknown_share": share(int((~licence_known(rows)).sum()), rows.num_rows),
    }


def not_redacted(rows: pa.Table) -> Mask:
    """Rows with personal data in a column that the filter did not redact."""
    found: Mask = np.asarray(pc.fill_null(pc.list_value_length(rows["pii"]), 0).to_numpy() > 0)
    some = rows.select(["pii", "changes"]).filter(pa.array(found))
    open_columns = [
        {entity.partition(":")[2] for entity in entities}
        - {c.removeprefix("pii:") for c in changed if c.startswith("pii:")}
        for entities, changed in zip(lists(some, "pii"), lists(some, "changes"), strict=True)
    ]
    found[found] = [bool(columns) for columns in open_columns]
    return found


def licence_known(rows: pa.Table) -> Mask:
    """Rows that name their licence."""
    licence = pc.utf8_lower(pc.fill_null(rows["licence"], "unknown"))
    return ~np.asarray(pc.is_in(licence, pa.array(["unknown", ""])).to_numpy(), dtype=bool)


def instruction_like(rows: pa.Table, chunks: pa.Table) -> Mask:
    """Rows with evidence in a passage that tries to instruct a model."""
    return _instructing(rows, chunks)[0]


def _instructing(rows: pa.Table, chunks: pa.Table) -> tuple[Mask, int]:
    flagged = {
        chunk_id
        for chunk_id, flags in zip(chunks["chunk_id"].to_pylist(), lists(chunks, "flags"), strict=True)
        if "instruction_like" in flags
    }
    if not flagged:
        return np.zeros(rows.num_rows, dtype=bool), 0
    used = [flagged.intersection(span["chunk_id"] for span in spans) for spans in lists(rows, "evidence")]
    return np.array([bool(ids) for ids in used], dtype=bool), len(set().union(*used))


def _known(rows: pa.Table, name: str) -> Floats:
    values = floats(rows[name])
    return values[~np.isnan(values)]
