"""Where networks train on this machine: the processor, or a graphics card; a setting of the machine."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, Signal
from PySide6.QtWidgets import QComboBox

from nnkernels.planning.hardware import INSTALL
from nnkernels.planning.installed import is_installed
from nnstudio.training.engine import Device
from nnstudio.training.messages import Snapshot
from nnstudio.ui.run.device_box import show_slowness
from nnstudio.ui.run.runner import Runner

SETTING = "device"


class DeviceChoice(QObject):
    """Tells the worker where to train, and the person where it could not.

    said(why it is not there, or takes longer there than it might)
    """

    said = Signal(str)

    def __init__(self, box: QComboBox, settings: QSettings, runner: Runner) -> None:
        super().__init__(runner)
        self.box, self._settings, self._runner, self._problem = box, settings, runner, ""
        self._slowness: tuple[str, ...] = ()
        self._told = set[str]()
        if is_installed() and settings.value(SETTING) == Device.CUDA:
            box.setCurrentIndex(box.findData(Device.CUDA))
            runner.orders.set_device(Device.CUDA)
        box.currentIndexChanged.connect(self._on_chosen)
        runner.snapshot_changed.connect(self._follow)

    def ask(self) -> None:
        """Train on the other device from now on, or say what is missing for that."""
        if is_installed():
            self.box.setCurrentIndex(1 - self.box.currentIndex())
        else:
            self.said.emit(INSTALL)

    def _on_chosen(self) -> None:
        device = self.box.currentData()
        self._settings.setValue(SETTING, str(device))
        self._runner.orders.set_device(device)

    def _follow(self, snapshot: Snapshot) -> None:
        """Say once why a card does not train, and show what does; the setting stays, for the next start.

        Say once, too, why it takes longer.
        """
        if snapshot.device_problem != self._problem:
            self._problem = snapshot.device_problem
            if self._problem:
                self.box.blockSignals(True)
                self.box.setCurrentIndex(self.box.findData(Device.CPU))
                self.box.blockSignals(False)
                self.said.emit(self._problem)
        if snapshot.device_slowness != self._slowness:
            self._slowness = snapshot.device_slowness
            show_slowness(self.box, self._slowness)
            for text in self._slowness:
                if text not in self._told:
                    self._told.add(text)
                    self.said.emit(text)
