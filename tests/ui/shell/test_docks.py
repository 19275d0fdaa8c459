"""Which views are offered, and what a window remembers of that."""

from __future__ import annotations

from collections import defaultdict
from types import SimpleNamespace

import numpy as np
import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMainWindow, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.view import live_views
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
        factories = {factory.id: factory for factory in live_views}
        views = SimpleNamespace(factories=factories, frames={name: QWidget() for name in factories})
        return Docks(window, Plain(QWidget), views)

    return make


@pytest.mark.parametrize(
    ("shape", "withheld"),
    [((2,), set()), ((5,), {"decision_boundary"}), ((99,), {"decision_boundary", "try_it"})],
)
def test_views_declare_which_data_they_fit(shape, withheld):
    data = data_of(*shape)
    unfit = [factory for factory in live_views if not factory.fits(data)]
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
    monkeypatch.setattr(docks, "is_seen", lambda _name: True)
    monkeypatch.setattr(docks, "raise_", raised.append)
    docks.offer(data_of(28, 28, 1))
    assert raised == ["try_it"]


def test_a_view_takes_the_whole_window_and_gives_it_back(make_docks, qtbot):
    docks = make_docks()
    window, surface, curve = docks.window, docks["loss_surface"], docks["loss_curve"]
    window.setCentralWidget(QWidget())
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    hidden = [docks[name].isHidden() for name in docks]
    surface.titleBarWidget().large.click()
    assert not surface.isHidden() and curve.isHidden() and window.centralWidget().isHidden()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert [docks[name].isHidden() for name in docks] == hidden
    assert not window.centralWidget().isHidden()


def test_a_maximised_view_gives_way_to_any_other_panel(make_docks, tmp_path):
    docks = make_docks()
    surface, bar = docks["loss_surface"], docks["loss_surface"].titleBarWidget()
    layouts = Layouts(docks, QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))
    for other in (
        lambda: docks.raise_("results"), lambda: docks.focus("inspector"), lambda: docks.arrange(FIRST),
        lambda: docks.offer(data_of(2)), layouts.save, bar.large.click,
    ):  # fmt: skip
        bar.large.click()
        assert docks.maximising.dock is surface
        other()
        assert docks.maximising.dock is None and not docks["loss_curve"].isHidden()


def test_one_maximised_view_follows_another(make_docks):
    docks = make_docks()
    for name in ("loss_curve", "weights"):
        docks[name].titleBarWidget().large.click()
    assert docks.maximising.dock is docks["weights"] and docks["loss_curve"].isHidden()
    docks.maximising.end()
    assert not docks["loss_curve"].isHidden() and not docks["inspector"].isHidden()
