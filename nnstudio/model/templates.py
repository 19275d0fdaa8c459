"""Ready-made parts of networks that are dropped as a group; each is one file in resources/templates.

A file holds order, title, help and synonyms, perhaps shipped data and settings to begin with, nodes (id,
kind, options that differ from the defaults, perhaps a name) and links, and perhaps rows: the nodes as they
stand below each other, from left to right, where "" leaves room for one. "classes", "inputs" and "shape" as a
value stand for what the data asks for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.metadata import EntryPoint
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain
from typing import TYPE_CHECKING, Any

from nnkernels.spec import Layer, Role, layers, size_of
from nnkernels.spec.registry import Registry
from nnstudio.model.arrange import DOWN, HEIGHT, WIDTH, Position, arranged, box_around
from nnstudio.model.graph import Graph, Link, Node, Note, moved

if TYPE_CHECKING:
    from nnstudio.model.inference import DataFacts

# Without data, a network is made for as many classes.
CLASSES = 10


@dataclass(frozen=True)
class Template:
    """A part of a network with a name; a new project of it takes ``data`` with its options, if it
    names some, and those ``settings`` of the training that differ from the usual ones. ``rows``: its nodes
    as they stand, "" for none; without them, it is laid out by its links.
    """

    id: str
    order: int
    title: str
    help: str
    synonyms: tuple[str, ...]
    nodes: tuple[dict[str, Any], ...]
    links: tuple[tuple[str, str], ...]
    data: str = ""
    data_options: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    rows: Sequence[Sequence[str]] = ()

    def graph(self, data: DataFacts | None, ends: bool = True, registry: Registry[Layer] = layers) -> Graph:
        """It laid out in a frame, made for this data. Without ``ends``, no Input and Output come along."""
        graph = Graph(registry)
        counts = {
            "classes": (data.classes or data.targets) if data else CLASSES,
            "inputs": size_of(data.input_shape) if data else CLASSES,
            "shape": ", ".join(map(str, data.input_shape)) if data else str(CLASSES),
        }
        for item in self.nodes:
            layer = registry[item["kind"]]
            if layer.role == Role.LAYER or ends:
                options = {
                    k: counts.get(v, v) if isinstance(v, str) else v for k, v in item["options"].items()
                }
                name = item.get("name") or graph.new_name(layer.title)
                graph.insert_node(Node(item["id"], layer.id, name, 0.0, 0.0, layer.defaults() | options))
        for source, target in self.links:
            if source in graph and target in graph:
                graph.insert_link(Link(source, target))
        for name, (x, y) in self._laid_out(graph).items():
            graph.replace_node(moved(graph[name], x, y))
        graph.insert_note(framing(graph, "note_1", self.title))
        return graph

    def _laid_out(self, graph: Graph) -> dict[str, Position]:
        # Here, because the first screen has titles of templates and lays out none.
        from nnstudio.model.rows import at, in_rows

        if not self.rows:
            return in_rows(graph) or arranged(graph)
        cells = {name: (x, y) for y, row in enumerate(self.rows) for x, name in enumerate(row)}
        return {node.id: at(*cells[node.id]) for node in graph.nodes}


def framing(graph: Graph, name: str, title: str, nodes: list[str] | None = None) -> Note:
    """A frame around nodes; all where none are named. The graph has some."""
    positions = [(n.x, n.y) for n in graph.nodes if nodes is None or n.id in nodes]
    return Note(name, title, *box_around(positions), frame=True)


def free_top(graph: Graph, frame: Note, x: float, y: float) -> float:
    """The top of a frame that goes to (x, y), or the next one below where it covers no node of the graph."""
    for node in sorted(graph.nodes, key=lambda n: n.y):
        beside = node.x + WIDTH <= x or node.x >= x + frame.width
        if not beside and y - HEIGHT < node.y < y + frame.height:
            y = node.y + HEIGHT + DOWN
    return y


class Templates(Registry[Template]):
    """Templates of the resources, and of packages that other packages name: one JSON file each."""

    def own(self) -> Iterator[Callable[[], Any]]:
        yield partial(self._load_folder, "nnstudio.resources", "templates")

    def load_point(self, point: EntryPoint) -> None:
        self._load_folder(point.value)

    def _load_folder(self, package: str, *inside: str) -> None:
        for file in sorted(files(package).joinpath(*inside).iterdir(), key=lambda f: f.name):
            if file.name.endswith(".json"):
                self.attempt(file.name, f"file '{file.name}'", partial(self._add_file, file))

    def _add_file(self, file: Traversable) -> None:
        self.add(_read(file))


def _read(file: Traversable) -> Template:
    """Raises ValueError, KeyError or TypeError for a file that is no template."""
    content = json.loads(file.read_text(encoding="utf-8"))
    content["links"] = tuple((source, target) for source, target in content["links"])
    template = Template(file.name.removesuffix(".json"), **content)
    rows = tuple(map(tuple, template.rows))
    if rows and sorted(filter(None, chain(*rows))) != sorted(item["id"] for item in template.nodes):
        raise ValueError("its rows do not hold each of its nodes once")
    return replace(template, synonyms=tuple(template.synonyms), nodes=tuple(template.nodes), rows=rows)


templates: Registry[Template] = Templates("template", "nnstudio.resources", "nnstudio.templates")
