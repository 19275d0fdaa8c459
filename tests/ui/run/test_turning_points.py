"""Where an edit left a network, what it had learned is held, and found again by undo and redo alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.model import commands
from nnstudio.model.commands import ChangeNode, MoveNodes
from nnstudio.project import Project, open_example
from nnstudio.training.learned import Aside
from nnstudio.ui.run import turning_points
from nnstudio.ui.run.frozen_project import FrozenProject
from nnstudio.ui.run.plan_key import Key
from nnstudio.ui.run.turning_points import TurningPoints


class Planned:
    """Plans after each edit, as the planner does, and remembers what was brought back."""

    def __init__(self) -> None:
        self.project: Project = open_example("xor")
        document = self.project.document
        self.turns, self.history, self.graph = TurningPoints(document), document.history, document.graph
        document.network_changed.connect(self.turns.note_edit)
        document.data_changed.connect(self.turns.note_edit)
        self.key, self.frozen = Key.of(self.project), FrozenProject(self.project)

    def plan(self) -> tuple[Aside | None, Aside | None]:
        key = Key.of(self.project)
        done = self.turns.turn(self.key, self.frozen, key)
        self.key, self.frozen = key, FrozenProject(self.project)
        return done

    def units(self, count: int) -> Aside:
        self.history.push(ChangeNode(self.graph, "dense_1", "units", count))
        leaves, back = self.plan()
        assert leaves is not None and back is None
        return leaves


@pytest.fixture
def planned() -> Planned:
    return Planned()


def test_undo_and_redo_bring_back_what_was_left_there_each_time(planned):
    four = planned.units(7)
    for _ in range(3):
        planned.history.undo()
        seven, back = planned.plan()
        assert back is four
        planned.history.redo()
        four, back = planned.plan()
        assert back is seven


def test_the_same_network_by_another_edit_is_not_the_way_back(planned):
    planned.units(7)
    planned.history.push(commands.ChangeNode(planned.graph, "tanh_1", "name", "Another"))
    planned.units(4)


def test_a_branch_of_the_history_that_was_cut_is_forgotten(planned):
    planned.units(7)
    planned.history.undo()
    planned.plan()
    planned.history.push(MoveNodes(planned.graph, {"dense_1": (9.0, 9.0)}, object()))
    leaves = planned.units(7)
    assert planned.turns.latest is not None and planned.turns.latest.aside is leaves


def test_settings_are_no_turning_point(planned):
    planned.history.push(commands.ChangeSettings(planned.project.document, "l2", 0.1))
    assert planned.plan() == (None, None)
    planned.history.undo()
    assert planned.plan() == (None, None)


def test_other_data_is_a_turning_point(planned):
    document = planned.project.document
    planned.history.push(commands.ChooseData(document, replace(document.data, kind="iris")))
    leaves, back = planned.plan()
    assert leaves is not None and back is None
    planned.history.undo()
    assert planned.plan()[1] is leaves


def test_an_edit_that_became_a_part_of_a_drag_leads_back_before_the_drag(planned):
    graph, history = planned.graph, planned.history
    node = graph.new_node("dropout", 0.0, 0.0)
    history.push(commands.AddNode(graph, node))
    planned.plan()
    history.push(MoveNodes(graph, {node.id: (50.0, 50.0)}, object()))
    link = next(link for link in graph.links if link.source == "tanh_1")
    history.join(commands.InsertBetween(graph, graph[node.id], link))
    leaves, _back = planned.plan()
    history.undo()
    _leaves, back = planned.plan()
    assert back is leaves


def test_the_oldest_are_let_go_where_there_is_no_room(planned, monkeypatch):
    monkeypatch.setattr(turning_points, "MOST_BYTES", 25)
    monkeypatch.setattr(Aside, "bytes", 10)
    first = planned.units(7)
    for count in (8, 9, 10):
        # Typed one after the other, they would be one step.
        planned.history.mark()
        planned.units(count)
        planned.history.push(MoveNodes(planned.graph, {"dense_1": (count * 1.0, 9.0)}, object()))
    for _ in range(8):
        planned.history.undo()
    _leaves, back = planned.plan()
    assert back is not first
