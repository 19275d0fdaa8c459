"""Shows the sweeps of this project that are over, and lets a person choose one to see it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.model.quantity import counted, in_digits
from nnstudio.sweep.earlier import EarlierSweep
from nnstudio.ui.runs.columns import when
from nnstudio.ui.sweeps.words import METRICS
from nnstudio.ui.widgets.popup import popup

# So many are listed at the most, the latest ones; all are under Runs.
MOST_LISTED = 20


class EarlierButton(QPushButton):
    """Hidden where there is none. Signal: chosen(EarlierSweep)."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__("Earlier sweeps…")
        self.setAutoDefault(False)
        self.setToolTip("Sweeps of this project that are over, put together from their runs")
        self.sweeps: Sequence[EarlierSweep] = ()
        self._titles: Mapping[str, str] = {}
        self.clicked.connect(lambda _on=False: self._ask())
        self.hide()

    def show_sweeps(self, sweeps: Sequence[EarlierSweep], titles: Mapping[str, str]) -> None:
        """Offer these, the latest first; ``titles`` of what they varied."""
        self.sweeps, self._titles = sweeps, titles
        self.setVisible(bool(sweeps))

    def _ask(self) -> None:
        entries = [
            (line_of(sweep, self._titles), True, lambda sweep=sweep: self.chosen.emit(sweep))
            for sweep in self.sweeps[:MOST_LISTED]
        ]
        popup(self, entries, self.mapToGlobal(self.rect().bottomLeft()))


def line_of(sweep: EarlierSweep, titles: Mapping[str, str]) -> str:
    """When it was, what it varied, and what came out best."""
    varied = ", ".join(titles[name] for name in sweep.names) or "seeds or folds alone"
    parts = [when(sweep.began), varied, counted(len(sweep.settings), "setting")]
    if sweep.best is not None and sweep.best.value is not None:
        parts.append(f"best {METRICS[sweep.plan.metric]} {in_digits(sweep.best.value)}")
    return " · ".join(parts)
