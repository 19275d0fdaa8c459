"""Identity: hands on what it gets; on the canvas a dot that a link runs through."""

from __future__ import annotations

from nnkernels.spec import Layer, Options, Shapes, layers


@layers.register
class Identity(Layer):
    """Costs nothing: the same memory."""

    id = "identity"
    title = "Reroute"
    pytorch = "nn.Identity"
    formula = "y = x"
    category = "Shape"
    order = 39
    help = "A dot that a link runs through, to lead it around other nodes. It changes nothing."
    synonyms = ("identity", "dot", "bend", "knot")
    keeps_order = True
    samples = (({}, ((3, 2, 4),)), ({}, ((5,),)))

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 0

    def is_view(self, options: Options, training: bool) -> bool:
        return True
