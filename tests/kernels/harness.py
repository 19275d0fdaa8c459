"""Runs one layer by itself: lays out its memory, calls its kernels chunk by chunk."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.planning.lowering import Emitter, Instruction, Lowering, Sweep
from nnkernels.spec import Layer, Shape, size_of

CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, *[ctypes.c_int64] * 3)


class Bench:
    """One layer with inputs, parameters and gradients in flat buffers of one dtype."""

    def __init__(
        self, layer: Layer, options: dict[str, Any], shapes: tuple[Shape, ...], batch: int,
        chunk: int, dtype: Any = np.float64, training: bool = True, seed: int = 0, gap: int = 0,
    ) -> None:  # fmt: skip
        """``gap`` values between inputs and output belong to nobody."""
        self.layer, self.options, self.shapes = layer, layer.complete(options), shapes
        self.batch, self.training = batch, training
        self.shape = layer.shape(self.options, shapes)
        self.view = layer.is_view(self.options, training)
        sizes = [size_of(s) * batch for s in shapes]
        self.x_at = np.cumsum([0, *[size + gap for size in sizes]]).tolist()
        self.y_at = self.x_at[0] if self.view else self.x_at[-1]
        total = self.x_at[-1] + size_of(self.shape) * batch + gap
        rng = np.random.default_rng(seed)
        self.declared = layer.parameters(self.options, shapes)
        at = np.cumsum([0, *[size_of(p.shape) for p in self.declared]]).tolist()
        self.p_at = {p.name: a for p, a in zip(self.declared, at, strict=False)}
        self.acts = rng.normal(size=total).astype(dtype)
        # Gradients and scratch start as NaN: whatever is not written shows.
        self.grads = np.full(total + at[-1], np.nan, dtype)
        self.params = rng.normal(size=at[-1] + 1).astype(dtype)
        for p, a in zip(self.declared, at, strict=False):
            # What starts at one is a scale or a variance: it must stay positive.
            if p.initialiser == "ones":
                part = self.params[a : a + size_of(p.shape)]
                part[:] = np.abs(part) + 0.5
            # Nobody writes gradients of what is not trained: the plan starts them at 0.
            if not p.trained:
                self.grads[total + a : total + a + size_of(p.shape)] = 0
        self.g_at = {name: total + a for name, a in self.p_at.items()}
        self.emitter = Emitter(batch, chunk, -(-batch // chunk), self, work_size=machine.HEADER)
        if not self.view:
            layer.lower(
                Lowering(
                    self.options, shapes, self.shape, self.x_at[:-1],
                    [a if training else -1 for a in self.x_at[:-1]], self.y_at,
                    self.y_at if training else -1, self.p_at, self.g_at, training, 3, self.emitter,
                    as_training=training,
                )
            )  # fmt: skip
        self.work = np.full(self.emitter.work_size, np.nan, dtype)
        self.work[: machine.HEADER] = 1
        self.tables = np.concatenate([np.zeros(1, np.int64), *self.emitter.tables])
        self.state = np.array([batch, 5, 11, *[0] * (machine.STATE_SIZE - 3)], np.int64)
        self.state[machine.WHOLE] = batch
        # The samples in their order, for layers that go by which one they get.
        self.order = np.arange(batch)
        self.state[machine.ORDER_AT] = machine.address_of(self.order)

    def rows(self, size: int) -> int:
        return self.whole(size * self.batch)

    def whole(self, size: int) -> int:
        return self.emitter.reserve(size)

    def _call(self, instruction: Instruction, chunk: int, low: int, high: int) -> None:
        args = np.array(instruction.resolved(self.tables.ctypes.data + 8, set(), {}), np.int64)
        buffers = (args, self.state, self.acts, self.grads, self.params, self.work)
        CALL(instruction.kernel.address(self.acts.dtype))(*[b.ctypes.data for b in buffers], chunk, low, high)

    def _over_batch(self, items: list[Instruction | Sweep]) -> None:
        """Instruction by instruction: a sweep among them sees the whole batch."""
        for item in items:
            if isinstance(item, Sweep):
                self._sweep(item)
                continue
            for chunk in range(self.emitter.chunks):
                low = chunk * self.emitter.chunk
                self._call(item, chunk, low, min(self.batch, low + self.emitter.chunk))

    def _sweep(self, sweep: Sweep) -> None:
        for chunk in range(-(-sweep.extent // sweep.chunk)):
            low = chunk * sweep.chunk
            self._call(sweep.instruction, chunk, low, min(sweep.extent, low + sweep.chunk))

    def inputs(self) -> list[np.ndarray]:
        """Views of the inputs, (batch, *shape)."""
        return self._of_inputs(self.acts)

    def _of_inputs(self, values: np.ndarray) -> list[np.ndarray]:
        spans = zip(self.x_at[:-1], self.shapes, strict=True)
        return [values[a : a + size_of(s) * self.batch].reshape(self.batch, *s) for a, s in spans]

    def parameters(self) -> dict[str, np.ndarray]:
        """Views of the parameters."""
        return {
            p.name: self.params[self.p_at[p.name] :][: size_of(p.shape)].reshape(p.shape)
            for p in self.declared
        }

    def forward(self) -> np.ndarray:
        """Run forward; a copy of the outputs, (batch, *shape)."""
        self._over_batch([*self.emitter.prepared, *self.emitter.forward])
        size = size_of(self.shape) * self.batch
        return self.acts[self.y_at : self.y_at + size].reshape(self.batch, *self.shape).copy()

    def backward(self, dy: np.ndarray) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
        """Gradients of the inputs and of the parameters for the output's gradient dy."""
        self.grads[self.y_at : self.y_at + dy.size] = dy.ravel()
        self._over_batch(self.emitter.backward)
        for sweep in self.emitter.sweeps:
            self._sweep(sweep)
        dx = [values.copy() for values in self._of_inputs(self.grads)]
        dp = {
            p.name: self.grads[self.g_at[p.name] :][: size_of(p.shape)].reshape(p.shape).copy()
            for p in self.declared
        }
        return dx, dp
