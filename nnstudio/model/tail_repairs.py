"""Changes that make the end of a network fit: units, activations and loss together, whichever are needed.

They are proposed, the smallest first, and not tried here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from nnkernels.graph.network import read_columns
from nnkernels.spec import Loss, Role, Shape, SpecError, losses, size_of
from nnstudio.model import commands
from nnstudio.model.document import Document
from nnstudio.model.graph import Graph, Link, Node
from nnstudio.model.history import Command, Compound
from nnstudio.model.inference import DataFacts, NodeFacts
from nnstudio.model.insertion import insertion_on_the_way
from nnstudio.model.tails import has_free_units, is_for_hidden

# Of more activations in a row, all are removed or so many.
MOST_REMOVED = 2
# A new layer is proposed only where nothing that is there can be changed.
NEW_LAYER = 100


@dataclass(frozen=True)
class _End:
    """What stands before an Output on its canvas.

    Attributes:
        middle: activations and other layers without weights, the last one first.
        source: what stands before these.
        dense: the layer whose units are the outputs and nothing else but those of others, if there is one.
    """

    output: str
    middle: tuple[str, ...]
    source: str
    dense: str

    @property
    def nodes(self) -> tuple[str, ...]:
        return (self.output, *self.middle, self.source, self.dense)


@dataclass(frozen=True)
class Plan:
    """One way to make an end fit.

    Attributes:
        units: number that the last layer with units gets; 0 leaves it.
        dense_units: units of a Dense layer that is inserted; 0 for none.
        flatten: whether a Flatten layer is inserted.
        removed: nodes that go.
        replaced, folded: the one of them that an activation of this kind takes the place of; "" for none.
        loss: name of the loss that is chosen; "" leaves it.
        own_loss: whether it is chosen for the Output itself, and not for the run.
        everywhere: whether what goes is deleted though others read it, too; else only this end goes past it.
        spoils_hidden: whether a layer that was meant as a hidden one becomes the last.
    """

    end: _End
    units: int = 0
    dense_units: int = 0
    flatten: bool = False
    removed: tuple[str, ...] = ()
    replaced: str = ""
    folded: str = ""
    loss: str = ""
    own_loss: bool = False
    everywhere: bool = False
    spoils_hidden: bool = False

    @property
    def cost(self) -> int:
        """How much it changes; an unusual loss counts twice."""
        unusual = self.loss and not losses[self.loss].usual
        single = (self.units, self.dense_units, self.flatten, self.loss, unusual, self.everywhere)
        last = NEW_LAYER * bool(self.dense_units) + 2 * NEW_LAYER * self.spoils_hidden
        return sum(map(bool, single)) + len(self.removed) + last

    def title(self, graph: Graph) -> str:
        """What it does, in the words of a menu."""
        done, parts = self._told(graph)
        return done[0] if len(done) == 1 else f"Make the end fit: {', '.join(parts)}"

    def _told(self, graph: Graph) -> tuple[list[str], list[str]]:
        """Each change as a sentence of its own, and as a part of one."""
        done, parts = [], []
        if self.units:
            count = _count(self.units)
            done.append(f"Set {graph[self.end.dense].name} to {count}")
            parts.append(f"{graph[self.end.dense].name} to {count}")
        new = ["Flatten"] if self.flatten else []
        new += [f"Dense of {_count(self.dense_units)}"] if self.dense_units else []
        if new:
            done.append(f"Insert {' and '.join(new)}")
            parts.append(f"with {' and '.join(new)}")
        if self.folded:
            activation = graph.registry[self.folded].title
            done.append(f"Replace {graph[self.replaced].name} by {activation}")
            parts.append(f"{activation} in place of {graph[self.replaced].name}")
        gone = [n for n in reversed(self.removed) if n != self.replaced]
        stay = [n for n in gone if len(graph.targets(n)) > 1 and not self.everywhere]
        go = [n for n in gone if n not in stay]
        for nodes, verb, word in ((stay, "Link past", "past"), (go, "Delete", "without")):
            names = [graph[n].name for n in nodes]
            if names:
                told = " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
                done.append(f"{verb} {told}")
                parts.append(f"{word} {told}")
        if self.loss:
            title = losses[self.loss].title
            title = title if title[:2].isupper() else title.lower()
            where = f" for {graph[self.end.output].name}" if self.own_loss else ""
            done.append(f"Use {title}{where}")
            parts.append(f"{title}{where}")
        return done, parts


class MakeEndFit(Compound):
    """A plan carried out as one step."""

    def __init__(self, document: Document, graph: Graph, plan: Plan) -> None:
        super().__init__()
        self.document, self.graph, self.plan = document, graph, plan
        self.title = plan.title(graph)

    def steps(self) -> Iterator[Command]:
        graph, plan, end = self.graph, self.plan, self.plan.end
        if plan.units:
            yield commands.ChangeNode(graph, end.dense, "units", plan.units)
        for node in plan.removed:
            yield from self._remove(node)
        yield from self._insert()
        if plan.loss and plan.own_loss:
            yield commands.ChangeNode(graph, end.output, "loss", plan.loss)
        elif plan.loss:
            yield commands.ChangeSettings(self.document, "loss", plan.loss)

    def _remove(self, name: str) -> Iterator[Command]:
        """Take a node out of the chain; unless it goes everywhere, one that others read too stays."""
        graph, node = self.graph, self.graph[name]
        (source,), follower = graph.sources(name), self._follower(name)
        new = self.plan.folded if name == self.plan.replaced else ""
        link = Link(source, follower)
        replacement = graph.new_node(new, node.x, node.y) if new else None
        if self.plan.everywhere or graph.targets(name) == [follower]:
            yield commands.Remove(graph, [name], (), True)
            if replacement:
                yield commands.InsertBetween(graph, replacement, link)
        else:
            yield commands.AddLink(graph, link)
            if replacement:
                yield insertion_on_the_way(graph, replacement, link)

    def _follower(self, name: str) -> str:
        """What follows a node on the way to the Output."""
        at = self.plan.end.output
        while (source := self.graph.sources(at)[0]) != name:
            at = source
        return at

    def _insert(self) -> Iterator[Command]:
        """New layers before the Output, or before the activation that the loss computes itself."""
        graph, plan = self.graph, self.plan
        new = [(kind, units) for kind, units, wanted in (
            ("flatten", 0, plan.flatten), ("dense", plan.dense_units, plan.dense_units > 0)
        ) if wanted]  # fmt: skip
        if not new:
            return
        follower = plan.end.output
        (source,) = graph.sources(follower)
        loss = plan.loss or loss_of(self.document, graph[follower])
        if graph[source].kind == losses[loss].folds:
            follower, (source,) = source, graph.sources(source)
        for kind, units in new:
            node = graph.new_node(kind, 0.0, 0.0)
            if units:
                node = replace(node, options={**node.options, "units": units})
            yield insertion_on_the_way(graph, node, Link(source, follower))
            source = node.id


def plans(
    document: Document, graph: Graph, problem: str, facts: dict[str, NodeFacts], data: DataFacts
) -> list[Plan]:
    """Ways to make the ends fit that a node with a problem belongs to, the smallest changes first.

    A loss that suits the data is kept where that is possible.
    """
    proposed: list[Plan] = []
    for node in graph.nodes:
        if graph.registry[node.kind].role == Role.OUTPUT and graph.sources(node.id):
            end = _end_of(graph, node.id, facts)
            shape = facts.get(end.source, NodeFacts()).shape
            if shape is not None and problem in end.nodes:
                proposed += _plans(document, graph, end, shape, data)

    def order(plan: Plan) -> tuple[bool, int]:
        kept = loss_of(document, graph[plan.end.output]) in data.losses
        return kept and plan.loss != "", plan.cost

    return sorted(proposed, key=order)


def _end_of(graph: Graph, output: str, facts: dict[str, NodeFacts]) -> _End:
    middle: list[str] = []
    (at,) = graph.sources(output)
    while _is_activation(graph, at, facts):
        middle.append(at)
        (at,) = graph.sources(at)
    source, chain = at, [*middle, at]
    # Behind the last Dense layer there may be layers with weights that give as many values as they take.
    while not _is_dense(graph, at) and _keeps_shape(graph, at, facts):
        (at,) = graph.sources(at)
        chain.append(at)
    read = {target for name in chain for target in graph.targets(name)} - set(chain)
    alone = all(graph.registry[graph[n].kind].role == Role.OUTPUT for n in read)
    return _End(output, tuple(middle), source, at if alone and _is_dense(graph, at) else "")


def _keeps_shape(graph: Graph, name: str, facts: dict[str, NodeFacts]) -> bool:
    sources = graph.sources(name)
    if graph.registry[graph[name].kind].role != Role.LAYER or len(sources) != 1:
        return False
    shapes = [facts.get(n, NodeFacts()).shape for n in (name, sources[0])]
    return shapes[0] is not None and shapes[0] == shapes[1]


def _is_activation(graph: Graph, name: str, facts: dict[str, NodeFacts]) -> bool:
    return _keeps_shape(graph, name, facts) and not facts[name].parameters


def _is_dense(graph: Graph, name: str) -> bool:
    return has_free_units(graph.registry[graph[name].kind])


def _plans(document: Document, graph: Graph, end: _End, shape: Shape, data: DataFacts) -> Iterator[Plan]:
    current, own = loss_of(document, graph[end.output]), _has_own_loss(graph[end.output])
    several = sum(graph.registry[n.kind].role == Role.OUTPUT for n in graph.nodes) > 1
    for name in dict.fromkeys((current, *data.losses)):
        count = _outputs(losses[name], graph[end.output], data, shape)
        if not count or name not in data.losses:
            continue
        positions = _positions(shape, data, _width(graph[end.output], data))
        start = Plan(end, loss="" if name == current else name, own_loss=own and name != current)
        for plan in _with_shape(start, shape, count, positions):
            yield from _with_removed(plan, graph, losses[name])
            if several and plan.loss and not own:
                yield from _with_removed(replace(plan, own_loss=True), graph, losses[name])


def _outputs(loss: Loss, output: Node, data: DataFacts, shape: Shape) -> int:
    """How many outputs a loss wants, at each step or pixel with a label of its own; 0 where it suits not."""
    width = _width(output, data)
    for count in dict.fromkeys((data.classes or width, 1) if width else ()):
        try:
            loss.check((*_positions(shape, data, width), count), data.classes, width)
        except SpecError:
            continue
        return count
    return 0


def _width(output: Node, data: DataFacts) -> int:
    """How many target values an Output is compared with; 0 where it asks for some that there are not."""
    try:
        columns = read_columns(output.options.get("columns", "all"), data.targets, "target values")
    except SpecError:
        return 0
    return data.targets if columns is None else len(columns)


def _positions(shape: Shape, data: DataFacts, width: int) -> Shape:
    """The steps or pixels that outputs of a shape have a label for each."""
    return shape[:-1] if data.classes and 1 < width == size_of(shape[:-1]) else ()


def _with_shape(plan: Plan, shape: Shape, count: int, positions: Shape) -> Iterator[Plan]:
    """Ways to so many outputs, where there are outputs of this shape."""
    if positions:
        yield from [plan] if shape[-1] == count else [replace(plan, units=count)] if plan.end.dense else []
        return
    if shape == (count,):
        yield plan
    else:
        if plan.end.dense:
            yield replace(plan, units=count)
        if size_of(shape) == count:
            yield replace(plan, flatten=True)
    yield replace(plan, dense_units=count, flatten=len(shape) > 1)


def _with_removed(plan: Plan, graph: Graph, loss: Loss) -> Iterator[Plan]:
    """With none, some or all of the activations removed, and with the one that the loss wants last."""
    middle = plan.end.middle
    yield plan
    if plan.dense_units:
        return
    counts = sorted({*range(1, min(MOST_REMOVED, len(middle)) + 1), len(middle)} - {0})
    for removed in (chosen for count in counts for chosen in combinations(middle, count)):
        all_hidden = all(is_for_hidden(graph.registry[graph[n].kind]) for n in removed)
        plan = replace(plan, spoils_hidden=plan.units > 0 and all_hidden)
        # Only what changes values can stand for the activation that the loss wants, and only as the last.
        last = next((n for n in middle if n not in removed or not _is_view(graph, n)), "")
        if loss.folds and last in removed and graph[last].kind != loss.folds:
            yield replace(plan, removed=removed, replaced=last, folded=loss.folds)
        yield replace(plan, removed=removed)
        if any(len(graph.targets(n)) > 1 for n in removed):
            yield replace(plan, removed=removed, everywhere=True)


def _is_view(graph: Graph, name: str) -> bool:
    return graph.registry[graph[name].kind].is_view(graph[name].options, False)


def _count(units: int) -> str:
    return f"{units} unit" if units == 1 else f"{units} units"


def loss_of(document: Document, output: Node) -> str:
    """Name of the loss of an Output: its own, or the run's."""
    return str(output.options["loss"]) if _has_own_loss(output) else document.settings.loss


def _has_own_loss(output: Node) -> bool:
    return bool(output.options.get("loss", "run") != "run")
