"""A project that is proposed for a person's own file or folder; the window and the command line ask here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnstudio.data.dataset import SPLIT_OPTIONS, DataError, Dataset, Preview, Source, Split, sources
from nnstudio.data.facts import facts_of_data
from nnstudio.data.series_file import SeriesFile, reading_of
from nnstudio.data.tables.dataset import without_marks
from nnstudio.data.tables.options import MISSING_MARKS
from nnstudio.data.tables.series_guess import why_series
from nnstudio.data.tables.settings import (
    ColumnRole,
    ColumnSetting,
    no_such_column,
    read_settings,
    write_settings,
)
from nnstudio.data.tables.source import MOST_KEPT, TableSource, reader_of
from nnstudio.lessons.suffix import SUFFIX as LESSON
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import SUFFIX
from nnstudio.model.proposal import Proposal, Reader, propose
from nnstudio.project import Project

# What a person says instead of the identifier of a file's own kind of table.
TABLE = "table"


@dataclass(frozen=True)
class FromData:
    """A proposed project with what was understood of its data; ``preview`` is None where there is none, and
    ``why`` tells why a table was taken for something else, or "".
    """

    project: Project
    source: Source
    preview: Preview | None
    data: Dataset
    proposal: Proposal
    why: str = ""

    @property
    def task(self) -> str:
        """What is to be learned, in words."""
        if self.data.text is not None:
            at_each = " at every step" if self.data.target_width > 1 else ""
            return f"guessing the next {self.data.text.singular}{at_each}, of {len(self.data.classes):,}"
        if self.data.classes:
            return f"classification into {len(self.data.classes):,} classes"
        width = self.data.target_width
        if self.data.are_labels:
            return f"{width:,} labels, each of which holds or does not"
        return f"regression of {'a number' if width == 1 else f'{width:,} numbers'}"

    @property
    def file(self) -> str:
        """The name of the file or folder that it was made from."""
        return Path(str(self.project.document.data.options["path"])).name

    @property
    def target(self) -> str:
        names = self.data.targets
        return names[0] if self.data.text is not None else ", ".join(names)

    @property
    def guess(self) -> str:
        """What was guessed, in a sentence; how it was read and what is odd stands beside the data."""
        what = self.task if self.data.text is not None else f"{self.task}, target '{self.target}'"
        return f"Guessed from '{self.data.name}': {what}."


def load_readers() -> None:
    """Import what reads tables, which takes most of a second, while a person still chooses a file."""
    import_module("pandas")


def source_of(path: Path) -> Source:
    """The first kind of data that is read from such a file or folder. Raises DataError."""
    if not path.exists():
        raise DataError(f"There is no file or folder '{path}'.")
    takes = next((source for source in sources if source.takes(path)), None)
    if takes is None:
        raise DataError(no_source(path))
    return takes


def proposed_source(
    path: Path, options: Mapping[str, Any], targets: Collection[str] = ()
) -> tuple[Source, str]:
    """The kind of data that a file or folder is taken for where no person says it: as `source_of`, but a
    table whose rows tell that they are a time series is one, and why, in a sentence; else "".

    ``options`` are those that were said, and ``targets`` columns: what a series does not have makes it a
    table, as does a file too large to be read twice. Raises DataError where nothing reads it.
    """
    source, series = source_of(path), sources[SeriesFile.id]
    is_table = isinstance(source, TableSource) and path.stat().st_size <= MOST_KEPT
    if not is_table or not all(map(series.has_option, options)):
        return source, ""
    try:
        frame = reader_of(path).read_once(path, reading_of(path, options)).table.frame
        why = why_series(without_marks(frame, str(options.get(MISSING_MARKS.name, ""))), targets)
    except DataError:
        # Who loads it says why.
        why = ""
    return (series, why) if why else (source, "")


def possible_sources(path: Path) -> list[Source]:
    """All kinds of data that a person may take a file or folder for."""
    by_name = (path.suffix.lower() in s.suffixes and path.is_file() for s in sources)
    return [s for s, may_be in zip(sources, by_name, strict=True) if may_be or s.takes(path)]


def read_as(before: DataReference, path: Path, reader: Reader = Reader.LSTM) -> FromData | None:
    """As `project_from_data`, of a file or folder that is read with the options of other data, or with what
    shipped data calls them for a person's own; None where it cannot be read like that: it has other columns,
    or is of another kind.
    """
    way = as_own_file(before)
    if way.kind not in [source.id for source in possible_sources(path)]:
        return None
    try:
        return project_from_data(path, way.options, kind=way.kind, reader=reader)
    except (DataError, SpecError):
        # Whoever reads it in its own way says what is wrong with it.
        return None


def as_own_file(data: DataReference) -> DataReference:
    """Shipped data as a file of a person's own would be read in its place; other data as it is."""
    kind, names = sources[data.kind].own_file
    if not kind:
        return data
    options = {**sources[data.kind].defaults(), **data.options}
    return DataReference(kind, {own: options[name] for name, own in names.items()})


def source_called(path: Path, kind: str) -> Source:
    """The kind of data of an identifier; "table" is that of whatever file of a table. Raises UnknownName."""
    return reader_of(path) if kind == TABLE else sources[kind]


def take_data(project: Project, path: Path) -> str:
    """Let a project take its data from a file or folder. Data that ships with the program or is drawn has
    none, so another kind takes its place, and a sentence says which; "" otherwise. Raises DataError.
    """
    own = sources[project.document.data.kind]
    if own.picks:
        project.link_data(path)
        return ""
    source = source_of(path)
    # Others of the same name mean something else.
    way = as_own_file(project.document.data)
    said = way.options
    options = {name: said[name] for name in SPLIT_OPTIONS if name in said and source.has_option(name)}
    if way.kind == source.id:
        options = said
    project.document.set_data(DataReference(source.id, {**options, "path": str(path.absolute())}))
    return f"The data is '{path.name}' ({source.title}) now, instead of {own.title}."


def dropped_path(text: str) -> Path:
    """The file or folder that was dropped. Raises DataError for what is none, such as a link."""
    path = Path(text)
    if not path.is_absolute():
        raise DataError(
            f"'{text}' is not a file on this machine. Download it first, then drop the file or folder."
        )
    return path


def file_suffixes() -> list[str]:
    """Of all files of data that can be read, each once."""
    return list(dict.fromkeys(suffix for source in sources for suffix in source.suffixes))


def no_source(path: Path) -> str:
    """A sentence on a file or folder that no kind of data takes."""
    known = ", ".join(file_suffixes())
    return (
        f"'{path.name}' is neither a project ({SUFFIX}), a lesson ({LESSON}) nor a file of data "
        f"({known}). For pictures or sounds, take a folder that has a folder of them for each class."
    )


def project_from_data(
    path: Path,
    options: Mapping[str, Any],
    targets: Sequence[str] = (),
    kind: str = "",
    reader: Reader = Reader.LSTM,
) -> FromData:
    """Read the data and propose a network; ``options`` are those of its source, ``targets`` name columns,
    ``kind`` names the source where it is not to be guessed, see `source_called`; ``reader`` see `propose`.

    Raises DataError, FileError or SpecError with a sentence.
    """
    path = path.absolute()
    source, why = (source_called(path, kind), "") if kind else proposed_source(path, options, targets)
    chosen = {**options, "path": str(path)}
    if targets:
        if not source.target_option:
            raise DataError(f"{source.title} has no columns, so '{targets[0]}' cannot be the target of it.")
        chosen[source.target_option] = targets[0]
    if len(targets) > 1 and not source.has_option("columns"):
        chosen[source.target_option] = "; ".join(targets)
    elif len(targets) > 1:
        roles = {name: ColumnSetting(role=ColumnRole.TARGET) for name in targets}
        said = read_settings(str(chosen.get("columns", "")))
        chosen["columns"] = write_settings({**said, **roles})
    complete = source.complete(chosen)
    preview = source.preview(complete)
    # Others tell themselves, as what they take may be more than one name.
    if preview is not None and source.has_option("columns"):
        _check_target(path, preview, str(complete[source.target_option]))
    project = Project()
    project.document.set_data(DataReference(source.id, complete))
    return replace(with_network(project, preview, reader), why=why)


def with_network(project: Project, preview: Preview | None = None, reader: Reader = Reader.LSTM) -> FromData:
    """The project of some data, filled with the network that is proposed for it. Raises as `load_data`."""
    data = project.load_data()
    proposal = propose(
        facts_of_data(data), len(data.x_train), has_validation=Split.VALIDATION in data.parts, reader=reader
    )
    project.document.set_settings(proposal.settings)
    project.document.graph.fill(proposal.graph.to_dict())
    return FromData(project, sources[project.document.data.kind], preview, data, proposal)


def _check_target(path: Path, preview: Preview, target: str) -> None:
    """Raises DataError that names a column which is spelt alike."""
    if target and target not in preview.columns:
        raise DataError(no_such_column(target, preview.columns, path.name))
