"""What the layers share that vary pictures while training: RandomFlip, RandomShift and their like.

Each sample gets a draw of its own at every step: a few numbers that wait from forward to backward and say
where a pixel of the output is taken from, so that backward is the transpose of the same map.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import Kernel, device, kernel
from nnkernels.layers.average_pool import check_picture
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, Shape, Shapes, size_of
from nnkernels.spec.terms import Gradients, Index
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Row and column that the output's first pixel is taken from, and the step from there to the next.
DRAWN = 4
# Of those that turn or enlarge: a matrix by which positions of the output, seen from the middle, become those
# of the input, row by row.
MATRIX = 4
# What lies outside of the picture: the nearest pixel of its edge, or zero.
EDGE, ZERO = "edge", "zero"
FILL = Option(
    "fill", EDGE, "What comes in at the sides: the nearest pixel of the edge, or zero.", choices=(EDGE, ZERO)
)


@device
def inside(at, size, edge):
    """The row or column ``at``, the nearest one with ``edge``, or -1 where there is nothing."""
    if 0 <= at < size:
        return at
    if edge:
        return 0 if at < 0 else size - 1
    return -1


@kernel
def move(state, acts, grads, params, work, chunk, lo, hi, h, w, c, x_at, y_at, drawn_at, edge):
    """Copies whole pixels from where the draw says, or zeros."""
    for n in range(lo, hi):
        drawn = work[drawn_at + n * DRAWN : drawn_at + (n + 1) * DRAWN]
        row, column, down, across = int(drawn[0]), int(drawn[1]), int(drawn[2]), int(drawn[3])
        for i in range(h):
            source = inside(row + i * down, h, edge)
            x, y = x_at + (n * h + source) * w * c, y_at + (n * h + i) * w * c
            for j in range(w):
                at = inside(column + j * across, w, edge)
                if source < 0 or at < 0:
                    for m in range(c):
                        acts[y + j * c + m] = cast(0.0, acts)
                else:
                    for m in range(c):
                        acts[y + j * c + m] = acts[x + at * c + m]


@kernel
def move_back(state, acts, grads, params, work, chunk, lo, hi, h, w, c, dx_at, dy_at, drawn_at, edge):
    """Every pixel gets the gradients of its copies."""
    for n in range(lo, hi):
        grads[dx_at + n * h * w * c : dx_at + (n + 1) * h * w * c] = 0
        drawn = work[drawn_at + n * DRAWN : drawn_at + (n + 1) * DRAWN]
        row, column, down, across = int(drawn[0]), int(drawn[1]), int(drawn[2]), int(drawn[3])
        for i in range(h):
            source = inside(row + i * down, h, edge)
            dx, dy = dx_at + (n * h + source) * w * c, dy_at + (n * h + i) * w * c
            for j in range(w):
                at = inside(column + j * across, w, edge)
                if source >= 0 and at >= 0:
                    for m in range(c):
                        grads[dx + at * c + m] += grads[dy + j * c + m]


@device
def taps(at, size, edge):
    """Two neighbouring rows or columns between which ``at`` lies, with their weights; outside weighs 0."""
    zero, one = cast(0.0, at), cast(1.0, at)
    if edge:
        at = min(max(at, zero), cast(size - 1, at))
    # On a graphics card the floor is no whole number yet.
    first = np.int64(math.floor(at))
    share = at - cast(first, at)
    before = one - share if 0 <= first < size else zero
    after = share if 0 <= first + 1 < size else zero
    return min(max(first, 0), size - 1), min(max(first + 1, 0), size - 1), before, after


@device
def corners(row, column, h, w, c, edge):
    """Offsets of the four pixels around a position, and their weights."""
    zero, one = cast(0.0, row), cast(1.0, row)
    if zero <= row < cast(h - 1, row) and zero <= column < cast(w - 1, row):
        # Most positions lie inside, where nothing has to be asked.
        i, j = int(row), int(column)
        low, far, at = row - cast(i, row), column - cast(j, row), (i * w + j) * c
        up, near = one - low, one - far
        return (at, at + c, at + w * c, at + w * c + c), (up * near, up * far, low * near, low * far)
    top, bottom, up, low = taps(row, h, edge)
    left, right, near, far = taps(column, w, edge)
    at = (top * w + left) * c, (top * w + right) * c, (bottom * w + left) * c, (bottom * w + right) * c
    return at, (up * near, up * far, low * near, low * far)


@device
def mean_of(values, x, at, weights):
    """The weighted mean of four values."""
    top = weights[0] * values[x + at[0]] + weights[1] * values[x + at[1]]
    return top + weights[2] * values[x + at[2]] + weights[3] * values[x + at[3]]


@device
def start_of(matrix, i, h, w):
    """Row and column that the first pixel of row i comes from."""
    half = cast(0.5, matrix)
    down, across = cast(i, matrix) - half * cast(h - 1, matrix), -half * cast(w - 1, matrix)
    row = half * cast(h - 1, matrix) + matrix[0] * down + matrix[1] * across
    return row, half * cast(w - 1, matrix) + matrix[2] * down + matrix[3] * across


@kernel
def resample(state, acts, grads, params, work, chunk, lo, hi, h, w, c, x_at, y_at, matrix_at, edge):
    """Each pixel is the mean of the four around its source, weighted by how near they are (bilinear)."""
    for n in range(lo, hi):
        matrix, x = work[matrix_at + n * MATRIX : matrix_at + (n + 1) * MATRIX], x_at + n * h * w * c
        for i in range(h):
            row, column = start_of(matrix, i, h, w)
            for j in range(w):
                step = cast(j, matrix)
                at, weights = corners(row + matrix[1] * step, column + matrix[3] * step, h, w, c, edge)
                y = y_at + ((n * h + i) * w + j) * c
                if c == 1:
                    # A loop over channels would cost more than it does.
                    acts[y] = mean_of(acts, x, at, weights)
                else:
                    for m in range(c):
                        acts[y + m] = mean_of(acts, x + m, at, weights)


@kernel
def resample_back(state, acts, grads, params, work, chunk, lo, hi, h, w, c, dx_at, dy_at, matrix_at, edge):
    """Each of the four gets its share of the gradient."""
    for n in range(lo, hi):
        matrix, dx = work[matrix_at + n * MATRIX : matrix_at + (n + 1) * MATRIX], dx_at + n * h * w * c
        grads[dx : dx + h * w * c] = 0
        for i in range(h):
            row, column = start_of(matrix, i, h, w)
            for j in range(w):
                step = cast(j, matrix)
                at, weights = corners(row + matrix[1] * step, column + matrix[3] * step, h, w, c, edge)
                dy = dy_at + ((n * h + i) * w + j) * c
                for m in range(c):
                    gradient = grads[dy + m]
                    grads[dx + at[0] + m] += weights[0] * gradient
                    grads[dx + at[1] + m] += weights[1] * gradient
                    grads[dx + at[2] + m] += weights[2] * gradient
                    grads[dx + at[3] + m] += weights[3] * gradient


class Augmentation(Layer):
    """Base: varies pictures while training, each sample by a draw of its own; nothing in evaluation."""

    category = "Augmentation"

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        check_picture(self.title, inputs[0])
        return inputs[0]

    def varies(self, options: Options) -> bool:
        """Whether these options change anything."""
        return True

    def is_view(self, options: Options, training: bool) -> bool:
        return not training or not self.varies(options)

    def differs_in_training(self, options: Options) -> bool:
        return self.varies(options)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.asarray(inputs[0])


class Moves(Augmentation):
    """Base of those that move whole pixels; ``draw`` writes `DRAWN` numbers for each sample."""

    draw: Kernel

    def reach(self, options: Options, shape: Shape) -> tuple[int, int]:
        """How far the draw may go, along rows and along columns."""
        raise NotImplementedError

    def lower(self, node: Lowering) -> None:
        h, w, c = node.inputs[0]
        rows, columns = self.reach(node.options, node.inputs[0])
        drawn = node.per_sample(DRAWN)
        shared = {
            "h": h, "w": w, "c": c, "drawn_at": drawn, "edge": int(node.options.get("fill", ZERO) == EDGE),
        }  # fmt: skip
        # Where to turn round depends on the size, how far to move does not.
        size = {"h": h, "w": w} if "h" in self.draw.arguments else {}
        node.forward(self.draw, **size, rows=rows, columns=columns, drawn_at=drawn, salt=node.seed)
        node.forward(move, x_at=node.x[0], y_at=node.y, **shared)
        if node.dx[0] >= 0:
            node.backward(move_back, dx_at=node.dx[0], dy_at=node.dy, **shared)

    def maps(self, options: Options, shape: Shape) -> Iterable[tuple[np.ndarray, np.ndarray]]:
        """All that can be drawn: source row of each row and source column of each column, -1 for none."""
        raise NotImplementedError

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients | None:
        copies = set()
        for rows, columns in self.maps(options, x.shape):
            moved = x[rows][:, columns]
            moved[rows < 0], moved[:, columns < 0] = 0, 0
            if np.array_equal(moved, y):
                i, j = np.flatnonzero(rows == index[0]), np.flatnonzero(columns == index[1])
                copies.add(tuple(((int(a), int(b), index[2]), 1.0) for a in i for b in j))
        # A picture that is alike in several draws does not tell which it was.
        return copies.pop() if len(copies) == 1 else None


class Resamples(Augmentation):
    """Base of those that turn or enlarge; ``draw`` writes a `MATRIX` for each sample from the ``largest``."""

    draw: Kernel

    def largest(self, options: Options) -> float:
        """How far the draw may go."""
        raise NotImplementedError

    def varies(self, options: Options) -> bool:
        return self.largest(options) > 0

    def flops(self, options: Options, inputs: Shapes) -> int:
        # Four products and three sums for each value, and some thirty to find the source of each pixel.
        return 7 * size_of(inputs[0]) + 30 * size_of(inputs[0][:2])

    def lower(self, node: Lowering) -> None:
        h, w, c = node.inputs[0]
        matrix, largest = node.per_sample(MATRIX), node.real(self.largest(node.options))
        shared = {"h": h, "w": w, "c": c, "matrix_at": matrix, "edge": int(node.options["fill"] == EDGE)}
        node.forward(self.draw, matrix_at=matrix, largest=largest, salt=node.seed)
        node.forward(resample, x_at=node.x[0], y_at=node.y, **shared)
        if node.dx[0] >= 0:
            node.backward(resample_back, dx_at=node.dx[0], dy_at=node.dy, **shared)
