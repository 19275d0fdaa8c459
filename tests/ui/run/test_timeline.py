"""The timeline: every view follows the slider, a replay runs to now, the recording is a real animation."""

from __future__ import annotations

import threading

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.model.atomic_file import write_atomically
from nnstudio.training.messages import Phase
from nnstudio.ui.project import recorder
from nnstudio.ui.run import timeline


@pytest.fixture
def trained(hands, window, monkeypatch):
    """A window on xor after its training; a replay takes a few of its steps."""
    monkeypatch.setattr(timeline, "REPLAY_PICTURES", 12)
    assert not window.live.timeline.isVisible()
    hands.train("xor", 30)
    hands.wait(window.live.timeline.isVisible)
    return window


def test_the_slider_drives_every_view_and_now_comes_back(trained, hands):
    line, views = trained.live.timeline, trained.live.views
    steps = line.steps()
    assert line.slider.value() == len(steps) - 1 and not line.now.isEnabled()
    line.slider.setValue(1)
    boundary, surface = views["decision_boundary"], views["loss_surface"]
    hands.wait(lambda: boundary._last is not None and boundary._last.step == steps[1])
    hands.wait(lambda: surface.mark.text().startswith(f"step {steps[1]:,}"))
    hands.wait(lambda: views["activations"]._last.step == steps[1])
    assert f"step {steps[1]:,} of" in line.label.text() and "MB" in line.label.text()
    curve = views["loss_curve"]
    hands.wait(lambda: curve._pointed == 1)
    thumbnails = trained.live.thumbnails
    hands.wait(lambda: thumbnails._latest is not None and thumbnails._latest.step == steps[1])
    QTest.mouseClick(line.now, Qt.MouseButton.LeftButton)
    hands.wait(lambda: boundary._last.step == steps[-1])
    hands.wait(lambda: curve._pointed is None and not line.now.isEnabled())


def test_a_replay_runs_from_the_start_to_now(trained, hands):
    line = trained.live.timeline
    seen = []
    line.travel_requested.connect(seen.append)
    QTest.mouseClick(line.play, Qt.MouseButton.LeftButton)
    hands.wait(lambda: bool(seen) and seen[-1] is None)
    assert seen[0] == 0 and len(seen) > 10
    assert [s for s in seen if s is not None] == sorted(s for s in seen if s is not None)
    assert not line._timer.isActive()


def test_training_on_after_a_look_back_shows_now(trained, hands):
    line = trained.live.timeline
    line.slider.setValue(0)
    hands.wait(lambda: trained.runner.snapshot.shown == 0)
    trained.runner.orders.train()
    hands.wait(lambda: trained.runner.snapshot.epoch > 30)
    hands.wait(lambda: line.slider.value() == line.slider.maximum())


def test_the_recording_holds_a_picture_for_every_step_and_can_be_cancelled(trained, hands, tmp_path):
    line = trained.live.timeline
    wanted = line.pictures()
    ended = []
    recording = trained.exports.record_to(tmp_path / "t.gif")
    recording.ended.connect(ended.append)
    hands.wait(lambda: bool(ended))
    assert ended == [""]
    with Image.open(tmp_path / "t.gif") as picture:
        # Pictures that are equal are joined by the format.
        assert 5 < picture.n_frames <= len(wanted) and picture.size[0] == 1000
    view = trained.live.views["decision_boundary"]
    assert trained.exports._grab("decision_boundary").deviceIndependentSize().toSize() == view.size()
    recording = trained.exports.record_to(tmp_path / "small.gif", width=320)
    recording.ended.connect(ended.append)
    hands.wait(lambda: len(ended) == 2)
    with Image.open(tmp_path / "small.gif") as picture:
        assert picture.size[0] == 320
    recording = trained.exports.record_to(tmp_path / "never.gif", "decision_boundary")
    recording.ended.connect(ended.append)
    recording.cancel()
    assert "not written" in ended[-1] and not (tmp_path / "never.gif").exists()
    hands.wait(lambda: trained.runner.snapshot.shown is None)


def test_the_window_and_every_view_in_sight_can_be_recorded(qtbot):
    line, asked = timeline.Timeline(lambda: [("curve", "Loss & accuracy")]), []
    qtbot.addWidget(line)
    line.record_requested.connect(asked.append)
    menu = line.record.menu()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["The whole window …", "Loss && accuracy …"]
    for action in menu.actions():
        action.trigger()
    assert asked == ["", "curve"]


def test_a_recording_cancelled_while_it_is_written_leaves_the_file_before(
    trained, hands, tmp_path, monkeypatch
):
    path, began, gate, ended = tmp_path / "t.gif", threading.Event(), threading.Event(), []
    path.write_bytes(b"precious")

    def held(target, content, cancel_point):
        began.set()
        assert gate.wait(60)
        write_atomically(target, content, cancel_point)

    monkeypatch.setattr(recorder, "write_atomically", held)
    recording = trained.exports.record_to(path)
    recording.ended.connect(ended.append)
    hands.wait(began.is_set)
    recording.cancel()
    assert not ended, "it is not known yet"
    gate.set()
    hands.wait(lambda: bool(ended))
    assert "not written" in ended[0] and path.read_bytes() == b"precious"


@pytest.mark.parametrize("is_looking", [True, False])
def test_a_recording_ends_where_the_network_goes(trained, hands, tmp_path, is_looking):
    ended = []
    recording = trained.exports.record_to(tmp_path / "t.gif")
    recording.ended.connect(ended.append)
    if not is_looking:
        recording._timer.stop()
    trained.workspace.project.saved = trained.workspace.project.moment()
    trained.files.open_example("celsius")
    if not is_looking:
        # The next network is there before it looks again.
        hands.wait_phase(Phase.READY)
        recording._timer.start()
    hands.wait(lambda: bool(ended))
    assert "not written" in ended[0] and not (tmp_path / "t.gif").exists()


def test_in_a_narrow_window_the_line_stays_long_enough_to_be_dragged(trained, hands):
    line = trained.live.timeline
    trained.resize(1024, 700)
    hands.wait(lambda: "MB" not in line.label.text() and line.slider.width() >= 200)
    assert "step" in line.label.text()
    assert "MB" in line.label.toolTip(), "what it takes is told even so"
    trained.resize(1800, 900)
    hands.wait(lambda: "MB" in line.label.text())
    assert line.label.sizeHint().width() <= line.label.width()


def test_the_text_keeps_away_from_the_knob_at_the_end_of_the_line(qtbot):
    line = timeline.Timeline(list)
    qtbot.addWidget(line)
    line.resize(600, 40)
    line.show()
    text = line.label.geometry().left() + line.label.contentsMargins().left()
    assert text - line.slider.geometry().right() > 12
