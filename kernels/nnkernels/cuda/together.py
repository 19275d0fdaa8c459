"""Instructions that all threads of the card share among them, value by value or tile by tile.

They stand alone in their group, so that all threads have waited for each other before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from nnkernels import machine
from nnkernels.cuda import products
from nnkernels.cuda.products import PRODUCTS, Product
from nnkernels.cuda.serving import SERVING, is_served
from nnkernels.jit import Kernel, handed_over
from nnkernels.layers import (
    attention_kernels,
    batch_norm,
    dense,
    dropout,
    embedding,
    joins,
    layer_norm,
    softmax,
)
from nnkernels.machine import SAMPLES
from nnkernels.ops import elementwise, recurrence
from nnkernels.vector.vmath import cast

PARAMETERS = (
    "which, given, at, state, acts, grads, params, work, left, right, thread, block, blocks, lo, hi, width"
)
# Functions whose range may as well be of single values or rows, by the argument that says how many of them a
# sample has: with 1 in its place, samples ``lo .. hi`` are values or rows.
BY_VALUE: dict[Any, str] = {
    elementwise.forward: "size",
    elementwise.backward: "size",
    elementwise.pass_back.function: "size",
    machine.add_gradients.function: "width",
    joins.sum_forward.function: "width",
    joins.sum_backward.function: "width",
    dropout.forward.function: "width",
    dropout.backward.function: "width",
    embedding.look_up.function: "steps",
    softmax.forward.function: "rows",
    softmax.backward.function: "rows",
    layer_norm.layer_forward.function: "positions",
    layer_norm.layer_backward.function: "positions",
    batch_norm.normalise.function: "positions",
    batch_norm.frozen_backward.function: "positions",
}
# Sweeps that may be cut anywhere.
BY_RANGE = {dense.bias_gradient, attention_kernels.input_biases, recurrence.sum_shares}
# A tile of EDGE rows and columns; each thread has a column of it, in every STEP-th row.
PRODUCT = """
def together(state, acts, grads, params, work, left, right, own, its_block, all_blocks, {arguments}):
    zero = cast(0.0, left)
    row, column = own // EDGE, own % EDGE
    rows, columns, terms, parts = {sizes}
    across = (columns + EDGE - 1) // EDGE
    tiles = (rows + EDGE - 1) // EDGE * across
    for tile in range(its_block, tiles * parts, all_blocks):
        part = tile // tiles
        top, j = tile % tiles // across * EDGE + row, tile % across * EDGE + column
        {begin}
        for first in range(0, terms, EDGE):
            for n in range(row, EDGE, STEP):
                i, k = top - row + n, first + column
                left[n * EDGE + column] = ({left}) if i < rows and k < terms else zero
                k = first + n
                right[n * EDGE + column] = ({right}) if j < columns and k < terms else zero
            wait()
            for k in range(EDGE):
                factor = right[k * EDGE + column]
                {add}
            wait()
        if j < columns:
            {end}
    thread, threads = its_block * THREADS + own, all_blocks * THREADS
    {after}
"""
END = """
            i, total = top + {ahead}, total{n}
            if i < rows:
                {put}
"""


@dataclass(frozen=True)
class Block:
    """Threads that work on a tile of ``edge`` rows and columns, of which each takes every ``step``-th row.

    ``wait`` is a function of the card with which they wait for each other, ``own`` gives a thread's number.
    """

    edge: int
    step: int
    wait: Any
    own: Any

    @property
    def threads(self) -> int:
        return self.edge * self.step


def is_shared(kernel: Kernel) -> bool:
    """Whether all threads compute it together."""
    return kernel in PRODUCTS or kernel.function in BY_VALUE or is_served(kernel) or is_ranged(kernel)


def is_ranged(kernel: Kernel) -> bool:
    """Whether its range, which is not of samples, is of values that each thread computes some of."""
    return kernel in BY_RANGE


def shared_product(kernel: Kernel, product: Product, block: Block) -> Any:
    """A function of this product, not compiled yet."""
    numbers = range(block.edge // block.step)
    text = PRODUCT.format(
        arguments=", ".join(kernel.arguments), sizes=product.sizes, left=product.left, right=product.right,
        begin="; ".join(f"total{n} = zero" for n in numbers),
        add="; ".join(f"total{n} += left[(row + {n * block.step}) * EDGE + k] * factor" for n in numbers),
        end="".join(END.format(ahead=n * block.step, n=n, put=product.put) for n in numbers).strip(),
        after="\n    ".join(product.after),
    )  # fmt: skip
    helpers = {name: getattr(products, name) for name in ("window_value", "reaching_value", "sum_columns")}
    sizes = {"EDGE": block.edge, "STEP": block.step, "THREADS": block.threads, "wait": block.wait}
    scope: dict[str, Any] = {**helpers, **sizes, "cast": cast, "SAMPLES": SAMPLES}
    exec(text, scope)
    return scope["together"]


def named(kernel: Kernel, numbers: Sequence[int]) -> dict[str, Any]:
    """A kernel's arguments by name; records are whole."""
    given: dict[str, Any] = {}
    for name, start in kernel.positions.items():
        record = kernel.records.get(name)
        given[name] = record(*numbers[start : start + len(record._fields)]) if record else numbers[start]
    return given


def values_of(kernel: Kernel, numbers: Sequence[int], samples: int) -> int:
    """How many values are computed, each by a thread if there are enough; ``numbers`` are the arguments."""
    if is_served(kernel):
        return samples * SERVING
    given = named(kernel, numbers)
    if kernel not in PRODUCTS:
        return int(samples * given[BY_VALUE[kernel.function]])
    state = [samples] * (SAMPLES + 1)
    rows, columns, _, parts = eval(PRODUCTS[kernel].sizes, {"state": state, "SAMPLES": SAMPLES, **given})
    return int(rows * columns * parts)


def dispatcher(
    kernels: Sequence[Kernel],
    form: Callable[[Kernel], Any],
    product: Callable[..., Any],
    served: Callable[[Kernel], Any],
    threads: int,
) -> Any:
    """A function that runs the kernel of a number together; ``form``, ``product`` and ``served`` compile one.

    A block has so many ``threads``.
    """
    lines = [f"def together({PARAMETERS}):", "    if which < 0:", "        return"]
    scope: dict[str, Any] = {}
    for number, kernel in enumerate(kernels):
        if not is_shared(kernel):
            continue
        scope |= {f"{name}_{number}": record for name, record in kernel.records.items()}
        handed = handed_over(kernel, "at + ", "{}_" + str(number))
        lines.append(f"    elif which == {number}:")
        if kernel in PRODUCTS:
            scope[f"kernel{number}"] = product(kernel, PRODUCTS[kernel])
            buffers = "state, acts, grads, params, work, left, right, thread, block, blocks"
            lines.append(f"        kernel{number}({buffers}, {handed})")
            continue
        if is_served(kernel):
            scope[f"kernel{number}"] = served(kernel)
            lines += [
                "        for chunk in range(block, (hi - lo + width - 1) // width, blocks):",
                "            first = lo + chunk * width",
                f"            kernel{number}(state, acts, grads, params, work, chunk, first, "
                f"min(hi, first + width), {handed})",
            ]
            continue
        scope[f"kernel{number}"] = form(kernel)
        if is_ranged(kernel):
            lines.append(f"        for i in range(lo + block * {threads} + thread, hi, blocks * {threads}):")
            lines.append(
                f"            kernel{number}(state, acts, grads, params, work, 0, i, i + 1, {handed})"
            )
            continue
        size = f"given[at + {kernel.positions[BY_VALUE[kernel.function]]}]"
        lines.append(f"        first, threads = block * {threads} + thread, blocks * {threads}")
        lines.append(f"        for i in range(lo * {size} + first, hi * {size}, threads):")
        alone = handed.replace(size, "1")
        lines.append(f"            kernel{number}(state, acts, grads, params, work, 0, i, i + 1, {alone})")
    exec("\n".join(lines), scope)
    return scope["together"]
