"""Where there is little room, captions go before the figures that a person trains for."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QLabel, QToolButton, QWidget

from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


def captions(bar) -> list[str]:
    wanted = ("Learning rate", "Rate", "Speed")
    return [label.text().strip() for label in bar.findChildren(QLabel)
            if label.text().strip() in wanted and label.isVisible()]  # fmt: skip


def test_captions_make_room_for_the_figures_and_come_back(window, hands, normal_text):
    bar = window.panels.run_bar
    window.files.open_example("xor")
    window.resize(1360, 850)
    hands.bot.waitUntil(lambda: captions(bar) == ["Learning rate", "Speed"], timeout=15000)
    theme.set_text_scale(2.0)
    hands.wait(lambda: captions(bar) == ["Rate"])
    assert bar.figures.isVisible() and bar.figures.width() >= bar.figures.sizeHint().width()
    assert bar.speed.accessibleName() == "Speed", "it is named all the same"
    theme.set_text_scale(1.0)
    hands.bot.waitUntil(lambda: captions(bar) == ["Learning rate", "Speed"], timeout=15000)


def seen(bar) -> list[tuple[QWidget, QRect, str]]:
    """What stands in the bar and where, but for texts that tell of the run."""
    parts = [w for w in bar.findChildren(QWidget) if w.parent() is bar and w.isVisible()]
    telling = (bar.status, bar.figures, bar.train_button)
    return [(w, w.geometry(), w.text() if isinstance(w, QLabel) and w not in telling else "") for w in parts]


@pytest.mark.parametrize(
    ("width", "scale"), [(1024, 1.0), (1360, 1.0), (1024, 1.5), (1360, 1.5), (1360, 2.0)]
)
def test_nothing_comes_goes_or_moves_while_the_figures_grow(window, hands, normal_text, width, scale):
    bar = window.panels.run_bar
    window.files.open_example("spiral")
    hands.wait(lambda: window.runner.is_planned and bar.train_action.isEnabled())
    window.resize(width, 700)
    theme.set_text_scale(scale)
    now = replace(window.runner.snapshot, goal=800)
    bar.show_snapshot(now)
    bar.grab()
    before, rows = seen(bar), Curve([Epoch(1, 50, 0.6931, 0.5, 0.6931, 0.51, 1.0, 1.0)])
    assert captions(bar)[:1] in (["Learning rate"], ["Rate"])
    for phase, epoch, steps, loss, right in (
        (Phase.RUNNING, 0, 20, 0.7123, 0.5),
        (Phase.RUNNING, 235, 11_790, 0.02008, 0.992),
        (Phase.PAUSED, 799, 1_234_567, 0.0001234, 1.0),
    ):
        rows.append(Epoch(epoch or 1, steps, loss, right, loss, right, 1.0, 1.0))
        bar.follow(replace(now, phase=phase, epoch=epoch, steps=steps + 1, loss=loss, accuracy=right), rows)
        bar.grab()
        assert seen(bar) == before
        assert bar.figures.sizeHint().width() <= bar.figures.width()
    assert bar.layout().sizeHint().width() <= bar.width()


def test_the_largest_text_leaves_no_figure_behind_the_arrow(window, hands, normal_text):
    bar = window.panels.run_bar
    window.files.open_example("xor")
    window.resize(1024, 700)
    more = bar.findChild(QToolButton, "qt_toolbar_ext_button")
    theme.set_text_scale(2.0)
    # Far on, with many digits.
    far = replace(window.runner.snapshot, steps=1_234_567, epoch=99, loss=0.001234, accuracy=0.987)
    bar.show_snapshot(far)
    hands.bot.waitUntil(lambda: not more.isVisible() and not bar.parts.isVisible(), timeout=15_000)
    assert bar.layout().sizeHint().width() <= bar.width()
    for label in (bar.status, bar.figures):
        assert label.isVisible() and label.width() >= label.fontMetrics().size(0, label.text()).width()
    assert "seed" not in bar.status.text() and bar.status.toolTip() == "Seed 1"
    theme.set_text_scale(1.0)
    hands.bot.waitUntil(lambda: bar.parts.isVisible(), timeout=15_000)
    assert bar.train_button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon
    window.resize(1360, 700)
    hands.bot.waitUntil(lambda: "seed" in bar.status.text(), timeout=15_000)


@pytest.mark.parametrize(
    "phase, steps, word",
    [(Phase.READY, 0, "Train"), (Phase.RUNNING, 5, "Pause"), (Phase.FINISHED, 5, "Continue")],
)
def test_the_tip_of_the_first_button_has_the_word_that_is_on_it(qtbot, phase, steps, word):
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.show_obstacle("")
    bar.show_snapshot(Snapshot(phase=phase, steps=steps))
    assert bar.train_action.text() == word and bar.train_action.toolTip() == f"{word} (Ctrl+Return)"


def test_before_a_project_is_open_the_tips_say_what_to_do_first(qtbot):
    bar = RunBar()
    qtbot.addWidget(bar)
    for action in (bar.train_action, bar.step_action):
        assert not action.isEnabled() and action.toolTip().endswith("Open or begin a project first.")


@pytest.fixture
def asked(qtbot):
    """A bar of a trained network, and what its buttons asked for and said."""
    bar, told = RunBar(), []
    qtbot.addWidget(bar)
    for name in ("train", "step", "reset", "pause"):
        getattr(bar, f"{name}_requested").connect(lambda name=name: told.append(name))
    bar.told.connect(told.append)
    bar.show_snapshot(Snapshot(phase=Phase.PAUSED, steps=5))
    return bar, told


def test_while_another_project_is_read_the_one_before_is_not_trained(asked):
    bar, told = asked
    tasks = Messages(bar)
    tasks.began.connect(bar.show_task)
    task = tasks.begin("Opening flats.nns", replaces=True)
    for action, name in ((bar.train_action, "Train"), (bar.step_action, "Step"), (bar.reset_action, "Reset")):
        action.trigger()
        assert told.pop() == f"Opening flats.nns … Press {name} once it is there." and not told
    bar.show_snapshot(Snapshot(phase=Phase.RUNNING, steps=5))
    bar.train_action.trigger()
    assert told == ["pause"], "what runs can be paused"
    task.end()
    tasks.begin("Saving flats.nns")
    bar.show_snapshot(Snapshot(phase=Phase.PAUSED, steps=5))
    bar.train_action.trigger()
    assert told == ["pause", "train"]
