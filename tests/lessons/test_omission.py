"""No step of a lesson counts what was not done: an action left out is missed, and an old run is told."""

from __future__ import annotations

import pytest
from lessons.heads import HEAD
from lessons.shipped import LESSONS

from nnstudio.cli import run
from nnstudio.lessons.lesson import read_lesson, shipped_lesson
from nnstudio.lessons.omission import omissions

FIRST = """
[[steps]]
title = "First"
text = "Train it."
checks = [{ verb = "trained", epochs = 2 }]
solution = [{ do = "train", epochs = 2 }]
"""


def faults_of(folder):
    return [fault.told for fault in omissions(folder) if fault is not None]


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_each_action_of_each_step_is_missed_where_it_is_left_out(folder):
    assert faults_of(folder) == []


@pytest.fixture
def lesson(tmp_path):
    """Reads a lesson that begins with a step of two epochs."""
    (tmp_path / "start.nns").write_bytes(shipped_lesson("celsius").project.read_bytes())

    def read(step):
        (tmp_path / "lesson.toml").write_text(f"{HEAD}{FIRST}{step}", encoding="utf-8")
        return read_lesson(tmp_path)

    return read


AGAIN = """
[[steps]]
title = "Again"
text = "Now faster: Reset, and Train."
checks = [
    {{ verb = "setting", setting = "learning_rate", within = {{ at_least = 0.4 }} }},
    {{ verb = "trained", epochs = 2{more} }},
]
solution = [
    {{ do = "set setting", setting = "learning_rate", value = 0.5 }},
    {{ do = "reset" }},
    {{ do = "train", epochs = 2 }},
]
"""


def test_an_old_run_that_still_counts_is_a_fault(lesson, tmp_path, capsys):
    one, two = faults_of(lesson(AGAIN.format(more="")))
    assert "In step 2, its solution is accepted without this: Press Reset." in one
    assert "Train for 2 epochs" in two
    assert run(["lesson", "check", str(tmp_path), "--left-out"]) != 0
    assert one in capsys.readouterr().out


def test_a_run_that_must_be_of_the_settings_throughout_is_missed(lesson):
    assert faults_of(lesson(AGAIN.format(more=", throughout = true"))) == []


def test_a_step_that_is_done_for_whoever_skips_the_one_before_is_a_fault(lesson):
    skipped = AGAIN.format(more=", throughout = true").replace("value = 0.5", "value = 5.0")
    back = """
[[steps]]
title = "Back"
text = "As before."
checks = [{ verb = "setting", setting = "learning_rate", within = { at_most = 0.35 } }]
solution = [{ do = "set setting", setting = "learning_rate", value = 0.1 }]
"""
    told = [fault for fault in faults_of(lesson(skipped + back)) if "skips" in fault]
    assert [one.partition(":")[0] for one in told] == [
        "In step 3, it is done at once for whoever skips steps 1 to 2",
        "In step 3, it is done at once for whoever skips step 2",
    ]
