"""Pictures in the binary form of CIFAR-10: a label byte, then 32 x 32 pixels of red, of green and of blue.

Source of the format: https://www.cs.toronto.edu/~kriz/cifar.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import DataError, Dataset, Picks, Source, Split, sources
from nnstudio.data.some_examples import EXAMPLES, some_of
from nnstudio.data.splits import SMALL_RATIO, VALIDATION_OPTIONS, SplitKind, divide, hold_back
from nnstudio.data.storage import filled, zeros
from nnstudio.model.atomic_file import FileError, read_regular

EDGE = 32
RECORD = 1 + 3 * EDGE * EDGE
MOST_BYTES = 2**30
WHITE = 255.0
NAMES = "batches.meta.txt"


@sources.register
class CifarFolder(Source):
    """Colour pictures (32, 32, 3), from 0 to 1."""

    id = "cifar"
    title = "CIFAR-10"
    order = 23
    picks = Picks.FOLDER
    help = "The binary version of CIFAR-10: a folder with data_batch_1.bin and so on, and test_batch.bin."
    options = (
        Option("path", "", "The folder."),
        Option("classes", "", "Classes to tell apart, such as cat, dog; empty means all."),
        Option("test_ratio", 0.15, "Share kept for testing where there is no test_batch.bin.", 0.0, 0.9),
        SMALL_RATIO,
        *VALIDATION_OPTIONS[1:],
        Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
    )

    def takes(self, path: Path) -> bool:
        """A folder with such files."""
        return path.is_dir() and any(path.glob("data_batch_*.bin"))

    def load(self, options: Mapping[str, Any]) -> Dataset:
        if not options["path"]:
            raise DataError("No folder is chosen yet. Choose the one with data_batch_1.bin.")
        folder = Path(options["path"])
        batches = sorted(folder.glob("data_batch_*.bin"))
        if not batches:
            raise DataError(f"'{folder.name}' holds no file called data_batch_1.bin or alike.")
        names = _names(folder)
        x, y = _read(batches, len(names))
        tests = folder / "test_batch.bin"
        notes = []
        # Examples are taken of the classes that are left.
        of_all = {**options, EXAMPLES.name: ""}
        if tests.is_file():
            train, validation = hold_back(SplitKind.STRATIFIED, len(x), of_all, classes=y)
            x_test, y_test = _read([tests], len(names))
            test = np.arange(len(x_test))
        else:
            train, validation, test = divide(SplitKind.RANDOM, len(x), of_all, y)
            x_test, y_test = x, y
            notes.append("There is no test_batch.bin, so a part of the pictures is kept for testing.")
        chosen = _chosen(names, options["classes"])
        train = some_of(train[np.isin(y[train], chosen)], options, y)
        pictures, labels = [], []
        for values, numbers, rows in ((x, y, train), (x, y, validation), (x_test, y_test, test)):
            kept = rows[np.isin(numbers[rows], chosen)]
            pictures.append((values, kept))
            labels.append(np.searchsorted(chosen, numbers[kept]).astype(np.float32)[:, None])
        if len(labels[0]) < 2:
            raise DataError(f"'{folder.name}' holds fewer than two training pictures of these classes.")
        inputs = filled(pictures, lambda some: some / np.float32(WHITE))
        return Dataset(
            folder.name, inputs[0], labels[0], inputs[2], labels[2],
            tuple(names[i] for i in chosen), (), ("class",), 0.0, WHITE, notes=tuple(notes),
            x_validation=inputs[1], y_validation=labels[1],
            own_parts=(Split.TEST,) if tests.is_file() else (),
        )  # fmt: skip

    def example(self, folder: Path) -> dict[str, Any]:
        rng = np.random.default_rng(1)
        for name, count in (("data_batch_1.bin", 8), ("test_batch.bin", 4)):
            records = rng.integers(0, 255, (count, RECORD), np.uint8)
            records[:, 0] = np.arange(count) % 2
            (folder / name).write_bytes(records.tobytes())
        (folder / NAMES).write_text("cat\ndog\n\n", encoding="utf-8")
        return {"path": str(folder)}


def _names(folder: Path) -> list[str]:
    """Names of the classes; numbers where there is no file that names them."""
    path = folder / NAMES
    if not path.is_file():
        return [str(i) for i in range(10)]
    text = path.read_text(encoding="utf-8", errors="replace")
    return [line.strip() for line in text.splitlines() if line.strip()]


def _chosen(names: list[str], text: str) -> list[int]:
    wanted = [name.strip() for name in text.split(",") if name.strip()] or names
    for name in wanted:
        if name not in names:
            raise DataError(f"There is no class '{name}'. The classes are: {', '.join(names)}.")
    if len(set(wanted)) < 2:
        raise DataError("Choose at least two classes to tell apart.")
    return sorted(names.index(name) for name in set(wanted))


def _read(paths: list[Path], classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (n, 32, 32, 3), uint8, and class numbers. Raises DataError."""
    records: list[np.ndarray] = []
    for path in paths:
        try:
            content = read_regular(path, MOST_BYTES)
        except FileError as error:
            raise DataError(str(error)) from error
        if not content or len(content) % RECORD:
            raise DataError(
                f"'{path.name}' is damaged: {len(content):,} bytes are no whole number of pictures of "
                f"{RECORD:,} bytes."
            )
        records.append(np.frombuffer(content, np.uint8).reshape(-1, RECORD))
    whole = zeros((sum(map(len, records)), RECORD), np.uint8)
    np.concatenate(records, out=whole)
    if whole[:, 0].max() >= classes:
        raise DataError(f"'{paths[0].name}' holds class {whole[:, 0].max()}, but only {classes} are named.")
    return whole[:, 1:].reshape(-1, 3, EDGE, EDGE).transpose(0, 2, 3, 1), whole[:, 0].astype(np.int64)
