"""The data page draws a series as a line: its parts, one window, and what that predicts."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nnstudio.data.dataset import DataError, Split, load
from nnstudio.model.document import DataReference
from nnstudio.ui.data.column_name import ColumnName
from nnstudio.ui.data.page import DataPage
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def shown(qtbot, tmp_path):
    page = DataPage(lambda work, then, failed: then(work()))
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    path = tmp_path / "days.csv"
    path.write_text("low,high\n" + "".join(f"{i % 7},{20 + i}\n" for i in range(100)))

    def shown(kind="series", **options):
        reference = DataReference(kind, {"path": str(path), **options})
        page.show_reference(reference, lambda: path)
        try:
            page.show_loaded(load(kind, reference.options))
        except DataError as error:
            page.show_loaded(None, str(error))
        return page

    return shown


def test_a_series_is_a_line_with_its_parts_and_one_window(shown):
    page = shown(column="low; high", window=5, horizon=3)
    plot = page.plot
    assert page.stack.currentWidget() is plot and "100 rows, separated by comma" in page.understood.text()
    assert [split for split, *_ in plot.bands] == list(Split)
    starts = [len(page.data.x_train), len(page.data.x_validation), len(page.data.x_test)]
    edges = [band.getRegion() for _, band, _ in plot.bands]
    assert edges[-1][1] == 99.5 and edges[1][1] - edges[1][0] == starts[1]
    assert edges[2][1] - edges[2][0] == starts[2] and edges[0][1] == edges[1][0]
    plot.slider.setValue(10)
    told = plot.told.text()
    assert "Window 11 of 93, for training: 5 values of 'low', 'high' from row 11 to row 15" in told
    assert "'low', 'high' of row 18 is predicted" in told
    assert plot.entering.getData()[0].tolist() == [10, 11, 12, 13, 14]
    assert plot.predicted.getData()[0].tolist() == [17]
    plot.slider.setValue(92)
    assert "for test" in plot.told.text()


def test_each_column_can_be_looked_at(shown):
    plot = shown(column="high", inputs="low").plot
    assert [plot.column.itemText(i) for i in range(2)] == ["high", "low"]
    assert plot.predicted.isVisible() and not plot.entering.isVisible()
    plot.column.setCurrentIndex(1)
    plot.column.activated.emit(1)
    assert plot.entering.isVisible() and not plot.predicted.isVisible()
    assert plot.line.getOriginalDataset()[1][:3].tolist() == [0, 1, 2]


def test_a_click_chooses_a_window_and_keys_the_next_one(shown):
    plot = shown(window=5).plot
    scene = plot.plot.getViewBox().mapViewToScene(QPointF(50, 60))
    plot._on_click(type("Click", (), {"scenePos": lambda self: scene})())
    assert plot.slider.value() == 45 and plot.predicted.getData()[0].tolist() == [50]
    QTest.keyClick(plot.slider, Qt.Key.Key_Right)
    assert plot.predicted.getData()[0].tolist() == [51]


def test_samples_are_still_shown_as_the_network_gets_them_and_other_data_as_ever(shown):
    page = shown(window=5)
    page.shown.setCurrentIndex(1)
    page.shown.activated.emit(1)
    assert page.stack.currentWidget() is page.table and page.table.model().rowCount() == 95
    page = shown("csv")
    assert page.stack.currentWidget() is page.table and page.shown.count() == 3 and page.series is None


def test_too_few_rows_are_drawn_even_so_in_either_theme(shown, qapp):
    page = shown(window=500)
    assert "Choose a smaller window" in page.problem.text() and page.plot.bands == []
    assert "too few rows" in page.plot.told.text() and not page.plot.entering.isVisible()
    page = shown(window=80)
    before = theme.colours.dark
    pictures = []
    for dark in (False, True):
        theme.apply(qapp, dark)
        pictures.append(page.plot.grab().toImage())
    theme.apply(qapp, before)
    assert pictures[0] != pictures[1] and "the thick line" in page.plot.told.text()


def test_a_column_gets_another_name(shown, qtbot):
    page, asked = shown(column="low; high"), []
    page.data_requested.connect(asked.append)
    page.plot.rename.click()
    dialog = page.window().findChild(ColumnName)
    for name, said in (("high", "Another column"), ("a;b", "none may hold it")):
        dialog.name.setText(name)
        QTest.keyClick(dialog.name, Qt.Key.Key_Return)
        assert said in dialog.hint.text() and not asked
    dialog.name.setText("least")
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    (reference,) = asked
    assert reference.options["names"] == "low: least" and reference.options["column"] == "least; high"


def test_a_gap_breaks_the_line_and_its_mark_is_in_the_list(shown):
    page = shown()
    path = page.reference.options["path"]
    with open(path, "a") as file:
        file.write("3,?\n" + "".join(f"{i % 7},{i}\n" for i in range(20)))
    page.show_reference(DataReference("series", {"path": path}), page._find_file)
    page.show_loaded(load("series", {"path": path}))
    assert page.marks.isVisible() and [mark.text for mark in page.marks.marks.marks] == ["?"]
    values = page.plot.line.getOriginalDataset()[1]
    assert np.flatnonzero(np.isnan(values)).tolist() == [100]
    assert not page.target.isVisible(), "only tables have a target column"
