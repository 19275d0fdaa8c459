"""Each kind of layer as a person writes it in PyTorch: the module, and the lines of forward."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from nnkernels.layers.attention import is_cross
from nnkernels.layers.clamp import bounds_of
from nnkernels.spec.axes import read_axis
from nnstudio.export.channels_first import Step
from nnstudio.export.format import ExportError
from nnstudio.export.pytorch import pictures
from nnstudio.export.pytorch.code import Code, Emitter, call, expression, listed, unless
from nnstudio.export.train_code import number


def _module(*names: str, **options: str) -> Emitter:
    """A module without arrays; ``options`` are names here by names there."""
    name = names[0]
    return lambda s: Code((call(name, **{k: s.options[v] for k, v in options.items()}),))


def _join(sign: str) -> Emitter:
    return lambda _step: Code(lines=lambda y, xs, _m: [f"{y} = {f' {sign} '.join(xs)}"])


def _dense(s: Step) -> Code:
    return Code((call("Linear", s.input_shapes[0][-1], s.shape[-1], **unless(True, bias=s.options["bias"])),))


def _batch_norm(s: Step) -> Code:
    rank = len(s.shape)
    if rank > 4:
        raise ExportError(
            f"'{s.name}' has {rank} axes; PyTorch's BatchNorm takes up to 4. Reshape before it."
        )
    channels = s.shape[0] if s.is_first else s.shape[-1]
    # PyTorch's momentum None counts all batches alike.
    momentum = None if s.options["statistics"] == "cumulative" else s.options["momentum"]
    options = {"eps": s.options["epsilon"], "momentum": momentum, **unless(True, affine=s.options["affine"])}
    return Code((call(f"BatchNorm{max(rank - 1, 1)}d", channels, **options),))


def _layer_norm(s: Step) -> Code:
    over = s.shape[-s.options["axes"] :]
    shape = number(*over) if len(over) == 1 else listed(over)
    return Code((f"nn.LayerNorm({shape}, eps={number(s.options['epsilon'])})",))


def _softmax(s: Step) -> Code:
    return Code((call("LogSoftmax" if s.kind == "log_softmax" else "Softmax", dim=_dim(s)),))


def _dim(s: Step) -> int:
    """The axis of a step whose channels lie last; PyTorch's axis 0 is the batch, too."""
    axis = read_axis(s.options["axis"], s.shape)
    return -1 if axis == len(s.shape) - 1 else axis + 1


# By the names of our functions.
_OF_VALUES = {
    "exp": "torch.exp({x})", "log": "torch.log({x})", "sqrt": "torch.sqrt({x})",
    "reciprocal": "torch.reciprocal({x})", "power": "torch.pow({x}, %s)", "abs": "torch.abs({x})",
    "cos": "torch.cos({x})", "erf": "torch.erf({x})",
}  # fmt: skip


def _function(s: Step) -> Code:
    text = _OF_VALUES[s.options["function"]]
    return expression(text % number(s.options["exponent"]) if "%s" in text else text)(s)


def _clamp(s: Step) -> Code:
    low, high = (None if math.isinf(bound) else bound for bound in bounds_of(s.options))
    return expression(f"torch.clamp({{x}}, {number(low)}, {number(high)})")(s)


def _of_two(name: str) -> Emitter:
    return lambda _step: Code(lines=lambda y, xs, _m: [f"{y} = torch.{name}({', '.join(xs)})"])


def _gelu(s: Step) -> Code:
    return Code(('nn.GELU(approximate="tanh")' if s.options["approximation"] == "tanh" else "nn.GELU()",))


def _softplus(s: Step) -> Code:
    return Code((call("Softplus", **unless(1.0, beta=s.options["beta"])),))


def _prelu(s: Step) -> Code:
    channels = s.shape[0] if s.is_first else s.shape[-1]
    return Code((call("PReLU", *((channels,) if s.options["per_channel"] else ())),))


def _shaped(s: Step) -> Code:
    return expression(f"{{x}}.reshape(-1, {', '.join(str(n) for n in s.shape)})")(s)


def _permute(s: Step) -> Code:
    axes = _whole_numbers(s.options["axes"])
    return expression(f"{{x}}.permute(0, {', '.join(str(axis) for axis in axes)})")(s)


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
        turn = ".flip(1)" if o["reverse"] and not both else ""
        module = call(
            name, s.input_shapes[0][-1], o["units"], batch_first=True, **unless(False, bidirectional=both)
        )
        if o.get("activation") == "relu":
            module = module.removesuffix(")") + ', nonlinearity="relu")'
        is_early = o.get("reset") == "before"
        if is_early:
            module = module.replace("nn.GRU", "EarlyGRU")

        def lines(y: str, xs: Sequence[str], m: str) -> list[str]:
            read = m.format(xs[0] + turn)
            if o["return_sequences"]:
                return [f"{y}, _ = {read}", *([f"{y} = {y}{turn}"] if turn else [])]
            last = "torch.cat((state[0], state[1]), dim=-1)" if both else "state[-1]"
            states = "(_, state)" if o.get("gives") == "cell" else "(state, _)"
            return [f"_, {states if name == 'LSTM' else 'state'} = {read}", f"{y} = {last}"]

        return Code((module,), lines, "EarlyGRU" if is_early else "")

    return emit


def _attention(s: Step) -> Code:
    o = s.options
    options = {**unless(0.0, dropout=o["dropout"]), **unless(True, bias=o["bias"])}
    module = call("MultiheadAttention", s.shape[-1], o["heads"], **options, batch_first=True)
    masked, crosses = len(s.input_shapes[-1]) == 1, is_cross(s.input_shapes)

    def lines(y: str, xs: Sequence[str], m: str) -> list[str]:
        if not masked and not o["causal"]:
            memory = xs[1] if crosses else xs[0]
            return [f"{y}, _ = {m.format(f'{xs[0]}, {memory}, {memory}, need_weights=False')}"]
        given = [m.removesuffix("({})"), xs[0], *([f"memory={xs[1]}"] if crosses else [])]
        given += [f"mask={xs[-1]}"] if masked else []
        return [f"{y} = attend({', '.join([*given, *(['causal=True'] if o['causal'] else [])])})"]

    return Code((module,), lines, "attend" if masked or o["causal"] else "")


def _average(s: Step) -> Code:
    return Code(lines=lambda y, xs, _m: [f"{y} = ({' + '.join(xs)}) / {len(xs)}"])


def _concatenate(s: Step) -> Code:
    dim = 1 if s.is_first else _dim(s)
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
_WIDTHS = ("two_lengths", "kernel_width", "pool_width", "stride_width", "dilation_width")
_PADDED = ("padding", "pad", "pad_top", "pad_bottom", "pad_left", "pad_right", "pad_before", "pad_after")
_SIDES = ("border", "sides", "top", "bottom", "left", "right", "before", "after")
_CONV = ("filters", "kernel_size", "stride", *_WIDTHS, *_PADDED, "dilation", "groups", "bias")
_TRANSPOSED = (
    "filters", "kernel_size", "stride", *_WIDTHS, "same", "padding", "padding_width", "output_padding",
    "output_padding_width", "dilation", "groups", "bias",
)  # fmt: skip
_POOL = ("pool_size", "stride", *_WIDTHS, *_PADDED, "ceil_mode")
_RECURRENT = ("units", "return_sequences", "bidirectional", "reverse")
EMITTERS: Mapping[str, tuple[Emitter, tuple[str, ...]]] = {
    "dense": (_dense, ("units", "bias")),
    "dropout": (_module("Dropout", p="rate"), ("rate",)),
    "gaussiannoise": (_noise, ("deviation",)),
    "conv1d": (pictures.convolution, _CONV),
    "conv2d": (pictures.convolution, _CONV),
    "convtranspose1d": (pictures.transposed_convolution, _TRANSPOSED),
    "convtranspose2d": (pictures.transposed_convolution, _TRANSPOSED),
    "maxpool1d": (pictures.max_pool, (*_POOL, "dilation")),
    "maxpool2d": (pictures.max_pool, (*_POOL, "dilation")),
    "averagepool1d": (pictures.average_pool, (*_POOL, "count_padding")),
    "averagepool2d": (pictures.average_pool, (*_POOL, "count_padding")),
    "globalaveragepool1d": (pictures.global_pool("mean"), ()),
    "globalaveragepool": (pictures.global_pool("mean"), ()),
    "globalmaxpool1d": (pictures.global_pool("amax"), ()),
    "globalmaxpool": (pictures.global_pool("amax"), ()),
    "upsampling2d": (_module("Upsample", scale_factor="factor"), ("factor",)),
    "pad1d": (pictures.pad, (*_SIDES, "mode", "value")),
    "pad2d": (pictures.pad, (*_SIDES, "mode", "value")),
    "crop1d": (pictures.crop, _SIDES),
    "crop2d": (pictures.crop, _SIDES),
    "batchnorm": (_batch_norm, ("momentum", "epsilon", "affine", "statistics")),
    "layernorm": (_layer_norm, ("epsilon", "axes")),
    "flatten": (_module("Flatten"), ()),
    "reshape": (_shaped, ("target",)),
    "permute": (_permute, ("axes",)),
    "embedding": (_embedding, ("size", "dimensions")),
    "positionalencoding": (_positional, ("kind",)),
    "simplernn": (_recurrent("RNN"), (*_RECURRENT, "activation")),
    "gru": (_recurrent("GRU"), (*_RECURRENT, "reset")),
    "lstm": (_recurrent("LSTM"), (*_RECURRENT, "gives")),
    "multiheadattention": (_attention, ("heads", "causal", "bias", "dropout")),
    "relu": (_module("ReLU"), ()),
    "sigmoid": (_module("Sigmoid"), ()),
    "tanh": (_module("Tanh"), ()),
    "softmax": (_softmax, ("axis",)),
    "log_softmax": (_softmax, ("axis",)),
    "clamp": (_clamp, ("sides", "low", "high")),
    "function": (_function, ("function", "exponent")),
    "leaky_relu": (_module("LeakyReLU", negative_slope="negative_slope"), ("negative_slope",)),
    "elu": (_module("ELU", alpha="alpha"), ("alpha",)),
    "selu": (_module("SELU"), ()),
    "gelu": (_gelu, ("approximation",)),
    "prelu": (_prelu, ("per_channel",)),
    "silu": (_module("SiLU"), ()),
    "softplus": (_softplus, ("beta",)),
    "step": (expression("({x} > 0).to({x}.dtype)"), ()),
    "square": (expression("{x}.square()"), ()),
    "sine": (expression("torch.sin({x})"), ()),
    "products": (_products, ()),
    "add": (_join("+"), ()),
    "subtract": (_join("-"), ()),
    "multiply": (_join("*"), ()),
    "average": (_average, ()),
    "divide": (_join("/"), ()),
    "matmul": (_join("@"), ()),
    "maximum": (_of_two("maximum"), ()),
    "minimum": (_of_two("minimum"), ()),
    "concatenate": (_concatenate, ("axis",)),
    "dot": (_dot, ()),
}  # fmt: skip
