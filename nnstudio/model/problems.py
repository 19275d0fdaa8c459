"""What is wrong with a network, and what would mend it.

A repair is offered only if it was tried on a copy and the fault was gone. Knows no Qt and no data, only
what `DataFacts` says of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from nnkernels.spec import Role, SpecError
from nnstudio.model import commands
from nnstudio.model.arrange import ACROSS, WIDTH
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, Link, LinkError, Node
from nnstudio.model.history import Command, Together
from nnstudio.model.inference import DataFacts, NodeFacts
from nnstudio.model.insertion import free_position, insertion_on_the_way
from nnstudio.model.locations import Path, facts_at, graph_at
from nnstudio.model.loose import joining, parts
from nnstudio.model.severity import Severity, severity_of
from nnstudio.model.tail_repairs import MakeEndFit, Plan, loss_of, plans

# Nodes that are offered as the source of a missing link.
NEAREST = 2
# What is said where a network has none of these.
MISSING = {
    Role.INPUT: "The network has no Input, so no data can come in. Add one.",
    Role.OUTPUT: "The network has no Output, so there is nothing to compare with. Add one.",
}


@dataclass(frozen=True)
class Problem:
    """A fault (``serious``) or a warning, with a sentence that says why and how to mend it.

    ``node`` is its identifier, or "" where it is not of one: ``about`` names what it is of then. ``follows``
    are other nodes that take no part in the network because of it, and have no problem of their own.
    ``repairs`` are known to mend it, where whoever tells it knows some; ``heading`` names it in a few words,
    where somebody has them.
    """

    node: str
    text: str
    serious: bool = True
    follows: tuple[str, ...] = ()
    about: str = "Network"
    repairs: tuple[Repair, ...] = field(default=(), compare=False)
    heading: str = ""

    @property
    def severity(self) -> Severity:
        """The word for it."""
        return severity_of(self.serious)


@dataclass(frozen=True)
class Repair:
    """A change that mends; ``make`` gives the command for a document and a graph in it like this one.

    A ``last_resort`` is offered where nothing else helps; of a ``group`` only the first that mends is.
    No problem may be left at the nodes that it ``mends``, besides the one that it is for. One that
    ``begins`` adds a first link or an end, which may turn out not to fit yet. ``data`` is what the network
    must fit then, where it reads the data in another way.
    """

    title: str
    make: Callable[[Document, Graph], Command]
    last_resort: bool = False
    group: str = ""
    mends: tuple[str, ...] = ()
    begins: bool = False
    data: DataFacts | None = None


def find_problems(graph: Graph, facts: Mapping[str, NodeFacts]) -> list[Problem]:
    """Faults first, in the order of the nodes; then warnings. One cause is one problem."""
    roles = {n.id: graph.registry[n.kind].role for n in graph.nodes}
    faults = [Problem(name, facts[name].error) for name in roles if name in facts and facts[name].error]
    if Role.INPUT not in roles.values():
        # These wait for what an Input would bring.
        starts = [p for p in faults if not graph.sources(p.node)]
        missing = Problem("", MISSING[Role.INPUT])
        faults = [p for p in faults if p not in starts]
        faults.append(replace(missing, follows=tuple(p.node for p in starts)))
    if Role.OUTPUT not in roles.values():
        faults.append(Problem("", MISSING[Role.OUTPUT]))
    useless = [Problem(n, facts[n].warning, False) for n in roles if n in facts and facts[n].warning]
    faults, idle = _with_idle(graph, roles, faults)
    return faults + useless + idle


def problems_of_training(document: Document) -> list[Problem]:
    """Warnings of settings with which a training would change nothing."""
    if document.settings.hyperparameters().get("learning_rate") != 0:
        return []
    return [Problem("", "The learning rate is 0, so training changes no weight. Set a larger one.", False)]


def _with_idle(
    graph: Graph, roles: Mapping[str, Role], faults: list[Problem]
) -> tuple[list[Problem], list[Problem]]:
    """The faults, with the parts that lead to no Output because of them, and a warning of each other part."""
    faults = list(faults)
    outputs = [n for n, role in roles.items() if role == Role.OUTPUT]
    useful = set(outputs).union(*(graph.upstream(n) for n in outputs))
    warnings = []
    for part in parts(graph, [n for n in roles if n not in useful]) if outputs else ():
        causes = [i for i, p in enumerate(faults) if p.node in part or set(p.follows) & set(part)]
        causes += [i for i, p in enumerate(faults) if p.node in outputs and not graph.sources(p.node)]
        told = {n for p in faults for n in (p.node, *p.follows)}
        rest = tuple(n for n in part if n not in told)
        if causes:
            cause = faults[causes[0]]
            faults[causes[0]] = replace(cause, follows=(*cause.follows, *rest))
        else:
            end = next(n for n in part if not graph.targets(n))
            text = f"{graph[end].name} leads to no Output, so it takes no part in the network."
            warnings.append(Problem(end, text, False, tuple(n for n in rest if n != end)))
    return faults, warnings


def repairs(document: Document, problem: Problem, data: DataFacts, path: Path = ()) -> list[Repair]:
    """Changes that make a problem of the graph at a path go away without making new ones.

    A node behind the guilty one may turn out to have a fault too: nothing was known of it before. So may one
    that gets its first link, and a new Output: these are offered where nothing mends all.
    None are left where the node itself is gone.
    """
    if problem.repairs:
        return list(problem.repairs)
    graph = graph_at(document, path)
    if problem.node and problem.node not in graph:
        return []
    facts = facts_at(document, data, path)
    now = find_problems(graph, facts)
    if problem not in now:
        # It is gone, or lies in the settings, which no change of the graph mends.
        return []
    # What follows from a problem may have one of its own when that is mended.
    follows = {(n, serious) for p in now for n in p.follows for serious in (True, False)}
    before = _own(now) | follows
    unknown = {n.id for n in graph.nodes if facts.get(n.id, NodeFacts()).shape is None}
    offered: list[Repair] = []
    halfway: list[Repair] = []
    for repair in _candidates(document, graph, problem, facts, data):
        in_vain = repair.last_resort and (offered or halfway)
        if in_vain or (repair.group and any(repair.group == other.group for other in offered)):
            continue
        try:
            after, here = _tried(repair, document, data, path)
        except (LinkError, SpecError, ValueError, KeyError):
            continue
        left = _own(find_problems(here, after))
        new = {node for node, _serious in left - before}
        mended = not any(node in repair.mends for node, _serious in left)
        added = {n.id for n in here.nodes if n.id not in graph}
        if mended and (problem.node, problem.serious) not in left and new <= unknown:
            offered.append(repair)
        elif mended and repair.begins and new <= unknown | added and not halfway:
            halfway.append(repair)
    return offered or halfway


def _own(problems: list[Problem]) -> set[tuple[str, bool]]:
    """Nodes that have a problem themselves, and whether it is serious."""
    return {(p.node, p.serious) for p in problems}


def _tried(
    repair: Repair, document: Document, data: DataFacts, path: Path
) -> tuple[dict[str, NodeFacts], Graph]:
    """Facts and graph after a repair of a copy. Raises what its command raises."""
    trial = document.copy()
    graph = graph_at(trial, path)
    repair.make(trial, graph).redo()
    return facts_at(trial, repair.data or data, path), graph


def _candidates(
    document: Document, graph: Graph, problem: Problem, facts: dict[str, NodeFacts], data: DataFacts
) -> Iterator[Repair]:
    if not problem.node:
        yield from _missing_end(graph, problem)
        return
    node = graph[problem.node]
    if graph is document.graph:
        yield from _other_readings(document, graph, node.id, facts, data)
        yield from _fitting_ends(document, graph, node.id, facts, data)
    if problem.serious and not graph.sources(node.id):
        yield from _joins(graph)
        yield from _sources(graph, node)
    for option in graph.registry[node.kind].options:
        if problem.serious and option.name == "padding" and "same" in option.choices:
            yield Repair("Set padding to same", _change(node.id, "padding", "same"))
    for adapter in graph.registry if problem.serious else ():
        if adapter.adapts:
            for source in graph.sources(node.id):
                yield Repair(f"Insert {adapter.title}", _insert(adapter.id, Link(source, node.id)))
    useless = [] if problem.serious else [n for n in problem.follows if _is_layer(graph, n)]
    if _is_layer(graph, node.id):
        title = f"Delete these {len(useless) + 1} nodes" if useless else f"Delete {node.name}"
        gone = [node.id, *useless]
        yield Repair(title, lambda _d, g: commands.Remove(g, gone, (), True), True)


def _is_layer(graph: Graph, node: str) -> bool:
    return graph.registry[graph[node].kind].role == Role.LAYER


def _missing_end(graph: Graph, problem: Problem) -> Iterator[Repair]:
    """An Input before all, or an Output behind the last layer."""
    role = next((role for role, text in MISSING.items() if text == problem.text), None)
    if role is None or not graph.nodes:
        return
    beside = graph.sources if role == Role.INPUT else graph.targets
    open_ends = [n for n in graph.nodes if not beside(n.id)]
    side = min if role == Role.INPUT else max
    end = side(open_ends, key=lambda n: n.x)
    yield Repair(f"Add an {role.title()}", _add_end(role, end.id), begins=True)


def _fitting_ends(
    document: Document, graph: Graph, node: str, facts: dict[str, NodeFacts], data: DataFacts
) -> Iterator[Repair]:
    """The smallest change of units, activations and loss; one for each loss where the run's suits nothing."""
    for plan in plans(document, graph, node, facts, data):
        suits = loss_of(document, graph[plan.end.output]) in data.losses
        group = "end" if suits else f"end {plan.loss}"
        yield Repair(plan.title(graph), _fit(plan), group=group, mends=plan.end.nodes)


def _other_readings(
    document: Document, graph: Graph, node: str, facts: dict[str, NodeFacts], data: DataFacts
) -> Iterator[Repair]:
    """The data read in another way, and the number of units that it asks for besides."""
    other = data.otherwise
    if other is None:
        return
    after = replace(data, targets=other.targets, otherwise=None)
    reference = document.data
    read = replace(reference, options={**reference.options, other.option: other.value})
    for plan in plans(document, graph, node, facts, after):
        # Where the layers must be others, too, it is no repair of the reading.
        if plan.cost > bool(plan.units):
            continue
        title = f"{other.title}, {plan.title(graph)}" if plan.units else other.title

        def make(document: Document, graph: Graph, title: str = title, plan: Plan = plan) -> Command:
            steps = [commands.ChooseData(document, read)]
            return Together(title, [*steps, *([MakeEndFit(document, graph, plan)] if plan.units else [])])

        yield Repair(title, make, group="reading", mends=plan.end.nodes, data=after)


def _fit(plan: Plan) -> Callable[[Document, Graph], Command]:
    return lambda document, graph: MakeEndFit(document, graph, plan)


def _sources(graph: Graph, node: Node) -> Iterator[Repair]:
    """Links from the nearest nodes to the left, or in any direction; first from those that lead nowhere yet,
    then from an Input: one from the middle of a chain would leave the rest of it out.
    """
    behind = graph.downstream(node.id) | {node.id}
    roles = {n.id: graph.registry[n.kind].role for n in graph.nodes}
    able = [n for n in graph.nodes if n.id not in behind and roles[n.id] != Role.OUTPUT]

    def last_first(n: Node) -> tuple[bool, bool, bool, float]:
        leads_on, distance = bool(graph.targets(n.id)), abs(n.x - node.x) + 2 * abs(n.y - node.y)
        return leads_on, leads_on and roles[n.id] != Role.INPUT, n.x >= node.x, distance

    able.sort(key=last_first)
    for source in able[:NEAREST]:
        link = Link(source.id, node.id)
        yield Repair(f"Connect {source.name} to {node.name}", _connect(link), begins=True)


def _joins(graph: Graph) -> Iterator[Repair]:
    """Both ends of the only loose part linked, where there is an Input and an Output that wait for it."""
    outputs = [n.id for n in graph.nodes if graph.registry[n.kind].role == Role.OUTPUT]
    useful = set().union(*(graph.upstream(n) for n in outputs))
    loose = [n.id for n in graph.nodes if n.id not in useful and _is_layer(graph, n.id)]
    links = joining(graph, loose)
    if links:
        (entry, first), (last, end) = ((k.source, k.target) for k in links)
        names = " → ".join(graph[n].name for n in dict.fromkeys((entry, first, last, end)))
        yield Repair(f"Connect {names}", partial(_link_all, links, f"Connect {names}"), mends=(first, end))


def _link_all(links: list[Link], title: str, _document: Document, graph: Graph) -> Command:
    return Together(title, [commands.AddLink(graph, link) for link in links])


def _connect(link: Link) -> Callable[[Document, Graph], Command]:
    return lambda _document, graph: commands.AddLink(graph, link)


def _change(node: str, option: str, value: object) -> Callable[[Document, Graph], Command]:
    return lambda _d, g: commands.ChangeNode(g, node, option, value)


def _insert(kind: str, link: Link) -> Callable[[Document, Graph], Command]:
    def make(_document: Document, graph: Graph) -> Command:
        return insertion_on_the_way(graph, graph.new_node(kind, 0.0, 0.0), link)

    return make


def _add_end(role: Role, end: str) -> Callable[[Document, Graph], Command]:
    def make(_document: Document, graph: Graph) -> Command:
        kind = next(layer.id for layer in graph.registry if layer.role == role)
        step = WIDTH + ACROSS
        x = graph[end].x + (-step if role == Role.INPUT else step)
        node = graph.new_node(kind, *free_position(graph, x, graph[end].y))
        link = Link(node.id, end) if role == Role.INPUT else Link(end, node.id)
        return commands.AddConnected(graph, node, link)

    return make
