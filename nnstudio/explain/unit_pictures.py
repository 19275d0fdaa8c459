"""Dense layers that read a picture: each unit has a weight for each of its values, so they are one as well.

A layer with a unit for each class, behind nothing but the picture, can be compared with the classes' means.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.dense import Dense
from nnkernels.layers.flatten import Flatten
from nnkernels.spec import Role, Shape
from nnstudio.explain.end_names import names_of_units
from nnstudio.training.evaluation import Evaluation

# Training samples that the means are taken of: the first ones of a part, which is shuffled.
MOST_AVERAGED = 10_000
NO_MEANS = (
    "Only a Dense layer that reads the pictures of the data, with nothing but Flatten in between, and has a "
    "unit for each class can be compared with the mean picture of each class."
)


@dataclass(frozen=True)
class ClassMeans:
    """Mean pictures of the classes as the network gets them, `(classes, h, w, c)`, of so many samples.

    They are NaN of a class that has none.
    """

    pictures: np.ndarray
    samples: int


def picture_read(session: Evaluation, node: str) -> Shape:
    """Shape (h, w, c) of the picture whose values a Dense layer reads one by one; () where it reads none."""
    source = _picture_before(session, node)
    return () if source is None else source.shape


def class_means(session: Evaluation, node: str) -> ClassMeans | None:
    """The means that the weights of a node can be compared with; None where there is nothing to compare."""
    source, data = _picture_before(session, node), session.data
    if source is None or source.layer.role != Role.INPUT or source.shape != data.input_shape:
        return None
    if not data.classes or data.target_width != 1 or names_of_units(session, node) != data.classes:
        return None
    x, labels = np.asarray(data.x_train[:MOST_AVERAGED]), data.y_train[:MOST_AVERAGED, 0]
    members = (labels == np.arange(len(data.classes))[:, None]).astype(np.float32)
    with np.errstate(invalid="ignore"):
        means = (members @ x.reshape(len(x), -1)) / members.sum(1, keepdims=True)
    return ClassMeans(means.reshape(-1, *source.shape), len(x))


def _picture_before(session: Evaluation, node: str) -> Resolved | None:
    """The node that gives the picture which a Dense layer reads through a Flatten."""
    nodes = session.layout.nodes
    if node not in nodes or not isinstance(nodes[node].layer, Dense):
        return None
    flat = _that_changes(session, nodes[nodes[node].inputs[0]])
    if not isinstance(flat.layer, Flatten) or len(flat.input_shapes[0]) != 3:
        return None
    return _that_changes(session, nodes[flat.inputs[0]])


def _that_changes(session: Evaluation, node: Resolved) -> Resolved:
    """The node itself, or the one before where it hands on every value as it is when predicting."""
    while (
        node.layer.role != Role.INPUT
        and node.layer.is_view(node.options, False)
        and node.input_shapes == (node.shape,)
    ):
        node = session.layout.nodes[node.inputs[0]]
    return node
