"""Convolutions, pooling and borders of Keras 3 as nnstudio's layers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Part, Read, expect, lengths, pair, with_bias
from nnstudio.importing.keras_resizes import upsampling


def _conv_options(call: KerasCall, rank: int) -> dict[str, Any]:
    c = call.config
    if c["padding"] not in ("valid", "same", "causal"):
        raise NotExpressible(f"No layer has the padding {str(c['padding'])[:80]!r}.")
    return {
        **lengths(
            kernel_size=("kernel_width", pair(c["kernel_size"], rank)),
            stride=("stride_width", pair(c["strides"], rank)),
            dilation=("dilation_width", pair(c.get("dilation_rate", 1), rank)),
        ),
        "padding": c["padding"], "bias": c.get("use_bias", True),
    }  # fmt: skip


def _conv(rank: int) -> Read:
    def read(call: KerasCall) -> list[Part]:
        expect(call, lora_rank=None)
        c = call.config
        options = {**_conv_options(call, rank), "filters": c["filters"], "groups": c.get("groups", 1)}
        return [Part(f"conv{rank}d", options, with_bias(call, "weight"))]

    return read


def _depthwise(call: KerasCall) -> list[Part]:
    """A group for each channel; its filters lie beside those of the channel before."""
    channels, more = call.shapes[0][-1], call.config.get("depth_multiplier", 1)
    arrays = with_bias(call, "weight")
    if arrays is not None:
        arrays = {**arrays, "weight": _one_channel(arrays["weight"])}
    options = {**_conv_options(call, 2), "filters": channels * more, "groups": channels}
    return [Part("conv2d", options, arrays)]


def _one_channel(kernel: np.ndarray) -> np.ndarray:
    """(height, width, channels, filters of each) as (height, width, 1, filters)."""
    return kernel.reshape(*kernel.shape[:2], 1, -1)


def _separable(call: KerasCall) -> list[Part]:
    channels, more = call.shapes[0][-1], call.config.get("depth_multiplier", 1)
    bias = call.config.get("use_bias", True)
    arrays = with_bias(call, "depthwise", "weight")
    first = second = None
    if arrays is not None:
        first = {"weight": _one_channel(arrays["depthwise"])}
        second = {name: values for name, values in arrays.items() if name != "depthwise"}
    options = {**_conv_options(call, 2), "filters": channels * more, "groups": channels, "bias": False}
    pointwise = {"filters": call.config["filters"], "kernel_size": 1, "padding": "valid", "bias": bias}
    return [
        Part("conv2d", options, first, " depthwise"), Part("conv2d", pointwise, second, " pointwise"),
    ]  # fmt: skip


def _conv_transpose(rank: int) -> Read:
    def read(call: KerasCall) -> list[Part]:
        c = call.config
        taps, strides = pair(c["kernel_size"], rank), pair(c["strides"], rank)
        dilation, given = pair(c.get("dilation_rate") or 1, rank), c.get("output_padding")
        extra = [0] * rank
        if c["padding"] == "valid":
            # Left out, it fills up to the next multiple of the stride.
            reach = [(k - 1) * d + 1 for k, d in zip(taps, dilation, strict=True)]
            extra = [max(s - r, 0) for s, r in zip(strides, reach, strict=True)]
            extra = extra if given is None else pair(given, rank)
        elif c["padding"] != "same" or given is not None:
            raise NotExpressible(f"No layer has the padding {str(c['padding'])[:80]!r} with output padding.")
        same = c["padding"] == "same"
        axes = {
            "kernel_size": ("kernel_width", taps), "stride": ("stride_width", strides),
            "dilation": ("dilation_width", dilation),
        }  # fmt: skip
        if not same:
            axes |= {
                "output_padding": ("output_padding_width", extra),
                "padding": ("padding_width", [0] * rank),
            }
        options = {
            **lengths(**axes), "filters": c["filters"], "same": same, "bias": c.get("use_bias", True)
        }  # fmt: skip
        return [Part(f"convtranspose{rank}d", options, with_bias(call, "weight"))]

    return read


def _pool(kind: str, rank: int) -> Read:
    def read(call: KerasCall) -> list[Part]:
        c = call.config
        taps = pair(c["pool_size"], rank)
        strides = pair(c.get("strides") or taps, rank)
        if c["padding"] not in ("valid", "same"):
            raise NotExpressible(f"No layer has the padding {str(c['padding'])[:80]!r}.")
        options = lengths(pool_size=("pool_width", taps), stride=("stride_width", strides))
        return [Part(f"{kind}pool{rank}d", {**options, "padding": c["padding"]})]

    return read


def _borders(kind: str, rank: int, key: str) -> Read:
    def read(call: KerasCall) -> list[Part]:
        given = call.config[key]
        sides = [given] if rank == 1 else given
        names = ("before", "after") if rank == 1 else ("top", "bottom", "left", "right")
        numbers = [n for side in pair_of_pairs(sides, rank) for n in side]
        if len(set(numbers)) == 1:
            return [Part(f"{kind}{rank}d", {"border": numbers[0]})]
        return [Part(f"{kind}{rank}d", {"sides": "separate", **dict(zip(names, numbers, strict=True))})]

    return read


def pair_of_pairs(given: Any, rank: int) -> list[list[int]]:
    """Before and behind each axis."""
    sides = list(given) if isinstance(given, list | tuple) else [given] * rank
    if len(sides) != rank:
        raise NotExpressible(f"{str(given)[:80]} are not the borders of {rank} axes.")
    return [pair(side) for side in sides]


WINDOW_READERS: Mapping[str, Read] = {
    "Conv1D": _conv(1), "Conv2D": _conv(2),
    "DepthwiseConv2D": _depthwise, "SeparableConv2D": _separable,
    "Conv1DTranspose": _conv_transpose(1), "Conv2DTranspose": _conv_transpose(2),
    "MaxPooling1D": _pool("max", 1), "MaxPooling2D": _pool("max", 2),
    "AveragePooling1D": _pool("average", 1), "AveragePooling2D": _pool("average", 2),
    "ZeroPadding1D": _borders("pad", 1, "padding"), "ZeroPadding2D": _borders("pad", 2, "padding"),
    "Cropping1D": _borders("crop", 1, "cropping"), "Cropping2D": _borders("crop", 2, "cropping"),
    "UpSampling2D": upsampling,
}  # fmt: skip


__all__ = ["WINDOW_READERS"]
