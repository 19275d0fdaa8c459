"""How far off forecasts were for each step ahead, beside naive ones."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QLabel, QVBoxLayout, QWidget

from nnstudio.explain.backtest import Backtest, Figures, Way
from nnstudio.explain.told_backtest import told_backtest, told_in_short
from nnstudio.model.quantity import error_in_digits
from nnstudio.ui.live.figure_table import FigureTable
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

AHEAD = ("Ahead", "How many rows after the last known one")
CASES = ("Cases", "From how many rows this was forecast")
HEADS = {
    Way.NETWORK: ("Network", "Its forecasts, each of which enters the next window"),
    Way.SEASONAL: ("Seasonal", "Seasonal naive: the value one season before"),
    Way.NAIVE: ("Naive", "The last known value"),
}
MAE, RMSE, MASE = "Mean absolute error", "Root mean square error", "MASE"
TIP = (
    "MASE divides the mean absolute error by that of the naive forecast on the training part, a season "
    "ahead, or one row where no season is known"
)
# Column of the cases, and below how many mean letters it has no room.
CASES_AT, NARROW = 1, 44
COMPUTING = "Forecasts are being made …"


class BacktestTable(QWidget):
    """Signal: chosen() when another figure is to be drawn."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.figure = ChoiceBox()
        self.figure.setAccessibleName("Figure of the backtest")
        self.figure.setToolTip(TIP)
        self.figure.addItems((MAE, RMSE, MASE))
        self.figure.currentIndexChanged.connect(lambda _at: self.chosen.emit())
        self.table = FigureTable("Errors for each step ahead", (AHEAD, CASES, *HEADS.values()))
        header, mode = self.table.horizontalHeader(), QHeaderView.ResizeMode
        # Steps are short; all figures stay in sight in a narrow panel.
        for column in range(self.table.columnCount()):
            header.setSectionResizeMode(column, mode.Stretch if column > 1 else mode.ResizeToContents)
        self.told = PlainLabel()
        self.told.setWordWrap(True)
        label = QLabel("Show")
        label.setBuddy(self.figure)
        choice = QHBoxLayout()
        choice.addWidget(label)
        choice.addWidget(self.figure)
        choice.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(choice)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.told)

    def draw(self, backtest: Backtest | None, why: str, season: str) -> None:
        """Show the figures; of None, ``why`` there are none, or that they are computed. ``season`` tells of
        the one that the seasonal naive forecast has.
        """
        self.table.setVisible(backtest is not None)
        with QSignalBlocker(self.figure):
            self.figure.setEnabled(backtest is not None)
        if backtest is None:
            self.told.setText(why or COMPUTING)
            self.told.setToolTip("")
            return
        self.table.setColumnHidden(3, Way.SEASONAL not in backtest.errors)
        self._fit()
        each = {way: self._of(backtest.by_step(way)) for way in backtest.errors}
        together = {way: self._of(backtest.overall(way)) for way in backtest.errors}
        counts = [*map(int, backtest.counts)]
        rows = [self._row("all", sum(counts), {way: values[0] for way, values in together.items()})]
        for step, count in enumerate(counts):
            figures = {way: values[step] for way, values in each.items()}
            rows.append(self._row(f"{step + 1:,}", count, figures))
        self.table.show_rows(rows)
        # In few words: the table needs the room. All of them are in the tip.
        self.told.setText(told_in_short(backtest))
        self.told.setToolTip(plain_tip(" ".join(filter(None, (told_backtest(backtest), season, f"{TIP}.")))))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """In a narrow panel the errors are seen, and not how many cases there were."""
        letters = self.width() / self.fontMetrics().averageCharWidth()
        self.table.setColumnHidden(CASES_AT, letters < NARROW)

    def _of(self, figures: Figures) -> list[float]:
        chosen = {
            MAE: figures.mean_absolute, RMSE: figures.root_mean_square, MASE: figures.scaled,
        }[self.figure.currentText()]  # fmt: skip
        return [float(v) for v in chosen]

    @staticmethod
    def _row(ahead: str, count: int, figures: dict[Way, float]) -> list[str]:
        told = [_figure(figures[way]) if way in figures else "-" for way in HEADS]
        return [ahead, f"{count:,}", *told]


def _figure(value: float) -> str:
    if value != value:
        return "-"
    return "not finite" if value == float("inf") else error_in_digits(value)
