"""Shapes and faults of a graph while it is edited: goes on as far as it can.

Good nodes stay good, the first guilty node carries a sentence, what follows it is unknown.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from nnkernels.graph.network import Resolved, owner_of, read_columns, resolve_node
from nnkernels.graph.subnetworks import inner_names
from nnkernels.spec import SUBNETWORK, UNBOUNDED, Bounds, NodeError, NodeSpec, Role, Shape, SpecError, losses
from nnstudio.model.graph import Graph


@dataclass(frozen=True)
class DataFacts:
    """What a network must fit: shape of a sample, classes or number of target values, losses that suit.

    ``target_range``: least and greatest number target as the network sees it, scaled; None where that is not
    known.
    """

    input_shape: Shape
    classes: int
    targets: int
    losses: tuple[str, ...]
    target_range: Bounds | None = None


@dataclass(frozen=True)
class NodeFacts:
    """What is known of one node.

    Attributes:
        shape: output of one sample, or None where it is unknown.
        error: a sentence on this node's own fault, or "".
        warning: a sentence on what makes the network useless though it runs, or "".
        parameters: number of trained values.
        flops: floating-point operations of one sample's forward pass.
        bounds: least and greatest value that its output can take.
    """

    shape: Shape | None = None
    error: str = ""
    parameters: int = 0
    flops: int = 0
    warning: str = ""
    bounds: Bounds = UNBOUNDED


@dataclass
class _Walk:
    """What a node's facts follow from besides the nodes before it."""

    graph: Graph
    # What enters at each Input.
    entering: Mapping[str, Shape]
    subnetworks: Mapping[str, Graph]
    opened: tuple[str, ...]
    known: dict[str, Resolved]
    bounds: dict[str, Bounds]


def infer(
    graph: Graph,
    entering: Shape | list[Shape],
    loss: str = "",
    classes: int = 0,
    targets: int = 1,
    subnetworks: Mapping[str, Graph] | None = None,
    opened: tuple[str, ...] = (),
    target_range: Bounds | None = None,
) -> dict[str, NodeFacts]:
    """Facts of every node.

    ``entering`` is the shape of a sample, or inside a sub-network a list: what enters at each Input. With a
    loss, the Output is checked against the data's target too. ``opened`` are the sub-networks that this
    graph lies in.
    """
    inputs = [n.id for n in graph.nodes if graph.registry[n.kind].role == Role.INPUT]
    shapes = entering if isinstance(entering, list) else [entering] * len(inputs)
    walk = _Walk(graph, dict(zip(inputs, shapes, strict=True)), subnetworks or {}, opened, {}, {})
    facts: dict[str, NodeFacts] = {}
    waiting = {n.id: len(graph.sources(n.id)) for n in graph.nodes}
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop(0)
        facts[name] = _facts(walk, name)
        for target in graph.targets(name):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    known = walk.known
    for name in known:
        try:
            owner_of(known, name)
        except NodeError as error:
            facts[name] = NodeFacts(facts[name].shape, str(error))
    if loss:
        for node in known.values():
            if node.layer.role == Role.OUTPUT:
                fact = facts[node.id] = _check_output(node, facts[node.id], loss, classes, targets)
                if not (fact.error or classes):
                    _warn_of_unreachable(graph, facts, node.id, target_range)
    return facts


def _warn_of_unreachable(
    graph: Graph, facts: dict[str, NodeFacts], output: str, targets: Bounds | None
) -> None:
    """Put a warning on the layer because of which an Output cannot give the number targets."""
    bounds = low, high = facts[output].bounds
    if low == high:
        why = f"gives {low:g} whatever comes in, so the network cannot learn numbers"
    elif targets is not None and (targets[0] < low or high < targets[1]):
        span = f"from {low:g} to {high:g}" if high < math.inf else f"of {low:g} or more"
        why = (
            f"gives only values {span}, but the targets, scaled as the network sees them, range from "
            f"{targets[0]:.3g} to {targets[1]:.3g}"
        )
    else:
        return
    node = output
    while graph.sources(node) and facts[graph.sources(node)[0]].bounds == bounds:
        node = graph.sources(node)[0]
    facts[node] = replace(facts[node], warning=f"{graph[node].name} {why}. Delete it.")


def _facts(walk: _Walk, name: str) -> NodeFacts:
    """Facts of one node; what is resolved without a fault goes into ``walk.known``."""
    node, sources, known = walk.graph[name], walk.graph.sources(name), walk.known
    if any(s not in known for s in sources):
        return NodeFacts()
    spec = NodeSpec(name, node.kind, node.options, tuple(sources))
    entering = walk.entering.get(name, ())
    shapes = [known[s].shape for s in sources]
    try:
        if node.kind == SUBNETWORK:
            return _inside(walk, spec, shapes)
        done = resolve_node(spec, shapes, entering, walk.graph.registry)
    except NodeError as error:
        return NodeFacts(error=str(error))
    known[name] = done
    flops = done.layer.flops(done.options, done.input_shapes)
    entering_bounds = [walk.bounds[s] for s in sources]
    bounds = walk.bounds[name] = done.layer.bounds(done.options, done.input_shapes, entering_bounds)
    return NodeFacts(done.shape, "", done.parameter_count, flops, bounds=bounds)


def _inside(walk: _Walk, spec: NodeSpec, shapes: list[Shape]) -> NodeFacts:
    """Facts of a sub-network: those of its nodes together. Raises NodeError."""
    network = str(spec.options.get("network", ""))
    if network not in walk.subnetworks:
        raise NodeError(
            spec.id, "Its sub-network is not in this project. Undo its removal, or delete this node."
        )
    if network in walk.opened:
        raise NodeError(spec.id, "This sub-network contains itself. Open it and delete it there.")
    graph = walk.subnetworks[network]
    inner_names(spec.id, graph.specs(), spec.inputs)
    facts = infer(graph, shapes, subnetworks=walk.subnetworks, opened=(*walk.opened, network))
    for name, fact in facts.items():
        if fact.error:
            raise NodeError(spec.id, f"Inside, at {graph[name].name}: {fact.error}")
    (end,) = (n.id for n in graph.nodes if graph.registry[n.kind].role == Role.OUTPUT)
    shape = facts[end].shape
    if shape is None:
        raise NodeError(spec.id, "Inside, no Input leads to the Output. Open it and connect them.")
    layer = walk.graph.registry[SUBNETWORK]
    options = layer.complete(spec.options)
    walk.known[spec.id] = Resolved(spec.id, layer, options, spec.inputs, tuple(shapes), shape)
    count, flops = sum(f.parameters for f in facts.values()), sum(f.flops for f in facts.values())
    walk.bounds[spec.id] = facts[end].bounds
    return NodeFacts(shape, "", count, flops, bounds=facts[end].bounds)


def _check_output(node: Resolved, facts: NodeFacts, loss: str, classes: int, targets: int) -> NodeFacts:
    wanted = loss if node.options["loss"] == "run" else node.options["loss"]
    try:
        columns = read_columns(node.options["columns"], targets, "target values")
        losses[wanted].check(node.shape, classes, targets if columns is None else len(columns))
    except SpecError as error:
        return NodeFacts(facts.shape, str(error))
    return facts
