"""A check for which one moment is enough keeps what held, from when its step was opened."""

from __future__ import annotations

from nnstudio.lessons.condition import YES, Verdict
from nnstudio.lessons.conditions import Answered, Trained
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.memory import Memory
from nnstudio.lessons.player import Player

NO = Verdict(False, "Not yet.")
CHECKS = (Trained(once=True), Trained())


def test_what_held_once_holds_where_that_is_enough():
    memory = Memory(CHECKS)
    assert memory.note((NO, NO)) == (NO, NO)
    assert memory.note((YES, YES)) == (YES, YES)
    assert memory.note((NO, NO)) == (YES, NO)
    assert memory.note((None, None)) == (YES, None)
    assert Memory(CHECKS).note((NO, NO)) == (NO, NO), "another step begins anew"


def test_what_a_run_may_still_undo_is_not_kept():
    memory = Memory(CHECKS)
    assert memory.note((YES, YES), (True, True)) == (YES, YES)
    assert memory.note((NO, NO)) == (NO, NO) and not memory.holds(0)


def test_a_copy_goes_on_by_itself():
    memory = Memory(CHECKS)
    other = memory.copy()
    other.note((YES, YES))
    assert memory.note((NO, NO)) == (NO, NO) and other.note((NO, NO)) == (YES, NO)


def test_a_player_that_is_copied_goes_on_alone_from_the_same_point():
    lesson = shipped_lesson("celsius")
    player = Player(lesson.project)
    player.play(lesson.lesson.steps[3].solution)
    other, before = player.copy(), player.session.parameters.copy()
    assert (other.session.parameters == before).all() and other.session.epoch == player.session.epoch
    other.play(lesson.lesson.steps[2].solution)
    assert (player.session.parameters == before).all() and (other.session.parameters != before).any()
    assert player.judge(Answered(one_of=("x",))).holds is False
