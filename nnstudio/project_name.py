"""What a project is called, be it saved or not: its runs, its sweeps and the file that is proposed for it."""

from __future__ import annotations

from pathlib import Path

from nnstudio.data.dataset import sources
from nnstudio.project import Project


def begin_as(project: Project, title: str) -> None:
    """It began as a copy of something that has a title, such as an example or a template."""
    project.begun_as = title, project.document.data.kind


def name_of(project: Project) -> str:
    """As its file; else as what it began as, as long as it has data of that kind; else as its data."""
    if project.path is not None:
        return project.path.stem
    data, (title, kind) = project.document.data, project.begun_as
    if title and kind == data.kind:
        return title
    if data.kind not in sources:
        return data.kind
    source = sources[data.kind]
    # Of data that is read from nowhere, the project may have brought what it has no more.
    file = Path(str(data.options.get("path") or project.brought.name)).stem if source.picks else ""
    return file or source.title
