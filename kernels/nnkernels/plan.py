"""Turns a network into a Program: instruction table, flat buffers, offsets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels import machine, regularise
from nnkernels.lowering import Emitter, Instruction, Lowering, Sweep
from nnkernels.network import NetworkSpec, Resolved
from nnkernels.program import MAX_STEPS, Layout, Program
from nnkernels.spec import Shape, SpecError, losses, optimizers, size_of

# A batch whose step costs less than this is not cut: a parallel region would cost more.
MIN_PARALLEL_FLOPS = 2_000_000
MAX_CHUNKS = 8
# Refuse to allocate more than this share of the machine's memory.
MEMORY_SHARE = 0.8


def build(
    network: NetworkSpec | Layout,
    input_shape: Shape,
    loss: str,
    optimizer: str | None,
    batch: int,
    target_width: int,
    dtype: Any = np.float32,
    params: np.ndarray | None = None,
    loss_options: Mapping[str, Any] | None = None,
    penalties: Mapping[str, float] | None = None,
) -> Program:
    """Plan a training program, or with ``optimizer`` None one that only evaluates.

    Raises SpecError with a sentence where the network cannot work or memory would not suffice.
    """
    layout = network if isinstance(network, Layout) else Layout.of(network, input_shape, loss)
    builder = _Builder(layout, loss, optimizer, batch, target_width, np.dtype(dtype))
    builder.loss_options = losses[loss].complete(loss_options or {})
    builder.penalties = {**builder.penalties, **(penalties or {})}
    return builder.build(params)


class _Builder:
    """One planning run; holds what is being laid out."""

    def __init__(
        self, layout: Layout, loss: str, optimizer: str | None, batch: int, targets: int, dtype: np.dtype
    ) -> None:
        self.layout, self.loss, self.batch, self.targets = layout, losses[loss], batch, targets
        self.optimizer = optimizers[optimizer] if optimizer else None
        self.training, self.dtype = optimizer is not None, dtype
        self.loss_options: Mapping[str, Any] = self.loss.defaults()
        self.penalties: Mapping[str, float] = dict.fromkeys(("l1", "l2", "clip_value", "clip_norm"), 0.0)
        flops = sum(n.layer.flops(n.options, n.input_shapes) for n in layout.nodes.values()) * batch
        self.cut = flops * (3 if self.training else 1) >= MIN_PARALLEL_FLOPS
        chunk = -(-batch // MAX_CHUNKS)
        # Tiles of the matrix product have 8 rows, or 16 columns where it runs transposed.
        chunk = -(-chunk // 16) * 16 if self.cut else batch
        chunk = min(chunk, batch)
        self.emitter = Emitter(batch, chunk, -(-batch // chunk), work_size=machine.HEADER)
        self.act_size = self.grad_size = 0
        self.where: dict[str, tuple[int, Shape]] = {}
        self.dy: dict[str, int] = {}
        self.edges: dict[tuple[str, int], int] = {}

    def build(self, params: np.ndarray | None) -> Program:
        """Lay out memory, emit instructions, allocate."""
        self._place_activations()
        if self.training:
            self._place_gradients()
        emitter = self.emitter
        target = emitter.reserve(self.batch * self.targets)
        per_loss, per_correct = emitter.reserve(self.batch), emitter.reserve(self.batch)
        results = emitter.reserve(2 * MAX_STEPS)
        source = next(n for n in self.layout.nodes.values() if n.layer.role == "input")
        gather = Instruction(
            machine.gather,
            (0, 0, 0, size_of(source.shape), self.where[source.id][0], self.targets, target),
        )
        parameter_gradients = self.grad_size
        backward = self._lower_nodes(parameter_gradients)
        logits = self.layout.logits
        width = size_of(self.layout.nodes[logits].shape)
        loss = Instruction(
            self.loss.kernel,
            (self.where[logits][0], self.dy.get(logits, 0), target, per_loss, per_correct, width,
             int(self.training), *[Lowering.real(v) for v in self.loss_options.values()]),
        )  # fmt: skip
        rate = Instruction(regularise.set_rate, (0, self.batch))
        first = [Sweep(rate, 1, 1, False)] if self.training else []
        batch_run: list[Instruction | Sweep] = [*first, gather, *emitter.forward, loss, *backward]
        sweeps = list(emitter.sweeps)
        sweeps.append(Sweep(Instruction(machine.tally, (per_loss, per_correct, results)), 1, 1, False))
        count = self.layout.parameter_count
        slots = 0
        if self.optimizer is not None:
            slots = self.optimizer.slots
            update = Instruction(self.optimizer.kernel, (parameter_gradients, count))
            trained = self.layout.trained_count
            if trained:
                sweeps.extend(self._penalties(parameter_gradients, trained))
                pieces = int(np.clip(trained // 16384, 1, MAX_CHUNKS))
                chunk = -(-trained // pieces // 16) * 16 or trained
                sweeps.append(Sweep(update, trained, chunk, pieces > 1))
        total = self.act_size + self.grad_size + count * (2 + slots) + emitter.work_size
        _check_memory(total * self.dtype.itemsize)
        if params is None:
            params = np.zeros(count * (1 + slots), self.dtype)
        elif len(params) < count * (1 + slots):
            raise ValueError("Shared parameters are too short for this program.")
        return self._assemble(batch_run, sweeps, params, parameter_gradients, results)

    def _penalties(self, gradients: int, count: int) -> list[Sweep]:
        """Sweeps between gradients and optimizer; none where nothing is asked for."""
        p, made = self.penalties, []
        if p["l1"] or p["l2"] or p["clip_value"]:
            values = [Lowering.real(p[name]) for name in ("l1", "l2", "clip_value")]
            instruction = Instruction(regularise.penalise, (gradients, *values))
            made.append(Sweep(instruction, count, max(-(-count // MAX_CHUNKS // 16) * 16, 16), False))
        if p["clip_norm"]:
            norm = Instruction(regularise.clip_norm, (gradients, count, Lowering.real(p["clip_norm"])))
            made.append(Sweep(norm, 1, 1, False))
        return made

    def _place_activations(self) -> None:
        for node in self.layout.nodes.values():
            if node.inputs and node.layer.is_view(node.options, self.training):
                self.where[node.id] = (self.where[node.inputs[0]][0], node.shape)
                continue
            self.where[node.id] = (self.act_size, node.shape)
            self.act_size += -(-size_of(node.shape) * self.batch // 16) * 16

    def _reserve_gradient(self, node: Resolved) -> int:
        at = self.grad_size
        self.grad_size += -(-size_of(node.shape) * self.batch // 16) * 16
        return at

    def _place_gradients(self) -> None:
        """Give each output a gradient buffer, and each link its own where an output feeds several."""
        nodes = self.layout.nodes
        needs: dict[str, bool] = {}
        for node in nodes.values():
            needs[node.id] = bool(node.parameters) or any(needs[s] for s in node.inputs)
        consumers: dict[str, list[tuple[str, int]]] = {name: [] for name in nodes}
        logits = self.layout.logits
        # What stands behind the logits only serves prediction.
        behind = {self.layout.output, *nodes[self.layout.output].inputs} - {logits}
        for node in nodes.values():
            if node.id not in behind:
                for port, s in enumerate(node.inputs):
                    consumers[s].append((node.id, port))
        for node in reversed(list(nodes.values())):
            if node.id in behind or not needs[node.id]:
                continue
            edges = consumers[node.id] if node.id != logits else []
            for name, port in edges:
                views = nodes[name].layer.is_view(nodes[name].options, True)
                self.edges[name, port] = self.dy[name] if views else -2
            if len(edges) == 1:
                at = self.edges[edges[0]]
                self.dy[node.id] = at if at >= 0 else self._reserve_gradient(node)
                self.edges[edges[0]] = self.dy[node.id]
            else:
                self.dy[node.id] = self._reserve_gradient(node)
                for edge in edges:
                    if self.edges[edge] < 0:
                        self.edges[edge] = self._reserve_gradient(node)
        self.consumers = consumers

    def _lower_nodes(self, parameter_gradients: int) -> list[Instruction | Sweep]:
        """Emit all nodes; returns the backward instructions in order of execution."""
        emitter, backward = self.emitter, []
        by_node: dict[str, dict[str, int]] = {}
        for slot in self.layout.parameters:
            by_node.setdefault(slot.node, {})[slot.name] = slot.offset
        for index, node in enumerate(self.layout.nodes.values()):
            if node.layer.role == "input" or node.layer.is_view(node.options, self.training):
                continue
            mine = by_node.get(node.id, {})
            trains = self.training and (node.id in self.dy)
            emitter.backward = []
            node.layer.lower(
                Lowering(
                    options=node.options,
                    inputs=node.input_shapes,
                    shape=node.shape,
                    x=[self.where[s][0] for s in node.inputs],
                    dx=[self.edges.get((node.id, p), -1) for p in range(len(node.inputs))],
                    y=self.where[node.id][0],
                    dy=self.dy.get(node.id, -1),
                    parameters=mine,
                    parameter_gradients={n: parameter_gradients + o for n, o in mine.items()},
                    training=trains,
                    seed=index,
                    emitter=emitter,
                )
            )
            backward.append((node, emitter.backward))
        ordered: list[Instruction | Sweep] = []
        own = dict((node.id, instructions) for node, instructions in backward)
        for node in reversed(list(self.layout.nodes.values())):
            edges = self.consumers.get(node.id, []) if self.training else []
            if node.id in self.dy and len(edges) > 1 and node.id != self.layout.logits:
                at = tuple(self.edges[e] for e in edges)
                args = (size_of(node.shape), self.dy[node.id], len(at), *at)
                ordered.append(Instruction(machine.add_gradients, args))
            ordered.extend(own.get(node.id, []))
        return ordered

    def _assemble(
        self, batch_run: list[Instruction | Sweep], sweeps: list[Sweep], params: np.ndarray,
        parameter_gradients: int, results: int,
    ) -> Program:  # fmt: skip
        instructions: list[Instruction] = []
        groups: list[tuple[int, ...]] = []
        over_batch = (1, 0, self.emitter.chunk, int(self.cut))
        for item in [*batch_run, *sweeps]:
            at = len(instructions)
            if isinstance(item, Sweep):
                groups.append((at, at + 1, 0, item.extent, item.chunk, int(item.parallel)))
                instructions.append(item.instruction)
                continue
            if groups and groups[-1][1:] == (at, *over_batch):
                # The same chunk of samples goes on to the next instruction.
                groups[-1] = (groups[-1][0], at + 1, *over_batch)
            else:
                groups.append((at, at + 1, *over_batch))
            instructions.append(item)
        starts = np.cumsum([0] + [len(i.args) for i in instructions])
        args = np.zeros(starts[-1] + self.emitter.table_size, np.int64)
        if self.emitter.tables:
            args[starts[-1] :] = np.concatenate(self.emitter.tables)
        tables = args.ctypes.data + int(starts[-1]) * 8
        for start, instruction in zip(starts, instructions, strict=False):
            args[start : start + len(instruction.args)] = instruction.resolved(tables)
        work = np.zeros(self.emitter.work_size, self.dtype)
        work[machine.ONE] = 1
        return Program(
            layout=self.layout,
            batch=self.batch,
            dtype=self.dtype,
            code=np.array([i.kernel.address(self.dtype) for i in instructions], np.int64),
            offsets=np.ascontiguousarray(starts[:-1] * 8, np.int64),
            groups=np.array(groups, np.int64),
            args=args,
            acts=np.zeros(self.act_size, self.dtype),
            grads=np.zeros(parameter_gradients + self.layout.parameter_count, self.dtype),
            params=params,
            work=work,
            results=results,
            where=self.where,
            gather_args=2 if self.training else 0,
        )


def _check_memory(wanted: int) -> None:
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system: let the allocation decide
        return
    if wanted > available * MEMORY_SHARE:
        raise SpecError(
            f"This network would need {wanted / 2**30:.1f} GiB of memory, but the machine has "
            f"{available / 2**30:.1f} GiB. Make the batch or the layers smaller."
        )
