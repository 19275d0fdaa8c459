"""What layers can do that ONNX and PyTorch cannot express yet; each is refused by node.

An entry that a format learns to express fails the test of refusals, and goes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest

from nnkernels.spec import layers
from nnstudio.export.format import ExportError, Format
from nnstudio.export.network import ExportedNetwork

NEWER_LAYERS = {"pad1d", "crop1d", "convtranspose1d"}
NEWER_PADDING = ("same lower", "sides", "causal")
POOL = {"two_lengths", "padding", "ceil_mode", "dilation", "count_padding"}
# Options that are newer wherever they are not at their default.
NEWER = {
    "conv1d": {"pad_before", "pad_after"},
    "conv2d": {"two_lengths", "pad_top", "pad_bottom", "pad_left", "pad_right"},
    "convtranspose2d": {"two_lengths", "same", "groups", "dilation"},
    "maxpool1d": POOL, "maxpool2d": POOL, "averagepool1d": POOL, "averagepool2d": POOL,
    "pad2d": {"sides", "mode"}, "crop2d": {"sides"}, "batchnorm": {"affine", "statistics"},
    "layernorm": {"axes"}, "gelu": {"approximation"}, "softplus": {"beta"}, "softmax": {"axis"},
    "concatenate": {"axis"},
}  # fmt: skip


def is_newer(kind: str, options: Mapping[str, Any]) -> bool:
    """Whether a layer with these options is one that formats cannot express yet."""
    full, defaults = layers[kind].complete(dict(options)), layers[kind].defaults()
    if kind in NEWER_LAYERS or (kind.startswith("conv") and full["padding"] in NEWER_PADDING):
        return True
    return any(name in full and full[name] != defaults[name] for name in NEWER.get(kind, ()))


def check_refusals(form: Format, networks: Iterable[ExportedNetwork]) -> None:
    """All are refused before anything is written, with the node's name and a way out."""
    for network in networks:
        with pytest.raises(ExportError) as error:
            form.check(network)
        newer = next(n for n in network.nodes if is_newer(n.layer.id, n.options))
        assert f"'{newer.id}'" in str(error.value), error.value
