"""What is said of a loss surface: a sentence on what is seen, and a line of how it was computed."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np

from nnstudio.explain.interpolation import drawn_alike
from nnstudio.explain.surface import Slice, Surface
from nnstudio.model.quantity import counted, in_digits
from nnstudio.ui.widgets.loss_scale import Ends
from nnstudio.ui.widgets.plain_text import coloured
from nnstudio.ui.widgets.surface_3d import PATH
from nnstudio.ui.widgets.theme import theme

NO_WAY_DOWN = "The gradient is zero or not finite here: there is no way down to follow."
OTHER_LOSS = (
    "The loss of the weights as they are, on samples to learn from. The run bar's is a mean over steps in "
    "which the weights still moved, and its other one is of the samples for validation."
)
NOBODY_DOWN = "; no player goes down on this sum"
# Half of the ring's width, as a share of a narrow picture's.
RING = 0.03
BETWEEN = "The loss was computed at these points; between them the picture is interpolated."


def seen_on(surface: Surface, names: Mapping[str, str], total: int) -> str:
    """What the signs and colours of a map or a curve are, as HTML; ``names``: what people call Outputs;
    ``total``: all training samples, 0 where that is not known.

    Its step is named, for the run may be far ahead of the picture.
    """
    is_map = len(surface.values) > 1
    which = f"the weights at step {surface.step:,}"
    added = " + ".join(escape(names.get(o, o)) for o in surface.added)
    what = f"losses {added} =" if added else "loss"
    loss = f"{what} {in_digits(surface.loss, 3)} on {_of_all(surface.samples, total)}"
    told = [f"{coloured('○', PATH)} {which}: {loss}."]
    if is_map and leads_here(surface):
        told.append(f"{coloured('━', PATH)} how they came here.")
    if is_map:
        told.append(f"Dark is low{NOBODY_DOWN if surface.is_contested else ''}.")
    return " ".join(told)


def _of_all(samples: int, total: int) -> str:
    """So many of all training samples."""
    if total == samples > 1:
        return f"all {samples:,} training samples"
    if total <= samples:
        return counted(samples, "training sample")
    return f"{samples:,} of {counted(total, 'training sample')}"


def titles_of(axis: str) -> tuple[str, ...]:
    """Ways to call an axis, longest first: "Dense: bias" is "bias" where there is little room."""
    name = axis.rpartition(": ")[2]
    short = name.replace("direction", "dir.").partition("[")[0]
    short = {"1st component": "PC 1", "2nd component": "PC 2"}.get(name, short)
    return tuple(dict.fromkeys((axis, name, short)))


def leads_here(surface: Surface) -> bool:
    """Whether a path is to be seen in the picture: one that begins within the ring is hidden by it."""
    left, bottom, right, top = surface.extent
    path = np.asarray(surface.path, float)
    if len(path) < 2:
        return False
    is_inside = (path >= (left, bottom)).all(1) & (path <= (right, top)).all(1)
    apart = np.abs(path - surface.here) / (right - left, top - bottom)
    return bool((is_inside & (apart > RING).any(1)).any())


def computed_as(surface: Surface, waits: bool) -> str:
    """What was computed, on how much and in what time; ``waits``: nothing of a finer one is computed now."""
    values = surface.values[np.isfinite(surface.values)]
    rows, columns = surface.values.shape
    points = f"{columns} × {rows} points" if rows > 1 else counted(columns, "point")
    parts = [
        _what_follows(surface, waits),
        _lowest(values, rows > 1),
        points,
        counted(surface.samples, "sample"),
        surface.plane.method,
        "" if surface.plane.explained is None else f"{surface.plane.explained:.0%} of the path's variance",
        "batch norm: running statistics, frozen" if surface.frozen_statistics else "",
        f"{surface.seconds:.2f} s",
    ]
    return " · ".join(filter(None, parts))


def _lowest(values: np.ndarray, is_map: bool) -> str:
    """Of the losses that were computed what the scale of a map does not tell; a curve has no scale."""
    if not is_map:
        return f"loss {in_digits(values.min(), 3)} to {in_digits(values.max(), 3)}"
    return "" if drawn_alike(values) is None else f"the lowest loss is {in_digits(values.min(), 3)}"


def _what_follows(surface: Surface, waits: bool) -> str:
    """Whether a finer one is to come, and when."""
    if surface.is_hurried:
        return "finer when paused"
    if surface.finished:
        return ""
    return "to be refined when its turn comes" if waits else "refining …"


def seen_on_cut(cut: Slice, total: int) -> str:
    """Where one step would land, as HTML; ``total`` as for `seen_on`."""
    if not len(cut.steps):
        return NO_WAY_DOWN
    now, landed = ends_of(cut)
    verb = "falls" if landed < now else "rises"
    sign = coloured("○", theme.colours.validation)
    return (
        f"{sign} at step {cut.step:,}, and after one gradient step: the loss {verb} from "
        f"{in_digits(now)} to {in_digits(landed)} on {_of_all(cut.samples, total)}."
    )


def cut_computed_as(cut: Slice) -> str:
    """What was computed, on how much."""
    return (
        f"plain step, learning rate {in_digits(cut.rate, 3)} · gradient norm {in_digits(cut.norm, 3)} · "
        f"{counted(cut.samples, 'sample')}"
    )


def ends_of(cut: Slice) -> tuple[float, float]:
    """The loss as it is, and after one step."""
    now, landed = np.interp([0.0, 1.0], cut.steps, cut.losses)
    return float(now), float(landed)


def scale_ends(surface: Surface, heights: np.ndarray) -> Ends:
    """The losses of the lowest and the highest colour; heights are their logarithms."""
    low, span = float(heights.min()), max(float(np.ptp(heights)), 1e-12)
    or_less = drawn_alike(np.where(np.isfinite(surface.values), surface.values, np.nan)) is not None
    return Ends(10**low, 10 ** (low + span), or_less)
