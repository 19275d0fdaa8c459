"""Losses with a label at each step or pixel, and with labels that are left out, as Keras takes them."""

from __future__ import annotations

from collections.abc import Mapping
from string import Template
from typing import Any

from nnkernels.program import Target
from nnkernels.spec import Shape

# Keras takes the mean of what a loss gives for each sample: so each gets its share of the batch's labels.
LOSS = '''def $name(y, output):
    """Of class numbers, one at each step or pixel, of which those that are left out are -1$others.

    The network gives $gives.
    """
    output = ops.reshape(output, (ops.shape(y)[0], ops.shape(y)[1], $units))
    counts = ops.cast($counts, output.dtype)
    right = ops.cast(ops.maximum(y, 0), "int32")
$lines
    return $result
'''
BINARY = "    lost = ops.binary_crossentropy(ops.cast(right, output.dtype), output[..., 0]$logits)"
SOFTMAX = """    right = ops.one_hot(right, $units)$smoothed
    lost = -ops.sum(right * $logs, axis=-1)"""
SUM = "ops.sum(lost * counts, axis=-1)"
MEAN = "{} * ops.cast(ops.shape(y)[0], output.dtype) / ops.maximum(ops.sum(counts), 1e-9)"
WEIGHED = """
    weights = ops.take(ops.convert_to_tensor(CLASS_WEIGHTS), ops.cast(ops.maximum(y, 0), "int32"))
    counts = counts * weights"""


def is_of_labels(options: Mapping[str, Any], shape: Shape) -> bool:
    """Whether a loss of outputs of this shape has several labels for each sample, or leaves some out."""
    return "ignored_class" in options and (len(shape) > 1 or options["ignored_class"] >= 0)


def loss_of_labels(
    name: str, target: Target, options: Mapping[str, Any], shape: Shape, folded: bool, weighted: bool,
    smoothed: str,
) -> str:  # fmt: skip
    """The function; ``folded``: whether the activation that the loss computes is a layer of the model."""
    left_out = options["ignored_class"]
    lines = Template(BINARY if target.loss == "binary_cross_entropy" else SOFTMAX).substitute(
        units=shape[-1], smoothed=smoothed, logits="" if folded else ", from_logits=True",
        logs="ops.log(ops.maximum(output, 1e-9))" if folded else "ops.log_softmax(output)",
    )  # fmt: skip
    return Template(LOSS).substitute(
        name=name, gives="probabilities" if folded else "logits", units=shape[-1],
        others=f" or {left_out}" if left_out >= 0 else "",
        counts=f"(y >= 0) & (y != {left_out})" if left_out >= 0 else "y >= 0",
        lines=lines + (WEIGHED if weighted else ""),
        result=SUM if options["reduction"] == "sum" else MEAN.format(SUM),
    )  # fmt: skip
