"""Turns a network into a Program: instruction table, flat buffers, offsets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from itertools import count, zip_longest
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.graph.network import NetworkSpec, Resolved
from nnkernels.ops import regularise
from nnkernels.ops.lookup import Lookup
from nnkernels.ops.pushing import Push
from nnkernels.planning.assembly import Item, assemble
from nnkernels.planning.buffers import Gradients, Memory, activation_buffers, aligned_zeros
from nnkernels.planning.endpoints import Endpoints, check_mixup, check_push
from nnkernels.planning.hardware import PROCESSOR, Hardware
from nnkernels.planning.lowering import Buffer, Emitter, Instruction, Lowering, Sweep
from nnkernels.planning.micro_batches import has_rows
from nnkernels.planning.parameter_points import ParameterPoints, move_to_point
from nnkernels.planning.pullback import inputs_of
from nnkernels.planning.rewrite import looked_up, pooled_first
from nnkernels.planning.updates import once, over, paced, update_sweeps
from nnkernels.program import MAX_STEPS, Layout, ParameterSlot, Program
from nnkernels.spec import Role, Shape, optimizers, size_of


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
    gradients: bool = False,
    points: ParameterPoints | None = None,
    keep: Collection[str] | None = None,
    beside: int = 0,
    mixup: float = 0.0,
    by: Collection[str] = (),
    push: Push | None = None,
    hardware: Hardware = PROCESSOR,
) -> Program:
    """Plan a training program, or with ``optimizer`` None one that only evaluates.

    ``loss`` and its options are those of Outputs that name none of their own. With ``gradients`` a program
    without an optimizer goes through the network as training does, and back, but changes nothing. With ``by``
    it goes as predicting does, and back to the values of these nodes alone, not to any parameters. With
    ``points`` the parameters move before each step. ``keep`` names the nodes whose values can be read after
    a run; left out, all of a program without an optimizer and none of another. What is not kept shares
    memory. ``beside`` are the bytes that the caller will need beside the program. With ``mixup`` a program
    that goes through the network as training does mixes samples by shares from Beta(mixup, mixup). With
    ``push`` such a program first pushes each sample so that its loss grows. It runs on ``hardware``. Raises
    SpecError with a sentence where the network cannot work or memory would not suffice, before any is taken.
    """
    layout = network if isinstance(network, Layout) else Layout.of(network, input_shape, loss)
    if mixup:
        check_mixup(layout, optimizer)
    if push is not None and (optimizer or gradients):
        check_push(layout, optimizer)
        by = inputs_of(layout)
    if optimizer and not optimizers[optimizer].searches:
        layout = pooled_first(layout)
    builder = _Builder(
        layout, optimizer, batch, target_width, np.dtype(dtype), input_shape, gradients, by, hardware
    )
    builder.loss_options = {loss: dict(loss_options or {})}
    builder.penalties = {**builder.penalties, **(penalties or {})}
    builder.points, builder.mixup, builder.push = points, mixup, push
    return builder.build(params, (() if optimizer else layout.nodes) if keep is None else keep, beside)


def evaluator_bytes(
    layout: Layout,
    input_shape: Shape,
    loss: str,
    batch: int,
    target_width: int,
    loss_options: Mapping[str, Any],
) -> int:
    """Bytes of a program that evaluates and keeps its output alone, without parameters; nothing is taken."""
    builder = _Builder(layout, None, batch, target_width, np.dtype(np.float32), input_shape)
    builder.loss_options = {loss: dict(loss_options)}
    builder.lower((layout.output,))
    return builder.nbytes


def kernels_of(
    layout: Layout,
    input_shape: Shape,
    loss: str,
    optimizer: str,
    batch: int,
    target_width: int,
    loss_options: Mapping[str, Any],
    penalties: Mapping[str, float],
    mixup: float = 0.0,
    push: Push | None = None,
) -> set[str]:
    """Names of the kernels that training and evaluating need; arguments as `build`, nothing is compiled."""
    names = {machine.LOOP.name, optimizers[optimizer].kernel.name, move_to_point.name}
    # Learning, evaluating, and going back without learning, as live views want it.
    for chosen, gradients in ((optimizer, False), (None, False), (None, True)):
        rewritten = pooled_first(layout) if chosen else layout
        pushes = push if chosen else None
        by = inputs_of(layout) if pushes is not None else ()
        builder = _Builder(
            rewritten, chosen, batch, target_width, np.dtype(np.float32), input_shape, gradients, by
        )
        builder.loss_options = {loss: dict(loss_options)}
        builder.penalties = {**builder.penalties, **penalties}
        builder.mixup, builder.push = mixup if chosen else 0.0, pushes
        names |= {(i.instruction if isinstance(i, Sweep) else i).kernel.name for i in builder.emit()}
    return names


class _Builder:
    """One planning run; holds what is being laid out."""

    def __init__(
        self, layout: Layout, optimizer: str | None, batch: int, targets: int, dtype: np.dtype,
        input_shape: Shape, gradients: bool = False, by: Collection[str] = (), hardware: Hardware = PROCESSOR,
    ) -> None:  # fmt: skip
        self.layout, self.batch, self.targets, self.dtype = layout, batch, targets, dtype
        self.input_width, self.hardware = size_of(input_shape), hardware
        self.optimizer = optimizers[optimizer] if optimizer else None
        # An optimizer that searches compares losses: it sees the network as it predicts.
        self.training = gradients or (self.optimizer is not None and not self.optimizer.searches)
        self.by, self.goes_back = by, self.training or bool(by)
        self.points: ParameterPoints | None = None
        self.mixup = 0.0
        self.push: Push | None = None
        self.loss_options: dict[str, dict[str, Any]] = {}
        self.penalties = dict.fromkeys(("l1", "l2", "clip_value", "clip_norm", "max_norm"), 0.0)
        # Views read what every sample gave, but not from a program that learns.
        in_micro_batches = self.optimizer is not None and self.training
        self.cut = hardware.cut(layout, batch, self.dtype.itemsize, self.goes_back, in_micro_batches)
        samples = self.cut.micro_batch
        numbers, self.keeps_gradients = count(), gradients
        self.acts, self.grads, self.work = (Memory(samples, numbers) for _ in range(3))
        chunk, chunks = self.cut.chunk, self.cut.chunks
        self.emitter = Emitter(samples, chunk, chunks, self.work, work_size=machine.HEADER)
        self.where = activation_buffers(layout, self.acts, self.training)
        self.gradients = Gradients(layout, self.grads, self.training, by) if self.goes_back else None
        self.tables = looked_up(layout, samples) if self.training and self.optimizer else {}

    def build(self, params: np.ndarray | None, keep: Collection[str], beside: int = 0) -> Program:
        """Emit instructions, allocate, put addresses in."""
        layout = self.layout
        slots = self.optimizer.slots if self.optimizer else 0
        room = layout.parameter_count * (1 + slots)
        parameter_bytes = room * self.dtype.itemsize if params is None else 0
        # Of parameters alone first: whole tables may be made while instructions are emitted.
        self.hardware.check_memory(parameter_bytes + beside, layout, self.cut.micro_batch)
        items = self.lower(keep)
        kept = {name: self.where[name] for name in keep}
        gradient_buffers = self._kept_gradients()
        self.hardware.check_memory(self.nbytes + parameter_bytes + beside, layout, self.cut.micro_batch)
        if params is None:
            params = aligned_zeros(room, self.dtype)
        elif len(params) < room or params.dtype != self.dtype or not params.flags.c_contiguous:
            raise ValueError(f"Shared parameters must be {room:,} values of type {self.dtype} in a row.")
        searches = self.optimizer is not None and self.optimizer.searches
        program = self._assemble_search(items, params) if searches else self._assemble(items, params)
        at = self.acts.at
        program.where = {name: (at[b], layout.nodes[name].shape) for name, b in kept.items() if b in at}
        offsets = self.grads.at
        program.gradient_offsets = {n: offsets[b] for n, b in gradient_buffers.items() if b in offsets}
        return program

    def lower(self, keep: Collection[str]) -> list[Item]:
        """Emit the instructions and give each buffer its offset; no memory is taken yet."""
        items = self.emit()
        self.acts.allocate(items, [self.where[name] for name in keep])
        self.grads.allocate(items, self._kept_gradients().values())
        self.work.reserve(self.emitter.work_size)
        self.work.allocate(items, ())
        return items

    @property
    def nbytes(self) -> int:
        """Bytes of the buffers that were placed: all but the parameters and the small tables."""
        return (self.acts.size + self.grads.size + self.work.size) * self.dtype.itemsize

    def _kept_gradients(self) -> dict[str, Buffer]:
        if not self.gradients:
            return {}
        return {n: b for n, b in self.gradients.dy.items() if self.keeps_gradients or n in self.by}

    def emit(self) -> list[Item]:
        """All instructions of a step, in order; those of an optimizer that searches are left out."""
        layout, emitter = self.layout, self.emitter
        if self.goes_back:
            self.grads.reserve(layout.parameter_count)
        weights = [target.weight for target in layout.targets]
        self.row_width = 2 if weights == [1] else 2 + len(weights)
        self.results = emitter.reserve(self.row_width * MAX_STEPS)
        ends = self._ends()
        first: list[Item] = [once(regularise.set_rate, batch=self.batch)] if self.optimizer else []
        if self.points is not None:
            first.append(over(self.points.instruction(), (0, layout.parameter_count)))
        shared: list[Item] = []
        backward = self._lower_nodes(shared)
        gathers: list[Item] = [*ends.draws()]
        compares: list[Item] = []
        pushes: list[Item] = []
        tallied: list[int] = []
        for source, target in zip_longest(self._inputs(), layout.targets):
            if source is not None:
                gathers += [self._mark(source, item, 1) for item in ends.gather(source)]
                pushes += [self._mark(source, item, 2) for item in ends.pushes(source)]
            if target is not None:
                tallied += ends.compare(target, first, gathers, compares)
        through: list[Item] = [*emitter.forward, *compares, *backward]
        # What is drawn at random is drawn again alike: both times the step is the same.
        before = [*through, *pushes] if pushes else []
        run: list[Item] = [*first, *emitter.prepared, *gathers, *before, *through]
        self.summed = {"count": len(layout.targets), "outputs": tallied}
        # Where the forward pass begins and ends, for an optimizer that searches.
        self.searched = (len(first), len(run))
        sweeps = [*emitter.sweeps, *shared, self._tally()]
        if self.training and self.optimizer is not None:
            sweeps += self._sums() + [replace(update, once=True) for update in self._updates()]
        return [*run, *sweeps]

    def _tally(self) -> Sweep:
        return once(machine.tally, results_at=self.results, width=self.row_width, **self.summed)

    def _ends(self) -> Endpoints:
        return Endpoints(
            self.layout, self.emitter, self.where, self.grads, self.gradients, self.cut.micro_batch,
            self.input_width, self.targets, self.loss_options, self.mixup if self.training else 0.0,
            self.push if self.training else None,
        )  # fmt: skip

    def _inputs(self) -> list[Resolved]:
        return [n for n in self.layout.nodes.values() if n.layer.role == Role.INPUT]

    def _sums(self) -> list[Sweep]:
        """Add the gradients of the micro-batches together."""
        if self.cut.micro_batch == self.batch:
            return []
        sums = self.emitter.reserve(self.layout.parameter_count)
        add = Instruction.of(regularise.add_parts, sums_at=sums)
        return [over(add, span) for span in self.layout.spans()]

    def _updates(self) -> list[Sweep]:
        assert self.optimizer is not None
        return update_sweeps(self.layout, self.emitter, self.optimizer, self.penalties)

    def _lower_nodes(self, shared: list[Item]) -> list[Item]:
        """Emit all nodes; returns the backward instructions in order of execution.

        ``shared`` receives the sweeps that add gradients of shared weights together.
        """
        emitter, g = self.emitter, self.gradients
        own: dict[str, list[Item]] = {}
        slots: dict[str, dict[str, ParameterSlot]] = {}
        for slot in self.layout.parameters:
            slots.setdefault(slot.node, {})[slot.name] = slot
        for index, node in enumerate(self.layout.nodes.values()):
            if node.layer.role == Role.INPUT or node.layer.is_view(node.options, self.training):
                continue
            if g and node.id in g.behind and self.optimizer is not None:
                # Training needs no predictions: the loss sees what stands before them.
                continue
            if node.id in self.tables.values():
                # Its reader looks up products of its rows.
                continue
            mine = slots.get(self.layout.owners.get(node.id, ""), {})
            # On the way to values, nobody wants gradients of parameters.
            frozen = (bool(self.by) and not self.training) or self.layout.is_frozen(node)
            offsets, additions = self._gradients_of(node, mine)
            if not frozen:
                shared.extend(additions)
            emitter.backward, kept, before = [], emitter.sweeps, len(emitter.forward)
            emitter.sweeps = []
            node.layer.lower(
                Lowering(
                    options=node.options,
                    inputs=node.input_shapes,
                    shape=node.shape,
                    x=[self.where[s] for s in node.inputs],
                    dx=[g.edges.get((node.id, p), -1) if g else -1 for p in range(len(node.inputs))],
                    y=self.where[node.id],
                    dy=g.dy.get(node.id, -1) if g else -1,
                    parameters={name: slot.offset for name, slot in mine.items()},
                    parameter_gradients=offsets,
                    training=g is not None and node.id in g.dy,
                    seed=index,
                    emitter=emitter,
                    frozen=frozen,
                    lookup=self._lookup(self.tables[node.id]) if node.id in self.tables else None,
                    as_training=self.training,
                )
            )
            own[node.id] = [self._mark(node, item, 2) for item in emitter.backward]
            emitter.forward[before:] = [self._mark(node, item, 1) for item in emitter.forward[before:]]
            emitter.sweeps = kept if frozen else kept + emitter.sweeps
        return self._backward(own)

    def _gradients_of(
        self, node: Resolved, mine: Mapping[str, ParameterSlot]
    ) -> tuple[dict[str, int], list[Item]]:
        """Where a node writes the gradients of its parameters, and what adds them to those of their owner."""
        offsets, additions = {name: slot.offset for name, slot in mine.items()}, list[Item]()
        if self.gradients and mine and self.layout.owners[node.id] != node.id:
            # A layer that shares weights writes gradients of its own.
            for name, slot in mine.items():
                offsets[name] = self.grads.reserve(slot.size)
                add = Instruction.of(regularise.add_shared, owner_at=slot.offset, sharer_at=offsets[name])
                additions.append(Sweep(add, slot.size, slot.size, False))
        return offsets, additions

    def _backward(self, own: Mapping[str, Sequence[Item]]) -> list[Item]:
        """The way back through all nodes, of which each has its ``own`` instructions."""
        g = self.gradients
        ordered: list[Item] = []
        for node in reversed(list(self.layout.nodes.values())):
            ports = g.consumers[node.id] if g and node.id in g.dy else []
            if g and len(ports) > 1:
                sources = [g.edges[port] for port in ports]
                sizes = {"width": size_of(node.shape), "count": len(ports)}
                ordered.append(
                    Instruction.of(machine.add_gradients, dy_at=g.dy[node.id], sources=sources, **sizes)
                )
            ordered.extend(own.get(node.id, []))
        return ordered

    def _lookup(self, table: str) -> Lookup:
        slot = next(slot for slot in self.layout.parameters if slot.node == table)
        uses = self.where[self.layout.nodes[table].inputs[0]]
        return Lookup(uses, slot.offset, slot.offset, slot.shape[0])

    def _mark(self, node: Resolved, item: Item, sides: int) -> Item:
        """The instruction with what one sample touches, where samples can go through it in strips."""
        if isinstance(item, Sweep) or item.whole or not has_rows(node):
            return item
        shape = max(node.shape, *node.input_shapes, key=size_of)
        return replace(item, row_bytes=sides * self.dtype.itemsize * size_of(shape))

    def _assemble_search(self, items: list[Item], params: np.ndarray) -> Program:
        """As `_assemble`, with an optimizer that runs the groups of the forward pass by itself."""
        assert self.optimizer is not None
        start, end = self.searched
        kernel, unknown = self.optimizer.kernel, machine.Search(0, 0, 0, 0, 0)
        blank = Instruction.of(kernel, search=unknown, **self.summed)
        searches = paced(self.layout, lambda span: Sweep(blank, span[1], span[1] - span[0], False, span[0]))
        program = self._assemble([*items, *searches], params)
        groups = program.groups
        first = next(i for i, g in enumerate(groups) if g[machine.LAST] > start)
        last = next(i for i, g in enumerate(groups) if g[machine.FIRST] >= end)
        code, tables, args = (a.ctypes.data for a in (program.code, program.groups, program.args))
        known = machine.Search(code, tables, args, first, last)
        for number, sweep in enumerate(reversed(searches)):
            if sweep.instruction is not blank:
                continue
            last_code = len(program.code) - machine.CODE_WIDTH * (1 + number)
            at = int(program.code[last_code + machine.OFFSET]) // 8 + kernel.positions["search"]
            program.args[at : at + len(known)] = known
            # The first of a `Search` are addresses.
            program.addresses = np.append(program.addresses, range(at, at + 3))
        return program

    def _assemble(self, items: list[Item], params: np.ndarray) -> Program:
        buffers, hardware = self.acts.at | self.grads.at | self.work.at, self.hardware
        tables = assemble(items, self.emitter, self.cut, self.dtype, buffers, hardware)
        program = hardware.program(
            layout=self.layout,
            batch=self.batch,
            micro_batch=self.cut.micro_batch,
            dtype=self.dtype,
            code=tables.code,
            groups=tables.groups,
            args=tables.args,
            addresses=tables.addresses,
            acts=hardware.zeros(self.acts.size, self.dtype),
            grads=hardware.zeros(self.grads.size, self.dtype),
            params=params,
            work=hardware.zeros(self.work.size, self.dtype),
            results=self.results,
            input_width=self.input_width,
            target_width=self.targets,
            row_width=self.row_width,
        )
        program.header[machine.ONE] = 1
        return program
