"""What is set otherwise and set back before the next step leaves no mark, on figures or in memory."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.project import Project, open_example
from nnstudio.training.learned import Carried
from nnstudio.training.messages import Job
from nnstudio.training.session import Session
from nnstudio.training.shelf import Shelf


class Edited:
    """A project that is planned anew after each change, as the worker does it."""

    def __init__(self, steps: int) -> None:
        self.shelf, self.project, self.run_id = Shelf(), open_example("spiral"), 1
        self.session = self.project.session()
        self.train(steps)

    def train(self, steps: int) -> None:
        for _ in range(steps):
            self.session.single_step()

    def set(self, **values) -> Carried:
        project: Project = self.project
        for name, value in values.items():
            project.document.set_settings(project.document.settings.with_option(name, value))
        if values.keys() == {"learning_rate"}:
            self.session.set_hyperparameters(project.document.settings.hyperparameters())
            return Carried()
        return self.plan()

    def plan(self) -> Carried:
        self.run_id += 1
        document = self.project.document
        job = Job(self.run_id, document.to_network(), self.session.data, document.settings, 1, None, True)
        self.shelf.begin(self.session, 0, job)
        self.session = Session(job.network, job.data, job.settings, 1)
        return self.shelf.teach(self.session)

    @property
    def marks(self) -> tuple[int, bool]:
        state = self.session.state()
        return state.judged_from, state.is_altered


@pytest.mark.parametrize(
    "name, value", [("batch_size", 7), ("reduction", "sum"), ("l2", 0.01), ("seed", 99), ("optimizer", "sgd")]
)
def test_a_setting_that_is_set_back_leaves_no_mark_and_nothing_forgotten(name, value):
    edited = Edited(70)
    params, state = edited.session.program.params.copy(), edited.session.state()
    document = edited.project.document
    before = document.settings
    edited.set(**{name: value})
    assert edited.marks[0] == (0 if name == "seed" else 70)
    if name == "l2":
        edited.set(l2=0.0)
    else:
        document.set_settings(before)
        edited.plan()
    assert edited.marks == (0, False)
    now = edited.session.state()
    assert np.array_equal(edited.session.program.params, params), "also what the optimizer remembers"
    assert (now.cursor, now.partial, now.run) == (state.cursor, state.partial, state.run)


def test_a_step_in_between_keeps_the_mark():
    edited = Edited(70)
    edited.set(batch_size=7)
    edited.train(1)
    edited.set(batch_size=10)
    assert edited.marks[0] == 71


def test_the_learning_rate_set_back_leaves_no_mark_though_all_was_planned_anew_in_between():
    edited = Edited(70)
    before = edited.project.document.settings.hyperparameters()["learning_rate"]
    edited.set(learning_rate=0.5)
    assert edited.marks[0] == 70
    edited.set(batch_size=7)
    edited.set(batch_size=edited.project.document.settings.batch_size)
    edited.set(batch_size=open_example("spiral").document.settings.batch_size)
    assert edited.marks[0] == 70
    edited.set(learning_rate=before)
    assert edited.marks == (0, False)
