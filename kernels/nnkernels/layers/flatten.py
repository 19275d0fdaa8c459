"""Flatten: a picture becomes a list of values, row by row, channels last."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Arrays, Layer, NamedArrays, Options, Shape, Shapes, layers, size_of


@layers.register
class Flatten(Layer):
    """Costs nothing: the same memory, read as a list. PyTorch visits channels first instead."""

    id = "flatten"
    title = "Flatten"
    pytorch = "nn.Flatten"
    glyph = "flatten"
    adapts = True
    formula = "y[(i·w + j)·c + k] = x[i, j, k]"
    category = "Shape"
    order = 33
    help = "Turns a picture into a list of values, so that a Dense layer can read it."
    synonyms = ("reshape", "vector", "list")
    samples = (({}, ((3, 2, 4),)), ({}, ((5,),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        return (size_of(inputs[0]),)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 0

    def is_view(self, options: Options, training: bool) -> bool:
        return True

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0].reshape(len(inputs[0]), -1)
