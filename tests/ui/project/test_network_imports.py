"""Networks of other programs in the window: what became of them is shown first, then one step opens them."""

from __future__ import annotations

import pytest
from importing.onnx_files import draw, saved
from onnx import helper
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from nnkernels.spec import PLACEHOLDER
from nnstudio.ui.project.import_dialog import ImportDialog


@pytest.fixture
def odd(tmp_path):
    """A file of which one node is no layer here."""
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["h"], "first"),
        helper.make_node("Odd", ["h"], ["y"], "odd", domain="mine"),
    ]
    return saved(tmp_path, nodes, (4,), (3,), {"w": draw(4, 3)}, check=False)


def shown(hands, kind):
    def dialogs() -> list:
        return [dialog for dialog in hands.window.findChildren(kind) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs()))
    return dialogs()[0]


def test_a_dropped_network_is_shown_and_then_opened_as_a_step(hands, odd):
    window = hands.window
    window.files.open_example("iris")
    before = window.workspace.project
    window.drops.take(str(odd))
    box = shown(hands, QMessageBox)
    next(button for button in box.buttons() if "Import" in button.text()).click()
    dialog = shown(hands, ImportDialog)
    assert dialog.said.text().startswith("1 of 2 layers were read. 1 is kept as placeholders")
    model = dialog.table.model()
    first = [model.index(0, column).data() for column in range(4)]
    assert first[0] == "odd" and "Kept as a placeholder" in first[3]
    assert "mean squared error" in dialog.notes.text() and window.workspace.project is before
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert window.workspace.project is not before
    assert [node.kind for node in hands.graph.nodes].count(PLACEHOLDER) == 1
    panels = window.panels
    hands.wait(lambda: panels.data.error.objectName() == "note")
    assert "placeholders" in panels.imported.text.text() and not panels.imported.predict.isVisible()
    assert panels.imported.isVisible() and not panels.message.isVisible()
    assert panels.data.error.text().endswith("The network takes samples of 4.")
    shapes = [facts.shape for facts in window.presenter.state.findings.nodes.values()]
    assert (4,) in shapes and (3,) in shapes
    hands.trigger("undo")
    assert not panels.imported.isVisible()
    assert window.workspace.project is before


def test_weights_alone_need_a_network_and_damage_is_said(hands, tmp_path):
    window = hands.window
    window.drops.take(str(tmp_path / "w.safetensors"), as_new=True)
    assert "holds weights without a network" in window.panels.message.text()
    (tmp_path / "bad.onnx").write_bytes(b"no network")
    window.drops.take(str(tmp_path / "bad.onnx"), as_new=True)
    hands.wait(lambda: "not an ONNX file" in window.panels.message.text())
