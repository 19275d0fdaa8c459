"""The end of a network: every pair of task and tail with every loss, and what its repair leads to."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnkernels.spec import Loss, Takes, layers, losses
from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.model.document import Document
from nnstudio.model.graph import Link, Node
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import Problem, find_problems, repairs
from nnstudio.training.session import Session

ROWS = 24


def data_of(targets: np.ndarray, classes: int = 0, shape: tuple[int, ...] = (4,)) -> Dataset:
    """Random inputs, the first of which tell the targets; ``targets`` float (rows, values)."""
    x = np.random.default_rng(0).normal(size=(ROWS, *shape)).astype(np.float32)
    flat = x.reshape(ROWS, -1)
    for column in range(min(targets.shape[1], flat.shape[1])):
        flat[:, column] = targets[:, column] / max(1.0, abs(targets).max())
    y = targets.astype(np.float32)
    return Dataset("toy", x, y, x[:4], y[:4], tuple("abcdefg"[:classes]))


def classes_of(count: int) -> Dataset:
    return data_of(np.arange(ROWS)[:, None] % count, count)


NORMAL = np.random.default_rng(1).normal(size=(ROWS, 3))
SHARES = np.exp(NORMAL) / np.exp(NORMAL).sum(1, keepdims=True)
PIXELS = np.random.default_rng(2).uniform(size=(ROWS, 4))
PIXELS[0], PIXELS[1] = 0, 1
TASKS = {
    "2 classes": classes_of(2),
    "5 classes": classes_of(5),
    "number": data_of(1.5 * NORMAL[:, :1]),
    "3 numbers": data_of(1.5 * NORMAL),
    "amount": data_of(np.linspace(0, 50, ROWS)[:, None]),
    "shares": data_of(SHARES),
    "picture": data_of(PIXELS, shape=(2, 2, 1)),
}
TAILS: dict[str, list[str]] = {
    "none": [],
    "softmax": ["softmax"],
    "sigmoid": ["sigmoid"],
    "relu": ["relu"],
    "tanh": ["tanh"],
    "twice": ["softmax", "softmax"],
    "dropout": ["dropout"],
    "softmax, dropout": ["softmax", "dropout"],
    "relu, softmax": ["relu", "softmax"],
    "relu, sigmoid": ["relu", "sigmoid"],
}
# Behind a Dense layer with the right number of units: . is fine, E an error, b a warning because the least
# loss is out of reach, w any other warning. Losses that are not named do not suit the task: errors.
NUMBERS = ("mse", "mae", "huber")
TABLE: dict[str, dict[tuple[str, ...], str]] = {
    #                                          none softmax sigmoid relu tanh twice dropout s+d r+s r+sig
    "2 classes": {
        ("binary_cross_entropy",):             ". E . E b E w E E E",
        ("softmax_cross_entropy",):            ". . b w b b w b w b",
        ("hinge",):                            ". w w w . b w w w w",
    },
    "5 classes": {
        ("softmax_cross_entropy",):            ". . b w b b w b w b",
        ("hinge",):                            ". w w w . b w w w w",
    },
    "number": {NUMBERS:                        ". E E E E E w E E E"},
    "3 numbers": {
        NUMBERS:                               ". E E E E E w E E E",
        ("kl_divergence",):                    "E E E E E E E E E E",
    },
    "amount": {NUMBERS:                        ". E E . E E w E E E"},
    "shares": {
        NUMBERS:                               ". . . . . E w w . E",
        ("kl_divergence",):                    ". . b w b b w b w b",
        ("multi_label_cross_entropy",):        ". E . E b E w E E E",
    },
    "picture": {
        ("multi_label_cross_entropy",):        ". E . E b E w E E E",
        NUMBERS:                               ". E . . . E w E E E",
        ("kl_divergence",):                    "E E E E E E E E E E",
    },
}  # fmt: skip


def stated(task: str, loss: str, tail: str) -> str:
    for names, row in TABLE[task].items():
        # Losses of numbers differ in how they weigh errors, not in what can be reached.
        if loss in names or (names == NUMBERS and losses[loss].takes == Takes.NUMBERS):
            return row.split()[list(TAILS).index(tail)]
    return "E"


def units_for(task: str, loss: str) -> int:
    data = TASKS[task]
    return 1 if loss == "binary_cross_entropy" else len(data.classes) or data.target_width


def network(data: Dataset, loss: str, *chain: tuple[str, dict]) -> Document:
    """Input, these (kind, options) in a row, Output; learned with Adam, all samples in one batch."""
    document = Document()
    settings = document.settings.with_option("loss", loss).with_option("batch_size", ROWS)
    settings = settings.with_option("optimizer", "adam").with_option("epochs", 1000)
    document.settings = settings.with_option("learning_rate", 0.03)
    graph, before = document.graph, ""
    flat = [("flatten", {})] if len(data.input_shape) > 1 and chain and chain[0][0] == "dense" else []
    for i, (kind, options) in enumerate([("input", {}), *flat, *chain, ("output", {})]):
        layer = graph.registry[kind]
        name = graph.new_name(layer.title)
        graph.insert_node(Node(f"n{i}", kind, name, 220.0 * i, 0.0, {**layer.defaults(), **options}))
        if before:
            graph.insert_link(Link(before, f"n{i}"))
        before = f"n{i}"
    return document


def ending(task: str, loss: str, tail: str, extra_units: int = 0) -> Document:
    dense = ("dense", {"units": units_for(task, loss) + extra_units})
    return network(TASKS[task], loss, dense, *((kind, {}) for kind in TAILS[tail]))


def problems_of(document: Document, data: Dataset) -> list[Problem]:
    return find_problems(document.graph, facts_at(document, facts_of_data(data)))


def mended(document: Document, data: Dataset) -> str:
    """Take the first repair of the first problem, and see that it mends all and can be taken back."""
    facts, (problem, *_) = facts_of_data(data), problems_of(document, data)
    assert len(problem.text) > 30 and problem.text.endswith("."), problem.text
    offered = repairs(document, problem, facts)
    assert offered, problem.text
    before = document.to_dict()
    document.history.push(offered[0].make(document, document.graph))
    assert problems_of(document, data) == [], offered[0].title
    after = document.to_dict()
    document.history.undo()
    assert document.to_dict() == before
    document.history.redo()
    assert document.to_dict() == after
    return offered[0].title


CASES = [(task, loss.id, tail) for task in TASKS for loss in losses for tail in TAILS]


@pytest.mark.parametrize("task, loss, tail", CASES)
def test_the_table(task, loss, tail):
    told = problems_of(ending(task, loss, tail), TASKS[task])
    wanted = stated(task, loss, tail)
    assert len(told) == (wanted != "."), [p.text for p in told]
    assert all(p.serious == (wanted == "E") for p in told), told[0].text
    wrong = problems_of(ending(task, loss, tail, extra_units=2), TASKS[task])
    assert wrong and wrong[0].serious


# With wrong units, losses of one kind are alike.
WRONG_UNITS = [(*case, 2) for case in CASES if case[1] in ("mse", "softmax_cross_entropy")]


@pytest.mark.parametrize("task, loss, tail, extra_units", [(*case, 0) for case in CASES] + WRONG_UNITS)
def test_every_end_that_does_not_fit_is_mended_in_one_step(task, loss, tail, extra_units):
    document = ending(task, loss, tail, extra_units)
    if extra_units or stated(task, loss, tail) != ".":
        mended(document, TASKS[task])


def loss_after(session: Session, steps: int) -> float:
    return [session.single_step().loss for _ in range(steps)][-1]


@pytest.mark.parametrize("tail", ["softmax", "sigmoid", "relu", "twice", "softmax, dropout"])
@pytest.mark.parametrize("loss", ["mse", "softmax_cross_entropy"])
@pytest.mark.parametrize("task", list(TASKS))
def test_what_was_mended_learns(task, loss, tail):
    document, data = ending(task, loss, tail, extra_units=2), TASKS[task]
    mended(document, data)
    session = Session(document.graph.to_network(), data, document.settings)
    first = loss_after(session, 1)
    assert loss_after(session, 60) < 0.9 * first


# An oracle that knows neither bounds nor what a loss takes: it searches for the least loss of one sample.


def least(loss: Callable[[np.ndarray], np.ndarray], count: int) -> float:
    """Least value over so many numbers, by a search along each of them from several starts.

    ``loss`` takes points (n, count).
    """
    best = np.inf
    for start in (0.0, 2.0, -2.0):
        x, step = np.full(count, start), 16.0
        value = loss(x[None])[0]
        while step > 1e-2:
            tried = x + step * np.concatenate([np.eye(count), -np.eye(count)])
            values = loss(tried)
            if values.min() < value:
                value, x = values.min(), tried[int(values.argmin())]
            else:
                step /= 2
        best = min(best, value)
    return best


def in_reach(loss: Loss, kinds: list[str], targets: np.ndarray, count: int) -> bool:
    """Whether an end gets close to the least loss for every one of the targets (rows, values)."""
    options, near = loss.defaults(), 0.02
    folded = kinds[:-1] if kinds and kinds[-1] == loss.folds else kinds

    def of(target: np.ndarray, before: list[str]) -> Callable[[np.ndarray], np.ndarray]:
        def values(points: np.ndarray) -> np.ndarray:
            for kind in before:
                points = layers[kind].reference(layers[kind].defaults(), [points], {})
            return loss.reference(options, points, np.repeat(target[None], len(points), 0))

        return values

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return all(least(of(t, folded), count) < least(of(t, []), count) + near for t in targets)


ORACLE = [
    (task, loss, tail)
    for task, rows in TABLE.items()
    for names in rows
    for loss in names
    for tail in TAILS
    # Of numbers that are no probabilities it is the loss that is wrong, whatever comes before it.
    if stated(task, loss, tail) in ".bE" and (loss != "kl_divergence" or task == "shares")
]


@pytest.mark.parametrize("task, loss, tail", ORACLE)
def test_the_table_agrees_with_a_search_for_the_least_loss(task, loss, tail):
    data = TASKS[task]
    extremes = np.unique(np.concatenate([data.y_train.argmin(0), data.y_train.argmax(0)]))
    rows = range(len(data.classes)) if data.classes else extremes
    targets = data.y_train[list(rows)].astype(float)
    reached = in_reach(losses[loss], TAILS[tail], targets, units_for(task, loss))
    assert reached == (stated(task, loss, tail) == ".")
