"""Layers of Keras 3 as nnstudio's: one function each, which refuses whatever the layer does not do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.spec import Shape
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.keras_call import KerasCall, Part, Read, activation, expect, named, with_bias
from nnstudio.importing.keras_norms import group_norm
from nnstudio.importing.keras_numbers import WITH_NUMBER, with_number
from nnstudio.importing.keras_sequences import SEQUENCE_OURS, SEQUENCE_READERS
from nnstudio.importing.keras_windows import WINDOW_READERS


def read_layer(call: KerasCall) -> list[Part]:
    """The layers that do the same. Raises NotExpressible with a sentence."""
    own = call.registered.removeprefix("nnstudio>")
    if call.kind == "Lambda":
        raise NotExpressible("A Lambda holds code of its own, which is never run.")
    if ".ops" in call.module:
        read = OPERATIONS.get(call.kind)
    elif call.registered:
        # A class of the file's own may have any name.
        read = OURS.get(own) if call.registered.startswith("nnstudio>") else None
    else:
        read = READERS.get(call.kind)
    if read is None:
        raise NotExpressible(f"No layer is known for {call.kind}.")
    if call.config.get("data_format") == "channels_first":
        raise NotExpressible("It takes channels first; here, they come last.")
    return [*read(call), *_activation(call)]


def _activation(call: KerasCall) -> list[Part]:
    """The activation that a layer holds, as one of its own."""
    if call.kind not in WITH_ACTIVATION:
        return []
    parts = activation(call.config["activation"])
    return [replace(part, suffix=f" activation{part.suffix}") for part in parts]


WITH_ACTIVATION = frozenset({
    "Dense", "Conv1D", "Conv2D", "Conv1DTranspose", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D"
})  # fmt: skip


def _dense(call: KerasCall) -> list[Part]:
    expect(call, lora_rank=None, quantization_config=None)
    bias = call.config.get("use_bias", True)
    return [Part("dense", {"units": call.config["units"], "bias": bias}, with_bias(call, "weight"))]


def _plain(kind: str, **expected: Any) -> Read:
    """A layer without options."""

    def read(call: KerasCall) -> list[Part]:
        expect(call, **expected)
        return [Part(kind)]

    return read


def _pooled(kind: str) -> Read:
    """One value for each channel; with axes of length 1 where the layer keeps them."""

    def read(call: KerasCall) -> list[Part]:
        if not call.config.get("keepdims", False):
            return [Part(kind)]
        rank, channels = len(call.shapes[0]), call.shapes[0][-1]
        target = ", ".join(map(str, (*[1] * (rank - 1), channels)))
        return [Part(kind), Part("reshape", {"target": target}, None, " axes")]

    return read


def _each_step(call: KerasCall) -> list[Part]:
    """A layer that works along the last axis anyway, wrapped to work step by step."""
    inner = call.config["layer"]
    kind, config = str(inner["class_name"]), inner["config"]
    if kind not in ALONG_THE_LAST:
        raise NotExpressible(f"{kind[:40]} at each step is no layer; those along the last axis are read.")
    own = replace(
        call, kind=kind, config=config, shapes=[shape[1:] for shape in call.shapes],
        arrays=lambda *inside: call.arrays("layer", *inside), registered="", module="",
    )  # fmt: skip
    return read_layer(own)


ALONG_THE_LAST = (
    "Dense", "Activation", "ReLU", "LeakyReLU", "ELU", "Dropout", "LayerNormalization", "BatchNormalization",
)  # fmt: skip


def _batch_norm(call: KerasCall) -> list[Part]:
    c = call.config
    _check_last(call, c.get("axis", -1))
    scale, center = c.get("scale", True), c.get("center", True)
    names = [*(("weight",) if scale else ()), *(("bias",) if center else ()), "running_mean", "running_var"]
    arrays = named(call.arrays(), *names)
    if arrays is not None and (scale or center):
        arrays = _filled(arrays, arrays["running_mean"].shape)
    options = {
        "momentum": round(1 - c["momentum"], 12), "epsilon": c["epsilon"], "affine": scale or center,
    }  # fmt: skip
    return [Part("batchnorm", options, arrays, note=_fills(scale, center))]


def _filled(arrays: Mapping[str, np.ndarray], shape: Shape) -> dict[str, np.ndarray]:
    """With the scale or the shift that a layer leaves out."""
    return {"weight": np.ones(shape, np.float32), "bias": np.zeros(shape, np.float32), **arrays}


def _fills(scale: bool, center: bool) -> str:
    return "" if scale == center else "It learns a scale and a shift, of which the file leaves one out."


def _check_last(call: KerasCall, axis: Any) -> None:
    numbers = list(axis) if isinstance(axis, list | tuple) else [axis]
    rank = len(call.shapes[0])
    if [n if n < 0 else n - rank - 1 for n in numbers] != [-1]:
        raise NotExpressible(f"It works along axis {axis}; only the last one can be expressed.")


def _layer_norm(call: KerasCall) -> list[Part]:
    c = call.config
    expect(call, rms_scaling=False)
    axis, rank = c.get("axis", -1), len(call.shapes[0])
    axes = sorted(n if n < 0 else n - rank - 1 for n in (axis if isinstance(axis, list) else [axis]))
    if axes != list(range(-len(axes), 0)):
        raise NotExpressible(f"It works along the axes {axis}; only the last ones can be expressed.")
    scale, center = c.get("scale", True), c.get("center", True)
    arrays = named(call.arrays(), *(("weight",) if scale else ()), *(("bias",) if center else ()))
    if arrays is not None:
        arrays = _filled(arrays, call.shapes[0][-len(axes) :])
    # What has neither a scale nor a shift keeps to 1 and 0.
    options = {"epsilon": c["epsilon"], "axes": len(axes), "frozen": not (scale or center)}
    return [Part("layernorm", options, arrays, note=_fills(scale, center))]


def _dropout(call: KerasCall) -> list[Part]:
    expect(call, noise_shape=None)
    return [Part("dropout", {"rate": float(call.config["rate"])})]


def _noise(call: KerasCall) -> list[Part]:
    return [
        Part("gaussiannoise", {"deviation": float(call.config.get("stddev", call.config.get("deviation")))})
    ]


def _reshape(call: KerasCall) -> list[Part]:
    return [Part("reshape", {"target": ", ".join(str(int(n)) for n in call.config["target_shape"])})]


def _permute(call: KerasCall) -> list[Part]:
    return [Part("permute", {"axes": ", ".join(str(int(n)) for n in call.config["dims"])})]


def _activated(call: KerasCall) -> list[Part]:
    return activation(call.config["activation"])


def _relu(call: KerasCall) -> list[Part]:
    expect(call, threshold=0.0)
    slope, most = call.config.get("negative_slope") or 0.0, call.config.get("max_value")
    if most is not None:
        expect(call, negative_slope=0.0)
        return [Part("clamp", {"low": 0.0, "high": float(most)})]
    return [Part("leaky_relu", {"negative_slope": float(slope)}) if slope else Part("relu")]


def _leaky(call: KerasCall) -> list[Part]:
    slope = call.config.get("negative_slope", call.config.get("alpha", 0.3))
    return [Part("leaky_relu", {"negative_slope": float(slope)})]


def _elu(call: KerasCall) -> list[Part]:
    return [Part("elu", {"alpha": float(call.config.get("alpha", 1.0))})]


def _prelu(call: KerasCall) -> list[Part]:
    rank, stored = len(call.shapes[0]), named(call.arrays(), "weight")
    shared = [n % (rank + 1) for n in call.config.get("shared_axes") or []]
    by_channel = shared == list(range(1, rank))
    if not by_channel and shared != list(range(1, rank + 1)):
        raise NotExpressible("PReLU has a slope for each value; only one for each channel can be expressed.")
    own = None if stored is None else {"weight": stored["weight"].reshape(-1)}
    return [Part("prelu", {"per_channel": by_channel}, own)]


def _softmax(call: KerasCall) -> list[Part]:
    axis, rank = call.config.get("axis", -1), len(call.shapes[0])
    if not isinstance(axis, int) or not (-rank <= axis < 0 or 0 < axis <= rank):
        raise NotExpressible(f"It works along axis {str(axis)[:80]}.")
    number = axis if axis > 0 else axis + rank + 1
    return [Part("softmax", {} if number == rank else {"axis": str(number)})]


def _concatenate(call: KerasCall) -> list[Part]:
    axis, rank = call.config.get("axis", -1), len(call.shapes[0])
    number = axis if axis > 0 else axis + rank + 1
    return [Part("concatenate", {} if number == rank else {"axis": str(number)})]


def _dot(call: KerasCall) -> list[Part]:
    expect(call, normalize=False)
    if any(len(shape) != 1 for shape in call.shapes):
        raise NotExpressible("Dot is read for rows of values only.")
    return [Part("dot")]


def _flip(call: KerasCall) -> list[Part]:
    mode = {"horizontal_and_vertical": "both"}.get(call.config["mode"], call.config["mode"])
    return [Part("randomflip", {"mode": mode})]


def _of_two(call: KerasCall) -> list[Part]:
    """Of two values, or of one and a number."""
    if call.constants:
        return with_number(call)
    if len(call.shapes) != 2:
        raise NotExpressible("It takes one value and nothing else.")
    return [Part("divide" if call.kind == "TrueDivide" else call.kind.lower())]


def scaling_of(
    kind: str, config: Mapping[str, Any], arrays: list[np.ndarray] | None, shape: Shape
) -> dict[str, np.ndarray] | None:
    """Shift and scale, float32, of a layer that only scales what enters the network, or None."""
    if kind == "Rescaling":
        scale, offset = np.asarray(config["scale"], float), np.asarray(config["offset"], float)
        if scale.size == 1 and offset.size == 1 and float(scale.ravel()[0]) != 0:
            return {
                "x_shift": (-offset / scale).ravel()[0].astype(np.float32),
                "x_scale": (1 / scale).ravel()[0].astype(np.float32),
            }
    if kind == "Normalization" and not config.get("invert"):
        mean, variance = config.get("mean"), config.get("variance")
        if mean is None and arrays is not None and len(arrays) >= 2:
            mean, variance = arrays[0], arrays[1]
        if mean is not None and variance is not None:
            shift = np.broadcast_to(np.asarray(mean, np.float32).reshape(-1), shape)
            deviation = np.maximum(np.sqrt(np.asarray(variance, np.float32)), 1e-7).reshape(-1)
            return {"x_shift": shift.copy(), "x_scale": np.broadcast_to(deviation, shape).copy()}
    return None


READERS: Mapping[str, Read] = {
    "Dense": _dense,
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "GroupNormalization": group_norm,
    "Dropout": _dropout,
    "TimeDistributed": _each_step,
    "GaussianNoise": _noise,
    "GlobalAveragePooling1D": _pooled("globalaveragepool1d"),
    "GlobalAveragePooling2D": _pooled("globalaveragepool"),
    "GlobalMaxPooling1D": _pooled("globalmaxpool1d"),
    "GlobalMaxPooling2D": _pooled("globalmaxpool"),
    "Flatten": _plain("flatten"),
    "Identity": _plain("identity"),
    "Reshape": _reshape,
    "Permute": _permute,
    "Activation": _activated,
    "ReLU": _relu,
    "LeakyReLU": _leaky,
    "ELU": _elu,
    "PReLU": _prelu,
    "Softmax": _softmax,
    "Add": _plain("add"),
    "Subtract": _plain("subtract"),
    "Multiply": _plain("multiply"),
    "Average": _plain("average"),
    "Concatenate": _concatenate,
    "Dot": _dot,
    "RandomFlip": _flip,
    **WINDOW_READERS,
    **SEQUENCE_READERS,
}
# Functions of keras.ops.
OPERATIONS: Mapping[str, Read] = {
    **dict.fromkeys(WITH_NUMBER, _of_two),
    "Square": _plain("square"),
    "Sin": _plain("sine"),
}
# Classes that nnstudio writes into a model.py.
OURS: Mapping[str, Read] = {"Noise": _noise, **SEQUENCE_OURS}


__all__ = ["read_layer", "scaling_of"]
