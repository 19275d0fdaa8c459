"""The pictures on the nodes are of the sample that is chosen in the activations, and say which it is."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.project import open_example
from nnstudio.training.messages import Phase


@pytest.fixture
def digits(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    window.docks.show("activations")
    hands.wait(lambda: told(window).startswith("sample 0 · step 0"))
    return window


def told(window) -> str:
    return window.live.thumbnails.legend.mark.text()


def tile(window) -> np.ndarray:
    """What the Input on the canvas shows."""
    (item,) = (i for i in window.canvas.canvas.nodes.values() if i.layer.role == "input")
    return item.thumbnail.thumbnail.tiles[0]


def as_bytes(sample: np.ndarray) -> np.ndarray:
    """A picture that is never below 0 over its own range, 128 at zero."""
    return np.rint(128 + 127 * sample[..., 0].astype(float) / sample.max()).astype(np.uint8)


def watched() -> np.ndarray:
    data = open_example("mnist-dense").session().data
    return data.part(data.watched)[0]


def test_nodes_follow_the_sample_that_is_chosen(hands, digits):
    samples = watched()
    np.testing.assert_array_equal(tile(digits), as_bytes(samples[0]))
    spin = digits.live.views["activations"].sample
    for number in (2, 8, 0):
        spin.setValue(number)
        hands.wait(lambda number=number: told(digits) == f"sample {number} · step 0")
        np.testing.assert_array_equal(tile(digits), as_bytes(samples[number]))


def test_nodes_follow_what_is_drawn_and_leave_it_again(hands, digits):
    digits.docks.show("try_it")
    view = digits.live.views["try_it"]
    hands.wait(view.pad.isVisible)
    QTest.mouseClick(view.pad, Qt.MouseButton.LeftButton, pos=view.pad.rect().center())
    hands.wait(lambda: told(digits) == "your own sample · step 0")
    np.testing.assert_array_equal(tile(digits), as_bytes(view.pad.pixels[..., None]))
    QTest.mouseClick(view.clear_button, Qt.MouseButton.LeftButton)
    hands.wait(lambda: told(digits) == "sample 0 · step 0")
    np.testing.assert_array_equal(tile(digits), as_bytes(watched()[0]))


def test_the_same_sample_is_not_asked_for_again(hands, digits):
    asked, thumbnails = [], digits.live.thumbnails
    thumbnails.probe_changed.connect(lambda: asked.append(thumbnails.probe().chosen.number))
    view = digits.live.views["activations"]
    view.probe_changed.emit()
    digits.canvas.canvas.select([digits.editor.graph.nodes[1].id])
    assert asked == []
    view.sample.setValue(4)
    assert asked == [4]


def test_another_project_begins_at_the_first_sample(hands, digits):
    digits.live.views["activations"].sample.setValue(5)
    hands.wait(lambda: told(digits) == "sample 5 · step 0")
    digits.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    hands.wait(lambda: told(digits) == "sample 0 · step 0")


def test_points_all_over_the_range_are_of_no_sample(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.docks.show("activations")
    hands.wait(lambda: told(window) == "step 0")
    window.live.views["activations"].sample.setValue(3)
    view = window.live.views["activations"]
    hands.wait(lambda: view._last is not None and view._last.sample == 3)
    assert told(window) == "step 0"


def test_the_colours_of_an_output_do_not_hang_on_the_sample(hands, window):
    window.files.open_example("passengers")
    hands.wait_phase(Phase.READY)
    window.docks.show("activations")
    hands.wait(lambda: told(window) == "sample 0 · step 0")
    (output,) = (i for i in window.canvas.canvas.nodes.values() if i.layer.role == "output")
    view, seen = window.live.views["activations"], []
    for number in range(0, view.sample.maximum() + 1, 4):
        view.sample.setValue(number)
        hands.wait(lambda number=number: told(window).startswith(f"sample {number} "))
        seen.append((bool(output.thumbnail.thumbnail.values[0] < 0), output.thumbnail.signed))
    assert {signed for _, signed in seen} == {True} and {below for below, _ in seen} == {True, False}
