"""Dense layers and normalisations."""

from __future__ import annotations

import numpy as np

from nnstudio.export.onnx.emitters import Emission, emits


@emits("dense", options="units bias")
def dense(e: Emission) -> str:
    weight, has_bias = e.arrays["weight"], e.options["bias"]
    if len(e.step.input_shapes[0]) == 1:
        terms = [e.inputs[0], e.weight("weight", weight.T)]
        terms += [e.weight("bias", e.arrays["bias"])] if has_bias else []
        return e.end("Gemm", *terms, transB=1)
    return affine(e, e.inputs[0], "weight", "bias" if has_bias else "")


def affine(e: Emission, value: str, weight: str, bias: str) -> str:
    """x W + b along the last axis, as the step's value; no bias for an empty name."""
    table = e.weight(weight, e.arrays[weight], "in, out")
    if not bias:
        return e.end("MatMul", value, table)
    return e.end("Add", e.op("MatMul", value, table), e.weight(bias, e.arrays[bias]))


@emits("batchnorm", options="epsilon affine", training="momentum statistics")
def batch_norm(e: Emission) -> str:
    running = [e.weight(name, e.arrays[name]) for name in ("running_mean", "running_var")]
    if e.options["affine"]:
        scaling = [e.weight(name, e.arrays[name]) for name in ("weight", "bias")]
    else:
        channels = len(e.arrays["running_mean"])
        scaling = [e.constant("ones", np.ones(channels)), e.constant("zeros", np.zeros(channels))]
    return e.end("BatchNormalization", e.inputs[0], *scaling, *running, epsilon=e.options["epsilon"])


@emits("layernorm", options="epsilon axes")
def layer_norm(e: Emission) -> str:
    arrays = [e.weight(name, e.arrays[name]) for name in ("weight", "bias")]
    axis, epsilon = -e.options["axes"], e.options["epsilon"]
    return e.end("LayerNormalization", e.inputs[0], *arrays, axis=axis, epsilon=epsilon)
