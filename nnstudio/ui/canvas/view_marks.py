"""What a live view marks on the nodes while it is seen; see `LiveView.marks`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from nnstudio.ui.canvas.pills import Pill
from nnstudio.ui.canvas.view import CanvasView


class ViewMarks(QObject):
    """Puts pills onto the nodes of the graph that is open, and tells of presses.

    Signal: pressed(node of the engine, number of the pill).
    """

    pressed = Signal(str, int)

    def __init__(self, view: CanvasView, names: Callable[[], Mapping[str, str]]) -> None:
        """``names()`` tells what the nodes on the canvas are called in the engine."""
        super().__init__(view)
        self.view, self._names = view, names
        view.pill_pressed.connect(self._on_pressed)

    def show(self, marks: Mapping[str, Sequence[Pill]]) -> None:
        """Let exactly these nodes of the engine have pills."""
        names = self._names()
        for name, item in self.view.canvas.nodes.items():
            item.set_pills(tuple(marks.get(names.get(name, ""), ())))

    def _on_pressed(self, node: str, pill: int) -> None:
        if node in self._names():
            self.pressed.emit(self._names()[node], pill)
