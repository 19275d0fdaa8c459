"""Input and Output: where data enters the network and where predictions leave it."""

from __future__ import annotations

from nnkernels.spec import Layer, layers


@layers.register
class Input(Layer):
    """Stands for the data set's columns or pictures; its shape comes from the data."""

    id = "input"
    title = "Input"
    category = "Data"
    order = 0
    role = "input"
    help = "Where samples of the data enter the network."
    synonyms = ("data", "source", "features")

    def flops(self, options, inputs):
        return 0


@layers.register
class Output(Layer):
    """Marks the values that are compared with the target and that are predicted."""

    id = "output"
    title = "Output"
    category = "Data"
    order = 1
    role = "output"
    help = "The network's answer; the loss compares it with the target."
    synonyms = ("target", "prediction", "loss", "sink")

    def is_view(self, options, training):
        return True

    def flops(self, options, inputs):
        return 0
