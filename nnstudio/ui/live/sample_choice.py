"""Which sample a view looks at: one of the data, or the one that a person made in Try it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal

from nnstudio.data.dataset import Dataset
from nnstudio.ui.widgets.number_fields import WholeEdit

# The place of a person's own sample, before the first.
OWN = -1


class SampleChoice(WholeEdit):
    """Samples are those of the part that training watches, counted from 0.

    Signal: changed() when it is another sample, or another one of a person's own.

    Attributes:
        own: the one that a person made, as the network gets it; None where there is none.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__("Sample", high=0)
        self.setToolTip("Which sample; before the first comes your own from Try it")
        self.own: np.ndarray | None = None
        self.valueChanged.connect(lambda _v: self.changed.emit())

    def set_data(self, data: Dataset | None) -> None:
        """Choose among the samples of this data; what a person made for other data is none of them."""
        self._offer(None)
        if data is not None:
            self.setMaximum(len(data.part(data.watched)[0]) - 1)

    def take_own(self, sample: np.ndarray | None) -> None:
        """A person made a sample, which is looked at now, or there is none any more."""
        self._offer(sample)
        if sample is not None and self.value() != OWN:
            self.setValue(OWN)
        else:
            self.changed.emit()

    @property
    def chosen_own(self) -> np.ndarray | None:
        """A person's own sample, where that is looked at."""
        return self.own if self.value() == OWN else None

    def _offer(self, own: np.ndarray | None) -> None:
        """Qt shows the special text at the minimum, so it is there only with a place of its own."""
        self.own = own
        self.setSpecialValueText("" if own is None else "own")
        self.setMinimum(0 if own is None else OWN)


def true_class(data: Dataset, index: int) -> str:
    """The class of a sample of the watched part; "" where it has none, or more than one label."""
    y = data.part(data.watched)[1]
    return data.classes[int(y[index, 0])] if data.classes and y.shape[1] == 1 else ""
