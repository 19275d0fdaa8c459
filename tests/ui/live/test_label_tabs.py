"""Results of several labels in the window: figures of each, a matrix of each, and no errors of numbers."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import clouds, columns_of, dense, project, table

from nnstudio.data.dataset import Split
from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.prediction import PredictionProbe
from nnstudio.explain.results import ResultsProbe
from nnstudio.ui.live.activations import ActivationView
from nnstudio.ui.live.probability_bars import Probabilities
from nnstudio.ui.live.results import ResultsView


@pytest.fixture
def session(tmp_path):
    x, _ = clouds(200, seed=3)
    side = ["here" if v > 0 else "there" for v in x[:, 0]]
    cells = columns_of(x, warm=(x[:, 0] > 0) * 1, large=(x[:, 1] > 0) * 1, side=side)
    data = table(
        tmp_path, "labels", cells, columns="warm: target; large: target; side: left out", task="classes"
    )
    session = project(data, dense(2), loss="multi_label_cross_entropy").session()
    for _ in session.slices(3):
        pass
    return session


@pytest.fixture
def view(qtbot, session):
    view = ResultsView()
    qtbot.addWidget(view)
    view.resize(700, 400)
    view.show()
    view.set_data(session.data)
    view.show_result([r for r in ResultsProbe(Split.VALIDATION).run(session) if r is not None][-1])
    return view


def cells_of(table) -> list[list[str]]:
    return [[table.item(r, c).text() for c in range(table.columnCount())] for r in range(table.rowCount())]


def test_each_label_has_its_figures(view, session):
    x, y = session.data.part(Split.VALIDATION)
    logits = session.predict(x).reshape(y.shape)
    right = (logits > 0) == (y > 0.5)
    for row, at in zip(cells_of(view.label_tabs.table), range(2), strict=True):
        held, told = y[:, at] > 0.5, logits[:, at] > 0
        assert row == [
            session.data.targets[at], f"{right[:, at].mean():.1%}",
            f"{(held & told).sum() / told.sum():.1%}", f"{(held & told).sum() / held.sum():.1%}",
        ]  # fmt: skip
    said = view.caption.text()
    assert f"<b>{right.mean():.1%}</b> of the labels right" in said and "error" not in said
    assert f"all 2 in <b>{right.all(1).mean():.1%}</b>" in said and "R²" not in said
    assert view.number_tabs is None


def test_a_label_is_chosen_and_its_matrix_shown(view, session):
    tabs, counts = view.label_tabs, view._latest.labels.counts
    tabs.setCurrentWidget(tabs.one)
    for at, name in enumerate(session.data.targets):
        tabs.one.box.setCurrentText(name)
        shown = [[int(text or 0) for text in row] for row in cells_of(tabs.one.matrix.table)]
        assert shown == counts[at].tolist()
        heads = tabs.one.matrix.table
        assert [heads.horizontalHeaderItem(c).text() for c in range(2)] == [f"not {name}", name]


def test_groups_are_compared_by_the_labels_that_are_right(view):
    tabs = view.label_tabs
    tabs.setCurrentWidget(tabs.groups)
    tabs.groups.box.setCurrentText("side")
    assert tabs.groups.table.horizontalHeaderItem(2).text() == "Right"
    assert all(row[2].endswith("%") for row in cells_of(tabs.groups.table))


def test_a_prediction_is_a_share_for_each_label(qtbot, session):
    data = session.data
    *_, told = PredictionProbe(tuple(map(float, data.x_validation[0]))).run(session)
    bars = Probabilities()
    qtbot.addWidget(bars)
    bars.show_prediction(told)
    logits = session.predict(data.x_validation[:1]).ravel()
    shares = 1 / (1 + np.exp(-logits.astype(float)))
    assert bars.accessibleDescription() == ", ".join(
        f"{name}  {share:.1%}" for name, share in zip(data.targets, shares, strict=True)
    )


def test_at_the_end_it_is_said_whether_scores_or_probabilities_are_shown(qtbot, session):
    view, nodes = ActivationView(), [*session.layout.nodes]
    qtbot.addWidget(view)
    view.set_data(session.data)
    for node, said in ((nodes[-1], "raw scores (logits)"), (nodes[0], "")):
        view.set_node(node, node)
        *_, result = ActivationProbe(node, 0).run(session)
        view.show_result(result)
        assert ("shown: " + said in view.caption.text()) if said else ("shown" not in view.caption.text())


def test_labels_that_hold_are_told_by_name(session):
    _x, y, _ = session.samples()
    seen = set()
    for at in range(30):
        *_, told = ActivationProbe(session.layout.output, at).run(session)
        holds = [name for name, value in zip(session.data.targets, y[at], strict=True) if value > 0.5]
        assert told.label == (", ".join(holds) or "none of the labels")
        seen.add(len(holds))
    assert seen == {0, 1, 2}
