"""Changes to notes and frames; moving, copying and deleting them is as with nodes."""

from __future__ import annotations

from nnstudio.model.commands import Step
from nnstudio.model.graph import Graph, Note
from nnstudio.model.history import Command


class AddNote(Step):
    """Put a note or frame on the canvas."""

    def __init__(self, graph: Graph, note: Note) -> None:
        self.graph, self.note = graph, note
        self.title = "Add frame" if note.frame else "Add note"

    def redo(self) -> None:
        self.graph.insert_note(self.note)

    def undo(self) -> None:
        self.graph.remove_note(self.note.id)


class ChangeNote(Step):
    """Write or resize a note; changes with the same ``gesture`` are one step."""

    def __init__(self, graph: Graph, note: Note, gesture: object, title: str = "Write note") -> None:
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
