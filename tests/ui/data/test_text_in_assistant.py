"""A person's own text for a language model: read as that is, and the network fits it at once."""

from __future__ import annotations

from nnstudio.from_data import with_network
from nnstudio.model.document import DataReference
from nnstudio.project import Project

SONG = "My sister hears the moon.\nA red bird wakes the old tree.\n" * 12


def test_a_text_is_read_as_the_one_before_and_the_network_runs_at_once(hands, window, tmp_path):
    (tmp_path / "song.txt").write_text(SONG)
    project = Project()
    project.document.set_data(DataReference("shakespeare", {"guess": "each", "length": 24, "samples": 40}))
    window.files.show(with_network(project).project, "Shakespeare")
    hands.wait(lambda: window.runner.data is not None)
    window.drops.take(str(tmp_path / "song.txt"))
    assistant = hands.assistant()
    hands.wait(lambda: assistant.proposed is not None)
    options = assistant.reference.options
    assert (options["guess"], options["window"]) == ("each", 24)
    assert assistant.page.table.model().index(0, 0).data().isprintable()
    # Another kind of network is proposed where a person wants one, whatever else they change.
    reader = assistant.reader
    assert reader.isVisibleTo(assistant) and "LSTM" in assistant.network.text()
    reader.setCurrentIndex(1)
    reader.activated.emit(1)
    hands.wait(lambda: assistant.proposed is not None)
    assistant.form.changed.emit("window", 16)
    hands.wait(lambda: assistant.proposed is not None)
    assert assistant.proposed.data.input_shape == (16,) and "Transformer" in assistant.network.text()
    # The open network fits what it learns from now.
    assistant.adopt.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.name == "song")
    graph, letters = window.workspace.document.graph, len(set(SONG))
    (dense,) = (node for node in graph.nodes if node.kind == "dense")
    assert dense.options["units"] == letters
    assert f"Dense to {letters} units" in window.panels.written.text.text()
    assert not window.panels.problems.problems
    window.editor.document.history.undo()
    assert window.workspace.document.data.kind == "shakespeare"
    assert graph[dense.id].options["units"] == 61
