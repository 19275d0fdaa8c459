"""What can be explained of a network, by the names that a person knows, and what is needed to ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from nnkernels.program import Layout
from nnkernels.spec import Role, show_shape, size_of
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.ends import is_picture, least_and_most
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.tables.encoders import CategoryEncoder
from nnstudio.data.terms import right_called
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.activations import decide
from nnstudio.explain.layer_names import called, listed
from nnstudio.explain.method import Column, Question, Target
from nnstudio.model.tokens import columns_of
from nnstudio.training.by_output import at_output, by_output, outputs_of, predicting
from nnstudio.training.evaluation import Evaluation

# Of tokens that have no sign of their own.
SIGNS = {"space": "␣", "line end": "↵", "tab": "⇥"}
BLACK, WHITE, MEAN, FIRST = "black", "white", "mean", "token 0"


def class_number(data: Dataset, text: str) -> int:
    """The number of a class by its name, or by its number from 0. Raises DataError."""
    if text in data.classes:
        return data.classes.index(text)
    if text.isdigit() and int(text) < len(data.classes):
        return int(text)
    raise DataError(f"There is no class called '{text}'. The classes are: {listed(data.classes)}.")


def class_target(session: Evaluation, number: int) -> Target:
    """The score of a class: of its logits where the loss takes those, else what the output gives for it; of
    several Outputs by the first.

    Of a sequence that has a label at each step it is the score at the last step. Raises DataError where there
    is no score of each class.
    """
    outputs, session = outputs_of(session), at_output(session)
    data, layout = session.data, session.layout
    node = layout.logits
    shape, name = layout.nodes[node].shape, data.classes[number]
    called, output = f"score of {name}", layout.output if outputs else ""
    if guesses_at_steps(session):
        weights = np.zeros(shape)
        weights[-1, number] = 1
        return Target(node, weights.ravel(), f"{called} after the last step", output)
    if data.target_width > 1 or size_of(shape) not in (1, len(data.classes)):
        raise DataError(
            f"The network gives {show_shape(shape)} for a sample, not one score for each class. Name a layer "
            "and one of its units instead."
        )
    if size_of(shape) == 1:
        # One output tells two classes apart: the score of the second, and less of the first.
        return Target(node, np.array([2.0 * number - 1]), called, output)
    return Target(node, np.eye(size_of(shape))[number], called, output)


def guesses_at_steps(session: Evaluation) -> bool:
    """Whether the network tells classes apart at each step of a sequence, by a score for each."""
    data, shape = session.data, session.layout.nodes[session.layout.logits].shape
    return data.target_width > 1 and shape == (data.target_width, len(data.classes))


def number_target(session: Evaluation, text: str) -> Target:
    """One of the numbers that a network predicts, by its name or number from 0; the first for "". Of several
    Outputs it is of the first that predicts it.

    It is told as the network gives it, scaled. Raises DataError.
    """
    names, node = session.data.targets, session.layout.logits
    if text in names:
        number = names.index(text)
    elif not text:
        number = by_output(session)[0].columns[0]
    elif text.isdigit():
        number = int(text)
    else:
        raise DataError(f"There is no target called '{text}'. The targets are: {listed(names)}.")
    if by_output(session) != (session,):
        return _number_of_output(session, number)
    size = size_of(session.layout.nodes[node].shape)
    if number >= size:
        raise DataError(f"The network gives {size} numbers, counted from 0; there is no number {number}.")
    name = names[number] if len(names) == size else f"number {number}"
    return Target(node, _one_of(size, number), f"{name} (scaled)")


def _number_of_output(session: Evaluation, number: int) -> Target:
    """The target of that number from the Output that predicts it. Raises DataError."""
    predicted = predicting(session, number)
    if predicted is None:
        known = sorted({column for seen in by_output(session) for column in seen.columns})
        names = listed(tuple(_target_name(session.data, column) for column in known))
        raise DataError(f"No Output predicts number {number}, counted from 0. What is predicted: {names}.")
    seen, at = predicted
    node, name = seen.layout.logits, _target_name(session.data, number)
    return Target(node, _one_of(size_of(seen.layout.nodes[node].shape), at), f"{name} (scaled)")


def _target_name(data: Dataset, number: int) -> str:
    return data.targets[number] if number < len(data.targets) else f"number {number}"


def unit_target(layout: Layout, node: str, unit: str, names: Mapping[str, str] | None = None) -> Target:
    """A unit, a channel or one value of a layer: its number from 0, or one number for each axis, as in 2,3,5.

    A single number for a layer that gives maps or steps is a channel: the mean of it over all positions.
    "" is the mean of all values. ``names`` are what people call layers. Raises DataError.
    """
    names = names or {}
    layer = called(node, names)
    if node not in layout.nodes or layout.nodes[node].layer.role == Role.INPUT:
        ids = (n.id for n in layout.nodes.values() if n.layer.role != Role.INPUT)
        known = listed(tuple(called(name, names) for name in ids))
        raise DataError(f"The network has no layer called '{layer}'. It has: {known}.")
    shape = layout.nodes[node].shape
    size = size_of(shape)
    if not unit:
        return Target(node, np.full(size, 1 / size), f"mean of {layer}")
    try:
        numbers = tuple(int(part) for part in unit.split(","))
    except ValueError:
        numbers = ()
    ends = shape[-1:] if len(numbers) == 1 else shape
    if len(numbers) != len(ends) or not all(0 <= n < end for n, end in zip(numbers, ends, strict=True)):
        raise DataError(
            f"'{layer}' gives {show_shape(shape)} for a sample, so '{unit}' names no unit of it. Give a "
            "number from "
            f"0 to {shape[-1] - 1}" + (f", or {len(shape)} of them with commas." if len(shape) > 1 else ".")
        )
    weights = np.zeros(shape)
    if len(numbers) == 1:
        weights[..., numbers[0]] = shape[-1] / size
        name = f"channel {unit} of {layer}" if len(shape) > 1 else f"unit {unit} of {layer}"
    else:
        weights[numbers] = 1
        name = f"value {unit} of {layer}"
    return Target(node, weights.ravel(), name)


@dataclass(frozen=True, eq=False)
class Ends:
    """What inputs can be, each in the shape of a sample, float64.

    Attributes:
        notes: what was guessed.
    """

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    notes: tuple[str, ...] = ()


def ends_of(data: Dataset) -> Ends:
    """From black to white for pictures; else from the least to the most of the training part.

    Raises DataError where nothing is known of it.
    """
    notes: tuple[str, ...] = ()
    low, high = least_and_most(data)
    if len(data.x_train):
        mean = data.x_train.mean(0, dtype=np.float64)
    else:
        mean = (low + high) / 2
        notes = (
            "The training data is not here: the mean is taken to lie midway between its least and its most.",
        )
    return Ends(low, high, mean, notes)


# Of the data of each network that was asked about: all of its samples are looked through, once.
_KNOWN: WeakKeyDictionary[Evaluation, Ends] = WeakKeyDictionary()


def known_ends(session: Evaluation) -> Ends:
    """As `ends_of`, for whoever asks about the same network again and again."""
    if session not in _KNOWN:
        _KNOWN[session] = ends_of(session.data)
    return _KNOWN[session]


def question(
    session: Evaluation, x: np.ndarray, label: int, target: Target | None, toward: int,
    many: tuple[np.ndarray, np.ndarray], ends: Ends | None = None,
) -> tuple[Question, tuple[str, ...]]:  # fmt: skip
    """What is asked about a sample x `(1, *shape)`, and notes on what was guessed.

    ``label`` is -1 where the true class is not known: the predicted one stands for it. Without a target, it
    is the score of the class that the sample, or its last step, is taken for, or the first number. ``ends``
    are those of the data, where they are known. Raises DataError.
    """
    ends = ends or ends_of(session.data)
    # Classes are those that the first Output tells apart.
    session = at_output(session) if session.data.classes else session
    data = session.data
    notes, tells = ends.notes, bool(data.classes) and data.target_width == 1
    predicted = -1
    if tells:
        predicted = int(decide(session, session.predict(np.asarray(x, np.float32)))[0][0])
        if label < 0:
            label = predicted
            notes += (f"Its true class is not known; it is taken to be {data.classes[label]}, as predicted.",)
    if target is None and guesses_at_steps(session):
        at_steps = decide(session, session.predict(np.asarray(x, np.float32)))[0]
        target = class_target(session, int(at_steps[-1]))
    elif target is None:
        target = class_target(session, predicted) if tells else number_target(session, "")
    baselines = {MEAN: ends.mean}
    if is_picture(data):
        baselines = {BLACK: ends.low, WHITE: ends.high, **baselines}
    if data.tokens:
        # Between two numbers of words there is nothing that a mean could be.
        without = ends.mean.ravel().copy()
        without[columns_of(data.tokens)] = 0
        baselines = {FIRST: without.reshape(ends.mean.shape)}
    asked = Question(
        x, target, label, toward, ends.low, ends.high, baselines, many, data.classes if tells else (),
        is_picture(data), columns_of_table(data, x[0]), right=right_called("accuracy", holds_only_real(data)),
    )  # fmt: skip
    return asked, notes


def columns_of_table(data: Dataset, sample: np.ndarray) -> tuple[Column, ...]:
    """Columns of a table whose inputs are a sample (inputs,), in their order; () of other data."""
    features = tuple(name for encoder in data.inputs for name in encoder.features)
    if sample.ndim != 1 or not features or features != data.features:
        return ()
    columns, start = [], 0
    for encoder in data.inputs:
        inputs = np.arange(start, start + len(encoder.features))
        name, start = encoder.column, start + len(inputs)
        if isinstance(encoder, CategoryEncoder) and sample[inputs].any():
            # Which of its categories it is; one that was never seen is none of them.
            name = encoder.features[int(sample[inputs].argmax())]
        if len(inputs):
            columns.append(Column(name, inputs))
    return tuple(columns)


def input_names(data: Dataset, sample: np.ndarray) -> tuple[str, ...]:
    """What the inputs of a sample `(*shape)` are called where they are a row: of a text the tokens
    themselves.

    () where they have no names.
    """
    vocabulary = Vocabulary.of(data)
    if sample.ndim != 1:
        return ()
    if vocabulary is None:
        return data.features if len(data.features) == len(sample) else ()
    tokens = (vocabulary.names[int(number)] for number in sample)
    return tuple(SIGNS.get(token, token) for token in tokens)


def _one_of(size: int, number: int) -> np.ndarray:
    weights = np.zeros(size)
    weights[number] = 1
    return weights
