"""What the window shows of a project, its data and its run, computed in one place. No Qt, no side effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nnkernels.graph.network import Resolved
from nnkernels.graph.network import resolve as resolve_network
from nnkernels.spec import Layer, Role, Shape, SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.model.commands import ChangeSettings
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.group_names import group_names
from nnstudio.model.history import Command
from nnstudio.model.inference import DataFacts, NodeFacts, own_parameters
from nnstudio.model.inspected_link import InspectedLink, inspected_links
from nnstudio.model.locations import Path, engine_names, facts_at, graph_at, names_of_all
from nnstudio.model.problems import Problem, Repair, find_problems, problems_of_training
from nnstudio.model.quantity import counted
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project
from nnstudio.project_name import name_of
from nnstudio.training.messages import Phase, Snapshot


@dataclass(frozen=True)
class Findings:
    """What follows from the open graph and the data: costs the most, so it is computed after edits only.

    Attributes:
        path, location: where the graph is in the document; the names on the way there.
        data: what a network must fit; None while no data is loaded.
        engine_names: what each node is called in the engine's network, by identifier.
        all_names: what people call the nodes of the whole network, by their names in the engine.
        groups: optimizer groups of the whole network.
        resolved: its nodes as the engine has them, by name; None where it cannot run.
        parameters: trained values of the open graph; those that two layers share count once.
    """

    graph: Graph
    path: Path = ()
    location: tuple[str, ...] = ()
    data: DataFacts | None = None
    nodes: Mapping[str, NodeFacts] = field(default_factory=dict)
    problems: Sequence[Problem] = ()
    engine_names: Mapping[str, str] = field(default_factory=dict)
    all_names: Mapping[str, str] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    resolved: Mapping[str, Resolved] | None = None
    parameters: int = field(init=False)

    def __post_init__(self) -> None:
        # Now: the graph is edited later, and need not have these nodes any more.
        object.__setattr__(self, "parameters", own_parameters(self.graph, self.nodes))

    @property
    def makes_samples(self) -> bool:
        """Whether one part of the network makes something out of noise, and another part judges it."""
        kinds = {node.layer.id for node in (self.resolved or {}).values()}
        return len(self.groups) > 1 and "noise" in kinds


@dataclass(frozen=True)
class Inspected:
    """The selected nodes, and what the inspector needs to know of a single one.

    ``entering`` are the shapes that reach it; ``peers`` are other nodes of its kind, by identifier. ``link``:
    the selected one, or the first of several, where no node is.
    """

    nodes: tuple[Node, ...]
    layers: Mapping[str, Layer]
    facts: NodeFacts | None = None
    entering: tuple[Shape, ...] = ()
    peers: Mapping[str, str] = field(default_factory=dict)
    link: InspectedLink | None = None


@dataclass(frozen=True)
class WindowState:
    """Parts that are equal to those before need not be shown again.

    Attributes:
        undo, redo: title of the step that each would take; "" where there is none.
        names: what people call the nodes that the engine knows by these identifiers.
        watched: the node that live views look at: what the engine and what people call it, and whether a
            person chose it.
    """

    title: str
    modified: bool
    undo: str
    redo: str
    steps: tuple[tuple[Command, ...], int]
    settings: TrainingSettings
    reference: DataReference
    findings: Findings
    names: Mapping[str, str]
    selected: tuple[str, ...]
    inspected: Inspected
    watched: tuple[str, str, bool]


# Said of a network that was not begun yet, in place of what is wrong with it.
HELD = "What was learned in {} is kept, and comes back once the network can run."
WELCOME = (
    "Begin here: drag a layer, such as Dense, from the list on the left between Input and Output, and draw "
    "links from the right side of each node to the left side of the next. A template from the list comes "
    "with its links."
)
NOT_BEGUN = "Nothing to fix: the network is still empty."


def is_empty(graph: Graph) -> bool:
    """Whether there is nothing but Inputs and Outputs that no link joins."""
    ends = (Role.INPUT, Role.OUTPUT)
    begun = graph.links or any(graph.registry[n.kind].role not in ends for n in graph.nodes)
    return bool(graph.nodes) and not begun


def find(document: Document, path: Path, data: Dataset | None) -> Findings:
    """Shapes, faults and problems of the graph at a path."""
    graph, names, called = graph_at(document, path), engine_names(document, path), names_of_all(document)
    location = tuple(graph_at(document, path[:i])[node].name for i, node in enumerate(path))
    groups = group_names(document)
    if data is None:
        return Findings(graph, path, location, engine_names=names, all_names=called, groups=groups)
    given = facts_of_data(data)
    nodes = facts_at(document, given, path)
    if is_empty(graph):
        # Nothing is wrong with what was not begun.
        nodes = {name: replace(facts, error="") for name, facts in nodes.items()}
        return Findings(graph, path, location, given, nodes, (), names, called, groups)
    problems = [*find_problems(graph, nodes), *problems_of_training(document)] if graph.nodes else ()
    resolved = _resolved(document, data)
    return Findings(graph, path, location, given, nodes, problems, names, called, groups, resolved)


def _resolved(document: Document, data: Dataset) -> Mapping[str, Resolved] | None:
    try:
        return resolve_network(document.to_network(), data.input_shape)
    except SpecError:
        return None


def resolve(
    project: Project, modified: bool, findings: Findings, selected: Sequence[str], links: Sequence[Link] = ()
) -> WindowState:
    """What the window shows, from the project, what was found out about it, and the selection of nodes and
    of links.
    """
    document, graph = project.document, findings.graph
    history = document.history
    chosen = tuple(n for n in selected if n in graph)
    watched = chosen[0] if len(chosen) == 1 else _output_of(graph)
    names = findings.engine_names
    # A node that was just added to the main graph is called as it is there.
    engine = names.get(watched, "" if findings.path else watched)
    return WindowState(
        title=f"{project.path.name if project.path else name_of(project)}[*] - nnstudio",
        modified=modified,
        undo=history.last.title if history.last is not None else "",
        redo=history.next.title if history.next is not None else "",
        steps=(tuple(history.commands), history.done),
        settings=document.settings,
        reference=document.data,
        findings=findings,
        names={**findings.all_names, **{name: graph[n].name for n, name in names.items() if n in graph}},
        selected=chosen,
        inspected=_inspected(graph, findings, chosen, _there(graph, links)),
        watched=(engine, graph[watched].name if watched in graph else "", len(chosen) == 1),
    )


def run_message(snapshot: Snapshot, document: Document) -> str:
    """The sentence that the run has for the person; "" where all is well."""
    graph = document.graph
    if not snapshot.message or is_empty(graph):
        return ""
    name = graph[snapshot.node].name if snapshot.node in graph else ""
    message = snapshot.message if snapshot.message.startswith(name) else f"{name}: {snapshot.message}"
    if snapshot.phase == Phase.FAILED and snapshot.steps_before:
        return f"{message} {HELD.format(counted(snapshot.steps_before, 'step'))}"
    return message


def failure(snapshot: Snapshot, graph: Graph) -> Problem | None:
    """Why no network could be made of a project as it is, where that is so, and what would mend it."""
    if snapshot.phase != Phase.FAILED:
        return None
    node = snapshot.node if snapshot.node in graph else ""
    return Problem(node, snapshot.message, repairs=_of_batches(snapshot.fitting_batch))


def _of_batches(size: int) -> tuple[Repair, ...]:
    """Another batch size; nothing for 0."""
    if not size:
        return ()
    title = f"Set the batch size to {size}"
    return (Repair(title, lambda document, _graph: ChangeSettings(document, "batch_size", size)),)


def _output_of(graph: Graph) -> str:
    return next((n.id for n in graph.nodes if graph.registry[n.kind].role == Role.OUTPUT), "")


def _there(graph: Graph, links: Sequence[Link]) -> list[Link]:
    """Those of the links that are whole: a selection changes while nodes and links go, one by one."""
    return [k for k in links if k in graph.links and k.source in graph and k.target in graph]


def _inspected(graph: Graph, findings: Findings, chosen: Sequence[str], links: Sequence[Link]) -> Inspected:
    nodes = tuple(graph[n] for n in chosen)
    layers = {n.kind: graph.registry[n.kind] for n in nodes}
    if not nodes:
        return Inspected((), {}, link=inspected_links(graph, findings.nodes, links))
    if len(nodes) != 1:
        return Inspected(nodes, layers)
    (node,) = nodes
    shapes = [findings.nodes.get(source, NodeFacts()).shape for source in graph.sources(node.id)]
    entering = tuple(shape for shape in shapes if shape is not None)
    peers = {n.id: n.name for n in graph.nodes if n.kind == node.kind and n.id != node.id}
    return Inspected(nodes, layers, findings.nodes.get(node.id), entering, peers)
