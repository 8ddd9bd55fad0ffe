"""Methods that go in rounds: what each round made, what was kept of it, and why the rest was not.

Shown for every stage whose facts hold `rounds`: a list of {asked, made, kept, rejected: {reason: rows}, failed}, as
`tasks.generation.rounds` writes it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.release.formatting import count, in_words, plural, share
from tasks.release.lookup import counts, number, records
from tasks.release.report import charts
from tasks.release.report.blocks import Block, Cell, Chart, Charts, Grid, Line, Section
from tasks.release.report.counting import count_table
from tasks.release.report_data import ReportData, StageFacts

SHOWN: Final = 40
"""Rounds that the table lists: the first and the last."""


def section(data: ReportData) -> Section | None:
    """For each such stage the share of rows kept over its rounds, and the rounds as a table."""
    ran = [(stage, records(stage.facts, "rounds")) for stage in data.stages]
    ran = [(stage, rounds) for stage, rounds in ran if rounds]
    blocks = [block for stage, rounds in ran for block in _stage(stage, rounds)]
    return Section("rounds", "Rounds of generation", " ".join(_lead(*one) for one in ran), blocks) if ran else None


def _lead(stage: StageFacts, rounds: Sequence[Mapping[str, Any]]) -> str:
    made, kept = (sum(int(number(one, name) or 0) for one in rounds) for name in ("made", "kept"))
    distinct = number(stage.facts, "distinct_tasks")
    tasks = f", {plural(int(distinct), 'distinct task')}" if distinct is not None else ""
    went = f"{stage.stage} made {plural(made, 'row')} in {plural(len(rounds), 'round')}"
    return f"{went} and kept {share(kept, made)} of them{tasks}."


def _stage(stage: StageFacts, rounds: Sequence[Mapping[str, Any]]) -> list[Block]:
    kept = [(number(one, "kept") or 0) / max(number(one, "made") or 0, 1) for one in rounds]
    title = f"Share of rows kept in each round of {stage.stage}"
    drawing = charts.curve(f"rounds-{stage.stage}", title, kept, "round")
    reasons = Counter[str]()
    for one in rounds:
        reasons.update(dict(counts(one, "rejected")))
    total = reasons.total()
    found: list[Block] = [Charts([Chart(drawing, title)])]
    if total:
        caption = f"Why rows of {stage.stage} were rejected"
        named = [(in_words(reason), rows) for reason, rows in reasons.most_common()]
        found.append(count_table(caption, "Reason", named, total, full=named[0][1]))
    listed = [*enumerate(rounds, 1)]
    listed = listed if len(listed) <= SHOWN else [*listed[: SHOWN // 2], *listed[-SHOWN // 2 :]]
    columns = ("Round", "Requests", "Rows made", "Kept", "Share kept", "Rejected", "Failed")
    lines = [_line(n, one) for n, one in listed]
    return [*found, Grid(f"Rounds of {stage.stage}", columns, lines, tuple(range(1, 7)))]


def _line(position: int, one: Mapping[str, Any]) -> Line:
    asked = number(one, "asked")
    made, kept, failed = (int(number(one, name) or 0) for name in ("made", "kept", "failed"))
    requests = "–" if asked is None else count(int(asked))
    rejected = sum(rows for _, rows in counts(one, "rejected"))
    figures = (
        requests,
        count(made),
        count(kept),
        share(kept, made),
        count(rejected),
        count(failed),
    )
    return [Cell(str(position)), *figures]
