"""What every data set and importer gives, and the registry that finds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnkernels.spec import Declared, Option, Shape, losses, size_of
from nnkernels.spec.registry import Registry
from nnstudio.data.mapped import joined, map_of, on_disk, pieces
from nnstudio.data.some_examples import told_of_examples
from nnstudio.data.terms import Picks as Picks
from nnstudio.data.terms import Split as Split
from nnstudio.data.written import Written, as_written
from nnstudio.model.tokens import Tokens

if TYPE_CHECKING:
    from nnstudio.data.files_seen import FilesSeen
    from nnstudio.data.groupings import Grouping
    from nnstudio.data.passage import Passage
    from nnstudio.data.pictures import Preparation
    from nnstudio.data.seen import Seen
    from nnstudio.data.sorted_target import SortedTarget
    from nnstudio.data.tables.encoders import Encoder
    from nnstudio.data.tables.look import TableLook
    from nnstudio.data.tables.series import SeriesLook
    from nnstudio.data.vocabulary import Unit
    from nnstudio.data.whole_series import WholeSeries

# Options of sources that decide which part a sample belongs to.
BY_SHARES = ("test_ratio", "validation_ratio", "fold", "examples", "seed")
SPLIT_OPTIONS = ("split", "columns", "parts", "hold_back", "repeats", *BY_SHARES)
# Inputs that are looked at to see whether any are below 0.
MOST_LOOKED_AT = 2**22


class DataError(ValueError):
    """Data that cannot be used; the text says what, where and what to do."""


@dataclass(frozen=True)
class Dataset:
    """Samples split into training, validation and test parts, float32.

    Attributes:
        x_train, x_test: inputs as the network gets them, `(n, *shape)`; already scaled.
        y_train, y_test: targets (n, t), scaled too; for classes one column of class numbers.
        x_validation, y_validation: those that are watched while training; there may be none.
        classes: names of the classes; empty where the target is a number.
        features, targets: names of input columns (empty for pictures) and target columns.
        x_shift, x_scale: an original value v enters the network as (v - shift) / scale; ``y_`` likewise.
        notes: for a person; set_by_hand: whether the samples are points that a person sets, one by one.
        inputs, written: for a table, how each column becomes inputs, and how its numbers are written.
        pictures: for pictures from files, how they become inputs.
        tokens: which inputs are numbers of tokens, for an Embedding; they are not scaled.
        own_parts: those that the data came with; no option divides them.
        split_settings: the options that divided the others, and whose they are; `load` writes them down.
        seen, files: what the training part held, where that is gone; what its pictures and sounds are like.
        text: what a text is a sequence of whose windows are the samples; ``classes`` are its names then.
        passage: of a text, its training part as it stands; None where only its windows are known.
        groupings: the groups that samples belong to, by columns that the network may get or not.
        series: where the samples are windows of a series, all of it.
        sorted_target: what shows that the target of a table was sorted apart from its rows.
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    classes: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    targets: tuple[str, ...] = ("target",)
    x_shift: np.ndarray | float = 0.0
    x_scale: np.ndarray | float = 1.0
    y_shift: np.ndarray | float = 0.0
    y_scale: np.ndarray | float = 1.0
    notes: tuple[str, ...] = ()
    set_by_hand: bool = False
    inputs: tuple[Encoder, ...] = ()
    x_validation: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    y_validation: np.ndarray = field(default_factory=lambda: np.zeros((0, 1), np.float32))
    pictures: Preparation | None = None
    tokens: tuple[Tokens, ...] = ()
    written: Written | None = None
    own_parts: tuple[Split, ...] = ()
    split_settings: Mapping[str, Any] = field(default_factory=dict)
    seen: Seen | None = None
    files: FilesSeen | None = None
    text: Unit | None = None
    groupings: tuple[Grouping, ...] = ()
    series: WholeSeries | None = None
    passage: Passage | None = None
    sorted_target: SortedTarget | None = None

    def with_notes(self, notes: tuple[str, ...]) -> Dataset:
        """The same with further sentences."""
        return replace(self, notes=(*self.notes, *notes))

    @property
    def input_shape(self) -> Shape:
        return tuple(self.x_train.shape[1:])

    @property
    def target_width(self) -> int:
        return int(self.y_train.shape[1])

    def part(self, split: Split) -> tuple[np.ndarray, np.ndarray]:
        """Inputs and targets of a part."""
        if split == Split.TRAINING:
            return self.x_train, self.y_train
        if split == Split.VALIDATION:
            return self.x_validation, self.y_validation
        return self.x_test, self.y_test

    @cached_property
    def goes_below_zero(self) -> bool:
        """Whether training inputs do, as the network gets them: of very many, some all over them are looked
        at, as they may lie on a disk.
        """
        some = self.x_train[:: max(1, self.x_train.size // MOST_LOOKED_AT)]
        return bool((some < 0).any())

    @cached_property
    def parts(self) -> tuple[Split, ...]:
        """Those that hold any samples."""
        return tuple(split for split in Split if len(self.part(split)[0]))

    @cached_property
    def watched(self) -> Split:
        """The part by which a run is judged while it goes on: for validation, else for testing, else all."""
        return next(s for s in (Split.VALIDATION, Split.TEST, Split.TRAINING) if s in self.parts)

    @property
    def judging(self) -> Split:
        """The part by which a network is judged in the end: for testing, else for validation, else all."""
        return self.parts[-1]

    @property
    def sizes(self) -> str:
        """How many samples the parts hold, in words."""
        *first, last = [f"{len(self.part(split)[0]):,} for {split}" for split in self.parts]
        return f"{', '.join(first)} and {last}" if first else last

    def all_inputs(self) -> np.ndarray:
        """Those of all parts, `(n, *shape)`, the training part first; to read, not to write."""
        return joined([self.part(split)[0] for split in self.parts])

    def all_targets(self) -> np.ndarray:
        """Those of all parts, (n, t), the training part first; to read, not to write."""
        return joined([self.part(split)[1] for split in self.parts])

    @property
    def arrays(self) -> list[np.ndarray]:
        """Inputs and targets of all parts."""
        return [array for split in self.parts for array in self.part(split)]

    @property
    def bytes(self) -> int:
        """Of all samples, wherever they lie."""
        return sum(array.nbytes for array in self.arrays)

    @property
    def bytes_on_disk(self) -> int:
        """Of the samples that lie in a file instead of memory."""
        return on_disk(self.arrays)

    def with_storage(self) -> Dataset:
        """The same with a sentence on where its samples lie, where that is not memory."""
        maps = [mapped for array in self.arrays if (mapped := map_of(array)) is not None]
        if not maps:
            return self
        note = (
            f"{self.bytes_on_disk / 2**20:,.0f} MB of samples do not fit into the memory that is free for "
            f"them. They lie in a file in '{maps[0].folder}' until this data is closed, and are read from "
            "there while training."
        )
        return self.with_notes((note,))

    @property
    def is_plane(self) -> bool:
        """Whether the inputs are two quantities, so that a decision boundary can be drawn."""
        return self.input_shape == (2,) and not self.tokens

    @property
    def draws_pictures(self) -> bool:
        """Whether the target is a picture like the input, as an autoencoder has it."""
        height_width_channels = len(self.input_shape) == 3
        return height_width_channels and not self.classes and self.target_width == size_of(self.input_shape)

    def shares_of_white(self, x: np.ndarray) -> np.ndarray:
        """The values from 0, black, to 1, white, of inputs that are pictures (.., channels)."""
        return x if self.pictures is None else self.pictures.shares_of_white(x)

    def as_picture(self, values: np.ndarray) -> np.ndarray:
        """Values of a node for one sample, in the shape of the pictures where they are one; else as they are.

        Where the network draws pictures, as many numbers as a picture has are taken for one.
        """
        is_one = self.draws_pictures and values.size == self.target_width
        return values.reshape(self.input_shape) if is_one else values

    @property
    def are_labels(self) -> bool:
        """Whether the targets are several labels, each of which is 1 where it holds and 0 where not."""
        is_scaled = np.any(self.y_shift) or np.any(np.not_equal(self.y_scale, 1))
        if self.classes or self.target_width < 2 or is_scaled:
            return False
        return all(bool(np.isin(self.y_train[rows], (0, 1)).all()) for rows in pieces(self.y_train))

    @property
    def fitting_loss(self) -> str:
        """The loss that new data of this kind gets."""
        return self.fitting_losses[0]

    def suits(self, loss: str) -> bool:
        """Whether a loss can be used with this target."""
        return losses[loss].suits(len(self.classes), self.target_width)

    @property
    def fitting_losses(self) -> tuple[str, ...]:
        """All losses that suit this target, the usual one first."""
        fitting, are_labels = [loss for loss in losses if self.suits(loss.id)], self.are_labels
        order = sorted(fitting, key=lambda loss: (are_labels and not loss.for_labels, not loss.usual))
        return tuple(loss.id for loss in order)

    def preprocessing(self) -> dict[str, Any]:
        """Plain data that must travel with exported weights."""
        counts = {str(part): len(self.part(part)[0]) for part in Split}
        scalings = ("x_shift", "x_scale", "y_shift", "y_scale")
        return {
            "data": self.name,
            "classes": list(self.classes),
            "features": list(self.features),
            "inputs": as_written((encoder.plain() for encoder in self.inputs), self.written),
            "written": None if self.written is None else self.written.plain(),
            "targets": list(self.targets),
            "input_shape": list(self.input_shape),
            **{name: np.asarray(getattr(self, name), np.float64).ravel().tolist() for name in scalings},
            "split": {
                # Where the data is not there, nobody knows.
                **({"samples": counts} if self.parts else {}),
                "own_parts": [str(part) for part in self.own_parts],
                "settings": dict(self.split_settings),
            },
        }


@dataclass(frozen=True)
class Preview:
    """The start of a file as `Source.load` reads it, without reading all of it.

    Attributes:
        text: how the file seems to be written, in words.
        columns: names of its columns; ``rows`` are its first rows, as text; ``target`` will be predicted.
    """

    text: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    target: str


@dataclass(frozen=True, eq=False)
class Samples:
    """New samples, to be predicted.

    Attributes:
        x: of those that can be predicted, `(n, *shape)`, scaled as in training.
        answered: for each row or file that was given, whether it is one of them.
        notes: what a person must know.
        names: of the files, where each is a sample.
    """

    x: np.ndarray
    answered: np.ndarray
    notes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


class FileKind(StrEnum):
    """What a file or folder of new samples is, in words."""

    TABLE = "a table"
    TEXT = "a text"
    PICTURE = "a picture"
    PICTURES = "a folder of pictures"
    SOUND = "a sound"
    SOUNDS = "a folder of sounds"
    IDX = "a file of pictures as IDX"
    ARRAY = "an array"
    ARRAYS = "a file of arrays"
    PROJECT = "a project"
    FOLDER = "a folder without pictures or sounds"
    OTHER = "a file of no kind that is known here"


class Source(Declared):
    """A kind of data in the picker. A file in this folder that registers one is all it takes.

    Attributes:
        picks: what a person chooses on disk for the option "path"; None for nothing.
        suffixes: of the files that it reads, with the dot, the usual one first; dropped ones go to it.
        target_option: name of the option that holds the column to predict, chosen from the preview, or "".
        embeds: whether the file's content travels inside the project, so that it opens on any machine.
        page_options: names of options that are set on the data page, and have no place in a form.
        package: name of a module that must be installed besides, or "".
        listed_options: names of options whose values are those that a file offers, see `listed_in`.
        own_file: of data that ships: the kind that reads a person's own, and what that calls its options.
        new_samples: kinds of files of new samples, the usual one first; none where the inputs' shape tells.
    """

    picks: ClassVar[Picks | None] = None
    suffixes: ClassVar[tuple[str, ...]] = ()
    target_option: ClassVar[str] = ""
    embeds: ClassVar[bool] = False
    page_options: ClassVar[tuple[str, ...]] = ()
    package: ClassVar[str] = ""
    listed_options: ClassVar[tuple[str, ...]] = ()
    new_samples: ClassVar[tuple[FileKind, ...]] = ()
    own_file: ClassVar[tuple[str, Mapping[str, str]]] = ("", {})

    @property
    def form_options(self) -> tuple[Option, ...]:
        """Those that a person sets in a form; others are a file, the target, or set on the data page."""
        elsewhere = {"path" if self.picks else "", self.target_option, *self.page_options}
        return tuple(option for option in self.options if option.name not in elsewhere)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        """Make or read the data. Raises DataError with a sentence."""
        raise NotImplementedError

    def preview(self, options: Mapping[str, Any]) -> Preview | None:
        """What the chosen file begins with; None where there is nothing to show. Raises DataError."""
        return None

    def look(self, options: Mapping[str, Any]) -> TableLook | SeriesLook | None:
        """The whole table or series of the chosen file, for a person to look at; None where it is none.
        Raises DataError.
        """
        return None

    def listed_in(self, path: Path) -> Mapping[str, tuple[str, ...]]:
        """What a file offers for each of the `listed_options`, such as the sheets of a workbook; none where
        it offers nothing to choose from. Raises DataError.
        """
        return {}

    def beside(self, path: Path) -> tuple[Path, ...]:
        """The files that are read along with a chosen one: where one of them changes, the data does."""
        return ()

    def takes(self, path: Path) -> bool:
        """Whether a file or folder like this, dropped on the window, becomes data of this kind."""
        return self.picks == Picks.FOLDER if path.is_dir() else path.suffix.lower() in self.suffixes

    def read_ending(
        self, path: Path, options: Mapping[str, Any], data: Dataset
    ) -> tuple[np.ndarray, tuple[str, ...]] | None:
        """Where the data is a text: the end of another one as a sample `(1, *shape)`, and notes on it.

        None where a file to predict is none. Raises DataError.
        """
        return None

    def read_samples(self, path: Path, options: Mapping[str, Any], data: Dataset) -> Samples | None:
        """New samples from a file or folder of this kind, prepared as those in training were.

        None where it is another one, that any data may be predicted from. Raises DataError or FileError.
        """
        return None

    def example(self, folder: Path) -> dict[str, Any]:
        """For the contract tests: options of a small example, whose files it writes into an empty folder.

        Whatever picks a file or a folder gives at least the "path".
        """
        return {}


sources: Registry[Source] = Registry("data set", "nnstudio.data", "nnstudio.sources")


def load(kind: str, options: Mapping[str, Any]) -> Dataset:
    """The data that a reference names. Raises DataError, SpecError or UnknownName."""
    source = sources[kind]
    complete = source.complete(options)
    settings = {name: complete[name] for name in SPLIT_OPTIONS if name in complete}
    data = source.load(complete)
    data = replace(data, split_settings={"source": kind, **settings, **data.split_settings})
    told = told_of_examples(complete.get("examples", ""), data.y_train[:, 0], len(data.classes))
    return data.with_notes(told).with_storage()
