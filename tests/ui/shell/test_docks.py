"""Which views are offered, and what a window remembers of that."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QMainWindow, QTabBar, QWidget

from nnkernels.graph.network import NetworkSpec, resolve
from nnkernels.spec import NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import ORIGINS
from nnstudio.ui.live.view import live_views
from nnstudio.ui.live.views import Views
from nnstudio.ui.shell.arrangement import FIRST
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.layouts import Layouts


class Plain(defaultdict):
    """Any panel, as an empty widget."""

    def __getattr__(self, name):
        return self[name]


def data_of(*shape: int) -> Dataset:
    x, y = np.zeros((4, *shape), np.float32), np.zeros((4, 1), np.float32)
    return Dataset("some", x, y, x, y)


@pytest.fixture
def make_docks(qtbot):
    def make() -> Docks:
        window = QMainWindow()
        qtbot.addWidget(window)
        docks = Docks(window, Plain(QWidget), Views(lambda _name, _view: None, lambda: None))
        docks.arrange(FIRST)
        return docks

    return make


@pytest.mark.parametrize(
    ("shape", "withheld"),
    [
        ((1,), {"code_map", "decision_boundary", "dream", "kernel", "pixels", "plane", "reacts_to", "style"}),
        ((2,), {"code_map", "dream", "fit", "kernel", "pixels", "reacts_to", "style"}),
        (
            (5,),
            {
                "code_map",
                "decision_boundary",
                "dream",
                "fit",
                "kernel",
                "pixels",
                "plane",
                "reacts_to",
                "style",
            },
        ),
        (
            (99,),
            {
                "code_map",
                "decision_boundary",
                "dream",
                "fit",
                "kernel",
                "pixels",
                "plane",
                "reacts_to",
                "style",
                "try_it",
            },
        ),
        ((8, 8, 1), {"code_map", "decision_boundary", "fit", "plane"}),
    ],
)
def test_views_declare_which_data_they_fit(shape, withheld):
    data = data_of(*shape)
    unfit = [factory for factory in live_views if not factory.fits(data)]
    # None of these are sequences, have classes, or are learned from by a generator.
    withheld |= {"attention", "forecast", "hidden_state", "sampled_text", "generated_pictures", "generator"}
    withheld |= {"fooling"}
    assert {factory.id for factory in unfit} == withheld and all(factory.needs for factory in unfit)


def test_a_view_that_does_not_fit_takes_no_room_until_it_does(make_docks):
    docks = make_docks()
    boundary = docks["decision_boundary"]
    docks.offer(data_of(99))
    assert boundary.isHidden() and not docks["results"].isHidden()
    action = boundary.toggleViewAction()
    assert not action.isEnabled() and "two inputs" in action.toolTip()
    docks.offer(None)
    assert boundary.isHidden(), "nothing jumps while other data is read"
    docks.offer(data_of(2))
    assert not boundary.isHidden() and action.isEnabled()


def test_a_view_that_was_closed_stays_closed(make_docks):
    docks = make_docks()
    docks["try_it"].hide()
    docks.offer(data_of(99))
    docks.offer(data_of(2))
    assert docks["try_it"].isHidden() and not docks["decision_boundary"].isHidden()


def test_what_was_withheld_when_the_window_closed_comes_back(make_docks, tmp_path):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    docks = make_docks()
    docks.offer(data_of(99))
    Layouts(docks, settings).save()
    later = make_docks()
    Layouts(later, settings).restore()
    later.offer(data_of(2))
    assert not later["decision_boundary"].isHidden() and not later["try_it"].isHidden()


def test_the_first_layout_comes_back_without_what_does_not_fit(make_docks):
    docks = make_docks()
    docks.offer(data_of(99))
    docks["palette"].hide()
    docks["results"].setFloating(True)
    docks.arrange(FIRST)
    assert not docks["palette"].isHidden() and not docks["results"].isFloating()
    assert docks["decision_boundary"].isHidden()
    docks.offer(data_of(2))
    assert not docks["decision_boundary"].isHidden()


def test_a_view_just_for_such_data_stands_in_for_one_that_goes(make_docks, monkeypatch):
    docks, raised = make_docks(), []
    monkeypatch.setattr(docks, "is_seen", lambda name: name == "decision_boundary")
    monkeypatch.setattr(docks, "raise_", raised.append)
    docks.offer(data_of(28, 28, 1))
    assert raised == ["try_it"]


def chain(shape: tuple[int, ...], *kinds: str):
    """The nodes of a network of these layers in a row."""
    row = ("input", *kinds, "output")
    specs = [NodeSpec(kind, kind, {}, (row[i - 1],) if i else ()) for i, kind in enumerate(row)]
    return resolve(NetworkSpec(tuple(specs)), shape)


@pytest.mark.parametrize(
    ("view", "shape", "without", "with_it", "word"),
    [
        ("style", (8, 8, 1), "flatten", "conv2d", "Conv2D"),
        ("attention", (6, 8), "lstm", "multiheadattention", "MultiHeadAttention"),
        ("attention", (6, 8), "lstm", "transformerblock", "TransformerBlock"),
        ("hidden_state", (6, 8), "transformerblock", "lstm", "LSTM"),
    ],
)
def test_a_view_waits_for_the_layer_that_it_shows(make_docks, view, shape, without, with_it, word):
    docks, data = make_docks(), data_of(*shape)
    docks.offer(data, chain(shape, without))
    action = docks[view].toggleViewAction()
    assert docks[view].isHidden() and not action.isEnabled() and word in action.toolTip()
    docks.offer(data)
    assert docks[view].isHidden(), "while a network cannot run, nothing comes and goes"
    docks.offer(data, chain(shape, with_it))
    assert not docks[view].isHidden() and action.isEnabled()


def in_front(docks: Docks, name: str) -> bool:
    """Whether a panel is the tab that its window shows."""
    bars = [bar for bar in docks.window.findChildren(QTabBar) if bar.parent() is docks.window]
    return docks[name].windowTitle() in [bar.tabText(bar.currentIndex()) for bar in bars]


def series_of_one() -> Dataset:
    """A number that is predicted from one other."""
    return replace(data_of(1), targets=("y",))


def test_the_view_that_data_is_looked_at_in_first_is_in_front_until_a_person_chooses(make_docks):
    docks = make_docks()
    docks.window.resize(1800, 1000)
    docks.window.show()
    docks.arrange(FIRST)
    docks.offer(data_of(2))
    docks.raise_("decision_boundary")
    docks.offer(series_of_one())
    QApplication.processEvents()
    assert in_front(docks, "fit"), "it is, though several before it go"
    docks.raise_("try_it")
    docks.offer(series_of_one())
    QApplication.processEvents()
    assert in_front(docks, "try_it"), "other data of the same kind leaves what was chosen"
    real = np.zeros(4, np.int64)[:, None]
    x = np.zeros((4, 2), np.float32)
    docks.offer(Dataset("points", x, real, x, real, classes=ORIGINS))
    QApplication.processEvents()
    assert in_front(docks, "generator")


def test_a_chosen_tab_is_still_in_front_after_a_restart_with_the_same_kind_of_data(make_docks, tmp_path):
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    docks = make_docks()
    docks.offer(series_of_one())
    Layouts(docks, settings).save()
    later = make_docks()
    Layouts(later, settings).restore()
    assert later.leading == docks.leading == {"fit"}


def test_the_panel_of_the_curves_names_the_accuracy_only_where_there_is_one(make_docks):
    docks = make_docks()
    docks.offer(data_of(5))
    assert docks["loss_curve"].windowTitle() == "Loss"
    docks.offer(replace(data_of(5), classes=("a", "b")))
    assert docks["loss_curve"].windowTitle() == "Loss and accuracy"


def test_a_code_map_waits_for_a_code_of_two_numbers(make_docks):
    docks, x = make_docks(), np.zeros((4, 2, 1, 1), np.float32)
    flat = x.reshape(4, -1)
    docks.offer(Dataset("pictures", x, flat, x, flat), chain((4, 1, 1), "flatten"))
    action = docks["code_map"].toggleViewAction()
    assert docks["code_map"].isHidden() and "layer of two units" in action.toolTip()
    docks.offer(docks.views.data, chain((2, 1, 1), "flatten"))
    assert not docks["code_map"].isHidden() and action.isEnabled()
