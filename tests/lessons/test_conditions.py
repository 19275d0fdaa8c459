"""Each verb accepts what it should, refuses what it should with a sentence, and tells what is gone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from nnkernels.spec import SpecError
from nnstudio.lessons import actions as act
from nnstudio.lessons.condition import Range
from nnstudio.lessons.conditions import Answered, AnyCondition
from nnstudio.lessons.player import Player
from nnstudio.lessons.seen_conditions import InView, Shown
from nnstudio.lessons.showing import Showing
from nnstudio.lessons.work import NotThere, Work
from nnstudio.model.commands import AddNode
from nnstudio.model.document import DataReference, Document

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"
# Each with what makes it hold and with what does not; lessons: a number or two classes to predict.
NUMBERS, CLASSES, MARKS = "vending-2", "driving-test", "festival"
PEOPLE, PICTURE, TEXT, MONTHS = "bias", "kernel-filter", "transformer", "sequence"
LINEAR = (act.RemoveLayer(node="LSTM"), act.AddLayer(kind="flatten", behind="Sequence"))
ZEROS = act.SetOption(node="Bottles", option="init", value="zeros")
ONE_MORE = act.AddLayer(kind="dense", behind="Bottles", options={"units": 1})
FASTER = act.SetSetting(setting="learning_rate", value=0.00005)
HOW = act.ChooseInView(panel="fooling", chosen={"how": "B"})
WAYS: tuple[tuple[str, dict, tuple, tuple], ...] = (
    (NUMBERS, {"verb": "layers", "kind": "dense", "count": {"at_least": 2}},
        (ONE_MORE,), (act.AddLayer(kind="relu", behind="Day"),)),
    (MARKS, {"verb": "layers", "count": {"at_most": 3}},
        (act.RemoveLayer(node="Go?"),), (act.AddLayer(kind="relu", behind="Total"),)),
    (NUMBERS, {"verb": "units", "count": {"at_least": 3, "at_most": 4}},
        (ZEROS, act.SetOption(node="Bottles", option="units", value=3), ONE_MORE),
        (ZEROS, act.SetOption(node="Bottles", option="units", value=5), ONE_MORE)),
    (NUMBERS, {"verb": "option", "node": "Bottles", "option": "bias", "one_of": [True]},
        (act.SetOption(node="Bottles", option="bias", value=True),),
        (ZEROS,)),
    (NUMBERS, {"verb": "option", "node": "Bottles", "option": "units", "within": {"at_least": 2}},
        (ZEROS, act.SetOption(node="Bottles", option="units", value=2), ONE_MORE), (ZEROS,)),
    (NUMBERS, {"verb": "setting", "setting": "optimizer", "one_of": ["adam", "adamw"]},
        (act.SetSetting(setting="optimizer", value="adam"),),
        (act.SetSetting(setting="optimizer", value="rmsprop"),)),
    (NUMBERS, {"verb": "setting", "setting": "momentum", "within": {"at_least": 0.5}},
        (act.SetSetting(setting="momentum", value=0.9),), (act.SetSetting(setting="momentum", value=0.4),)),
    (NUMBERS, {"verb": "data", "option": "test_ratio", "within": {"at_least": 0.2}},
        (act.SetData(option="test_ratio", value=0.25),), (act.SetData(option="test_ratio", value=0.1),)),
    (NUMBERS, {"verb": "data kind", "one_of": ["plane", "multi_gauss"]},
        (act.ChooseData(kind="plane", options={"samples": 20}),),
        (act.SetData(option="test_ratio", value=0.1),)),
    (PEOPLE, {"verb": "column", "column": "language", "role": "left out"},
        (act.SetData(option="columns", value="years: number; language: left out"),),
        (act.SetData(option="columns", value="language: category; district: left out"),)),
    (NUMBERS, {"verb": "trained"}, (act.Train(epochs=1),), (act.Train(epochs=1), act.Reset())),
    (NUMBERS, {"verb": "trained", "epochs": 5}, (act.Train(epochs=5),), (act.Train(epochs=4),)),
    (NUMBERS, {"verb": "trained", "epochs": 5, "throughout": True},
        (act.Train(epochs=2), FASTER, act.Reset(), act.Train(epochs=5)),
        (act.Train(epochs=2), FASTER, act.Train(epochs=5))),
    (NUMBERS, {"verb": "trained", "throughout": True},
        (ONE_MORE, act.Train(epochs=1)), (act.Train(epochs=1), ONE_MORE, act.Train(epochs=2))),
    (NUMBERS, {"verb": "in view", "panel": "fooling", "chosen": {"strength": 0.1, "how": ["A", "B"]}},
        (act.ChooseInView(panel="fooling", chosen={"strength": 0.1}), HOW),
        (act.ChooseInView(panel="fooling", chosen={"strength": 0.2}), HOW)),
    (NUMBERS, {"verb": "in view", "panel": "fooling", "chosen": {"how": "b"}, "steps": {"at_most": 0}},
        (HOW,), (HOW, act.Train(epochs=1))),
    (NUMBERS, {"verb": "began", "within": {"at_least": 1000}},
        (act.SetWeight(node="Bottles", value=2), act.Train(epochs=1)), (act.Train(epochs=1),)),
    (NUMBERS, {"verb": "began", "within": {"at_most": 1000}},
        (act.Train(epochs=3),), (act.SetWeight(node="Bottles", value=2), act.Train(epochs=3))),
    (NUMBERS, {"verb": "curve", "within": {"at_most": 0.5}},
        (act.Train(epochs=5),),
        (act.SetSetting(setting="learning_rate", value=1e-9), act.Train(epochs=5))),
    (NUMBERS, {"verb": "curve", "of": "lowest", "within": {"at_least": 1.5}},
        (act.Train(epochs=5), act.SetWeight(node="Bottles", value=2), act.Train(epochs=6)),
        (act.Train(epochs=7),)),
    (NUMBERS, {"verb": "diverged"},
        (act.SetSetting(setting="learning_rate", value=10.0), act.Train()), (act.Train(epochs=2),)),
    (NUMBERS, {"verb": "shown", "panel": "loss_surface"},
        (act.Show(panel="loss_surface"),), (act.Show(panel="fit"),)),
    (NUMBERS, {"verb": "selected", "node": "Bottles"},
        (act.Select(node="Bottles"),), (act.Select(node="Day"),)),
    (NUMBERS, {"verb": "answered", "one_of": ["yes", "no"]},
        (act.Answer(text="no"),), (act.Answer(text="perhaps"),)),
    (NUMBERS, {"verb": "answered", "about": 2.5, "tolerance": 0.1},
        (act.Answer(text="2,6"),), (act.Answer(text="2.7"),)),
    (NUMBERS, {"verb": "answered", "about": 2.5, "tolerance": 0.1},
        (act.Answer(text="2.4"),), (act.Answer(text="many"),)),
    (NUMBERS, {"verb": "weight", "node": "Bottles", "at": [1, 0], "about": 2, "tolerance": 0.1},
        (act.SetWeight(node="Bottles", at=(1, 0), value=2.05),),
        (act.SetWeight(node="Bottles", at=(0, 0), value=2),)),
    (PICTURE, {"verb": "kernel", "node": "Filter", "kernel": "Blur", "tolerance": 0.001},
        (act.SetKernel(node="Filter", kernel="Blur"),),
        (act.SetKernel(node="Filter", kernel="Identity"),)),
    (PICTURE, {"verb": "kernel", "node": "Filter", "numbers": [0, 0, 0, 0, 2, 0, 0, 0, 0], "tolerance": 0.1},
        (act.SetKernel(node="Filter", kernel="Identity"),
        act.SetWeight(node="Filter", at=(1, 1, 0, 0), value=2)),
        (act.SetKernel(node="Filter", kernel="Identity"),
        act.SetWeight(node="Filter", at=(1, 0, 0, 0), value=2))),
    (NUMBERS, {"verb": "gives", "inputs": [100, 20], "about": 30, "tolerance": 0.1},
        (act.SetWeight(node="Bottles", value=0.3),), (act.SetWeight(node="Bottles", value=0.4),)),
    (CLASSES, {"verb": "gives", "node": "Road", "inputs": [20, 1, 10], "about": 7, "tolerance": 0.1},
        (act.SetWeight(node="Road sum", parameter="bias", at=(0,), value=7),),
        (act.SetWeight(node="Parking sum", parameter="bias", at=(0,), value=7),)),
    (CLASSES, {"verb": "gives", "inputs": [20, 1, 10], "output": 1, "about": 0.5, "tolerance": 0.01},
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=0),),
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=-1),)),
    (NUMBERS, {"verb": "loss", "within": {"at_most": 7.5}},
        (act.SetWeight(node="Bottles", value=0.24),), (act.SetWeight(node="Bottles", value=0.3),)),
    (CLASSES, {"verb": "accuracy", "within": {"at_least": 0.55, "at_most": 0.65}},
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=9),),
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=-9),)),
    # A bias so large that no change of the inputs makes up for it.
    (CLASSES, {"verb": "accuracy", "strength": 0.5, "within": {"at_least": 0.55, "at_most": 0.65}},
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=9),),
        (act.SetWeight(node="Pass sum", parameter="bias", at=(0,), value=-9),)),
    (MONTHS, {"verb": "forecasts", "within": {"at_most": 0.5}}, (*LINEAR, act.Train()), LINEAR),
    (MONTHS, {"verb": "forecasts", "than": "naive", "within": {"at_most": 0.4}},
        (*LINEAR, act.Train()), (act.Train(epochs=2),)),
    ("gan", {"verb": "generated", "within": {"at_least": 0.5}},
        (act.Train(epochs=200),), (act.Train(epochs=2),)),
    ("gan", {"verb": "generated", "of": "covered", "within": {"at_least": 0.5}},
        (act.Train(epochs=200),), (act.Train(epochs=2),)),
    (PEOPLE, {"verb": "gap", "column": "language", "part": "training", "within": {"at_least": 0.3}},
        (act.Train(epochs=30),), (act.SetSetting(setting="balance", value="language"), act.Train(epochs=30))),
    (TEXT, {"verb": "beats n-grams", "order": 1},
        (act.Train(epochs=1),), (act.SetSetting(setting="learning_rate", value=1e-9), act.Train(epochs=1))),
)  # fmt: skip


def condition_of(data: dict) -> AnyCondition:
    return msgspec.convert(data, AnyCondition)


def is_sentence(text: str) -> bool:
    return len(text) > 10 and text[0].isupper() | (text[0] in "“0123456789") and text[-1] in ".!?"


@pytest.mark.parametrize(
    "lesson, data, right, wrong", WAYS, ids=[f"{at} {way[1]['verb']}" for at, way in enumerate(WAYS)]
)
def test_a_condition_refuses_start_and_wrong_ways_and_accepts_the_right_one(lesson, data, right, wrong):
    condition = condition_of(data)
    for actions, holds in (((), False), (wrong, False), (right, True)):
        player = Player(LESSONS / lesson / "start.nns")
        player.play(actions)
        verdict = player.judge(condition)
        assert verdict.holds == holds, actions
        assert holds == (verdict.missing == "")
        assert holds or is_sentence(verdict.missing), verdict.missing


def test_each_verb_has_a_way_here():
    tried = {type(condition_of(data)) for _lesson, data, _right, _wrong in WAYS}
    assert tried == set(get_args(AnyCondition))


# What each asks about a node, an array, a setting or a part of the data that is not there.
GONE = (
    (NUMBERS, {"verb": "option", "node": "Gone", "option": "units", "one_of": [1]}, "“Gone”"),
    (NUMBERS, {"verb": "option", "node": "Bottles", "option": "bias_values", "one_of": ["1"]}, "is “0”;"),
    (NUMBERS, {"verb": "setting", "setting": "rho", "one_of": [1]}, "“rho”"),
    (NUMBERS, {"verb": "data", "option": "noise", "one_of": [1]}, "Noise"),
    (NUMBERS, {"verb": "selected", "node": "Gone"}, "Gone"),
    (NUMBERS, {"verb": "weight", "node": "Gone", "about": 1, "tolerance": 9}, "“Gone”"),
    (NUMBERS, {"verb": "weight", "node": "Bottles", "parameter": "bias", "about": 0, "tolerance": 9}, "bias"),
    (NUMBERS, {"verb": "weight", "node": "Bottles", "at": [2, 0], "about": 0, "tolerance": 9}, "[2, 0]"),
    (NUMBERS, {"verb": "kernel", "node": "Bottles", "kernel": "Blur", "tolerance": 9}, "no kernel"),
    (PICTURE, {"verb": "kernel", "node": "Filter", "channel": 1, "tolerance": 9}, "channel 2"),
    (PICTURE, {"verb": "kernel", "node": "Filter", "numbers": [1], "tolerance": 9}, "3 × 3 now"),
    (NUMBERS, {"verb": "gives", "node": "Gone", "inputs": [1, 1], "about": 0, "tolerance": 9}, "“Gone”"),
    (NUMBERS, {"verb": "gives", "inputs": [1], "about": 0, "tolerance": 9}, "2 inputs"),
    (NUMBERS, {"verb": "gives", "inputs": [1, 1], "output": 1, "about": 0, "tolerance": 9}, "output 2"),
    (NUMBERS, {"verb": "loss", "part": "test", "within": {"at_least": 0}}, "test part"),
    (NUMBERS, {"verb": "accuracy", "within": {"at_least": 0}}, "no classes"),
    (CLASSES, {"verb": "accuracy", "part": "validation", "within": {"at_least": 0}}, "validation part"),
    (NUMBERS, {"verb": "accuracy", "strength": 0.1, "within": {"at_least": 0}}, "classes"),
    (CLASSES, {"verb": "accuracy", "strength": 0.1, "part": "validation", "within": {}}, "no samples"),
    (PEOPLE, {"verb": "gap", "column": "score", "within": {"at_least": 0}}, "“score”"),
    (PEOPLE, {"verb": "gap", "column": "language", "part": "validation", "within": {}}, "validation part"),
    (PEOPLE, {"verb": "setting", "setting": "balance", "one_of": ["language"]}, "“Balance” is “off”;"),
    (PEOPLE, {"verb": "beats n-grams", "order": 2}, "no text"),
    (NUMBERS, {"verb": "forecasts", "within": {"at_most": 1}}, "no time series"),
    (NUMBERS, {"verb": "generated", "within": {"at_least": 0}}, "generates no points"),
)  # fmt: skip


@pytest.mark.parametrize("lesson, data, word", GONE)
def test_what_is_gone_is_told_in_a_sentence(lesson, data, word):
    verdict = Player(LESSONS / lesson / "start.nns").judge(condition_of(data))
    assert not verdict.holds and is_sentence(verdict.missing) and word in verdict.missing


def test_a_curve_is_told_by_its_ends_and_one_that_is_not_there_is_told():
    player = Player(LESSONS / NUMBERS / "start.nns")
    watched = condition_of({"verb": "curve", "part": "watched", "within": {"at_most": 1}})
    assert "press Train" in player.judge(watched).missing
    player.play((act.Train(epochs=2),))
    assert "no curve of its loss" in player.judge(watched).missing
    first, last = (row.loss for row in player.session.history)
    told = player.judge(condition_of({"verb": "curve", "within": {"at_least": 3}})).missing
    assert told == (
        f"The loss of the training part is {last:.3g} now and began at {first:.3g}: "
        f"it is {last / first:.3g} times as high, and should be at least 3."
    )


def test_columns_that_cannot_be_read_are_told_in_a_sentence():
    project = Player(LESSONS / PEOPLE / "start.nns").project.document
    data = DataReference("csv", {"columns": "language is left out"})
    condition = condition_of({"verb": "column", "column": "language", "role": "left out"})
    verdict = condition.look(Work(project.graph, project.settings, data))
    assert not verdict.holds and is_sentence(verdict.missing) and "language is left out" in verdict.missing


def test_a_lesson_may_say_in_its_own_words_what_is_missing_and_how_it_is_now():
    player = Player(LESSONS / NUMBERS / "start.nns")
    data = {
        "verb": "weight",
        "node": "Bottles",
        "about": 1,
        "tolerance": 0.1,
        "otherwise": "It is {now}, not 1.",
    }
    assert player.judge(condition_of(data)).missing == "It is 0.5, not 1."


def test_of_several_numbers_it_is_said_which_one_is_meant():
    player = Player(LESSONS / MARKS / "start.nns")
    about = {"node": "Total", "about": 2, "tolerance": 0.1}
    told = player.judge(condition_of({"verb": "weight", "at": [1, 0], **about})).missing
    assert told == "The weight of Total for music is 1; it should be about 2."
    bias = player.judge(condition_of({"verb": "weight", "parameter": "bias", "at": [0], **about})).missing
    assert bias == "The bias of Total is 0; it should be about 2."
    inner = {"verb": "weight", "node": "Filter", "at": [0, 0, 0, 0], "about": 9, "tolerance": 0.1}
    assert "weight of Filter is" in Player(LESSONS / PICTURE / "start.nns").judge(condition_of(inner)).missing


def test_a_number_below_zero_has_a_minus_and_a_hyphen_stays():
    player = Player(LESSONS / MARKS / "start.nns")
    player.play((act.SetWeight(node="Total", value=-2.5),))
    data = {"verb": "weight", "node": "Total", "about": 2, "tolerance": 0.1}
    assert "for weather is −2.5; it" in player.judge(condition_of(data)).missing
    data["otherwise"] = "It is {now}: a 3-2-1 or x-1 is no sign."
    assert player.judge(condition_of(data)).missing == "It is −2.5: a 3-2-1 or x-1 is no sign."


@pytest.mark.parametrize(
    "data, told",
    [
        (
            {"verb": "data", "option": "log", "one_of": [True]},
            "“Logarithm” of the data is unticked; it should be ticked.",
        ),
        (
            {"verb": "data", "option": "change_from", "one_of": ["row before", "season before"]},
            "“Changes from” of the data is “None: values”; "
            "it should be “The row before” or “The season before”.",
        ),
        (
            {"verb": "setting", "setting": "loss", "one_of": ["softmax_cross_entropy"]},
            "“Loss” is “Mean squared error”; it should be “Softmax cross-entropy”.",
        ),
        (
            {"verb": "option", "node": "LSTM", "option": "units", "one_of": [8]},
            "“Units” of LSTM is 16; it should be 8.",
        ),
        (
            {"verb": "layers", "kind": "lstm", "count": {"at_most": 0}},
            "The network has 1 LSTM node; there should be none.",
        ),
    ],
)
def test_what_is_missing_is_told_in_the_words_of_the_window(data, told):
    assert Player(LESSONS / MONTHS / "start.nns").judge(condition_of(data)).missing == told


def test_a_node_that_hangs_loose_does_not_count():
    player = Player(LESSONS / NUMBERS / "start.nns")
    graph, condition = (
        player.project.document.graph,
        condition_of({"verb": "layers", "kind": "relu", "count": {"at_least": 1}}),
    )
    loose = graph.new_node("relu", 0, 300)
    AddNode(graph, loose).redo()
    told = condition.look(Work(graph, player.project.document.settings, player.project.document.data)).missing
    assert told.startswith("The network has no ReLU node; there should be at least 1. ReLU is not connected")


def test_a_network_that_was_spoilt_is_near_nothing():
    player = Player(LESSONS / NUMBERS / "start.nns")
    player.play((act.SetWeight(node="Bottles", value=float("nan")),))
    for data in (
        {"verb": "weight", "node": "Bottles", "about": 0, "tolerance": 1e9},
        {"verb": "gives", "inputs": [1, 1], "about": 0, "tolerance": 1e9},
        {"verb": "loss", "within": {}},
    ):
        verdict = player.judge(condition_of(data))
        assert not verdict.holds and is_sentence(verdict.missing)


def test_an_edit_may_leave_a_network_that_cannot_run_until_the_next_one():
    player = Player(LESSONS / NUMBERS / "start.nns")
    player.play(
        (act.SetWeight(node="Bottles", value=0.3), act.SetOption(node="Bottles", option="units", value=3))
    )
    with pytest.raises(SpecError):
        player.network()
    player.play((act.SetOption(node="Bottles", option="units", value=1),))
    assert player.network().weights("Bottles", "weight", True)[:, 0] == pytest.approx([0.3, 0.0])
    player.play((act.Reset(),))
    assert player.network().weights("Bottles", "weight", True)[:, 0] == pytest.approx([0.5, 0.0])


def test_what_was_learned_stays_where_an_edit_leaves_its_shape():
    player = Player(LESSONS / NUMBERS / "start.nns")
    player.play((act.SetWeight(node="Bottles", value=0.3), act.AddLayer(kind="relu", behind="Bottles")))
    assert player.network().weights("Bottles", "weight", True)[:, 0] == pytest.approx([0.3, 0.0])


def test_training_goes_on_over_an_edit_as_in_the_window():
    player = Player(LESSONS / NUMBERS / "start.nns")
    player.play((act.Train(epochs=3), act.SetSetting(setting="learning_rate", value=0.001)))
    assert player.work().epochs == 3
    player.play((act.Reset(),))
    assert player.work().epochs == 0


@pytest.mark.parametrize(
    "action",
    [
        act.SetWeight(node="Gone", value=1),
        act.SetKernel(node="Gone", kernel="Blur"),
        act.Select(node="Gone"),
        act.AddLayer(kind="relu", behind="Gone"),
    ],
)
def test_an_action_on_what_is_gone_is_refused_with_a_sentence(action):
    with pytest.raises(NotThere, match="“Gone”"):
        Player(LESSONS / NUMBERS / "start.nns").play((action,))


@pytest.mark.parametrize(
    "limits, told",
    [
        ((1, None), "at least 1"),
        ((None, 2), "at most 2"),
        ((1, 2), "at least 1 and at most 2"),
        ((1, 1), "exactly 1"),
    ],
)
def test_a_range_holds_its_ends_and_is_told_in_words(limits, told):
    between = Range(at_least=limits[0], at_most=limits[1])
    assert between.told == told
    assert all(between.holds(limit) for limit in limits if limit is not None)
    assert between.holds(0.9) == (limits[0] is None) and between.holds(2.1) == (limits[1] is None)


@pytest.mark.parametrize("otherwise", ["Not {now}. Count the arrows.", "Count the arrows again."])
def test_before_an_answer_the_usual_sentence_is_said(otherwise):
    check = Answered(one_of=("3",), otherwise=otherwise)
    document = Document()
    work = Work(document.graph, document.settings, document.data)
    assert check.look(work).missing == "The question has no answer yet."
    assert check.look(replace(work, answer="2")).missing == otherwise.replace("{now}", "2")
    # Some checks never have anything to put there.
    unseen = Shown(panel="fit", otherwise="Not {now}.").look(work).missing
    assert unseen == "The panel Fit cannot be seen yet."


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        ({"temperature": 0.0, "seed": 2}, "set “Temperature” to 0 and “Seed” to 2, both at the same time"),
        ({"seed": 2}, "set “Seed” to 2"),
    ],
)
def test_what_should_be_chosen_together_is_told_together(chosen, told):
    check, document = InView(panel="sampled_text", chosen=chosen, once=True), Document()
    views = {"sampled_text": Showing({"temperature": 0.5, "seed": 1})}
    missing = check.look(Work(document.graph, document.settings, document.data, views=views)).missing
    now = "“Temperature” is 0.5" if "temperature" in chosen else "“Seed” is 1"
    assert missing == f"In Sampled text, {told}; now {now}."


def test_a_choice_in_a_view_is_called_as_its_field_and_not_as_an_option_of_a_layer():
    document = Document()
    views = {"fooling": Showing({"change": "a sample 0"}), "try_it": Showing({"GB": 1})}
    work = Work(document.graph, document.settings, document.data, views=views)
    told = [
        InView(panel="fooling", chosen={"change": "noise"}).look(work).missing,
        InView(panel="try_it", chosen={"GB": 2}).look(work).missing,
    ]
    assert told == [
        "In Fooling, “Change” is “a sample 0”; it should be “noise”.",
        "In Try it, “GB” is 1; it should be 2.",
    ]
