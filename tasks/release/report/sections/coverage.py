"""What the rows are about: embedding clusters and readable themes."""

import pyarrow.compute as pc

from tasks.release.facts import Dossier
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Chart, Charts, Fold, Section, Side
from tasks.release.report.measured import measured
from tasks.release.report.tally import present, tally, tallied
from tasks.release.report.words import plural, share


def section(dossier: Dossier) -> Section | None:
    """Cluster sizes, themes with their rows, and what the audit says of diversity."""
    rows = dossier.rows
    found: list[Block] = []
    leads = []
    if present(rows.column("cluster")):
        sizes = [number for _, number in tally(rows.column("cluster").drop_null())]
        drawing = charts.ranked(
            "clusters", "Rows in each cluster", sizes, "clusters, largest first", sum(sizes) / len(sizes)
        )
        found.append(Charts([Chart(drawing, "Rows in each embedding cluster of the instructions")]))
        largest = share(sizes[0], sum(sizes))
        leads.append(f"The instructions fall into {plural(len(sizes), 'cluster')}, the largest with {largest} of the rows.")
    if present(rows.column("theme_label")):
        themed = rows.filter(pc.not_equal(pc.fill_null(rows.column("theme"), -1), -1))
        themes = tally(themed.column("theme_label"))
        caption = "Themes, named by their most typical words"
        found.append(tallied(caption, "Theme", themes, rows.num_rows, full=themes[0][1] if themes else 0))
        outside = rows.num_rows - themed.num_rows
        leads.append(
            f"{plural(len(themes), 'theme')} stand out; {share(outside, rows.num_rows)} of the rows belong to none."
        )
    found = [Side(found)] if len(found) == 2 else found
    for name, facts in (("diversity", dossier.audit.get("diversity")), ("themes", dossier.themes)):
        if facts:
            found.append(Fold(f"What was measured: {name}", measured(name, facts)))
    return Section("coverage", "Coverage and themes", " ".join(leads), found) if found else None
