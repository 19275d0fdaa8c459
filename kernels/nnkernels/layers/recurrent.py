"""What SimpleRNN, LSTM and GRU share: a layer that reads a sequence step by step and remembers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.jit import Kernel
from nnkernels.ops.lookup import Lookup, multiply_rows, row_gradients, weight_gradients
from nnkernels.ops.recurrence import copy_weights, sum_shares
from nnkernels.ops.turning import turned_weights
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Parameter,
    Samples,
    Shape,
    Shapes,
    SpecError,
    initialisers,
    show_shape,
)
from nnkernels.spec.initialisers import BIAS_VALUES
from nnkernels.spec.terms import Account, Index
from nnkernels.vector.simd import ROWS, spread

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# The gates' values, in their order; a state and a cell.
Gates = Sequence[np.ndarray]
State = tuple[np.ndarray, np.ndarray]
# How it reads, and how its arrays begin; a cell's own options stand between.
READING = (
    Option("units", 32, "Number of values it remembers, and so of outputs.", 1, 4096),
    Option("return_sequences", False, "Give the output of every step, not only of the last one."),
    Option("bidirectional", False, "Read backwards, too; the two outputs are put side by side."),
    Option(
        "reverse",
        False,
        "Read from the last step to the first; every output stays at its step.",
        when=("bidirectional", False),
    ),
)
WEIGHTS = (*initialisers.options("glorot"), BIAS_VALUES)


class Recurrent(Layer):
    """Base: ``gates`` arrays of units for each step, ``apart`` of them not shared, and two kernels.

    A cell may keep ``cell_values`` arrays of units for each step besides its state.

    Reverse reads the sequence from its end; every output stays at its step, as in ONNX (Keras's
    go_backwards gives the last one first). Bidirectional reads the sequence once more from its end, with
    weights of its own, and puts both outputs side by side; without return_sequences these are the two final
    states, as in Keras (and PyTorch's h_n), and not the output at the last step.
    """

    category = "Sequences"
    whole_chunks = True
    reads_rows = True
    gates = 1
    gate_names: ClassVar[tuple[str, ...]] = ("h",)
    # Of h and c, what a gate mixes with something new.
    remembered: ClassVar[tuple[str, ...]] = ()
    apart = 0
    cell_values = 0
    # A tanh makes the state, and gates between 0 and 1 only make it smaller.
    limits = (-1.0, 1.0)
    kernels: ClassVar[tuple[Kernel, Kernel]]
    shown = ("units",)
    options = (*READING, *WEIGHTS)
    samples: ClassVar[Samples] = (
        ({"units": 5}, ((4, 3),)),
        ({"units": 17, "return_sequences": True}, ((3, 7),)),
        ({"units": 1}, ((1, 1),)),
        ({"units": 3, "bidirectional": True}, ((5, 2),)),
        ({"units": 16}, ((1, 16),)),
        ({"units": 9, "bidirectional": True, "return_sequences": True}, ((4, 3),)),
        ({"units": 4, "reverse": True, "return_sequences": True}, ((5, 3),)),
        ({"units": 3, "reverse": True}, ((4, 2),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if len(inputs[0]) != 2:
            raise SpecError(
                f"{self.title} takes a sequence (steps × features), but receives {show_shape(inputs[0])}. "
                "Put a Reshape before it."
            )
        width = options["units"] * (2 if options["bidirectional"] else 1)
        return (inputs[0][0], width) if options["return_sequences"] else (width,)

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        width, units = inputs[0][1], options["units"]
        columns, parameters = self.gates * units, []
        # Side by side lie the units of each gate.
        unit = "Unit" if self.gates == 1 else "Unit of a gate"
        for end in self.endings(options):
            parameters += [
                initialisers.weight(f"weight{end}", (width, columns), options, width, units, ("Input", unit)),
                initialisers.weight(
                    f"recurrent_weight{end}",
                    (units, columns),
                    options,
                    units,
                    units,
                    ("Unit one step before", unit),
                ),
                initialisers.bias(f"bias{end}", (columns,), options, unit),
            ]
            if own := self.own_biases(options):
                parameters.append(initialisers.bias(f"recurrent_bias{end}", (own * units,), options, unit))
        return tuple(parameters)

    def endings(self, options: Options) -> tuple[str, ...]:
        """Of the parameters' names, one for each reading; PyTorch has the same."""
        return ("", "_reverse") if options["bidirectional"] else ("",)

    def is_backward(self, options: Options, end: str) -> bool:
        """Whether the reading whose parameters end so begins at the last step."""
        return bool(end or (options["reverse"] and not options["bidirectional"]))

    def gives_cell(self, options: Options) -> bool:
        """Whether the output is what a cell keeps besides its state."""
        return False

    def own_biases(self, options: Options) -> int:
        """Arrays of units in the bias that U's products have for themselves."""
        return self.apart

    def kernels_for(self, options: Options) -> tuple[Kernel, Kernel]:
        """Forward and backward of the cell that the options ask for."""
        return self.kernels

    def flops(self, options: Options, inputs: Shapes) -> int:
        steps, width = inputs[0]
        units = int(options["units"])
        once = 2 * steps * self.gates * units * (width + units)
        return once * len(self.endings(options))

    def lower(self, node: Lowering) -> None:
        for position, end in enumerate(self.endings(node.options)):
            self.lower_reading(node, position, end)

    def lower_reading(self, node: Lowering, position: int, end: str) -> None:
        table, steps, kernels = node.lookup, node.inputs[0][0], self.kernels_for(node.options)
        # Where products are looked up, no x goes in, and W has no part in the kernels' matrix.
        width = 0 if table else node.inputs[0][1]
        units = node.options["units"]
        gate_units, slots, row = self.gates * units, self.gates + self.apart, width + units
        block, pitch = spread(slots * units), spread(gate_units)
        p, g = node.parameters, node.parameter_gradients
        for offsets in (p, g):
            # The kernels read W and U, and write their gradients, as one matrix.
            assert (
                offsets[f"recurrent_weight{end}"] == offsets[f"weight{end}"] + node.inputs[0][1] * gate_units
            )
        name = f"recurrent_weight{end}" if table else f"weight{end}"
        kept, rows, cells = (
            node.per_sample(size, in_lanes=True)
            for size in (steps * block, (steps + 1) * row, (steps + 1) * self.cell_values * units)
        )
        tables = [node.table([i * size for i in range(node.chunk)]) for size in (row, block)]
        copy = node.emitter.reserve(row * pitch)
        node.prepare(
            copy_weights,
            row,
            row * gate_units,
            8,
            weight_at=p[name],
            columns=gate_units,
            copy_at=copy,
            pitch=pitch,
        )
        products, turned_input = self.lower_products(node, table, end) if table else (-1, -1)
        shared = {
            "x_at": table.uses if table else node.x[0], "steps": steps, "width": width, "units": units,
            "gates": self.gates, "shared_gates": self.gates - self.apart,
            "reverse": int(self.is_backward(node.options, end)),
            "last_only": int(not node.options["return_sequences"]),
            "out_width": node.shape[-1], "cell_values": self.cell_values,
            "gives_cell": int(self.gives_cell(node.options)),
            "blocks_at": kept, "block": block, "rows_at": rows, "cells_at": cells, "products_at": products,
            "table_rows": table.rows if table else 0, "per_chunk": node.chunk, "in_lanes": node.lanes(),
        }  # fmt: skip
        if node.training:
            turned = turned_weights(node, p[name], row, gate_units)
        node.forward(
            kernels[0], y_at=node.y + position * units, table=tables[0], block_table=tables[1], copy_at=copy,
            pitch=pitch, bias_at=p[f"bias{end}"], apart_bias_at=p.get(f"recurrent_bias{end}", 0), **shared,
        )  # fmt: skip
        if not node.training:
            return
        scratch, scratch_stride = node.per_lane(node.chunk * (row + units))
        own = self.own_biases(node.options) * units
        sums = (row + 1) * gate_units + own
        at, stride = (
            (-1, 0) if node.frozen else node.per_chunk(sums + gate_units * (table.rows if table else 0))
        )
        # What goes back to x of the second reading is added to that of the first.
        node.backward(
            kernels[1], dx_at=-1 if table else node.dx[0], dy_at=node.dy + position * units,
            table=tables[1], back_at=scratch, back_stride=scratch_stride, add_to_dx=position,
            turned_at=turned, share_at=at, share_stride=stride, ahead=node.table(range(row)), **shared,
        )  # fmt: skip
        if node.frozen:
            return
        for to, size in (
            (g[name], row * gate_units),
            (g[f"bias{end}"], gate_units),
            (g.get(f"recurrent_bias{end}", 0), own),
        ):
            if size:
                node.sweep(
                    sum_shares, size, size * node.chunks, 16, share_at=at, share_stride=stride,
                    per_chunk=node.chunk, sum_at=to,
                )  # fmt: skip
                at += size
        if table:
            self.lower_gradients(node, table, position, end, at, stride, turned_input)

    def lower_products(self, node: Lowering, table: Lookup, end: str) -> tuple[int, int]:
        """Offsets of x W + b for every row of the table that x is read from, and of W turned."""
        p, width = node.parameters, node.inputs[0][1]
        gate_units = self.gates * node.options["units"]
        products_at = node.emitter.reserve(table.rows * gate_units)
        rows = node.table([i * width for i in range(table.rows)])
        cost, weight = 2 * table.rows * width * gate_units, p[f"weight{end}"]
        node.prepare(
            multiply_rows, table.rows, cost, ROWS.compiled, table_at=table.weight, width=width,
            weight_at=weight, gate_units=gate_units, bias_at=p[f"bias{end}"], rows=rows,
            products_at=products_at,
        )  # fmt: skip
        return products_at, turned_weights(node, weight, width, gate_units)

    def lower_gradients(
        self, node: Lowering, table: Lookup, position: int, end: str, at: int, stride: int, turned: int
    ) -> None:
        """From the sums by row, each chunk's at ``at``, to the gradients of W and of the table."""
        width, gate_units = node.inputs[0][1], self.gates * node.options["units"]
        cost = 2 * table.rows * width * gate_units
        gradient = node.parameter_gradients[f"weight{end}"]
        columns, rows = node.table(range(width)), node.table([i * gate_units for i in range(table.rows)])
        node.sweep(
            weight_gradients, gate_units, cost, 32, table_at=table.weight, width=width, rows=table.rows,
            dweight_at=gradient, gate_units=gate_units, columns=columns, share_at=at, share_stride=stride,
            per_chunk=node.chunk,
        )  # fmt: skip
        node.sweep(
            row_gradients, table.rows, cost, ROWS.compiled, sums_at=at, gate_units=gate_units, rows=rows,
            turned_at=turned, dtable_at=table.gradient, width=width, add=position,
        )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        outputs = []
        for end in self.endings(options):
            back = self.is_backward(options, end)
            x = inputs[0][:, ::-1] if back else inputs[0]
            states = self.read(x, options, self.of_reading(parameters, end))
            outputs.append(
                (states[:, ::-1] if back else states) if options["return_sequences"] else states[:, -1]
            )
        return np.concatenate(outputs, -1)

    @staticmethod
    def of_reading(parameters: NamedArrays, end: str) -> NamedArrays:
        """The arrays of the reading whose names end so, without the ending."""
        names = ("weight", "recurrent_weight", "bias", "recurrent_bias")
        return {name: parameters[name + end] for name in names if name + end in parameters}

    def read(self, x: np.ndarray, options: Options, p: NamedArrays) -> np.ndarray:
        """Outputs (batch, steps, units) of one reading: the NumPy reference."""
        which = int(self.gives_cell(options))
        return np.stack([after[which] for *_, after in self.walk(x, options, p)], 1)

    def walk(
        self, x: np.ndarray, options: Options, p: NamedArrays
    ) -> Iterator[tuple[Gates, Gates, State, State]]:
        """For each step: the gates' sums of W and of U, state and cell (batch, units) before and after it."""
        h, c = np.zeros((len(x), options["units"])), np.zeros((len(x), options["units"]))
        for t in range(x.shape[1]):
            from_x = np.split(x[:, t] @ p["weight"] + p["bias"], self.gates, 1)
            from_h = self.from_state(options, from_x, h, p)
            after = self.combine(options, from_x, from_h, h, c)
            yield from_x, from_h, (h, c), after
            h, c = after

    def from_state(self, options: Options, x: Gates, h: np.ndarray, p: NamedArrays) -> list[np.ndarray]:
        """The gates' sums of U, (batch, units) each, from those of W and the state before, (batch, units)."""
        return np.split(h @ p["recurrent_weight"], self.gates, 1)

    def formula_for(self, options: Options) -> str:
        """What the options make of `formula`."""
        return self.formula

    def opened(self, options: Options, x: Gates, u: Gates) -> list[np.ndarray]:
        """The gates in their order, (batch, units) each, from their sums of W and of U."""
        raise NotImplementedError

    def combine(self, options: Options, x: Gates, u: Gates, h: np.ndarray, c: np.ndarray) -> State:
        """New state and cell (batch, units) from the gates' sums of W and U: one step of the reference."""
        raise NotImplementedError

    def account(self, options: Options, inputs: Arrays, parameters: NamedArrays, unit: Index) -> Account:
        end, at = divmod(unit[-1], options["units"])
        ending, steps = self.endings(options)[end], len(inputs[0])
        back = self.is_backward(options, ending)
        # Without all steps, each reading gives its last.
        read = steps - 1 if not options["return_sequences"] else steps - 1 - unit[0] if back else unit[0]
        x = np.asarray(inputs[0])[None, :: -1 if back else 1]
        walked = self.walk(x, options, self.of_reading(parameters, ending))
        from_x, from_h, before, after = next(itertools.islice(walked, read, None))
        gates = self.opened(options, from_x, from_h)
        rows: list[tuple[str, tuple[float | None, ...]]] = [
            (name, tuple(float(part[0, at]) for part in parts))
            for name, *parts in zip(self.gate_names, from_x, from_h, gates, strict=True)
        ]
        for name, when, values in (
            ("h", "before", before[0]), ("c", "before", before[1]), ("c", "after", after[1]),
        ):  # fmt: skip
            if name in self.remembered:
                rows.append((f"{name} {when}", (None, None, float(values[0, at]))))
        value = float(after[int(self.gives_cell(options))][0, at])
        return Account(self.formula_for(options), ("x · W + b", "h · U", "gate"), tuple(rows), value)
