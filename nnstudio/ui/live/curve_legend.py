"""What is said of the curves: what each line is, and the values of the epoch that is pointed at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import numpy as np
from PySide6.QtGui import QColor, QTextDocument
from PySide6.QtWidgets import QLabel

from nnstudio.data.terms import Split
from nnstudio.explain.metrics import METRICS, MetricCurve
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.curve import Curve
from nnstudio.training.journal import TrainingStatistics
from nnstudio.ui.live.curve_lines import FAINT, Line, gaps_in, row_in_words, row_of
from nnstudio.ui.live.curve_reach import Reach
from nnstudio.ui.widgets.line_colours import SIGN
from nnstudio.ui.widgets.plain_text import coloured, unbroken
from nnstudio.ui.widgets.theme import mixed, theme

POINTED = (
    "Loss and accuracy in training are means over the epoch, and stand in its middle; those of the other "
    "part are of its end. Other measures are of the nearest step whose weights were kept; its epoch is "
    "named. Results predicts anew, by the weights of exactly the step that is shown."
)
MEANS = (
    "In training, loss and accuracy are means over an epoch and stand in its middle; those of the other part "
    "are measured at its end and stand there, half an epoch further right."
)
# The same in few words, and up to how many epochs half of one is seen.
MID_EPOCH, FEW = "training: means, mid-epoch", 100
ONLY_START = "at epoch 0 only: no later weights were kept"
NOT_KEPT = "not measured: no weights were kept"
NO_VALIDATION = "no validation part"
WITHIN = "within\N{NO-BREAK SPACE}epochs"


class Drawn(NamedTuple):
    """What the plots show: ``watched`` is what the second line is called, ``thinned`` what a point covers;
    ``reach`` says which losses are cut off.
    """

    watched: str
    has_parts: bool
    has_earlier: bool
    thinned: str
    reach: Reach | None = None


def legend_of(drawn: Drawn) -> str:
    """The lines' names, as HTML."""
    c = theme.colours
    # Whoever chooses by what is seen here has no part left that was not seen.
    watched = f"{drawn.watched} ({NO_VALIDATION})" if drawn.watched == Split.TEST else drawn.watched
    names = (("training", c.training), (watched, c.validation))
    entries = [coloured(unbroken(f"{SIGN} {name}"), colour) for name, colour in names]
    if drawn.has_parts:
        entries.insert(1, _entry(faint(), WITHIN))
    if drawn.has_earlier:
        entries.append(
            _entry(earlier_colour(), f"earlier\N{NO-BREAK SPACE}runs{_cut(drawn.reach, 'earlier')}")
        )
    if cut := _cut(drawn.reach, "own"):
        entries.append(coloured(f"peak{cut}", c.muted))
    if drawn.thinned:
        entries.append(coloured(unbroken(drawn.thinned), c.muted))
    return "&nbsp; ".join(entries)


def tip_of(is_pointed: bool, thinned: str, whole: str) -> str:
    """What the lines are; ``thinned``: what a point covers, ``whole``: what to know of the lower plot."""
    if is_pointed:
        return POINTED
    return " ".join(filter(None, (f"{thinned[:1].upper()}{thinned[1:]}." if thinned else whole, MEANS)))


def mid_epoch_hint(rows: Curve, legend: str, label: QLabel) -> str:
    """Why one line stands left of the other, as HTML that goes on behind a legend; "" where it is not seen,
    or has no room in the same line.
    """
    if not 0 < len(rows) <= FEW or rows.span > 1 or not rows.has("val_loss"):
        return ""
    hint, words = f"&nbsp; {coloured(unbroken(MID_EPOCH), theme.colours.muted)}", QTextDocument()
    words.setDefaultFont(label.font())
    words.setDocumentMargin(0)
    words.setHtml(legend + hint)
    return hint if words.idealWidth() <= label.width() else ""


def of_no_logarithm(missing: Mapping[str, int]) -> str:
    """How many points of the plots "loss" and "below" are not drawn, as HTML that goes on behind a legend."""
    told = [
        f"{before}{counted(count, 'point')} of 0 or below not drawn: the axis is logarithmic"
        for before, count in (("", missing["loss"]), ("below, ", missing["below"]))
        if count
    ]
    return "".join(f"&nbsp; {coloured(text, theme.colours.muted)}" for text in told)


def legend_of_layers(lines: Sequence[Line]) -> str:
    """The lines' names where each is a layer's, as HTML."""
    return "&nbsp; ".join(_entry(line.colour, line.name) for line in lines)


def with_outputs(legend: str, lines: Sequence[Line], add_up: bool) -> str:
    """A legend with the losses of Outputs; where they do not ``add_up``, all else is of the lower plot."""
    if not lines:
        return legend
    own, below = legend_of_layers(lines), coloured("below:", theme.colours.muted)
    return f"{legend}&nbsp; {own}" if add_up else f"{own}&nbsp; {below}&nbsp;{legend}"


def earlier_colour() -> str:
    """Of the lines of earlier runs."""
    return theme.colours.link


def faint() -> str:
    """Colour of what lies inside of epochs, as it is seen on the plot."""
    share = int(FAINT, 16) / 255
    return mixed(QColor(theme.colours.base), QColor(theme.colours.training), share).name()


def values_at(
    rows: Curve,
    epoch: int,
    chosen: str,
    metric: MetricCurve | None,
    statistics: Sequence[TrainingStatistics],
    step: int | None = None,
    watched: str = Split.VALIDATION,
    edited: str = "",
) -> str:
    """The values of an epoch, in lines of HTML; ``chosen`` is what the lower plot shows, ``watched`` what the
    second line is called, ``edited`` what was changed in it.

    ``step``: a metric is told of the nearest one to it; None stands for the end of the epoch.
    """
    c, at, labels = theme.colours, row_of(rows, epoch), {m.id: m.label for m in METRICS}
    row, (which, training, validation) = rows[at], row_in_words(rows, at)
    parts = [which, coloured(f"{SIGN} training {training}", c.training)]
    if validation:
        parts.append(coloured(f"{SIGN} {watched} {validation}", c.validation))
    near = min(statistics, key=lambda v: abs(v.epoch - row.epoch), default=None)
    if metric is not None and len(metric.steps):
        at = int(np.abs(metric.steps - (row.steps if step is None else step)).argmin())
        # Of several Outputs the lines tell which; here the values stand in their order.
        pairs = [(m.training[at], m.validation[at]) for m in metric.outputs or (metric,)]
        told = ", ".join(filter(None, (_pair(*pair) for pair in pairs)))
        reached = f"at\N{NO-BREAK SPACE}epoch\N{NO-BREAK SPACE}{in_digits(metric.epochs[at])}"
        is_told = told and _is_near(metric, at, row.epoch)
        parts.append(f"{labels[metric.metric]} {told} {reached}" if is_told else "")
    elif near is not None and hasattr(near, chosen) and chosen != "updates":
        parts.append(f"{in_digits(getattr(near, chosen), 3)} (epoch {near.epoch:,})")
    return "<br>".join(filter(None, (*parts, escape(edited))))


def measured_until(metric: MetricCurve | None, last: int) -> list[str]:
    """How far behind the ``last`` epoch of the curve a metric is measured, and whether in between: in one
    sentence and in shorter ones; "" where nothing is missing.

    It promises more only where more is being measured: of a run that kept no weights on the way, such as one
    of a sweep, there is nothing to measure.
    """
    if metric is None:
        return ["measuring …"]
    if not len(metric.epochs):
        return [NOT_KEPT, NOT_KEPT.split(":")[0]]
    reach = float(metric.epochs[-1])
    is_behind = reach < last - 1
    if is_behind and not reach:
        return ["measuring …"] if metric.awaited else [ONLY_START, ONLY_START.split(":")[0]]
    whole = f"up to epoch {reach:,.0f} of {last:,}"
    short = f"to {reach:,.0f} of {last:,}"
    if len(gaps_in(metric.epochs)):
        points = counted(len(metric.epochs), "point")
        if is_behind:
            told = f"measured at {points} {whole}, with gaps between"
            return [told, f"{points} {whole}", f"{points} {short}"]
        return [f"measured at {points}, with gaps between", f"{points}, with gaps", "with gaps"]
    return [f"measured {whole}", whole, short] if is_behind else [""]


def _is_near(metric: MetricCurve, at: int, epoch: int) -> bool:
    """Whether what was measured at a point tells of an epoch: the start says nothing of what was learned."""
    return abs(float(metric.epochs[at]) - epoch) <= max(1.0, epoch / 2)


def _pair(training: float, validation: float) -> str:
    """Values in training and validation, those that are numbers."""
    c = theme.colours
    values = ((training, c.training), (validation, c.validation))
    return " / ".join(coloured(in_digits(v), colour) for v, colour in values if np.isfinite(v))


def _cut(reach: Reach | None, which: str) -> str:
    """How high lines reach that are cut off, or nothing."""
    highest = None if reach is None else getattr(reach, which)
    told = "" if highest is None else f" up to {in_digits(highest, 2)}, cut off"
    return told.replace(" ", "\N{NO-BREAK SPACE}")


def _entry(line: str, name: str) -> str:
    """A name whose line is too pale for letters."""
    # It wraps between names, not in one.
    return f"{coloured(SIGN, line)}&nbsp;{coloured(unbroken(name), theme.colours.muted)}"
