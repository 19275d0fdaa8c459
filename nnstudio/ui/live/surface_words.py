"""What is said of a loss surface: a sentence on what is seen, and a line of how it was computed."""

from __future__ import annotations

import numpy as np

from nnstudio.explain.interpolation import drawn_alike
from nnstudio.explain.surface import Slice, Surface
from nnstudio.model.quantity import counted, in_digits
from nnstudio.ui.widgets.plain_text import coloured
from nnstudio.ui.widgets.surface_3d import PATH
from nnstudio.ui.widgets.theme import theme

NO_WAY_DOWN = "The gradient is zero or not finite here: there is no way down to follow."
OTHER_LOSS = (
    "The loss of the weights as they are, on samples to learn from. The run bar's is a mean over steps in "
    "which the weights still moved, and its other one is of the samples for validation."
)
BETWEEN = "The loss was computed at these points; between them the picture is interpolated."


def seen_on(surface: Surface, is_past: bool = False) -> str:
    """What the signs and colours of a map or a curve are, as HTML; ``is_past``: of an earlier step."""
    is_map = len(surface.values) > 1
    which = f"the weights of step {surface.step:,}" if is_past else "the weights now"
    loss = f"loss {in_digits(surface.loss, 3)} on {counted(surface.samples, 'training sample')}"
    told = [f"{coloured('○', PATH)} {which}: {loss}."]
    if is_map and len(surface.path) > 1:
        told.append(f"{coloured('━', PATH)} how they came here.")
    return " ".join([*told, *(["Dark is low."] if is_map else [])])


def computed_as(surface: Surface) -> str:
    """What was computed, on how much and in what time."""
    values = surface.values[np.isfinite(surface.values)]
    rows, columns = surface.values.shape
    alike = drawn_alike(values) if rows > 1 else None
    points = f"{columns} × {rows} points" if rows > 1 else counted(columns, "point")
    parts = [
        "" if surface.finished else "refining …",
        f"loss {in_digits(values.min(), 3)} to {in_digits(values.max(), 3)}",
        "" if alike is None else f"{in_digits(alike, 2)} or less in one colour",
        points,
        counted(surface.samples, "sample"),
        surface.plane.method,
        "" if surface.plane.explained is None else f"{surface.plane.explained:.0%} of the path's variance",
        "batch norm: running statistics, frozen" if surface.frozen_statistics else "",
        f"{surface.seconds:.2f} s",
    ]
    return " · ".join(filter(None, parts))


def seen_on_cut(cut: Slice) -> str:
    """Where one step would land, as HTML."""
    if not len(cut.steps):
        return NO_WAY_DOWN
    now, landed = ends_of(cut)
    verb = "falls" if landed < now else "rises"
    return (
        f"{coloured('○', theme.colours.validation)} now, and after one gradient step: the loss {verb} from "
        f"{in_digits(now)} to {in_digits(landed)} on {counted(cut.samples, 'training sample')}."
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
