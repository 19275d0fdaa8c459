"""A typed number is read as people and the window write it, and a wrong one is told what is wrong."""

from __future__ import annotations

import pytest

from nnstudio.lessons.conditions import Answered
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.work import Work
from nnstudio.model.document import DataReference
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve, Epoch


def after(epochs: int, steps: int, answer: str) -> Work:
    """Work on a network that was trained for so many epochs of 100 steps, and perhaps a part of one."""
    curve = Curve(Epoch(n, 100 * n, 1.0, None, None, None, 1.0, 1.0) for n in range(1, epochs + 1))
    return Work(
        None, TrainingSettings(), DataReference("", {}), steps, epochs, answer=answer, curve=curve
    )  # fmt: skip


def missing(text: str, about: float, tolerance: float = 0.0) -> str:
    """What the condition lacks; "" where it holds."""
    work = Work(None, TrainingSettings(), DataReference("", {}), answer=text)
    verdict = Answered(about=about, tolerance=tolerance).look(work)
    assert verdict.holds != bool(verdict.missing)
    return verdict.missing


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("7,850", 7850), ("7,850 params", 7850), ("7 850", 7850), ("7.850", 7850), ("7850", 7850),
        ("1,8", 1.8), ("1.8", 1.8), ("1,800", 1.8), ("4.7%", 4.74), ("4.7 %", 4.74), ("32 °F", 32),
        ("32°F", 32), ("−39.5", -39.5), ("-39,5", -39.5), ("50 %", 0.5), ("13,700 crowns", 13700),
        ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("$13,700", 13700), ("1.6e-2", 0.016),
    ],
)  # fmt: skip
def test_a_right_number_is_taken_however_it_is_written(text, about):
    assert missing(text, about, 0.1 if about == 4.74 else 0.0) == ""


@pytest.mark.parametrize(
    ("text", "about", "told"),
    [
        ("784", 7850, "784 is too small: think again."),
        ("7,840", 7850, "7,840 is close, but too small: think again."),
        ("78,500", 7850, "78,500 is ten times too large: think again."),
        ("0.047", 4.7, "0.047 is a hundred times too small: think again."),
        ("25", -25, "25 has the right size, but the wrong sign: think again."),
        ("-50", -25, "−50 is too low: think again."),
        ("3", 0, "3 is too large: think again."),
        ("nine fifths", 1.8, "“nine fifths” is no number: write it in digits."),
        ("1.8 or 2", 1.8, "“1.8 or 2” is no number: write it in digits."),
    ],
)
def test_a_wrong_one_is_told_what_is_wrong(text, about, told):
    assert missing(text, about) == told


@pytest.mark.parametrize(
    ("asked", "right", "wrong"), [("taken for a", "5", "6"), ("the 7 becomes a", "1", "7")]
)
def test_the_name_of_a_class_is_neither_too_large_nor_too_small(asked, right, wrong):
    steps = shipped_lesson("fooling").lesson.steps
    (step,) = (step for step in steps if step.question is not None and asked in step.question.text)
    (check,) = (check for check in step.checks if isinstance(check, Answered))
    told = [check.look(after(3, 300, text)) for text in (right, wrong)]
    assert [verdict.holds for verdict in told] == [True, False]
    assert told[1].missing == "That is not it: think again."


@pytest.mark.parametrize(
    ("epochs", "steps", "had"),
    [
        (2, 250, "2 epochs and a part of the next"),
        (3, 310, "3 epochs and a part of the next"),
        (6, 600, "6 epochs"),
    ],
)
def test_an_answer_about_another_network_is_not_judged(epochs, steps, had):
    check = Answered(one_of=("1",), after_epochs=3)
    told = (
        f"This step is about the network after 3 epochs; yours has had {had}: press Reset, then Train, and "
        "stop after 3 epochs."
    )
    for answer in ("", "1", "9"):
        verdict = check.look(after(epochs, steps, answer))
        assert (verdict.holds, verdict.missing, verdict.is_wrong) == (False, told, False)
    assert check.look(after(3, 300, "1")).holds


def test_who_has_not_trained_is_told_to_train():
    verdict = Answered(about=63.6, tolerance=0.5, after_epochs=60).look(after(0, 0, "58"))
    assert verdict.missing == "This step is about the network after 60 epochs: press Train first."
    assert not verdict.is_wrong
