"""What leaves the project for other programs: weights, the drawing, the replay of a training."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QProgressDialog, QWidget

from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network_part import Part, parts_of
from nnstudio.export.own_rows import OwnFile
from nnstudio.export.parity import Parity
from nnstudio.model.atomic_file import FileError
from nnstudio.model.inference import NodeFacts
from nnstudio.training.evaluation import Evaluation
from nnstudio.ui.canvas.figure import SUFFIXES, write_figure
from nnstudio.ui.project.export_dialog import ExportDialog
from nnstudio.ui.project.file_names import completed
from nnstudio.ui.project.messages import LATEST, Cancelled, Messages
from nnstudio.ui.project.record_dialog import RecordDialog
from nnstudio.ui.project.recorder import WIDTH, Recorder
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import NOT_READY, Runner
from nnstudio.ui.run.trained_work import ask_trained
from nnstudio.ui.widgets.file_dialogs import OpenProject, ask_save


class Exports:
    """``facts`` of the nodes are drawn; ``pictures`` are the steps of a replay; ``grab`` pictures a view by
    its name, or the window by ""; ``formats_loaded`` is called when plug-ins were looked for, of which some
    may have been skipped.
    """

    def __init__(
        self,
        parent: QWidget,
        workspace: Workspace,
        runner: Runner,
        messages: Messages,
        facts: Callable[[], Mapping[str, NodeFacts]],
        pictures: Callable[[], list[int | None]],
        grab: Callable[[str], QPixmap],
        formats_loaded: Callable[[], None],
    ) -> None:
        self.parent, self.workspace, self.runner, self.messages = parent, workspace, runner, messages
        self._facts, self._pictures, self._grab = facts, pictures, grab
        self._formats_loaded = formats_loaded
        # The one that is going on.
        self._recorder: Recorder | None = None

    def ask_export(self) -> None:
        """Open the dialog in which a format and a file are chosen."""
        # Those of other packages are looked for now, and some may have been skipped.
        list(formats)
        self._formats_loaded()
        path = self.workspace.project.path
        folder = path.parent if path is not None else Path.cwd()
        if not os.access(folder, os.W_OK):
            folder = Path.home()
        name = OpenProject.named("")
        ExportDialog(self.parent, self.export_to, folder, name, self._parts()).open()

    def _parts(self) -> tuple[Part, ...]:
        """What of the network can be exported; the whole where nothing is known of it."""
        layout, data = self.runner.layout(), self.runner.data
        return (Part.WHOLE,) if layout is None or data is None else parts_of(layout, data.input_shape)

    def export_to(
        self,
        path: Path,
        format_name: str = "",
        ended: Callable[[Parity | str], None] = lambda _: None,
        options: Mapping[str, Any] | None = None,
        part: Part = Part.WHOLE,
    ) -> Callable[[], None]:
        """Export the weights as they are now, with the format's ``options``, and prove it; a sentence tells
        how it went, and so does ``ended``. Returns what cancels it. A ``part`` is a network of its own.
        """
        messages = self.messages
        messages.say("")
        task = messages.begin(f"Exporting {path.name}")

        begun, names = False, self.workspace.document.graph.names()
        project = self.workspace.project
        own = OwnFile.of(self.workspace.document.data, project.data_file())

        def work(trained: Evaluation, _nothing: None) -> Parity:
            nonlocal begun
            begun = True
            return export(trained, path, task.check, format_name, options, part, names, own)

        def cancel() -> None:
            # Before it begins nothing is written, and the worker may be long in coming to it.
            if not begun:
                failed(task.why())

        def failed(error: Exception) -> None:
            if task.is_over:
                return
            task.end()
            ended(str(error))
            if isinstance(error, Cancelled):
                messages.tell(str(error))
                return
            messages.say(str(error))
            if not isinstance(error, ExportError | FileError | ValueError):
                raise error

        def proved(parity: Parity) -> None:
            task.end()
            is_past = self.runner.snapshot.shown is not None
            messages.tell_written(f"{parity.sentence}{LATEST if is_past else ''}", path)
            ended(parity)

        task.cancelled.connect(cancel)
        ask_trained(self.runner, lambda _data: None, work, proved, failed)
        return task.cancel

    def ask_figure(self) -> None:
        """Choose a file for the drawing and write it."""
        filters = "SVG (*.svg);;PDF (*.pdf);;PNG (*.png)"
        path, chosen = ask_save(self.parent, "Export the drawing", f"{OpenProject.named('')}.svg", filters)
        wanted = chosen.split("*")[1].rstrip(")") if "*" in chosen else ".svg"
        target = completed(self.parent, path, wanted, SUFFIXES)
        if target is not None:
            self.figure_to(target)

    def figure_to(self, path: Path) -> bool:
        """Write the drawing as it is now; False and a sentence where that fails."""
        try:
            write_figure(path, self.workspace.document.graph, self._facts())
        except (ExportError, FileError) as error:
            self.messages.say(str(error))
            return False
        self.messages.say("")
        self.messages.tell_written(f"Drew the network into {path.name}.", path)
        return True

    def ask_record(self, view: str) -> None:
        """Choose a size and a file for the replay of the training and write it, of one view or, with "", the
        window.
        """

        def record(width: int) -> None:
            name = f"{OpenProject.named(view.replace('_', ' ') or 'training')}.gif"
            path, _ = ask_save(self.parent, "Record the training", name, "GIF (*.gif)")
            target = completed(self.parent, path, ".gif")
            if target is not None:
                self.record_to(target, view, width)

        picture, inquiries = self._grab(view).toImage(), self.runner.inquiries
        RecordDialog(self.parent, picture, len(self._pictures()), inquiries, record).open()

    def record_to(self, path: Path, view: str = "", width: int = WIDTH) -> Recorder | None:
        """Write the replay of a view, or of the window, at most ``width`` pixels wide; None where there is no
        run.

        A dialog shows how far it is and can cancel it.
        """
        messages = self.messages
        messages.say("")
        if not self.runner.has_network:
            messages.say(NOT_READY)
            return None
        recorder = Recorder(self.runner, self._pictures(), partial(self._grab, view), path, width)
        # It is modal: what is pictured must not be changed meanwhile.
        dialog = QProgressDialog("Replaying the training …", "Cancel", 0, 0, self.parent)
        dialog.setMinimumDuration(0)
        dialog.setWindowModality(Qt.WindowModality.WindowModal)
        dialog.canceled.connect(recorder.cancel)

        def end(sentence: str) -> None:
            self._recorder = None
            dialog.canceled.disconnect(recorder.cancel)
            dialog.close()
            dialog.deleteLater()
            if sentence:
                messages.say(sentence)
            else:
                messages.tell_written(f"Recorded {path.name}.", path)

        def progress(done: int, total: int) -> None:
            dialog.setMaximum(total)
            dialog.setValue(done)

        recorder.progressed.connect(progress)
        recorder.ended.connect(end)
        # A dialog that keeps its recorder, and takes it with it.
        recorder.setParent(dialog)
        self._recorder = recorder
        recorder.start()
        return recorder

    def close(self) -> None:
        """The window ends, and with it what is recorded of it."""
        if self._recorder is not None:
            self._recorder.close()
