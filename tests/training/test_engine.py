"""Where a network trains: elsewhere for as long as that works, then here, and nothing is lost between."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from nnkernels.planning.hardware import Hardware, HardwareError
from nnkernels.program import Program
from nnstudio.project import open_example
from nnstudio.training import engine
from nnstudio.training.engine import Device
from nnstudio.training.messages import Job
from nnstudio.training.session import Session
from nnstudio.training.worker import Worker


class Elsewhere(Program):
    """A program that works, until it does not."""

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        self.fails()
        return super().run(steps, threads)

    fails: Callable[[], None] = staticmethod(lambda: None)


class Other(Hardware):
    """Hardware of which all is like the processor's but the programs."""

    def program(self, **parts):
        return Elsewhere(**parts)


def fail() -> None:
    raise HardwareError("The card is gone.")


def fail_from(count: int) -> Callable[[], None]:
    """Work so many times."""
    left = [count]

    def work() -> None:
        left[0] -= 1
        if left[0] < 0:
            fail()

    return work


@pytest.fixture
def other(monkeypatch):
    """Other hardware stands for the card; a function that says when its programs fail."""
    hardware = Other()
    monkeypatch.setattr(
        engine, "hardware_of", lambda device, *how: hardware if device == Device.CUDA else Hardware()
    )

    def other(fails: Callable[[], None]) -> None:
        monkeypatch.setattr(Elsewhere, "fails", staticmethod(fails))

    return other


def iris(device: Device) -> Session:
    project = open_example("iris")
    project.document.set_settings(project.document.settings.with_option("epochs", 4))
    return project.session(1, device)


def learned(session: Session) -> tuple[bytes, list[float]]:
    """All weights and the curve, after the run."""
    for _ in session.slices():
        pass
    return session.program.params.tobytes(), [row.loss for row in session.history]


def test_elsewhere_it_learns_the_same(other):
    other(lambda: None)
    session = iris(Device.CUDA)
    assert learned(session) == learned(iris(Device.CPU))
    assert isinstance(session.program, Elsewhere)
    assert (session.engine.device, session.engine.problem) == (Device.CUDA, "")


@pytest.mark.parametrize("times", [0, 1, 5])
def test_where_a_card_fails_training_goes_on_here_without_a_loss(other, times):
    other(fail_from(times))
    session = iris(Device.CUDA)
    assert learned(session) == learned(iris(Device.CPU))
    assert not isinstance(session.program, Elsewhere)
    assert session.engine.device == Device.CPU
    assert session.engine.problem == "The card is gone. Training goes on on the processor."


def test_without_a_card_it_begins_here(monkeypatch):
    monkeypatch.setattr(engine, "hardware_of", lambda *how: fail())
    session = iris(Device.CUDA)
    assert session.engine.problem.startswith("The card is gone.") and session.engine.device == Device.CPU
    assert learned(session) == learned(iris(Device.CPU))


def test_a_run_moves_there_and_back_in_the_middle_of_an_epoch(other):
    other(lambda: None)
    session = iris(Device.CPU)
    for device in (Device.CUDA, Device.CPU, Device.CUDA):
        session.single_step()
        session.engine.move(device)
        assert session.engine.device == device
        assert isinstance(session.program, Elsewhere) == (device == Device.CUDA)
    assert learned(session) == learned(iris(Device.CPU))


def test_what_reads_from_a_card_that_fails_gets_nothing(other):
    other(lambda: None)
    session = iris(Device.CUDA)
    session.single_step()
    assert session.engine.read(lambda program: program.steps) == 1

    def gone(program: Program) -> int:
        if isinstance(program, Elsewhere):
            fail()
        return program.steps

    assert session.engine.read(gone) is None
    assert session.engine.device == Device.CPU and session.steps == 1


def test_the_window_hears_why_a_network_trains_here(monkeypatch):
    monkeypatch.setattr(engine, "hardware_of", lambda *how: fail())
    project, worker = open_example("iris"), Worker()
    network, settings = project.document.to_network(), project.document.settings
    try:
        worker.load(Job(1, network, project.load_data(), settings, device=Device.CUDA))
        worker.compute(lambda session: session.steps).result(60)
        assert worker.snapshot().device_problem == f"The card is gone. {engine.ON_PROCESSOR}"
    finally:
        worker.close()
