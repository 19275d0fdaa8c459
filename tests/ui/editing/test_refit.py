"""Another task of the same file: loss, units and activation of the end follow in one step, and say so."""

from __future__ import annotations

import pytest

from nnstudio.model.document import DataReference
from nnstudio.training.messages import Phase


@pytest.fixture
def rated(hands, window, tmp_path):
    """A window on a proposed network that tells 1, 2 and 3 apart as classes."""
    path = tmp_path / "rated.csv"
    path.write_text("length,width,stars\n" + "".join(f"{i % 9},{i % 4},{1 + i % 3}\n" for i in range(90)))
    hands.create_from(path)
    hands.wait(lambda: window.runner.data is not None)
    window.editor.choose_data(with_options(window, task="classes"))
    hands.wait(lambda: window.runner.has_network and bool(window.runner.data.classes))
    return window


def with_options(window, **options: object) -> DataReference:
    data = window.workspace.document.data
    return DataReference(data.kind, {**data.options, **options})


def units(window) -> list[int]:
    return [n.options["units"] for n in window.workspace.document.graph.nodes if n.kind == "dense"]


def test_the_end_follows_another_task_and_undo_takes_all_of_it_back(hands, rated):
    document, steps = rated.workspace.document, rated.workspace.document.history.done
    before = document.graph.to_dict(), document.settings
    assert units(rated)[-1] == 3
    rated.editor.choose_data(with_options(rated, task="number"))
    hands.wait(lambda: rated.runner.has_network and not rated.runner.data.classes)
    assert units(rated)[-1] == 1 and document.settings.loss != before[1].loss
    assert document.history.done == steps + 1
    told = rated.panels.written.text.text()
    assert "1 unit" in told and "Undo takes it all back" in told and rated.panels.written.isVisible()
    hands.trigger("undo")
    assert (document.graph.to_dict(), document.settings) == before and not rated.panels.written.isVisible()
    hands.wait(lambda: rated.runner.has_network and bool(rated.runner.data.classes))


def test_data_of_another_kind_changes_no_layer(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    drawn = hands.graph.to_dict()
    window.editor.choose_data(DataReference("circle"))
    hands.wait(lambda: window.runner.data is not None and len(window.runner.data.classes) == 2)
    assert hands.graph.to_dict() == drawn and not window.panels.written.isVisible()
