"""A person's own text for a language model: read as that is, and the network fits it at once."""

from __future__ import annotations

import pytest

SONG = "My sister hears the moon.\nA red bird wakes the old tree.\n" * 12


@pytest.fixture
def assistant(hands, window, tmp_path):
    (tmp_path / "song.txt").write_text(SONG)
    window.files.new_from_template("language_model")
    hands.wait(lambda: window.workspace.has_project and window.runner.data is not None)
    window.drops.take(str(tmp_path / "song.txt"))
    dialog = hands.assistant()
    hands.wait(lambda: dialog.proposed is not None)
    return dialog


def test_what_the_template_set_stays_and_the_network_runs_at_once(hands, window, assistant):
    options = assistant.reference.options
    assert (options["guess"], options["window"]) == ("each", 64)
    assert assistant.page.table.model().index(0, 0).data().isprintable()
    assistant.adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "song")
    graph = window.workspace.document.graph
    (dense,) = (node for node in graph.nodes if node.kind == "dense")
    assert dense.options["units"] == len(set(SONG))
    assert f"Dense to {len(set(SONG))} units" in window.presenter.said
    assert not window.panels.problems.problems
    window.editor.document.history.undo()
    assert window.workspace.document.data.kind == "shakespeare"
    assert graph[dense.id].options["units"] == 61


def test_a_transformer_can_be_chosen_and_stays_for_another_window(hands, assistant):
    reader = assistant.reader
    assert reader.isVisibleTo(assistant) and "LSTM" in assistant.network.text()
    reader.setCurrentIndex(1)
    reader.activated.emit(1)
    hands.wait(lambda: assistant.proposed is not None)
    assert "Transformer" in assistant.network.text()
    assistant.form.changed.emit("window", 16)
    hands.wait(lambda: assistant.proposed is not None)
    assert assistant.proposed.data.input_shape == (16,) and "Transformer" in assistant.network.text()
