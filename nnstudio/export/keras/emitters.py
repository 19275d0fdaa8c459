"""Each kind of layer as a person writes it in Keras 3: the layer, and the lines that apply it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnkernels.graph.network import Resolved
from nnkernels.layers.clamp import bounds_of
from nnkernels.spec.axes import read_axis
from nnstudio.export.format import ExportError

# What is written: from the name of the result, those of what enters, and the layer.
Lines = Callable[[str, Sequence[str], str], list[str]]


@dataclass(frozen=True)
class Code:
    """A node in Keras.

    Attributes:
        layer: an expression; "" where none is needed.
        lines: None where the layer takes what enters, and that is all.
        helper: which text of `HELPERS` it needs, or "".
    """

    layer: str = ""
    lines: Lines | None = None
    helper: str = ""


# From a node and the name of its layer.
Emitter = Callable[[Resolved, str], Code]


def value(given: Any) -> str:
    """Numbers, and tuples of them, as Python writes them; of texts only words without quotes become code."""
    if isinstance(given, tuple | list):
        inner = ", ".join(value(v) for v in given)
        return f"[{inner}]" if isinstance(given, list) else f"({inner}{',' if len(given) == 1 else ''})"
    if isinstance(given, bool | int | float) or (isinstance(given, str) and given.isidentifier()):
        return repr(given).replace("'", '"')
    raise ExportError(f"Keras code needs a number here, but the option is '{given}'.")


def call(kind: str, name: str, *values: Any, **options: Any) -> str:
    """``layers.Kind(1, 2, use_bias=False, name="name")``."""
    given = [*map(value, values), *(f"{k}={value(v)}" for k, v in options.items())]
    return f"{kind}({', '.join([*given, *([f'name={value(name)}'] if name else [])])})"


def one(values: Sequence[int]) -> int | tuple[int, ...]:
    """One number where all are alike."""
    return values[0] if len(set(values)) == 1 else tuple(values)


def unless(default: Any, **options: Any) -> dict[str, Any]:
    """Options that are not as Keras has them anyway."""
    return {k: v for k, v in options.items() if v != default}


def layer(kind: str, *fixed: Any, **options: str) -> Emitter:
    """A layer; ``options`` are names here by names there."""
    return lambda n, name: Code(
        call(f"layers.{kind}", name, *fixed, **{k: n.options[v] for k, v in options.items()})
    )


def expression(text: str) -> Emitter:
    """A line in which {x} is what enters."""
    return lambda _n, _name: Code(lines=lambda y, xs, _l: [f"{y} = {text.format(x=xs[0])}"])


def expression_of(text: str) -> Lines:
    """A line in which {} is what a layer gives."""
    return lambda y, xs, used: [f"{y} = {text.format(f'{used}({xs[0]})')}"]


def dense(n: Resolved, name: str) -> Code:
    return Code(call("layers.Dense", name, n.options["units"], **unless(True, use_bias=n.options["bias"])))


def noise(n: Resolved, name: str) -> Code:
    deviation = n.options["deviation"]
    if deviation > 1:
        return Code(call("Noise", name, deviation), helper="Noise")
    return Code(call("layers.GaussianNoise", name, deviation))


def batch_norm(n: Resolved, name: str) -> Code:
    # Keras says how much stays, and not how much is new.
    momentum = round(1 - n.options["momentum"], 12)
    options = {"momentum": momentum, "epsilon": n.options["epsilon"]}
    plain = unless(True, center=n.options["affine"], scale=n.options["affine"])
    return Code(call("layers.BatchNormalization", name, **options, **plain))


def layer_norm(n: Resolved, name: str) -> Code:
    axes = n.options["axes"]
    which = {} if axes == 1 else {"axis": list(range(-axes, 0))}
    return Code(call("layers.LayerNormalization", name, **which, epsilon=n.options["epsilon"]))


def prelu(n: Resolved, name: str) -> Code:
    rank = len(n.shape)
    shared = list(range(1, rank if n.options["per_channel"] else rank + 1))
    return Code(call("layers.PReLU", name, **({"shared_axes": shared} if shared else {})))


def softmax(n: Resolved, name: str) -> Code:
    axis = read_axis(n.options["axis"], n.shape)
    return Code(call("layers.Softmax", name, **({} if axis == len(n.shape) - 1 else {"axis": axis + 1})))


def log_softmax(n: Resolved, name: str) -> Code:
    axis = read_axis(n.options["axis"], n.shape)
    return expression(f"ops.log_softmax({{x}}, axis={-1 if axis == len(n.shape) - 1 else axis + 1})")(n, name)


# By the names of our functions.
OF_VALUES = {
    "exp": "ops.exp({x})", "log": "ops.log({x})", "sqrt": "ops.sqrt({x})",
    "reciprocal": "ops.reciprocal({x})", "power": "ops.power({x}, %s)", "abs": "ops.abs({x})",
    "cos": "ops.cos({x})", "erf": "ops.erf({x})",
}  # fmt: skip


def function(n: Resolved, name: str) -> Code:
    text = OF_VALUES[n.options["function"]]
    return expression(text % value(n.options["exponent"]) if "%s" in text else text)(n, name)


def clamp(n: Resolved, name: str) -> Code:
    low, high = bounds_of(n.options)
    if math.isinf(high):
        return expression(f"ops.maximum({{x}}, {value(low)})")(n, name)
    if math.isinf(low):
        return expression(f"ops.minimum({{x}}, {value(high)})")(n, name)
    return expression(f"ops.clip({{x}}, {value(low)}, {value(high)})")(n, name)


def gelu(n: Resolved, name: str) -> Code:
    if n.options["approximation"] == "tanh":
        return expression("ops.gelu({x}, approximate=True)")(n, name)
    return layer("Activation", "gelu")(n, name)


def softplus(n: Resolved, name: str) -> Code:
    beta = n.options["beta"]
    if beta == 1:
        return layer("Activation", "softplus")(n, name)
    return expression(f"ops.softplus({value(beta)} * {{x}}) / {value(beta)}")(n, name)


def shaped(n: Resolved, name: str) -> Code:
    return Code(call("layers.Reshape", name, n.shape))


def permute(n: Resolved, name: str) -> Code:
    text = n.options["axes"]
    for separator in ("×", "x", " "):
        text = text.replace(separator, ",")
    return Code(call("layers.Permute", name, tuple(int(part) for part in text.split(",") if part)))


def embedding(n: Resolved, name: str) -> Code:
    size = n.options["size"]

    def lines(y: str, xs: Sequence[str], used: str) -> list[str]:
        tokens = f'ops.clip(ops.cast({xs[0]}, "int32"), 0, {value(size - 1)})'
        return [f"{y} = {used}({tokens})"]

    return Code(call("layers.Embedding", name, size, n.options["dimensions"]), lines)


def positional(n: Resolved, name: str) -> Code:
    kind = {"sinusoidal": "Waves", "learned": "Positions"}.get(n.options["kind"])
    if kind is None:
        raise ExportError(f"'{n.id}' has a kind that the Keras export does not know: {n.options['kind']!r}.")
    return Code(call(kind, name), helper=kind)


def recurrent(kind: str) -> Emitter:
    def emit(n: Resolved, name: str) -> Code:
        o = n.options
        plain: dict[str, Any] = {**unless(False, return_sequences=o["return_sequences"])}
        plain |= unless("tanh", activation=o.get("activation", "tanh"))
        plain |= unless(True, reset_after=o.get("reset", "after") == "after")
        gives_cell = o.get("gives") == "cell" and not o["return_sequences"]
        plain |= {"return_state": True} if gives_cell else {}
        if o["bidirectional"]:
            inner = call(f"layers.{kind}", "", o["units"], **plain)
            inner = inner[:-1] + f", name={value(INNER[kind])})"
            both = f"layers.Bidirectional({inner}, name={value(name)})"
            return (
                Code(both, expression_of("ops.concatenate({}[2::2], axis=-1)")) if gives_cell else Code(both)
            )
        used = call(f"layers.{kind}", name, o["units"], **plain, **unless(False, go_backwards=o["reverse"]))
        if o["reverse"] and o["return_sequences"]:
            # Keras gives the outputs in the order in which it reads.
            return Code(used, expression_of("ops.flip({}, axis=1)"))
        return Code(used, expression_of("{}[2]")) if gives_cell else Code(used)

    return emit


# The names that Keras would choose; in a program that makes several models it would add numbers.
INNER = {"SimpleRNN": "simple_rnn", "LSTM": "lstm", "GRU": "gru"}


def attention(n: Resolved, name: str) -> Code:
    o, width = n.options, n.shape[-1]
    rate = unless(0.0, dropout=o["dropout"])
    plain = {**rate, **unless(True, use_bias=o["bias"])}
    if len(n.input_shapes[-1]) == 1:
        masked = call("MaskedAttention", name, o["heads"], **plain, **unless(False, causal=o["causal"]))
        memory = len(n.input_shapes) - 2
        return Code(
            masked, lambda y, xs, used: [f"{y} = {used}({xs[0]}, {xs[memory]}, {xs[-1]})"], "MaskedAttention"
        )
    used = call("layers.MultiHeadAttention", name, o["heads"], width // o["heads"], **plain)
    causal = ", use_causal_mask=True" if o["causal"] else ""
    return Code(used, lambda y, xs, used: [f"{y} = {used}({xs[0]}, {xs[-1]}{causal})"])


def join(kind: str) -> Emitter:
    """A layer that takes a list; samples of fewer axes get axes of length 1 before their own."""

    def emit(n: Resolved, name: str) -> Code:
        def lines(y: str, xs: Sequence[str], used: str) -> list[str]:
            given = list(xs) if kind == "Concatenate" else aligned(n, xs)
            if len(given) == 1:
                return [f"{y} = {given[0]}"]
            if kind == "Subtract" and len(given) > 2:
                return [f"{y} = {' - '.join(given)}"]
            return [f"{y} = {used}([{', '.join(given)}])"]

        return Code(call(f"layers.{kind}", name, **axis_of(n)), lines)

    return emit


def aligned(n: Resolved, xs: Sequence[str]) -> list[str]:
    """What enters, samples of fewer axes with axes of length 1 before their own."""
    given = []
    for x, shape in zip(xs, n.input_shapes, strict=True):
        before = (1,) * (len(n.shape) - len(shape))
        given.append(f"layers.Reshape({value((*before, *shape))})({x})" if before else x)
    return given


def divide(n: Resolved, _name: str) -> Code:
    return Code(lines=lambda y, xs, _l: [f"{y} = {' / '.join(aligned(n, xs))}"])


def matmul(_n: Resolved, _name: str) -> Code:
    return Code(lines=lambda y, xs, _l: [f"{y} = ops.matmul({xs[0]}, {xs[1]})"])


def axis_of(n: Resolved) -> dict[str, int]:
    """Along which axis a Concatenate joins, the batch being axis 0."""
    if n.layer.id != "concatenate":
        return {}
    axis = read_axis(n.options["axis"], n.shape)
    return {} if axis == len(n.shape) - 1 else {"axis": axis + 1}


def products(n: Resolved, _name: str) -> Code:
    def lines(y: str, xs: Sequence[str], _used: str) -> list[str]:
        pairs = f"i, j = (numbers.tolist() for numbers in np.triu_indices({n.input_shapes[0][-1]}, 1))"
        return [pairs, f"{y} = ops.take({xs[0]}, i, axis=1) * ops.take({xs[0]}, j, axis=1)"]

    return Code(lines=lines)


def flip(n: Resolved, name: str) -> Code:
    mode = {"both": "horizontal_and_vertical"}.get(n.options["mode"], n.options["mode"])
    return Code(call("layers.RandomFlip", name, mode))


FILL = {"edge": "nearest", "zero": "constant"}


def shift(n: Resolved, name: str) -> Code:
    o = n.options
    return Code(
        call("layers.RandomTranslation", name, o["height"], o["width"], fill_mode=FILL[o["fill"]])
    )  # fmt: skip


def rotation(n: Resolved, name: str) -> Code:
    o = n.options
    return Code(call("layers.RandomRotation", name, o["angle"] / 360, fill_mode=FILL[o["fill"]]))


def zoom(n: Resolved, name: str) -> Code:
    o = n.options
    return Code(call("layers.RandomZoom", name, o["change"], fill_mode=FILL[o["fill"]]))


_RECURRENT = ("units", "return_sequences", "bidirectional", "reverse")
# By identifier of the layer: how it is written, and the options that are heeded so; all others must have
# their defaults, unless they only say how arrays begin. Those of windows and borders are in `windows`.
EMITTERS: Mapping[str, tuple[Emitter, tuple[str, ...]]] = {
    "dense": (dense, ("units", "bias")),
    "dropout": (layer("Dropout", rate="rate"), ("rate",)),
    "gaussiannoise": (noise, ("deviation",)),
    "globalaveragepool1d": (layer("GlobalAveragePooling1D"), ()),
    "globalaveragepool": (layer("GlobalAveragePooling2D"), ()),
    "globalmaxpool1d": (layer("GlobalMaxPooling1D"), ()),
    "globalmaxpool": (layer("GlobalMaxPooling2D"), ()),
    "upsampling2d": (layer("UpSampling2D", size="factor"), ("factor",)),
    "batchnorm": (batch_norm, ("momentum", "epsilon", "affine", "statistics")),
    "layernorm": (layer_norm, ("epsilon", "axes")),
    "flatten": (layer("Flatten"), ()),
    "reshape": (shaped, ("target",)),
    "permute": (permute, ("axes",)),
    "embedding": (embedding, ("size", "dimensions")),
    "positionalencoding": (positional, ("kind",)),
    "simplernn": (recurrent("SimpleRNN"), (*_RECURRENT, "activation")),
    "gru": (recurrent("GRU"), (*_RECURRENT, "reset")),
    "lstm": (recurrent("LSTM"), (*_RECURRENT, "gives")),
    "multiheadattention": (attention, ("heads", "causal", "bias", "dropout")),
    "relu": (layer("ReLU"), ()),
    "sigmoid": (layer("Activation", "sigmoid"), ()),
    "tanh": (layer("Activation", "tanh"), ()),
    "softmax": (softmax, ("axis",)),
    "log_softmax": (log_softmax, ("axis",)),
    "function": (function, ("function", "exponent")),
    "clamp": (clamp, ("sides", "low", "high")),
    "leaky_relu": (layer("LeakyReLU", negative_slope="negative_slope"), ("negative_slope",)),
    "elu": (layer("ELU", alpha="alpha"), ("alpha",)),
    "selu": (layer("Activation", "selu"), ()),
    "gelu": (gelu, ("approximation",)),
    "prelu": (prelu, ("per_channel",)),
    "silu": (layer("Activation", "silu"), ()),
    "softplus": (softplus, ("beta",)),
    "step": (expression('ops.cast({x} > 0, "float32")'), ()),
    "square": (expression("ops.square({x})"), ()),
    "sine": (expression("ops.sin({x})"), ()),
    "products": (products, ()),
    "add": (join("Add"), ()),
    "subtract": (join("Subtract"), ()),
    "multiply": (join("Multiply"), ()),
    "average": (join("Average"), ()),
    "divide": (divide, ()),
    "matmul": (matmul, ()),
    "maximum": (join("Maximum"), ()),
    "minimum": (join("Minimum"), ()),
    "concatenate": (join("Concatenate"), ("axis",)),
    "dot": (
        lambda _n, _name: Code(
            lines=lambda y, xs, _l: [f"{y} = ops.sum({xs[0]} * {xs[1]}, axis=-1, keepdims=True)"]
        ),
        (),
    ),
    "randomflip": (flip, ("mode",)),
    "randomshift": (shift, ("height", "width", "fill")),
    "randomrotation": (rotation, ("angle", "fill")),
    "randomzoom": (zoom, ("change", "fill")),
}


__all__ = ["EMITTERS", "Code", "Emitter", "call", "expression", "one", "unless", "value"]
