"""SimpleRNN and LSTM: a layer that reads a sequence step by step and remembers.

Sequences are (steps, features). One pair of kernels serves both: at every step the gates are
x_t W + h U + b (two matrix products over the chunk's samples), then the cell combines them. The
gates and states of all steps are kept for the way back through time.
"""

from __future__ import annotations

import numpy as np

from nnkernels.initialisers import CHOICES
from nnkernels.jit import Device, Kernel, device, kernel
from nnkernels.machine import SAMPLES, array_at
from nnkernels.simd import ADD, BIAS, ZERO, gemm
from nnkernels.spec import Layer, Option, Parameter, SpecError, layers, show_shape
from nnkernels.vmath import cast, sigmoid, tanh

# Arguments of forward and backward, in this order:
# 0 x, 1 y, 2 steps, 3 features, 4 units, 5 gates, 6 last only, 7 W, 8 U, 9 b, 10 gate values,
# 11 states, 12 cells, 13 rows of x, 14 rows of gates, 15 rows of states.
# backward goes on: 16 dx, 17 dy, 18 gate gradients, 19 scratch, 20 its stride.


def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """States are (sample, step + 1, unit): place 0 holds the zeros before the first step."""
    x, y, steps, wide, units, gates = args[0], args[1], args[2], args[3], args[4], args[5]
    all_gates = gates * units
    rows_x, rows_h = array_at(args[13], args), array_at(args[15], args)
    for n in range(lo, hi):
        h = args[11] + n * (steps + 1) * units
        c = args[12] + n * (steps + 1) * units
        work[h : h + units] = 0
        work[c : c + units] = 0
    for t in range(steps):
        g = args[10] + (lo * steps + t) * all_gates
        h = args[11] + (lo * (steps + 1) + t) * units
        gemm(
            acts, x + (lo * steps + t) * wide, rows_x, 0, hi - lo, 0, 1, 1, wide,
            params, args[7], 0, all_gates, work, g, steps * all_gates, all_gates, BIAS, params, args[9],
        )  # fmt: skip
        gemm(
            work, h, rows_h, 0, hi - lo, 0, 1, 1, units,
            params, args[8], 0, all_gates, work, g, steps * all_gates, all_gates, ADD, work, 0,
        )  # fmt: skip
        for n in range(lo, hi):
            at = args[10] + (n * steps + t) * all_gates
            h_at = args[11] + (n * (steps + 1) + t) * units
            c_at = args[12] + (n * (steps + 1) + t) * units
            cell(work, at, h_at, c_at, units)  # noqa: F821 - bound for each layer
            if args[6] == 0 or t == steps - 1:
                out = y + (n * units if args[6] == 1 else (n * steps + t) * units)
                for u in range(units):
                    acts[out + u] = work[h_at + units + u]


def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Through time: dh and dc run from the last step to the first, in scratch of the chunk."""
    steps, wide, units, gates = args[2], args[3], args[4], args[5]
    all_gates, count = gates * units, hi - lo
    rows_g = array_at(args[14], args)
    turned_u = args[19] + chunk * args[20]
    turned_w = turned_u + all_gates * units
    dh = turned_w + all_gates * wide
    dc = dh + count * units
    for i in range(units):
        for j in range(all_gates):
            work[turned_u + j * units + i] = params[args[8] + i * all_gates + j]
    for i in range(wide):
        for j in range(all_gates):
            work[turned_w + j * wide + i] = params[args[7] + i * all_gates + j]
    work[dh : dh + 2 * count * units] = 0
    for t in range(steps - 1, -1, -1):
        for n in range(lo, hi):
            mine = dh + (n - lo) * units
            if args[6] == 0 or t == steps - 1:
                out = args[17] + (n * units if args[6] == 1 else (n * steps + t) * units)
                for u in range(units):
                    work[mine + u] += grads[out + u]
            at = args[10] + (n * steps + t) * all_gates
            slopes = args[18] + (n * steps + t) * all_gates
            h_at = args[11] + (n * (steps + 1) + t) * units
            c_at = args[12] + (n * (steps + 1) + t) * units
            cell_slopes(work, at, slopes, h_at, c_at, mine, dc + (n - lo) * units, units)  # noqa: F821
        g = args[18] + (lo * steps + t) * all_gates
        gemm(
            work, g, rows_g, 0, count, 0, 1, 1, all_gates,
            work, turned_u, 0, units, work, dh, units, units, ZERO, work, 0,
        )  # fmt: skip
        if args[16] >= 0:
            gemm(
                work, g, rows_g, 0, count, 0, 1, 1, all_gates,
                work, turned_w, 0, wide, grads, args[16] + (lo * steps + t) * wide, steps * wide, wide,
                ZERO, work, 0,
            )  # fmt: skip


@kernel
def input_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dW = sum over samples and steps of x_t outer gate gradients, for features ``lo .. hi``."""
    x, slopes, dw, steps, wide, all_gates = args[0], args[1], args[2], args[3], args[4], args[5]
    gemm(
        acts, x + lo, array_at(args[6], args), 0, hi - lo, wide, steps * wide, steps, state[SAMPLES],
        work, slopes, all_gates, steps * all_gates, grads, dw + lo * all_gates, all_gates, all_gates,
        ZERO, work, 0,
    )  # fmt: skip


@kernel
def state_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dU = sum over samples and steps of the state before outer gate gradients."""
    states, slopes, du, steps, units, all_gates = args[0], args[1], args[2], args[3], args[4], args[5]
    gemm(
        work, states + lo, array_at(args[6], args), 0, hi - lo, units, (steps + 1) * units,
        steps, state[SAMPLES],
        work, slopes, all_gates, steps * all_gates, grads, du + lo * all_gates, all_gates, all_gates,
        ZERO, work, 0,
    )  # fmt: skip


@kernel
def gate_biases(args, state, acts, grads, params, work, chunk, lo, hi):
    """db = sum over samples and steps of the gate gradients, for gates ``lo .. hi``."""
    slopes, db, steps, all_gates = args[0], args[1], args[2], args[3]
    sums = grads[db + lo : db + hi]
    sums[:] = 0
    for row in range(state[SAMPLES] * steps):
        values = work[slopes + row * all_gates + lo : slopes + row * all_gates + hi]
        for i in range(sums.size):
            sums[i] += values[i]


def kernels_of(name: str, cell: Device, cell_slopes: Device) -> tuple[Kernel, Kernel]:
    """Forward and backward of one cell."""
    return (
        Kernel(forward, {"cell": cell}, f"_{name}"),
        Kernel(backward, {"cell_slopes": cell_slopes}, f"_{name}"),
    )


class Recurrent(Layer):
    """Base: ``gates`` arrays of units for each step, and the cell's two kernels."""

    category = "Sequences"
    gates = 1
    shown = ("units",)
    options = (
        Option("units", 32, "Number of values it remembers, and so of outputs.", 1, 4096),
        Option("return_sequences", False, "Give the output of every step, not of the last alone."),
        Option("init", "glorot", "How weights start.", choices=CHOICES),
    )
    samples = (
        ({"units": 5}, ((4, 3),)),
        ({"units": 17, "return_sequences": True}, ((3, 7),)),
        ({"units": 1}, ((1, 1),)),
    )

    def shape(self, options, inputs):
        if len(inputs[0]) != 2:
            raise SpecError(
                f"{self.title} takes a sequence (steps × features), but receives {show_shape(inputs[0])}. "
                "Put a Reshape before it."
            )
        return (inputs[0][0], options["units"]) if options["return_sequences"] else (options["units"],)

    def parameters(self, options, inputs):
        wide, units = inputs[0][1], options["units"]
        every = self.gates * units
        return (
            Parameter("weight", (wide, every), options["init"], wide, units),
            Parameter("recurrent_weight", (units, every), options["init"], units, units),
            Parameter("bias", (every,)),
        )

    def flops(self, options, inputs):
        steps, wide = inputs[0]
        return 2 * steps * self.gates * options["units"] * (wide + options["units"])

    def lower(self, node):
        steps, wide = node.inputs[0]
        units = node.options["units"]
        every = self.gates * units
        p = node.parameters
        kept, states = node.per_sample(steps * every), node.per_sample((steps + 1) * units)
        cells = node.per_sample((steps + 1) * units)
        rows = [
            node.table([i * size for i in range(node.batch)])
            for size in (steps * wide, steps * every, (steps + 1) * units)
        ]
        shared = (
            node.x[0], node.y, steps, wide, units, self.gates, int(not node.options["return_sequences"]),
            p["weight"], p["recurrent_weight"], p["bias"], kept, states, cells, *rows,
        )  # fmt: skip
        node.forward(self.kernels[0], *shared)
        if not node.training:
            return
        slopes = node.per_sample(steps * every)
        scratch = node.per_chunk(every * (units + wide) + 2 * node.emitter.chunk * units)
        node.backward(self.kernels[1], *shared, node.dx[0], node.dy, slopes, *scratch)
        g = node.parameter_gradients
        cost = self.flops(node.options, node.inputs) * node.batch // 2
        ahead = node.table(range(max(wide, units)))
        node.sweep(input_weights, wide, cost, 8, node.x[0], slopes, g["weight"], steps, wide, every, ahead)
        node.sweep(
            state_weights, units, cost, 8, states, slopes, g["recurrent_weight"], steps, units, every, ahead
        )
        node.sweep(gate_biases, every, steps * every * node.batch, 16, slopes, g["bias"], steps, every)

    def reference(self, options, inputs, parameters):
        x, units = inputs[0], options["units"]
        h, c = np.zeros((len(x), units)), np.zeros((len(x), units))
        outputs = []
        for t in range(x.shape[1]):
            gates = x[:, t] @ parameters["weight"] + h @ parameters["recurrent_weight"] + parameters["bias"]
            h, c = self.combine(np.split(gates, self.gates, 1), c)
            outputs.append(h)
        return np.stack(outputs, 1) if options["return_sequences"] else h

    def combine(self, gates, c):
        """New state and cell (batch, units) from the gates' sums: the NumPy reference of a step."""
        raise NotImplementedError


@device
def simple(work, g, h, c, units):
    for u in range(units):
        value = tanh(work[g + u])
        work[g + u] = value
        work[h + units + u] = value


@device
def simple_slopes(work, g, slopes, h, c, dh, dc, units):
    one = cast(1.0, work)
    for u in range(units):
        work[slopes + u] = work[dh + u] * (one - work[g + u] * work[g + u])


@layers.register
class SimpleRNN(Recurrent):
    """h = tanh(x W + h U + b); PyTorch's RNN keeps the transposes and two biases that add up."""

    id = "simplernn"
    title = "SimpleRNN"
    order = 36
    help = "Reads a sequence step by step; what it said last comes back in."
    synonyms = ("rnn", "recurrent", "elman", "sequence", "memory")
    kernels = kernels_of("simple", simple, simple_slopes)

    def combine(self, gates, c):
        return np.tanh(gates[0]), c


@device
def lstm(work, g, h, c, units):
    """Gates i, f, g, o; c = f c + i g; h = o tanh(c)."""
    for u in range(units):
        i, f = sigmoid(work[g + u]), sigmoid(work[g + units + u])
        new, o = tanh(work[g + 2 * units + u]), sigmoid(work[g + 3 * units + u])
        kept = f * work[c + u] + i * new
        work[g + u], work[g + units + u] = i, f
        work[g + 2 * units + u], work[g + 3 * units + u] = new, o
        work[c + units + u] = kept
        work[h + units + u] = o * tanh(kept)


@device
def lstm_slopes(work, g, slopes, h, c, dh, dc, units):
    one = cast(1.0, work)
    for u in range(units):
        i, f = work[g + u], work[g + units + u]
        new, o = work[g + 2 * units + u], work[g + 3 * units + u]
        shown = tanh(work[c + units + u])
        carried = work[dc + u] + work[dh + u] * o * (one - shown * shown)
        work[slopes + u] = carried * new * i * (one - i)
        work[slopes + units + u] = carried * work[c + u] * f * (one - f)
        work[slopes + 2 * units + u] = carried * i * (one - new * new)
        work[slopes + 3 * units + u] = work[dh + u] * shown * o * (one - o)
        work[dc + u] = carried * f


@layers.register
class LSTM(Recurrent):
    """Hochreiter and Schmidhuber 1997, with gates in PyTorch's order i f g o.

    PyTorch keeps the transposes, (4 units, features), and two biases that add up.
    """

    id = "lstm"
    title = "LSTM"
    order = 37
    help = "Reads a sequence with a memory that gates open and close; remembers for long."
    synonyms = ("long short-term memory", "recurrent", "rnn", "sequence", "memory")
    gates = 4
    kernels = kernels_of("lstm", lstm, lstm_slopes)

    def combine(self, gates, c):
        i, f, o = (1 / (1 + np.exp(-gates[at])) for at in (0, 1, 3))
        c = f * c + i * np.tanh(gates[2])
        return o * np.tanh(c), c
