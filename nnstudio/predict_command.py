"""The command that predicts new samples: one line for each row or picture, in order."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nnkernels.spec import show_shape
from nnstudio.data.columns import scaled
from nnstudio.data.dataset import DataError, Dataset, Samples, sources
from nnstudio.data.files_seen import FilesSeen
from nnstudio.data.idx_file import WHITE as IDX_WHITE
from nnstudio.data.idx_file import read_pictures as read_idx
from nnstudio.data.npy_file import read_samples
from nnstudio.data.pictures import SUFFIXES as PICTURE_SUFFIXES
from nnstudio.data.pictures import Preparation, picture_files, read_pictures
from nnstudio.data.seen import seen_in
from nnstudio.data.tables.options import KEPT_MARKS
from nnstudio.data.tables.source import reader_of, table_suffixes
from nnstudio.exit_codes import ExitCode
from nnstudio.model.atomic_file import FileError, check_name, check_writable, write_atomically
from nnstudio.model.document import DataReference
from nnstudio.model.locations import names_to_tell
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.training.by_output import by_output, called
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.inputs import check_numbers
from nnstudio.written_file import is_same_file

UNTRAINED = "This network is not trained: its weights are as they begin, and its answers mean nothing yet."
# May be a table or a text.
EITHER = ".txt"


@dataclass(frozen=True, eq=False)
class Answers:
    """What a network predicts for the rows or files that were given.

    Attributes:
        header: names of the columns of ``rows``, which are texts; empty ones where there is no prediction.
        notes: what a person must know.
        is_complete: whether each row that was given has a prediction.
    """

    header: list[str]
    rows: list[list[str]]
    notes: tuple[str, ...]
    is_complete: bool

    def as_csv(self) -> str:
        """The rows below their header."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.header)
        writer.writerows(self.rows)
        return text.getvalue()


def write_predictions(project: Project, source: Path, out: Path | None) -> int:
    """Predict the samples of a file, in the units of the data, as CSV; returns the exit code."""
    session = project.predictor()
    samples = new_samples(session.data, source, project.document.data)
    for note in samples.notes:
        print(f"nnstudio: {note}", file=sys.stderr)
    answers = answer(session, samples, names_to_tell(project.document))
    if project.state is None:
        print(f"nnstudio: {UNTRAINED}", file=sys.stderr)
    if out is None:
        sys.stdout.write(answers.as_csv())
    else:
        write_atomically(out, answers.as_csv().encode())
    return ExitCode.DONE if answers.is_complete else ExitCode.INCOMPLETE


def answer(trained: Evaluation, samples: Samples, names: Mapping[str, str]) -> Answers:
    """What all Outputs predict for samples that `new_samples` read; ``names`` are what people call nodes.
    Raises DataError.
    """
    check_numbers(trained, samples.x)
    header, predicted = _of_all(trained, samples.x, names)
    # A row for each row that was given: whoever joins the two would else be given those of others.
    each, empty = iter(predicted), [""] * len(header)
    rows = [next(each) if known else empty for known in samples.answered]
    if samples.names:
        header, rows = (
            ["file", *header],
            [[name, *row] for name, row in zip(samples.names, rows, strict=True)],
        )
    return Answers(header, rows, samples.notes, bool(samples.answered.all()))


def check_result(out: Path, read: Path) -> None:
    """Raises FileError where predictions would replace a project, or the file that they are made of, or
    cannot be written.
    """
    if out.suffix.lower() == SUFFIX:
        raise FileError(
            f"'{out}' is the name of a project. Predictions are CSV: choose a name such as out.csv."
        )
    check_name(out)
    if is_same_file(out, read):
        raise FileError(f"'{out}' is the file that is read. Choose another one for the predictions.")
    check_writable(out)


def _of_all(
    trained: Evaluation, x: np.ndarray, names: Mapping[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Column names and rows, those of one Output behind those of another.

    A name that an Output before has is told with that of its own Output.
    """
    header: list[str] = []
    rows: list[list[str]] = [[] for _ in x]
    for seen in by_output(trained):
        columns, predicted = predictions(seen, seen.predict(x))
        own = called(seen.layout.output, names)
        header += [f"{name} of {own}" if name in header else name for name in columns]
        rows = [[*row, *more] for row, more in zip(rows, predicted, strict=True)]
    return header, rows


def predictions(session: Evaluation, outputs: np.ndarray) -> tuple[list[str], list[list[str]]]:
    """Column names and rows of the first Output, which predicts all targets of the data: for classes the name
    and its probability, else values in their units.
    """
    from nnstudio.explain.activations import decide
    from nnstudio.explain.answers import answers

    data = session.data
    if not data.classes:
        return list(data.targets), [[f"{v:.7g}" for v in row] for row in answers(session, outputs)]
    chosen, share = decide(session, outputs)
    if data.target_width > 1:
        labels = chosen.reshape(len(outputs), -1)
        return list(data.targets), [[data.classes[c] for c in row] for row in labels]
    rows = [[data.classes[c], f"{s:.6f}"] for c, s in zip(chosen, share, strict=True)]
    return [data.targets[0], "probability"], rows


def new_samples(data: Dataset, path: Path, reference: DataReference) -> Samples:
    """Samples for a network that was trained on this data, which needs none of its own: from a file of the
    data's own kind; else from a table, NPY or pictures. Raises DataError, which says what the file is and
    what is needed where it is of another kind.
    """
    try:
        return _samples(data, path, reference)
    except DataError as error:
        from nnstudio.data.file_kinds import sentence_on_kind

        source = sources[reference.kind]
        told = sentence_on_kind(path, source, data)
        if not told:
            raise
        # A table of all pixels is as good as pictures.
        was_read = not source.new_samples and path.suffix.lower() in table_suffixes()
        raise DataError(f"{told} {error}" if was_read else told) from error


def _samples(data: Dataset, path: Path, reference: DataReference) -> Samples:
    shape = data.input_shape
    source = sources[reference.kind]
    samples = source.read_samples(path, source.complete(reference.options), data)
    if samples is not None:
        return samples
    if path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES:
        return _pictures(path, data)
    if path.name.lower().endswith(sources["idx"].suffixes):
        pictures = read_idx(path)[..., None] / np.float32(IDX_WHITE)
        if pictures.shape[1:] != shape:
            held = show_shape(pictures.shape[1:])
            raise DataError(
                f"'{path.name}' holds pictures of {held}; the input is {show_shape(shape)}. Choose a file of "
                "pictures of that size."
            )
        return Samples(pictures, np.ones(len(pictures), bool))
    if path.suffix == ".npy":
        x = read_samples(path, shape)
        return Samples(scaled(path, x, data.x_shift, data.x_scale), np.ones(len(x), bool))
    suffix = path.suffix.lower()
    if suffix == EITHER or suffix not in table_suffixes() or suffix in source.suffixes:
        ending = source.read_ending(path, source.complete(reference.options), data)
        if ending is not None:
            return Samples(ending[0], np.ones(1, bool), ending[1])
    from nnstudio.data.new_rows import read_new_rows

    # How a person said that the training table is written holds for new rows, too.
    kept = {name: text for name, text in reference.options.items() if name == KEPT_MARKS.name}
    options = dict(reference.options) if reader_of(path) is source else kept
    # But for what stood before it: rows of another file would be lost without a word.
    options.pop("skip_lines", None)
    # What stands for a missing value does so in a table of another format, too, and so do types of columns.
    said = [str(reference.options.get(name, "")) for name in ("missing_marks", "columns", "names")]
    new = read_new_rows(path, options, data, *said)
    x = new.x.reshape(-1, *shape)
    return Samples(scaled(path, x, data.x_shift, data.x_scale), new.answered, new.notes)


def _pictures(path: Path, data: Dataset) -> Samples:
    """A picture, or those below a folder, prepared as those that were trained on. Raises DataError."""
    shape, preparation = data.input_shape, data.pictures or Preparation()
    if len(shape) != 3 or shape[2] not in (1, 3):
        raise DataError(f"'{path.name}' holds pictures, but the input is {show_shape(shape)}, no picture.")
    files = picture_files(path) if path.is_dir() else [path]
    read = read_pictures(files, shape, preparation.fit)
    answered = read.readable
    if not answered.any():
        raise DataError(f"No picture in '{path}' can be read. Choose a picture or a folder that holds some.")
    names = tuple(str(file.relative_to(path)) if path.is_dir() else file.name for file in files)
    broken = [name for name, is_known in zip(names, answered, strict=True) if not is_known]
    notes = read.notes
    if broken:
        notes += (f"{len(broken):,} of {len(files):,} pictures cannot be read: {', '.join(broken[:3])}.",)
    known = [name for name, is_known in zip(names, answered, strict=True) if is_known]
    seen = data.files or _pictures_in(data)
    if seen is not None:
        properties = {name: values[answered] for name, values in read.properties.items()}
        notes += seen.told_of(known, properties, "pictures")
    return Samples(preparation.inputs(read.pixels[answered]), answered, notes, names)


def _pictures_in(data: Dataset) -> FilesSeen | None:
    """What is known of pictures that were no files of their own: their values, from black, 0, to white, 1."""
    seen = seen_in(data)
    if seen is None or data.pictures is not None or np.any(data.x_shift):
        return None
    return FilesSeen({"brightness": seen.means}, {})
