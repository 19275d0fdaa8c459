"""What can be said at a cell: that its row, its value or its whole column is to be taken otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtWidgets import QMenu, QWidget

from nnstudio.data.columns import odd_texts
from nnstudio.data.tables.description import is_number
from nnstudio.data.tables.look import TableLook
from nnstudio.data.tables.marks import listed_marks
from nnstudio.data.tables.settings import ColumnType, Units, with_word
from nnstudio.ui.data.column_header import without_unit
from nnstudio.ui.widgets.plain_text import on_button

# So much of a value is shown.
SHOWN = 24
Ask = Callable[[Mapping[str, Any]], None]


def cell_menu(
    parent: QWidget, look: TableLook, at: tuple[int, int], options: Mapping[str, Any], ask: Ask
) -> QMenu:
    """What can be said at the cell of a row and a column; ``ask`` takes what changes in the ``options``."""
    row, column = at
    name = look.columns[column].name
    cells = look.frame[name]
    value: Any = cells.to_numpy()[row]
    is_wrong = bool(odd_texts(cells)[row])
    is_lost = name in look.lost and bool(look.lost[name][row])
    menu = QMenu(parent)

    def offer(text: str, changes: Callable[[], Mapping[str, Any]]) -> None:
        menu.addAction(text).triggered.connect(lambda _on=False: ask(changes()))

    def says(word: str) -> Mapping[str, Any]:
        said = (str(options.get("columns", "")), name, word, str(options.get("target", "")))
        return dict(zip(("columns", "target"), with_word(*said), strict=True))

    offer(f"&Skip row {row + 1:,}", lambda: {"skip_rows": _with(options, "skip_rows", str(row + 1))})
    if value is not None and value == value and not is_lost:
        mark = f"{value:.10g}" if is_number(cells) else str(value)
        if "," not in mark:
            offer(
                f"Take '{on_button(mark[:SHOWN])}' as &missing, wherever it stands",
                lambda: {"missing_marks": _with(options, "missing_marks", mark)},
            )
    shown = on_button(name[:SHOWN])
    if (unit := look.units.get(name)) and look.columns[column].units is None:
        offer(on_button(without_unit(unit)), lambda: says(Units.WITHOUT))
    if is_wrong and not is_lost:
        offer(f"Take all that is no &number in '{shown}' as missing", lambda: says(ColumnType.NUMBER))
    if look.columns[column].is_guessed or (is_lost and not is_number(cells)):
        offer(f"Take '{shown}' as &text, a category", lambda: says(ColumnType.CATEGORY))
    return menu


def _with(options: Mapping[str, Any], name: str, added: str) -> str:
    return ", ".join(dict.fromkeys([*listed_marks(str(options.get(name, ""))), added]))
