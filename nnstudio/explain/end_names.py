"""What the rows and columns of an array are called at the ends of the network: inputs, targets, classes."""

from __future__ import annotations

from typing import Protocol

from nnkernels.graph.network import read_columns
from nnkernels.layers.dense import Dense
from nnkernels.program import Layout, ParameterSlot, Target
from nnkernels.spec import Role
from nnstudio.data.dataset import Dataset

Names = tuple[str, ...]


class Planned(Protocol):
    """A network and its data, whether it can compute or not."""

    @property
    def layout(self) -> Layout: ...
    @property
    def data(self) -> Dataset: ...


def names_along(session: Planned, node: str, slot: ParameterSlot) -> tuple[Names, ...]:
    """For each axis of an array of a node the names along it; () along an axis that has none.

    Only a Dense layer has any: of the inputs right behind the Input, of what is predicted right before the
    Output.
    """
    resolved = session.layout.nodes.get(node)
    if resolved is None or not isinstance(resolved.layer, Dense):
        return ((),) * len(slot.shape)
    ends = (_inputs_of(session, resolved.inputs[0]), _outputs_of(session, node))[-len(slot.shape) :]
    # Sequences and shared layers may have arrays of other sizes.
    return tuple(names if len(names) == size else () for names, size in zip(ends, slot.shape, strict=True))


def names_of_units(session: Planned, node: str) -> Names:
    """What the units of the Input, of an Output or of what is right before one are called; else ()."""
    resolved = session.layout.nodes[node]
    names = _inputs_of(session, node) or _outputs_of(session, node)
    return names if resolved.shape == (len(names),) else ()


def _inputs_of(session: Planned, source: str) -> Names:
    data, node = session.data, session.layout.nodes[source]
    if node.layer.role != Role.INPUT or len(data.input_shape) != 1 or not data.features:
        return ()
    columns = read_columns(node.options["columns"], data.input_shape[0], "values")
    return data.features if columns is None else tuple(data.features[i] for i in columns)


def _outputs_of(session: Planned, node: str) -> Names:
    layout, data = session.layout, session.data
    ends = ((t, (t.node, t.logits, layout.nodes[t.node].inputs[0])) for t in layout.targets)
    target = next((t for t, nodes in ends if node in nodes), None)
    if target is None:
        return ()
    return _class_names(session, node) if data.classes else _target_names(data.targets, target)


def _class_names(session: Planned, node: str) -> Names:
    classes = session.data.classes
    # A single unit tells how likely the second of two classes is.
    return classes[1:] if session.layout.nodes[node].shape == (1,) else classes


def _target_names(targets: Names, target: Target) -> Names:
    return targets if target.columns is None else tuple(targets[i] for i in target.columns)
