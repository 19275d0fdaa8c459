"""Fields for free text refuse what says nothing, and keep what is in force."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from nnkernels.spec import SpecError, layers, losses
from nnstudio.data.dataset import sources
from nnstudio.ui.widgets.forms import MIXED, Form

AXES = layers["permute"].options[0]


@pytest.fixture
def form(qtbot):
    """A form above a button that takes no focus, and what it told."""
    window = QWidget()
    rows, form = QVBoxLayout(window), Form([AXES])
    form.told = []
    form.changed.connect(lambda name, value: form.told.append((name, value)))
    form.show_values({"axes": "2, 1"})
    form.button = QPushButton("Train")
    form.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    rows.addWidget(form)
    rows.addWidget(form.button)
    qtbot.addWidget(window)
    window.resize(400, 300)
    with qtbot.waitExposed(window):
        window.show()
    # Keeps the window, too.
    yield form


def type_in(form, text):
    field = form.editors["axes"]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


def test_a_good_text_is_told_at_enter_and_by_what_takes_no_focus(form):
    QTest.keyClick(type_in(form, "1, 2"), Qt.Key.Key_Return)
    type_in(form, "3, 1, 2")
    assert form.told == [("axes", "1, 2")]
    QTest.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert form.told == [("axes", "1, 2"), ("axes", "3, 1, 2")]


def test_rubbish_stays_in_the_field_with_a_sentence_and_is_not_told(form):
    field = type_in(form, "3x")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert form.told == [] and field.text() == "3x" and field.value() == "2, 1"
    assert "each axis from 1 on once" in field.typing.said
    assert "'2, 1' stays in force" in field.typing.said and field.problem in field.toolTip()
    # What shows the document again takes nothing of it away.
    form.show_values({"axes": "2, 1"})
    assert field.text() == "3x" and field.problem
    QTest.keyClick(type_in(form, "1, 2"), Qt.Key.Key_Return)
    assert form.told == [("axes", "1, 2")]
    assert not field.problem and not field.typing.said and field.toolTip() == field.accessibleDescription()


def test_undo_is_of_the_document_once_a_text_is_in_force(form):
    undone = []
    shortcut = QShortcut("Ctrl+Z", form.window())
    shortcut.activated.connect(lambda: undone.append(True))
    for text, is_in_force in (("3x", False), ("1, 2", True)):
        field = type_in(form, text)
        QTest.keyClick(field, Qt.Key.Key_Return)
        QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert bool(undone) == is_in_force


def test_escape_brings_back_what_is_in_force(form):
    field = type_in(form, "rubbish")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == "2, 1" and not field.problem and form.told == []


def test_another_value_replaces_what_was_refused(form):
    field = type_in(form, "rubbish")
    QTest.keyClick(field, Qt.Key.Key_Return)
    form.show_values({"axes": "1, 2, 3"})
    assert field.text() == "1, 2, 3" and not field.problem


def test_where_nodes_differ_rubbish_changes_none(form):
    form.show_values({"axes": MIXED})
    field = form.editors["axes"]
    assert field.text() == "" and field.placeholderText() == "different"
    QTest.keyClick(type_in(form, "no"), Qt.Key.Key_Return)
    assert form.told == [] and "Nothing was changed" in field.typing.said
    QTest.keyClick(type_in(form, "2, 1"), Qt.Key.Key_Return)
    assert form.told == [("axes", "2, 1")]


RUBBISH = "3x;;(rubbish"
# Names of things that only the file knows, texts for people, and what only the program writes.
ANY_TEXT = {
    "path", "column", "inputs", "targets", "sheet", "array", "label", "table", "names",
    "missing_marks", "kept_marks", "points", "drawings", "network", "kind", "data",
}  # fmt: skip
ONLY_THE_FILE_KNOWS = {
    ("cifar", "classes"),
    *((kind, "target") for kind in ("csv", "excel", "json", "parquet")),
}


@pytest.mark.parametrize(
    ("owner", "option"),
    [
        pytest.param(entry.id, option, id=f"{entry.id}-{option.name}")
        for registry in (layers, losses, sources)
        for entry in registry
        for option in entry.options
        if isinstance(option.default, str) and not option.choices and not option.names_layer
    ],
)
def test_every_option_for_free_text_reads_its_default_and_refuses_rubbish(owner, option):
    if option.name in ANY_TEXT or (owner, option.name) in ONLY_THE_FILE_KNOWS:
        assert option.reads is None
        return
    option.reads(option.default)
    if (owner, option.name) == ("own_pictures", "classes"):
        return
    with pytest.raises(ValueError, match=r"\.$"):
        option.reads(RUBBISH)


def test_class_weights_and_starting_values_beyond_reason_are_refused():
    weights = next(o for o in losses["softmax_cross_entropy"].options if o.name == "class_weights")
    for text in ("1, 1e12", "nan, 1", "-1, 1", "0, 0", "inf", ","):
        with pytest.raises(SpecError, match="Class weights"):
            weights.reads(text)
    for text in ("", "balanced", "1, 0.5", "1e6, 1"):
        weights.reads(text)
    values = next(o for o in layers["dense"].options if o.name == "bias_values")
    with pytest.raises(SpecError, match="at most 1,000,000,000 in size; received -1e\\+12"):
        values.reads("0, -1e12")
