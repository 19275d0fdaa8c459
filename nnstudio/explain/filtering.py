"""How one filter of a convolution passes over a sample: its numbers, and the arithmetic of any position."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.conv import Conv2D
from nnkernels.ops.windows import Axis
from nnkernels.spec import Shape
from nnstudio.data.known_kernels import KnownKernel, in_middle
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import weights_of


@dataclass(frozen=True, eq=False)
class Window:
    """What a filter sees at one position of its output.

    Attributes:
        rows, columns: of the source; those beyond its border are padding.
        is_inside: bool (height, width): which pixels are no padding.
        values, products: (height, width, channels) float64, 0 in the padding.
        sums: (channels,) float64: the products of each channel, added up.
        total: the sum of all products and the bias.
    """

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    is_inside: np.ndarray
    values: np.ndarray
    products: np.ndarray
    sums: np.ndarray
    total: float


@dataclass(frozen=True, eq=False)
class Filtering:
    """One filter of a Conv2D with what enters and what comes out, at a step; all arrays are float32.

    Attributes:
        sample, samples: which one it is of how many.
        filter, filters: the same of the filters, which are counted from 0.
        source: (h, w, channels) that the filter sees; ``first`` is the first of them among all channels.
        shape: of the whole array of weights; ``weight`` is this filter's part of it, (rows, columns,
            channels).
        bias: None where the layer has none.
        output: (rows, columns), as the engine computed it.
        axes: where its windows lie, along the height and along the width.
        is_input: whether the source is the sample itself.
    """

    step: int
    node: str
    sample: int
    samples: int
    filter: int
    filters: int
    source: np.ndarray
    first: int
    shape: Shape
    weight: np.ndarray
    bias: float | None
    output: np.ndarray
    axes: tuple[Axis, Axis]
    is_input: bool

    def index(self, row: int, column: int, channel: int) -> int:
        """The flat index of one of its weights in the whole array."""
        return int(np.ravel_multi_index((row, column, channel, self.filter), self.shape))

    def window(self, row: int, column: int) -> Window:
        """The arithmetic of a position of the output."""
        down, across = self.axes
        rows, columns = _along(down, row), _along(across, column)
        height, width = self.source.shape[:2]
        inside = np.outer([0 <= r < height for r in rows], [0 <= c < width for c in columns])
        near = np.ix_(np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1))
        values = np.where(inside[..., None], self.source[near].astype(np.float64), 0.0)
        # What is no number is shown as such.
        with np.errstate(invalid="ignore", over="ignore"):
            # Padding adds nothing, not even where a weight is no number.
            products = np.where(inside[..., None], values * self.weight, 0.0)
            sums = products.sum((0, 1))
            total = float(sums.sum()) + (self.bias or 0.0)
        return Window(rows, columns, inside, values, products, sums, total)


def known_values(
    kernel: KnownKernel, shape: Shape, channel: int, chosen: int, has_bias: bool
) -> tuple[tuple[str, int, float], ...]:
    """What is to be written into a Conv2D whose weights are of a shape, so that filter ``chosen`` has a known
    kernel for a channel, and no bias: array, flat index and value of each number.
    """
    numbers = in_middle(kernel, shape[:2])
    values = [
        ("weight", int(np.ravel_multi_index((row, column, channel, chosen), shape)), float(number))
        for (row, column), number in np.ndenumerate(numbers)
    ]
    return (*values, ("bias", chosen, 0.0)) if has_bias else tuple(values)


@dataclass(frozen=True)
class NoFilter:
    """There is no Conv2D to look at."""

    step: int


@dataclass(frozen=True)
class FilteringProbe:
    """A filter of ``node``, or of the first Conv2D where that is none, on a sample of the watched part."""

    node: str
    filter: int = 0
    sample: int = 0

    def run(self, session: Evaluation) -> Iterator[Filtering | NoFilter]:
        node = _filtering_node(session, self.node)
        if node is None:
            yield NoFilter(session.steps)
            return
        x, _y, _part = session.samples()
        sample, chosen = self.sample % len(x), min(self.filter, node.options["filters"] - 1)
        (entering,) = node.inputs
        given = session.predict_all(x[sample : sample + 1], [entering, node.id])
        arrays = weights_of(session, node.id)
        weight, bias = arrays["weight"], arrays.get("bias")
        channels, each = weight.shape[2], node.options["filters"] // node.options["groups"]
        first = chosen // each * channels
        assert isinstance(node.layer, Conv2D)
        down, across = node.layer.frame(node.options, node.input_shapes[0])
        yield Filtering(
            session.steps, node.id, sample, len(x), chosen, node.options["filters"],
            given[entering][0][..., first : first + channels].copy(), first,
            weight.shape, weight[..., chosen],
            None if bias is None else float(bias[chosen]), given[node.id][0][..., chosen].copy(),
            (down, across), not session.layout.nodes[entering].inputs,
        )  # fmt: skip


def _filtering_node(session: Evaluation, wanted: str) -> Resolved | None:
    nodes = session.layout.nodes
    filtering = [n for n in nodes.values() if isinstance(n.layer, Conv2D)]
    return next((n for n in filtering if n.id == wanted), next(iter(filtering), None))


def _along(axis: Axis, position: int) -> tuple[int, ...]:
    """Where the window at a position looks along an axis; padding is below 0 or behind the end."""
    start = position * axis.stride - axis.before
    return tuple(start + tap * axis.dilation for tap in range(axis.taps))
