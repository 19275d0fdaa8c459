"""Turns what kernels are remembered as into functions of the card.

A kernel and its helpers are the same Python for every hardware. Only intrinsics, LLVM's vector code, have
others in their stead: see `scalars` and `loops`.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nnkernels import machine
from nnkernels.cuda import loops, products, scalars, serving
from nnkernels.cuda.products import Product
from nnkernels.cuda.together import Block, shared_product
from nnkernels.jit import Deferred, Device, Kernel, rebuilt
from nnkernels.ops import convolution
from nnkernels.ops.cells import make_cell
from nnkernels.planning.hardware import HardwareError
from nnkernels.vector import simd
from nnkernels.vector.channel_loops import make_loop

# What takes whose part; the first is added up of what `products` left.
INSTEAD: dict[Any, Device] = {convolution.sum_products: products.sum_taps, **scalars.INSTEAD}
MAKERS = {make_loop: loops.make_loop, make_cell: loops.make_cell}
# Of kernels that a block of threads serves.
MAKERS_SERVING = {**MAKERS, make_cell: loops.make_shared_cell}


class Backend(Protocol):
    """What makes functions of the card: numba's compiler, or its simulator.

    ``primitives`` are what it has for `cast`, `real` and `array_at`, and for what it does better.
    """

    primitives: Mapping[Any, Any]
    block: Block

    def function(self, function: Any) -> Any:
        """A function that others on the card call."""


class Translation:
    """Functions of the card, by what they come from; ``bound`` are names that only the program knows.

    With ``serves`` they are those of a block that does a sample together.
    """

    def __init__(
        self, backend: Backend, bound: Mapping[str, Any] | None = None, serves: bool = False
    ) -> None:
        self._backend, self._bound, block = backend, dict(bound or {}), backend.block
        self._instead = {**INSTEAD, **(serving.INSTEAD if serves else {})}
        self._makers = MAKERS_SERVING if serves else MAKERS
        self._numbers = scalars.NUMBERS | ({simd.ROWS: block.edge} if serves else {})
        self._threads = {"own": block.own, "wait": block.wait, "THREADS": block.threads} if serves else {}
        self._known: dict[Kernel | Device | Deferred, Any] = {}

    def of(self, thing: Kernel | Device | Deferred) -> Any:
        """The function of the card, or the number that a constant is there. Raises HardwareError."""
        if thing not in self._known:
            self._known[thing] = self._translated(thing)
        return self._known[thing]

    def _translated(self, thing: Kernel | Device | Deferred) -> Any:
        if thing in self._backend.primitives:
            return self._backend.primitives[thing]
        if thing in self._numbers:
            return self._numbers[thing]
        if thing in self._instead:
            return self.of(self._instead[thing])
        if isinstance(thing, Deferred):
            return self._deferred(thing)
        names = dict(self._threads)
        if isinstance(thing, Kernel):
            names |= {name: self.of(item) for name, item in thing.bind.items()}
        if thing is scalars.total_loss:
            names |= self._bound
        return self._backend.function(rebuilt(thing.function, self.of, names))

    def product(self, kernel: Kernel, product: Product) -> Any:
        """The function of a product that all threads share."""
        return self.written(shared_product(kernel, product, self._backend.block))

    def written(self, function: Any) -> Any:
        """A function of the card from one that was written out, whose helpers are ours."""
        return self._backend.function(rebuilt(function, self.of))

    def _deferred(self, thing: Deferred) -> Any:
        make: Any = thing.make
        if isinstance(make, functools.partial) and make.func in self._makers:
            return self.of(self._makers[make.func](*make.args))
        if not isinstance(make, functools.partial) and not make.__code__.co_names:
            # A constant.
            return make()
        name = getattr(make, "func", make).__qualname__
        raise HardwareError(
            f"'{name}' makes machine code for processors alone: with it, a network trains on them only."
        )


def searching(kernels: Sequence[Kernel]) -> list[Kernel]:
    """Those that run others themselves."""
    return [kernel for kernel in kernels if machine.Search in kernel.records.values()]
