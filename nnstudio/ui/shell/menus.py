"""The menus: each action's title, keys and what it calls, in one table."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMessageBox, QScrollArea, QWidget

from nnstudio import __version__
from nnstudio.project import example_names
from nnstudio.ui.shell.keys_dialog import KeysDialog
from nnstudio.ui.widgets.plain_text import on_button, plain_tip
from nnstudio.ui.widgets.theme import TEXT_SIZE, theme

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

# Actions that also hang in the canvas's context menu; their keys work while the canvas has the focus.
ON_CANVAS = ("cut", "copy", "paste", "duplicate", "delete", "bridge", "select all")

# By how much the window's text grows at a time, as a share of the system's.
TEXT_STEP = 0.1


def build_menus(window: MainWindow) -> dict[str, QAction]:
    """Make all menus of the window; returns the actions by name."""
    files, editor, canvas = window.files, window.editor, window.canvas

    def scale_text(by: float) -> None:
        theme.set_text_scale(theme.text_scale + by)
        window.settings.setValue(TEXT_SIZE, theme.text_scale)

    def faces() -> None:
        window.thumbnails.shown = not window.thumbnails.shown
        actions["thumbnails"].setChecked(window.thumbnails.shown)
        window.live.scheduler.ask_for_thumbnails()

    def select_all() -> None:
        canvas.canvas.select([*canvas.canvas.nodes, *canvas.canvas.notes])

    tables: dict[str, list[tuple[str, str, str, Callable[[], object]] | None]] = {
        "&File": [
            ("start", "S&tart page", "Ctrl+Shift+N", window.show_start),
            ("new", "&New", "Ctrl+N", files.new),
            ("open", "&Open…", "Ctrl+O", files.ask_open),
            None,
            ("save", "&Save", "Ctrl+S", files.save),
            ("save as", "Save &as…", "Ctrl+Shift+S", files.save_as),
            ("export", "&Export weights…", "Ctrl+E", files.ask_export),
            ("figure", "Export the &drawing…", "Ctrl+Shift+E", files.ask_figure),
            None,
            ("quit", "&Quit", "Ctrl+Q", window.close),
        ],
        "&Edit": [
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
            ("leave sub-network", "&Leave the sub-network", "Ctrl+Up", lambda: editor.go(editor.path[:-1])),
            ("dissolve", "D&issolve the sub-network", "Ctrl+Shift+G", editor.dissolve),
            ("forget", "Remove unused sub-networks", "", editor.forget_unused),
        ],
        "&View": [
            ("fit", "&Fit the network", "Ctrl+Home", lambda: canvas.fit()),
            ("life size", "&Life size", "Ctrl+0", lambda: canvas.set_zoom(1.0)),
            ("zoom in", "Zoom &in", "Ctrl++", lambda: canvas.set_zoom(canvas.zoom * 1.2)),
            ("zoom out", "Zoom &out", "Ctrl+-", lambda: canvas.set_zoom(canvas.zoom / 1.2)),
            ("thumbnails", "Live &thumbnails on the nodes", "", faces),
            None,
            ("larger text", "Lar&ger text", "Ctrl+Alt++", lambda: scale_text(TEXT_STEP)),
            ("smaller text", "S&maller text", "Ctrl+Alt+-", lambda: scale_text(-TEXT_STEP)),
            None,
        ],
        "&Go": [
            ("go canvas", "&Canvas", "Ctrl+1", canvas.setFocus),
            ("go palette", "&Layers", "Ctrl+2", lambda: _go(window, "palette")),
            ("go inspector", "&Inspector", "Ctrl+3", lambda: _go(window, "inspector")),
            ("go data", "&Data", "Ctrl+4", lambda: _go(window, "data")),
            ("go training", "&Training", "Ctrl+5", lambda: _go(window, "training")),
            ("go problems", "&Problems", "Ctrl+6", lambda: _go(window, "problems")),
            ("go outline", "&Outline", "Ctrl+7", lambda: _go(window, "outline")),
            ("go run", "&Run bar", "Ctrl+8", window.run_bar.train_button.setFocus),
        ],
        "&Arrange": [
            ("arrange", "&Arrange", "Ctrl+L", lambda: editor.arrange()),
            ("arrange rest", "Arrange &all but the selection", "Ctrl+Shift+L", lambda: editor.arrange(True)),
            None,
            ("align left", "Align &left", "Alt+Left", lambda: editor.align("left")),
            ("align right", "Align &right", "Alt+Right", lambda: editor.align("right")),
            ("align top", "Align &top", "Alt+Up", lambda: editor.align("top")),
            ("align bottom", "Align &bottom", "Alt+Down", lambda: editor.align("bottom")),
            ("distribute x", "Distribute &across", "Alt+Shift+Right", lambda: editor.distribute("x")),
            ("distribute y", "Distribute &down", "Alt+Shift+Down", lambda: editor.distribute("y")),
        ],
        "&Run": [],
        "&Help": [
            ("help layer", "&Help on the layer", "F1", lambda: _show_layer(window)),
            ("keys", "&Keys", "?", lambda: KeysDialog(window.keys, window).open()),
            ("about", "&About nnstudio", "", lambda: _about(window)),
        ],
    }
    actions: dict[str, QAction] = {}
    menus: dict[str, QMenu] = {}
    for title, rows in tables.items():
        menu = menus[title] = window.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        for row in rows:
            if row is None:
                menu.addSeparator()
                continue
            name, text, keys, slot = row
            action = actions[name] = QAction(text, window)
            if keys:
                action.setShortcut(keys)
            action.triggered.connect(lambda _checked=False, s=slot: s())
            menu.addAction(action)
            if name in ON_CANVAS:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                canvas.addAction(action)
    actions["thumbnails"].setCheckable(True)
    actions["thumbnails"].setChecked(window.thumbnails.shown)
    actions["redo"].setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
    _add_openers(window, menus["&File"], actions)
    for dock in window.docks.values():
        menus["&View"].addAction(dock.toggleViewAction())
    bar = window.run_bar
    run = {
        "train": bar.train_action,
        "step": bar.step_action,
        "stop": bar.stop_action,
        "reset": bar.reset_action,
    }
    menus["&Run"].addActions(list(run.values()))
    actions |= run
    return actions


def _go(window: MainWindow, name: str) -> None:
    """Bring a panel to the front and the focus to its first field."""
    dock = window.docks[name]
    dock.show()
    dock.raise_()
    inside = [dock.widget(), *dock.widget().findChildren(QWidget)]
    for widget in inside:
        takes = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if takes and not isinstance(widget, QScrollArea) and widget.isVisibleTo(dock) and widget.isEnabled():
            widget.setFocus(Qt.FocusReason.ShortcutFocusReason)
            return


def _add_openers(window: MainWindow, menu: QMenu, actions: dict[str, QAction]) -> None:
    """Recent projects and examples, below Open."""
    before = actions["save"]
    recent = QMenu("Open &recent", window)
    examples = QMenu("E&xamples", window)
    for sub in (recent, examples):
        menu.insertMenu(before, sub)
    menu.insertSeparator(before)

    def fill() -> None:
        recent.clear()
        for path in window.files.recent():
            action = recent.addAction(on_button(path.name))
            action.setToolTip(plain_tip(str(path)))
            action.triggered.connect(lambda _checked=False, p=path: window.files.open(p))
        if recent.isEmpty():
            recent.addAction("Nothing opened yet").setEnabled(False)

    recent.aboutToShow.connect(fill)
    for name in example_names():
        action = examples.addAction(name)
        action.triggered.connect(lambda _checked=False, n=name: window.files.open_example(n))
        actions[f"example {name}"] = action


def _show_layer(window: MainWindow) -> None:
    """What the selected layer does, where it comes from, and each of its options."""
    chosen, graph = window.canvas.canvas.selected_nodes(), window.editor.graph
    if not chosen:
        window.say("Select a layer on the canvas first; F1 then explains it.")
        return
    layer = graph.registry[graph[chosen[0]].kind]
    origin = escape(inspect.cleandoc(type(layer).__doc__ or "")).replace("\n\n", "<p>")
    options = "".join(
        f"<tr><td><b>{escape(o.title)}</b>&nbsp;&nbsp;</td><td>{escape(o.help)}</td></tr>"
        for o in layer.options
    )
    _box(
        window,
        layer.title,
        f"<b>{escape(layer.title)}</b><p>{escape(layer.help)}<p>{origin}"
        f"<table cellpadding=3>{options}</table>",
    )


def _about(window: MainWindow) -> None:
    _box(
        window, "About nnstudio",
        f"<b>nnstudio {__version__}</b><p>Draw a neural network, watch it learn, take the weights away.</p>"
        "<p>Free software under the BSD-3-Clause licence. MNIST: LeCun, Cortes, Burges (CC BY-SA 3.0). "
        "Iris: R. A. Fisher (CC BY 4.0).</p>",
    )  # fmt: skip


def _box(window: MainWindow, title: str, text: str) -> None:
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(title)
    box.setText(text)
    box.open()
