"""Gradients of any number of a network by its input: the network up to a node, and the way back."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from nnkernels.graph.network import NodeError, Resolved, read_columns
from nnkernels.program import Layout, Program, Target
from nnkernels.spec import Role, Shape, SpecError, layers, show_shape, size_of

# What the end is called; no node of a network has a name with a blank in it.
END = "projected values"


def ancestors(layout: Layout, node: str) -> frozenset[str]:
    """A node and all that its values depend on."""
    reached, waiting = set[str](), [node]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += layout.nodes[name].inputs
    return frozenset(reached)


def toward(layout: Layout, targets: Sequence[Target]) -> Layout:
    """The network as far as some of its Outputs depend on it, in the same flat parameters."""
    kept = frozenset[str]().union(*(ancestors(layout, t.node) for t in targets))
    nodes = {name: node for name, node in layout.nodes.items() if name in kept}
    # A layer whose weights others share may not be needed here: then one of these has them.
    heads: dict[str, str] = {}
    for name, owner in layout.owners.items():
        if name in kept and (owner not in heads or name == owner):
            heads[owner] = name
    owners = {name: heads[owner] for name, owner in layout.owners.items() if name in kept}
    slots = tuple(replace(s, node=heads[s.node]) for s in layout.parameters if s.node in heads)
    return replace(layout, nodes=nodes, targets=tuple(targets), parameters=slots, owners=owners)


def projected(layout: Layout, node: str) -> Layout:
    """The network up to a node, in the same flat parameters; in place of a loss, sum(t y) of its values y.

    The targets t of a program for it are as many as the values. Raises NodeError for a node that nothing is
    computed for.
    """
    last = layout.nodes[node]
    if last.layer.role == Role.INPUT:
        raise NodeError(node, f"'{node}' is the data itself. Choose a layer behind it.")
    kept = ancestors(layout, node)
    nodes = {name: resolved for name, resolved in layout.nodes.items() if name in kept}
    output = layers["output"]
    nodes[END] = Resolved(END, output, output.complete({}), (node,), (last.shape,), last.shape)
    return replace(layout, nodes=nodes, targets=(Target(END, node, "", 1.0, None),))


def observed(layout: Layout, nodes: Sequence[str], input_shape: Shape) -> Layout:
    """The network up to some nodes for samples of another shape, in the same flat parameters.

    In place of a loss it has, for each of the nodes, sum(t y) of its values y; the targets t of the first
    come first. Raises NodeError for a layer that cannot take samples of this shape.
    """
    kept = frozenset[str]().union(*(ancestors(layout, node) for node in nodes))
    resolved: dict[str, Resolved] = {}
    for name, node in layout.nodes.items():
        if name in kept:
            is_input = node.layer.role == Role.INPUT
            shapes = (input_shape,) if is_input else tuple(resolved[s].shape for s in node.inputs)
            resolved[name] = _reshaped(node, shapes)
    targets, start, output = [], 0, layers["output"]
    for number, node_id in enumerate(nodes):
        shape, end = resolved[node_id].shape, f"{END} {number}"
        columns = tuple(range(start, start + size_of(shape))) if len(nodes) > 1 else None
        resolved[end] = Resolved(end, output, output.complete({}), (node_id,), (shape,), shape)
        targets.append(Target(end, node_id, "", 1.0, columns))
        start += size_of(shape)
    return replace(layout, nodes=resolved, targets=tuple(targets))


def _reshaped(node: Resolved, shapes: tuple[Shape, ...]) -> Resolved:
    """A node that takes other shapes with the same weights. Raises NodeError."""
    try:
        other = replace(node, input_shapes=shapes, shape=node.layer.shape(node.options, shapes))
        fits = [p.shape for p in other.parameters] == [p.shape for p in node.parameters]
    except SpecError as error:
        raise NodeError(node.id, str(error)) from error
    if not fits:
        told = f"{node.layer.title} has weights for {show_shape(node.input_shapes[0])} alone"
        raise NodeError(node.id, f"{told}; received {show_shape(shapes[0])}. Choose a layer before it.")
    return other


def entered_at(layout: Layout, node: str) -> Layout:
    """The network behind a node, in the same flat parameters; the node's own values are its samples.

    Raises NodeError where something leads around the node.
    """
    shape, source = layout.nodes[node].shape, layers["input"]
    entering = Resolved(node, source, source.complete({}), (), (shape,), shape)
    cut = replace(layout, nodes={**layout.nodes, node: entering})
    kept = frozenset[str]().union(*(ancestors(cut, target.node) for target in layout.targets))
    cut = replace(cut, nodes={name: resolved for name, resolved in cut.nodes.items() if name in kept})
    if inputs_of(cut) != (node,):
        raise NodeError(node, f"Not everything goes through '{node}', so its values alone are no sample.")
    return cut


def inputs_of(layout: Layout) -> tuple[str, ...]:
    """The Inputs of a network."""
    return tuple(n.id for n in layout.nodes.values() if n.layer.role == Role.INPUT)


def input_gradient(program: Program, samples: int, input_shape: Shape) -> np.ndarray:
    """The gradient by whole samples, of a program that goes back to its Inputs: `(samples, *input_shape)`.

    It is 0 where no Input reads a value. A copy, in the program's type.
    """
    whole = np.zeros((samples, size_of(input_shape)), program.dtype)
    for name in inputs_of(program.layout):
        part = program.output_gradient(name, samples)
        if part is None:
            continue
        columns = read_columns(program.layout.nodes[name].options["columns"], program.input_width, "values")
        flat = part.reshape(samples, -1)
        if columns is None:
            whole += flat
        else:
            # A column may be named several times.
            np.add.at(whole.T, np.array(columns), flat.T)
    return whole.reshape(samples, *input_shape)


def without_gradient(layout: Layout, by: Collection[str]) -> tuple[str, ...]:
    """Nodes that pass nothing back to these ones though they read them: tables looked up by whole numbers."""
    return tuple(
        n.id for n in layout.nodes.values() if n.layer.gives_rows and any(source in by for source in n.inputs)
    )
