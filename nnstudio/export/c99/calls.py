"""How a network in C calls the function of each layer; see `c_functions` for the functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import size_of
from nnstudio.export.c99.buffers import is_view
from nnstudio.export.c99.sequences import GATES
from nnstudio.export.numpy_code.calls import convolution_frame, permutation
from nnstudio.export.plain_layers import MAX_COLUMNS

NULL = "(const float *)0"
RECURRENT = {"simplernn": "rnn", "lstm": "lstm", "gru": "gru"}
# Of these, the axis along which each weight gets a scale of its own where weights are whole numbers.
SCALED_AXES = {
    "dense": -1, "conv1d": -1, "conv2d": -1, "convtranspose2d": 2, "simplernn": -1, "lstm": -1, "gru": -1,
    "multiheadattention": -1, "embedding": 0,
}  # fmt: skip


@dataclass(frozen=True)
class Call:
    """A node, and C expressions of where its inputs, its values and its scratch lie.

    ``arrays`` are expressions of its arrays by their names, with scales behind weights.
    """

    node: Resolved
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


def scratch_of(node: Resolved) -> int:
    """Floats that a node needs beside its values."""
    kind = node.layer.id
    if kind in RECURRENT:
        return (2 * GATES[RECURRENT[kind]] + 2) * int(node.options["units"])
    if kind == "multiheadattention":
        steps, width = node.shape
        return 4 * steps * width + steps
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
    mantissa, exponent = float(np.float32(value)).hex().split("p")
    return f"{mantissa.rstrip('0').rstrip('.')}p{exponent}f"


def _statement(name: str, *arguments: object) -> list[str]:
    return [f"@_{name}({', '.join(str(a) for a in arguments)});"]


_BY_VALUE = {
    "relu": "", "sigmoid": "", "tanh": "", "selu": "", "gelu": "", "silu": "", "softplus": "", "step": "",
    "square": "", "sine": "", "leaky_relu": "negative_slope", "elu": "alpha",
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


def _as_picture(shape: Sequence[int]) -> tuple[int, int, int]:
    """A sequence is a picture of one row."""
    h, w, c = (1, *shape) if len(shape) == 2 else shape
    return h, w, c


def _convolution(call: Call) -> list[str]:
    node, options = call.node, call.node.options
    h, w, channels = _as_picture(node.input_shapes[0])
    frame = [(0, 1), *convolution_frame(node)][-2:]
    (top, oh), (left, ow) = frame
    k, groups = int(options["kernel_size"]), int(options["groups"])
    kh = 1 if node.layer.id == "conv1d" else k
    return _statement(
        "conv", call.x, call.arrays["weight"], call.array("bias"), call.y, h, w, channels // groups,
        node.shape[-1], kh, k, oh, ow, top, left, int(options["stride"]), int(options["dilation"]), groups,
    )  # fmt: skip


def _transposed(call: Call) -> list[str]:
    (h, w, channels), (oh, ow, filters), options = (
        call.node.input_shapes[0],
        call.node.shape,
        call.node.options,
    )
    sizes = (h, w, channels, filters, int(options["kernel_size"]), oh, ow)
    strides = (int(options["stride"]), int(options["padding"]))
    return _statement(
        "conv_transpose", call.x, call.arrays["weight"], call.array("bias"), call.y, *sizes, *strides
    )


def _pool(function: str) -> Callable[[Call], list[str]]:
    def pool(call: Call) -> list[str]:
        options, is_sequence = call.node.options, len(call.node.shape) == 2
        (_h, w, c), (oh, ow, _) = _as_picture(call.node.input_shapes[0]), _as_picture(call.node.shape)
        k = int(options["pool_size"])
        kh = 1 if is_sequence else k
        return _statement(function, call.x, call.y, w, c, kh, k, oh, ow, int(options["stride"]))

    return pool


def _global(function: str) -> Callable[[Call], list[str]]:
    def pool(call: Call) -> list[str]:
        return _statement(function, call.x, call.y, call.rows, call.channels, 1, call.rows, 1, 1, 1)

    return pool


def _upsampling(call: Call) -> list[str]:
    shape, factor = call.node.input_shapes[0], int(call.node.options["factor"])
    return _statement("upsampling", call.x, call.y, *shape, factor)


def _border(sign: int) -> Callable[[Call], list[str]]:
    def pad(call: Call) -> list[str]:
        border = sign * int(call.node.options["border"])
        return _statement("pad", call.x, call.y, *call.node.input_shapes[0], border)

    return pad


def _batch_norm(call: Call) -> list[str]:
    arrays = (call.arrays[name] for name in ("running_mean", "scale", "bias"))
    return _statement("batch_norm", call.x, *arrays, call.y, call.rows, call.channels)


def _layer_norm(call: Call) -> list[str]:
    return _statement(
        "layer_norm", call.x, call.arrays["weight"], call.arrays["bias"], call.y, call.rows, call.channels,
        number_text(call.node.options["epsilon"]),
    )  # fmt: skip


def _permute(call: Call) -> list[str]:
    shape = call.node.input_shapes[0]
    strides = [size_of(shape[axis + 1 :]) for axis in range(len(shape))]
    order = [axis - 1 for axis in permutation(call.node)[1:]]
    ones = [1] * (3 - len(shape))
    return _statement("permute", call.x, call.y, *ones, *call.node.shape, *ones, *[strides[a] for a in order])


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
    every, result = int(options["return_sequences"]), []
    for back, end in enumerate(("", "_reverse")[: 1 + bool(options["bidirectional"])]):
        arrays = [call.arrays[f"{name}{end}"] for name in ("weight", "recurrent_weight", "bias")]
        if node.layer.id == "gru":
            arrays.append(call.array(f"recurrent_bias{end}"))
        y = f"{call.y} + {units}" if back else call.y
        result += _statement(
            RECURRENT[node.layer.id], call.x, *arrays, y, call.scratch, steps, width, units, back, every,
            node.shape[-1],
        )  # fmt: skip
    return result


def _attention(call: Call) -> list[str]:
    options, mask = call.node.options, call.inputs[1] if len(call.inputs) == 2 else NULL
    return _statement(
        "attention", call.x, mask, call.arrays["in_weight"], call.arrays["out_weight"], call.array("in_bias"),
        call.array("out_bias"), call.y, call.scratch, *call.node.shape, int(options["heads"]),
        int(options["causal"]),
    )  # fmt: skip


def _fold(function: str) -> Callable[[Call], list[str]]:
    def join(call: Call) -> list[str]:
        first, second, *others = call.inputs
        result = _statement(function, first, second, call.y, call.size)
        for other in others:
            result += _statement(function, call.y, other, call.y, call.size)
        return result

    return join


def _average(call: Call) -> list[str]:
    share = number_text(1 / len(call.inputs))
    return [*_fold("add")(call), *_statement("scale", call.y, call.y, call.size, share)]


def _concatenate(call: Call) -> list[str]:
    start, width, result = 0, call.node.shape[-1], []
    for x, shape in zip(call.inputs, call.node.input_shapes, strict=True):
        result += _statement("part", x, f"{call.y} + {start}", call.size // width, shape[-1], width)
        start += shape[-1]
    return result


_CALLS: dict[str, Callable[[Call], list[str]]] = {
    "input": _input, "dense": _dense, "conv1d": _convolution, "conv2d": _convolution,
    "convtranspose2d": _transposed, "maxpool1d": _pool("max_pool"), "maxpool2d": _pool("max_pool"),
    "averagepool1d": _pool("average_pool"), "averagepool2d": _pool("average_pool"),
    "globalaveragepool": _global("average_pool"), "globalaveragepool1d": _global("average_pool"),
    "globalmaxpool": _global("max_pool"), "globalmaxpool1d": _global("max_pool"),
    "upsampling2d": _upsampling, "pad2d": _border(1), "crop2d": _border(-1), "batchnorm": _batch_norm,
    "layernorm": _layer_norm, "permute": _permute, "embedding": _embedding,
    "positionalencoding": _positions, "simplernn": _recurrent, "lstm": _recurrent, "gru": _recurrent,
    "multiheadattention": _attention, "add": _fold("add"), "subtract": _fold("subtract"),
    "multiply": _fold("multiply_values"), "average": _average, "concatenate": _concatenate,
    "dot": lambda call: _statement("dot", *call.inputs, call.y, call.rows, call.channels),
    "products": lambda call: _statement("products", call.x, call.y, call.channels),
    "softmax": lambda call: _statement("softmax", call.x, call.y, call.rows, call.channels),
    "prelu": lambda call: _statement(
        "prelu", call.x, call.arrays["weight"], call.y, call.size,
        call.channels if call.node.options["per_channel"] else 1,
    ),
}  # fmt: skip
