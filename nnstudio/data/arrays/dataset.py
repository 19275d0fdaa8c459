"""A data set from the arrays of a file, and new samples prepared as those were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import Option, show_shape
from nnstudio.data.arrays.inputs import (
    LARGEST,
    Channels,
    Kind,
    Layout,
    Scaling,
    check_kind,
    layout_of,
    read_inputs,
    scaling_of,
)
from nnstudio.data.arrays.labels import GUESS, check_no_label
from nnstudio.data.arrays.stored import Choice, Stored, choose, choose_inputs
from nnstudio.data.arrays.targets import Targets, read_targets
from nnstudio.data.columns import scaled
from nnstudio.data.dataset import DataError, Dataset, Samples, Split
from nnstudio.data.pictures import SUFFIXES as PICTURE_SUFFIXES
from nnstudio.data.repeats import (
    REPEATS,
    Repeats,
    digests,
    divide_together,
    firsts,
    numbered,
    told_of_repeats,
)
from nnstudio.data.seen import seen_in
from nnstudio.data.some_examples import some_of
from nnstudio.data.splits import VALIDATION_OPTIONS, SplitKind, divide, hold_back, split_rows
from nnstudio.data.standardising import standardise

ARRAY_OPTIONS = (
    Option("path", "", "The file."),
    Option("inputs", "", "Name of the array with the inputs; empty means x, data, images or alike."),
    Option("targets", "", "Name of the array with the targets; empty means y, labels, targets or alike."),
    Option(
        "target_column", 0, "Of a table without targets, the column to predict, from 1; 0 is the last.",
        0, 1_000_000,
    ),
    Option(
        "task", "guess", "What is predicted; guess takes whole numbers for classes.",
        choices=("guess", "classes", "number"),
    ),
    Option(
        "no_label", GUESS,
        "Where each step or pixel has a label: the number that stands for none; guess takes -1 and 255.",
        reads=check_no_label,
    ),
    Option(
        "kind", "guess", "What samples with two axes are: pictures, or sequences of steps and channels.",
        choices=tuple(Kind),
    ),
    Option(
        "channels", "guess", "Where the channels of pictures with three axes are; guess takes 1, 3 or 4.",
        choices=tuple(Channels),
    ),
    REPEATS,
    Option("test_ratio", 0.2, "Share kept for testing where the file has no test part.", 0.0, 0.9),
    *VALIDATION_OPTIONS,
    Option("seed", 1, "Number that decides the split.", 0, 2**31 - 1),
)  # fmt: skip

# Samples whose bytes are compared at a time.
AT_ONCE = 1024
# So many standard deviations from the mean, values are of another kind.
FAR = 10.0


def array_dataset(path: Path, arrays: Sequence[Stored], options: Mapping[str, Any]) -> Dataset:
    """Samples and targets from the arrays that a file holds. Raises DataError."""
    choice = choose(path.name, arrays, options["inputs"], options["targets"], options["target_column"])
    x = choice.x[Split.TRAINING]
    for array in choice.x.values():
        check_kind(path, array)
    if x.shape[0] < 2:
        raise DataError(f"'{x.name}' in '{path.name}' holds a single sample; at least two are needed.")
    layout = layout_of(path, x, Kind(options["kind"]), Channels(options["channels"]))
    positions = layout.shape[:-1]
    column, no_label = bool(choice.column), options["no_label"].strip()
    targets = read_targets(path, choice.y, positions, options["task"], column, no_label)
    rows, on_repeats = _rows(path, choice, targets, options)
    scaling = scaling_of(path, x, layout, rows[Split.TRAINING])
    inputs = _inputs(path, choice, layout, scaling, rows)
    own = targets.parts[Split.TRAINING]
    outputs = {part: own[chosen] for part, chosen in rows.items()}
    outputs |= {part: values for part, values in targets.parts.items() if part != Split.TRAINING}
    y_shift, y_scale = (0.0, 1.0) if targets.classes else standardise(outputs[Split.TRAINING])
    y = {part: scaled(path, values, y_shift, y_scale) for part, values in outputs.items()}
    notes = (*choice.notes, *layout.notes, scaling.note, targets.note, *on_repeats)
    return Dataset(
        path.stem, inputs[Split.TRAINING], y[Split.TRAINING], inputs[Split.TEST], y[Split.TEST],
        targets.classes, _features(layout, choice.column), targets.names, scaling.shift, scaling.scale,
        y_shift, y_scale, tuple(note for note in notes if note),
        x_validation=inputs[Split.VALIDATION], y_validation=y[Split.VALIDATION],
        own_parts=tuple(part for part in Split if part in choice.x and part != Split.TRAINING),
    )  # fmt: skip


def _rows(
    path: Path, choice: Choice, targets: Targets, options: Mapping[str, Any]
) -> tuple[dict[Split, np.ndarray], tuple[str, ...]]:
    """For each part the rows of the training array that belong to it, none where it has arrays of its own;
    and notes on samples that are there several times. Raises DataError.
    """
    own = targets.parts[Split.TRAINING]
    classes = own[:, 0] if targets.classes and own.shape[1] == 1 else None
    repeats = Repeats(options["repeats"])
    if repeats == Repeats.AS_THEY_ARE:
        return _divided(choice, np.arange(len(own)), classes, options), ()
    which, is_elsewhere = _numbered(choice)
    notes = told_of_repeats(repeats, which)
    if repeats == Repeats.IN_ONE_PART:
        if len(choice.x) > 1:
            raise DataError(
                f"'{path.name}' has parts of its own, so equal samples cannot be brought into one of them. "
                "Set Repeated samples to once: training then leaves out what another part holds."
            )
        parts = divide_together(SplitKind.RANDOM, which, options, classes)
        return dict(zip((Split.TRAINING, Split.VALIDATION, Split.TEST), parts, strict=True)), notes
    kept = firsts(which)
    kept, gone = kept[~is_elsewhere[kept]], int(is_elsewhere[kept].sum())
    if not len(kept):
        raise DataError(f"All training samples of '{path.name}' stand in another part as well.")
    if gone:
        notes += (f"{gone:,} training samples that another part holds as well are left out.",)
    return _divided(choice, kept, classes, options), notes


def _numbered(choice: Choice) -> tuple[np.ndarray, np.ndarray]:
    """For each row of the training array its number without repeats, and whether another part has it."""
    keys = {part: digests(_values(x), _values(choice.y[part])) for part, x in choice.x.items()}
    own = keys.pop(Split.TRAINING)
    others = set().union(*keys.values())
    return numbered(own), np.array([key in others for key in own])


def _values(array: Stored) -> Iterator[np.ndarray]:
    """All rows, as many at a time as of any other array."""
    for start in range(0, array.shape[0], AT_ONCE):
        yield array.rows(start, min(start + AT_ONCE, array.shape[0]))


def _divided(
    choice: Choice, rows: np.ndarray, classes: np.ndarray | None, options: Mapping[str, Any]
) -> dict[Split, np.ndarray]:
    """These rows of the training array, as far as other parts have no arrays of their own, divided."""
    count, none = len(rows), np.zeros(0, np.int64)
    classes = None if classes is None else classes[rows]
    train, validation, test = np.arange(count), none, none
    if Split.TEST in choice.x and Split.VALIDATION not in choice.x:
        kind = SplitKind.RANDOM if classes is None else SplitKind.STRATIFIED
        train, validation = hold_back(kind, count, options, classes=classes)
    elif Split.TEST not in choice.x and Split.VALIDATION not in choice.x:
        train, validation, test = divide(SplitKind.RANDOM, count, options, classes)
    else:
        if Split.TEST not in choice.x:
            train, test = split_rows(SplitKind.RANDOM, count, options["test_ratio"], options["seed"])
        train = some_of(train, options, classes)
    parts = {Split.TRAINING: train, Split.VALIDATION: validation, Split.TEST: test}
    return {part: rows[chosen] for part, chosen in parts.items()}


def _inputs(
    path: Path, choice: Choice, layout: Layout, scaling: Scaling, rows: Mapping[Split, np.ndarray]
) -> dict[Split, np.ndarray]:
    """Inputs of each part, `(n, *shape)`, float32. Raises DataError."""
    # One array that is cut: the parts are views of it.
    order = np.concatenate(list(rows.values()))
    whole = read_inputs(path, choice.x[Split.TRAINING], layout, scaling, order)
    edges = np.cumsum([len(chosen) for chosen in rows.values()])[:-1]
    inputs = dict(zip(rows, np.split(whole, edges), strict=True))
    for part, array in choice.x.items():
        if part != Split.TRAINING:
            inputs[part] = read_inputs(path, array, layout, scaling)
    return inputs


def _features(layout: Layout, column: int) -> tuple[str, ...]:
    """Columns of a table, as they are counted in it."""
    if len(layout.shape) > 1:
        return ()
    numbers = range(1, layout.shape[0] + 1)
    return tuple(f"column {i + (0 < column <= i)}" for i in numbers)


def array_samples(path: Path, arrays: Sequence[Stored], options: Mapping[str, Any], data: Dataset) -> Samples:
    """Samples to predict, from the array with the inputs, or the only one. Raises DataError."""
    arrays = [array for array in arrays if array.shape and array.size]
    name = options["inputs"] if options["inputs"] in {array.name for array in arrays} else ""
    x, notes = choose_inputs(path.name, arrays, name)
    check_kind(path, x)
    if len(arrays) > 1:
        notes = [*notes, f"The samples of '{x.name}' are predicted."]
    x = _without_target(x, data, notes)
    alone = Stored(x.name, (1, *x.shape), x.dtype, lambda a, b: x.whole()[None])
    for array in (x, alone):
        if len(array.shape) > 4:
            continue
        kind = Kind.PICTURES if len(data.input_shape) == 3 else Kind.SEQUENCES
        layout = layout_of(path, array, kind, Channels(options["channels"]))
        if layout.shape == data.input_shape:
            values = read_inputs(path, array, layout, Scaling(data.x_shift, data.x_scale, ""))
            notes += [*layout.notes, *_strange(values, array, data)]
            return Samples(values, np.ones(len(values), bool), tuple(notes))
    raise DataError(
        f"{x} in '{path.name}' holds no samples of {show_shape(data.input_shape)}, which the network takes."
    )


def refuse_pictures(path: Path, data: Dataset) -> None:
    """Raise DataError for a picture or a folder of them where the values trained on had another unit."""
    if np.any(data.x_shift) and (path.is_dir() or path.suffix.lower() in PICTURE_SUFFIXES):
        raise DataError(
            f"'{path.name}' is a picture or a folder, but the network was trained on values that were "
            "standardised, in a unit that pictures do not tell. Give an array of values like those."
        )


def _without_target(x: Stored, data: Dataset, notes: list[str]) -> Stored:
    """A table as it was in training, without the column that is predicted."""
    names = [f"column {i}" for i in range(1, len(data.features) + 2)]
    if len(x.shape) != 2 or x.shape[1] != len(names) or {*data.features, *data.targets} != {*names}:
        return x
    at = names.index(data.targets[0])
    notes.append(f"Column {at + 1:,} is the target, and ignored.")
    return x.columns(x.name, np.delete(np.arange(len(names)), at))


def _strange(values: np.ndarray, array: Stored, data: Dataset) -> list[str]:
    """A note on inputs of another unit than those that were learned from."""
    seen = seen_in(data)
    if seen is None:
        return []
    mean, deviation = seen.moments
    away = float(np.sqrt(np.mean(np.square(values - mean, dtype=np.float64))))
    if away > FAR * deviation:
        return [
            f"The values of '{array.name}' are far from those that the network was trained on. Are they in "
            "another unit?"
        ]
    is_whole = isinstance(data.x_scale, float) and data.x_scale in LARGEST.values()
    if array.dtype.kind == "f" and is_whole and float(values.max()) * data.x_scale < 1.001:
        return [
            f"The values of '{array.name}' go up to 1; the network was trained on those up to "
            f"{data.x_scale:,.0f}. Are they in another unit?"
        ]
    return []
