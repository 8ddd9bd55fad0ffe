"""Where every row comes from, under which licence, and how deep in models."""

from tasks.release.lookup import counts, number
from tasks.release.report.blocks import Block, Cell, Grid, Line, Note, Section, SideBySide
from tasks.release.report.counting import count_table, value_counts
from tasks.release.report.formatting import count, plural, share
from tasks.release.report_data import ReportData


def section(data: ReportData) -> Section | None:
    """Completeness of provenance, licences, teachers and generations."""
    rows = data.rows
    if not rows.num_rows:
        return None
    blocks: list[Block] = [_licences(data), *_missing(data)]
    models = count_table(
        "Models that wrote responses", "Model", value_counts(rows.column("teacher"), "no model"), rows.num_rows
    )
    terms: list[Line] = [
        [name, data.licences.get(name, "")] for name, _ in value_counts(rows.column("teacher"), "") if name
    ]
    if terms:
        blocks.append(Grid("Terms of the models", ("Model", "Terms"), terms, wide=False))
    caption = "How many models deep: 0 means that no model wrote it"
    depths = count_table(caption, "Generation", value_counts(rows.column("generation")), rows.num_rows)
    return Section("provenance", "Provenance and licences", _lead(data), [*blocks, SideBySide([models, depths])])


def _lead(data: ReportData) -> str:
    complete, licences = (
        number(data.audit, "provenance", "complete_share"),
        data.rows.column("licence").to_pylist(),
    )
    unknown = sum(licence in (None, "", "unknown") for licence in licences)
    told = f"The licence of {plural(unknown, 'row')} is not known." if unknown else "Every row's licence is known."
    if complete is None:
        return told
    checked, inside = (int(number(data.audit, "provenance", "spans", name) or 0) for name in ("checked", "inside"))
    spans = (
        f"; {share(inside, checked)} of {plural(checked, 'evidence span')} lie inside their passages" if checked else ""
    )
    return f"{share(complete)} of the rows have all that traces them to their source{spans}. {told}"


def _missing(data: ReportData) -> list[Block]:
    missing = counts(data.audit, "provenance", "missing")
    lines: list[Line] = [[Cell(what, tone="bad"), count(rows)] for what, rows in missing]
    return [Grid("What rows lack", ("Missing", "Rows"), lines, numbers=(1,), wide=False)] if lines else []


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
    if not rows:
        return Note("No row names a licence.", "warn")
    if not any(line[3] for line in rows):
        return Grid("Licences", ("Licence", "Source", "Rows"), [line[:3] for line in rows], numbers=(2,), wide=False)
    return Grid("Licences", ("Licence", "Source", "Rows", "Terms"), rows, numbers=(2,))
