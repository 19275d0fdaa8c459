"""A form for a part of a lesson, built from the fields that its structure declares; it edits a dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFormLayout, QWidget

from nnstudio.lessons.fields import Field
from nnstudio.lessons.names import Names
from nnstudio.ui.lessons.field_widgets import FieldEditor, editor_for
from nnstudio.ui.widgets.forms import LABEL_WIDTH
from nnstudio.ui.widgets.plain_text import PlainLabel

# What can stand in a field of a part of a step: `LessonNames.offered`.
Offer = Callable[[Names, Mapping[str, Any], Mapping[str, Any]], list[tuple[str, str]]]


# Whose names depend on what stands in the other fields.
OF_NODE = (Names.OPTION, Names.POSITION)


class PartForm(QWidget):
    """Signal: changed() when a person edited the dictionary.

    Attributes:
        editors: by the names of the fields.
    """

    changed = Signal()

    def __init__(
        self, fields: Sequence[Field], offer: Offer, titles: Mapping[str, str] | None = None
    ) -> None:
        """``titles``: what to call fields that are not called by their own."""
        super().__init__()
        self._offer = offer
        self._item: dict[str, Any] = {}
        self._step: Mapping[str, Any] = {}
        self.editors: dict[str, FieldEditor] = {}
        rows = QFormLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for field in fields:
            editor = editor_for(field, partial(self._offered, field.names))
            editor.edited.connect(partial(self._edited, field.name))
            label = PlainLabel((titles or {}).get(field.name, field.title))
            label.setBuddy(editor)
            label.setMinimumWidth(LABEL_WIDTH)
            rows.addRow(label, editor)
            self.editors[field.name] = editor

    def _offered(self, names: Names) -> list[tuple[str, str]]:
        return self._offer(names, self._item, self._step)

    def show_part(self, item: dict[str, Any], step: Mapping[str, Any]) -> None:
        """Edit this dictionary, of a step, from now on."""
        self._item, self._step = item, step
        for name, editor in self.editors.items():
            editor.show_value(item.get(name))

    def _edited(self, name: str, value: Any) -> None:
        if value is None:
            self._item.pop(name, None)
        else:
            self._item[name] = value
        for other, editor in self.editors.items():
            if other != name and editor.field.names in OF_NODE:
                # It may have another title beside another node.
                editor.show_value(self._item.get(other))
        self.changed.emit()
