"""Work with the trained network, be its data there or not; nothing of it is done on the window's thread."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.state import TrainingState
from nnstudio.training.trained import Trained
from nnstudio.ui.run.runner import Runner

P = TypeVar("P")
T = TypeVar("T")
CHANGED = "The data or the network was changed meanwhile. Try again."


def ask_trained(
    runner: Runner,
    prepare: Callable[[Dataset], P],
    work: Callable[[Evaluation, P], T],
    then: Callable[[T], None],
    failed: Callable[[Exception], None],
) -> None:
    """Let a thread ``prepare`` something for the network's data, and the worker ``work`` with the network and
    that; then call one of the two.

    Where the data is gone, what the project holds of it takes its place, without samples. ``failed`` gets a
    SpecError or DataError where there is no network to work with, and whatever is raised on the way.
    """
    planner, look_up = runner.planner, runner.inquiries.look_up
    planner.settle_now()
    project, data = planner.project, runner.data
    if data is not None or not (planner.is_stuck and project.predicts_alone):
        _with_session(runner, prepare, work, then, failed)
        return

    def use(state: TrainingState | None) -> None:
        def build() -> tuple[Trained, P]:
            trained = project.trained_alone(state)
            return trained, prepare(trained.data)

        look_up(build, compute, failed)

    def compute(both: tuple[Trained, P]) -> None:
        if project is not planner.project:
            failed(SpecError(CHANGED))
            return
        runner.inquiries.follow(runner.worker.ask(lambda: work(*both)), then, failed)

    runner.ask_state(use)


def _with_session(
    runner: Runner,
    prepare: Callable[[Dataset], P],
    work: Callable[[Evaluation, P], T],
    then: Callable[[T], None],
    failed: Callable[[Exception], None],
) -> None:
    data = runner.data
    if data is None:
        # Says that nothing is ready.
        runner.ask(lambda session: work(session, prepare(session.data)), then, failed)
        return

    def compute(prepared: P) -> None:
        if runner.data is not data:
            failed(SpecError(CHANGED))
            return
        runner.ask(lambda session: work(session, prepared), then, failed)

    runner.inquiries.look_up(lambda: prepare(data), compute, failed)
