"""What the data page shows of a file, found out away from its widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtGui import QDropEvent

from nnkernels.spec import SpecError, show_shape
from nnstudio.data.dataset import DataError, Dataset, Source, sources
from nnstudio.data.progress import followed
from nnstudio.data.tables.look import TableLook
from nnstudio.data.tables.series import SeriesLook
from nnstudio.data.tables.source import TableSource
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.model.quantity import counted
from nnstudio.ui.data.reading import GivenUp

# Said on what is awaited; on what a correction leaves in sight until the file is read anew, and where it
# cannot be.
START = "The first {:,} rows, {}. Reading the others …"
READING, READING_AGAIN, AS_BEFORE = "Reading …", "Reading again …", "As it was read before"

# What can be shown of a table and of a series, and what is seen there; the preparation is the second choice.
NETWORK_INPUT = ("Numbers for the network", "What the network gets: every value as a number, as it enters")
SHOWN_OF_TABLES = (
    ("Table from the file", "The values as they stand in the file"),
    ("Preparation of columns", "What is done with each column before the network gets it"),
    NETWORK_INPUT,
)
SHOWN_OF_SERIES = (("Curve over time", "The series as a line, and the window that enters"), NETWORK_INPUT)


def dropped(event: QDropEvent) -> str:
    """The path of the first file that was dropped, or its link where it lies elsewhere."""
    url = event.mimeData().urls()[0]
    return url.toLocalFile() or url.toString()


def file_of(reference: DataReference) -> str:
    """The name of the file or folder that data is read from; "" where it is from none."""
    return Path(str(reference.options.get("path", ""))).name


def summary_of(look: TableLook | SeriesLook | None, data: Dataset | None) -> str:
    """How the file is written, and what the network gets of it."""
    said = []
    if look is not None:
        rows = len(look.frame if isinstance(look, TableLook) else look.series.target)
        is_start = isinstance(look, TableLook) and look.is_start
        said.append(START.format(rows, look.text) if is_start else f"{counted(rows, 'row')}, {look.text}.")
    if data is not None:
        numbers = f"{data.target_width} numbers" if data.target_width > 1 else "a number"
        target = f"{len(data.classes)} classes" if data.classes else numbers
        inputs = "1 input" if data.input_shape == (1,) else f"{show_shape(data.input_shape)} inputs"
        samples = "rows" if isinstance(look, TableLook) else "samples"
        said.append(f"The network gets {inputs} and predicts {target}; its {samples}: {data.sizes}.")
    return " ".join(said) or READING


def on_veil(is_before: bool, is_refused: bool, is_awaited: bool) -> str:
    """What is said over the rows: whether they are as they were read before, because they cannot be read
    anew or only until they are, or are awaited.
    """
    if is_before:
        return AS_BEFORE if is_refused else READING_AGAIN
    return READING if is_awaited else ""


def gives_look(kind: str) -> bool:
    """Whether data of a kind is a table or a series to look at."""
    return kind in sources and type(sources[kind]).look is not Source.look


def look_at_start(reference: DataReference, find_file: Callable[[], Path | None]) -> TableLook | None:
    """The first rows of a table that takes long to read; None of other data."""
    file = find_file()
    if reference.kind not in sources or file is None:
        return None
    source = sources[reference.kind]
    if not isinstance(source, TableSource):
        return None
    try:
        return source.look_at_start(source.complete({**reference.options, "path": str(file)}))
    except (DataError, SpecError, FileError, OSError):
        # Whoever reads all of it says why.
        return None


def look_at_file(
    reference: DataReference,
    find_file: Callable[[], Path | None],
    is_wanted: Callable[[], bool],
    _readings: Sequence[object],
) -> TableLook | SeriesLook | None:
    """The table or series of a file; None where it is none, or cannot be read. Readings that are held until
    then, see `holding`, are not read again. Raises GivenUp once nobody wants it.
    """  # fmt: skip

    def follow(_share: float) -> None:
        if not is_wanted():
            raise GivenUp

    if reference.kind not in sources:
        return None
    source, file = sources[reference.kind], find_file()
    if file is None:
        return None
    try:
        with followed(follow):
            return source.look(source.complete({**reference.options, "path": str(file)}))
    except (DataError, SpecError, FileError):
        return None
