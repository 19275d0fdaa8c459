"""What two networks compute with, and in what one is not the other, in words as short as a cell."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.graph.subnetworks import flatten
from nnkernels.spec import IDENTITY, NodeError, Option, Role, SpecError, layers
from nnstudio.model.quantity import counted, in_digits, on_or_off
from nnstudio.model.titles import entry_options, entry_title, in_sentence, titled

# Whole numbers of things whose name is the option's.
COUNTED = ("units", "filters", "heads", "groups", "dimensions")
# Texts that are longer, such as drawn points, are not told.
MOST_CHARACTERS = 60
DIGITS = 6
INSTEAD = " instead of "
ANOTHER = "another network"
LINKED = "linked in another way"
Plain = Mapping[str, Any]


def computed(document: Plain) -> list[Any]:
    """What a network computes with, as plain data: kinds, options and links from each Output back, without
    names, positions, dots in links, sub-networks and what leads nowhere.
    """
    try:
        nodes = {node.id: node for node in _flat(document)}
        roles = {node.id: layers[node.layer].role for node in nodes.values()}
        ends = [name for name, role in roles.items() if role == Role.OUTPUT]
        return _walked(nodes, ends)
    except (KeyError, NodeError, SpecError):
        # Such as a layer that is not installed here: then as it is written.
        return [_as_written(graph) for _title, graph in _graphs(document)]


def _flat(document: Plain) -> tuple[NodeSpec, ...]:
    graphs = {sub["id"]: _specs(sub["graph"]) for sub in document.get("subnetworks", ())}
    network = NetworkSpec(_specs(document["graph"]), graphs)
    return flatten(network.nodes, network.subnetworks)


def _specs(graph: Plain) -> tuple[NodeSpec, ...]:
    graph = without_dots(graph)
    sources: dict[str, list[str]] = {node["id"]: [] for node in graph["nodes"]}
    for source, target in graph["links"]:
        sources[target].append(source)
    return tuple(
        NodeSpec(node["id"], node["kind"], node["options"], tuple(sources[node["id"]]))
        for node in graph["nodes"]
    )


def _walked(nodes: Mapping[str, NodeSpec], ends: Iterable[str]) -> list[Any]:
    """The nodes in the order in which a walk back from the ends leaves them, with the numbers of sources."""
    numbers: dict[str, int] = {}
    waiting = [(name, False) for name in reversed(list(ends))]
    opened = set()
    while waiting:
        name, is_ready = waiting.pop()
        if is_ready:
            numbers.setdefault(name, len(numbers))
        elif name not in opened:
            opened.add(name)
            waiting.append((name, True))
            waiting += [(source, False) for source in reversed(nodes[name].inputs)]
    walked = []
    for name in numbers:
        node = nodes[name]
        options = dict(layers[node.layer].complete(node.options))
        if options.get("shares"):
            options["shares"] = numbers.get(options["shares"], options["shares"])
        walked.append([node.layer, options, [numbers[source] for source in node.inputs]])
    return walked


def _as_written(graph: Plain) -> list[Any]:
    nodes = [[node["id"], node["kind"], node["options"]] for node in graph["nodes"]]
    return [sorted(nodes, key=lambda node: str(node[0])), sorted(map(list, graph["links"]))]


def without_dots(graph: Plain) -> dict[str, Any]:
    """A graph as plain data whose links lead straight to where dots led them."""
    feeds = {target: source for source, target in graph["links"]}
    dots = {node["id"] for node in graph["nodes"] if node["kind"] == IDENTITY and node["id"] in feeds}

    def origin(name: str) -> str:
        seen = set()
        while name in dots and name not in seen:
            seen.add(name)
            name = feeds[name]
        return name

    links = [[origin(source), target] for source, target in graph["links"] if target not in dots]
    return {**graph, "nodes": [node for node in graph["nodes"] if node["id"] not in dots], "links": links}


def _graphs(document: Plain) -> Iterator[tuple[str, dict[str, Any]]]:
    """All graphs without dots, each with the title of its sub-network; "" for the network itself."""
    yield "", without_dots(document["graph"])
    for sub in document.get("subnetworks", ()):
        yield sub["title"], without_dots(sub["graph"])


def network_changes(one: Plain, other: Plain) -> tuple[str, ...]:
    """In what the first network is not the second, such as ``Dense 1: 64 units instead of 32`` and
    ``+ Dropout``; none where both compute with the same.
    """
    if computed(one) == computed(other):
        return ()
    told = [*_of_graphs(without_dots(one["graph"]), without_dots(other["graph"]), "")]
    inner, others = ({sub["id"]: sub for sub in side.get("subnetworks", ())} for side in (one, other))
    for name, sub in inner.items():
        if name in others:
            one_inside, other_inside = (without_dots(side["graph"]) for side in (sub, others[name]))
            told += _of_graphs(one_inside, other_inside, f"{sub['title']}: ")
    return tuple(told) or (ANOTHER,)


def _of_graphs(one: Plain, other: Plain, prefix: str) -> Iterator[str]:
    nodes, others = ({node["id"]: node for node in side["nodes"]} for side in (one, other))
    for name, node in nodes.items():
        if name not in others:
            yield f"{prefix}+ {with_kind(node)}"
        elif node["kind"] != others[name]["kind"]:
            kinds = (entry_title(layers, side[name]["kind"]) for side in (nodes, others))
            yield prefix + INSTEAD.join(kinds)
        else:
            yield from _of_nodes(node, others[name], prefix)
    for name, node in others.items():
        if name not in nodes:
            yield f"{prefix}\N{MINUS SIGN} {with_kind(node)}"
    links, other_links = ({tuple(link) for link in side["links"]} for side in (one, other))
    if nodes.keys() == others.keys() and links != other_links:
        yield prefix + LINKED


def _of_nodes(node: Plain, other: Plain, prefix: str) -> Iterator[str]:
    options = entry_options(layers, node["kind"])
    first, second = (completed(options, side["options"]) for side in (node, other))
    title = f"{prefix}{node['name']}: "
    for name in options:
        if name in COUNTED and first[name] != second[name]:
            yield f"{title}{counted(first[name], name[:-1])}{INSTEAD}{second[name]:,}"
    rest = {name: option for name, option in options.items() if name not in COUNTED}
    yield from instead(rest, rest, node["options"], other["options"], prefix=title)


def with_kind(node: Plain) -> str:
    """A node by its name, and what it is where the name does not tell."""
    title = entry_title(layers, node["kind"])
    return str(node["name"]) if title.casefold() in node["name"].casefold() else f"{node['name']} ({title})"


def instead(
    options: Mapping[str, Option],
    others: Mapping[str, Option],
    one: Plain,
    other: Plain,
    off: bool = False,
    prefix: str = "",
) -> Iterator[str]:
    """What both have as options and set differently; ``off``: where nothing, 0 and "" mean that."""
    first, second = completed(options, one), completed(others, other)
    for name in options:
        if name not in others or first[name] == second[name]:
            continue
        if not (options[name].matters(first) or others[name].matters(second)):
            continue
        title = in_sentence(titled(name))
        texts = [_shown(value, off) for value in (first[name], second[name])]
        if None in texts:
            yield f"{prefix}other {title}"
        else:
            yield f"{prefix}{title} {texts[0]}{INSTEAD}{texts[1]}"


def completed(options: Mapping[str, Option], given: Plain) -> dict[str, Any]:
    """All options with their values."""
    return {name: given.get(name, option.default) for name, option in options.items()}


def _shown(value: Any, off: bool = False) -> str | None:
    """A value in words; None for one that is too long."""
    if off and not value:
        return on_or_off(False)
    if isinstance(value, bool):
        return on_or_off(value)
    if isinstance(value, int | float):
        return in_digits(value, DIGITS)
    text = str(value)
    if len(text) > MOST_CHARACTERS:
        return None
    return text if text else "nothing"
