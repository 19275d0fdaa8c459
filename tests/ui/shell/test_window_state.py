"""What the window shows follows from project, data and selection alone."""

from __future__ import annotations

import pytest

from nnstudio.model import commands
from nnstudio.project import open_example
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.shell.window_state import find, resolve, run_message


@pytest.fixture
def xor():
    return open_example("xor")


def state_of(project, selected=(), modified=False):
    return resolve(project, modified, find(project.document, (), project.load_data()), selected)


def test_shapes_parameters_and_problems_follow_from_the_data(xor):
    findings = find(xor.document, (), xor.load_data())
    assert findings.nodes["dense_1"].shape == (4,) and findings.parameters == 2 * 4 + 4 + 4 + 1
    assert findings.problems == [] and findings.engine_names["dense_1"] == "dense_1"
    unknown = find(xor.document, (), None)
    assert unknown.nodes == {} and unknown.parameters == 0 and unknown.data is None


def test_what_was_found_outlives_the_nodes_that_it_was_found_of(xor):
    findings = find(xor.document, (), xor.load_data())
    before = findings.parameters
    xor.document.history.push(commands.Remove(xor.document.graph, ["dense_1"]))
    # As when a report of the doctor arrives before the edit was looked at.
    assert findings.parameters == before


def test_the_same_project_shows_the_same(xor):
    findings = find(xor.document, (), xor.load_data())
    assert resolve(xor, False, findings, ["dense_1"]) == resolve(xor, False, findings, ["dense_1"])


def test_a_step_of_the_history_names_undo_and_redo(xor):
    document = xor.document
    assert (state_of(xor).undo, state_of(xor).redo) == ("", "")
    document.history.push(commands.ChangeNode(document.graph, "dense_1", "units", 5))
    state = state_of(xor, modified=True)
    assert state.undo == document.history.last.title and state.modified
    document.history.undo()
    assert state_of(xor).redo == state.undo


def test_live_views_watch_the_selected_node_or_the_output(xor):
    name = xor.document.graph["dense_1"].name
    assert state_of(xor, ["dense_1"]).watched == ("dense_1", name, True)
    output = next(n for n in xor.document.graph.nodes if n.kind == "output")
    assert state_of(xor).watched[1:] == (output.name, False)
    assert state_of(xor, ["dense_1", output.id]).watched[1] == output.name


def test_a_single_node_is_inspected_with_what_enters_it(xor):
    one = state_of(xor, ["dense_1"]).inspected
    assert one.entering == ((2,),) and one.facts.shape == (4,) and "dense_1" not in one.peers
    both = state_of(xor, ["dense_1", "dense_2"]).inspected
    assert [n.id for n in both.nodes] == ["dense_1", "dense_2"] and both.facts is None


def test_nodes_that_are_gone_are_not_selected(xor):
    assert state_of(xor, ["gone"]).selected == ()


def test_the_run_names_the_guilty_node_as_people_do(xor):
    told = run_message(Snapshot(message="NaN came out.", node="dense_1", phase=Phase.DIVERGED), xor.document)
    assert told == f"{xor.document.graph['dense_1'].name}: NaN came out."
    assert run_message(Snapshot(), xor.document) == ""
