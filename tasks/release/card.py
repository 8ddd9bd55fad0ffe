"""The dataset card: README.md in the form that dataset hubs read, YAML front matter and Markdown.

Text from data never becomes markup: `plain` escapes every character that Markdown or HTML gives a meaning.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final

import pyarrow.compute as pc
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tasks.release.fields import FIELDS
from tasks.release.lookup import number, part, records
from tasks.release.released import splits
from tasks.release.report.counting import value_counts
from tasks.release.report_data import ReportData
from tasks.release.writers import response_writers, wrote_nothing

HUB_LICENCES: Final = frozenset(
    "apache-2.0 mit bsd-2-clause bsd-3-clause cc0-1.0 cc-by-2.0 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-4.0 "  # noqa: SIM905
    "cc-by-nc-sa-4.0 cc-by-nd-4.0 gpl-2.0 gpl-3.0 lgpl-3.0 mpl-2.0 odc-by odbl pddl unlicense artistic-2.0 "
    "cdla-permissive-2.0 unknown other".split()
)
"""Identifiers that the hub's `license` field knows (huggingface.co/docs/hub/repositories-licenses); others are "other"."""
SIZES: Final = ((10**3, "n<1K"), (10**4, "1K<n<10K"), (10**5, "10K<n<100K"), (10**6, "100K<n<1M"), (10**7, "1M<n<10M"))
MARKUP: Final = re.compile(r"([\\`*_\[\]{}|~$])")
REFERENCES: Final = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ("://", "&#58;//"),
    ("www.", "www&#46;"),
    ("@", "&#64;"),
)
"""HTML, and what GitHub's Markdown makes a link without being asked."""
OPENING: Final = re.compile(r"^(\d*)([-+#=.):])")
"""What begins a list, a heading or a rule at the start of a line."""
SPACE: Final = re.compile(r"\s+|[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def card(data: ReportData) -> str:
    """README.md of a release. Equal dossiers give equal text."""
    rows = data.rows
    body = _environment().get_template("card.md.j2").render(
        data=data,
        rows=rows.num_rows,
        licences=value_counts(rows.column("licence"), "unknown"),
        sources=value_counts(rows.column("source")),
        splits=value_counts(rows.column("split")) if rows["split"].null_count < rows.num_rows else [],
        writers=value_counts(response_writers(rows)),
        written_by_models=not wrote_nothing(rows),
        fields=[(name, str(rows.schema.field(name).type), FIELDS[name]) for name in rows.column_names if name in FIELDS],
        figures=_figures(data),
        changes=_changes(data),
    )  # fmt: skip
    return f"---\n{yaml.safe_dump(_front(data), sort_keys=False, allow_unicode=True, width=10_000)}---\n\n{body}"


def plain(value: Any) -> str:
    """`value` as one line of Markdown that shows its characters and means nothing else."""
    text = _line(str(value))
    for character, reference in REFERENCES:
        text = text.replace(character, reference)
    return OPENING.sub(r"\1\\\2", MARKUP.sub(r"\\\1", text))


def _line(text: str) -> str:
    return SPACE.sub(" ", text).strip()


def _front(data: ReportData) -> dict[str, Any]:
    rows = data.rows
    names = sorted({_line(name or "unknown").lower() for name in rows.column("licence").to_pylist()}) or ["unknown"]
    known = [name for name in names if name in HUB_LICENCES]
    front: dict[str, Any] = {"pretty_name": f"{data.dataset} {data.version}"}
    front["license"] = known if len(known) == len(names) else "other"
    if len(known) != len(names):
        front["license_name"] = " and ".join(names)
    front["language"] = sorted({_line(name) for name in rows.column("language").drop_null().to_pylist()}) or ["en"]
    front["size_categories"] = [next((name for top, name in SIZES if rows.num_rows < top), "n>10M")]
    answers = ["question-answering"] if rows.column("evidence").null_count < rows.num_rows else []
    front["task_categories"] = ["text-generation", *answers]
    synthetic = ["synthetic"] if "synthetic" in rows.column("origin").to_pylist() else []
    front["tags"] = ["instruction-tuning", "instructory", *synthetic]
    # loaders cache rows by the names of folder and configuration, and folders of two datasets may both be called "1"
    name = f"{data.dataset}-{data.version or 'draft'}-{data.content[:12]}"
    front["configs"] = [
        {
            "config_name": name,
            "data_files": [{"split": side, "path": f"data/{side}-*.parquet"} for side in splits(rows)],
        }
    ]
    return front


def _figures(data: ReportData) -> list[tuple[str, str]]:
    """(measure, value) for each of the audit's qualities and for the scores on the rows."""
    qualities = part(data.audit, "qualities")
    scores = {name: number(record, "score") for name, record in qualities.items()}
    found = [(name.replace("_", " "), f"{score:.1%} of rows") for name, score in scores.items() if score is not None]
    for name in ("grounding", "toxicity", "contamination"):
        column = data.rows.column(name)
        if column.null_count < len(column):
            low, mean, high = pc.min(column).as_py(), pc.mean(column).as_py(), pc.max(column).as_py()
            found.append((name, f"mean {mean:.3g}, from {low:.3g} to {high:.3g}"))
    return found


def _changes(data: ReportData) -> str:
    if data.previous is None:
        return "This is the first release."
    facts = part(data.audit, "comparison")
    numbers = {name: number(facts, name) for name in ("added", "removed", "changed", "same")}
    parts = [f"{value:,.0f} {name}" for name, value in numbers.items() if value is not None]
    since = (
        f"Rows since version {data.previous}: {', '.join(parts)}." if parts else f"It follows version {data.previous}."
    )
    worse = [plain(record.get("figure")) for record in records(facts, "regressions")]
    return f"{since} Worse than allowed: {', '.join(worse)}." if worse else since


@cache
def _environment() -> Environment:
    environment = Environment(  # noqa: S701  (Markdown, not HTML: `plain` escapes)
        loader=FileSystemLoader(Path(__file__).parent),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["plain"] = plain
    return environment
