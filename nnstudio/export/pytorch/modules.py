"""Each kind of layer as a person writes it in PyTorch: the module, and the lines of forward."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.export.channels_first import Step
from nnstudio.export.format import ExportError

# What forward writes: from the name of the result, those of what enters, and how the modules are applied.
Lines = Callable[[str, Sequence[str], str], list[str]]


@dataclass(frozen=True)
class Code:
    """A step in PyTorch.

    Attributes:
        modules: expressions, applied in turn; only the last one may hold arrays.
        lines: of forward; None where the modules alone do it.
        helper: which text of `torch_helpers.HELPERS` it needs, or "".
    """

    modules: tuple[str, ...] = ()
    lines: Lines | None = None
    helper: str = ""


Emitter = Callable[[Step], Code]


def number(value: Any) -> str:
    """A number as Python writes it; nothing else becomes code."""
    if not isinstance(value, bool | int | float):
        raise ExportError(f"PyTorch code needs a number here, but the option is '{value}'.")
    return repr(value)


def call(name: str, *values: Any, **options: Any) -> str:
    """``nn.Name(1, 2, bias=False)``."""
    given = [number(v) for v in values]
    given += [f"{k}={_each(v) if isinstance(v, tuple) else number(v)}" for k, v in options.items()]
    return f"nn.{name}({', '.join(given)})"


def _each(values: tuple[int, ...]) -> str:
    """One number where all are alike, else a tuple."""
    if len(set(values)) == 1:
        return number(values[0])
    return f"({', '.join(number(v) for v in values)})"


def _unless(default: Any, **options: Any) -> dict[str, Any]:
    """Options that are not as PyTorch has them anyway."""
    return {k: v for k, v in options.items() if v not in (default, (default,) * 2)}


def _module(*names: str, **options: str) -> Emitter:
    """A module without arrays; ``options`` are names here by names there."""
    name = names[0]
    return lambda s: Code((call(name, **{k: s.options[v] for k, v in options.items()}),))


def _expression(text: str) -> Emitter:
    """A line in which {x} is what enters."""
    return lambda _step: Code(lines=lambda y, xs, _m: [f"{y} = {text.format(x=xs[0])}"])


def _join(sign: str) -> Emitter:
    return lambda _step: Code(lines=lambda y, xs, _m: [f"{y} = {f' {sign} '.join(xs)}"])


def _dense(s: Step) -> Code:
    return Code(
        (call("Linear", s.input_shapes[0][-1], s.shape[-1], **_unless(True, bias=s.options["bias"])),)
    )


def _conv(s: Step) -> Code:
    """Zeros on both sides where those do; a module before it puts more at the end."""
    o, (channels, *sizes), counts = s.options, s.input_shapes[0], s.shape[1:]
    k, stride, dilation = o["kernel_size"], o["stride"], o["dilation"]
    reach = (k - 1) * dilation + 1
    needed = [max((count - 1) * stride + reach - n, 0) for n, count in zip(sizes, counts, strict=True)]
    match o["padding"]:
        case "same":
            before = tuple(n // 2 for n in needed)
        case "number":
            before = (o["pad"],) * len(sizes)
        case "valid":
            before = (0,) * len(sizes)
        case other:
            raise ExportError(
                f"'{s.name}' has the padding {other!r}, which the PyTorch export does not know."
            )
    given = [(n + 2 * b - reach) // stride + 1 for n, b in zip(sizes, before, strict=True)]
    modules: tuple[str, ...] = ()
    if given != list(counts):
        sides = [(b, max(n - b, 0)) for b, n in zip(before, needed, strict=True)]
        # PyTorch begins with the last axis.
        flat = ", ".join(number(v) for side in sides[::-1] for v in side)
        modules, before = (f"nn.ZeroPad{len(sizes)}d(({flat}))",), (0,) * len(sizes)
    options = _unless(1, stride=stride, dilation=dilation, groups=o["groups"])
    options |= {**_unless(0, padding=before), **_unless(True, bias=o["bias"])}
    name = f"Conv{len(sizes)}d"
    return Code((*modules, call(name, channels, s.shape[0], kernel_size=k, **options)))


def _conv_transpose(s: Step) -> Code:
    o = s.options
    zeros = _unless(0, padding=o["padding"], output_padding=o["output_padding"])
    options = {
        "kernel_size": o["kernel_size"],
        "stride": o["stride"],
        **zeros,
        **_unless(True, bias=o["bias"]),
    }
    return Code((call("ConvTranspose2d", s.input_shapes[0][0], s.shape[0], **options),))


def _pool(name: str) -> Emitter:
    return lambda s: Code((call(name, s.options["pool_size"], stride=s.options["stride"]),))


def _global(function: str) -> Emitter:
    def emit(s: Step) -> Code:
        axes = ", ".join(str(axis) for axis in range(2, len(s.input_shapes[0]) + 1))
        dims = f"({axes})" if "," in axes else axes
        return Code(lines=lambda y, xs, _m: [f"{y} = {xs[0]}.{function}(dim={dims})"])

    return emit


def _batch_norm(s: Step) -> Code:
    rank = len(s.shape)
    if rank > 4:
        raise ExportError(
            f"'{s.name}' has {rank} axes; PyTorch's BatchNorm takes up to 4. Reshape before it."
        )
    channels = s.shape[0] if s.is_first else s.shape[-1]
    options = {"eps": s.options["epsilon"], "momentum": s.options["momentum"]}
    return Code((call(f"BatchNorm{max(rank - 1, 1)}d", channels, **options),))


def _layer_norm(s: Step) -> Code:
    return Code((call("LayerNorm", s.shape[-1], eps=s.options["epsilon"]),))


def _prelu(s: Step) -> Code:
    channels = s.shape[0] if s.is_first else s.shape[-1]
    return Code((call("PReLU", *((channels,) if s.options["per_channel"] else ())),))


def _crop(s: Step) -> Code:
    border = s.options["border"]
    side = f"{number(border)}:-{number(border)}" if border else ":"
    return _expression(f"{{x}}[:, :, {side}, {side}]")(s)


def _shaped(s: Step) -> Code:
    return _expression(f"{{x}}.reshape(-1, {', '.join(str(n) for n in s.shape)})")(s)


def _permute(s: Step) -> Code:
    axes = _whole_numbers(s.options["axes"])
    return _expression(f"{{x}}.permute(0, {', '.join(str(axis) for axis in axes)})")(s)


def _whole_numbers(text: str) -> list[int]:
    return [
        int(part) for part in text.replace("×", ",").replace("x", ",").replace(" ", ",").split(",") if part
    ]


def _embedding(s: Step) -> Code:
    size, dimensions = s.options["size"], s.options["dimensions"]

    def lines(result: str, entering: Sequence[str], module: str) -> list[str]:
        tokens = f"{entering[0]}.long().clamp(0, {number(size - 1)})"
        return [f"{result} = {module.format(tokens)}"]

    return Code((call("Embedding", size, dimensions),), lines)


def _positional(s: Step) -> Code:
    kind = {"sinusoidal": "Waves", "learned": "Positions"}.get(s.options["kind"])
    if kind is None:
        raise ExportError(
            f"'{s.name}' has a kind that the PyTorch export does not know: {s.options['kind']!r}."
        )
    steps, width = s.shape
    return Code((f"{kind}({steps}, {width})",), helper=kind)


def _recurrent(name: str) -> Emitter:
    def emit(s: Step) -> Code:
        o = s.options
        both = o["bidirectional"]
        module = call(
            name, s.input_shapes[0][-1], o["units"], batch_first=True, **_unless(False, bidirectional=both)
        )

        def lines(y: str, xs: Sequence[str], m: str) -> list[str]:
            read = m.format(xs[0])
            if o["return_sequences"]:
                return [f"{y}, _ = {read}"]
            last = "torch.cat((state[0], state[1]), dim=-1)" if both else "state[-1]"
            return [f"_, {'(state, _)' if name == 'LSTM' else 'state'} = {read}", f"{y} = {last}"]

        return Code((module,), lines)

    return emit


def _attention(s: Step) -> Code:
    o = s.options
    options = {**_unless(0.0, dropout=o["dropout"]), **_unless(True, bias=o["bias"])}
    module = call("MultiheadAttention", s.shape[-1], o["heads"], **options, batch_first=True)
    masked = len(s.input_shapes) > 1

    def lines(y: str, xs: Sequence[str], m: str) -> list[str]:
        if not masked and not o["causal"]:
            return [f"{y}, _ = {m.format(f'{xs[0]}, {xs[0]}, {xs[0]}, need_weights=False')}"]
        given = [m.removesuffix("({})"), xs[0], *([f"mask={xs[1]}"] if masked else [])]
        return [f"{y} = attend({', '.join([*given, *(['causal=True'] if o['causal'] else [])])})"]

    return Code((module,), lines, "attend" if masked or o["causal"] else "")


def _average(s: Step) -> Code:
    return Code(lines=lambda y, xs, _m: [f"{y} = ({' + '.join(xs)}) / {len(xs)}"])


def _concatenate(s: Step) -> Code:
    dim = 1 if s.is_first else -1
    return Code(lines=lambda y, xs, _m: [f"{y} = torch.cat(({', '.join(xs)},), dim={dim})".replace(",)", ")")
                                         if len(xs) > 1 else f"{y} = {xs[0]}"])  # fmt: skip


def _dot(s: Step) -> Code:
    return Code(lines=lambda y, xs, _m: [f"{y} = ({xs[0]} * {xs[1]}).sum(dim=-1, keepdim=True)"])


def _products(s: Step) -> Code:
    def lines(y: str, xs: Sequence[str], _m: str) -> list[str]:
        pairs = f"i, j = torch.triu_indices({s.input_shapes[0][-1]}, {s.input_shapes[0][-1]}, offset=1)"
        return [pairs, f"{y} = {xs[0]}[:, i] * {xs[0]}[:, j]"]

    return Code(lines=lines)


def _noise(s: Step) -> Code:
    return Code((f"GaussianNoise({number(s.options['deviation'])})",), helper="GaussianNoise")


# By identifier of the layer: how it is written, and the options that are heeded so; all others must have
# their defaults, unless they only say how arrays begin.
_CONV = ("filters", "kernel_size", "stride", "padding", "pad", "dilation", "groups", "bias")
_POOL = ("pool_size", "stride")
_RECURRENT = ("units", "return_sequences", "bidirectional")
EMITTERS: Mapping[str, tuple[Emitter, tuple[str, ...]]] = {
    "dense": (_dense, ("units", "bias")),
    "dropout": (_module("Dropout", p="rate"), ("rate",)),
    "gaussiannoise": (_noise, ("deviation",)),
    "conv1d": (_conv, _CONV),
    "conv2d": (_conv, _CONV),
    "convtranspose2d": (
        _conv_transpose, ("filters", "kernel_size", "stride", "padding", "output_padding", "bias")
    ),
    "maxpool1d": (_pool("MaxPool1d"), _POOL),
    "maxpool2d": (_pool("MaxPool2d"), _POOL),
    "averagepool1d": (_pool("AvgPool1d"), _POOL),
    "averagepool2d": (_pool("AvgPool2d"), _POOL),
    "globalaveragepool1d": (_global("mean"), ()),
    "globalaveragepool": (_global("mean"), ()),
    "globalmaxpool1d": (_global("amax"), ()),
    "globalmaxpool": (_global("amax"), ()),
    "upsampling2d": (_module("Upsample", scale_factor="factor"), ("factor",)),
    "pad2d": (lambda s: Code((call("ZeroPad2d", s.options["border"]),)), ("border",)),
    "crop2d": (_crop, ("border",)),
    "batchnorm": (_batch_norm, ("momentum", "epsilon")),
    "layernorm": (_layer_norm, ("epsilon",)),
    "flatten": (_module("Flatten"), ()),
    "reshape": (_shaped, ("target",)),
    "permute": (_permute, ("axes",)),
    "embedding": (_embedding, ("size", "dimensions")),
    "positionalencoding": (_positional, ("kind",)),
    "simplernn": (_recurrent("RNN"), _RECURRENT),
    "gru": (_recurrent("GRU"), _RECURRENT),
    "lstm": (_recurrent("LSTM"), _RECURRENT),
    "multiheadattention": (_attention, ("heads", "causal", "bias", "dropout")),
    "relu": (_module("ReLU"), ()),
    "sigmoid": (_module("Sigmoid"), ()),
    "tanh": (_module("Tanh"), ()),
    "softmax": (lambda _s: Code((call("Softmax", dim=-1),)), ()),
    "leaky_relu": (_module("LeakyReLU", negative_slope="negative_slope"), ("negative_slope",)),
    "elu": (_module("ELU", alpha="alpha"), ("alpha",)),
    "selu": (_module("SELU"), ()),
    "gelu": (_module("GELU"), ()),
    "prelu": (_prelu, ("per_channel",)),
    "silu": (_module("SiLU"), ()),
    "softplus": (_module("Softplus"), ()),
    "step": (_expression("({x} > 0).to({x}.dtype)"), ()),
    "square": (_expression("{x}.square()"), ()),
    "sine": (_expression("torch.sin({x})"), ()),
    "products": (_products, ()),
    "add": (_join("+"), ()),
    "subtract": (_join("-"), ()),
    "multiply": (_join("*"), ()),
    "average": (_average, ()),
    "concatenate": (_concatenate, ()),
    "dot": (_dot, ()),
}  # fmt: skip
