"""In a window of any usual size and letters, words are whole, or a tip holds them."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication
from ui.cut_texts import cut_texts

from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.theme import theme

ROUNDS = 20


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


@pytest.mark.parametrize(
    ("example", "size", "scale"),
    [
        ("iris", (1024, 700), 1.0), ("mnist-convnet", (1024, 700), 1.5),
        ("passengers", (1360, 850), 1.0), ("spiral", (1360, 850), 1.5), ("iris", (1360, 850), 2.0),
    ],
)  # fmt: skip
def test_words_are_whole_in_every_view(window, hands, normal_text, example, size, scale):
    theme.set_text_scale(scale)
    window.resize(*size)
    window.files.open_example(example)
    hands.wait_phase(Phase.READY)
    for name, dock in ((name, window.docks[name]) for name in window.docks):
        if dock.isHidden():
            continue
        dock.raise_()
        # A picture may have come just now, with words that are still to be laid out.
        for _ in range(ROUNDS):
            QCoreApplication.processEvents()
            if not (cut := cut_texts(window)):
                break
        assert not cut, name


PAGES = {
    "start": lambda window: window.show_start(),
    "lessons": lambda window: window.learning.show(),
    "data": lambda window: window.show_data(),
    "runs": lambda window: window.runs.show(),
    "sweep": lambda window: window.sweeps.show(),
}


@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_words_are_whole_on_every_page_of_a_small_window(window, hands, normal_text, scale):
    window.resize(1024, 700)
    theme.set_text_scale(scale)
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    for name, show in PAGES.items():
        show(window)
        for _ in range(ROUNDS):
            QCoreApplication.processEvents()
            if not (cut := cut_texts(window)):
                break
        assert not cut, name


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
def test_words_are_whole_with_one_view_large_and_in_the_run_bar_at_all_times(
    window, hands, normal_text, scale
):
    window.resize(1024, 700)
    theme.set_text_scale(scale)
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY)
    for name in ("activations", "loss_curve", "results"):
        window.docks.large_requested.emit(name)
        assert not settled(window), name
    window.show_canvas()
    hands.trigger("train")
    hands.wait(lambda: window.live.timeline.isVisible())
    assert not settled(window), "running"
    hands.trigger("train")
    hands.wait_phase(Phase.PAUSED)
    assert not settled(window), "paused"
    timeline = window.live.timeline
    timeline.slider.setValue(0)
    timeline.slider.sliderMoved.emit(0)
    hands.wait(lambda: window.panels.past.isVisible() or timeline.slider.value() == 0)
    assert not settled(window), "past"


def settled(window) -> list[str]:
    """What is cut once all that comes has come."""
    for _ in range(ROUNDS):
        QCoreApplication.processEvents()
        if not (cut := cut_texts(window)):
            break
    return cut
