"""What a plot of pyqtgraph keeps its settings in, without the menu that shows them.

For each plot pyqtgraph makes a menu of some fifty widgets, even where it is switched off: a third of the time
that a plot takes to make and to be styled, of which a window has a dozen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyqtgraph as pg
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QGroupBox, QWidget

template = pg.graphicsItems.PlotItem.plotConfigTemplate_generic

# Those of pyqtgraph's own menu.
GROUPS = {
    "transformGroup": False, "decimateGroup": False, "averageGroup": False, "alphaGroup": True,
    "gridGroup": False, "pointsGroup": True,
}  # fmt: skip
ON = ("peakRadio", "autoDownsampleCheck", "autoPointsCheck")
OFF = (
    "clipToViewCheck", "maxTracesCheck", "downsampleCheck", "forgetTracesCheck", "meanRadio",
    "subsampleRadio", "logXCheck", "derivativeCheck", "phasemapCheck", "fftCheck", "logYCheck",
    "subtractMeanCheck", "xGridCheck", "yGridCheck", "autoAlphaCheck",
)  # fmt: skip
# With their largest values.
NUMBERS = {
    "maxTracesSpin": (0, 99), "downsampleSpin": (1, 100_000), "gridAlphaSlider": (128, 255),
    "alphaSlider": (1000, 1000),
}  # fmt: skip


class _Switch(QObject):
    """Stands for a check box."""

    toggled = Signal(bool)

    def __init__(self, on: bool, parent: QObject) -> None:
        super().__init__(parent)
        self._on = on

    def isChecked(self) -> bool:
        return self._on

    def setChecked(self, on: bool) -> None:
        if bool(on) != self._on:
            self._on = bool(on)
            self.toggled.emit(self._on)


class _Number(QObject):
    """Stands for a slider."""

    valueChanged = Signal(int)

    def __init__(self, value: int, maximum: int, parent: QObject) -> None:
        super().__init__(parent)
        self._value, self._maximum = value, maximum

    def value(self) -> int:
        return self._value

    def maximum(self) -> int:
        return self._maximum

    def setValue(self, value: int) -> None:
        if value != self._value:
            self._value = value
            self.valueChanged.emit(value)


class _NoNames(QObject):
    """Stands for the list of what curves are averaged by, which ours never name."""

    itemClicked = Signal(object)

    def count(self) -> int:
        return 0

    def clear(self) -> None: ...


class PlotSettings:
    """In the place of pyqtgraph's form, with the same names and values."""

    transformGroup: QGroupBox
    avgParamList: _NoNames

    def setupUi(self, form: QWidget) -> None:
        for name, on in GROUPS.items():
            group = QGroupBox(form)
            # pyqtgraph takes none without a name.
            group.setObjectName(name)
            group.setCheckable(True)
            group.setChecked(on)
            setattr(self, name, group)
        owner = self.transformGroup
        for names, on in ((ON, True), (OFF, False)):
            for name in names:
                setattr(self, name, _Switch(on, owner))
        for name, (value, maximum) in NUMBERS.items():
            setattr(self, name, _Number(value, maximum, owner))
        self.avgParamList = _NoNames(owner)


@contextmanager
def without_menu() -> Iterator[None]:
    """Plots that are made here have no menu."""
    whole = template.Ui_Form
    template.Ui_Form = PlotSettings
    try:
        yield
    finally:
        template.Ui_Form = whole
