"""How panels stood at each size of the text: larger letters push them apart, usual ones bring them back."""

from __future__ import annotations

from PySide6.QtCore import QSize

from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.layout_steps import LayoutSteps, Moment
from nnstudio.ui.widgets.theme import theme


class LayoutByText:
    """Keeps it until a person changes something in the layout, or the window has another size."""

    def __init__(self, docks: Docks, steps: LayoutSteps) -> None:
        self._docks, self._steps = docks, steps
        self._scale = theme.text_scale
        self._is_due = False
        self._kept: dict[float, tuple[Moment, QSize]] = {}
        steps.changed.connect(self._kept.clear)

    def note(self, is_settled: bool) -> None:
        """The text may have another size now: panels stand as they did before, if they were settled then."""
        before, self._scale = self._scale, theme.text_scale
        self._is_due |= before != self._scale
        if is_settled and before != self._scale and not self._docks.is_covered:
            self._kept[before] = (self._steps.moment(), self._docks.window.size())

    def bring_back(self) -> bool:
        """Let panels stand as they did when the text had this size, once after it has it again."""
        moment, size = self._kept.get(self._scale, (None, QSize()))
        is_due, self._is_due = self._is_due, False
        if not is_due or moment is None or size != self._docks.window.size():
            return False
        if moment.withheld != tuple(sorted(self._docks.withheld)):
            return False
        kept = dict(self._kept)
        self._steps.show(moment)
        self._kept.update(kept)
        return True
