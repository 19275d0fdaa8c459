"""How a predictor in NumPy calls the function of each layer; see `layers` for the functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.layers.attention import is_cross
from nnkernels.layers.borders import CONSTANT
from nnkernels.layers.clamp import bounds_of
from nnkernels.ops.windows import Axis
from nnkernels.spec import Shape
from nnstudio.export.channels_first import IDLE
from nnstudio.export.plain_layers import MAX_COLUMNS, axis_of, borders_of, windows_of

# A line of code with more characters is broken.
LINE = 88
# Padding before and behind each axis.
Sides = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Call:
    """A node, the Python names of its inputs, and Python expressions of its arrays by their names."""

    node: Resolved
    inputs: Sequence[str]
    arrays: dict[str, str]

    @property
    def x(self) -> str:
        return self.inputs[0]


def expression(call: Call) -> list[str]:
    """A function and its arguments, or one expression alone."""
    kind = call.node.layer.id
    if kind in IDLE:
        return [call.x]
    if kind in _FUNCTIONS:
        return [_FUNCTIONS[kind], call.x]
    return _CALLS[kind](call)


def line(name: str, parts: list[str], shape: Shape) -> str:
    """The assignment of `expression`'s parts, indented as in a function, with the shape of a sample."""
    comment = f"  # {' x '.join(str(n) for n in shape)}"
    if len(parts) == 1:
        return f"    {name} = {parts[0]}{comment}"
    whole = f"    {name} = {parts[0]}({', '.join(parts[1:])})"
    if len(whole) <= LINE:
        return f"{whole}{comment}"
    rows, row = [], ""
    for part in parts[1:]:
        if row and len(row) + len(part) > LINE - 12:
            rows.append(row)
            row = ""
        row = f"{row} {part},".strip()
    body = "\n        ".join([*rows, row])
    return f"    {name} = {parts[0]}(\n        {body}\n    ){comment}"


_FUNCTIONS = {
    "relu": "relu", "sigmoid": "sigmoid", "tanh": "np.tanh", "selu": "selu", "silu": "silu", "step": "step",
    "square": "np.square", "sine": "np.sin", "products": "products", "globalaveragepool": "global_average",
    "globalaveragepool1d": "global_average", "globalmaxpool": "global_max", "globalmaxpool1d": "global_max",
}  # fmt: skip


def _input(call: Call) -> list[str]:
    columns = read_columns(call.node.options["columns"], MAX_COLUMNS, "values")
    return [call.x] if columns is None else ["columns_of", call.x, repr([int(c) for c in columns])]


def _dense(call: Call) -> list[str]:
    return ["dense", call.x, *call.arrays.values()]


def _convolution(call: Call) -> list[str]:
    frame = windows_of(call.node)
    padding, none = tuple((a.before, a.after) for a in frame), ((0, 0),) * len(frame)
    return [
        call.node.layer.id, call.x, *call.arrays.values(), *_unless(_bare(none), padding=_bare(padding)),
        *_strides(call, frame),
    ]  # fmt: skip


def _bare(values: tuple[Any, ...]) -> Any:
    """Those of both axes of a picture, or the one of a sequence."""
    return values if len(values) > 1 else values[0]


def _unless(default: object, **argument: object) -> list[str]:
    """An argument that differs from its default."""
    return [f"{name}={value!r}" for name, value in argument.items() if value != default]


def _strides(call: Call, frame: list[Axis]) -> list[str]:
    one = _bare((1,) * len(frame))
    return [
        *_unless(one, stride=_bare(tuple(a.stride for a in frame))),
        *_unless(one, dilation=_bare(tuple(a.dilation for a in frame))),
        *_unless(1, groups=int(call.node.options["groups"])),
    ]


def _transposed(call: Call) -> list[str]:
    frame = windows_of(call.node)
    size, cut = _bare(call.node.shape[:-1]), _bare(tuple(a.before for a in frame))
    return [
        f"conv{len(frame)}d_transpose", call.x, call.arrays["weight"], call.arrays.get("bias", "0.0"),
        f"size={size!r}", *_unless(_bare((0,) * len(frame)), cut=cut), *_strides(call, frame),
    ]  # fmt: skip


def _max_pool(call: Call) -> list[str]:
    frame, (padding, _) = windows_of(call.node), _pool_padding(call)
    x = call.x if not np.any(padding) else f"pad({call.x}, {padding!r}, -np.inf)"
    dilation = tuple(a.dilation for a in frame)
    return ["max_pool", x, *_pool_sizes(frame), *_unless((1,) * len(frame), dilation=dilation)]


def _average_pool(call: Call) -> list[str]:
    sizes, (padding, counted) = _pool_sizes(windows_of(call.node)), _pool_padding(call)
    if not np.any(padding):
        return ["average_pool", call.x, *sizes]
    return ["padded_average_pool", call.x, *sizes, f"padding={padding!r}", f"counted={counted!r}"]


def _pool_sizes(frame: list[Axis]) -> list[str]:
    return [f"size={tuple(a.taps for a in frame)!r}", f"stride={tuple(a.stride for a in frame)!r}"]


def _pool_padding(call: Call) -> tuple[Sides, Sides]:
    """The padding of a pool, with what an incomplete last window needs, and how much of it counts."""
    frame, padding = windows_of(call.node), []
    for axis, n in zip(frame, call.node.input_shapes[0], strict=False):
        end = (axis.positions - 1) * axis.stride + (axis.taps - 1) * axis.dilation + 1
        padding.append((axis.before, max(axis.after, end - axis.before - n)))
    counted = tuple((a.before, a.after) if call.node.options.get("count_padding") else (0, 0) for a in frame)
    return tuple(padding), counted


def _pad(call: Call) -> list[str]:
    options, borders = call.node.options, borders_of(call.node)
    if options["mode"] == CONSTANT:
        return ["pad", call.x, repr(borders), *_unless(0.0, value=float(options["value"]))]
    return ["np.pad", call.x, repr(((0, 0), *borders, (0, 0))), f"mode={options['mode']!r}"]


def _crop(call: Call) -> list[str]:
    pairs = zip(borders_of(call.node), call.node.input_shapes[0], strict=False)
    kept = [f"{before}:{n - after}" for (before, after), n in pairs]
    return [f"{call.x}[:, {', '.join(kept)}]"]


def _number(function: str, option: str) -> Callable[[Call], list[str]]:
    def with_number(call: Call) -> list[str]:
        value = call.node.options[option]
        return [function, call.x, f"{option}={int(value) if isinstance(value, int) else float(value)!r}"]

    return with_number


def _batch_norm(call: Call) -> list[str]:
    names = ("running_mean", "running_var", "weight", "bias")
    arrays = [call.arrays[name] for name in names if name in call.arrays]
    return ["batch_norm", call.x, *arrays, _epsilon(call)]


def _layer_norm(call: Call) -> list[str]:
    return ["layer_norm", call.x, *call.arrays.values(), _epsilon(call)]


def _epsilon(call: Call) -> str:
    return f"epsilon={float(call.node.options['epsilon'])!r}"


def _gelu(call: Call) -> list[str]:
    return ["gelu_tanh" if call.node.options["approximation"] == "tanh" else "gelu", call.x]


# By the names of our functions.
_OF_VALUES = {
    "exp": "np.exp", "log": "np.log", "sqrt": "np.sqrt", "reciprocal": "np.reciprocal", "power": "np.power",
    "abs": "np.abs", "cos": "np.cos", "erf": "erf",
}  # fmt: skip


def _function(call: Call) -> list[str]:
    name = call.node.options["function"]
    exponent = [repr(float(call.node.options["exponent"]))] if name == "power" else []
    return [_OF_VALUES[name], call.x, *exponent]


def _clamp(call: Call) -> list[str]:
    low, high = (None if math.isinf(bound) else float(bound) for bound in bounds_of(call.node.options))
    return ["np.clip", call.x, repr(low), repr(high)]


def _softplus(call: Call) -> list[str]:
    return ["softplus", call.x, *_unless(1.0, beta=float(call.node.options["beta"]))]


def _softmax(call: Call) -> list[str]:
    return [call.node.layer.id, call.x, *_unless(-1, axis=_array_axis(call))]


def _array_axis(call: Call) -> int:
    """The axis of arrays that an option names: samples are axis 0, and the last is -1."""
    axis = axis_of(call.node)
    return -1 if axis == len(call.node.shape) - 1 else axis + 1


def _reshape(call: Call) -> list[str]:
    return [f"{call.x}.reshape", f"len({call.x})", *[str(n) for n in call.node.shape]]


def permutation(node: Resolved) -> list[int]:
    """The old axis at each place, the batch being axis 0."""
    return [0, *[int(axis) for axis in re.findall(r"\d+", node.options["axes"])]]


def _permute(call: Call) -> list[str]:
    return [f"{call.x}.transpose", *[str(axis) for axis in permutation(call.node)]]


def _positions(call: Call) -> list[str]:
    if call.node.options["kind"] == "learned":
        return [f"{call.x} + {call.arrays['weight']}"]
    steps, width = call.node.shape
    return [f"{call.x} + waves({steps}, {width})"]


def _recurrent(states: str) -> Callable[[Call], list[str]]:
    def recurrent(call: Call) -> list[str]:
        options = call.node.options
        cell = f"relu_{states}" if options.get("activation") == "relu" else states
        cell = f"early_{cell}" if options.get("reset") == "before" else cell
        gives_cell = options.get("gives") == "cell" and not options["return_sequences"]
        cell = "lstm_cells" if gives_cell else cell
        ways = [[e for n, e in call.arrays.items() if n.endswith("_reverse") == back] for back in (0, 1)]
        if options["reverse"] and not options["bidirectional"]:
            ways.reverse()
        forward, backward = (f"({', '.join(way)})" for way in ways)
        every = f"every_step={bool(options['return_sequences'])}"
        return ["recurrent", cell, call.x, f"forward={forward}", f"backward={backward}", every]

    return recurrent


def _attention(call: Call) -> list[str]:
    options, arrays = call.node.options, call.arrays
    shapes = call.node.input_shapes
    memory = call.inputs[1] if is_cross(shapes) else call.x
    mask = call.inputs[-1] if len(shapes[-1]) == 1 else "None"
    return [
        "attention", call.x, memory, mask, arrays["in_weight"], arrays["out_weight"],
        arrays.get("in_bias", "0.0"), arrays.get("out_bias", "0.0"), f"heads={int(options['heads'])}",
        f"causal={bool(options['causal'])}",
    ]  # fmt: skip


def _between(sign: str) -> Callable[[Call], list[str]]:
    def join(call: Call) -> list[str]:
        return [f" {sign} ".join(_aligned(call))]

    return join


def _aligned(call: Call) -> list[str]:
    """The inputs, with axes of length 1 where others have more; NumPy would align them with the samples."""
    rank = len(call.node.shape)
    aligned = []
    for x, shape in zip(call.inputs, call.node.input_shapes, strict=True):
        lengths = ", ".join(str(n) for n in (*(1,) * (rank - len(shape)), *shape))
        aligned.append(x if len(shape) == rank else f"{x}.reshape(len({x}), {lengths})")
    return aligned


def _of_two(function: str) -> Callable[[Call], list[str]]:
    return lambda call: [function, *_aligned(call)]


def _average(call: Call) -> list[str]:
    return [f"({' + '.join(_aligned(call))}) / {len(call.inputs)}"]


def _concatenate(call: Call) -> list[str]:
    return ["np.concatenate", f"({', '.join(call.inputs)})", f"axis={_array_axis(call)}"]


def _dot(call: Call) -> list[str]:
    return [f"({call.inputs[0]} * {call.inputs[1]}).sum(axis=-1, keepdims=True)"]


def _prelu(call: Call) -> list[str]:
    return ["leaky_relu", call.x, call.arrays["weight"]]


_CALLS: dict[str, Callable[[Call], list[str]]] = {
    "input": _input, "dense": _dense, "conv1d": _convolution, "conv2d": _convolution,
    "convtranspose1d": _transposed, "convtranspose2d": _transposed, "maxpool1d": _max_pool,
    "maxpool2d": _max_pool, "averagepool1d": _average_pool, "averagepool2d": _average_pool,
    "upsampling2d": _number("upsampling", "factor"), "pad1d": _pad, "pad2d": _pad, "crop1d": _crop,
    "crop2d": _crop, "batchnorm": _batch_norm, "layernorm": _layer_norm, "softmax": _softmax, "gelu": _gelu,
    "softplus": _softplus, "log_softmax": _softmax, "function": _function, "clamp": _clamp,
    "divide": _between("/"), "matmul": _between("@"), "maximum": _of_two("np.maximum"),
    "minimum": _of_two("np.minimum"),
    "flatten": _reshape, "reshape": _reshape, "permute": _permute,
    "embedding": lambda call: ["embedding", call.x, call.arrays["weight"]], "positionalencoding": _positions,
    "simplernn": _recurrent("rnn_states"), "lstm": _recurrent("lstm_states"), "gru": _recurrent("gru_states"),
    "multiheadattention": _attention, "leaky_relu": _number("leaky_relu", "negative_slope"),
    "elu": _number("elu", "alpha"), "prelu": _prelu, "add": _between("+"), "subtract": _between("-"),
    "multiply": _between("*"), "average": _average, "concatenate": _concatenate, "dot": _dot,
}  # fmt: skip
