"""What was chosen in a view for one project does not stay for the next one."""

from __future__ import annotations

from nnstudio.training.messages import Phase


def test_another_project_begins_with_each_view_at_its_start(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.docks.show("weights")

    def show_dense() -> None:
        hands.click_node(next(n.id for n in hands.graph.nodes if n.kind == "dense"))
        hands.wait(lambda: window.live.views["weights"].choice.count() == 2)

    show_dense()
    weights = window.live.views["weights"]
    weights.what.setCurrentIndex(weights.what.findText("In units of the data"))
    weights.choice.setCurrentIndex(weights.choice.findText("bias"))
    window.files.open_example("xor")
    hands.wait(lambda: len(hands.graph.nodes) > 3)
    hands.wait_phase(Phase.READY)
    show_dense()
    fresh = window.live.views["weights"]
    assert (fresh.choice.currentText(), fresh.what.currentText()) == ("weight", "Values")
    assert fresh.table.isVisible()


def test_a_large_view_is_in_its_panel_again(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.large.show("fit")
    assert window.stage.shows("fit")
    window.files.open_example("xor")
    hands.wait(lambda: len(hands.graph.nodes) > 3)
    hands.wait_phase(Phase.READY)
    view, frame = window.live.views["fit"], window.live.views.frames["fit"]
    assert frame.isAncestorOf(view) and not window.stage.shows("fit")
