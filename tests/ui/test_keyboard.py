"""A ConvNet is built, connected, trained and exported with the keyboard alone, by accessible names."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from nnstudio.training.messages import Phase
from nnstudio.ui.project.export_dialog import ExportDialog

Key, Control = Qt.Key, Qt.KeyboardModifier.ControlModifier


class Typist:
    """Presses keys on whatever has the focus, and reads only what a screen reader would."""

    def __init__(self, hands, window) -> None:
        self.hands, self.window = hands, window
        window.activateWindow()
        hands.bot.waitUntil(window.isActiveWindow)

    @property
    def focus(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        widget = popup.focusWidget() if popup is not None else QApplication.focusWidget()
        assert widget is not None
        return widget

    def heard(self) -> str:
        return self.focus.accessibleName()

    def press(self, key: Qt.Key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focus, key, modifier)

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focus, text)

    def tab_to(self, name: str) -> None:
        for _ in range(60):
            if self.heard() == name:
                return
            self.press(Key.Key_Tab)
        raise AssertionError(f"No way to '{name}' by Tab")

    def add(self, name: str) -> None:
        """Behind the selected node."""
        self.press(Key.Key_Space)
        assert self.heard() == "Type a layer's name"
        self.type(name)
        self.press(Key.Key_Return)
        assert self.heard() == "Network canvas"


@pytest.fixture
def typist(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    return Typist(hands, window)


def test_a_convnet_without_a_mouse(hands, window, typist, tmp_path):
    typist.press(Key.Key_N, Control)
    typist.press(Key.Key_4, Control)
    typist.tab_to("Data")
    typist.type("MNIST")
    hands.wait(lambda: window.editor.data_facts is not None and window.editor.data_facts.classes == 10)
    typist.press(Key.Key_1, Control)
    assert typist.heard() == "Network canvas"
    typist.press(Key.Key_Tab)
    assert window.statusBar().currentMessage().startswith("Input")
    for name in ("conv2d", "relu", "maxpool", "flatten", "dense"):
        typist.add(name)
    typist.press(Key.Key_3, Control)
    assert typist.heard() == "Name"
    typist.tab_to("Units")
    typist.press(Key.Key_A, Control)
    typist.type("10")
    typist.press(Key.Key_1, Control)
    typist.add("softmax")
    typist.press(Key.Key_Return)
    for _ in range(5):
        if "Output" in window.statusBar().currentMessage():
            break
        typist.press(Key.Key_Down)
    assert window.statusBar().currentMessage().startswith("Connect to Output")
    typist.press(Key.Key_Return)
    kinds = [n.kind for n in window.editor.graph.nodes]
    assert sorted(kinds) == sorted(
        ["input", "output", "conv2d", "relu", "maxpool2d", "flatten", "dense", "softmax"]
    )
    hands.wait(lambda: not any(f.error for f in hands.facts.values()))
    hands.wait(lambda: window.panels.run_bar.train_action.isEnabled())
    typist.press(Key.Key_Return, Control)
    hands.wait(lambda: window.runner.snapshot.steps > 3)
    typist.press(Key.Key_Period, Control)
    hands.wait(lambda: window.runner.snapshot.phase != Phase.RUNNING)
    target = tmp_path / "digits.safetensors"
    typist.press(Key.Key_E, Control)
    hands.wait(lambda: typist.heard() == "Formats")
    typist.tab_to("File or folder")
    typist.press(Key.Key_A, Control)
    typist.type(str(target))
    typist.press(Key.Key_Return)
    proof = target.with_name(target.name + ".parity.json")
    hands.wait(proof.exists)
    assert target.exists()
    report = json.loads(proof.read_text())
    assert report["largest_difference"] <= report["tolerance"]
    dialog = window.findChild(ExportDialog)
    hands.wait(lambda: "predicts the same" in dialog.said.text())
    typist.press(Key.Key_Escape)
    assert not dialog.isVisible()


def test_keys_are_undone_as_gestures_are(hands, window, typist):
    before = window.workspace.project.document.to_dict()
    typist.press(Key.Key_1, Control)
    typist.press(Key.Key_Tab)
    typist.add("dense")
    typist.press(Key.Key_Right)
    typist.press(Key.Key_Down)
    typist.press(Key.Key_Backspace)
    while window.workspace.project.document.history.last is not None:
        typist.press(Key.Key_Z, Control)
    assert window.workspace.project.document.to_dict() == before


def test_the_run_bar_keeps_the_focus_while_a_network_is_planned(hands, window, typist):
    typist.press(Key.Key_8, Control)
    window.panels.run_bar.show_snapshot(replace(window.runner.snapshot, phase=Phase.PREPARING))
    assert typist.focus is window.panels.run_bar.train_button


def test_space_steps_while_the_run_bar_has_the_focus(hands, window, typist):
    typist.press(Key.Key_8, Control)
    assert typist.focus is window.panels.run_bar.train_button
    for steps in (1, 2):
        hands.wait(lambda: typist.focus is window.panels.run_bar.train_button)
        typist.press(Key.Key_Space)
        hands.wait(lambda steps=steps: window.runner.snapshot.steps == steps)
    assert window.runner.snapshot.phase == Phase.PAUSED
    window.runner.orders.train()
    hands.wait(lambda: window.runner.snapshot.steps > 10)
    typist.press(Key.Key_Space)
    hands.wait_phase(Phase.PAUSED)
