"""Fields to choose what of several predictions a view shows: the Output, or the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Signal

from nnstudio.data.dataset import Dataset
from nnstudio.explain.layer_names import called
from nnstudio.ui.widgets.choice_box import ChoiceBox

# Of more targets, such as the values of a picture, none is chosen by its name.
MOST_TARGETS = 200


class OutputChoice(ChoiceBox):
    """The Output whose predictions are shown; hidden where there is one. Signal: chosen() when a person chose
    another.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Output")
        self.setToolTip("Which Output of the network predicts; each is compared with its own targets")
        self.currentIndexChanged.connect(lambda _at: self.chosen.emit())
        self._names: Mapping[str, str] = {}
        self.hide()

    @property
    def output(self) -> str:
        """The identifier of the one that is chosen; "" for the first."""
        return self.currentData() or ""

    def name(self, names: Mapping[str, str]) -> None:
        """What people call the nodes from now on."""
        self._names = names
        for at in range(self.count()):
            self.setItemText(at, called(self.itemData(at), names))

    def show_outputs(self, outputs: Sequence[str], output: str) -> None:
        """Choose among these, of which this one is shown; none where there is one alone."""
        with QSignalBlocker(self):
            if list(outputs) != [self.itemData(at) for at in range(self.count())]:
                self.clear()
                for each in outputs:
                    self.addItem(called(each, self._names), each)
            self.setCurrentIndex(self.findData(output))
        self.setVisible(len(outputs) > 1)


class TargetChoice(ChoiceBox):
    """The target of the data that is shown, where that has several numbers to predict. Signal: chosen() when
    a person chose another.
    """

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Target")
        self.setToolTip("Which of the numbers that are predicted is shown")
        self.currentIndexChanged.connect(lambda _at: self.chosen.emit())
        self.hide()

    @property
    def target(self) -> int:
        """Its number from 0."""
        return max(self.currentIndex(), 0)

    def set_data(self, data: Dataset | None) -> None:
        """Choose among the targets of this data, the first first."""
        names = () if data is None or data.classes else data.targets
        several = 1 < len(names) <= MOST_TARGETS
        with QSignalBlocker(self):
            self.clear()
            self.addItems(list(names) if several else [])
        self.setVisible(several)
