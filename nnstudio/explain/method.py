"""What a method of explaining does, and the registry that finds methods.

A method is a pure computation over `Network`, which answers what the network gives and where its numbers
point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import Any, ClassVar, Protocol

import numpy as np

from nnkernels.spec import Declared, Option, Shape, SpecError
from nnkernels.spec.registry import Registry

# Samples that a method asks about at a time: between two of them it can be cancelled.
AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class Target:
    """A number of a network that is explained: a node's values, each times its weight, added up.

    Attributes:
        weights: float64, as many as the node has values.
        name: of the number, as a person reads it.
        output: the Output that tells it, by identifier, where there are several.
    """

    node: str
    weights: np.ndarray
    name: str
    output: str = ""

    def told(self, names: Mapping[str, str]) -> str:
        """What the number is called, and by which Output; ``names`` are what people call nodes."""
        return f"{self.name} by {names.get(self.output, self.output)}" if self.output else self.name


@dataclass(frozen=True, eq=False)
class Column:
    """A column of a table: its name, of categories with the sample's own, and the numbers of its inputs."""

    name: str
    inputs: np.ndarray


class Network(Protocol):
    """A network as it predicts. Samples x are `(n, *shape)` as the network gets them; numbers are float64."""

    @property
    def shape(self) -> Shape:
        """Of one sample."""

    def values(self, target: Target, x: np.ndarray) -> np.ndarray:
        """The target's number for each sample, (n,)."""

    def gradients(self, target: Target, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """As `values`, and its gradient by each sample, `(n, *shape)`."""

    def at(self, target: Target, x: np.ndarray, node: str) -> tuple[np.ndarray, np.ndarray]:
        """What a node gives for each sample, and the target's gradient by that."""

    def losses(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The loss of each sample with targets y (n, t), (n,)."""

    def loss_gradients(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """The gradient of each sample's loss by that sample, `(n, *shape)`."""

    def classes(self, x: np.ndarray) -> np.ndarray:
        """The number of the class that each sample is taken for, (n,). Raises DataError without classes."""

    def maps_before(self, target: Target) -> str:
        """The last layer on the way to a target that gives maps as finely as the last convolution does, or
        any maps where there is none. Raises DataError where there are none at all.
        """

    def map_layers(self) -> tuple[str, ...]:
        """Layers that give maps of pictures of any size, in order: each convolution with what follows it
        value by value. Raises DataError where there are none.
        """

    def maps(self, x: np.ndarray, nodes: Sequence[str]) -> list[np.ndarray]:
        """What each of these layers gives for pictures x `(n, h, w, c)` of any size."""

    def maps_back(self, x: np.ndarray, gradients: Mapping[str, np.ndarray]) -> np.ndarray:
        """The gradient by each picture of a number whose gradients by what layers give are these."""


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked about a sample.

    Attributes:
        x: the sample, `(1, *shape)`, as the network gets it.
        target: what is explained.
        label: the number of its true class, or of the predicted one where no other is known; -1 without
            classes.
        toward: the class that a changed sample should be taken for; -1 for any other than the label.
        low, high: ends of what each input can be, in the shape of a sample: black and white of pictures.
        baselines: samples in the shape of one that say nothing, by their names, the usual one first.
        many: samples and their targets, for what is judged by many; there may be none.
        class_names: empty where the target is a number.
        is_picture: whether neighbouring values belong together.
        columns: of a table, in the order of the inputs.
        style: a picture of the size of x, for a method that takes the style of one; else None.
        right: what the share of samples is called that are taken for what they are.
    """

    x: np.ndarray
    target: Target
    label: int
    toward: int
    low: np.ndarray
    high: np.ndarray
    baselines: Mapping[str, np.ndarray]
    many: tuple[np.ndarray, np.ndarray]
    class_names: tuple[str, ...]
    is_picture: bool
    columns: tuple[Column, ...] = ()
    style: np.ndarray | None = None
    right: str = "accuracy"

    def baseline(self, name: str) -> tuple[str, np.ndarray]:
        """The name of a baseline, which may be "usual", and the baseline, in the shape of a sample.

        Raises SpecError for a name that is none.
        """
        if name == USUAL:
            name = next(iter(self.baselines))
        if name not in self.baselines:
            known = ", ".join(self.baselines)
            raise SpecError(f"There is no baseline called '{name}' here. Choose one of: {known}.")
        return name, self.baselines[name]


class Kind(StrEnum):
    """What a method gives.

    IMPORTANCE tells of each value of a sample how much it matters, SAMPLE is a sample that was changed or
    built up, TABLE is rows of numbers.
    """

    IMPORTANCE = auto()
    SAMPLE = auto()
    TABLE = auto()


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a method gives.

    Attributes:
        values: of importance, or the sample, `(*shape)`; of importance there may be one channel for all. None
            of a table of numbers.
        names: where importance is not of each input, of what it is: as many as values.
        figures: numbers and words to print, by what they are called.
        columns, rows: the table.
        notes: what a person must know.
        is_of_sample: whether the sample of the question has a part in it.
        is_size: of importance, whether it has no sign: more or less of an input would both move the number.
    """

    values: np.ndarray | None = None
    figures: Mapping[str, float | str] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[float, ...], ...] = ()
    notes: tuple[str, ...] = ()
    is_of_sample: bool = True
    is_size: bool = False
    names: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Stage:
    """Where a method stands.

    Attributes:
        share: of the work that is done, 0 to 1.
        sample: the sample `(*shape)` as it is now, where it grows.
        explanation: at the end.
    """

    share: float
    sample: np.ndarray | None = None
    explanation: Explanation | None = None


class Method(Declared):
    """A way of explaining. A file in ``methods/`` that registers one is all it takes.

    Attributes:
        paper: where it comes from.
        needs_classes: whether it asks which class a sample is taken for.
        needs_many: whether it judges by many samples.
        needs_gradients: whether it asks for gradients by the sample.
        is_at_once: whether it is done in one go, with no stage before its end.
        needs_style: whether it takes the style of a second picture; the sample may then be of any size.
    """

    paper: ClassVar[str] = ""
    kind: ClassVar[Kind] = Kind.IMPORTANCE
    needs_classes: ClassVar[bool] = False
    needs_many: ClassVar[bool] = False
    needs_gradients: ClassVar[bool] = True
    needs_style: ClassVar[bool] = False
    is_at_once: ClassVar[bool] = False

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        """Explain; the last stage holds the explanation. Each ``yield`` is a chance to cancel.

        ``options`` are complete. Raises SpecError or DataError with a sentence.
        """
        raise NotImplementedError


methods: Registry[Method] = Registry("method", "nnstudio.explain.methods", "nnstudio.methods")

USUAL = "usual"
BASELINE = Option(
    "baseline",
    USUAL,
    "What stands for nothing: black, white or mean; usual is black for pictures, else mean.",
)
