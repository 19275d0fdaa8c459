"""Whether a network's Outputs fit the data's targets, and what depends on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.graph.network import NodeError
from nnkernels.program import Layout, Target
from nnkernels.spec import SpecError, TargetKind, losses, size_of
from nnkernels.spec.class_weights import BALANCED
from nnstudio.data.dataset import Dataset


def check_targets(layout: Layout, data: Dataset) -> None:
    """Raise NodeError where an Output cannot be compared with the data's targets."""
    if layout.targets[0].constant is not None:
        raise NodeError(
            layout.output,
            "The first Output gives the network's prediction, so it must be compared with the data. Set its "
            "target to 'data', or put another Output first.",
        )
    for target in layout.targets:
        if target.constant is not None:
            _check_constant(layout, target, target.constant)
            continue
        width = data.target_width if target.columns is None else len(target.columns)
        if target.columns and max(target.columns) >= data.target_width:
            raise NodeError(
                target.node,
                f"The data has {data.target_width} target values, but number {max(target.columns) + 1} "
                "is asked for. Change the columns of the Output.",
            )
        try:
            losses[target.loss].check(layout.nodes[target.logits].shape, len(data.classes), width)
        except SpecError as error:
            raise NodeError(target.node, str(error)) from error


def _check_constant(layout: Layout, target: Target, constant: float) -> None:
    """Raise NodeError where an Output cannot be compared with one number."""
    loss, shape = losses[target.loss], layout.nodes[target.logits].shape
    try:
        if loss.target == TargetKind.CLASS:
            # A probability between two classes is a target, too; between several there is nothing.
            last = shape[-1] - 1 if shape[-1] > 1 else 1
            loss.check(shape, last + 1, 1)
            if not 0 <= constant <= last or (shape[-1] > 1 and constant != int(constant)):
                numbers = f"the number of a class, 0 to {last}" if last > 1 else "a number from 0 to 1"
                raise SpecError(f"{loss.title} needs {numbers} as its target; received {constant:g}.")
        else:
            loss.check(shape, 0, size_of(shape))
    except SpecError as error:
        raise NodeError(target.node, str(error)) from error


def with_class_weights(options: Mapping[str, Any], data: Dataset) -> dict[str, Any]:
    """Loss options in which "balanced" class weights became numbers: rare classes count more.

    A class that is n of N samples in k classes weighs N / (k n), as in scikit-learn.
    """
    weighted = dict(options)
    if are_balanced(options):
        if data.seen is not None:
            count = np.array(data.seen.counts)
        else:
            labels = data.y_train.ravel().astype(int)
            count = np.bincount(labels[labels >= 0], minlength=len(data.classes))
        weights = count.sum() / (len(data.classes) * np.maximum(count, 1))
        weighted["class_weights"] = ", ".join(repr(float(w)) for w in weights)
    return weighted


def are_balanced(options: Mapping[str, Any]) -> bool:
    """Whether class weights follow from the samples."""
    return str(options.get("class_weights", "")).strip() == BALANCED
