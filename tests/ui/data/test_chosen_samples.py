"""Training samples that the doctor names are shown on the data page."""

from __future__ import annotations

import numpy as np
from PySide6.QtWidgets import QLabel

from nnstudio.training.messages import Phase


def labels_of(grid):
    return [label.text() for label in grid.widget().findChildren(QLabel)]


def test_rows_of_a_table_are_marked_and_in_sight(hands, window, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,kind\n" + "".join(f"{i},{i * i},{'pq'[i % 2]}\n" for i in range(200)), "utf-8")
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.panels.data.use("csv", str(path))
    hands.wait(lambda: window.panels.data_page.data is not None and window.panels.data_page.data.inputs)
    window.panels.problems.doctor.samples_requested.emit((90, 7))
    page = window.panels.data_page
    hands.wait(lambda: page.look is not None and page.table.selectionModel() is not None)
    hands.wait(lambda: {i.row() for i in page.table.selectionModel().selectedRows()} == {7, 90})
    assert page.isVisible()
    model, table = page.table.model(), page.table
    assert model.value(90, 2) == page.data.classes[int(page.data.y_train[90, 0])]
    assert table.viewport().rect().contains(table.visualRect(model.index(90, 0)).center())


def test_pictures_come_first_with_their_labels(hands, window, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "p.npz", x=rng.random((60, 8, 8)), y=np.arange(60) % 3)
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.panels.data.use("npz", str(tmp_path / "p.npz"))
    page = window.panels.data_page
    hands.wait(lambda: page.data is not None and len(page.data.input_shape) == 3)
    window.panels.problems.doctor.samples_requested.emit((4, 11))
    hands.wait(lambda: page.pictures.widget() is not None and labels_of(page.pictures)[0].startswith("Asked"))
    names = [page.data.classes[int(page.data.y_train[row, 0])] for row in (4, 11)]
    assert labels_of(page.pictures)[0] == f"Asked for: sample 5 {names[0]}; sample 12 {names[1]}"


def test_of_no_sample_the_data_is_shown_as_it_is(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.panels.problems.doctor.samples_requested.emit(())
    hands.wait(lambda: window.panels.data_page.isVisible())
    assert not window.presenter.doctor.chosen._rows
