"""How a predictor in NumPy calls the function of each layer; see `layers` for the functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nnkernels.graph.network import Resolved, read_columns
from nnstudio.export.channels_first import IDLE
from nnstudio.export.plain_layers import MAX_COLUMNS

# A line of code with more characters is broken.
LINE = 88


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


def line(name: str, parts: list[str]) -> str:
    """The assignment of `expression`'s parts, indented as in a function."""
    if len(parts) == 1:
        return f"    {name} = {parts[0]}"
    whole = f"    {name} = {parts[0]}({', '.join(parts[1:])})"
    if len(whole) <= LINE:
        return whole
    rows, row = [], ""
    for part in parts[1:]:
        if row and len(row) + len(part) > LINE - 12:
            rows.append(row)
            row = ""
        row = f"{row} {part},".strip()
    body = "\n        ".join([*rows, row])
    return f"    {name} = {parts[0]}(\n        {body}\n    )"


_FUNCTIONS = {
    "relu": "relu", "sigmoid": "sigmoid", "tanh": "np.tanh", "softmax": "softmax", "selu": "selu",
    "gelu": "gelu", "silu": "silu", "softplus": "softplus", "step": "step", "square": "np.square",
    "sine": "np.sin", "products": "products", "globalaveragepool": "global_average",
    "globalaveragepool1d": "global_average", "globalmaxpool": "global_max", "globalmaxpool1d": "global_max",
}  # fmt: skip


def _input(call: Call) -> list[str]:
    columns = read_columns(call.node.options["columns"], MAX_COLUMNS, "values")
    return [call.x] if columns is None else ["columns_of", call.x, repr([int(c) for c in columns])]


def _dense(call: Call) -> list[str]:
    return ["dense", call.x, *call.arrays.values()]


def _convolution(call: Call) -> list[str]:
    options, node = call.node.options, call.node
    frame = convolution_frame(node)
    size, before = tuple(out for _, out in frame), tuple(start for start, _ in frame)
    if node.layer.id == "conv1d":
        shown = (str(size[0]), str(before[0]))
    else:
        shown = (str(size), str(before))
    settings = [f"size={shown[0]}", f"before={shown[1]}"]
    settings += [f"{n}={int(options[n])}" for n in ("stride", "dilation", "groups") if options[n] != 1]
    return [node.layer.id, call.x, *call.arrays.values(), *settings]


def convolution_frame(node: Resolved) -> list[tuple[int, int]]:
    """For each axis of a convolution's window: zeros before, and output positions."""
    options, frame = node.options, []
    reach = (int(options["kernel_size"]) - 1) * int(options["dilation"]) + 1
    for n, out in zip(node.input_shapes[0][:-1], node.shape[:-1], strict=True):
        if options["padding"] == "same":
            before = max((out - 1) * int(options["stride"]) + reach - n, 0) // 2
        else:
            before = int(options["pad"]) if options["padding"] == "number" else 0
        frame.append((before, out))
    return frame


def _transposed(call: Call) -> list[str]:
    options = call.node.options
    return [
        "conv2d_transpose", call.x, call.arrays["weight"], call.arrays.get("bias", "0.0"),
        f"size={tuple(call.node.shape[:2])}", f"stride={int(options['stride'])}",
        f"padding={int(options['padding'])}",
    ]  # fmt: skip


def _pool(function: str) -> Callable[[Call], list[str]]:
    def pool(call: Call) -> list[str]:
        options = call.node.options
        return [function, call.x, f"size={int(options['pool_size'])}", f"stride={int(options['stride'])}"]

    return pool


def _number(function: str, option: str) -> Callable[[Call], list[str]]:
    def with_number(call: Call) -> list[str]:
        value = call.node.options[option]
        return [function, call.x, f"{option}={int(value) if isinstance(value, int) else float(value)!r}"]

    return with_number


def _norm(function: str) -> Callable[[Call], list[str]]:
    def norm(call: Call) -> list[str]:
        return [
            function, call.x, *call.arrays.values(), f"epsilon={float(call.node.options['epsilon'])!r}"
        ]  # fmt: skip

    return norm


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
        ways = [[e for n, e in call.arrays.items() if n.endswith("_reverse") == back] for back in (0, 1)]
        forward, backward = (f"({', '.join(way)})" for way in ways)
        every = f"every_step={bool(call.node.options['return_sequences'])}"
        return ["read", states, call.x, f"forward={forward}", f"backward={backward}", every]

    return recurrent


def _attention(call: Call) -> list[str]:
    options, arrays = call.node.options, call.arrays
    mask = call.inputs[1] if len(call.inputs) == 2 else "None"
    return [
        "attention", call.x, mask, arrays["in_weight"], arrays["out_weight"], arrays.get("in_bias", "0.0"),
        arrays.get("out_bias", "0.0"), f"heads={int(options['heads'])}", f"causal={bool(options['causal'])}",
    ]  # fmt: skip


def _between(sign: str) -> Callable[[Call], list[str]]:
    def join(call: Call) -> list[str]:
        return [f" {sign} ".join(call.inputs)]

    return join


def _average(call: Call) -> list[str]:
    return [f"({' + '.join(call.inputs)}) / {len(call.inputs)}"]


def _concatenate(call: Call) -> list[str]:
    return ["np.concatenate", f"({', '.join(call.inputs)})", "axis=-1"]


def _dot(call: Call) -> list[str]:
    return [f"({call.inputs[0]} * {call.inputs[1]}).sum(axis=-1, keepdims=True)"]


def _prelu(call: Call) -> list[str]:
    return ["leaky_relu", call.x, call.arrays["weight"]]


_CALLS: dict[str, Callable[[Call], list[str]]] = {
    "input": _input, "dense": _dense, "conv1d": _convolution, "conv2d": _convolution,
    "convtranspose2d": _transposed, "maxpool1d": _pool("max_pool"), "maxpool2d": _pool("max_pool"),
    "averagepool1d": _pool("average_pool"), "averagepool2d": _pool("average_pool"),
    "upsampling2d": _number("upsampling", "factor"), "pad2d": _number("pad", "border"),
    "crop2d": _number("crop", "border"), "batchnorm": _norm("batch_norm"), "layernorm": _norm("layer_norm"),
    "flatten": _reshape, "reshape": _reshape, "permute": _permute,
    "embedding": lambda call: ["embedding", call.x, call.arrays["weight"]], "positionalencoding": _positions,
    "simplernn": _recurrent("rnn_states"), "lstm": _recurrent("lstm_states"), "gru": _recurrent("gru_states"),
    "multiheadattention": _attention, "leaky_relu": _number("leaky_relu", "negative_slope"),
    "elu": _number("elu", "alpha"), "prelu": _prelu, "add": _between("+"), "subtract": _between("-"),
    "multiply": _between("*"), "average": _average, "concatenate": _concatenate, "dot": _dot,
}  # fmt: skip
