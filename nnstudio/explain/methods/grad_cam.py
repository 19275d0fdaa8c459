"""Grad-CAM: where a convolution sees what speaks for the explained number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option, SpecError, show_shape
from nnstudio.explain.method import Explanation, Method, Network, Question, Stage, methods


@methods.register
class GradCam(Method):
    """``relu(sum over k of a_k A_k)``, with A_k the k-th map of a layer and a_k the mean of dS/dA_k over it.

    The layer's maps are coarser than the sample: the picture is interpolated to the sample's size, linearly.
    """

    id = "grad_cam"
    title = "Grad-CAM"
    order = 3
    help = "Shows where the maps of a convolution speak for the number; coarse, but for a class of its own."
    # By its maps alone, not by the sample.
    needs_gradients = False
    is_at_once = True
    paper = "Selvaraju et al. 2017, arXiv:1610.02391"
    options = (Option("layer", "", "Whose maps are read; empty: the last convolution with its ReLU."),)

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        layer = options["layer"] or network.maps_before(question.target)
        maps, gradients = network.at(question.target, question.x, layer)
        if maps.ndim != question.x.ndim or maps.ndim < 3:
            raise SpecError(
                f"'{layer}' gives {show_shape(maps.shape[1:])}, which does not lie over the sample. Choose a "
                "layer that gives maps, such as a convolution."
            )
        axes = tuple(range(maps.ndim - 2))
        weights = gradients[0].mean(axes)
        coarse = np.maximum((maps[0] * weights).sum(-1), 0)
        lengths = question.x.shape[1:-1]
        value = float(network.values(question.target, question.x)[0])
        figures = {question.target.name: value, "layer": layer, "strongest": float(coarse.max())}
        notes: tuple[str, ...] = ()
        if not coarse.any():
            notes = ("Nothing in these maps speaks for the number, so the picture is empty.",)
        importance = interpolated(coarse, lengths)[..., None]
        yield Stage(1.0, explanation=Explanation(importance, figures, notes=notes))


def interpolated(values: np.ndarray, lengths: tuple[int, ...]) -> np.ndarray:
    """Values at the centres of cells, linearly between them and constant outside, for more or fewer cells.

    The first axes get these lengths, the others stay.
    """
    for axis, length in enumerate(lengths):
        before = values.shape[axis]
        at = np.clip((np.arange(length) + 0.5) * before / length - 0.5, 0, before - 1)
        low = np.floor(at).astype(int)
        high = np.minimum(low + 1, before - 1)
        share = (at - low).reshape(-1, *[1] * (values.ndim - axis - 1))
        values = np.take(values, low, axis) * (1 - share) + np.take(values, high, axis) * share
    return values
