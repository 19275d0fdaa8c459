"""What stands in each menu of the window, in its order: name, title, keys and what is called."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from nnstudio.data.dataset import Picks
from nnstudio.model.arrange import Axis, Edge
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.project.exports import Exports
from nnstudio.ui.project.files import Files

# None for a line between.
Rows = list[tuple[str, str, str, Callable[[], object]] | None]
# Pages and dialogs by their names.
Show = Mapping[str, Callable[[], None]]


def file_rows(files: Files, exports: Exports, close: Callable[[], object], show: Show) -> Rows:
    """What becomes of projects, and what comes from other programs and goes to them."""
    return [
        ("start", "S&tart page", "Ctrl+Shift+N", show["start"]),
        ("lessons", "&Lessons", "Shift+F1", show["lessons"]),
        ("make lesson", "Ma&ke a lesson from this project…", "", show["make lesson"]),
        ("data", "Your &data…", "Ctrl+Shift+O", files.ask_data),
        ("pictures", "Your &pictures…", "", partial(files.ask_data, Picks.FOLDER)),
        ("new", "&New", "Ctrl+N", files.new),
        ("open", "&Open…", "Ctrl+O", files.ask_open),
        ("open text", "Open &from text…", "", show["open text"]),
        None,
        ("save", "&Save", "Ctrl+S", files.save),
        ("save as", "Save &as…", "Ctrl+Shift+S", files.save_as),
        ("copy text", "Cop&y as text", "", show["copy text"]),
        None,
        ("import", "&Import a network…", "Ctrl+I", show["import"]),
        ("weights", "Load &weights from a file…", "", show["weights"]),
        ("reuse", "Re&use layers of a trained network…", "", show["reuse"]),
        ("compare", "Co&mpare with a file…", "", show["compare"]),
        None,
        ("export", "&Export the trained network…", "Ctrl+E", exports.ask_export),
        ("figure", "Export the &drawing…", "Ctrl+Shift+E", exports.ask_figure),
        None,
        ("quit", "&Quit", "Ctrl+Q", close),
    ]


def edit_rows(editor: Editor, select_all: Callable[[], object], show: Show) -> Rows:
    """What changes the network."""

    def leave() -> None:
        editor.go(editor.path[:-1])

    return [
        ("undo", "Undo", "Ctrl+Z", editor.undo),
        ("redo", "Redo", "Ctrl+Shift+Z", editor.redo),
        None,
        ("cut", "Cu&t", "Ctrl+X", editor.clipboard.cut),
        ("copy", "&Copy", "Ctrl+C", editor.clipboard.copy),
        ("paste", "&Paste", "Ctrl+V", editor.clipboard.paste),
        ("duplicate", "D&uplicate", "Ctrl+D", editor.clipboard.duplicate),
        ("delete", "&Delete", "Del", lambda: editor.remove_selected()),
        ("bridge", "Delete and &reconnect", "Backspace", lambda: editor.remove_selected(True)),
        ("select all", "Select &all", "Ctrl+A", select_all),
        None,
        ("note", "Add a &note", "Ctrl+M", editor.add_note),
        ("frame", "Add a &frame around the selection", "Ctrl+Shift+M", editor.add_frame),
        None,
        ("group", "Make a sub-net&work", "Ctrl+G", editor.make_subnetwork),
        ("open sub-network", "&Open the sub-network", "Ctrl+Down", editor.open_selected),
        ("leave sub-network", "&Leave the sub-network", "Ctrl+Up", leave),
        ("dissolve", "D&issolve the sub-network", "Ctrl+Shift+G", editor.dissolve),
        ("forget", "Remove unused sub-networks", "", editor.forget_unused),
        None,
        ("widen", "&Widen the layer…", "", show["widen"]),
        ("deepen", "&Insert a layer that changes nothing", "", show["deepen"]),
        ("branch", "Add a &branch that adds nothing yet", "", show["branch"]),
        ("split", "Spl&it the layer in two", "", show["split"]),
        ("prune", "&Remove units that do nothing…", "", show["prune"]),
        ("freeze", "&Freeze the layer, or let it learn again", "", show["freeze"]),
    ]


def arrange_rows(editor: Editor) -> Rows:
    """Where nodes stand."""
    arrange_rest, spread = partial(editor.arrange, True), editor.distribute
    return [
        ("arrange", "&Arrange", "Ctrl+L", lambda: editor.arrange()),
        ("arrange rest", "Arrange &all but the selection", "Ctrl+Shift+L", arrange_rest),
        None,
        ("align left", "Align &left", "Alt+Left", lambda: editor.align(Edge.LEFT)),
        ("align right", "Align &right", "Alt+Right", lambda: editor.align(Edge.RIGHT)),
        ("align top", "Align &top", "Alt+Up", lambda: editor.align(Edge.TOP)),
        ("align bottom", "Align &bottom", "Alt+Down", lambda: editor.align(Edge.BOTTOM)),
        ("distribute x", "Distribute &horizontally", "Alt+Shift+Right", lambda: spread(Axis.X)),
        ("distribute y", "Distribute &vertically", "Alt+Shift+Down", lambda: spread(Axis.Y)),
    ]


def go_rows(focus: Callable[[str], object], run: Callable[[], object], show: Show) -> Rows:
    """What has the keys next; ``run`` gives them to the run bar."""
    return [
        ("go canvas", "&Canvas", "Ctrl+1", show["canvas"]),
        ("go palette", "&Layers", "Ctrl+2", lambda: focus("palette")),
        ("go inspector", "&Inspector", "Ctrl+3", lambda: focus("inspector")),
        ("go data", "&Data", "Ctrl+4", lambda: focus("data")),
        ("go training", "&Training", "Ctrl+5", lambda: focus("training")),
        ("go problems", "&Problems", "Ctrl+6", lambda: focus("problems")),
        ("go outline", "&Outline", "Ctrl+7", lambda: focus("outline")),
        ("go run", "&Run bar", "Ctrl+8", run),
        ("go table", "Data ta&ble", "Ctrl+9", show["data"]),
    ]
