"""Every action is told in a sentence that a person can follow."""

from __future__ import annotations

from typing import get_args

import pytest
from lessons.shipped import LESSONS

from nnstudio.lessons import actions as act
from nnstudio.lessons.lesson import Lesson, Step
from nnstudio.lessons.wording import Words

TOLD = (
    (act.SetWeight(node="Dense", value=1.8), "Set the weight of Dense to 1.8."),
    (act.SetWeight(node="A", value=-0.00002, parameter="bias", at=(0,)), "Set the bias of A to −0.00002."),
    (act.SetWeight(node="A", value=2, at=(1, 0)), "Set the weight of A in row 2 to 2."),
    (act.SetWeight(node="A", value=2, at=(2, 1)), "Set the weight of A in row 3, column 2 to 2."),
    (act.SetWeight(node="A", value=2, at=(0, 0, 1)), "Set the weight of A at position 1, 1, 2 to 2."),
    (act.SetKernel(node="Conv2D", kernel="Blur"), "In Kernel, choose Blur for Conv2D."),
    (act.SetKernel(node="Conv2D", kernel="Blur", channel=2), "In Kernel, choose Blur for Conv2D, channel 3."),
    (act.SetOption(node="Dense", option="units", value=64), "Set “Units” of Dense to 64."),
    (act.SetOption(node="Dense", option="bias", value=False), "Turn “Bias” of Dense off."),
    (act.SetSetting(setting="learning_rate", value=0.05), "Set “Learning rate” to 0.05."),
    (act.SetSetting(setting="optimizer", value="sgd"), "Under “Optimizer”, choose SGD."),
    (act.SetSetting(setting="loss", value="of_a_plugin"), "Under “Loss”, choose of_a_plugin."),
    (act.SetData(option="samples", value=1600), "Set “Samples” of the data to 1600."),
    (act.SetData(option="test_ratio", value=0.25), "Set “Test share” of the data to 0.25."),
    (act.SetData(option="split", value="in order"), "Set “Test rows” of the data to The last rows."),
    (act.ChooseData(kind="circle"), "Choose the data Circle."),
    (act.ChooseData(kind="circle", options={"noise": 0.5}), "Choose the data Circle, with “Noise” 0.5."),
    (act.AddLayer(kind="tanh", behind="Dense"), "Add the layer Tanh behind Dense."),
    (act.AddLayer(kind="dense", behind="A", options={"units": 4, "bias": True}),
        "Add the layer Dense behind A, with “Units” 4 and “Bias” on."),
    (act.RemoveLayer(node="Tanh"), "Take Tanh away with Edit > Delete and reconnect."),
    (act.Train(), "Press Train, and wait for the end of the run."),
    (act.Train(epochs=1), "Train for 1 epoch, then press Pause."),
    (act.Reset(), "Press Reset."),
    (act.Answer(text="52.5"), "Answer “52.5”."),
    (act.Show(panel="loss_surface"), "Bring the panel Loss surface to the front."),
    (act.ChooseInView(panel="dream", chosen={"unit": 3, "begins": "from noise"}),
        "In Dream, set “Unit” to 3 and “Begins” to from noise, and wait until it is drawn."),
    (act.Select(node="Dense"), "Click on Dense on the canvas."),
)  # fmt: skip


def lesson_of(*actions: act.AnyAction) -> Lesson:
    step = Step(title="S", text="T", solution=actions)
    return Lesson(title="L", summary="S", chapter="C", order=1, minutes=1, steps=(step,))


@pytest.mark.parametrize("action, sentence", TOLD)
def test_an_action_is_told(action, sentence):
    assert Words(lesson_of(action)).sentence(action) == sentence


def test_each_action_is_told_here():
    assert {type(action) for action, _ in TOLD} == set(get_args(act.AnyAction))


def test_the_first_of_several_numbers_is_told_apart_from_the_others():
    first, second = (act.SetWeight(node="A", value=1, at=at) for at in ((0, 0), (3, 0)))
    words = Words(lesson_of(first, second))
    assert words.sentence(first) == "Set the weight of A in row 1 to 1."
    assert words.sentence(second) == "Set the weight of A in row 4 to 1."


def test_no_two_actions_of_one_solution_that_ships_sound_alike():
    for folder in LESSONS:
        words = Words(folder.lesson)
        for step in folder.lesson.steps:
            told = {words.sentence(action) for action in step.solution}
            # Some train twice.
            assert len(told) == len(set(map(repr, step.solution))), (folder.id, step.title)
