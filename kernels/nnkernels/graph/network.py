"""A network as frozen data, and its checked shapes; must not import numba."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nnkernels.graph.subnetworks import flatten
from nnkernels.spec import (
    NAME_SEPARATOR,
    Layer,
    NodeError,
    NodeSpec,
    Parameter,
    Role,
    Shape,
    SpecError,
    layers,
    show_shape,
    size_of,
)  # fmt: skip
from nnkernels.spec.registry import Registry


@dataclass(frozen=True)
class NetworkSpec:
    """Nodes in any order; at least one input and one output are required to run it.

    ``subnetworks`` are what nodes of kind "subnetwork" stand for, by the name in their option "network".
    """

    nodes: tuple[NodeSpec, ...]
    subnetworks: Mapping[str, tuple[NodeSpec, ...]] = field(default_factory=dict)


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

    @property
    def learns(self) -> bool:
        """Whether it has parameters that an optimizer may change."""
        return not self.options.get("frozen") and any(p.trained for p in self.parameters)


def resolve(network: NetworkSpec, input_shape: Shape) -> dict[str, Resolved]:
    """The nodes between inputs and outputs, in order of computation. Raises NodeError or SpecError.

    Sub-networks and composites are replaced by their parts, named "composite/part"; the last part keeps
    the composite's own name. Nodes that do not lead to an output are left out.
    """
    nodes = {node.id: node for node in flatten(network.nodes, network.subnetworks)}
    outputs = [n.id for n in network.nodes if layers[n.layer].role == Role.OUTPUT]
    if not outputs:
        raise SpecError("A network needs an Output node, but this one has none. Add one.")
    done: dict[str, Resolved] = {}
    # Iterative depth-first walk: networks may be deeper than Python's recursion.
    stack, open_nodes = [(name, False) for name in reversed(outputs)], set()
    while stack:
        name, ready = stack.pop()
        if name in done:
            continue
        node = nodes[name]
        if not ready:
            if name in open_nodes:
                raise NodeError(
                    name, "The links form a cycle here; signals must flow one way. Remove one of the links."
                )
            open_nodes.add(name)
            stack.append((name, True))
            stack.extend((source, False) for source in reversed(node.inputs) if source not in done)
            continue
        open_nodes.discard(name)
        shapes = [done[s].shape for s in node.inputs]
        resolved = resolve_node(node, shapes, input_shape)
        for part in _parts(resolved) or [node]:
            try:
                done[part.id] = resolve_node(part, [done[s].shape for s in part.inputs], input_shape)
            except NodeError as error:
                raise NodeError(name, str(error)) from error
    if not any(r.layer.role == Role.INPUT for r in done.values()):
        raise SpecError("The Output is not connected to an Input. Connect them through layers.")
    check_shared(done)
    return done


def _parts(node: Resolved) -> list[NodeSpec]:
    """A composite's parts under their names in the network."""
    parts = node.layer.parts(node.options, node.input_shapes)
    names = {str(i): source for i, source in enumerate(node.inputs)}
    names |= {part.id: f"{node.id}{NAME_SEPARATOR}{part.id}" for part in parts[:-1]}
    names |= {part.id: node.id for part in parts[-1:]}
    nodes = []
    for p in parts:
        options = dict(p.options)
        if layers[p.layer].has_option("frozen"):
            shared = node.options["shares"]
            inside = shared if p is parts[-1] else f"{shared}{NAME_SEPARATOR}{p.id}"
            options |= {
                "frozen": node.options["frozen"], "shares": inside if shared else "",
                "learning_rate_factor": node.options["learning_rate_factor"],
                "optimizer_group": node.options["optimizer_group"],
            }  # fmt: skip
        nodes.append(NodeSpec(names[p.id], p.layer, options, tuple(names[s] for s in p.inputs)))
    return nodes


def resolve_node(
    node: NodeSpec, input_shapes: list[Shape], input_shape: Shape, registry: Registry[Layer] = layers
) -> Resolved:
    """One node with its shape. Raises NodeError with a sentence."""
    layer = registry[node.layer]
    if layer.role == Role.INPUT:
        if node.inputs:
            raise NodeError(node.id, "An Input takes nothing in; remove the link that ends here.")
        input_shapes = [input_shape]
    if not input_shapes:
        raise NodeError(node.id, f"{layer.title} is not connected. Draw a link to its left side.")
    if len(input_shapes) > 1 and not layer.joins:
        raise NodeError(node.id, f"{layer.title} takes one link. Use Add or Concatenate to join.")
    try:
        options = layer.complete(node.options)
        shape = layer.shape(options, input_shapes)
        layer.parameters(options, input_shapes)
    except SpecError as error:
        raise NodeError(node.id, str(error)) from error
    return Resolved(node.id, layer, options, node.inputs, tuple(input_shapes), shape)


def owner_of(nodes: Mapping[str, Resolved], name: str) -> str:
    """The node whose weights this one uses: itself, or the one at the end of its ``shares``.

    Raises NodeError where there is none, or where its weights would not fit.
    """
    seen, at = {name}, name
    while other := nodes[at].options.get("shares"):
        if other not in nodes:
            raise NodeError(
                name,
                f"It shares the weights of '{other}', which is not in the network. Choose another layer.",
            )
        if other in seen:
            raise NodeError(name, "Its weights are shared in a cycle; one of the layers must have its own.")
        seen.add(other)
        at = other
    mine, theirs = ([(p.name, p.shape) for p in nodes[n].parameters] for n in (name, at))
    if mine != theirs:
        wanted = ", ".join(f"{n} {show_shape(s)}" for n, s in mine)
        there = ", ".join(f"{n} {show_shape(s)}" for n, s in theirs) or "none"
        raise NodeError(
            name,
            f"It shares the weights of '{at}', but needs {wanted}, while that layer has {there}. "
            "Give both layers the same options and inputs.",
        )
    return at


def check_shared(nodes: Mapping[str, Resolved]) -> None:
    """Raise NodeError where a node cannot share the weights that its options name."""
    for name in nodes:
        owner_of(nodes, name)


# Columns that may be named, also several times.
MOST_COLUMNS = 10_000_000


def column_spans(text: str) -> tuple[range, ...] | None:
    """The numbers that a text such as "1-3, 7" names, counted from 1; None for "all".

    Raises SpecError with a sentence.
    """
    if text.strip().lower() in ("all", ""):
        return None
    try:
        ends = [part.partition("-") for part in text.split(",")]
        spans = tuple(range(int(first), int(last or first) + 1) for first, _, last in ends)
        # Beyond the engine's integers, a range has no length.
        is_good = all(len(span) and span[0] > 0 for span in spans)
    except (ValueError, OverflowError):
        is_good = False
    if not is_good:
        raise SpecError(f"Columns must be 'all', or numbers from 1 on such as 1-3, 7; received '{text}'.")
    return spans


def read_columns(text: str, count: int, what: str) -> tuple[int, ...] | None:
    """Positions from 0 that a text such as "1-3, 7" names, counted from 1; None for "all".

    Raises SpecError with a sentence.
    """
    spans = column_spans(text)
    if spans is None:
        return None
    numbers: list[int] = []
    for span in spans:
        # Before a list is made of it: a text can name more numbers than there is memory.
        if span[-1] > count or len(numbers) + len(span) > MOST_COLUMNS:
            raise SpecError(f"The data has {what} 1 to {count}, but the columns are '{text}'.")
        numbers.extend(span)
    return tuple(n - 1 for n in numbers)


def outer_name(node: str) -> str:
    """The name that a person knows: of the composite where the node is a part of one."""
    return node.partition(NAME_SEPARATOR)[0]


__all__ = ["NetworkSpec", "NodeError", "NodeSpec", "Resolved", "resolve", "resolve_node"]
