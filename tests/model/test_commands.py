"""Undo: whatever was done, undoing all gives the start and redoing all the end."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nnkernels.spec import SpecError
from nnstudio.model import commands
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph, Link, LinkError, Node
from nnstudio.model.history import Together

KINDS = ["input", "dense", "relu", "add", "concatenate", "conv2d", "output"]


def state(document: Document) -> str:
    return json.dumps(document.to_dict())


def random_command(document: Document, draw):
    """A command that may or may not be possible."""
    graph = document.graph
    names = [n.id for n in graph.nodes]
    action = draw(st.integers(0, 11))
    if action <= 2 or len(names) < 2:
        kind = draw(st.sampled_from(KINDS))
        return commands.AddNode(graph, Node(graph.new_id(kind), kind, graph.new_name(kind)))
    one, two = draw(st.sampled_from(names)), draw(st.sampled_from(names))
    if action <= 4:
        return commands.AddLink(graph, Link(one, two))
    if action == 5:
        links = [draw(st.sampled_from(graph.links))] if graph.links else []
        return commands.Remove(
            graph, draw(st.sets(st.sampled_from(names), max_size=3)), links, draw(st.booleans())
        )
    if action == 6:
        return commands.MoveNodes(
            graph, {one: (draw(st.integers(0, 9)), 1.0)}, draw(st.sampled_from(["x", "y"]))
        )
    if action == 7:
        return commands.Paste(graph, graph.to_dict({one, two}), 10, 10)
    if action == 10 and graph.links:
        return commands.InsertBetween(graph, graph[one], draw(st.sampled_from(graph.links)))
    if action == 11:
        steps = [commands.ChangeNode(graph, one, "name", "d"), commands.AddLink(graph, Link(one, two))]
        return Together("Several", [*steps, commands.AddLink(graph, Link(two, one))])
    if action == 8:
        return commands.ChangeSettings(document, "batch_size", draw(st.integers(1, 99)))
    return commands.ChangeNode(graph, one, "name", draw(st.sampled_from("abc")))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_undo_all_is_the_start_and_redo_all_the_end(data):
    document = Document()
    start = state(document)
    for _ in range(data.draw(st.integers(1, 25))):
        command = random_command(document, data.draw)
        before = state(document)
        try:
            document.history.push(command)
        except LinkError:
            assert state(document) == before, "a refused command left something behind"
            continue
    end = state(document)
    while document.history.last:
        document.history.undo()
    assert state(document) == start
    while document.history.next:
        document.history.redo()
    assert state(document) == end


def chain(document: Document, *kinds: str) -> list[str]:
    graph = document.graph
    names = []
    for kind in kinds:
        names.append(graph.new_id(kind))
        graph.insert_node(Node(names[-1], kind, graph.new_name(kind)))
        if len(names) > 1:
            graph.insert_link(Link(names[-2], names[-1]))
    return names


def test_backspace_keeps_the_chain_connected():
    document = Document()
    names = chain(document, "input", "relu", "tanh", "output")
    document.history.push(commands.Remove(document.graph, names[1:3], bridge=True))
    assert document.graph.links == (Link(names[0], names[3]),)
    document.history.undo()
    assert len(document.graph.links) == 3


def test_a_drag_is_one_step_and_typing_is_one_step():
    document = Document()
    (name,) = chain(document, "dense")
    gesture = object()
    for x in range(5):
        document.history.push(commands.MoveNodes(document.graph, {name: (x, 0)}, gesture))
    for units in (1, 12, 128):
        document.history.push(commands.ChangeNode(document.graph, name, "units", units))
    assert document.graph[name].options["units"] == 128
    document.history.undo()
    assert "units" not in document.graph[name].options and document.graph[name].x == 4
    document.history.undo()
    assert document.graph[name].x == 0
    assert not document.history.last


def test_a_new_link_replaces_the_old_one_in_one_step():
    document = Document()
    names = chain(document, "input", "relu", "output")
    document.history.push(commands.AddLink(document.graph, Link(names[0], names[2])))
    assert Link(names[1], names[2]) not in document.graph.links
    document.history.undo()
    assert document.graph.links == (Link(names[0], names[1]), Link(names[1], names[2]))


def test_wrong_values_change_nothing():
    document = Document()
    (name,) = chain(document, "dense")
    before = state(document)
    with pytest.raises(SpecError, match="from 1 to"):
        commands.ChangeNode(document.graph, name, "units", 0)
    with pytest.raises(SpecError):
        commands.ChangeSettings(document, "learning_rate", -1.0)
    assert state(document) == before


def test_a_change_joined_to_the_last_step_comes_and_goes_with_it():
    document = Document()
    document.history.push(commands.ChooseData(document, DataReference("iris")))
    loss = commands.ChangeSettings(document, "loss", "softmax_cross_entropy")
    document.history.join(loss, "Choose data")
    assert document.history.last.title == "Choose data"
    document.history.undo()
    assert (document.data.kind, document.settings.loss) == ("spiral", "mse")
    assert document.history.last is None
    document.history.redo()
    assert (document.data.kind, document.settings.loss) == ("iris", "softmax_cross_entropy")


def circle(document: Document) -> list[str]:
    """A chain, and a node without links between whose ends no link can be drawn in one direction."""
    return chain(document, "input", "relu", "tanh", "output")


@pytest.mark.parametrize("new", [False, True])
def test_a_refused_insertion_leaves_everything_as_it_was(new):
    document = Document()
    names = circle(document)
    graph = document.graph
    # An Output cannot feed anything: the insertion is refused when its second link is drawn.
    node = Node("end", "output", "End")
    if not new:
        graph.insert_node(node)
    before = state(document)
    with pytest.raises(LinkError):
        document.history.push(commands.InsertBetween(graph, node, Link(names[1], names[2])))
    assert state(document) == before and document.history.last is None


def test_a_refused_child_takes_back_those_before_it():
    document = Document()
    names = circle(document)
    graph = document.graph
    before = state(document)
    steps = [
        commands.ChangeNode(graph, names[1], "name", "Other"),
        commands.Remove(graph, [], [Link(names[1], names[2])]),
        commands.AddLink(graph, Link(names[3], names[0])),
    ]
    with pytest.raises(LinkError):
        document.history.push(Together("Several", steps))
    assert state(document) == before and document.history.last is None


def test_a_refused_paste_leaves_nothing():
    document = Document()
    names = circle(document)
    paste = commands.Paste(document.graph, document.graph.to_dict(names[1:3]), 10, 10)
    paste.links.append(Link(paste.nodes[1].id, paste.nodes[0].id))
    before = state(document)
    with pytest.raises(LinkError):
        document.history.push(paste)
    assert state(document) == before and document.history.last is None


def test_marks_of_the_history_stay_right():
    document = Document()
    (name,) = chain(document, "dense")
    history = document.history

    def change(units):
        history.push(commands.ChangeNode(document.graph, name, "units", units))

    change(3)
    begin = history.done
    mark, moves = history.mark(), history.moves
    change(4)
    assert (mark.at, history.done) == (begin, begin + 1), "typing must not merge into what was saved"
    later = history.mark()
    history.undo()
    assert (mark.at, later.at, history.moves) == (begin, begin + 1, moves + 2)
    with pytest.raises(LinkError):
        history.push(commands.AddLink(document.graph, Link(name, name)))
    assert later.at == begin + 1, "what was undone is still there"
    change(5)
    assert (mark.at, later.at) == (begin, None), "no step leads there any more"
    history.forget(begin)
    assert (mark.at, history.done) == (0, 1)
    history.forget(1)
    assert mark.at is None


def test_steps_of_a_setting_say_its_value_also_when_they_were_typed_as_one():
    document = Document(Graph())
    first, second = (commands.ChangeSettings(document, "learning_rate", rate) for rate in (0.1, 0.05))
    assert first.title == "Set learning rate to 0.1"
    assert first.merge(second) and first.title == "Set learning rate to 0.05"
    assert commands.ChangeSettings(document, "batch_size", 4096).title == "Set batch size to 4,096"
    assert commands.ChangeSettings(document, "loss", "mse").title == "Set loss"
    graph = Graph()
    graph.insert_node(graph.new_node("dense", 0.0, 0.0))
    (node,) = graph.nodes
    assert commands.ChangeNode(graph, node.id, "bias", False).title == "Set bias of Dense to off"


def test_an_identifier_of_a_deleted_node_is_free_again_only_when_that_is_undone():
    document = Document()
    graph = document.graph
    chain(document, "input", "relu", "output")
    gone = graph.nodes[1]
    document.history.push(commands.Remove(graph, [gone.id], (), True))
    assert graph.new_id(gone.kind) != gone.id
    document.history.undo()
    assert gone.id in graph
    # What was only undone, and not deleted, leaves its name to the next one, so that redo finds it.
    name = graph.new_id(gone.kind)
    document.history.push(commands.AddNode(graph, Node(name, gone.kind, "New")))
    document.history.undo()
    assert graph.new_id(gone.kind) == name
