"""Contract of every live view: it survives what people do to it, and asks for and draws what there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.groupings import Grouping
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve
from nnstudio.training.evaluation import Past
from nnstudio.training.session import Session
from nnstudio.training.underway import Underway
from nnstudio.ui.live.requests import ShowSample
from nnstudio.ui.live.view import live_views


def dense(data: Dataset, units: int, loss: str, *, outputs: int = 1, hidden: str = "tanh") -> Session:
    """Input, one hidden layer, output."""
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("f", "flatten", {}, ("i",)),
        NodeSpec("a", "dense", {"units": units}, ("f",)),
        NodeSpec("t", hidden, {}, ("a",)),
        NodeSpec("b", "dense", {"units": outputs}, ("t",)),
        NodeSpec("o", "output", {}, ("b",)),
    )
    return Session(NetworkSpec(nodes), data, TrainingSettings(loss=loss, batch_size=8))


def table(samples: int, features: int = 2, tests: int = 0) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples + tests, features)).astype(np.float32)
    y = x[:, :1] * 2 + 1
    return Dataset("table", x[:samples], y[:samples], x[samples:], y[samples:])


def classes(samples: int, names: tuple[str, ...], shape: tuple[int, ...] = (2,)) -> Dataset:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, *shape)).astype(np.float32)
    y = (np.arange(samples) % len(names)).astype(np.float32)[:, None]
    return Dataset("classes", x, y, x[:0], y[:0], classes=names)


def drawn_again() -> Dataset:
    """Pictures that are their own targets, and whose samples are parted by what they are."""
    x = classes(12, ("a", "b"), (3, 2, 1)).x_train
    y = x.reshape(12, -1)
    parts = {part: np.arange(12 * (part == Split.TRAINING), dtype=np.uint8) % 2 for part in Split}
    return Dataset("drawn", x, y, x[:0], y[:0], groupings=(Grouping("kind", ("a", "b"), parts),))


def of_one_class() -> Dataset:
    """All samples are of one class, though there are two."""
    data = classes(9, ("a", "b"))
    return replace(data, y_train=np.zeros_like(data.y_train))


def broken() -> Session:
    session = dense(table(20), 4, "mse")
    session.parameters[:] = np.nan
    return session


def infinite() -> Session:
    session = dense(classes(20, ("a", "b", "c")), 4, "softmax_cross_entropy", outputs=3)
    session.parameters[:] = np.inf
    return session


def trained(session: Session) -> Session:
    for _ in range(12):
        session.single_step()
    return session


def of_the_past() -> Session | Past:
    now = trained(dense(table(40), 4, "mse"))
    past = Past(now)
    past.go(now.journal.steps[:3], now.journal.checkpoints[:3])
    return past


CONDITIONS = {
    "one sample": lambda: trained(dense(table(1), 4, "mse")),
    "one class": lambda: dense(of_one_class(), 4, "softmax_cross_entropy", outputs=2),
    "ten classes in the plane": lambda: dense(
        classes(50, tuple("abcdefghij")), 6, "softmax_cross_entropy", outputs=10
    ),
    "numbers in the plane": lambda: trained(dense(table(30, tests=8), 4, "mse")),
    "not a number": broken,
    "infinite": infinite,
    "one unit": lambda: trained(dense(table(20, 1), 1, "mse")),
    "100,000 units": lambda: dense(table(6, 100_000), 2, "mse"),
    "a picture": lambda: dense(classes(12, ("a", "b"), (6, 5, 1)), 3, "softmax_cross_entropy", outputs=2),
    "a colour picture": lambda: dense(
        classes(12, ("a", "b"), (4, 4, 3)), 3, "softmax_cross_entropy", outputs=2, hidden="relu"
    ),
    "a sequence": lambda: dense(classes(12, ("a", "b"), (6, 5)), 3, "softmax_cross_entropy", outputs=2),
    "a picture that is drawn again": lambda: trained(dense(drawn_again(), 2, "mse", outputs=6)),
    "the past": of_the_past,
}  # fmt: skip


@pytest.fixture
def make(qtbot):
    def view_of(name: str):
        view = live_views[name].make()
        qtbot.addWidget(view)
        view.resize(320, 260)
        view.show()
        return view

    return view_of


def draw(view, session) -> int:
    """Let a view ask for and draw all there is; how many pictures it drew."""
    probe = view.probe()
    pieces = () if probe is None else probe.run(session)
    results = [piece for piece in pieces if piece is not None and not isinstance(piece, Underway)]
    for result in results:
        view.show_result(result)
        view.grab()
    return len(results)


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("name", [f.id for f in live_views])
def test_a_view_survives(make, name, condition):
    view, session = make(name), CONDITIONS[condition]()
    view.set_data(session.data)
    view.set_names({"a": "Dense", "t": "Tanh"})
    for node in ("", "i", "a", "t", "o", "gone"):
        view.set_node(node, node.upper())
        draw(view, session)
    view.set_rows(getattr(session, "history", Curve()))
    view.draw()
    view.repaint_theme()
    view.grab()
    view.clear()
    view.grab()


@pytest.mark.parametrize("name", [f.id for f in live_views])
def test_without_data_a_view_asks_for_nothing_and_says_something(make, name):
    view = make(name)
    view.set_data(None)
    assert view.probe() is None
    view.grab()
    view.set_node("a", "A")
    view.on_request(ShowSample(np.zeros(4, np.float32)))
    view.clear()
    view.grab()


@pytest.mark.parametrize("name", [f.id for f in live_views])
def test_a_network_edited_under_a_view_is_drawn_as_it_is(make, name):
    view = make(name)
    first = trained(dense(table(20), 4, "mse"))
    view.set_data(first.data)
    view.set_node("a", "A")
    draw(view, first)
    late = [r for r in view.probe().run(first) if r is not None] if view.probe() else []
    # Another network, in which the node that is looked at is gone; and a result that comes too late.
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("z", "dense", {"units": 1}, ("i",)),
        NodeSpec("o", "output", {}, ("z",)),
    )
    second = Session(NetworkSpec(nodes), first.data, TrainingSettings())
    view.clear()
    draw(view, second)
    view.set_node("z", "Z")
    for result in late:
        view.show_result(result)
    draw(view, second)
    view.grab()


def test_no_two_views_have_the_same_order():
    orders = [f.order for f in live_views if f.make.__module__.startswith("nnstudio.")]
    assert len(orders) > 8 and len(set(orders)) == len(orders)
