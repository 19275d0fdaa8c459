"""Two networks side by side: which layers match, how their weights differ, where they disagree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import zip_longest

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import TRAINED_OPTIONS, Role, Shape, show_shape, size_of
from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.activations import NO_LABEL, decide, describe_target
from nnstudio.explain.answers import all_answers
from nnstudio.model.quantity import in_digits
from nnstudio.training.by_output import by_output, called, predicting
from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation

# Predictions are compared on at most so many samples, and so many disagreements are told.
MOST_SAMPLES = 5_000
WORST = 50
# Options that say how a layer began and learns, and nothing of what it computes.
BEGINNINGS = frozenset({"init", "init_values", "bias_values", *(option.name for option in TRAINED_OPTIONS)})
# Options that say where windows lie, which several of them may say alike.
WINDOWS = frozenset({
    "two_lengths", "kernel_size", "kernel_width", "pool_size", "pool_width", "stride", "stride_width",
    "padding", "pad", "pad_top", "pad_bottom", "pad_left", "pad_right",
    "ceil_mode", "dilation", "dilation_width",
})  # fmt: skip
BY_FIRST = " This is of their first Outputs; the others are not compared."
FROM_BEFORE = "it takes in something else, so its"
# Outputs this near to each other differ in the last digits of float32 alone, as where a file has the scaling
# of the inputs among its layers. Smaller shares than the other one would be told as 0.0%.
ROUNDING, LEAST_TOLD = 1e-5, 0.001
IDLE = "; it does nothing when predicting"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share >= LEAST_TOLD else f"less than {LEAST_TOLD:.1%}"


@dataclass(frozen=True)
class ArrayDifference:
    """An array that both layers have; the differences are None where its shapes differ.

    ``relative`` is the root mean square of the difference by that of the first array.
    """

    name: str
    first_shape: Shape
    second_shape: Shape
    largest: float | None
    relative: float | None

    @property
    def is_same(self) -> bool:
        """Whether both have the very same values."""
        return self.largest == 0

    @property
    def sentence(self) -> str:
        if self.largest is None or self.relative is None:
            return f"{self.name} {show_shape(self.first_shape)} against {show_shape(self.second_shape)}"
        if self.is_same:
            return f"{self.name} equal"
        return (
            f"{self.name}: typical difference {self.relative:.1%} of a typical value, largest difference "
            f"{in_digits(self.largest, 3)}"
        )


@dataclass(frozen=True)
class LayerPair:
    """Two layers that match, or one that has no partner; then the other name is "".

    ``changes`` are options that differ, in words. ``is_idle`` is one that gives what it takes, except in
    training, such as Dropout. ``outputs`` is how far apart what they give for the same samples is: the root
    mean square of the difference by that of what the first one gives; None where that is not known.
    """

    first: str
    second: str
    kind: str
    changes: tuple[str, ...] = ()
    arrays: tuple[ArrayDifference, ...] = ()
    is_idle: bool = False
    outputs: float | None = None

    @property
    def is_same(self) -> bool:
        """Whether both are there, and nothing differs but what other layers make them give."""
        return bool(self.first and self.second) and not self.changes and all(a.is_same for a in self.arrays)

    @property
    def weights(self) -> float | None:
        """How far apart its largest array is, relatively; None where that cannot be told."""
        largest = max(self.arrays, key=lambda array: size_of(array.first_shape), default=None)
        return None if largest is None else largest.relative

    @property
    def sentence(self) -> str:
        if not self.second or not self.first:
            where = "second" if self.second else "first"
            return f"only in the {where}{IDLE if self.is_idle else ''}"
        apart = self.outputs if self.outputs is not None and self.outputs > ROUNDING else None
        if self.is_same and apart:
            # Where nothing is to be seen in the layer itself, a figure alone looks like a contradiction.
            return f"the same layer; {FROM_BEFORE} outputs differ typically by {_percent(apart)}"
        told = [*self.changes, *(array.sentence for array in self.arrays)]
        if apart:
            told.append(f"outputs: typical difference {_percent(apart)} of a typical output")
        return "; ".join(told) or "the same"


@dataclass(frozen=True)
class Disagreement:
    """A sample of which the two say something else: its number, the truth, and what each says.

    ``output`` is the Output that says it, by identifier, where there are several.
    """

    index: int
    truth: str
    first: str
    second: str
    output: str = ""

    def told(self, names: Mapping[str, str]) -> tuple[str, str]:
        """What each says, behind what a person calls the Output; ``names`` by identifier."""
        before = f"{called(self.output, names)}: " if self.output else ""
        return f"{before}{self.first}", f"{before}{self.second}"


@dataclass(frozen=True)
class Agreement:
    """Predictions on the same samples of a part of the first one's data.

    ``share`` of the samples get the same class, None for numbers; of those ``largest`` and ``mean`` are the
    differences in the target's own unit, None for classes. ``worst`` are the samples that they see most
    differently.

    Of several Outputs, ``outputs`` has all this of each, the names of the first network's before; the numbers
    are then of the first Output, and ``worst`` of all. ``by_first``: that others are not compared, as the two
    networks divide the targets otherwise.
    """

    part: Split
    samples: int
    share: float | None
    largest: float | None
    mean: float | None
    worst: tuple[Disagreement, ...]
    outputs: tuple[tuple[str, Agreement], ...] = ()
    by_first: bool = False

    def sentence(self, names: Mapping[str, str]) -> str:
        """How well they agree; ``names`` are what people call nodes, by identifier."""
        if self.outputs:
            return " ".join(f"{called(output, names)}: {one.sentence(names)}" for output, one in self.outputs)
        return f"{self._sentence}{BY_FIRST if self.by_first else ''}"

    @property
    def _sentence(self) -> str:
        where = f"of {self.samples:,} {self.part} samples"
        if self.share is not None:
            apart = round((1 - self.share) * self.samples)
            return f"Both predict the same class for {self.share:.2%} {where}; they disagree on {apart:,}."
        assert self.largest is not None and self.mean is not None
        return (
            f"The predictions {where} differ by {in_digits(self.mean, 4)} in the mean, at most by "
            f"{in_digits(self.largest, 4)}."
        )


def swapped(told: Agreement) -> Agreement:
    """The same with the second network first."""
    worst = tuple(replace(sample, first=sample.second, second=sample.first) for sample in told.worst)
    return replace(told, worst=worst, outputs=tuple((name, swapped(each)) for name, each in told.outputs))


def layer_pairs(first: Evaluation, second: Evaluation) -> tuple[LayerPair, ...]:
    """The layers of both in the order of the first one: paired by name and kind, others by their order,
    those that do nothing when predicting apart from all else.
    """
    ours, theirs = (_layers(network) for network in (first, second))
    partners = {n: n for n in ours if n in theirs and ours[n].layer.id == theirs[n].layer.id}
    for idle in (False, True):
        rest = [
            [n for n in nodes if n not in known and _is_idle(nodes[n]) == idle]
            for nodes, known in ((ours, partners.keys()), (theirs, {*partners.values()}))
        ]
        mine, other = [ours[n].layer.id for n in rest[0]], [theirs[n].layer.id for n in rest[1]]
        for a, b, size in SequenceMatcher(None, mine, other, autojunk=False).get_matching_blocks():
            partners |= dict(zip(rest[0][a : a + size], rest[1][b : b + size], strict=True))
    arrays = first.arrays(), second.arrays()
    pairs = [
        _pair(node, theirs.get(partners.get(name, "")), arrays) for name, node in ours.items()
    ]  # fmt: skip
    taken = set(partners.values())
    alone = [
        LayerPair("", name, n.layer.title, is_idle=_is_idle(n))
        for name, n in theirs.items()
        if name not in taken
    ]
    return (*pairs, *alone)


def with_outputs(first: Evaluation, second: Evaluation, pairs: Sequence[LayerPair]) -> tuple[LayerPair, ...]:
    """The pairs with how far apart what they give is, on samples of the first one's data; see `why_apart`."""
    data, nodes, others = first.data, first.layout.nodes, second.layout.nodes
    x = np.ascontiguousarray(data.part(data.judging)[0][:EVALUATION_BATCH])
    alike = [p for p in pairs if p.first and p.second and nodes[p.first].shape == others[p.second].shape]
    mine = first.predict_all(x, [p.first for p in alike])
    other = second.predict_all(_as_entering(x, data, second.data), [p.second for p in alike])
    apart = {
        (p.first, p.second): _relative(mine[p.first], other[p.second].astype(np.float64) - mine[p.first])
        for p in alike
    }
    return tuple(replace(p, outputs=apart.get((p.first, p.second))) for p in pairs)


def _relative(mine: np.ndarray, apart: np.ndarray) -> float:
    """The root mean square of a difference by that of what it is measured by."""
    size = float(np.sqrt(np.mean(np.square(mine, dtype=np.float64)))) or 1.0
    return float(np.sqrt(np.mean(apart**2))) / size


def _layers(network: Evaluation) -> dict[str, Resolved]:
    return {name: n for name, n in network.layout.nodes.items() if n.layer.role == Role.LAYER}


def _is_idle(node: Resolved) -> bool:
    """Whether it gives what it takes, except in training."""
    return node.layer.is_view(node.options, False) and (node.shape,) == node.input_shapes


def _windows(node: Resolved) -> object:
    """Where its windows lie; None for layers without any."""
    frame = getattr(node.layer, "frame", None)
    return None if frame is None else frame(node.options, node.input_shapes[0])


def _pair(
    node: Resolved, partner: Resolved | None, arrays: tuple[dict[str, np.ndarray], dict[str, np.ndarray]]
) -> LayerPair:
    if partner is None:
        return LayerPair(node.id, "", node.layer.title, is_idle=_is_idle(node))
    windows = _windows(node)
    alike = WINDOWS if windows is not None and windows == _windows(partner) else frozenset()
    changes = tuple(
        f"{option.name} {node.options[option.name]} against {partner.options.get(option.name)}"
        for option in node.layer.options
        if option.name not in BEGINNINGS | alike
        and partner.options.get(option.name) != node.options[option.name]
        # Where another option makes it idle in one of them, that one is told.
        and option.matters(node.options)
        and option.matters(partner.options)
    )
    differences = []
    for parameter in node.parameters:
        mine, other = (
            side.get(f"{n.id}.{parameter.name}") for side, n in zip(arrays, (node, partner), strict=True)
        )
        if mine is not None and other is not None:
            differences.append(_difference(parameter.name, mine, other))
    return LayerPair(node.id, partner.id, node.layer.title, changes, tuple(differences))


def _difference(name: str, mine: np.ndarray, other: np.ndarray) -> ArrayDifference:
    if mine.shape != other.shape:
        return ArrayDifference(name, mine.shape, other.shape, None, None)
    apart = other.astype(np.float64) - mine
    largest = float(np.abs(apart).max())
    return ArrayDifference(name, mine.shape, other.shape, largest, _relative(mine, apart))


def why_apart(first: Dataset, second: Dataset) -> str:
    """Why two networks cannot predict the same samples, in a sentence; "" where they can."""
    if sorted(first.features) != sorted(second.features) and first.features and second.features:
        odd = sorted(set(first.features) ^ set(second.features))
        return f"The two take other inputs ({', '.join(odd[:5])}), so their predictions are not compared."
    if first.input_shape != second.input_shape:
        shapes = [show_shape(data.input_shape) for data in (first, second)]
        return f"One takes {shapes[0]} and the other {shapes[1]}, so their predictions are not compared."
    if sorted(first.classes) != sorted(second.classes):
        return "The two know other classes, so their predictions are not compared."
    if first.target_width != second.target_width:
        return "The two predict another number of targets, so their predictions are not compared."
    return ""


def agreement(first: Evaluation, second: Evaluation) -> Agreement:
    """Their predictions on the first one's data, where `why_apart` finds nothing against it."""
    each, others = by_output(first), by_output(second)
    if [tuple(seen.columns) for seen in each] != [tuple(seen.columns) for seen in others]:
        if not first.data.classes:
            # Numbers are compared target by target, whichever Output predicts them.
            return _agreement(first, second)
        by_first = len(each) > 1 or len(others) > 1
        return replace(_agreement(each[0], others[0]), by_first=by_first)
    told = [(mine.layout.output, _agreement(mine, other)) for mine, other in zip(each, others, strict=True)]
    if len(told) == 1:
        return told[0][1]
    worst = [
        replace(sample, output=name)
        for samples in zip_longest(*(agreed.worst for _name, agreed in told))
        for (name, _agreed), sample in zip(told, samples, strict=True)
        if sample is not None
    ]
    return replace(told[0][1], worst=tuple(worst[:WORST]), outputs=tuple(told))


def _agreement(first: Evaluation, second: Evaluation) -> Agreement:
    """Of the numbers that both predict, or of the classes of their first Outputs."""
    data, part = first.data, first.data.judging
    x, y = (values[:MOST_SAMPLES] for values in data.part(part))
    entering = _as_entering(x, data, second.data)
    if data.classes:
        return _of_classes(first, second, part, y, (first.predict(x), second.predict(entering)))
    mine = all_answers(first, lambda seen: seen.predict(x))
    other = all_answers(second, lambda seen: seen.predict(entering))
    both = [at for at in range(data.target_width) if predicting(first, at) and predicting(second, at)]
    mine, other = mine[:, both], other[:, both]
    apart = np.abs(mine - other)
    order = [i for i in np.argsort(-apart.max(1), kind="stable")[:WORST] if apart[i].max() > 0]
    worst = tuple(
        Disagreement(int(i), describe_target(first, y[i]), _numbers(mine[i]), _numbers(other[i]))
        for i in order
    )
    return Agreement(part, len(x), None, float(apart.max()), float(apart.mean()), worst)


def _of_classes(
    first: Evaluation, second: Evaluation, part: Split, y: np.ndarray, outputs: Sequence[np.ndarray]
) -> Agreement:
    names, others = first.data.classes, second.data.classes
    (mine, sure), (other, other_sure) = decide(first, outputs[0]), decide(second, outputs[1])
    other = np.array([names.index(name) for name in others])[other]
    apart = np.flatnonzero(mine != other)
    # Where both are sure and cannot both be right.
    order = apart[np.argsort(-(sure[apart] * other_sure[apart]), kind="stable")][:WORST]
    labels = y.ravel()
    worst = tuple(
        Disagreement(
            int(i) // y.shape[1], names[int(labels[i])] if labels[i] >= 0 else NO_LABEL,
            f"{names[mine[i]]} ({sure[i]:.0%})", f"{names[other[i]]} ({other_sure[i]:.0%})",
        )
        for i in order
    )  # fmt: skip
    return Agreement(part, len(y), 1 - len(apart) / max(len(mine), 1), None, None, worst)


def _numbers(values: np.ndarray) -> str:
    return ", ".join(in_digits(float(v), 6) for v in values)


def _as_entering(x: np.ndarray, data: Dataset, other: Dataset) -> np.ndarray:
    """Samples of one network as those of another enter it: by the names of inputs, and scaled as there."""
    raw = x.astype(np.float64) * data.x_scale + data.x_shift
    if data.features and other.features and data.features != other.features:
        raw = raw[:, [data.features.index(name) for name in other.features]]
    return ((raw - other.x_shift) / other.x_scale).astype(np.float32)
