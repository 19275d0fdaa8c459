"""How a network in C calls the function of each layer; see `functions` for the functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.layers.attention import is_cross, keys_shape
from nnkernels.layers.borders import CONSTANT
from nnkernels.layers.clamp import bounds_of
from nnkernels.ops.windows import Axis
from nnkernels.spec import Shape, size_of
from nnstudio.export.c99.buffers import is_view
from nnstudio.export.c99.functions import PAIRS
from nnstudio.export.c99.loops import loop, repeated, strides_of
from nnstudio.export.c99.sequences import GATES
from nnstudio.export.numpy_code.calls import permutation
from nnstudio.export.plain_layers import MAX_COLUMNS, axis_of, borders_of, windows_of

NULL = "(const float *)0"
RECURRENT = {"simplernn": "rnn", "lstm": "lstm", "gru": "gru"}
# Of these, the axis along which each weight gets a scale of its own where weights are whole numbers.
SCALED_AXES = {
    "dense": -1, "conv1d": -1, "conv2d": -1, "convtranspose1d": 1, "convtranspose2d": 2, "simplernn": -1,
    "lstm": -1, "gru": -1, "multiheadattention": -1, "embedding": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A node, the identifier that stands for it, and C expressions of where its inputs, its values and its
    scratch lie.

    ``arrays`` are expressions of its arrays by their names, with scales behind weights.
    """

    node: Resolved
    name: str
    inputs: Sequence[str]
    y: str
    scratch: str
    arrays: Mapping[str, str]

    @property
    def x(self) -> str:
        return self.inputs[0]

    @property
    def size(self) -> int:
        return size_of(self.node.shape)

    @property
    def channels(self) -> int:
        return self.node.input_shapes[0][-1]

    @property
    def rows(self) -> int:
        """Positions of its input, each with all channels."""
        return size_of(self.node.input_shapes[0]) // self.channels

    def array(self, name: str) -> str:
        return self.arrays.get(name, NULL)


def is_weight(layer: str, parameter: str) -> bool:
    """Whether a parameter is a matrix that may be held in whole numbers."""
    return layer in SCALED_AXES and "bias" not in parameter


def cell_of(node: Resolved) -> str:
    """The function that runs a recurrent layer, without prefix."""
    name = RECURRENT[node.layer.id]
    if node.options.get("reset") == "before":
        return f"early_{name}"
    return f"relu_{name}" if node.options.get("activation") == "relu" else name


def scratch_of(node: Resolved) -> int:
    """Floats that a node needs beside its values."""
    kind = node.layer.id
    if kind in RECURRENT:
        return (2 * GATES[cell_of(node)] + 2) * int(node.options["units"])
    if kind == "multiheadattention":
        (steps, width), keys = node.shape, keys_shape(node.input_shapes)[0]
        others = keys if is_cross(node.input_shapes) else 0
        return (4 * steps + 3 * others) * width + keys
    return 0


def calls(call: Call) -> list[str]:
    """Statements that compute a node, without prefix (``@``); none where its values are its input's."""
    if is_view(call.node):
        return []
    kind = call.node.layer.id
    if kind in _BY_VALUE:
        option = _BY_VALUE[kind]
        number = f", {number_text(call.node.options[option])}" if option else ""
        return [f"@_{kind}({call.x}, {call.y}, {call.size}{number});"]
    return _CALLS[kind](call)


def number_text(value: float) -> str:
    """A float literal of the nearest float."""
    with np.errstate(over="ignore"):
        nearest = float(np.float32(value))
    if math.isinf(nearest):
        return "INFINITY" if nearest > 0 else "-INFINITY"
    mantissa, exponent = nearest.hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.')}p{exponent}f"


def _statement(name: str, *arguments: object) -> list[str]:
    return [f"@_{name}({', '.join(str(a) for a in arguments)});"]


_BY_VALUE = {
    "relu": "", "sigmoid": "", "tanh": "", "selu": "", "silu": "", "step": "", "square": "", "sine": "",
    "leaky_relu": "negative_slope", "elu": "alpha", "softplus": "beta",
}  # fmt: skip


def selected(node: Resolved) -> tuple[int, ...]:
    """The columns that an Input takes of each sample."""
    return read_columns(node.options["columns"], MAX_COLUMNS, "values") or ()


def _input(call: Call) -> list[str]:
    return _statement("select", call.x, call.arrays["columns"], call.y, call.size)


def _dense(call: Call) -> list[str]:
    return _statement(
        "dense", call.x, call.arrays["weight"], call.array("bias"), call.y, call.rows, call.channels,
        call.node.shape[-1],
    )  # fmt: skip


def _as_picture(shape: Shape) -> tuple[int, int, int]:
    """A sequence is a picture of one row."""
    h, w, c = (1, *shape) if len(shape) == 2 else shape
    return h, w, c


def _window(call: Call, picture: Shape, frame: Sequence[Axis]) -> list[str]:
    """The declaration of how windows lie over a picture; `_named` is what it declares."""
    h, w, channels = picture
    down, along = [Axis(1, 1, 1, 0, 0, 1), *frame][-2:]
    members = {
        "h": h, "w": w, "channels": channels, "kh": down.taps, "kw": along.taps, "sh": down.stride,
        "sw": along.stride, "dh": down.dilation, "dw": along.dilation, "top": down.before,
        "left": along.before, "oh": down.positions, "ow": along.positions,
    }  # fmt: skip
    rows = list(members.items())
    lines = (", ".join(f".{name} = {n}" for name, n in part) for part in (rows[:3], rows[3:9], rows[9:]))
    return [f"static const @_geometry {call.name}_window = {{", *[f"    {x}," for x in lines], "};"]


def _named(call: Call) -> str:
    return f"&{call.name}_window"


def _convolution(call: Call) -> list[str]:
    node = call.node
    return [
        *_window(call, _as_picture(node.input_shapes[0]), windows_of(node)),
        *_statement(
            "conv", call.x, call.arrays["weight"], call.array("bias"), call.y, _named(call), node.shape[-1],
            int(node.options["groups"]),
        ),
    ]  # fmt: skip


def _transposed(call: Call) -> list[str]:
    node = call.node
    return [
        *_window(call, _as_picture(node.shape), windows_of(node)),
        *_statement(
            "conv_transpose", call.x, call.arrays["weight"], call.array("bias"), call.y, _named(call),
            call.channels, int(node.options["groups"]),
        ),
    ]  # fmt: skip


def _max_pool(call: Call) -> list[str]:
    window = _window(call, _as_picture(call.node.input_shapes[0]), windows_of(call.node))
    return [*window, *_statement("max_pool", call.x, call.y, _named(call))]


def _average_pool(call: Call) -> list[str]:
    frame = windows_of(call.node)
    down, along = [Axis(1, 1, 1, 0, 0, 1), *frame][-2:]
    counted = (down.before, down.after, along.before, along.after)
    if not call.node.options["count_padding"]:
        counted = (0, 0, 0, 0)
    window = _window(call, _as_picture(call.node.input_shapes[0]), frame)
    return [*window, *_statement("average_pool", call.x, call.y, _named(call), *counted)]


def _global(function: str, *counted: int) -> Callable[[Call], list[str]]:
    def pool(call: Call) -> list[str]:
        window = _window(call, (1, call.rows, call.channels), [Axis(call.rows, 1, 1, 0, 0, 1)])
        return [*window, *_statement(function, call.x, call.y, _named(call), *counted)]

    return pool


def _upsampling(call: Call) -> list[str]:
    shape, factor = call.node.input_shapes[0], int(call.node.options["factor"])
    return _statement("upsampling", call.x, call.y, *shape, factor)


def _pad(call: Call) -> list[str]:
    options = call.node.options
    if options["mode"] == CONSTANT:
        return _bordered(call, "pad", 1, number_text(options["value"]))
    return _bordered(call, f"pad_{options['mode']}", 1)


def _crop(call: Call) -> list[str]:
    # What would fill a border is not read.
    return _bordered(call, "pad", -1, "0.0f")


def _bordered(call: Call, function: str, sign: int, *more: str) -> list[str]:
    borders = [(0, 0), *borders_of(call.node)][-2:]
    widths = [sign * width for pair in borders for width in pair]
    return _statement(function, call.x, call.y, *_as_picture(call.node.input_shapes[0]), *widths, *more)


def _batch_norm(call: Call) -> list[str]:
    arrays = (call.array(name) for name in ("running_mean", "scale", "bias"))
    return _statement("batch_norm", call.x, *arrays, call.y, call.rows, call.channels)


def _layer_norm(call: Call) -> list[str]:
    count = size_of(call.node.shape[-int(call.node.options["axes"]) :])
    return _statement(
        "layer_norm", call.x, call.arrays["weight"], call.arrays["bias"], call.y, call.size // count, count,
        number_text(call.node.options["epsilon"]),
    )  # fmt: skip


def _softmax(call: Call) -> list[str]:
    axis = axis_of(call.node)
    count, stride = call.node.shape[axis], strides_of(call.node.shape)[axis]
    return _statement(call.node.layer.id, call.x, call.y, call.size // count // stride, count, stride)


def _function(call: Call) -> list[str]:
    name, number = call.node.options["function"], number_text(call.node.options["exponent"])
    return _statement(f"of_{name}", call.x, call.y, call.size, *([number] if name == "power" else []))


def _clamp(call: Call) -> list[str]:
    return _statement("clamp", call.x, call.y, call.size, *map(number_text, bounds_of(call.node.options)))


def _gelu(call: Call) -> list[str]:
    name = "gelu_tanh" if call.node.options["approximation"] == "tanh" else "gelu"
    return _statement(name, call.x, call.y, call.size)


def _permute(call: Call) -> list[str]:
    strides = strides_of(call.node.input_shapes[0])
    order = [strides[axis - 1] for axis in permutation(call.node)[1:]]
    return loop(call.node.shape, call.y, [(call.x, order)], "{}")


def _embedding(call: Call) -> list[str]:
    count = size_of(call.node.input_shapes[0])
    options = call.node.options
    return _statement(
        "embedding", call.x, call.arrays["weight"], call.y, count, int(options["size"]),
        int(options["dimensions"]),
    )  # fmt: skip


def _positions(call: Call) -> list[str]:
    return _statement("add", call.x, call.arrays["weight"], call.y, call.size)


def _recurrent(call: Call) -> list[str]:
    node, options = call.node, call.node.options
    (steps, width), units = node.input_shapes[0], int(options["units"])
    every, result = int(options["return_sequences"]), list[str]()
    every = -1 if options.get("gives") == "cell" and not every else every
    cell = cell_of(node)
    for position, end in enumerate(("", "_reverse")[: 1 + bool(options["bidirectional"])]):
        back = int(position or (options["reverse"] and not options["bidirectional"]))
        arrays = [call.arrays[f"{name}{end}"] for name in ("weight", "recurrent_weight", "bias")]
        if cell == "gru":
            arrays.append(call.array(f"recurrent_bias{end}"))
        y = f"{call.y} + {units}" if position else call.y
        result += _statement(
            cell, call.x, *arrays, y, call.scratch, steps, width, units, back, every,
            node.shape[-1],
        )  # fmt: skip
    return result


def _attention(call: Call) -> list[str]:
    options, shapes = call.node.options, call.node.input_shapes
    mask = call.inputs[-1] if len(shapes[-1]) == 1 else NULL
    memory = call.inputs[1] if is_cross(shapes) else NULL
    steps, width = call.node.shape
    return _statement(
        "attention", call.x, memory, mask, call.arrays["in_weight"], call.arrays["out_weight"],
        call.array("in_bias"), call.array("out_bias"), call.y, call.scratch, steps, keys_shape(shapes)[0],
        width, int(options["heads"]), int(options["causal"]),
    )  # fmt: skip


# The function of each join.
_JOINS = {
    "add": "add", "average": "add", "subtract": "subtract", "multiply": "multiply_values",
    "divide": "divide", "maximum": "maximum", "minimum": "minimum",
}  # fmt: skip


def _join(call: Call) -> list[str]:
    node = call.node
    function = _JOINS[node.layer.id]
    if any(shape != node.shape for shape in node.input_shapes):
        sources = [
            (x, repeated(s, node.shape)) for x, s in zip(call.inputs, node.input_shapes, strict=True)
        ]  # fmt: skip
        formula = PAIRS[function]
        for _ in sources[2:]:
            formula = PAIRS[function].replace("{}", formula, 1)
        return loop(node.shape, call.y, sources, formula if len(sources) > 1 else "{}")
    first, second, *others = call.inputs
    result = _statement(function, first, second, call.y, call.size)
    for other in others:
        result += _statement(function, call.y, other, call.y, call.size)
    return result


def _average(call: Call) -> list[str]:
    share = number_text(1 / len(call.inputs))
    return [*_join(call), *_statement("scale", call.y, call.y, call.size, share)]


def _matrix_product(call: Call) -> list[str]:
    (*before, rows, inner), columns = call.node.input_shapes[0], call.node.shape[-1]
    return _statement("matrix_product", *call.inputs, call.y, size_of(tuple(before)), rows, inner, columns)


def _concatenate(call: Call) -> list[str]:
    axis, start, result = axis_of(call.node), 0, []
    width = size_of(call.node.shape[axis:])
    for x, shape in zip(call.inputs, call.node.input_shapes, strict=True):
        part = size_of(shape[axis:])
        result += _statement("part", x, f"{call.y} + {start}", call.size // width, part, width)
        start += part
    return result


_CALLS: dict[str, Callable[[Call], list[str]]] = {
    "input": _input, "dense": _dense, "conv1d": _convolution, "conv2d": _convolution,
    "convtranspose1d": _transposed, "convtranspose2d": _transposed, "maxpool1d": _max_pool,
    "maxpool2d": _max_pool, "averagepool1d": _average_pool, "averagepool2d": _average_pool,
    "globalaveragepool": _global("average_pool", 0, 0, 0, 0),
    "globalaveragepool1d": _global("average_pool", 0, 0, 0, 0),
    "globalmaxpool": _global("max_pool"), "globalmaxpool1d": _global("max_pool"),
    "upsampling2d": _upsampling, "pad1d": _pad, "pad2d": _pad, "crop1d": _crop, "crop2d": _crop,
    "batchnorm": _batch_norm, "layernorm": _layer_norm, "permute": _permute, "embedding": _embedding,
    "positionalencoding": _positions, "simplernn": _recurrent, "lstm": _recurrent, "gru": _recurrent,
    "multiheadattention": _attention, "add": _join, "subtract": _join, "multiply": _join,
    "average": _average, "concatenate": _concatenate, "softmax": _softmax, "gelu": _gelu,
    "log_softmax": _softmax, "function": _function, "clamp": _clamp, "divide": _join, "maximum": _join,
    "minimum": _join,
    "matmul": _matrix_product,
    "dot": lambda call: _statement("dot", *call.inputs, call.y, call.rows, call.channels),
    "products": lambda call: _statement("products", call.x, call.y, call.channels),
    "prelu": lambda call: _statement(
        "prelu", call.x, call.arrays["weight"], call.y, call.size,
        call.channels if call.node.options["per_channel"] else 1,
    ),
}  # fmt: skip
