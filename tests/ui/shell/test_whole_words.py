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
