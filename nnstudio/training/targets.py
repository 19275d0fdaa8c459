"""Whether a network's Outputs fit the data's targets, and what depends on both."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.graph.network import NodeError
from nnkernels.program import Layout
from nnkernels.spec import SpecError, losses
from nnkernels.spec.class_weights import BALANCED
from nnstudio.data.dataset import Dataset


def check_targets(layout: Layout, data: Dataset) -> None:
    """Raise NodeError where an Output cannot be compared with the data's targets."""
    for target in layout.targets:
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
