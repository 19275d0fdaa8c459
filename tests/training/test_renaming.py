"""Edits that change nothing but names keep all that was learned: weights, optimizer, timeline, curve, run."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnstudio.model.document import Document
from nnstudio.model.graph import Link
from nnstudio.model.insertion import DOT, insertion
from nnstudio.model.regroup import Dissolve, MakeSubnetwork, RenameSubnetwork
from nnstudio.project import Project, open_example
from nnstudio.training.learned import Aside, Carried, Learned
from nnstudio.training.messages import Job
from nnstudio.training.session import Session
from nnstudio.training.shelf import Shelf


def stepped(session: Session, steps: int) -> Session:
    for _ in range(steps):
        session.single_step()
    return session


def group(document: Document, *nodes: str) -> str:
    step = MakeSubnetwork(document, document.graph, nodes)
    document.history.push(step)
    return step.node.id


def ungroup(document: Document, node: str) -> None:
    document.history.push(Dissolve(document, document.graph, node))


def layers_of(project: Project, kind: str) -> list[str]:
    return [n.id for n in project.document.graph.nodes if n.kind == kind]


def taught(old: Session, project: Project) -> tuple[Session, Carried]:
    learned, new = Learned.of(old), project.session()
    assert learned is not None
    return new, learned.teach(new)


def check_all_kept(old: Session, new: Session, carried: Carried) -> None:
    assert carried == Carried()
    assert np.array_equal(new.program.params, old.program.params), "parameters and optimizer"
    assert (new.steps, new.epoch, new.history, new.run) == (old.steps, old.epoch, old.history, old.run)
    assert new.checkpoint_steps == old.checkpoint_steps and len(new.checkpoint_steps) > 2
    # And it goes on as if nothing had been done.
    stepped(new, 3)
    stepped(old, 3)
    assert np.array_equal(new.program.params, old.program.params)


def first_two(document: Document, project: Project) -> None:
    group(document, layers_of(project, "dense")[0], layers_of(project, "tanh")[0])


def whole(document: Document, project: Project) -> None:
    group(document, *layers_of(project, "dense"), *layers_of(project, "tanh"), *layers_of(project, "sigmoid"))


def one_in_another(document: Document, project: Project) -> None:
    inner = group(document, layers_of(project, "dense")[0], layers_of(project, "tanh")[0])
    group(document, inner, layers_of(project, "dense")[0])


@pytest.mark.parametrize("make", [first_two, whole, one_in_another])
def test_a_group_keeps_everything_and_so_do_dissolving_it_and_undo(
    make: Callable[[Document, Project], None],
) -> None:
    project = open_example("spiral")
    document = project.document
    session = stepped(project.session(), 60)
    make(document, project)
    grouped, carried = taught(session, project)
    assert set(grouped.arrays()) != set(session.arrays())
    check_all_kept(session, grouped, carried)
    (node,) = layers_of(project, "subnetwork")
    document.history.push(RenameSubnetwork(document, document.graph, node, "First part"))
    check_all_kept(grouped, *taught(grouped, project))
    ungroup(document, node)
    loose, carried = taught(grouped, project)
    check_all_kept(grouped, loose, carried)
    document.history.undo()
    check_all_kept(loose, *taught(loose, project))


def test_two_branches_that_look_alike_keep_their_own_weights():
    project = open_example("xor")
    document, graph = project.document, project.document.graph
    (source,), first = layers_of(project, "input"), layers_of(project, "dense")[0]
    twin, join = graph.new_node("dense", 0, 0), graph.new_node("concatenate", 0, 0)
    twin = type(twin)(twin.id, twin.kind, twin.name, 0, 0, dict(graph[first].options))
    graph.insert_node(twin)
    graph.insert_node(join)
    for link in [k for k in graph.links if k.source == first]:
        graph.remove_link(link)
        graph.insert_link(Link(join.id, link.target))
    for a, b in ((source, twin.id), (first, join.id), (twin.id, join.id)):
        graph.insert_link(Link(a, b))
    old = stepped(project.session(), 5)
    before = old.arrays()
    block = group(document, first, twin.id, join.id)
    new, _carried = taught(old, project)
    after = new.arrays()
    for name in (first, twin.id):
        assert np.array_equal(after[f"{block}/{name}.weight"], before[f"{name}.weight"])
    assert not np.array_equal(before[f"{first}.weight"], before[f"{twin.id}.weight"])


def test_a_group_made_while_something_else_changed_keeps_what_fits():
    project = open_example("spiral")
    old = stepped(project.session(), 5)
    dense = layers_of(project, "dense")
    block = group(project.document, dense[0], layers_of(project, "tanh")[0])
    graph = project.document.graph
    graph.replace_node(
        type(graph[dense[1]])(**{**vars(graph[dense[1]]), "options": {**graph[dense[1]].options, "units": 5}})
    )
    new, carried = taught(old, project)
    assert carried.goes_on and not carried.lost
    assert np.array_equal(new.arrays()[f"{block}/{dense[0]}.weight"], old.arrays()[f"{dense[0]}.weight"])


def test_what_was_learned_in_a_group_stays_when_the_group_is_undone():
    project = open_example("spiral")
    shelf, document = Shelf(), project.document
    first = stepped(project.session(), 5)

    def job(**more) -> Job:
        return Job(1, document.to_network(), first.data, document.settings, goes_on=True, **more)

    left = Aside()
    first_two(document, project)
    shelf.begin(first, 0, job(leaves=left))
    grouped = project.session()
    shelf.teach(grouped)
    stepped(grouped, 5)
    document.history.undo()
    shelf.begin(grouped, 0, job(back=left))
    again = project.session()
    shelf.teach(again)
    assert again.steps == 10 and np.array_equal(again.parameters, grouped.parameters)


def test_how_a_layer_moved_is_known_from_before_it_was_put_into_a_sub_network():
    project = open_example("spiral")
    old = project.session()
    for _ in old.slices(2):
        pass
    before = [dict(row.moves) for row in old.statistics.rows]
    dense = layers_of(project, "dense")
    group(project.document, dense[0], layers_of(project, "tanh")[0])
    new, _ = taught(old, project)
    after = [dict(row.moves) for row in new.statistics.rows]
    assert before and len(after) == len(before)
    (inside,) = after[0].keys() - before[0].keys()
    assert inside.endswith(f"/{dense[0]}")
    assert [row[inside] for row in after] == [row[dense[0]] for row in before]
    assert [row.moves for row in old.statistics.rows] == before, "an undo finds what there was"
    for _ in new.slices(2):
        pass
    assert set(new.statistics.rows[-1].moves) == set(after[0]), "and it goes on"


@pytest.mark.parametrize("name", ["xor", "iris"])
def test_dots_in_links_keep_all_and_so_does_taking_them_away(name):
    project = open_example(name)
    graph = project.document.graph
    old = stepped(project.session(), 40)
    for link in graph.links:
        project.document.history.push(insertion(graph, graph.new_node(DOT, 0, 0), link))
    new, carried = taught(old, project)
    check_all_kept(old, new, carried)
    while project.document.history.done:
        project.document.history.undo()
    check_all_kept(new, *taught(new, project))
