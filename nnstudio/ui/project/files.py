"""New, open, save, export, recent and recovered projects; asks before anything could be lost."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QMessageBox, QProgressDialog

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, Dataset, Source, sources
from nnstudio.export.format import ExportError, export, formats
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Node
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.templates import templates
from nnstudio.project import Project, facts_of_data, open_example
from nnstudio.training.session import TrainingState
from nnstudio.ui.canvas.figure import SUFFIXES, write_figure
from nnstudio.ui.project import recovery
from nnstudio.ui.project.recorder import Recorder
from nnstudio.ui.project.switch import SwitchProject, open_in

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

RECENT = 8
# What a person can mend; anything else is a fault of the program.
EXPECTED = (ExportError, FileError, SpecError, DataError, UnknownName)
FILTER = f"nnstudio projects (*{SUFFIX})"


class Files:
    """What the File menu does."""

    def __init__(self, window: MainWindow) -> None:
        self.window = window
        self._open_saves = 0
        self._after_saving: Callable[[], object] | None = None

    # Opening

    def new(self) -> None:
        """An Input and an Output, to be filled."""

        def show() -> None:
            project = Project()
            graph = project.document.graph
            graph.insert_node(Node("input_1", "input", "Input", 0, 0))
            graph.insert_node(Node("output_1", "output", "Output", 440, 0))
            project.document.set_data(DataReference("circle"))
            _fit_loss(project)
            self._show(project, "New project")

        self.leave(show)

    def new_from_template(self, name: str) -> None:
        """A project that holds a template and data that suits it."""
        template = templates[name]

        def make() -> Project:
            project = Project()
            project.document.set_data(DataReference(template.data, dict(template.data_options)))
            data = _fit_loss(project)
            project.document.graph.fill(template.graph(facts_of_data(data)).to_dict())
            return project

        self.leave(
            lambda: self.window.runner.inquiries.in_background(
                make, lambda project: self._show(project, f"New {template.title}"), self._fail
            )
        )

    def ask_open(self) -> None:
        """Choose a project and open it."""
        path, _ = QFileDialog.getOpenFileName(self.window, "Open project", "", f"{FILTER};;All files (*)")
        if path:
            self.open(Path(path))

    def open(self, path: Path, failed: Callable[[], None] = lambda: None) -> None:
        """Open a project when it is read; a broken one gets a sentence and leaves the open one alone."""

        def show(project: Project) -> None:
            self._show(project, f"Open {path.name}")
            if project.warnings:
                self.window.say(" ".join((f"'{path.name}' could only be read in part.", *project.warnings)))
            self._remember(path)

        def fail(error: Exception) -> None:
            failed()
            self._fail(error)

        self.leave(lambda: self.window.runner.inquiries.in_background(lambda: Project.open(path), show, fail))

    def open_example(self, name: str) -> None:
        """A fresh copy of a shipped example."""
        self.leave(lambda: self._show(open_example(name), f"Open {name}"))

    def _fail(self, error: Exception) -> None:
        """Say why something could not be done; what nobody expected goes to the reporter of errors."""
        self.window.say(str(error))
        if not isinstance(error, EXPECTED):
            raise error

    def drop(self, text: str) -> None:
        """Something was dropped on the canvas: a project opens, a table or pictures become the data."""
        path = Path(text)
        if not path.is_absolute():
            self.window.say(
                f"'{text}' is not a file of this machine. Download it first, then drop the file or folder."
            )
            return
        if path.suffix == SUFFIX:
            self.open(path)
            return
        takes = next((s for s in sources if _takes(s, path)), None)
        if takes is not None:
            self.window.data_panel.use(takes.id, text)
            return
        known = ", ".join(suffix for s in sources for suffix in s.suffixes)
        self.window.say(
            f"'{path.name}' is neither a project ({SUFFIX}) nor a file of data ({known}). Pictures are taken "
            "as a folder that has a folder for each class."
        )

    def offer_recovery(self) -> bool:
        """Offer what a crashed session left; True if it was taken."""
        for path in recovery.left_behind():
            choice = self._ask(
                "Recover the last session?",
                "nnstudio did not close properly. You can recover the project as it was then.",
                QMessageBox.StandardButton.Open | QMessageBox.StandardButton.Discard,
            )
            if choice == QMessageBox.StandardButton.Discard:
                path.unlink(missing_ok=True)
                continue
            try:
                project = Project.open(path)
            except FileError as error:
                self.window.say(str(error))
                continue
            project.path = None
            self._show(project, "Recover a project")
            self.window.trained_since_save = True
            # The old copy goes when the new one is on disk.
            self.window.autosave.save(project, partial(path.unlink, missing_ok=True))
            return True
        return False

    def _show(self, project: Project, title: str) -> None:
        """Show a project; undo returns to the one before, if there was one."""
        window = self.window
        if window.has_project:
            before = window.project
            history = project.document.history = before.document.history
            open_in(history, SwitchProject(title, history, before, project, window.show_project))
        else:
            window.show_project(project)
        window.autosave.discard()

    # Saving

    @property
    def is_saving(self) -> bool:
        """Whether something is being written now."""
        return self._open_saves > 0

    def wait_for_saves(self, then: Callable[[], object]) -> bool:
        """Whether something is being written now; ``then`` is called when it is through, however it ends."""
        self._after_saving = then if self._open_saves else None
        return bool(self._open_saves)

    def save(self, then: Callable[[], None] = lambda: None) -> None:
        """Save where it was, or ask for a file; ``then`` is called when it is written."""
        if self.window.project.path is None:
            self.save_as(then)
        else:
            self.save_to(self.window.project.path, then)

    def save_as(self, then: Callable[[], None] = lambda: None) -> None:
        """Ask for a file and save there."""
        path, _ = QFileDialog.getSaveFileName(self.window, "Save project", f"network{SUFFIX}", FILTER)
        if path:
            self.save_to(Path(path).with_suffix(SUFFIX), then)

    def save_to(self, path: Path, then: Callable[[], None] = lambda: None) -> None:
        """Save, written on another thread; a sentence where that fails, and nothing counts as saved then."""
        window = self.window
        project = window.project
        window.tell(f"Saving {path.name} …")
        self._open_saves += 1

        def write(state: TrainingState | None) -> None:
            project.state = state
            content = project.content()
            # What is changed from here on is not in the file.
            project.document.history.mark_clean()
            window.trained_since_save = window.runner.snapshot.phase == "running"
            window.runner.inquiries.in_background(
                lambda: projectfile.write(path, *content), lambda _none: saved(), failed
            )

        def ended() -> None:
            self._open_saves -= 1
            if not self._open_saves and self._after_saving is not None:
                after, self._after_saving = self._after_saving, None
                QTimer.singleShot(0, window, after)

        def saved() -> None:
            ended()
            project.path = path
            if project is window.project:
                window.autosave.discard()
                window.show_title()
            self._remember(path)
            window.tell(f"Saved {path.name}.")
            then()

        def failed(error: Exception) -> None:
            ended()
            project.document.history.mark_unsaved()
            window.tell("")
            self._fail(error)

        window.runner.ask_state(write)

    def ask_export(self) -> None:
        """Choose a file for the weights and write them."""
        by_filter = {f"{f.title} (*{f.suffix})": f for f in formats}
        self.window.skipped_bar.refresh()
        path, chosen = QFileDialog.getSaveFileName(
            self.window, "Export weights", "weights.safetensors", ";;".join(by_filter)
        )
        if path:
            target = Path(path)
            if target.suffix.lower() not in {f.suffix for f in formats}:
                target = target.with_name(target.name + by_filter[chosen].suffix)
            self.export_to(target)

    def ask_figure(self) -> None:
        """Choose a file for the drawing and write it."""
        filters = "SVG (*.svg);;PDF (*.pdf);;PNG (*.png)"
        path, chosen = QFileDialog.getSaveFileName(self.window, "Export the drawing", "network.svg", filters)
        if path:
            target = Path(path)
            if target.suffix.lower() not in SUFFIXES:
                target = target.with_name(target.name + chosen.split("*")[1].rstrip(")"))
            self.figure_to(target)

    def figure_to(self, path: Path) -> bool:
        """Write the drawing as it is now; False and a sentence where that fails."""
        window = self.window
        try:
            write_figure(path, window.project.document.graph, window.facts)
        except (ExportError, FileError) as error:
            window.say(str(error))
            return False
        window.tell(f"Drew the network into {path.name}.")
        return True

    def ask_record(self) -> None:
        """Choose a file for the replay of the training and write it."""
        path, _ = QFileDialog.getSaveFileName(
            self.window, "Record the training", "training.gif", "GIF (*.gif)"
        )
        if path:
            self.record_to(Path(path).with_suffix(".gif"))

    def record_to(self, path: Path) -> Recorder:
        """Write the replay; a dialog shows how far it is and can cancel it."""
        window = self.window
        recorder = Recorder(window.runner, window.live.timeline.pictures(), window.grab, path)
        dialog = QProgressDialog("Replaying the training …", "Cancel", 0, 0, window)
        dialog.setMinimumDuration(0)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.canceled.connect(recorder.cancel)

        def end(sentence: str) -> None:
            dialog.canceled.disconnect(recorder.cancel)
            dialog.close()
            dialog.deleteLater()
            window.say(sentence) if sentence else window.tell(f"Recorded {path.name}.")

        def progress(done: int, total: int) -> None:
            dialog.setMaximum(total)
            dialog.setValue(done)

        recorder.progressed.connect(progress)
        recorder.ended.connect(end)
        # A dialog that keeps its recorder: nobody else does.
        recorder.setParent(dialog)
        recorder.start()
        return recorder

    def export_to(self, path: Path) -> None:
        """Export the weights as they are now, and prove it; a sentence tells how it went."""
        window = self.window
        window.tell(f"Exporting {path.name} …")

        def failed(error: Exception) -> None:
            window.tell("")
            self._fail(error)

        window.runner.ask(
            lambda session: export(session, path), lambda parity: window.tell(parity.sentence), failed
        )

    # Asking

    def leave(self, then: Callable[[], None]) -> None:
        """Call ``then`` when the project may be closed: at once, or once a person has chosen."""
        window = self.window
        if not window.is_modified:
            then()
            return
        name = window.project.path.name if window.project.path else "This project"
        running = " Training will stop." if window.runner.snapshot.phase == "running" else ""
        button = QMessageBox.StandardButton
        choice = self._ask(
            "Save changes?", f"{name} has unsaved changes.{running}",
            button.Save | button.Discard | button.Cancel,
        )  # fmt: skip
        if choice == button.Save:
            self.save(then)
        elif choice == button.Discard:
            then()

    def _ask(self, title: str, text: str, buttons: QMessageBox.StandardButton) -> QMessageBox.StandardButton:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, buttons, self.window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        choice = QMessageBox.StandardButton(box.exec())
        box.deleteLater()
        return choice

    # Recent

    def recent(self) -> list[Path]:
        """Projects opened or saved lately that are still there."""
        stored = self.window.settings.value("recent") or []
        paths = [Path(p) for p in ([stored] if isinstance(stored, str) else stored)]
        return [p for p in paths if p.is_file()]

    def _remember(self, path: Path) -> None:
        others = [p for p in self.recent() if p != path.resolve()]
        self.window.settings.setValue("recent", [str(p) for p in [path.resolve(), *others]][:RECENT])


def _fit_loss(project: Project) -> Dataset:
    """Choose a loss that suits the data, so that a new project has no change in it."""
    data = project.load_data()
    document = project.document
    document.set_settings(document.settings.with_option("loss", data.fitting_loss))
    return data


def _takes(source: Source, path: Path) -> bool:
    """Whether a kind of data is made of a file or folder like this."""
    return source.picks == "folder" if path.is_dir() else path.suffix.lower() in source.suffixes
