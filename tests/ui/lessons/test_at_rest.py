"""What training may undo again counts once training rests, and not in the middle of a run."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.lessons.condition import Range
from nnstudio.lessons.conditions import CurveEnds, Trained
from nnstudio.lessons.network_conditions import Loss
from nnstudio.training.messages import Phase
from nnstudio.ui.lessons.judge import UNTIL_REST

LESSON = "celsius"
ANY = Range(at_least=0.0)


def press_train(learner) -> None:
    QTest.mouseClick(learner.window.panels.run_bar.train_button, Qt.MouseButton.LeftButton)


@pytest.fixture
def looks(hands, learner):
    """Begins to watch checks while the network trains: what was looked at, as phase, sentences, and tick."""

    def watch(*checks):
        learner.open(LESSON)
        learner.window.editor.change_setting("epochs", 1_000_000)
        hands.wait(lambda: learner.window.runner.has_network)
        judge, seen = learner.run.judge, []
        judge.looked.connect(
            lambda verdicts, holds: seen.append(
                (learner.window.runner.snapshot.phase, [v.missing if v else "?" for v in verdicts], holds)
            )
        )
        judge.begin(checks, "")
        press_train(learner)
        return seen

    return watch


@pytest.mark.parametrize("check", [Loss(within=ANY), CurveEnds(within=ANY)], ids=["loss", "curve"])
def test_a_figure_counts_once_training_rests(hands, learner, looks, check):
    seen = looks(Trained(), check)
    hands.wait(lambda: (Phase.RUNNING, ["", UNTIL_REST], False) in seen)
    press_train(learner)
    hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: (Phase.PAUSED, ["", ""], True) in seen)
    assert not any(holds for phase, _sentences, holds in seen if phase == Phase.RUNNING)


def test_what_stays_true_counts_at_once(hands, learner, looks):
    seen = looks(Trained())
    hands.wait(lambda: (Phase.RUNNING, [""], True) in seen)
    press_train(learner)
    hands.wait_phase(Phase.PAUSED)


def test_old_figures_are_told_with_their_step_while_training_goes_on(hands, learner, looks, monkeypatch):
    monkeypatch.setattr("nnstudio.ui.lessons.judge.OLD_SECONDS", 0.0)
    seen = looks(Loss(within=Range(at_most=-1.0), otherwise="No."))

    def told(phase: Phase) -> set[str]:
        return {sentence for at, sentences, _holds in seen for sentence in sentences if at == phase}

    hands.wait(
        lambda: any(re.fullmatch(r"No\. That was at step [\d,]+\.", one) for one in told(Phase.RUNNING))
    )
    press_train(learner)
    hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: told(Phase.PAUSED) == {"No."})
