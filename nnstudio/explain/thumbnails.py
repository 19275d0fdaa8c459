"""A small picture of what every layer gives, for the thumbnails of the nodes.

Data with two inputs: each unit over the plane, as TensorFlow Playground shows its neurons; with one input:
each unit over that input, as a curve. Pictures: the first feature maps for one sample. Everything else: the
units' values for one sample, side by side; of Flatten what comes in. Nodes that are looked into come with
their weights or filters. An Output shows what it predicts over the plane, as the decision boundary does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum, auto
from typing import NamedTuple

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import Role
from nnstudio.explain.activations import as_sample
from nnstudio.explain.end_classes import classes_of_units, plane_points, predicted_over_plane
from nnstudio.explain.end_numbers import SCALED, own_names, own_numbers
from nnstudio.explain.headlines import SCALED_INPUTS, headline_of
from nnstudio.explain.signs import share_nodes, signed_nodes
from nnstudio.model.quantity import in_digits
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import slots_of

# Units of a thumbnail, the edge of their maps over the plane, and the most values of a strip. Of more units,
# the lines between them could not be told apart.
TILES, EDGE, STRIP = 16, 16, 64
# So many weights of a unit are written as a formula.
MOST_WRITTEN = 4
# Nodes with a thumbnail; more would be too small to read, and not free.
MOST_NODES = 80
# What the axes of arrays are called that are drawn as links, and as filters.
LINKS, FILTERS = ("Input", "Unit"), ("Row", "Column", "Input channel", "Filter")
# The byte that stands for zero.
ZERO = 128
# The number of a sample that a person made.
OWN = -1


class ChosenSample(NamedTuple):
    """A sample of the part that training watches, by its number; or in its place ``own``, one that a person
    made, as the network gets it, flat.
    """

    number: int = 0
    own: tuple[float, ...] | None = None


FIRST = ChosenSample()


class ThumbnailKind(StrEnum):
    """What it shows: units over a plane, what is predicted there, curves over one input, feature maps, or a
    strip of values.
    """

    PLANE = auto()
    PREDICTED = auto()
    LINE = auto()
    PICTURE = auto()
    VALUES = auto()


@dataclass(frozen=True)
class Thumbnail:
    """``tiles`` (count, height, width) uint8 from 1 to 255; 0 where a value is no number. 128 is zero.

    Each tile fills its own range, a strip the range of all of its values, or that of probabilities, which is
    up to 1. ``units``: how many there are.
    ``values`` (up to STRIP,) float32 are the numbers of a strip. ``steps``: of a sequence, which is one tile
    of its features down and its steps across, how many there are; else 0. ``formula``: see `formula_of`.
    ``names``: of the units that are shown, such as columns and classes; () where they have none.
    ``told`` (up to STRIP,) float64: of an Input or an Output the values in the unit of the data, () where
    they are in it. ``classes``: the numbers of the classes that the units tell of, see `classes_of_units`.
    ``headline``: see `headline_of`. ``predicted`` (edge, edge): what is PREDICTED over the plane, with the
    top row first and values as a `Boundary` has them.
    """

    kind: ThumbnailKind
    tiles: np.ndarray
    units: int = 0
    values: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    steps: int = 0
    formula: str = ""
    names: tuple[str, ...] = ()
    told: tuple[float, ...] = ()
    classes: tuple[int, ...] = ()
    headline: str = ""
    predicted: np.ndarray = field(default_factory=lambda: np.zeros((0, 0)))

    @property
    def short_names(self) -> tuple[str, ...]:
        """The names without the word that the headline says of all of them."""
        if self.headline != SCALED_INPUTS:
            return self.names
        return tuple(name.removeprefix(SCALED) for name in self.names)

    @property
    def left_out(self) -> str:
        """How much of all there is is shown, such as "64 of 512 units"; "" where it is all."""
        if self.kind == ThumbnailKind.PREDICTED:
            return ""
        if self.steps:
            _, features, steps = self.tiles.shape
            shown = {"steps": (steps, self.steps), "features": (features, self.units)}
        elif self.kind == ThumbnailKind.VALUES:
            shown = {"units": (len(self.values), self.units)}
        else:
            what = "maps" if self.kind == ThumbnailKind.PICTURE else "units"
            shown = {what: (len(self.tiles), self.units)}
        return ", ".join(f"{n:,} of {of:,} {what}" for what, (n, of) in shown.items() if n < of)


@dataclass(frozen=True)
class Inside:
    """The first weights (inputs, units), or filters (count, height, width) at their first input channel.

    ``values`` float32 and ``indices``, their flat indices in the array of this name and shape.
    """

    array: str
    shape: tuple[int, ...]
    values: np.ndarray
    indices: np.ndarray


@dataclass(frozen=True)
class Thumbnails:
    """Thumbnails by node, as the network is at a step.

    ``spans``: smallest, mean and largest of the values that each node gave, NaN if one is no number.
    ``sample``: the number of the one that they are of, OWN for one that a person made; None where they are of
    points all over the range. ``signed``: those that can give values below 0.
    ``insides``: of the nodes that are looked into and have weights to show. ``class_names``: of all classes.
    """

    step: int
    thumbnails: dict[str, Thumbnail]
    spans: dict[str, tuple[float, float, float]]
    insides: Mapping[str, Inside] = field(default_factory=dict)
    sample: int | None = None
    signed: frozenset[str] = frozenset()
    class_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class ThumbnailsProbe:
    """Thumbnails of the given nodes, up to MOST_NODES, and the insides of those in ``opened``, for a sample
    where they are of one.

    Nodes that the network does not know are left out.
    """

    nodes: tuple[str, ...]
    opened: tuple[str, ...] = ()
    chosen: ChosenSample = FIRST

    def run(self, session: Evaluation) -> Iterator[Thumbnails]:
        data, known = session.data, session.layout.nodes
        first = dict.fromkeys((*self.opened, *self.nodes))
        chosen = [n for n in first if n in known][:MOST_NODES]
        over, sample = OVER.get(data.input_shape), None
        if over is not None:
            x = plane_points(data.all_inputs(), EDGE) if over is over_plane else line(data.x_train)
        else:
            x, sample = self._looked_at(session)
        values = session.predict_all(x, chosen)
        yield Thumbnails(
            session.steps,
            self._pictures(session, values, sample),
            {name: (float(v.min()), float(v.mean()), float(v.max())) for name, v in values.items()},
            {n: inside for n in self.opened if n in known and (inside := inside_of(session, n)) is not None},
            sample,
            signed_nodes(session),
            data.classes,
        )

    def _pictures(
        self, session: Evaluation, values: Mapping[str, np.ndarray], sample: int | None
    ) -> dict[str, Thumbnail]:
        """Of the nodes that gave these values, `(n, *shape)`, for a sample by its number, OWN, or None."""
        data, known, shares = session.data, session.layout.nodes, share_nodes(session)
        over, pictures = OVER.get(data.input_shape), {}
        which = (data.watched, sample) if sample is not None and sample >= 0 else None
        for name, v in values.items():
            is_share = name in shares
            if (predicted := predicted_over_plane(session, name)) is not None:
                picture = of_prediction(predicted)
            elif over is not None:
                picture = over(v, is_share)
            else:
                picture = of_sample(data.as_picture(unflattened(known[name], v[0])), is_share)
            pictures[name] = replace(
                picture,
                formula=formula_of(session, name),
                names=own_names(session, name, which if over is None else None)[:STRIP],
                told=own_numbers(session, name, v[0], which)[:STRIP] if over is None else (),
                classes=classes_of_units(session, name)[:STRIP],
                headline=headline_of(session, name, v[0], sample, over is not None),
            )
        return pictures

    def _looked_at(self, session: Evaluation) -> tuple[np.ndarray, int]:
        """The chosen sample, float32 `(1, *shape)`, and its number."""
        if self.chosen.own is not None:
            return as_sample(session, self.chosen.own), OWN
        x = session.samples()[0]
        number = self.chosen.number % len(x)
        return x[number : number + 1], number


def line(x: np.ndarray) -> np.ndarray:
    """2 EDGE points over the range of samples (n, 1), in order."""
    low, high = float(x.min()), float(x.max())
    return np.linspace(low, high, 2 * EDGE, dtype=np.float32)[:, None]


def of_prediction(predicted: np.ndarray) -> Thumbnail:
    """What an Output predicts over the plane, (edge, edge) as a `Boundary` has it."""
    tiles = np.full((1, *predicted.shape), ZERO, np.uint8)
    return Thumbnail(ThumbnailKind.PREDICTED, tiles, 1, predicted=predicted)


def over_plane(values: np.ndarray, are_shares: bool = False) -> Thumbnail:
    """The first units over the plane from (EDGE * EDGE, ...); ``are_shares`` as for `of_sample`."""
    units = values.reshape(EDGE * EDGE, -1)
    tiles = _about_zero(units[:, :TILES].T.reshape(-1, EDGE, EDGE), float(are_shares))
    return Thumbnail(ThumbnailKind.PLANE, tiles, units.shape[1])


def over_line(values: np.ndarray, are_shares: bool = False) -> Thumbnail:
    """The first units over one input from (points, ...); ``are_shares`` as for `of_sample`."""
    units = values.reshape(len(values), -1)
    tiles = _about_zero(units[:, :TILES].T[:, None, :], float(are_shares))
    return Thumbnail(ThumbnailKind.LINE, tiles, units.shape[1])


def unflattened(node: Resolved, values: np.ndarray) -> np.ndarray:
    """What a node gives for one sample; of one that only flattens, in the shape in which it came: the first
    units of a picture are its edge, on which there is often nothing.
    """
    return values.reshape(node.input_shapes[0]) if node.layer.id == "flatten" else values


def of_sample(values: np.ndarray, are_shares: bool = False) -> Thumbnail:
    """Feature maps of (height, width, channels), a sequence (time, features), or a strip of anything else, on
    the scale from 0 to 1 where they ``are_shares``: a probability near 0 must not look like a sure yes.
    """
    if values.ndim == 3 and min(values.shape[:2]) > 1:
        maps = np.moveaxis(values[..., :TILES], -1, 0)
        return Thumbnail(ThumbnailKind.PICTURE, _about_zero(maps), values.shape[2])
    if values.ndim == 2 and min(values.shape) > 1:
        rows = values[:STRIP, :EDGE].T[None]
        return Thumbnail(ThumbnailKind.PICTURE, _about_zero(rows), values.shape[1], steps=len(values))
    strip = values.ravel()[:STRIP].astype(np.float32)
    return Thumbnail(
        ThumbnailKind.VALUES, _about_zero(strip[None, None], float(are_shares)), values.size, strip
    )


OVER: dict[tuple[int, ...], Callable[[np.ndarray, bool], Thumbnail]] = {(1,): over_line, (2,): over_plane}


def inside_of(session: Evaluation, node: str) -> Inside | None:
    """The weights between the first inputs and units, or the first filters; None where there are none."""
    of_one_list = len(session.layout.nodes[node].shape) == 1
    for name, slot in slots_of(session, node).items():
        flat = session.parameters[slot.offset : slot.offset + slot.size].reshape(slot.shape)
        indices = np.arange(slot.size).reshape(slot.shape)
        if slot.axes == LINKS and of_one_list:
            part = (slice(TILES), slice(TILES))
            return Inside(name, slot.shape, flat[part].copy(), indices[part].copy())
        if slot.axes == FILTERS:
            first = (slice(None), slice(None), 0, slice(TILES))
            filters, at = (np.moveaxis(a[first], -1, 0).copy() for a in (flat, indices))
            return Inside(name, slot.shape, filters, at)
    return None


def formula_of(session: Evaluation, node: str) -> str:
    """What a layer of one unit computes, as "1.8 · x + 32", where its weights are few; else "".

    x1, x2, … are the data's columns, as the layer gets them: of data that is scaled, the scaled numbers. What
    another layer gives has no such names, so there it is "", too.
    """
    layout, data = session.layout, session.data
    before = [layout.nodes[name] for name in layout.nodes[node].inputs]
    if not before or before[0].layer.role != Role.INPUT or len(data.input_shape) != 1:
        return ""
    slots = slots_of(session, node)
    weight, rest = slots.get("weight"), slots.keys() - {"weight"}
    if session.layout.nodes[node].layer.id != "dense" or weight is None or not rest <= {"bias"}:
        return ""
    inputs, units = weight.shape
    if units != 1 or inputs > MOST_WRITTEN:
        return ""
    flat = [session.parameters[s.offset : s.offset + s.size] for s in (weight, *map(slots.get, rest)) if s]
    columns = read_columns(before[0].options["columns"], data.input_shape[0], "values")
    names = ["x"] if data.input_shape == (1,) else [f"x{i + 1}" for i in columns or range(inputs)]
    parts = [f" · {name}" for name in names] + [""] * len(rest)
    told = [(float(value), part) for value, part in zip(np.concatenate(flat), parts, strict=True)]
    first, *others = told
    signed = [f" {'-' if value < 0 else '+'} {in_digits(abs(value), 3)}{part}" for value, part in others]
    return f"{in_digits(first[0], 3)}{first[1]}{''.join(signed)}"


def _about_zero(tiles: np.ndarray, least: float = 0.0) -> np.ndarray:
    """Each tile over its largest size, or over ``least`` where that is larger, as bytes with zero in the
    middle.
    """
    tiles = tiles.astype(np.float64)
    with np.errstate(invalid="ignore"):
        largest = np.abs(np.where(np.isfinite(tiles), tiles, 0)).max((1, 2), keepdims=True)
        return _bytes(ZERO + 127 * tiles / np.where(largest > 0, np.maximum(largest, least), 1))


def _bytes(scaled: np.ndarray) -> np.ndarray:
    good = np.isfinite(scaled)
    return np.where(good, np.clip(np.where(good, np.rint(scaled), 0), 1, 255), 0).astype(np.uint8)
