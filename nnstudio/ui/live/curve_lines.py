"""What the curves can show, and a curve as the points of a line: of a long run the lowest and the highest of
some epochs each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg

from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.table_unit import OF_VALUES, is_in_other_form
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.explain.curves import OutputCurves, smooth
from nnstudio.explain.layer_names import known_layer
from nnstudio.explain.metrics import Metric, MetricCurve, fitting, has_accuracy
from nnstudio.model.quantity import in_digits
from nnstudio.training.curve import MIDDLE, Curve, stands_at
from nnstudio.training.journal import EpochPart, TrainingStatistics
from nnstudio.ui.widgets.line_colours import MORE_COLOURS
from nnstudio.ui.widgets.theme import theme

# A screen has no more columns.
MAX_POINTS = 600
# Opacity of what lies inside of epochs, in two hexadecimal digits: it is rougher than the mean of an epoch.
FAINT = "90"
# What such a line is called.
PARTS = "within an epoch"
# From this share of a curve on, nothing leads from one measurement to the next; so few get a dot each.
GAP, DOTTED = 0.1, 60


class Quantity(NamedTuple):
    """What the lower plot can show; ``remark``: what one must know of it, and the whole of that."""

    id: str
    title: str
    label: str
    remark: str = ""
    whole: str = ""


ACCURACY = Quantity("accuracy", "Accuracy", "accuracy")
REAL = Quantity(
    "accuracy", REAL_RIGHT.capitalize(), REAL_RIGHT, "100% is not the goal",
    f"Neither 100% {REAL_RIGHT} is the goal, nor are falling losses.",
)  # fmt: skip
QUANTITIES = (
    Quantity("rate", "Learning rate", "rate"),
    Quantity("gradient_norm", "Gradient norm", "gradient"),
    Quantity("weight_norm", "Weight norm", "weights"),
    Quantity("updates", "Update-to-weight ratio", "update"),
)


def quantities_for(data: Dataset | None) -> list[Quantity]:
    """What data has: accuracy and metrics of classes, or of numbers."""
    if data is not None and holds_only_real(data):
        # The other metrics need samples of both classes.
        return [REAL, *QUANTITIES]
    metrics = [_quantity(metric, data) for metric in (fitting(len(data.classes)) if data else [])]
    accuracy = [ACCURACY] if data is None or has_accuracy(data) else []
    return [*accuracy, *metrics, *QUANTITIES]


def _quantity(metric: Metric, data: Dataset | None) -> Quantity:
    is_other = metric.id == "r2" and data is not None and is_in_other_form(data)
    return Quantity(metric.id, metric.title, f"{metric.label}{OF_VALUES if is_other else ''}")


class Line(NamedTuple):
    """One line: its values by epoch, name and colour; ``is_earlier``: of a run before; ``has_dots``: its
    values stand out, as there are epochs without.
    """

    x: np.ndarray
    y: np.ndarray
    name: str
    colour: str
    is_earlier: bool = False
    has_dots: bool = False


def drawable(rows: Curve) -> Curve:
    """The curve itself where each epoch has a point; else a copy whose rows have two each."""
    return rows if len(rows) <= MAX_POINTS and rows.span == 1 else rows.thinned(MAX_POINTS // 2)


def line_of(rows: Curve, name: str, colour: str, smoothing: float) -> Line:
    """A quantity of a drawable curve. Smoothed it goes through the last value of each row."""
    x, last, span = stands_at(rows, name), rows.column(name), rows.column("span")
    if smoothing:
        return Line(x, smooth(last, smoothing), name, colour)
    if not (span > 1).any():
        return Line(x, last, name, colour)
    low, high = rows.column(f"{name}_lowest"), rows.column(f"{name}_highest")
    # The one first that is farther from where the row ends.
    falls = np.abs(last - low) < np.abs(high - last)
    pairs = np.stack([np.where(falls, high, low), np.where(falls, low, high)], 1)
    epochs = np.stack([x - span + 1, x], 1)
    return Line(np.append(epochs, x[-1]), np.append(pairs, last[-1]), name, colour)


def line_of_parts(parts: Sequence[EpochPart], name: str, colour: str) -> Line:
    """Loss or accuracy in training inside of epochs, faint."""
    values = [getattr(part, name) for part in parts]
    x, y = np.array([part.epoch for part in parts]), np.array(values, float)
    # Of epochs between two others that took long there are no parts: nothing leads from one to the other.
    gaps = np.flatnonzero(np.diff(x) > 1) + 1
    x, y = np.insert(x, gaps, np.nan), np.insert(y, gaps, np.nan)
    return Line(x, y, PARTS, colour + FAINT)


def gaps_in(epochs: np.ndarray) -> np.ndarray:
    """Indices of the measurements, of those at rising ``epochs`` (n,), before which so much was not measured
    that a line would invent what lies there: more than an epoch, and more than `GAP` of all.
    """
    if len(epochs) < 2:
        return np.zeros(0, np.intp)
    # Epochs are quotients of steps.
    widest = max(1.0, GAP * float(epochs[-1] - epochs[0])) + 1e-6
    return np.flatnonzero(np.diff(epochs) > widest) + 1


def line_of_measured(
    epochs: np.ndarray, values: np.ndarray, name: str, colour: str, smoothing: float
) -> Line:
    """What was measured now and then, with gaps as `gaps_in` has them; smoothed between these only."""
    gaps = gaps_in(epochs)
    if smoothing:
        values = np.concatenate([smooth(part, smoothing) for part in np.split(values, gaps)])
    has_dots = len(epochs) <= DOTTED and bool((np.diff(epochs) > 1 + 1e-6).any())
    x, y = np.insert(epochs.astype(float), gaps, np.nan), np.insert(values.astype(float), gaps, np.nan)
    return Line(x, y, name, colour, has_dots=has_dots)


def lines_of_layers(
    statistics: Sequence[TrainingStatistics], names: Mapping[str, str], colours: Sequence[str]
) -> list[Line]:
    """How much each layer moves, as a share of its weights; ``names``: what people call nodes of the engine.

    A layer in a sub-network has a line of its own, which goes on from before it went there.
    """
    x = np.array([v.epoch for v in statistics], float)
    sums: dict[str, np.ndarray] = {}
    for node in dict.fromkeys(node for v in statistics for node in v.moves):
        layer, own = known_layer(node, names), np.array([v.moves.get(node, (0.0, 0.0)) for v in statistics])
        sums[layer] = sums.get(layer, 0.0) + own
    lines = []
    for i, (layer, (moved, was)) in enumerate((layer, both.T) for layer, both in sums.items()):
        ratio = np.sqrt(np.divide(moved, was, out=np.full(len(x), np.nan), where=was > 0))
        lines.append(line_of_measured(x, ratio, names.get(layer, layer), colours[i % len(colours)], 0.0))
    return lines


def lines_of_metric(
    measured: MetricCurve | None, watched: str, smoothing: float, names: Mapping[str, str]
) -> list[Line]:
    """A metric in training and in the part that is watched, of each Output where there are several; none
    where it is not measured yet.
    """
    if measured is None:
        return []
    c = theme.colours
    curves = [("training", measured.training, c.training), (watched, measured.validation, c.validation)]
    if measured.outputs:
        curves = []
    for each, colour in zip(measured.outputs, cycle(MORE_COLOURS), strict=False):
        name = names.get(each.output, each.output)
        curves += [(f"{name}, training", each.training, colour + FAINT)]
        curves += [(f"{name}, {watched}", each.validation, colour)]
    return [
        line_of_measured(measured.epochs, values, name, colour, smoothing) for name, values, colour in curves
    ]


def lines_of_outputs(outputs: OutputCurves | None, names: Mapping[str, str], smoothing: float) -> list[Line]:
    """The loss of each Output; none where there is a single one."""
    if outputs is None:
        return []
    lines = []
    for node, colour, losses in zip(outputs.names, cycle(MORE_COLOURS), outputs.losses.T, strict=False):
        # An epoch without a step that asks an Output has no loss of it: the line goes on to the next.
        asked = np.isfinite(losses)
        known = smooth(losses[asked], smoothing) if smoothing else losses[asked]
        lines.append(Line(outputs.epochs[asked] - MIDDLE, known, names.get(node, node), colour))
    return lines


def thinned_mark(rows: Curve) -> str:
    """The same as `thinning` in few words, for a legend whose tip says all of it."""
    return (
        "" if rows.span == 1 else f"up to {rows.span:,} epochs per point".replace(" ", "\N{NO-BREAK SPACE}")
    )


def thinning(rows: Curve, smoothed: bool) -> str:
    """How many epochs a point of a drawable curve stands for; empty where it is one."""
    if rows.span == 1:
        return ""
    shown = "the last one's value, smoothed" if smoothed else "lowest and highest shown"
    return f"each point covers up to {rows.span:,} epochs ({shown})"


def row_in_words(rows: Curve, at: int) -> tuple[str, str, str]:
    """Which epochs a row covers, what they gave in training, and in validation if there is one."""
    row, span = rows[at], int(rows.column("span")[at])
    which = f"epoch {row.epoch:,}" + (f", last of {span:,}" if span > 1 else "")
    told = [_both(row.loss, row.accuracy), ""]
    if row.val_loss is not None:
        told[1] = _both(row.val_loss, row.val_accuracy)
    for i, name in enumerate(("loss", "val_loss")):
        if span > 1 and told[i]:
            low, high = (rows.column(f"{name}_{end}")[at] for end in ("lowest", "highest"))
            told[i] += f" (loss {in_digits(low)} … {in_digits(high)})"
    return which, told[0], told[1]


def row_of(rows: Curve, epoch: float) -> int:
    """The row that is nearest to an epoch."""
    return int(np.abs(rows.column("epoch") - epoch).argmin())


def _both(loss: float, accuracy: float | None) -> str:
    return in_digits(loss) + (f", {accuracy:.1%}" if accuracy is not None else "")


def draw_line(item: pg.PlotDataItem, line: Line, is_log: bool) -> None:
    """Show a line; of nothing there is no logarithm, and of a single point no line but a dot."""
    item.setPen(pg.mkPen(line.colour, width=1))
    y = np.where(line.y > 0, line.y, np.nan) if is_log else line.y
    known = int(np.isfinite(y).sum())
    item.setSymbol("o" if known == 1 or line.has_dots else None)
    item.setSymbolBrush(line.colour)
    item.setSymbolPen(None)
    item.setSymbolSize(5)
    item.setData(line.x, y) if known else item.setData([], [])
