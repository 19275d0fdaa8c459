"""Number fields apply at Enter or on leaving, and say what they refuse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QShortcut, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QVBoxLayout, QWidget

from nnkernels.spec import Option
from nnstudio.ui.widgets.field_notes import FieldNote
from nnstudio.ui.widgets.forms import MIXED, Form
from nnstudio.ui.widgets.number_fields import WholeEdit

BATCH = Option("batch_size", 32, "Samples that share one step.", 1, 65536, unit="samples")
KIND = Option("kind", "a", "Which.", choices=("a", "b"))
RATE = Option("learning_rate", 0.01, "Size of each step.", 0.0, 1000.0)


@pytest.fixture
def form(qtbot):
    """A form above a button that takes no focus, and what it told."""
    window = QWidget()
    rows, form = QVBoxLayout(window), Form([BATCH, RATE, KIND])
    form.told = []
    form.changed.connect(lambda name, value: form.told.append((name, value)))
    form.show_values({"batch_size": 32, "learning_rate": 0.01})
    button = QPushButton("Train")
    button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    rows.addWidget(form)
    rows.addWidget(button)
    form.button = button
    qtbot.addWidget(window)
    window.resize(400, 300)
    with qtbot.waitExposed(window):
        window.show()
    # Keeps the window, too.
    yield form


def type_in(form, name, text):
    field = form.editors[name]
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


def test_nothing_is_told_while_typing_and_enter_tells(form):
    for name, text, value in (("batch_size", "64", 64), ("learning_rate", "0,5", 0.5)):
        field = type_in(form, name, text)
        assert form.told == []
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert form.told == [(name, value)]
        form.told.clear()
    assert form.editors["learning_rate"].text() == "0.5"


def test_leaving_a_field_and_pressing_what_takes_no_focus_tell(form):
    type_in(form, "batch_size", "64")
    form.editors["learning_rate"].setFocus()
    type_in(form, "learning_rate", "1e-4")
    QTest.mouseClick(form.button, Qt.MouseButton.LeftButton)
    assert form.told == [("batch_size", 64), ("learning_rate", 1e-4)]


@pytest.mark.parametrize("name", ["batch_size", "learning_rate"])
def test_undo_is_of_the_letters_while_typing_and_of_the_document_after_enter(form, name):
    undone = []
    shortcut = QShortcut("Ctrl+Z", form.window())
    shortcut.activated.connect(lambda: undone.append(name))
    field = type_in(form, name, "64")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == []
    field = type_in(form, name, "64")
    QTest.keyClick(field, Qt.Key.Key_Return)
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert undone == [name] and field.hasFocus()


def test_a_shortcut_acts_on_what_is_typed(form):
    seen = []
    shortcut = QShortcut("Ctrl+S", form.window())
    shortcut.activated.connect(lambda: seen.append(list(form.told)))
    field = type_in(form, "learning_rate", "3")
    QTest.keyClick(field, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert seen == [[("learning_rate", 3.0)]]


@pytest.mark.parametrize(
    ("name", "text", "sentence", "stays"),
    [
        ("batch_size", "0", "The batch size must be at least 1; it stays 32.", "32 samples"),
        ("batch_size", "10000000", "The batch size must be at most 65,536; it stays 32.", "32 samples"),
        ("learning_rate", "1e30", "The learning rate must be at most 1000; it stays 0.01.", "0.01"),
    ],
)
def test_what_cannot_be_is_refused_beside_the_field(form, name, text, sentence, stays):
    field = type_in(form, name, text)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert (form.told, field.text()) == ([], stays)
    note = form.window().findChild(FieldNote)
    assert field.typing.said == note.text() == sentence
    assert form.window().rect().contains(note.geometry())
    type_in(form, name, "7")
    assert field.typing.said == ""


def test_what_is_said_of_a_field_hides_no_other_one(form, qtbot):
    below = form.editors["learning_rate"]
    before = below.mapTo(form.window(), QPoint()).y()
    field = type_in(form, "batch_size", "0")
    QTest.keyClick(field, Qt.Key.Key_Return)
    note = form.window().findChild(FieldNote)

    def is_pushed_down() -> bool:
        at = QRect(note.mapTo(form.window(), QPoint()), note.size())
        other = QRect(below.mapTo(form.window(), QPoint()), below.size())
        return other.top() > before and not at.intersects(other) and note.height() > 10

    qtbot.waitUntil(is_pushed_down, timeout=3000)
    note.hide()
    qtbot.waitUntil(lambda: below.mapTo(form.window(), QPoint()).y() == before, timeout=3000)


def test_no_row_comes_or_goes_under_the_mouse(form, qtbot, monkeypatch):
    pressed = Qt.MouseButton.LeftButton
    monkeypatch.setattr(QApplication, "mouseButtons", lambda: pressed)
    field = type_in(form, "batch_size", "0")
    QTest.keyClick(field, Qt.Key.Key_Return)
    note = form.window().findChild(FieldNote)
    rows = form.layout()
    assert note.isVisible() and rows.getWidgetPosition(note)[0] < 0, "it floats while the mouse is down"
    pressed = Qt.MouseButton.NoButton
    qtbot.waitUntil(lambda: rows.getWidgetPosition(note)[0] > 0, timeout=3000)


def test_what_was_said_ends_when_a_person_goes_on(form, qtbot):
    type_in(form, "batch_size", "0")
    field, other = form.editors["batch_size"], form.editors["learning_rate"]
    other.setFocus()
    assert "at least 1" in field.typing.said, "leaving the field says it"
    qtbot.waitUntil(lambda: field.typing._note._ends)
    form.setFocus()
    other.clearFocus()
    assert field.typing.said == ""


def test_escape_gives_up_what_was_typed(form):
    for name, stays in (("batch_size", "32 samples"), ("learning_rate", "0.01")):
        field = type_in(form, name, "5")
        QTest.keyClick(field, Qt.Key.Key_Escape)
        form.button.setFocus()
        assert (field.text(), form.told) == (stays, [])


def test_what_is_being_typed_stays_while_the_same_value_is_shown(form):
    for name in ("batch_size", "learning_rate"):
        field = type_in(form, name, "5")
        form.show_values({"batch_size": 32, "learning_rate": 0.01})
        assert field.text().startswith("5"), "nothing changed elsewhere"
    form.show_values({"batch_size": 8, "learning_rate": 0.02})
    assert [form.editors[n].text() for n in ("batch_size", "learning_rate")] == ["8 samples", "0.02"]


def test_where_nodes_differ_nothing_is_changed_by_what_cannot_be(form):
    form.show_values({"batch_size": MIXED, "learning_rate": MIXED})
    for name in ("batch_size", "learning_rate"):
        field = type_in(form, name, "-1")
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert field.typing.said.endswith("; nothing was changed.")
        QTest.keyClicks(type_in(form, name, "2"), "\r")
    assert form.told == [("batch_size", 2), ("learning_rate", 2.0)]


def test_scrolling_over_fields_changes_nothing_until_they_are_clicked(form):
    for name in ("batch_size", "kind"):
        field = form.editors[name]
        at = QPointF(field.rect().center())
        turn = (QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier)
        for _ in range(2):
            event = QWheelEvent(at, at, *turn, Qt.ScrollPhase.NoScrollPhase, False)
            QApplication.sendEvent(field, event)
            assert bool(form.told) == field.hasFocus()
            field.setFocus()
        form.told.clear()


def test_a_single_one_has_its_unit_in_the_singular(form):
    field = form.editors["batch_size"]
    for text, shown in (("1", "1 sample"), ("7", "7 samples")):
        QTest.keyClick(type_in(form, "batch_size", text), Qt.Key.Key_Return)
        assert field.text() == shown


def test_a_unit_that_would_be_cut_is_left_out(qtbot):
    field = WholeEdit("Batch size", 1, 1000, "samples")
    qtbot.addWidget(field)
    field.set_value(64)
    field.resize(200, 30)
    field.show()
    assert field.text() == "64 samples"
    field.resize(60, 30)
    assert field.text() == "64"
    field.resize(200, 30)
    assert field.text() == "64 samples"


def test_a_word_stands_where_0_is_no_number(qtbot):
    form = Form([Option("season", 0, "Rows; 0 guesses.", 0, 100, unit="rows", zero="guess"), BATCH])
    qtbot.addWidget(form)
    told = []
    form.changed.connect(lambda name, value: told.append((name, value)))
    form.show_values({"season": 0, "batch_size": 32})
    field = form.editors["season"]
    assert field.text() == "guess" and field.value() == 0
    field.call_zero("guess (12)")
    assert field.text() == "guess (12)"
    field.apply()
    assert told == [], "the word is what it was"
    for typed, shown, value in (("24", "24 rows", 24), ("0", "guess (12)", 0)):
        field.selectAll()
        QTest.keyClicks(field, typed)
        QTest.keyClick(field, Qt.Key.Key_Return)
        assert (field.text(), field.value(), told[-1]) == (shown, value, ("season", value))
    field.stepUp()
    assert field.text() == "1 row"
    field.stepDown()
    assert field.text() == "guess (12)"
    assert form.editors["batch_size"].text() == "32 samples"


@pytest.mark.parametrize("typed", ["12000", "12,000", "12 000"])
def test_whole_numbers_from_a_thousand_on_have_a_comma_however_they_are_typed(qtbot, typed):
    field = WholeEdit("Examples", 0, 100_000)
    qtbot.addWidget(field)
    field.set_value(1000)
    assert field.text() == "1,000"
    field.lineEdit().selectAll()
    qtbot.keyClicks(field, typed)
    field.apply()
    assert field.value() == 12_000 and field.text() == "12,000"
