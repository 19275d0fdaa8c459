"""Shapes and faults of a graph while it is edited: goes on as far as it can.

Good nodes stay good, the first guilty node carries a sentence, what follows it is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnkernels.network import NodeError, NodeSpec, Resolved, owner_of, read_columns, resolve_node
from nnkernels.spec import Shape, SpecError, losses
from nnstudio.model.graph import Graph


@dataclass(frozen=True)
class NodeFacts:
    """What is known of one node.

    Attributes:
        shape: output of one sample, or None where it is unknown.
        error: a sentence on this node's own fault, or "".
        parameters: number of trained values.
        flops: floating-point operations of one sample's forward pass.
    """

    shape: Shape | None = None
    error: str = ""
    parameters: int = 0
    flops: int = 0


def infer(
    graph: Graph, input_shape: Shape, loss: str = "", classes: int = 0, targets: int = 1
) -> dict[str, NodeFacts]:
    """Facts of every node. With a loss, the Output is checked against the data's target too."""
    facts: dict[str, NodeFacts] = {}
    known: dict[str, Resolved] = {}
    waiting = {n.id: len(graph.sources(n.id)) for n in graph.nodes}
    ready = [name for name, count in waiting.items() if count == 0]
    while ready:
        name = ready.pop(0)
        facts[name] = _facts(graph, name, known, input_shape)
        for target in graph.targets(name):
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    for name in known:
        try:
            owner_of(known, name)
        except NodeError as error:
            facts[name] = NodeFacts(facts[name].shape, str(error))
    if loss:
        for node in known.values():
            if node.layer.role == "output":
                facts[node.id] = _check_output(node, facts[node.id], loss, classes, targets)
    return facts


def _facts(graph: Graph, name: str, known: dict[str, Resolved], input_shape: Shape) -> NodeFacts:
    """Facts of one node; what is resolved without a fault goes into ``known``."""
    node, sources = graph[name], graph.sources(name)
    if any(s not in known for s in sources):
        return NodeFacts()
    spec = NodeSpec(name, node.kind, node.options, tuple(sources))
    try:
        done = resolve_node(spec, [known[s].shape for s in sources], input_shape, graph.registry)
    except NodeError as error:
        return NodeFacts(error=str(error))
    known[name] = done
    flops = done.layer.flops(done.options, done.input_shapes)
    return NodeFacts(done.shape, "", done.parameter_count, flops)


def _check_output(node: Resolved, facts: NodeFacts, loss: str, classes: int, targets: int) -> NodeFacts:
    wanted = loss if node.options["loss"] == "run" else node.options["loss"]
    try:
        columns = read_columns(node.options["columns"], targets, "target values")
        losses[wanted].check(node.shape, classes, targets if columns is None else len(columns))
    except SpecError as error:
        return NodeFacts(facts.shape, str(error))
    return facts
