"""Projects that learned a little and were edited, for the tests of surgery."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnstudio.model.graph import Graph, Link
from nnstudio.project import Project, open_example
from nnstudio.training.learned import Carried, Learned
from nnstudio.training.session import Session


def stepped(project: Project, steps: int) -> Session:
    session = project.session()
    for _ in range(steps):
        session.single_step()
    return session


def learned(name: str, steps: int) -> tuple[Project, Session]:
    project = open_example(name)
    return project, stepped(project, steps)


def taught(old: Session, project: Project, picks=None) -> tuple[Session, Carried]:
    before, new = Learned.of(old), project.session()
    assert before is not None
    return new, before.teach(new, picks)


def set_options(graph: Graph, node: str, **options) -> None:
    graph.replace_node(replace(graph[node], options={**graph[node].options, **options}))


def add(graph: Graph, kind: str, **options) -> str:
    node = graph.new_node(kind, 0.0, 0.0)
    graph.insert_node(replace(node, options={**node.options, **options}))
    return node.id


def insert(graph: Graph, behind: str, kind: str, **options) -> str:
    """Put a new node into the links that leave another one."""
    name = add(graph, kind, **options)
    for link in [k for k in graph.links if k.source == behind]:
        at = graph.remove_link(link)
        graph.insert_link(Link(name, link.target), at)
    graph.insert_link(Link(behind, name))
    return name


def apart(old: Session, new: Session) -> float:
    """The largest difference of what both predict for the same samples."""
    x = np.ascontiguousarray(old.data.x_train[:100])
    return float(np.abs(old.predict(x) - new.predict(x)).max())
