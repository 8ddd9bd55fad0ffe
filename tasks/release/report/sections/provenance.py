"""Where every row comes from, and under which licence."""

import pyarrow as pa
import pyarrow.compute as pc

from tasks.release.facts import Dossier
from tasks.release.report.blocks import Block, Cell, Fold, Grid, Section
from tasks.release.report.measured import measured
from tasks.release.report.tally import tallied, tally
from tasks.release.report.words import count, share

NEEDED = ("source", "parent_id", "origin", "method", "licence")
"""Columns that a row must have to be traced."""


def section(dossier: Dossier) -> Section | None:
    """Completeness of provenance, licences, teachers and how deep the models stand."""
    rows = dossier.rows
    if not rows.num_rows:
        return None
    complete = pa.array([True] * rows.num_rows)
    for name in NEEDED:
        complete = pc.and_(complete, pc.is_valid(rows.column(name)).combine_chunks())
    unknown = pc.sum(pc.equal(pc.fill_null(rows.column("licence"), "unknown"), "unknown")).as_py()
    lead = f"{share(pc.sum(complete).as_py(), rows.num_rows)} of the rows name their source, parent, author, method and licence"
    lead += f"; the licence of {count(unknown)} is not known." if unknown else "; every licence is known."
    tables: list[Block] = [_licences(dossier)]
    tables += [
        tallied(caption, name, tally(rows.column(column), none), rows.num_rows)
        for column, name, caption, none in (
            ("teacher", "Teacher", "Models that wrote responses", "no model"),
            ("generation", "Generation", "How many models deep: 0 means that no model wrote it", "not stated"),
        )
    ]
    if extra := dossier.audit.get("provenance"):
        tables.append(Fold("What the audit measured", measured("provenance", extra)))
    return Section("provenance", "Provenance and licences", lead, tables)


def _licences(dossier: Dossier) -> Grid:
    groups = dossier.rows.group_by(["licence", "source"]).aggregate([("example_id", "count")]).to_pylist()
    lines = [
        (group["licence"] or "unknown", group["source"] or "not stated", group["example_id_count"]) for group in groups
    ]
    rows = [
        [
            Cell(licence, tone="warn" if licence == "unknown" else ""),
            source,
            count(number),
            dossier.licences.get(licence, ""),
        ]
        for licence, source, number in sorted(lines, key=lambda line: (-line[2], line[0], line[1]))
    ]
    return Grid("Licences", ("Licence", "Source", "Rows", "Terms"), rows, numbers=(2,))
