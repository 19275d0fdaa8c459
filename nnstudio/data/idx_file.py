"""Pictures and labels in IDX files, as MNIST and its relatives come, packed or not.

Source of the format: http://yann.lecun.com/exdb/mnist. A file begins with two zero bytes, the type of its
values (8: bytes), the number of axes, and the length of each as four bytes, the highest first.
"""

from __future__ import annotations

import gzip
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, Split, sources
from nnstudio.data.splits import SMALL_RATIO, VALIDATION_OPTIONS, SplitKind, divide, hold_back
from nnstudio.data.storage import filled, read_bytes
from nnstudio.model.atomic_file import FileError, check_regular

# Pixels of a whole set.
MOST_BYTES = 2**36
WHITE = 255.0
BYTES = 8


@sources.register
class IdxFile(Source):
    """Grey pictures (height, width, 1), from black 0 to white 1; the labels lie beside them."""

    id = "idx"
    title = "IDX pictures"
    order = 22
    picks = Picks.FILE
    suffixes = ("-ubyte", "-ubyte.gz", ".idx")
    help = (
        "Pictures as MNIST comes: a file of pictures, one of labels beside it, and perhaps two for testing."
    )
    options = (
        Option("path", "", "The file of pictures."),
        Option("test_ratio", 0.15, "Share kept for testing where no test files lie beside it.", 0.0, 0.9),
        SMALL_RATIO,
        *VALIDATION_OPTIONS[1:],
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A file, or a folder with the files of a whole set."""
        return _pictures_in(path) is not None if path.is_dir() else path.name.lower().endswith(self.suffixes)

    def beside(self, path: Path) -> tuple[Path, ...]:
        tests = None if path.is_dir() else _tests_of(path)
        files = None if path.is_dir() else _labels_of(path), tests, tests and _labels_of(tests)
        return tuple(file for file in files if file is not None)

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError(
                "No file is chosen yet. Choose a file of pictures, such as train-images-idx3-ubyte."
            )
        path = Path(options["path"])
        pictures = _pictures_in(path) if path.is_dir() else path
        if pictures is None:
            raise DataError(f"'{path.name}' holds no file of pictures such as train-images-idx3-ubyte.")
        x, y = read_pictures(pictures), read_labels(pictures)
        tests = _tests_of(pictures)
        if tests is not None:
            train, validation = hold_back(SplitKind.STRATIFIED, len(x), options, classes=y)
            x_test, y_test = read_pictures(tests), read_labels(tests)
            test = np.arange(len(x_test))
            note = f"The test part is '{tests.name}'."
        else:
            train, validation, test = divide(SplitKind.RANDOM, len(x), options, y)
            x_test, y_test = x, y
            note = "No test files lie beside it, so a part of the pictures is kept for testing."
        if x.shape[1:] != x_test.shape[1:]:
            raise DataError(f"The pictures of '{pictures.name}' and its test part are not of one size.")
        count = int(max(y.max(initial=0), y_test.max(initial=0))) + 1
        inputs = filled([(x, train), (x, validation), (x_test, test)], _scaled)
        return Dataset(
            pictures.name.split("-")[0], inputs[0], _labels(y[train]), inputs[2], _labels(y_test[test]),
            tuple(map(str, range(count))), (), ("label",), 0.0, WHITE, notes=(note,),
            x_validation=inputs[1], y_validation=_labels(y[validation]),
            own_parts=(Split.TEST,) if tests is not None else (),
        )  # fmt: skip

    def example(self, folder: Path) -> dict[str, Any]:
        rng = np.random.default_rng(1)
        for part, count in (("train", 12), ("t10k", 4)):
            labels = np.arange(count, dtype=np.uint8) % 3
            pixels = rng.integers(0, 80, (count, 6, 5), np.uint8) + 60 * labels[:, None, None]
            (folder / f"{part}-images-idx3-ubyte").write_bytes(_as_idx(pixels))
            (folder / f"{part}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(_as_idx(labels)))
        return {"path": str(folder / "train-images-idx3-ubyte")}


def read_pictures(path: Path) -> np.ndarray:
    """Pictures (n, height, width), uint8. Raises DataError."""
    return _read(path, 3, "pictures")


def read_labels(pictures: Path) -> np.ndarray:
    """The label of each picture, uint8, from the file beside it. Raises DataError."""
    path = _labels_of(pictures)
    if path is None:
        raise DataError(
            f"No labels lie beside '{pictures.name}'. They are looked for under the same name with "
            "'labels-idx1' in the place of 'images-idx3'."
        )
    labels, count = _read(path, 1, "labels"), _header(path)[0][0]
    wanted = _header(pictures)[0][0]
    if count != wanted:
        raise DataError(f"'{path.name}' has {count:,} labels for {wanted:,} pictures in '{pictures.name}'.")
    return labels


def _labels_of(pictures: Path) -> Path | None:
    return _beside(pictures, "images-idx3", "labels-idx1") or _beside(pictures, "images", "labels")


def _tests_of(pictures: Path) -> Path | None:
    """The pictures for testing beside those for training."""
    return _beside(pictures, "train", "t10k")


def _scaled(pictures: np.ndarray) -> np.ndarray:
    return (pictures / np.float32(WHITE))[..., None]


def _labels(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype(np.float32)[:, None]


def _pictures_in(folder: Path) -> Path | None:
    """The training pictures of a folder, else any."""
    names = sorted(folder.glob("*images*-ubyte*"))
    return next((path for path in names if path.name.startswith("train")), names[0] if names else None)


def _beside(path: Path, word: str, other: str) -> Path | None:
    """The file beside this one that is called ``other`` where this is called ``word``, packed or not."""
    name = path.name.removesuffix(".gz")
    if word not in name:
        return None
    renamed = path.with_name(name.replace(word, other))
    return next((file for file in (renamed, renamed.with_name(f"{renamed.name}.gz")) if file.is_file()), None)


def _open(path: Path) -> Any:
    try:
        check_regular(path)
        return gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    except (OSError, FileError) as error:
        raise DataError(f"'{path}' cannot be opened: {error}") from error


def _header(path: Path) -> tuple[tuple[int, ...], int]:
    """Lengths of the axes, and bytes that they stand in. Raises DataError."""
    with _open(path) as file:
        try:
            start = file.read(4)
            axes = start[3] if len(start) == 4 and start[:2] == b"\0\0" and start[2] == BYTES else 0
            lengths = file.read(4 * axes)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"'{path.name}' is damaged: {error}.") from error
    if not axes or axes > 4 or len(lengths) < 4 * axes:
        raise DataError(f"'{path.name}' is no IDX file of bytes: its start is another one's.")
    return tuple(int.from_bytes(lengths[i : i + 4], "big") for i in range(0, 4 * axes, 4)), 4 + 4 * axes


def _read(path: Path, axes: int, what: str) -> np.ndarray:
    shape, start = _header(path)
    if len(shape) != axes:
        raise DataError(f"'{path.name}' holds values with {len(shape)} axes; {what} have {axes}.")
    size = math.prod(shape)
    if not 0 < size <= MOST_BYTES:
        raise DataError(f"'{path.name}' declares {size:,} values; from 1 to {MOST_BYTES:,} can be read.")
    with _open(path) as file:
        try:
            file.seek(start)
            content = read_bytes(file, size)
        except (OSError, EOFError, zlib.error) as error:
            raise DataError(f"'{path.name}' is damaged: {error}.") from error
    if len(content) != size:
        more = "more" if len(content) > size else f"only {len(content):,}"
        raise DataError(f"'{path.name}' is damaged: it declares {size:,} values and holds {more}.")
    return content.reshape(shape)


def _as_idx(values: np.ndarray) -> bytes:
    lengths = b"".join(length.to_bytes(4, "big") for length in values.shape)
    return bytes([0, 0, BYTES, values.ndim]) + lengths + values.tobytes()
