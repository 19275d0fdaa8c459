"""What a view shows can be asked for: what was chosen in it, and what came of that."""

from __future__ import annotations

from nnstudio.lessons.seen_conditions import InView
from nnstudio.lessons.showing import Showing
from nnstudio.lessons.work import Work
from nnstudio.model.document import Document
from nnstudio.ui.lessons.step_recorder import _chosen_since

DRAWN = Showing({"picture": "drawn by hand"}, 9, True, {"predicted": "7"})


def missing(showing: Showing, **chosen) -> str:
    document, check = Document(), InView(panel="try_it", chosen=chosen)
    work = Work(document.graph, document.settings, document.data, views={"try_it": showing})
    return check.look(work).missing


def test_what_comes_of_a_choice_can_be_asked_for_as_well():
    assert missing(DRAWN, picture="drawn by hand", predicted="7") == ""
    assert missing(DRAWN, predicted=["1", "7"]) == ""
    assert missing(DRAWN, predicted="1") == "In Try it, “Predicted” is “7”; it should be “1”."
    assert missing(Showing(DRAWN.chosen), predicted="1") == "In Try it, nothing is called “predicted”."


def test_another_drawing_is_recorded_and_what_training_makes_of_it_is_not():
    other = {"predicted": "1"}
    again = Showing(DRAWN.chosen, DRAWN.step, True, other)
    assert _chosen_since(DRAWN, again) == {"picture": "drawn by hand", "predicted": "1"}
    assert _chosen_since(DRAWN, Showing(DRAWN.chosen, DRAWN.step + 1, True, other)) == {}
    sample = Showing({"picture": "a sample"}, 12, True, other)
    assert _chosen_since(DRAWN, sample) == {"picture": "a sample", "predicted": "1"}
    assert _chosen_since(DRAWN, Showing({"x": 1.0}, 9)) == {}, "other data was chosen"
