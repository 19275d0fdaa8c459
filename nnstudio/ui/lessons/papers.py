"""Writes what leaves a lesson as a file: its handout, a learner's work with a report.

Any thread may, but for the picture of a network.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

from nnstudio.data.facts import facts_of_data
from nnstudio.lessons.handed_in import REPORT, ZIP
from nnstudio.lessons.handout import handout
from nnstudio.lessons.lesson import LessonError, LessonFolder
from nnstudio.lessons.progress import MOST_PROJECT_BYTES, Progress, read_progress, work_file
from nnstudio.lessons.report import report
from nnstudio.lessons.sheet import Picture, as_markdown
from nnstudio.model.atomic_file import FileError, read_regular, write_atomically
from nnstudio.model.graph import Graph
from nnstudio.model.inference import NodeFacts
from nnstudio.model.locations import facts_at
from nnstudio.project import Project
from nnstudio.ui.canvas.figure import figure
from nnstudio.ui.lessons.sheet_pdf import as_pdf

PDF, MARKDOWN = ".pdf", ".md"
Network = tuple[Graph, Mapping[str, NodeFacts]]


def network_of(folder: LessonFolder) -> Network:
    """The network that a lesson begins with, and what is known of its nodes; reads its data.

    Raises ProjectError or DataError.
    """
    project = Project.open(folder.project)
    data = project.load_data() if project.data_is_there else project.known_data()
    facts = facts_at(project.document, facts_of_data(data)) if data is not None else {}
    return project.document.graph, facts


def network_picture(network: Network) -> Picture | None:
    """None where there is nothing to draw. In the thread of the window only."""
    graph, facts = network
    names = ", ".join(node.name for node in graph.nodes)
    if not names:
        return None
    return Picture(figure(".png", graph, facts, ""), f"The network as the lesson begins: {names}")


def write_handout(
    folder: LessonFolder, out: Path, is_for_teacher: bool, picture: Picture | None = None
) -> None:
    """Write a lesson for pupils or for the teacher, as PDF or Markdown. Raises LessonError or FileError."""
    _check_suffix(out, "A handout", PDF, MARKDOWN)
    sheet = handout(folder, is_for_teacher, picture)
    is_text = out.suffix.lower() == MARKDOWN
    write_atomically(out, as_markdown(sheet).encode("utf-8") if is_text else as_pdf(sheet))


def write_work(folder: LessonFolder, out: Path, who: str = "") -> None:
    """Write the project of a learner, called ``who``, as it was saved last, with a report on it into one zip.

    Raises LessonError or FileError.
    """
    _check_suffix(out, "Your work", ZIP)
    path, title = work_file(folder.id), folder.lesson.title
    if not path.exists():
        raise LessonError(
            f"There is no work in “{title}” to save yet: begin it from File > Lessons in the window first."
        )
    project, notes = Project.open(path), []
    try:
        progress = read_progress(folder.id)
    except FileError as error:
        progress, notes = Progress(), [str(error)]
    sheet = report(folder, progress, project, (*notes, *project.warnings), who)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(path.name, read_regular(path, MOST_PROJECT_BYTES))
        archive.writestr(REPORT, as_pdf(sheet))
    write_atomically(out, buffer.getvalue())


def _check_suffix(out: Path, what: str, *suffixes: str) -> None:
    if out.suffix.lower() not in suffixes:
        known = " or ".join(f"*{suffix}" for suffix in suffixes)
        raise LessonError(f"{what} is written as {known}; '{out.name}' ends in nothing of that.")
