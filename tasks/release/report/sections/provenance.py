"""Where every row comes from, under which licence, and through how many models it went."""

from tasks.release.formatting import count, plural, share
from tasks.release.lookup import counts, number
from tasks.release.report.blocks import Block, Cell, Grid, Line, Section, SideBySide
from tasks.release.report.counting import count_table, value_counts
from tasks.release.report_data import ReportData
from tasks.release.writers import response_writers


def section(data: ReportData) -> Section | None:
    """Completeness of provenance, licences, teachers and generations."""
    rows = data.rows
    if not rows.num_rows:
        return None
    blocks: list[Block] = [_licences(data)]
    missing: list[Line] = [
        [Cell(what, tone="bad"), count(rows)] for what, rows in counts(data.audit, "provenance", "missing")
    ]
    if missing:
        blocks.append(Grid("What rows lack", ("Missing", "Rows"), missing, numbers=(1,), wide=False))
    writers = value_counts(response_writers(rows))
    models = value_counts(rows.column("teacher").drop_null())
    terms: list[Line] = [[name, data.licences[name]] for name, _ in models if name in data.licences]
    if terms:
        blocks.append(Grid("Terms of the models", ("Model", "Terms"), terms, wide=False))
    caption = "Generation: how many models one after another wrote on the row; 0 is none"
    generations = value_counts(rows.column("generation"))
    tables = [
        count_table("Who wrote the responses", "Writer", writers, rows.num_rows),
        count_table(caption, "Generation", generations, rows.num_rows),
    ]
    return Section("provenance", "Provenance and licences", _lead(data), [*blocks, SideBySide(tables)])


def _lead(data: ReportData) -> str:
    unknown = sum(licence in (None, "", "unknown") for licence in data.rows.column("licence").to_pylist())
    lead = f"The licence of {plural(unknown, 'row')} is not known." if unknown else "Every row's licence is known."
    complete = number(data.audit, "provenance", "complete_share")
    if complete is None:
        return lead
    checked, inside = (int(number(data.audit, "provenance", "spans", name) or 0) for name in ("checked", "inside"))
    spans = (
        f"; {share(inside, checked)} of {plural(checked, 'cited span')} lie inside their passages" if checked else ""
    )
    return f"{share(complete)} of the rows can be traced to their source{spans}. {lead}"


def _licences(data: ReportData) -> Block:
    groups = data.rows.group_by(["licence", "source"]).aggregate([("example_id", "count")]).to_pylist()
    named = [
        (group["licence"] or "unknown", group["source"] or "not stated", group["example_id_count"]) for group in groups
    ]
    rows: list[Line] = [
        [
            Cell(licence, tone="warn" if licence == "unknown" else ""),
            source,
            count(number),
            data.licences.get(licence, ""),
        ]
        for licence, source, number in sorted(named, key=lambda line: (-line[2], line[0], line[1]))
    ]
    columns = ("Licence", "Source", "Rows", "Terms")
    known = 4 if any(line[3] for line in rows) else 3
    return Grid("Licences", columns[:known], [line[:known] for line in rows], numbers=(2,), wide=known == 4)
