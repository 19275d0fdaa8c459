"""Changes to notes and frames; adding, moving, copying and deleting them is in commands.py."""

from __future__ import annotations

from nnstudio.model.graph import Graph, Note
from nnstudio.model.history import Command, Step


class ChangeNote(Step):
    """Write or resize a note; changes with the same ``gesture`` are one step."""

    def __init__(self, graph: Graph, note: Note, gesture: object, title: str = "Edit note") -> None:
        self.graph, self.before, self.after = graph, graph.notes[note.id], note
        self.gesture, self.title = gesture, title

    def redo(self) -> None:
        self.graph.replace_note(self.after)

    def undo(self) -> None:
        self.graph.replace_note(self.before)

    def merge(self, later: Command) -> bool:
        if not isinstance(later, ChangeNote) or later.gesture is not self.gesture:
            return False
        self.after = later.after
        return True
