"""The menus: makes actions of the rows of each, and adds what follows from registries and layouts."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from html import escape

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QMessageBox

from nnstudio import __version__
from nnstudio.data.dataset import Picks
from nnstudio.examples import examples
from nnstudio.model.titles import titled
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.live.host import LiveHost
from nnstudio.ui.project.exports import Exports
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.predictions import Predictions
from nnstudio.ui.project.recent import called
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.shell.arrangement import Arrangement
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.layout_menu import LayoutMenu
from nnstudio.ui.shell.layouts import Layouts
from nnstudio.ui.shell.menu_bar import menu_of
from nnstudio.ui.shell.menu_rows import Rows, Show, arrange_rows, edit_rows, file_rows, go_rows
from nnstudio.ui.widgets.plain_text import on_button, plain_tip
from nnstudio.ui.widgets.theme import SCHEME, TEXT_SIZE, Scheme, theme

# Actions that also hang in the canvas's context menu; their keys work while the canvas has the focus.
ON_CANVAS = ("cut", "copy", "paste", "duplicate", "delete", "bridge", "select all")

# What needs no project that is open, and what is offered by the steps that were done.
WITHOUT_PROJECT = (
    "start", "lessons", "data", "pictures", "new", "open", "open text", "import", "quit", "undo", "redo",
    "reset layout", "device", "larger text", "smaller text", "normal text", "keys", "about",
)  # fmt: skip

# What changes a trained network step by step.
GROWING = ("widen", "deepen", "branch", "split", "prune", "freeze")

# By how much the window's text grows at a time, as a share of the system's.
TEXT_STEP = 0.1


class Menus:
    """Makes all menus of a window; ``actions`` by name. ``show`` opens pages and dialogs by their names."""

    def __init__(
        self,
        window: QMainWindow,
        settings: QSettings,
        editor: Editor,
        files: Files,
        exports: Exports,
        predictions: Predictions,
        messages: Messages,
        docks: Docks,
        layouts: Layouts,
        live: LiveHost,
        run_bar: RunBar,
        show: Show,
    ) -> None:
        self.window, self.settings, self.editor, self.files = window, settings, editor, files
        self.predictions = predictions
        self.messages, self.docks, self.live, self.run_bar = messages, docks, live, run_bar
        self.actions: dict[str, QAction] = {}
        # What acts on the project that is open.
        self._of_project: list[QAction] = []
        self._menus: dict[str, QMenu] = {}
        for title, rows in self._tables(exports, show, layouts).items():
            self._add_menu(title, rows)
        self._finish(layouts, show)

    def _tables(self, exports: Exports, show: Show, layouts: Layouts) -> dict[str, Rows]:
        editor, focus = self.editor, self.docks.focus
        return {
            "&File": file_rows(self.files, exports, self.window.close, show),
            "&Edit": edit_rows(editor, self._select_all, show),
            "&View": self._view_rows(layouts, show),
            "&Go": go_rows(focus, self.run_bar.train_button.setFocus, show),
            "&Arrange": arrange_rows(editor),
            "&Run": self._run_rows(show),
            "&Help": [
                ("help layer", "&Help on the layer", "F1", self._show_layer),
                ("keys", "&Keys", "?", show["keys"]),
                ("about", "&About nnstudio", "", self._about),
            ],
        }

    def _view_rows(self, layouts: Layouts, show: Show) -> Rows:
        canvas = self.editor.view
        return [
            ("fit", "&Fit the network", "Ctrl+Home", lambda: canvas.fit()),
            ("life size", "&Actual size", "Ctrl+0", lambda: canvas.set_zoom(1.0)),
            ("zoom in", "Zoom &in", "Ctrl++", lambda: canvas.set_zoom(canvas.zoom * 1.2)),
            ("zoom out", "Zoom &out", "Ctrl+-", lambda: canvas.set_zoom(canvas.zoom / 1.2)),
            ("thumbnails", "Live &thumbnails on the nodes", "", self._toggle_thumbnails),
            None,
            ("large", "Large view, or back to all panels", "F11", show["large"]),
            ("runs", "All r&uns", "Ctrl+Alt+R", show["runs"]),
            None,
            ("reset layout", "R&eset the layout", "", layouts.reset),
            ("larger text", "Lar&ger text", "Ctrl+Alt++", lambda: self._scale_text(TEXT_STEP)),
            ("smaller text", "S&maller text", "Ctrl+Alt+-", lambda: self._scale_text(-TEXT_STEP)),
            ("normal text", "&Normal text size", "Ctrl+Alt+0", self._reset_text),
        ]

    def _run_rows(self, show: Show) -> Rows:
        return [
            None,
            ("predict", "&Predict a file…", "Ctrl+P", self.predictions.ask),
            ("predict folder", "Predict a &folder…", "", partial(self.predictions.ask, Picks.FOLDER)),
            ("folds", "&Cross-validate…", "", show["folds"]),
            ("side by side", "Train side &by side…", "", show["side by side"]),
            ("sweep", "S&weep", "Ctrl+Alt+W", show["sweep"]),
            ("device", "Switch between CPU and &GPU", "", self.run_bar.device_requested.emit),
            ("then and now", "Compare with an &earlier step…", "", show["then and now"]),
            ("before edit", "Compare with before the &last edit…", "", show["before edit"]),
        ]

    def _add_menu(self, title: str, rows: Rows) -> None:
        menu = self._menus[title] = menu_of(self.window.menuBar(), title)
        menu.setToolTipsVisible(True)
        canvas = self.editor.view
        for row in rows:
            if row is None:
                menu.addSeparator()
                continue
            name, text, keys, slot = row
            action = self.actions[name] = QAction(text, self.window)
            if keys:
                action.setShortcut(keys)
            action.triggered.connect(lambda _checked=False, s=slot: s())
            menu.addAction(action)
            if name not in WITHOUT_PROJECT:
                self._of_project.append(action)
            if name in ON_CANVAS:
                action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
                canvas.addAction(action)

    def _finish(self, layouts: Layouts, show: Show) -> None:
        actions, bar = self.actions, self.run_bar
        actions["thumbnails"].setCheckable(True)
        actions["thumbnails"].setChecked(self.live.thumbnails.shown)
        actions["redo"].setShortcuts([QKeySequence("Ctrl+Shift+Z"), QKeySequence("Ctrl+Y")])
        # Where + is typed with Shift, = is the key that is pressed.
        actions["zoom in"].setShortcuts([QKeySequence("Ctrl++"), QKeySequence("Ctrl+=")])
        actions["larger text"].setShortcuts([QKeySequence("Ctrl+Alt++"), QKeySequence("Ctrl+Alt+=")])
        self._add_growing(self._menus["&Edit"])
        self._menus["&Help"].insertAction(actions["help layer"], actions["lessons"])
        self._add_openers(self._menus["&File"])
        view, layout = self._menus["&View"], LayoutMenu(self.window, layouts, actions["reset layout"])
        actions |= layout.actions
        self._add_panels(view)
        self._add_large(view)
        view.addMenu(layout.menu)
        view.removeAction(actions["reset layout"])
        self._add_text_sizes(view)
        self._add_schemes(view)

        def after_choice(chosen: Arrangement | None) -> None:
            """The network fits into its new room, or the data is what such a layout is for."""
            self.editor.view.fit()
            if chosen is not None:
                show["data" if chosen.on_data else "canvas"]()

        layouts.chosen.connect(after_choice)
        run = {
            "train": bar.train_action,
            "step": bar.step_action,
            "stop": bar.stop_action,
            "reset": bar.reset_action,
        }
        menu = self._menus["&Run"]
        menu.insertActions(menu.actions()[0], list(run.values()))
        actions |= run

    def _add_panels(self, menu: QMenu) -> None:
        """Which panels and live views are open."""
        panels, views = menu.addMenu("&Panels"), menu.addMenu("Li&ve views")
        shown = {name: self.docks[name].toggleViewAction() for name in self.docks}
        panels.addActions([action for name, action in shown.items() if name not in self.live.views])
        self._add_by_question(views, shown)

    def _add_by_question(self, menu: QMenu, actions: Mapping[str, QAction]) -> None:
        """Of each live view its action, below the question that it answers."""
        asked = ""
        for name, view in self.live.views.factories.items():
            if view.question != asked:
                asked = view.question
                menu.addSection(asked)
            menu.addAction(actions[name])

    def _add_growing(self, menu: QMenu) -> None:
        """What changes a network and keeps what it has learned."""
        growing = menu.addMenu("&Grow or prune what is trained")
        for name in GROWING:
            menu.removeAction(self.actions[name])
            growing.addAction(self.actions[name])

    def _add_text_sizes(self, menu: QMenu) -> None:
        sizes = menu.addMenu("Te&xt size")
        for name in ("larger text", "smaller text", "normal text"):
            menu.removeAction(self.actions[name])
            sizes.addAction(self.actions[name])

    def _add_large(self, menu: QMenu) -> None:
        """Each view, to be shown large."""
        large = menu.addMenu("Show &one view large")
        menu.removeAction(self.actions["large"])
        large.addAction(self.actions["large"])
        actions = {
            name: QAction(on_button(view.title), large) for name, view in self.live.views.factories.items()
        }
        for name, action in actions.items():
            action.triggered.connect(partial(self._show_large, name))
        self._add_by_question(large, actions)

        def offer() -> None:
            for name, action in actions.items():
                action.setEnabled(self.docks[name].toggleViewAction().isEnabled())

        large.aboutToShow.connect(offer)

    def _show_large(self, name: str, _checked: bool = False) -> None:
        self.docks.large_requested.emit(name)

    def _add_schemes(self, menu: QMenu) -> None:
        """Which colours the window has."""
        schemes = menu.addMenu("The&me")
        group = QActionGroup(schemes)
        titles = {Scheme.SYSTEM: "As the &system", Scheme.LIGHT: "&Light", Scheme.DARK: "&Dark"}
        for scheme, title in titles.items():
            action = self.actions[f"theme {scheme}"] = schemes.addAction(title)
            action.setCheckable(True)
            action.setChecked(scheme == theme.scheme)
            group.addAction(action)
            action.triggered.connect(partial(self._choose_scheme, scheme))

    def _add_openers(self, menu: QMenu) -> None:
        """Recent projects and examples, below Open."""
        before = self.actions["save"]
        recent = QMenu("Open &recent", self.window)
        menu_of_examples = QMenu("E&xamples", self.window)
        menu_of_examples.setToolTipsVisible(True)
        for sub in (recent, menu_of_examples):
            menu.insertMenu(before, sub)
        menu.insertSeparator(before)

        def fill() -> None:
            recent.clear()
            for path in self.files.recent.paths():
                action = recent.addAction(on_button(called(path)))
                action.setToolTip(plain_tip(str(path)))
                action.triggered.connect(lambda _checked=False, p=path: self.files.open(p))
            if recent.isEmpty():
                recent.addAction("Nothing opened yet").setEnabled(False)

        recent.aboutToShow.connect(fill)
        for name, (title, line) in examples().items():
            action = menu_of_examples.addAction(on_button(title))
            action.setToolTip(plain_tip(line))
            action.triggered.connect(lambda _checked=False, n=name: self.files.open_example(n))
            self.actions[f"example {name}"] = action

    def show_project(self, is_open: bool) -> None:
        """Offer what needs a project only where one is open."""
        for action in self._of_project:
            action.setEnabled(is_open)

    def show_steps(self, undo: str, redo: str) -> None:
        """Name the steps that Undo and Redo would take; "" where there is none."""
        for name, step, verb in (("undo", undo, "Undo"), ("redo", redo, "Redo")):
            self.actions[name].setEnabled(bool(step))
            self.actions[name].setText(on_button(f"{verb} {step}") if step else verb)

    # What stands nowhere else

    def _scale_text(self, by: float) -> None:
        theme.set_text_scale(theme.text_scale + by)
        self.settings.setValue(TEXT_SIZE, theme.text_scale)

    def _reset_text(self) -> None:
        theme.set_text_scale(1.0)
        self.settings.setValue(TEXT_SIZE, 1.0)

    def _choose_scheme(self, scheme: Scheme, _checked: bool = False) -> None:
        theme.choose(scheme)
        self.settings.setValue(SCHEME, str(scheme))

    def _toggle_thumbnails(self) -> None:
        thumbnails = self.live.thumbnails
        thumbnails.shown = not thumbnails.shown
        self.actions["thumbnails"].setChecked(thumbnails.shown)
        self.live.scheduler.ask_for_thumbnails()

    def _select_all(self) -> None:
        canvas = self.editor.view.canvas
        canvas.select([*canvas.nodes, *canvas.notes])

    def _show_layer(self) -> None:
        """What the selected layer does, where it comes from, and each of its options."""
        chosen, graph = self.editor.view.canvas.selected_nodes(), self.editor.graph
        if not chosen:
            self.messages.say("Select a layer on the canvas first; F1 then explains it.")
            return
        layer = graph.registry[graph[chosen[0]].kind]
        origin = escape(inspect.cleandoc(type(layer).__doc__ or "")).replace("\n\n", "<p>")
        options = "".join(
            f"<tr><td><b>{escape(titled(o.name))}</b>&nbsp;&nbsp;</td><td>{escape(o.help)}</td></tr>"
            for o in layer.options
        )
        text = f"<b>{escape(layer.title)}</b><p>{escape(layer.help)}<p>{origin}"
        self._box(layer.title, f"{text}<table cellpadding=3>{options}</table>")

    def _about(self) -> None:
        self._box(
            "About nnstudio",
            f"<b>nnstudio {__version__}</b><p>Draw a neural network, watch it learn, take the weights away."
            "</p><p>Free software under the BSD-3-Clause licence. MNIST: LeCun, Cortes, Burges (CC BY-SA "
            "3.0). Iris: R. A. Fisher (CC BY 4.0).</p>",
        )

    def _box(self, title: str, text: str) -> None:
        box = QMessageBox(self.window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setText(text)
        box.open()
