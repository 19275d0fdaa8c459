"""A field for the sample that a view looks at: one of the data, or the one that a person made in Try it."""

from __future__ import annotations

from html import escape

import numpy as np
from PySide6.QtCore import QSize, Signal

from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.explain.thumbnails import OWN as OWN
from nnstudio.model.quantity import in_digits
from nnstudio.ui.widgets.number_fields import WholeEdit

# Of so many columns the values are told.
MOST_GIVEN = 2
# What stands in the field for one's own.
OWN_TOLD = "own"
# Digits that there is room for, before the data says how many samples there are.
DIGITS = 4


def sample_told(number: int) -> int | str:
    """A sample as it stands in the field; ``number`` is OWN for a person's own."""
    return OWN_TOLD if number == OWN else number


def given_in_words(data: Dataset | None, sample: np.ndarray) -> str:
    """What enters of a sample of few columns, as HTML in the unit of the data, and a sign behind it: of a
    picture, and of many columns, it is seen elsewhere.
    """
    if data is None or len(data.features) > MOST_GIVEN or sample.shape != (len(data.features),):
        return ""
    own = np.ravel(in_own_unit(sample, data.x_shift, data.x_scale))
    told = ", ".join(f"{name} {in_digits(value)}" for name, value in zip(data.features, own, strict=True))
    return f"{escape(told)} · "


class SampleChoice(WholeEdit):
    """Signal: chosen() when another sample is looked at; one's own is OWN, the minimum, as a word."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__("Sample", high=0)
        self.valueChanged.connect(self.chosen)
        self.setToolTip("Which sample; before the first comes your own from Try it")
        self._own: tuple[float, ...] | None = None

    def sizeHint(self) -> QSize:
        return self._with_digits(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._with_digits(super().minimumSizeHint())

    def _with_digits(self, size: QSize) -> QSize:
        """As broad from the start as for the data of most projects: once that is read, it would be squeezed
        until what is around it is laid out anew.
        """
        missing = max(DIGITS - len(str(self.maximum())), 0)
        return size + QSize(missing * self.fontMetrics().horizontalAdvance("0"), 0)

    @property
    def own(self) -> tuple[float, ...] | None:
        """The person's own sample, flat as the network gets it; None where another one is chosen."""
        return self._own if self.value() == OWN else None

    @property
    def index(self) -> int:
        """Number of the chosen sample in the part that training watches, where it is not a person's own."""
        return max(self.value(), 0)

    def show_own(self, sample: np.ndarray | None) -> None:
        """Go to a sample that a person made; None where there is none any more."""
        self._own = None if sample is None else tuple(float(v) for v in sample.ravel())
        self._offer_own()
        if self._own is not None and self.value() != OWN:
            self.setValue(OWN)
        else:
            self.chosen.emit()

    def set_data(self, data: Dataset | None) -> None:
        """Other data: it has so many samples, and what a person made is none of them."""
        self._own = None
        self._offer_own()
        if data is not None:
            self.setMaximum(len(data.part(data.watched)[0]) - 1)

    def _offer_own(self) -> None:
        """Qt shows the special text at the minimum, so it is there only with a place of its own."""
        self.setSpecialValueText("" if self._own is None else OWN_TOLD)
        self.setMinimum(0 if self._own is None else OWN)
