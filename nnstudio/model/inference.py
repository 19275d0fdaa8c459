"""Shapes and faults of a graph while it is edited: goes on as far as it can.

Good nodes stay good, the first guilty node carries a sentence, what follows it is unknown.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nnkernels.graph.network import Resolved, owner_of, read_columns, resolve_node
from nnkernels.graph.subnetworks import inner_names
from nnkernels.spec import (
    IDENTITY,
    SUBNETWORK,
    UNBOUNDED,
    Bounds,
    NodeError,
    NodeSpec,
    Role,
    Shape,
    SpecError,
    losses,
    size_of,
)
from nnstudio.model.graph import Graph
from nnstudio.model.tails import Aim, TailLayer, judge, with_other_units
from nnstudio.model.tokens import Tokens, as_text, columns_of


@dataclass(frozen=True)
class OtherReading:
    """What the same data would ask for, were one of its options another.

    Attributes:
        title: what that changes, as a sentence without its full stop.
        option, value: of the data.
        targets: number of target values that it has then.
    """

    title: str
    option: str
    value: str
    targets: int


@dataclass(frozen=True)
class DataFacts:
    """What a network must fit: shape of a sample, classes or number of target values, losses that suit.

    ``target_range``: least and greatest number target as the network sees it, scaled, and ``column_ranges``
    that of each target value; ``target_sums``: least and greatest sum of a sample's target values. None or
    empty where that is not known. ``tokens``: which inputs are numbers of tokens. ``otherwise``: another way
    to read it that may suit a network. ``imitates``: whether a generator learns to make such samples.
    """

    input_shape: Shape
    classes: int
    targets: int
    losses: tuple[str, ...]
    target_range: Bounds | None = None
    column_ranges: tuple[Bounds, ...] = ()
    target_sums: Bounds | None = None
    tokens: tuple[Tokens, ...] = ()
    otherwise: OtherReading | None = None
    imitates: bool = False


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
    # Of each node that stands for a sub-network.
    inside: dict[str, _Walk] = field(default_factory=dict)


def infer(
    graph: Graph,
    entering: Shape | list[Shape],
    loss: str = "",
    classes: int = 0,
    targets: int = 1,
    subnetworks: Mapping[str, Graph] | None = None,
    opened: tuple[str, ...] = (),
    target_range: Bounds | None = None,
    column_ranges: Sequence[Bounds] = (),
    target_sums: Bounds | None = None,
    loss_options: Mapping[str, Any] | None = None,
    tokens: Sequence[Tokens] = (),
) -> dict[str, NodeFacts]:
    """Facts of every node.

    ``entering`` is the shape of a sample, or inside a sub-network a list: what enters at each Input. With a
    loss, the Output is checked against the data's target too. ``opened`` are the sub-networks that this
    graph lies in.
    """
    walk, facts = _go_through(graph, entering, subnetworks or {}, opened)
    if tokens:
        _check_tokens(walk, facts, set(columns_of(tokens)))
    if loss:
        data = DataFacts((), classes, targets, (), target_range, tuple(column_ranges), target_sums)
        for name, node in walk.known.items():
            # What is compared with one number has nothing to do with the data's targets.
            if node.layer.role == Role.OUTPUT and node.options["target"].strip() in ("", "data"):
                own = node.options["loss"]
                chosen = loss if own == "run" else own
                options = losses[chosen].complete((loss_options or {}) if chosen == loss else {})
                _check_output(walk, facts, name, Aim(losses[chosen], options, classes), data)
    return facts


def _go_through(
    graph: Graph, entering: Shape | list[Shape], subnetworks: Mapping[str, Graph], opened: tuple[str, ...]
) -> tuple[_Walk, dict[str, NodeFacts]]:
    """Facts of every node, without those that depend on a loss."""
    inputs = [n.id for n in graph.nodes if graph.registry[n.kind].role == Role.INPUT]
    shapes = entering if isinstance(entering, list) else [entering] * len(inputs)
    walk = _Walk(graph, dict(zip(inputs, shapes, strict=True)), subnetworks, opened, {}, {})
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
    return walk, facts


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
    inner, facts = _go_through(graph, shapes, walk.subnetworks, (*walk.opened, network))
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
    count, flops = own_parameters(graph, facts), sum(f.flops for f in facts.values())
    walk.bounds[spec.id], walk.inside[spec.id] = facts[end].bounds, inner
    return NodeFacts(shape, "", count, flops, bounds=facts[end].bounds)


def own_parameters(graph: Graph, facts: Mapping[str, NodeFacts]) -> int:
    """Trained values of a graph with these facts, which may be older than it is; a layer that shares those of
    another there has none.
    """

    def has_own(name: str) -> bool:
        return name not in graph or graph[name].options.get("shares", "") not in facts

    return sum(f.parameters for name, f in facts.items() if has_own(name))


def _check_tokens(walk: _Walk, facts: dict[str, NodeFacts], tokens: set[int]) -> None:
    """Warn of Dense layers right behind an Input of numbers of tokens."""
    for name, entering in walk.entering.items():
        if name not in walk.known:
            continue
        count = size_of(entering)
        columns = read_columns(walk.known[name].options["columns"], count, "values") or range(count)
        numbers = sorted(tokens.intersection(columns))
        for target in walk.graph.targets(name) if numbers else ():
            if walk.graph[target].kind == "dense" and not facts[target].error:
                warning = (
                    f"Columns {as_text(numbers)} of the data are numbers of tokens, which mean nothing as "
                    "quantities. Give them an Input of their own with an Embedding behind it, or other "
                    "columns to this one's Input."
                )
                facts[target] = replace(facts[target], warning=warning)


def _check_output(walk: _Walk, facts: dict[str, NodeFacts], output: str, aim: Aim, data: DataFacts) -> None:
    """Put what is wrong with an Output, its loss and the layers before it into the facts."""
    node, fact = walk.known[output], facts[output]
    try:
        columns = read_columns(node.options["columns"], data.targets, "target values")
    except SpecError as error:
        facts[output] = replace(fact, error=str(error))
        return
    width = data.targets if columns is None else len(columns)
    weights = sum(facts[n].parameters for n in walk.graph.upstream(output) if n in facts)
    try:
        aim.loss.check(node.shape, data.classes, width)
        fault = "" if weights else "No layer before it has weights that could learn. Insert a Dense layer."
    except SpecError as error:
        fault = str(error)
    facts[output] = replace(fact, error=fault)
    if not aim.loss.suits(data.classes, width):
        return
    chosen = [data.column_ranges[n] for n in columns or () if data.column_ranges]
    aim = replace(
        aim,
        target_range=(min(c[0] for c in chosen), max(c[1] for c in chosen)) if chosen else data.target_range,
        target_sums=data.target_sums if columns is None else None,
    )
    tail = [*_chain(walk, walk.graph.sources(output)[0])]
    complaint = judge(output, with_other_units(tail, aim.loss) if fault else tail, aim)
    if complaint and not complaint.serious:
        facts[complaint.node] = replace(facts[complaint.node], warning=complaint.text)
    elif complaint and not facts[complaint.node].error:
        facts[complaint.node] = replace(facts[complaint.node], error=complaint.text)


def _chain(
    walk: _Walk, at: str, outer: str = "", name: str = "", ends: bool = True
) -> Generator[TailLayer, None, bool]:
    """The layers from one back to where several are joined, through sub-networks.

    ``outer`` and its ``name`` are the node on the Output's canvas that the walk lies in, if any, and ``ends``
    says whether only Outputs read that. Returns whether an Input was reached.
    """
    graph = walk.graph
    while True:
        node, ends = walk.known[at], ends and _feeds_outputs_only(graph, at)
        shown, title = outer or at, name or graph[at].name
        if node.layer.role == Role.INPUT:
            return True
        if at in walk.inside:
            inner = walk.inside[at]
            (end,) = (n.id for n in inner.graph.nodes if inner.known[n.id].layer.role == Role.OUTPUT)
            if not (yield from _chain(inner, inner.graph.sources(end)[0], shown, title, ends)):
                return False
        elif node.layer.id != IDENTITY:
            weights = node.parameter_count > 0
            yield TailLayer(
                shown, title, node.layer, node.options, node.shape, walk.bounds[at], ends,
                not outer and not weights, weights,
            )  # fmt: skip
        if len(graph.sources(at)) != 1:
            return False
        (at,) = graph.sources(at)


def _feeds_outputs_only(graph: Graph, node: str) -> bool:
    """Also by way of dots in links."""
    kinds = {name: graph.registry[graph[name].kind] for name in graph.targets(node)}
    return all(
        kind.role == Role.OUTPUT or (kind.id == IDENTITY and _feeds_outputs_only(graph, name))
        for name, kind in kinds.items()
    )
