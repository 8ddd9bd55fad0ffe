"""What small students say of the release, once `instructory ablate` has asked them: how likely they find answers they never saw."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from tasks.release.formatting import count, share
from tasks.release.lookup import number, records
from tasks.release.report.blocks import Block, Cell, Grid, Line, Section, Tone
from tasks.release.report_data import ReportData

TONES: Final[Mapping[str, Tone]] = {"better": "good", "worse": "bad"}


def section(data: ReportData) -> Section | None:
    """The loss of each part's students, what was found of pairs of parts, and what follows for the next mix."""
    parts = records(data.ablation, "parts")
    if not parts:
        return None
    losses = _comparisons("What the differences allow to say", records(data.ablation, "comparisons"))
    blocks: list[Block] = [_parts(parts), losses]
    if exact := records(data.ablation, "exact"):
        blocks.append(_comparisons("Short answers that the students wrote as they are, by share", exact))
    if rates := records(data.ablation, "win_rates"):
        blocks.append(_win_rates(rates))
    return Section("ablation", "Does it help a model?", _lead(data.ablation), blocks)


def _lead(found: Mapping[str, Any]) -> str:
    said = [f"{line[:1].upper()}{line[1:]}." for name in ("advice", "warnings") for line in found.get(name) or ()]
    exponent = number(found, "exponent")
    if exponent is not None:
        said.insert(0, f"Twice the data would bring {1 - 2**-exponent:.1%} less loss, if the curve goes on so.")
    return " ".join(
        ["Small models learnt from parts of the release and were asked for answers that they never saw.", *said]
    )


def _parts(parts: Sequence[Mapping[str, Any]]) -> Grid:
    most = max(number(one, "loss") or 0.0 for one in parts) or 1.0
    lines: list[Line] = [
        [
            Cell(str(one.get("part"))),
            count(number(one, "rows")),
            count(number(one, "tokens")),
            Cell(f"{number(one, 'loss') or 0.0:.3f}", share=(number(one, "loss") or 0.0) / most),
            "–" if number(one, "exact") is None else share(number(one, "exact") or 0.0),
        ]
        for one in parts
    ]
    columns = ("Learnt from", "Rows", "Tokens", "Loss", "Exact")
    return Grid("Loss on held-out answers, nats per token: less is better", columns, lines, (1, 2, 3, 4))


def _comparisons(caption: str, found: Sequence[Mapping[str, Any]]) -> Grid:
    columns = ("Part", "Against", "Gain", "95 % interval", "Finding")
    return Grid(caption, columns, [_line(one) for one in found], (2, 3))


def _win_rates(found: Sequence[Mapping[str, Any]]) -> Grid:
    columns = ("Part", "Against", "Judge", "Won", "95 % interval", "Won, tied, lost", "Not judged", "Finding")
    return Grid(
        "Answers to held-out instructions that a judge prefers, asked in both orders; a tie counts as half",
        columns,
        [_win_rate(one) for one in found],
        (3, 4, 5, 6),
    )


def _win_rate(one: Mapping[str, Any]) -> Line:
    rate, finding = number(one, "rate"), str(one.get("finding"))
    return [
        Cell(str(one.get("part"))),
        str(one.get("other")),
        str(one.get("judge")),
        "–" if rate is None else share(rate),
        f"{number(one, 'low') or 0.0:.1%} to {number(one, 'high') or 0.0:.1%}",
        ", ".join(count(number(one, name)) for name in ("wins", "ties", "losses")),
        count(number(one, "unjudged")),
        Cell(finding, tone=TONES.get(finding, "")),
    ]


def _line(one: Mapping[str, Any]) -> Line:
    low, high, finding = number(one, "low"), number(one, "high"), str(one.get("finding"))
    interval = "one seed" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    gain = f"{number(one, 'gain') or 0.0:+.3f}"
    return [
        Cell(str(one.get("part"))),
        str(one.get("other")),
        gain,
        interval,
        Cell(finding, tone=TONES.get(finding, "")),
    ]
