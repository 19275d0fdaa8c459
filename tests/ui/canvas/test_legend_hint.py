"""The strip below the canvas speaks of weights only where some are in sight."""

from __future__ import annotations

from nnstudio.training.messages import Phase
from nnstudio.ui.canvas import units
from nnstudio.ui.canvas.legend import CLOSED, FAR, NO_WEIGHTS, OPENED, Legend
from nnstudio.ui.canvas.node_item import PICTURED


def test_the_hint_to_drag_a_weight_stands_where_there_are_weights(window, hands):
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY)
    view, legend = window.canvas, window.canvas.findChild(Legend)
    nodes = {item.node.kind: item for item in view.canvas.nodes.values()}
    assert legend._hint == CLOSED
    view.set_zoom(units.OPEN * 2.5)
    view.centerOn(nodes["conv2d"])
    hands.wait(lambda: legend._hint == OPENED)
    view.centerOn(nodes["flatten"])
    hands.wait(lambda: legend._hint == NO_WEIGHTS)


def test_where_no_node_shows_a_picture_neither_a_sample_nor_colours_are_told(window, hands):
    window.files.new_from_template("autoencoder")
    hands.wait_phase(Phase.READY)
    view, legend = window.canvas, window.canvas.findChild(Legend)
    hands.wait(lambda: legend.mark.isVisible() and "sample 0" in legend.mark.text())
    for zoom, is_seen in ((PICTURED * 0.9, False), (PICTURED * 1.1, True)):
        view.set_zoom(zoom)
        hands.wait(lambda seen=is_seen: legend.mark.isVisible() == seen == (legend._hint != FAR))
        strip = legend.grab().toImage()
        colours = {strip.pixelColor(x, strip.height() // 2).hue() // 30 for x in range(strip.width() // 2)}
        assert (len(colours) > 4) == is_seen


def test_the_sample_and_the_step_are_told_below_a_message_that_lies_over_the_canvas(window, hands):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    mark = window.canvas.findChild(Legend).mark
    hands.wait(lambda: mark.isVisible() and "sample 0" in mark.text())
    free = mark.y()
    window.presenter.say("Something that has to be said.")
    hands.wait(lambda: window.overlay.height() > 0)
    hands.wait(lambda: mark.y() == window.overlay.height() + free)
    window.presenter.say("")
    hands.wait(lambda: mark.y() == free)
