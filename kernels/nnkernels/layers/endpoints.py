"""Nodes that compute nothing: Input and Output, and those that stand for a network or an unknown layer."""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import column_spans, read_columns
from nnkernels.spec import (
    ALL_GROUPS,
    PLACEHOLDER,
    SUBNETWORK,
    TRAINED_OPTIONS,
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Role,
    Shape,
    Shapes,
    SpecError,
    layers,
    losses,
    read_groups,
    read_target,
    size_of,
)  # fmt: skip


@layers.register
class Input(Layer):
    """Stands for the data set's columns or pictures; its shape comes from the data.

    A network may have several, each with columns of its own.
    """

    id = "input"
    title = "Input"
    glyph = "input"
    category = "Data"
    order = 0
    role = Role.INPUT
    help = "Where samples of the data enter the network."
    synonyms = ("data", "source", "features")
    options = (
        Option(
            "columns",
            "all",
            "Which values of a sample enter here: all, or numbers such as 1-3, 7.",
            reads=column_spans,
        ),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        """Of the chosen columns; ``inputs`` is the shape of a whole sample."""
        columns = read_columns(options["columns"], size_of(inputs[0]), "values")
        return inputs[0] if columns is None else (len(columns),)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 0

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        """The chosen columns of whole samples."""
        columns = read_columns(options["columns"], size_of(inputs[0].shape[1:]), "values")
        return inputs[0] if columns is None else inputs[0].reshape(len(inputs[0]), -1)[:, columns]


@layers.register
class Output(Layer):
    """Marks the values that are compared with the target and that are predicted.

    A network may have several: the run minimises the weighted sum of their losses, and the first
    one gives the network's prediction. A loss that trains some optimizer groups goes back through the layers
    of others, and leaves them as they are.
    """

    id = "output"
    title = "Output"
    glyph = "output"
    category = "Data"
    order = 1
    role = Role.OUTPUT
    help = "The network's prediction; the loss compares it with the target."
    synonyms = ("target", "prediction", "loss", "sink")
    options = (
        Option(
            "columns",
            "all",
            "Which target values it should match: all, or numbers such as 1-3, 7.",
            reads=column_spans,
        ),
        Option(
            "loss",
            "run",
            "The loss of this output; run: the loss chosen under Training.",
            choices=("run", *(x.id for x in losses)),
        ),
        Option("weight", 1.0, "How much its loss counts, compared with those of other outputs.", 0.0, 1e6),
        Option(
            "target",
            "data",
            "What it should match: data, or one number for all samples, such as 0 or 1.",
            reads=read_target,
        ),
        Option(
            "trains",
            ALL_GROUPS,
            "Which optimizer groups its loss changes: all, or names such as generator.",
            reads=read_groups,
        ),
    )

    def is_view(self, options: Options, training: bool) -> bool:
        return True

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 0


@layers.register
class Subnetwork(Layer):
    """Stands for a network of its own inside this one; `nnkernels.graph.subnetworks` puts that in its place.

    Each node has weights of its own, unless it shares those of another one of the same sub-network.
    """

    id = SUBNETWORK
    title = "Sub-network"
    glyph = "stack"
    category = "Sub-networks"
    role = Role.SUBNETWORK
    joins = True
    help = "A part of the network with a name, drawn on a canvas of its own."
    synonyms = ("group", "block", "module", "function")
    options = (Option("network", "", "Which sub-network it stands for."), *TRAINED_OPTIONS)


@layers.register
class Placeholder(Layer):
    """Stands where a newer version or a plug-in had a layer; nothing of it is lost."""

    id = PLACEHOLDER
    title = "Unknown layer"
    category = "Sub-networks"
    role = Role.PLACEHOLDER
    joins = True
    help = "A layer that this nnstudio does not know; it keeps its options and its links."
    options = (
        Option("kind", "", "What the layer is called where it is known."),
        Option("data", "{}", "Its options, as they came."),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        raise SpecError(
            f"This nnstudio has no layer called '{options['kind']}'. Update nnstudio, "
            "or put another layer here."
        )
