"""A network as frozen data, and its checked shapes; must not import numba."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnkernels.registry import Registry
from nnkernels.spec import Layer, Parameter, Shape, SpecError, layers, size_of


@dataclass(frozen=True)
class NodeSpec:
    """One layer of a network: its identifier, kind, options and the nodes it reads."""

    id: str
    layer: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class NetworkSpec:
    """Nodes in any order; exactly one input and one output are required to run it."""

    nodes: tuple[NodeSpec, ...]


class NodeError(SpecError):
    """A fault of one node; ``node`` is its identifier."""

    def __init__(self, node: str, text: str) -> None:
        super().__init__(text)
        self.node = node


@dataclass(frozen=True)
class Resolved:
    """A node with everything that follows from the network: options filled in and shapes."""

    id: str
    layer: Layer
    options: Mapping[str, Any]
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return self.layer.parameters(self.options, self.input_shapes)

    @property
    def parameter_count(self) -> int:
        return sum(size_of(p.shape) for p in self.parameters)


def resolve(network: NetworkSpec, input_shape: Shape) -> dict[str, Resolved]:
    """The nodes between input and output, in order of computation. Raises NodeError or SpecError.

    Nodes that do not lead to the output are left out.
    """
    nodes = {node.id: node for node in network.nodes}
    outputs = [n.id for n in network.nodes if layers[n.layer].role == "output"]
    if len(outputs) != 1:
        raise SpecError(f"A network needs exactly one Output node, but this one has {len(outputs)}.")
    done: dict[str, Resolved] = {}
    # Iterative depth-first walk: networks may be deeper than Python's recursion.
    stack, open_nodes = [(outputs[0], False)], set()
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        node = nodes[name]
        if not ready:
            if name in open_nodes:
                raise NodeError(name, "The network runs in a circle here; a signal must flow one way.")
            open_nodes.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(node.inputs) if source not in done)
            continue
        open_nodes.discard(name)
        done[name] = resolve_node(node, [done[s].shape for s in node.inputs], input_shape)
    if not any(r.layer.role == "input" for r in done.values()):
        raise SpecError("The Output is not connected to an Input. Connect them through layers.")
    return done


def resolve_node(
    node: NodeSpec, input_shapes: list[Shape], input_shape: Shape, registry: Registry[Layer] = layers
) -> Resolved:
    """One node with its shape. Raises NodeError with a sentence."""
    layer = registry[node.layer]
    if layer.role == "input":
        if node.inputs:
            raise NodeError(node.id, "An Input takes nothing in; remove the link that ends here.")
        return Resolved(node.id, layer, {}, (), (), input_shape)
    if not input_shapes:
        raise NodeError(node.id, f"{layer.title} is not connected. Draw a link to its left side.")
    if len(input_shapes) > 1 and not layer.joins:
        raise NodeError(node.id, f"{layer.title} takes one link. Use Add or Concatenate to join.")
    try:
        options = layer.complete(node.options)
        shape = layer.shape(options, input_shapes)
    except SpecError as error:
        raise NodeError(node.id, str(error)) from error
    return Resolved(node.id, layer, options, node.inputs, tuple(input_shapes), shape)
