"""The form of every verb: what is typed and picked in it becomes the condition or action that was meant."""

from __future__ import annotations

import json

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.lessons.actions import AnyAction
from nnstudio.lessons.conditions import AnyCondition
from nnstudio.lessons.draft_fields import WORDS as WORDS_OF_STEP
from nnstudio.lessons.fields import Kind, actions, conditions
from nnstudio.lessons.names import Names
from nnstudio.ui.lessons.field_widgets import ChoiceField, LinesField, NameField, RangeField, SwitchField
from nnstudio.ui.lessons.part_form import PartForm

# What a person enters in a field of each kind, and what stands in the lesson then.
ENTERED = {
    Kind.TEXT: ("some text", "some text"),
    Kind.NUMBER: ("2.5", 2.5),
    Kind.WHOLE: ("4", 4),
    Kind.SWITCH: (None, False),
    Kind.CHOICE: (None, None),
    Kind.RANGE: ("3", {"at_least": 3}),
    Kind.VALUE: ("12", 12),
    Kind.TEXTS: ("one", ["one"]),
    Kind.NUMBERS: ("1, 2.5", [1, 2.5]),
    Kind.WHOLES: ("0, 4", [0, 4]),
    Kind.VALUES: ("on", [True]),
    Kind.OPTIONS: ("units = 8", {"units": 8}),
}
VERBS = [(verb, AnyCondition) for verb in conditions().values()]
VERBS += [(verb, AnyAction) for verb in actions().values()]
WORDS = [verb.word for verb, _union in VERBS]


def offer(names, _item, _step):
    if names == Names.POSITION:
        return [("0, 4", "x → y")]
    return [("a_name", "A name"), ("another", "Another")]


def enter(editor, field):
    """Use the widget as a person does; what must stand in the lesson."""
    text, value = ENTERED[field.kind]
    if isinstance(editor, SwitchField):
        editor.check.click()
        return not field.default
    if isinstance(editor, ChoiceField):
        choice = next(choice for choice in field.choices if choice != field.default)
        editor.box.setFocus()
        QTest.keyClicks(editor.box, choice[:3])
        return choice
    if field.names != Names.ANYTHING:
        pick = editor.row.itemAt(editor.row.count() - 1).widget()
        pick.fill()
        pick.menu().actions()[0].trigger()
        if field.names == Names.POSITION:
            return [0, 4]
        return ["a_name"] if field.kind == Kind.TEXTS else "a_name"
    line = editor.lines["at_least"] if isinstance(editor, RangeField) else None
    QTest.keyClicks(line or (editor.text if isinstance(editor, LinesField) else editor.line), text)
    return value


@pytest.mark.parametrize(("verb", "union"), VERBS, ids=WORDS)
def test_what_is_entered_is_what_the_lesson_says(qtbot, verb, union):
    item = {verb.key: verb.word}
    form = PartForm(verb.fields, offer)
    qtbot.addWidget(form)
    form.show()
    form.show_part(item, {})
    wanted = {field.name: enter(form.editors[field.name], field) for field in verb.fields}
    assert item == {verb.key: verb.word, **wanted}
    struct = msgspec.convert(item, union)
    for name, value in wanted.items():
        plain = json.loads(msgspec.json.encode(getattr(struct, name)))
        # A range knows both of its ends.
        ends = {"at_most": None} if isinstance(value, dict) and "at_least" in value else {}
        assert plain == (value | ends if ends else value), name


@pytest.mark.parametrize(("verb", "union"), VERBS, ids=WORDS)
def test_what_is_shown_is_changed_only_by_a_person(qtbot, verb, union):
    item = {verb.key: verb.word} | {field.name: ENTERED[field.kind][1] for field in verb.fields}
    before, form = dict(item), PartForm(verb.fields, offer)
    qtbot.addWidget(form)
    form.changed.connect(lambda: pytest.fail("nobody edited"))
    form.show_part(item, {})
    form.show_part({}, {})
    assert item == before
    assert all(text_in(editor) == "" for editor in form.editors.values() if text_in(editor) is not None)


def text_in(editor):
    if isinstance(editor, LinesField):
        return editor.text.toPlainText()
    return editor.line.text() if isinstance(editor, NameField) else None


def test_a_title_stands_for_its_name_and_what_is_typed_for_itself(qtbot):
    (field,) = (one for one in conditions()["shown"].fields if one.name == "panel")
    item = {}
    form = PartForm([field], offer)
    qtbot.addWidget(form)
    form.show_part(item, {})
    line = form.editors["panel"].line
    QTest.keyClicks(line, "A name")
    assert item == {"panel": "a_name"}
    QTest.keyClicks(line, "less")
    assert item == {"panel": "A nameless"}
    line.selectAll()
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert item == {}


def test_several_names_are_shown_by_their_titles_and_taken_by_them(qtbot):
    def targets(_names, _item, _step):
        return [("node Dense", "Node: Dense"), ("panel loss_surface", "Panel: Loss surface")]

    item = {"point_at": ["node Dense"]}
    form = PartForm([field for field in WORDS_OF_STEP if field.name == "point_at"], targets)
    qtbot.addWidget(form)
    form.show_part(item, {})
    text = form.editors["point_at"].text
    assert text.toPlainText() == "Node: Dense"
    form.editors["point_at"]._add("panel loss_surface")
    assert text.toPlainText().splitlines() == ["Node: Dense", "Panel: Loss surface"]
    form.editors["point_at"]._add("panel loss_surface")
    assert item == {"point_at": ["node Dense", "panel loss_surface"]}
    text.setPlainText("loss surface\nnode Dnse")
    assert item == {"point_at": ["panel loss_surface", "node Dnse"]}, "what nobody knows stays as it is typed"
