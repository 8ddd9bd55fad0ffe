"""Small drawings by matplotlib, as SVG that lives inside the page: its colours follow light and dark, its text is text.

Only numbers and our own words are ever drawn; names that come from data are set by the page, which escapes them. Equal
input gives equal bytes: ids are salted with the drawing's name and no date is written.
"""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from markupsafe import Markup, escape
from matplotlib import ticker
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

QUIET, LINE, KEPT, SOFT, LOST, WARN = "#010101", "#020202", "#030303", "#040404", "#050505", "#060606"
PAPER, INK = "#070707", "#080808"
VARIABLES: Final = {
    **{QUIET: "--quiet", LINE: "--line", KEPT: "--kept", SOFT: "--kept-soft", LOST: "--lost", WARN: "--warn"},
    **{PAPER: "--paper", INK: "--ink"},
}
"""Colours to draw with; each becomes the page's variable of that name."""
WIDTH: Final = 5.2
"""Inches: at 72 points to the inch about as wide as a phone's page, so that letters keep their size everywhere."""


def histogram(
    name: str, title: str, values: Sequence[float], unit: str, within: tuple[float, float] | None = None
) -> Markup:
    """How many rows have which value; one bin a whole number where there are few, 30 bins otherwise or of `within`.

    The largest hundredth is gathered in the last bin, so that one giant does not flatten the rest.
    """
    data = np.asarray([value for value in values if value is not None], float)
    top = float(np.quantile(data, 0.99)) if len(data) else 1.0
    low = float(data.min()) if len(data) else 0.0
    whole = bool(len(data)) and bool((data == np.floor(data)).all())
    edges = np.linspace(*within, 31) if within else _edges(low, max(top, low + (1 if whole else 1e-6)), whole)
    counts, _ = np.histogram(np.minimum(data, edges[-1]), edges)
    middle = float(np.median(data)) if len(data) else 0.0
    most = data.max() if len(data) else 0
    description = f"{len(data):,} rows from {low:,.3g} to {most:,.4g} {unit}, median {middle:,.4g}."
    with _canvas(1.9) as (figure, axes):
        axes.bar(edges[:-1], counts, np.diff(edges), align="edge", color=KEPT, linewidth=0.6, edgecolor=SOFT)
        axes.set_xlabel(unit, color=QUIET)
        axes.set_xlim(edges[0], edges[-1])
        if len(data):
            right = middle > (edges[0] + edges[-1]) / 2
            axes.axvline(middle, color=LOST, linewidth=1.2)
            axes.annotate(
                f"median {middle:,.4g}", (middle, 1.0), xycoords=("data", "axes fraction"), xytext=(-4 if right else 4, 1),
                textcoords="offset points", ha="right" if right else "left", va="bottom", color=WARN,
            )  # fmt: skip
        return _svg(figure, name, title, description)


def ranked(name: str, title: str, values: Sequence[float], unit: str, even: float | None = None) -> Markup:
    """Values from the largest to the smallest as thin bars; `even` draws where all would stand if they were equal."""
    ordered = sorted(values, reverse=True)
    with _canvas(1.9) as (figure, axes):
        axes.bar(range(1, len(ordered) + 1), ordered, 0.82, color=KEPT, linewidth=0)
        axes.set_xlabel(unit, color=QUIET)
        axes.set_xlim(0.4, len(ordered) + 0.6)
        if even is not None and ordered:
            axes.axhline(even, color=LOST, linewidth=1.2)
            axes.annotate(
                f"even: {even:,.3g}", (1.0, even), xycoords=("axes fraction", "data"), xytext=(0, 3),
                textcoords="offset points", ha="right", color=WARN,
            )  # fmt: skip
        span = f"from {ordered[0]:,.4g} down to {ordered[-1]:,.4g}" if ordered else "none"
        return _svg(figure, name, title, f"{len(ordered):,} values, {span}.")


def buckets(name: str, title: str, edges: Sequence[int], counts: Sequence[int]) -> Markup:
    """Whole numbers counted in bins of growing width, drawn equally wide: `edges` has one more than `counts`."""
    labels = [str(low) if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(edges)]
    with _canvas(1.9) as (figure, axes):
        axes.bar(range(len(counts)), counts, 0.86, color=KEPT, linewidth=0)
        axes.set_xticks(range(len(counts)), labels)
        description = ", ".join(f"{label}: {number:,}" for label, number in zip(labels, counts, strict=True))
        return _svg(figure, name, title, f"Rows by number. {description}.")


def beside(
    name: str, title: str, counted: Sequence[tuple[Sequence[int], Sequence[int]]], labels: Sequence[str]
) -> Markup:
    """Shares of rows in bins, for this release and others: `counted` has (edges, counts) of each, the bins of one series."""
    edges = sorted({edge for edges, _ in counted for edge in edges[:-1]})
    last = max(edges_of[-1] for edges_of, _ in counted if edges_of)
    names = [str(low) if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise([*edges, last])]
    width, description = 0.84 / len(counted), []
    with _canvas(2.1) as (figure, axes):
        for position, ((lows, counts), label) in enumerate(zip(counted, labels, strict=True)):
            whole = sum(counts) or 1
            shares = dict(zip(lows, (count / whole for count in counts), strict=False))
            heights = [100 * shares.get(edge, 0.0) for edge in edges]
            at = [bin_ - 0.42 + width * (position + 0.5) for bin_ in range(len(edges))]
            axes.bar(at, heights, width * 0.92, color=(KEPT, SOFT, LOST)[position % 3], label=label, linewidth=0)
            description.append(
                f"{label}: " + ", ".join(f"{n} {h:.3g}%" for n, h in zip(names, heights, strict=True) if h)
            )
        axes.set_xticks(range(len(edges)), names)
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}%"))
        axes.legend(frameon=False, labelcolor=QUIET, handlelength=0.8, handleheight=0.8, fontsize=9)
        return _svg(figure, name, title, "; ".join(description) + ".")


def embedding_map(
    name: str,
    title: str,
    points: Sequence[tuple[float, float]],
    marked: Sequence[bool],
    labels: Sequence[tuple[str, float, float]],
) -> Markup:
    """Points on a map; those that are `marked` stand out. `labels` (text, x, y) lie above them."""
    plane = np.asarray(points, float).reshape(-1, 2)
    thin = np.asarray(marked, bool)
    with _canvas(4.4) as (figure, axes):
        axes.scatter(plane[~thin, 0], plane[~thin, 1], s=9, color=KEPT, alpha=0.45, linewidths=0)
        axes.scatter(plane[thin, 0], plane[thin, 1], s=17, color=LOST, linewidths=0, marker="D")
        for text, x, y in labels:
            axes.text(
                x, y, text, ha="center", va="center", color=INK, fontsize=10, weight="bold",
                bbox={"boxstyle": "round,pad=0.18", "facecolor": PAPER, "edgecolor": LINE, "linewidth": 0.7},
            )  # fmt: skip
        axes.set_axis_off()
        axes.set_xlim(-0.03, 1.03)
        axes.set_ylim(-0.03, 1.03)
        description = f"{len(plane):,} instructions, {int(thin.sum()):,} of them in the smallest clusters."
        return _svg(figure, name, title, description)


def curve(name: str, title: str, values: Sequence[float], unit: str) -> Markup:
    """Shares (0 … 1) one after another, numbered from 1, as a line from the first to the last."""
    numbers = range(1, len(values) + 1)
    with _canvas(1.9) as (figure, axes):
        axes.plot(numbers, [100 * value for value in values], color=KEPT, linewidth=1.6, marker="o", markersize=3)
        axes.set_ylim(0, 104)
        axes.set_xlim(0.5, max(len(values), 2) + 0.5)
        axes.xaxis.set_major_locator(ticker.MaxNLocator(7, integer=True))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}%"))
        axes.set_xlabel(unit, color=QUIET)
        description = ", ".join(f"{unit} {n}: {value:.0%}" for n, value in zip(numbers, values, strict=True))
        return _svg(figure, name, title, f"{description}.")


def trend(name: str, title: str, versions: Sequence[int], values: Sequence[float | None]) -> Markup:
    """A figure of every release, one bar each, oldest first; a release that did not measure it leaves a gap."""
    shown_at = [position for position, value in enumerate(values) if value is not None]
    heights = [value for value in values if value is not None]
    with _canvas(1.6) as (figure, axes):
        axes.bar(
            shown_at, heights, 0.72, color=[KEPT if position == len(values) - 1 else SOFT for position in shown_at]
        )
        shown = range(0, len(versions), max(1, -(-len(versions) // 10)))
        axes.set_xticks(list(shown), [str(versions[position]) for position in shown])
        axes.set_xlim(-0.6, max(len(versions), 4) - 0.4)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(3, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.4g}"))
        axes.set_xlabel("version", color=QUIET)
        description = ", ".join(f"version {versions[position]}: {values[position]:,.4g}" for position in shown_at[-20:])
        return _svg(figure, name, title, description or "Not measured in any release.")


STYLE: Final[dict[Any, Any]] = {
    **{"svg.fonttype": "none", "text.parse_math": False, "font.size": 9.5, "font.family": "DejaVu Sans"},
    **{f"axes.spines.{side}": False for side in ("top", "right", "left")},
    **{"axes.edgecolor": LINE, "axes.axisbelow": True, "axes.grid": True, "axes.grid.axis": "y"},
    **{"grid.color": LINE, "grid.linewidth": 0.7, "xtick.color": LINE, "xtick.labelcolor": QUIET},
    **{"ytick.color": LINE, "ytick.labelcolor": QUIET, "ytick.left": False},
}


@contextmanager
def _canvas(height: float) -> Iterator[tuple[Figure, Axes]]:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        axes = figure.add_subplot()
        axes.patch.set_visible(False)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4, integer=True, steps=[1, 2, 5, 10]))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.xaxis.set_major_locator(ticker.MaxNLocator(7, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: f"{value:,.4g}"))
        yield figure, axes


def _svg(figure: Figure, name: str, title: str, description: str) -> Markup:
    """The figure as an `svg` element: named for those who cannot see it, ids unique on the page, colours as variables."""
    stream = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawing = stream.getvalue()
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<metadata>(?:(?!<metadata>).)*?</metadata>|<!--(?:(?!<!--).)*?-->", "", drawing, flags=re.DOTALL)
    box = re.search(r'viewBox="([^"]+)"', drawing)
    body = drawing[drawing.index(">") + 1 :]
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', body))
    body = re.sub(r' id="([^"]+)"', lambda m: f' id="{name}-{m.group(1)}"' if m.group(1) in used else "", body)
    body = re.sub(r'(url\(#|href="#)', rf"\g<1>{name}-", body).replace("xlink:href", "href")
    body = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", body)
    for colour, variable in VARIABLES.items():
        body = body.replace(colour, f"var({variable})")
    body = re.sub(r"\n\s*", "\n", body)
    assert box is not None
    head = (
        f'<svg role="img" viewBox="{box.group(1)}" aria-labelledby="{name}-title {name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(description)}</desc>'
    )
    return Markup(head + body)  # noqa: S704  (drawn from numbers and our own words)


def _edges(low: float, top: float, whole: bool) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Edges of about 30 bins; whole numbers stand in the middle of theirs."""
    if whole:
        step = max(1.0, float(np.ceil((top - low + 1) / 30)))
        return np.asarray(np.arange(low - 0.5, top + step, step), np.float64)
    return np.linspace(low, top, 31, dtype=np.float64)
