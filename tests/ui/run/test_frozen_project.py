"""A project as the worker was given it does not follow what a person edits."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnstudio.project import Project, open_example
from nnstudio.training.state import TrainingState
from nnstudio.ui.run.frozen_project import FrozenProject


def with_units(project: Project, units: int) -> None:
    graph = project.document.graph
    node = graph["dense_1"]
    graph.replace_node(type(node)(node.id, node.kind, node.name, node.x, node.y, {"units": units}))


def state_of(project: Project) -> TrainingState:
    session = project.session()
    session.single_step()
    return session.state()


def test_edits_come_with_the_next_refresh_alone(tmp_path):
    project = open_example("xor")
    units = project.document.graph["dense_1"].options["units"]
    frozen, state = FrozenProject(project), state_of(project)
    with_units(project, units + 3)
    project.path = Path(tmp_path / "saved since.nns")
    thawed = frozen.thaw(state)
    assert thawed.document.graph["dense_1"].options["units"] == units
    assert thawed.path == project.path
    assert np.array_equal(thawed.session().parameters, state.params[: len(thawed.session().parameters)])
    frozen.refresh()
    assert frozen.thaw(state).document.graph["dense_1"].options["units"] == units + 3


def test_what_is_thawed_is_a_copy():
    project = open_example("xor")
    frozen, state = FrozenProject(project), state_of(project)
    units = project.document.graph["dense_1"].options["units"]
    with_units(frozen.thaw(state), units + 1)
    assert frozen.thaw(state).document.graph["dense_1"].options["units"] == units
    assert project.document.graph["dense_1"].options["units"] == units and project.state is None
