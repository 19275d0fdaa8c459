"""What the layers share that vary pictures while training: RandomFlip, RandomShift and their like.

Each sample gets a draw of its own at every step, `DRAWN` numbers that wait from forward to backward. They say
where a pixel of the output is taken from, so that backward is the transpose of the same map.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import Kernel, device, kernel
from nnkernels.layers.average_pool import check_picture
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, Shape, Shapes
from nnkernels.spec.terms import Gradients, Index
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Row and column that the output's first pixel is taken from, and the step from there to the next.
DRAWN = 4
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
        node.forward(self.draw, h=h, w=w, rows=rows, columns=columns, drawn_at=drawn, salt=node.seed)
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
