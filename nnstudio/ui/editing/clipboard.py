"""Cut, copy and paste as JSON text, so that layers travel between windows and by mail."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication

from nnkernels.spec import PLACEHOLDER
from nnstudio.model import commands
from nnstudio.model.arrange import GRID
from nnstudio.model.graph import Graph
from nnstudio.model.history import Command, Together
from nnstudio.model.regroup import AddSubnetwork

if TYPE_CHECKING:
    from nnstudio.ui.editing.editor import Editor

# How far copies lie from what they were copied from.
SHIFT = 30.0


class Clipboard:
    """The editor's way to the system's clipboard."""

    def __init__(self, editor: Editor) -> None:
        self.editor = editor

    def copy(self) -> None:
        """Put the selected nodes and notes on the clipboard as text, with the sub-networks they need."""
        chosen = self.editor.view.canvas.with_contents(self.editor.view.canvas.selected_items())
        if chosen:
            data = self.editor.graph.to_dict(chosen)
            part = Graph(self.editor.graph.registry)
            part.fill(data)
            needed = self.editor.document.subnetwork_dicts(self.editor.document.needed_by(part))
            QGuiApplication.clipboard().setText(
                json.dumps({"nnstudio": "nodes", **data, "subnetworks": needed}, indent=1)
            )

    def cut(self) -> None:
        """Copy, then delete."""
        self.copy()
        self.editor.remove(
            self.editor.view.canvas.with_contents(self.editor.view.canvas.selected_items()), []
        )

    def paste(self) -> None:
        """Add what is on the clipboard under new names, at the cursor, or in the middle of the view."""
        try:
            data = json.loads(QGuiApplication.clipboard().text())
            if not isinstance(data, dict) or data.get("nnstudio") != "nodes":
                raise ValueError
            corner = [(float(i["x"]), float(i["y"])) for i in [*data["nodes"], *data.get("notes", ())]]
            position = self.editor.view.cursor_position()
            left, top = min(x for x, _ in corner), min(y for _, y in corner)
            dx, dy = (round(v / GRID) * GRID for v in (position.x() - left, position.y() - top))
            unknown = self._insert(data, "Paste", dx, dy)
        except (ValueError, KeyError, TypeError, RecursionError):
            self.editor.refused.emit("The clipboard holds no layers. Copy some nodes first.")
            return
        if unknown:
            self.editor.refused.emit(
                f"This nnstudio has no layer called {', '.join(unknown)}: a placeholder keeps its options. "
                "Update nnstudio or put another layer there."
            )

    def duplicate(self, shift: float = SHIFT, gesture: object | None = None) -> None:
        """Copy and paste without the clipboard; moves with the same ``gesture`` belong to this step."""
        chosen = self.editor.view.canvas.with_contents(self.editor.view.canvas.selected_items())
        if chosen:
            self._insert(self.editor.graph.to_dict(chosen), "Duplicate", shift, shift, gesture)

    def _insert(
        self, data: dict[str, Any], title: str, dx: float, dy: float, gesture: object | None = None
    ) -> list[str]:
        """Paste; returns the kinds that are not known here."""
        document = self.editor.document
        known = document.subnetworks
        new = [document.subnetwork_from_dict(s) for s in data.get("subnetworks", ()) if s["id"] not in known]
        command = commands.Paste(self.editor.graph, data, dx, dy, title, gesture)
        steps: list[Command] = [AddSubnetwork(document, s) for s in new]
        if self.editor.do(Together(title, [*steps, command]) if steps else command):
            self.editor.view.canvas.select([n.id for n in command.nodes] + [n.id for n in command.notes])
        return sorted({str(n.options["kind"]) for n in command.nodes if n.kind == PLACEHOLDER})
