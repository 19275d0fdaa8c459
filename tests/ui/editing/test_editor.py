"""What follows from a choice of data, as steps that can be undone."""

from __future__ import annotations

from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.messages import Phase


def test_options_of_the_loss_survive_a_change_of_the_data(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("loss", "huber")
    window.editor.change_setting("delta", 3.0)
    data = window.workspace.project.document.data
    window.editor.choose_data(DataReference(data.kind, {**data.options, "noise": 0.1}))
    hands.wait(lambda: window.runner.data is not None)
    settings = window.workspace.project.document.settings
    assert (settings.loss, settings.loss_options) == ("huber", {"delta": 3.0, "reduction": "mean"})


def test_the_loss_follows_the_data_as_one_step_with_its_choice(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    document = window.workspace.project.document
    before = (document.data, document.settings)
    steps = document.history.done
    window.editor.choose_data(DataReference("celsius"))
    hands.wait(lambda: document.settings.loss != before[1].loss)
    assert document.history.done == steps + 1 and document.history.last.title == "Choose data"
    assert window.workspace.is_modified
    window.editor.undo()
    assert (document.data, document.settings) == before
    window.editor.redo()
    assert document.data.kind == "celsius" and document.settings.loss != before[1].loss


def test_a_project_whose_loss_does_not_fit_is_changed_where_one_sees_it(hands, window):
    project = Project()
    project.document.set_data(DataReference("celsius"))
    project.document.set_settings(project.document.settings.with_option("loss", "softmax_cross_entropy"))
    window.workspace.show(project)
    hands.wait(lambda: project.document.settings.loss != "softmax_cross_entropy")
    assert window.workspace.is_modified and project.document.history.last.title == "Set loss"
    window.editor.undo()
    assert project.document.settings.loss == "softmax_cross_entropy"
