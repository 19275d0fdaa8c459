"""Which options of a project can be varied, by name, and a copy of the project with other values.

Names are those of the project: "dense_1.units" for an option of a node, "Block/dense_1.units" where the node
is inside of the sub-network "Block", and "learning_rate" for a setting of the training.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from enum import StrEnum
from itertools import product
from typing import Any

from nnkernels.spec import SUBNETWORK, Option, SpecError, losses, optimizers, schedules
from nnkernels.spec.registry import Registry
from nnstudio.data.dataset import sources
from nnstudio.data.some_examples import EXAMPLES, Examples, read_examples
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph, Node
from nnstudio.model.settings import BATCH_SIZE, EPOCHS, EXTRAS, SEED, TrainingSettings

# Settings that decide which other settings there are; they are set first.
CHOOSERS: dict[str, Registry[Any]] = {"loss": losses, "optimizer": optimizers, "schedule": schedules}
# Of all settings, those that are varied most.
USUAL = ("learning_rate", "batch_size", "epochs")
EXAMPLES_NAME, START_NAME = EXAMPLES.name, "start"
# Where a project learns from all examples, so many are few.
FEW = 50


class Start(StrEnum):
    """What a training of a sweep begins with, where that is varied."""

    NEW = "new"
    THAWED = "thawed"
    FROZEN = "frozen"


# What only a sweep can vary, besides seeds and folds.
OF_SWEEPS = (
    Option(
        EXAMPLES_NAME, 0,
        "How many of the training samples are learned from, of each class alike; 0 means all. Each seed "
        "draws others.", 0, 10**9 - 1,
    ),
    Option(
        START_NAME, str(Start.NEW),
        "What a training begins with. New: new weights, and nothing is frozen. Frozen: layers that were "
        "reused keep their weights, as in the project. Thawed: they begin with them, and learn, too.",
        choices=tuple(Start),
    ),
)  # fmt: skip


NOTHING_FROZEN = (
    "There is nothing to compare a new start with: no layer of this project is frozen. Take layers of a "
    "trained network first: nnstudio reuse PROJECT.nns TRAINED.nns OUT.nns --freeze."
)


def setting_options(settings: TrainingSettings) -> dict[str, Option]:
    """All settings of a training by name, but for CHOOSERS; of two of one name, what `with_option` takes."""
    chosen = (
        *optimizers[settings.optimizer].options, *losses[settings.loss].options,
        *schedules[settings.schedule].options, *EXTRAS, BATCH_SIZE, EPOCHS, SEED,
    )  # fmt: skip
    return {option.name: option for option in chosen}


def node_options(document: Document) -> dict[str, Option]:
    """All options of all nodes by name, those inside of sub-networks included."""
    return {
        f"{prefix}{node.id}.{option.name}": option
        for prefix, graph, node in _nodes(document)
        for option in graph.registry[node.kind].options
        if node.kind != SUBNETWORK
    }


@dataclass(frozen=True)
class Variable:
    """An option that can be varied: its full name, what a person calls it, and the value that it has now."""

    name: str
    title: str
    option: Option
    value: Any

    @property
    def is_of_node(self) -> bool:
        return "." in self.name


def variables(document: Document) -> list[Variable]:
    """What in a project can be varied, but for seed and fold: settings first, then nodes.

    Options that mean nothing beside the others as they are now are left out.
    """
    settings = document.settings
    choosers = [
        Option(name, getattr(settings, name), "", choices=tuple(entry.id for entry in registry))
        for name, registry in CHOOSERS.items()
    ]
    values = {
        **settings.schedule_options, **settings.loss_options, **settings.extras, **settings.optimizer_options,
        "batch_size": settings.batch_size, "epochs": settings.epochs,
    }  # fmt: skip
    options = setting_options(settings)
    options.pop(SEED.name)
    # What a person thinks of first.
    first = [options.pop(name) for name in USUAL if name in options]
    of_settings = [
        Variable(option.name, option.title, option, values.get(option.name, option.default))
        for option in (*first, *choosers, *options.values())
    ]
    # Values are proposed around it.
    usual = {EXAMPLES_NAME: read_examples(str(document.data.options.get(EXAMPLES_NAME, ""))).count or FEW}
    of_sweeps = [
        Variable(o.name, o.title, o, usual.get(o.name, o.default)) for o in own_options(document).values()
    ]
    return [*of_settings, *of_sweeps, *_of_nodes(document)]


def own_options(document: Document) -> dict[str, Option]:
    """What only a sweep can vary in a project, by name."""
    has_examples = sources[document.data.kind].has_option(EXAMPLES_NAME)
    has_frozen = any(node.options.get("frozen") for _prefix, _graph, node in _nodes(document))
    has = {EXAMPLES_NAME: has_examples, START_NAME: has_frozen}
    return {option.name: option for option in OF_SWEEPS if has[option.name]}


def variable_name(document: Document, graph: Graph, node: str, option: str) -> str:
    """The full name of an option of a node in one of the document's graphs."""
    prefix = next(prefix for prefix, one, _node in _nodes(document) if one is graph)
    return f"{prefix}{node}.{option}"


def _of_nodes(document: Document) -> Iterator[Variable]:
    titles = node_titles(document)
    for prefix, graph, node in _nodes(document):
        title = titles[f"{prefix}{node.id}"]
        layer = graph.registry[node.kind]
        values = layer.defaults() | node.options
        for option in layer.options:
            if node.kind != SUBNETWORK and option.matters(values):
                name = f"{prefix}{node.id}.{option.name}"
                yield Variable(name, f"{title}: {option.title}", option, values[option.name])


def node_titles(document: Document) -> dict[str, str]:
    """What people call the nodes of all graphs, by what stands before the dot in the name of an option. Those
    of one name are told apart by their identifiers.
    """
    nodes = list(_nodes(document))
    names = Counter((prefix, node.name) for prefix, _graph, node in nodes)
    return {
        f"{prefix}{node.id}": f"{prefix}{node.name}" + f" ({node.id})" * (names[prefix, node.name] > 1)
        for prefix, _graph, node in nodes
    }


def written_name(document: Document, name: str) -> str:
    """An option by its full name as a person writes it: a node by what it is called."""
    node, dot, option = name.rpartition(".")
    return f"{node_titles(document).get(node, node)}{dot}{option}"


def find_options(document: Document, name: str, choosers: Mapping[str, tuple[str, ...]]) -> list[Option]:
    """The options that a name stands for, one for each choice of the ``choosers`` that are varied as well.

    Raises SpecError with a sentence where there is none, also for one of the choices only.
    """
    if "." in name:
        options = node_options(document)
        if name not in options:
            raise SpecError(_no_node_option(document, name, options))
        return [options[name]]
    own = own_options(document)
    if name in own:
        return [own[name]]
    if name == EXAMPLES_NAME:
        raise SpecError(f"Data of the kind {sources[document.data.kind].title} is learned from as a whole.")
    if name == START_NAME:
        raise SpecError(NOTHING_FROZEN)
    chosen = []
    for values in product(*choosers.values()):
        settings = document.settings
        for chooser, value in zip(choosers, values, strict=True):
            settings = settings.with_option(chooser, value)
        options = setting_options(settings)
        if name not in options:
            raise SpecError(_no_setting(document, name, options, dict(zip(choosers, values, strict=True))))
        chosen.append(options[name])
    return chosen


def full_name(document: Document, name: str) -> str:
    """The name of an option with the identifier of its node, where a person wrote the node's own name."""
    node, dot, option = name.rpartition(".")
    if not dot:
        return name
    titles, written = node_titles(document), node.casefold()
    for named in ([i for i in titles if i.casefold() == written],
                  [i for i, title in titles.items() if title.casefold() == written]):  # fmt: skip
        if len(named) == 1:
            return f"{named[0]}.{option}"
    return name


def with_values(document: Document, values: Mapping[str, Any]) -> Document:
    """A copy of a document with these values, by name. Raises SpecError for a value that cannot be.

    The weights that it starts with are nothing of a document. Where examples are varied, a seed draws them,
    too.
    """
    changed = document.copy()
    settings, own = changed.settings, {option.name for option in OF_SWEEPS}
    for name in sorted(values, key=lambda n: n not in CHOOSERS):
        if "." not in name and name not in own:
            settings = settings.with_option(name, values[name])
    changed.set_settings(settings)
    if EXAMPLES_NAME in values:
        draw = values.get(SEED.name)
        examples = Examples(values[EXAMPLES_NAME], Examples.draw if draw is None else draw)
        options = {**document.data.options, EXAMPLES_NAME: str(examples)}
        changed.set_data(DataReference(document.data.kind, options))
    if values.get(START_NAME, Start.FROZEN) != Start.FROZEN:
        _thaw(changed)
    nodes = {f"{prefix}{node.id}": (graph, node.id) for prefix, graph, node in _nodes(changed)}
    for name, value in values.items():
        if "." in name:
            where, _, option = name.rpartition(".")
            graph, node = nodes[where]
            _set_option(graph, node, option, value)
    return changed


def _thaw(document: Document) -> None:
    """Let all layers learn."""
    for _prefix, graph, node in _nodes(document):
        if node.options.get("frozen"):
            _set_option(graph, node.id, "frozen", False)


def _set_option(graph: Graph, name: str, option: str, value: Any) -> None:
    node = graph[name]
    declared = next(o for o in graph.registry[node.kind].options if o.name == option)
    graph.replace_node(replace(node, options={**node.options, option: declared.check(value)}))


def _nodes(document: Document) -> Iterator[tuple[str, Graph, Node]]:
    """What stands before a node's name, its graph, and itself."""
    titles = [s.title for s in document.subnetworks.values()]
    graphs = [("", document.graph)]
    for each in document.subnetworks.values():
        is_clear = titles.count(each.title) == 1 and "=" not in each.title
        graphs.append((f"{each.title if is_clear else each.id}/", each.graph))
    for prefix, graph in graphs:
        for node in graph.nodes:
            yield prefix, graph, node


def _no_node_option(document: Document, name: str, options: Mapping[str, Option]) -> str:
    where, _, option = name.rpartition(".")
    titles = node_titles(document)
    if where not in titles:
        written = [*titles, *titles.values()]
        alike = [node for node, title in titles.items() if title.casefold() == _alike(where, node)]
        if alike:
            return f"Several nodes are called '{where}'. Write {' or '.join(f'{n}.{option}' for n in alike)}."
        known = ", ".join(titles.values())
        return f"The network has no node '{where}'.{_meant(where, written)} Its nodes are: {known}."
    own = [full.rpartition(".")[2] for full in options if full.rpartition(".")[0] == where]
    known = f" Its options are: {', '.join(own)}." if own else " It has none."
    return f"'{titles[where]}' has no option '{option}'.{_meant(option, own)}{known}"


def _alike(title: str, node: str) -> str:
    """What a node is called by `node_titles` where others have its title, too."""
    return f"{title} ({node.rpartition('/')[2]})".casefold()


def _no_setting(
    document: Document, name: str, options: Mapping[str, Option], choice: Mapping[str, str]
) -> str:
    """A sentence on a name that no setting has; ``choice`` is what else is varied, as it was tried."""
    of_nodes = [full for full in node_options(document) if full.rpartition(".")[2] == name]
    if of_nodes:
        return f"'{name}' is an option of nodes: write {' or '.join(of_nodes)}."
    with_choice = f" with {', '.join(f'{k}={v}' for k, v in choice.items())}" if choice else ""
    known = [*CHOOSERS, *options, *own_options(document), "fold"]
    return (
        f"There is no setting '{name}'{with_choice}.{_meant(name, known)} "
        f"Settings are: {', '.join(known)}. Options of nodes are written as dense_1.units."
    )


def _meant(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f" Did you mean '{near[0]}'?" if near else ""
