"""What formats share that write a network out as a program: the layers and options that such a program knows,
which nodes lead to the prediction, and names that hold in any language.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.layers.average_pool import WindowPool
from nnkernels.layers.borders import Borders, Widths
from nnkernels.layers.conv import Convolution
from nnkernels.layers.convtranspose2d import TransposedConvolution
from nnkernels.ops.windows import Axis
from nnkernels.spec import Shape, losses, size_of
from nnkernels.spec.axes import read_axis
from nnstudio.export.format import refuse_options, refuse_others
from nnstudio.export.network import ExportedNetwork

_STRIDE, _DILATION = ("two_lengths", "stride", "stride_width"), ("dilation", "dilation_width")
_SIDES = ("padding", "pad", "pad_before", "pad_after", "pad_top", "pad_bottom", "pad_left", "pad_right")
_FILTERS = ("filters", "kernel_size", "kernel_width", "groups", "bias", *_STRIDE, *_DILATION)
_CONVOLUTION = (*_FILTERS, *_SIDES)
_TRANSPOSED = (*_FILTERS, "same", "padding", "padding_width", "output_padding", "output_padding_width")
_POOL = ("pool_size", "pool_width", "ceil_mode", *_STRIDE, *_SIDES)
_BORDERS = ("border", "sides", "before", "after", "top", "bottom", "left", "right")
_RECURRENT = ("units", "return_sequences", "bidirectional", "reverse")
_WITHOUT_OPTIONS = (
    "globalaveragepool", "globalmaxpool", "globalaveragepool1d", "globalmaxpool1d", "flatten", "identity",
    "relu", "sigmoid", "tanh", "selu", "silu", "step", "square", "sine", "products", "add", "multiply",
    "subtract", "average", "dot", "divide", "maximum", "minimum", "matmul",
)  # fmt: skip
# The layers that programs know, and their options; one that is added later must be taught to each of them.
KNOWN_OPTIONS: dict[str, Collection[str]] = {
    **{name: () for name in _WITHOUT_OPTIONS},
    "input": ("columns",),
    "output": ("columns", "loss", "target", "trains", "weight"),
    "dense": ("units", "bias"),
    "dropout": ("rate",),
    "gaussiannoise": ("deviation",),
    "conv1d": _CONVOLUTION,
    "conv2d": _CONVOLUTION,
    "maxpool1d": (*_POOL, *_DILATION),
    "maxpool2d": (*_POOL, *_DILATION),
    "averagepool1d": (*_POOL, "count_padding"),
    "averagepool2d": (*_POOL, "count_padding"),
    "convtranspose1d": _TRANSPOSED,
    "convtranspose2d": _TRANSPOSED,
    "upsampling2d": ("factor",),
    "pad1d": (*_BORDERS, "mode", "value"),
    "pad2d": (*_BORDERS, "mode", "value"),
    "crop1d": _BORDERS,
    "crop2d": _BORDERS,
    "batchnorm": ("momentum", "epsilon", "affine", "statistics"),
    "layernorm": ("epsilon", "axes"),
    "softmax": ("axis",),
    "log_softmax": ("axis",),
    "function": ("function", "exponent"),
    "clamp": ("sides", "low", "high"),
    "concatenate": ("axis",),
    "gelu": ("approximation",),
    "softplus": ("beta",),
    "reshape": ("target",),
    "permute": ("axes",),
    "embedding": ("size", "dimensions"),
    "positionalencoding": ("kind",),
    "simplernn": (*_RECURRENT, "activation"),
    "gru": (*_RECURRENT, "reset"),
    "lstm": (*_RECURRENT, "gives"),
    "multiheadattention": ("heads", "causal", "bias", "dropout"),
    "leaky_relu": ("negative_slope",),
    "elu": ("alpha",),
    "prelu": ("per_channel",),
    "randomflip": ("mode",),
    "randomshift": ("height", "width", "fill"),
    "randomrotation": ("angle", "fill"),
    "randomzoom": ("change", "fill"),
    "randomerasing": ("size", "probability"),
}  # fmt: skip
# More columns than any data has.
MAX_COLUMNS = 1 << 20


def check_known(title: str, network: ExportedNetwork) -> None:
    """Raise ExportError for nodes of layers that are not known, or one with an option that is not."""
    refuse_others(title, network, KNOWN_OPTIONS)
    refuse_options(title, network, lambda node: KNOWN_OPTIONS[node.layer.id])


def windows_of(node: Resolved) -> list[Axis]:
    """The windows of a layer that has some, along each axis. Those of a transposed convolution are the
    windows of the convolution that leads back from its output.
    """
    layer = node.layer
    assert isinstance(layer, Convolution | TransposedConvolution | WindowPool)
    return layer.frame(node.options, node.input_shapes[0])


def borders_of(node: Resolved) -> Widths:
    """What a Pad or Crop adds or cuts off before and behind each axis."""
    assert isinstance(node.layer, Borders)
    return node.layer.widths(node.options)


def axis_of(node: Resolved) -> int:
    """The axis that an option names, counted from 0."""
    return read_axis(node.options["axis"], node.shape)


@dataclass(frozen=True, eq=False)
class Prediction:
    """The part of a network that gives its prediction, and what the numbers mean that it gives.

    Attributes:
        nodes: those that lead to the first Output, in order of computation.
        others: names of Outputs that the prediction does not need.
        are_logits: whether the outputs for classes are scores that a softmax, or for a single one a sigmoid,
            turns into probabilities.
        columns: which of the data's targets it gives; None for all.
        are_labels: whether the targets are labels, each of which holds or does not.
    """

    nodes: tuple[Resolved, ...]
    others: tuple[str, ...]
    are_logits: bool
    columns: tuple[int, ...] | None
    are_labels: bool = False

    @staticmethod
    def of(network: ExportedNetwork) -> Prediction:
        """What `network.output` needs."""
        by_name = {node.id: node for node in network.nodes}
        needed, waiting = set(), [network.output]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += by_name[name].inputs
        output = by_name[network.output]
        last = output.inputs[0]
        columns = read_columns(output.options["columns"], MAX_COLUMNS, "target values")
        others = (n.id for n in network.nodes if n.layer.id == "output" and n.id not in needed)
        return Prediction(
            tuple(node for node in network.nodes if node.id in needed), tuple(others),
            network.targets[0].logits == last,
            None if columns is None else tuple(columns),
            losses[network.targets[0].loss].for_labels,
        )  # fmt: skip


def identifiers(names: Iterable[str], taken: Collection[str], otherwise: str = "node") -> dict[str, str]:
    """An identifier for each name, in ASCII, all different and none of those ``taken``; ``otherwise`` stands
    for names of which nothing may be part of one.
    """
    result: dict[str, str] = {}
    used = set(taken)
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:80] or otherwise
        plain = f"{otherwise}_{plain}" if plain[0].isdigit() else plain
        number, candidate = 2, plain
        while candidate in used:
            number, candidate = number + 1, f"{plain}_{number}"
        used.add(candidate)
        result[name] = candidate
    return result


def described(shape: Shape) -> str:
    """A sample of a shape in words."""
    if len(shape) == 1:
        return _counted(shape[0], "number")
    if len(shape) == 2:
        return f"a sequence of {_counted(shape[0], 'step')} of {_counted(shape[1], 'number')}"
    if len(shape) == 3:
        counts = zip(shape, ("row", "column", "channel"), strict=True)
        rows, columns, channels = (_counted(n, word) for n, word in counts)
        return f"a picture of {rows}, {columns} and {channels}"
    return f"{size_of(shape):,} numbers of {' x '.join(str(n) for n in shape)}"


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count != 1 else ''}"


def target_scaling(network: ExportedNetwork, prediction: Prediction) -> tuple[list[float], list[float]]:
    """Shift and scale of the values that a prediction gives: one for all, or one for each."""

    def chosen(values: list[float]) -> list[float]:
        columns = prediction.columns
        return values if columns is None or len(values) == 1 else [values[c] for c in columns]

    return chosen(network.preprocessing["y_shift"]), chosen(network.preprocessing["y_scale"])


def target_names(network: ExportedNetwork, prediction: Prediction) -> list[str]:
    """Of the values that a prediction gives."""
    names = list(network.preprocessing["targets"])
    columns = prediction.columns
    return names if columns is None or max(columns) >= len(names) else [names[c] for c in columns]
