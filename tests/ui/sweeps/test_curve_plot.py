"""A sweep as curves: a line for each choice of the rest, with its spread, and words where there is none."""

from __future__ import annotations

import csv
import io

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog
from sweep.projects import iris, plan_of
from ui.sweeps.scripted import setting

from nnstudio.sweep.curves import lines_over
from nnstudio.sweep.plan import Method
from nnstudio.ui.sweeps.curve_plot import NO_VALUES, NOTHING
from nnstudio.ui.widgets.picture_button import SCALE

TITLES = {"examples": "Examples", "batch_size": "Batch", "learning_rate": "Rate"}


def of(number: int, examples: int, batch: int, value: float | None, deviation: float | None = None):
    return setting(number, value, deviation=deviation, values={"batch_size": batch, "examples": examples})


@pytest.fixture
def plan():
    return plan_of(iris(), "batch_size=8,16", "examples=50,10,0")


@pytest.fixture
def curves(page, plan):
    page.begin(plan, TITLES, "iris")
    page.of_several.setCurrentWidget(page.curves)
    return page.curves


def test_each_choice_of_the_rest_is_a_line_and_all_examples_are_the_most(plan):
    examples = plan.space.searched[1]
    settings = [
        of(1, 50, 8, 0.6, 0.1),
        of(3, 0, 8, 0.9),
        of(2, 10, 8, 0.3),
        of(5, 10, 16, 0.4),
        of(6, 50, 16, None),
    ]
    eight, sixteen = lines_over(settings, plan, examples, TITLES)
    assert (eight.title, sixteen.title) == ("Batch 8", "Batch 16")
    assert [(p.at, p.mean, p.deviation) for p in eight.points] == [
        (0, 0.3, None),
        (1, 0.6, 0.1),
        (2, 0.9, None),
    ]
    assert [p.at for p in sixteen.points] == [0]


def test_lines_and_bars_are_drawn_with_names(curves):
    assert curves.hint.isVisible() and curves.hint.text() == NOTHING
    curves.over.setCurrentIndex(curves.over.findData("examples"))
    curves.show_settings([of(1, 10, 8, 0.3, 0.1), of(2, 50, 8, 0.6, 0.05), of(3, 10, 16, 0.5, 0.1)])
    lines = [item for item in curves.plot.listDataItems()]
    assert [np.round(item.getData()[1], 3).tolist() for item in lines] == [[0.3, 0.6], [0.5]]
    bars = [item for item in curves.plot.getPlotItem().items if isinstance(item, pg.ErrorBarItem)]
    assert [item.opts["height"].tolist() for item in bars] == [[0.2, 0.1], [0.2]]
    ticks = curves.plot.getAxis("bottom")._tickLevels
    assert [text for _at, text in ticks[0]] == ["10", "50", "all"]
    assert "Batch\xa08" in curves.legend.text() and "standard deviation" in curves.legend.text()
    assert curves.plot.isVisible() and not curves.hint.isVisible()


def test_over_something_else_the_lines_are_others(curves):
    curves.show_settings([of(1, 10, 8, 0.3), of(2, 50, 8, 0.6), of(3, 10, 16, 0.5)])
    curves.over.setCurrentIndex(curves.over.findData("batch_size"))
    assert [len(item.getData()[0]) for item in curves.plot.listDataItems()] == [2, 1]
    assert "Examples\xa010" in curves.legend.text() and "standard deviation" not in curves.legend.text()


def test_ranges_have_no_curves(page):
    ranges = ("learning_rate=0.001..0.1", "l2=0.1..0.2")
    page.begin(plan_of(iris(), *ranges, method=Method.RANDOM, trials=3), {**TITLES, "l2": "L2"}, "iris")
    page.of_several.setCurrentWidget(page.curves)
    assert page.curves.hint.text() == NO_VALUES and not page.curves.plot.isVisible()


def test_what_is_seen_of_a_sweep_is_saved_as_a_picture_and_as_numbers(curves, page, monkeypatch, tmp_path):
    files = []
    page.file_requested.connect(lambda path, content: files.append((path.name, content)))
    page.camera.options.aboutToShow.emit()
    assert not page.camera.save.isEnabled(), "nothing was trained yet"
    page.add(of(1, 10, 8, 0.3, 0.1))
    page.add(of(2, 0, 8, 0.9))
    curves.over.setCurrentIndex(curves.over.findData("examples"))
    page._catch_up()
    asked = iter(["c.png", "c.csv", "all.csv"])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / next(asked)), ""))
    page.camera.options.aboutToShow.emit()
    assert page.camera.save_table.isVisible()
    page.camera.save.trigger()
    page.camera.save_table.trigger()
    page.of_several.setCurrentWidget(page.plot)
    page.camera.save_table.trigger()
    assert [name for name, _content in files] == ["c.png", "c.csv", "all.csv"]
    assert QImage.fromData(files[0][1]).width() == round(SCALE * curves.width())
    rows = list(csv.DictReader(io.StringIO(files[1][1].decode())))
    assert [list(row.values()) for row in rows] == [
        ["10", "Batch 8", "0.3", "0.1"],
        ["all", "Batch 8", "0.9", ""],
    ]
    rows = list(csv.DictReader(io.StringIO(files[2][1].decode())))
    assert [(row["setting"], row["Batch"], row["Examples"], row["val_loss"]) for row in rows] == [
        ("1", "8", "10", "0.3"),
        ("2", "8", "0", "0.9"),
    ]
