"""Where networks train: chosen in the run bar, kept for this machine, and said where it cannot be."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, QSettings, Signal

from nnkernels.planning import hardware
from nnstudio.training.engine import Device
from nnstudio.training.messages import Snapshot
from nnstudio.ui.run import device_choice, run_bar
from nnstudio.ui.run.device_box import device_box
from nnstudio.ui.run.device_choice import DeviceChoice
from nnstudio.ui.run.run_bar import RunBar


class Runner(QObject):
    """What a choice sees of the runner."""

    snapshot_changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.devices: list[Device] = []
        self.orders = SimpleNamespace(set_device=self.devices.append)


@pytest.fixture
def installed(monkeypatch):
    for module in (device_choice, run_bar):
        monkeypatch.setattr(module, "is_installed", lambda: True)


@pytest.fixture
def settings(tmp_path) -> QSettings:
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


@pytest.fixture
def choose(qtbot, settings):
    """Makes a choice as a start of the program does; gives it, its runner and what it said."""

    def choose() -> tuple[DeviceChoice, Runner, list[str]]:
        box, runner, said = device_box(), Runner(), []
        qtbot.addWidget(box)
        choice = DeviceChoice(box, settings, runner)
        choice.said.connect(said.append)
        # It lives as long as its runner.
        choice.runner = runner
        return choice, runner, said

    return choose


def test_what_is_chosen_is_ordered_and_kept_for_the_next_start(installed, choose):
    choice, runner, said = choose()
    assert choice.box.currentData() == Device.CPU and runner.devices == []
    choice.box.setCurrentIndex(1)
    assert runner.devices == [Device.CUDA]
    again, runner, _ = choose()
    assert again.box.currentData() == Device.CUDA and runner.devices == [Device.CUDA]
    again.ask()
    assert again.box.currentData() == Device.CPU and runner.devices == [Device.CUDA, Device.CPU]
    assert said == []


def test_where_the_card_fails_it_is_said_once_and_tried_again_at_the_next_start(installed, choose):
    choice, runner, said = choose()
    choice.ask()
    for _ in range(3):
        runner.snapshot_changed.emit(Snapshot(device_problem="The card is gone."))
    assert said == ["The card is gone."] and choice.box.currentData() == Device.CPU
    assert runner.devices == [Device.CUDA], "nobody chose the processor"
    assert choose()[0].box.currentData() == Device.CUDA


def test_a_card_that_takes_longer_stays_chosen_and_it_is_said_once(installed, choose):
    choice, runner, said = choose()
    choice.ask()
    for sentences in (("Slow.",), ("Slow.",), (), ("Slow.", "Slower.")):
        runner.snapshot_changed.emit(Snapshot(device_slowness=sentences))
        assert choice.box.toolTip().endswith("\n".join(["some size", *sentences]))
    assert said == ["Slow.", "Slower."] and choice.box.currentData() == Device.CUDA


def test_without_the_extra_package_it_says_how_to_install_it(monkeypatch, choose, settings, qtbot):
    monkeypatch.setattr(device_choice, "is_installed", lambda: False)
    settings.setValue("device", "cuda")
    choice, runner, said = choose()
    choice.ask()
    assert said == [hardware.INSTALL] and runner.devices == []
    assert choice.box.currentData() == Device.CPU


@pytest.mark.parametrize("there", [True, False])
def test_the_bar_has_the_choice_where_there_is_one(monkeypatch, qtbot, there):
    monkeypatch.setattr(run_bar, "is_installed", lambda: there)
    bar = RunBar()
    qtbot.addWidget(bar)
    bar.resize(1500, 60)
    bar.show()
    assert bar.device.isVisible() == there
