"""What a live view may ask of the window: a closed set, so that no view and no host knows another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnstudio.data.own_points import PointChange
from nnstudio.explain.directions import Pick


@dataclass(frozen=True)
class EditWeight:
    """A person wrote a value into an array of a node, at a flat index."""

    node: str
    array: str
    index: int
    value: float


@dataclass(frozen=True)
class EditWeights:
    """A person wrote several values of a node at once: the array, a flat index and the value of each."""

    node: str
    values: tuple[tuple[str, int, float], ...]


@dataclass(frozen=True)
class MoveWeight:
    """A person is about to write such a value: all views follow. None: they gave it up."""

    node: str
    array: str
    index: int
    value: float | None


@dataclass(frozen=True)
class PickWeight:
    """A trained value is to be an axis of the loss surface: ``axis`` 0 runs to the right, 1 up."""

    axis: int
    pick: Pick


@dataclass(frozen=True, eq=False)
class ShowSample:
    """A person drew or set a sample, as the network gets it; None where there is none any more."""

    sample: np.ndarray | None


@dataclass(frozen=True)
class ShowArray:
    """The array of this name, of the selected node, is to be seen with its values."""

    name: str


@dataclass(frozen=True)
class PressPill:
    """A person clicked on what a view marked at a node of the engine: the number of the pill."""

    node: str
    pill: int


@dataclass(frozen=True)
class SetPoints:
    """A person set the points of `data.own_points`."""

    change: PointChange


@dataclass(frozen=True)
class ShowRuns:
    """A person wants to see all runs that were kept."""


@dataclass(frozen=True)
class Say:
    """A sentence for the person to read."""

    sentence: str


@dataclass(frozen=True, eq=False)
class WriteFile:
    """A person chose a file; ``content()`` is called on another thread, because it may take long."""

    path: Path
    content: Callable[[], bytes]


ViewRequest = (
    EditWeight | EditWeights | MoveWeight | PickWeight | ShowSample | ShowArray | PressPill | SetPoints
    | ShowRuns | Say | WriteFile
)  # fmt: skip
