"""Every dialog has a button that leaves it, and Escape closes it; what Enter does is chosen for each."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QPushButton
from ui.cut_texts import cut_texts

import nnstudio.ui
from nnstudio.data.dataset import Split, load
from nnstudio.lessons.draft import Draft
from nnstudio.model.document import DataReference
from nnstudio.predict_command import Answers
from nnstudio.training.surgery.pruning import Units
from nnstudio.ui.beside.side_by_side import SideBySide
from nnstudio.ui.data.assistant import Assistant
from nnstudio.ui.data.class_order import ClassOrder
from nnstudio.ui.data.column_name import ColumnName
from nnstudio.ui.lessons.lesson_editor import LessonEditor
from nnstudio.ui.project.comparison_dialog import ComparisonDialog
from nnstudio.ui.project.export_dialog import ExportDialog
from nnstudio.ui.project.import_dialog import ImportDialog
from nnstudio.ui.project.lender_dialog import LenderDialog
from nnstudio.ui.project.predictions_dialog import PredictionsDialog
from nnstudio.ui.project.record_dialog import RecordDialog
from nnstudio.ui.project.reuse_dialog import ReuseDialog
from nnstudio.ui.project.texts import TextDialog
from nnstudio.ui.project.unit_dialogs import PruneDialog, UnitsDialog, widen_dialog
from nnstudio.ui.project.weights_dialog import WeightsDialog
from nnstudio.ui.run.cross_validation import CrossValidation
from nnstudio.ui.runs.room_dialog import RoomDialog
from nnstudio.ui.shell.keys_dialog import KeysDialog
from nnstudio.ui.shell.layout_dialogs import KeepDialog, ManageDialog
from nnstudio.ui.widgets.theme import theme

NOTHING = SimpleNamespace(
    agreement=None,
    apart="",
    pairs=(),
    notes=(),
    nodes=(),
    names={},
    rows=(),
    assumed=(),
    sentence="",
    is_empty=True,
)
REUSE = SimpleNamespace(
    lender=SimpleNamespace(name="a"), layers=(), usual=(), notes=(), sentence=lambda _chosen: ""
)
UNITS = Units("dense_1", (1, 0), 1, 9, Split.TEST)
LAYOUTS = SimpleNamespace(own={})
PICTURE = QImage(40, 30, QImage.Format.Format_RGB32)
PICTURE.fill(0)
ANSWERS = Answers(["y"], [["1"]], (), True)
# How each is made, and its button that Enter presses: "" where Enter only ends what is typed.
DIALOGS = {
    Assistant: (
        lambda w: Assistant(w, DataReference("csv", {"path": "no.csv"}), lambda *_work: None),
        "&Create project",
    ),
    ClassOrder: (lambda w: ClassOrder(w, ("0", "1")), "OK"),
    ColumnName: (lambda w: ColumnName(w, "x", ()), "Rename"),
    ComparisonDialog: (lambda w: ComparisonDialog(w, ("one", "other"), NOTHING), "Close"),
    CrossValidation: (lambda w: CrossValidation(w, w.runner), "Start"),
    ExportDialog: (lambda w: ExportDialog(w, lambda *_export: None, Path(), "net"), "Export"),
    ImportDialog: (
        lambda w: ImportDialog(w, Path("a"), NOTHING, NOTHING, lambda: None),
        "&Open as a new project",
    ),
    KeepDialog: (lambda w: KeepDialog(LAYOUTS, w), "Save"),
    LessonEditor: (lambda w: LessonEditor(w, Draft(Path("a"), {"steps": []}), w.authoring.names.offered), ""),
    KeysDialog: (lambda w: KeysDialog(w.keys, w), ""),
    LenderDialog: (lambda w: LenderDialog(w, (), lambda _one: None, lambda: None), "Another &file…"),
    ManageDialog: (lambda w: ManageDialog(LAYOUTS, w), "OK"),
    PruneDialog: (lambda w: PruneDialog(w, "Dense", UNITS, lambda _kept: None), "Remove"),
    UnitsDialog: (lambda w: widen_dialog(w, "Dense", 4, lambda _units: None), "Widen"),
    PredictionsDialog: (lambda w: PredictionsDialog(w, Path("a"), ANSWERS, Path("b"), "", ""), "Close"),
    RecordDialog: (
        lambda w: RecordDialog(w, PICTURE, 3, w.runner.inquiries, lambda _width: None),
        "&Choose a file…",
    ),
    ReuseDialog: (lambda w: ReuseDialog(w, REUSE, lambda _layers, _freeze: None), "Cancel"),
    RoomDialog: (lambda w: RoomDialog(0, 2**30, lambda _size: None, w), "OK"),
    SideBySide: (lambda w: SideBySide(w, w.runner, load("xor", {})), "Start"),
    TextDialog: (lambda w: TextDialog(w, w.runner.inquiries, lambda _opened: None), "&Open"),
    WeightsDialog: (lambda w: WeightsDialog(w, Path("a"), NOTHING, lambda _freeze: None), "Cancel"),
}
LEAVES = {"Close", "Cancel"}


def test_every_dialog_is_looked_at():
    kinds = set()
    for module in pkgutil.walk_packages(nnstudio.ui.__path__, "nnstudio.ui."):
        held = vars(importlib.import_module(module.name)).values()
        kinds |= {
            kind
            for kind in held
            if isinstance(kind, type) and issubclass(kind, QDialog) and kind.__module__ == module.name
        }
    assert kinds == set(DIALOGS)


@pytest.mark.parametrize("kind", DIALOGS, ids=lambda kind: kind.__name__)
def test_it_can_be_left_and_enter_does_what_is_meant(qtbot, window, kind):
    make, default = DIALOGS[kind]
    dialog = make(window)
    with qtbot.waitExposed(dialog):
        dialog.open()
    buttons = [button for button in dialog.findChildren(QPushButton) if button.isVisible()]
    words = {button.text().replace("&", "") for button in buttons}
    assert words & LEAVES, words
    assert [button.text() for button in buttons if button.isDefault()] == ([default] if default else [])
    gone = []
    dialog.destroyed.connect(lambda: gone.append(True))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: bool(gone))
    assert QApplication.activeModalWidget() is None


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


@pytest.mark.parametrize("scale", [1.0, 2.0])
@pytest.mark.parametrize("kind", DIALOGS, ids=lambda kind: kind.__name__)
def test_its_words_are_whole(qtbot, window, normal_text, kind, scale):
    theme.set_text_scale(scale)
    dialog = DIALOGS[kind][0](window)
    with qtbot.waitExposed(dialog):
        dialog.open()
    for _ in range(20):
        QApplication.processEvents()
    assert not cut_texts(dialog)
    dialog.reject()
    qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None)
