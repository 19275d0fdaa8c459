"""Views of a network with several Outputs say which one they show, and show another when it is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from several_outputs import expected, trained

from nnstudio.data.dataset import Split
from nnstudio.explain.curves import CurvesProbe
from nnstudio.project import open_example
from nnstudio.ui.live.activations import ActivationView
from nnstudio.ui.live.decision_boundary import DecisionBoundary
from nnstudio.ui.live.loss_curve import LossCurve
from nnstudio.ui.live.results import ResultsView
from nnstudio.ui.live.try_it import TryView

NAMES = {"out_1": "heating", "out_2": "cooling"}


def last(probe, session):
    *_, result = (r for r in probe.run(session) if r is not None)
    return result


@pytest.fixture
def shown(qtbot, tmp_path):
    """A view of data, of a kind of network, and its session."""

    def shown(view, kind="two numbers"):
        _project, session = trained(tmp_path, kind)
        qtbot.addWidget(view)
        view.resize(700, 400)
        view.show()
        view.set_names(NAMES)
        view.set_data(session.data)
        return view, session

    return shown


def test_results_are_of_the_output_that_is_chosen(shown):
    view, session = shown(ResultsView())
    view.show_result(last(view.probe(), session))
    box = view.output
    assert box.isVisible() and [box.itemText(i) for i in range(box.count())] == ["heating", "cooling"]
    x, y = session.data.part(Split.VALIDATION)
    for at, output in enumerate(NAMES):
        late = last(view.probe(), session)
        box.setCurrentIndex(at)
        assert view.probe().output == output
        view.show_result(last(view.probe(), session))
        right = expected(session, "two numbers", output, x, y)
        assert f"R² <b>{right.r2:.4f}</b>" in view.caption.text()
        if late.output != output:
            before = view.caption.text()
            view.show_result(late)
            assert view.caption.text() == before
    view.set_names({"out_1": "warmth", "out_2": "cold"})
    assert box.currentText() == "cold"


def test_results_of_outputs_of_two_kinds_have_tabs_of_their_own(shown):
    view, session = shown(ResultsView(), "labels and a number")
    view.show_result(last(view.probe(), session))
    assert (view.label_tabs.isVisible() and "labels right" in view.caption.text()) or "of the labels" in (
        view.caption.text()
    )
    view.output.setCurrentIndex(1)
    view.show_result(last(view.probe(), session))
    assert view.number_tabs.isVisible() and not view.label_tabs.isVisible()


def test_one_output_has_nothing_to_choose(qtbot):
    session = open_example("iris").session()
    view = ResultsView()
    qtbot.addWidget(view)
    view.show()
    view.set_data(session.data)
    view.show_result(last(view.probe(), session))
    assert view.output.isHidden() and view.output.output == ""


def test_what_is_tried_by_hand_is_told_by_all_numbers_or_by_the_chosen_output(shown):
    view, session = shown(TryView(), "labels and a number")
    view.sample_button.click()
    view.show_result(last(view.probe(), session))
    assert view.output.isVisible() and view.output.currentText() == "heating"
    view.output.setCurrentIndex(1)
    view.show_result(last(view.probe(), session))
    assert "cool" in view.probabilities.accessibleDescription()


def test_all_numbers_of_several_outputs_are_told_at_once(shown):
    view, session = shown(TryView())
    view.sample_button.click()
    view.show_result(last(view.probe(), session))
    told = view.probabilities.accessibleDescription()
    assert view.output.isHidden() and "heat  " in told and "cool  " in told


def test_the_boundary_names_the_target_and_the_output_that_predicts_it(shown):
    view, session = shown(DecisionBoundary())
    for at, (target, output) in enumerate((("heat", "heating"), ("cool", "cooling"))):
        view.target.setCurrentIndex(at)
        view.show_result(last(view.probe(), session))
        assert target in view.legend.text() and f"by {output}" in view.legend.text()
    brushes = [spot.brush().color().rgb() for spot in view.dots.points()]
    # The dots have the colours of this target: the brightest is the highest of the learned ones, which come
    # last.
    learned = session.data.y_train[:, 1]
    greens = [(brush >> 8) & 255 for brush in brushes[-len(learned) :]]
    assert np.corrcoef(greens, learned)[0, 1] > 0.9


def test_a_sample_is_told_by_all_outputs_with_their_names(shown):
    view, session = shown(ActivationView())
    view.set_node("tanh", "tanh")
    view.show_result(last(view.probe(), session))
    assert "heating: " in view.caption.text() and "cooling: " in view.caption.text()


def test_a_metric_has_lines_of_each_output_with_their_names(shown):
    view, session = shown(LossCurve())
    view.quantity.setCurrentIndex(view.quantity.findData("r2"))
    view.set_rows(session.history)
    view.show_result(last(CurvesProbe("r2"), session))
    assert [line.name for line in view._below("r2")] == [
        "heating, training", "heating, validation", "cooling, training", "cooling, validation",
    ]  # fmt: skip
    # The Outputs have the colours that their losses have above.
    assert "by output: pale training, full validation" in view.legend.text()
    assert [line.colour for line in view._below("r2")[1::2]] == [line.colour for line in view._of_outputs()]
