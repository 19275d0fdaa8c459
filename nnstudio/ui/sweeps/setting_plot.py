"""What pictures of the settings of a sweep share: their plan, a legend, and the mouse that points at one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QCursor, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolTip, QVBoxLayout, QWidget

from nnstudio.model.quantity import in_digits, value_in_words
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.trial import Status
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, plain_tip, unbroken
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

# What is this near to the mouse, in pixels, is meant.
NEAR = 9.0
SIGN = "\N{BLACK CIRCLE}\N{NO-BREAK SPACE}"


class SettingPlot(QWidget):
    """Signals: pointed(number of the setting below the mouse, 0 for none), chosen(number) of one at a click.

    Who subclasses it gives `_add_items`, `_paint_items`, `_draw`, `_draw_marked`, `_draw_pointed` and
    `_setting_at`: a widget of Qt cannot be abstract, so here they raise.
    """

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self, name: str, nothing: str) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._titles: Mapping[str, str] = {}
        self._score = ""
        self._settings: list[Setting] = []
        self._marked = self._pointed = 0
        self.plot = make_plot()
        self.plot.setAccessibleName(name)
        self.plot.setMouseEnabled(False, False)
        self.plot.setMouseTracking(True)
        self.hint, self.legend = PlainLabel(nothing), QLabel()
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 4, 10, 2)
        rows.setSpacing(2)
        for widget, stretch in ((self.hint, 1), (self.plot, 1), (self.legend, 0)):
            rows.addWidget(widget, stretch)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self._add_items()
        theme.changed.connect(self._repaint_theme)
        self._repaint_theme()

    def _add_items(self) -> None:
        """Put into the plot what is filled later."""
        raise NotImplementedError

    def _paint_items(self) -> None:
        """Give it the colours of the theme."""
        raise NotImplementedError

    def _draw(self) -> None:
        """Draw all settings, and those that are marked or pointed at."""
        raise NotImplementedError

    def _draw_marked(self) -> None:
        raise NotImplementedError

    def _draw_pointed(self) -> None:
        raise NotImplementedError

    def _setting_at(self, position: QPointF) -> int:
        """The number of the setting that is nearest to a point of the scene; 0 where none is near."""
        raise NotImplementedError

    def show_plan(self, plan: Plan | None, titles: Mapping[str, str], score: str) -> None:
        """Draw another sweep from now on: ``titles`` of what it varies, and what its metric is."""
        self._plan, self._titles, self._score = plan, titles, score.capitalize()
        self.show_settings([])

    def show_settings(self, settings: Sequence[Setting]) -> None:
        """Draw these and no others."""
        self._settings = list(settings)
        self._draw()

    def mark(self, number: int) -> None:
        """Draw a setting over all others; 0 for none."""
        self._marked = number
        self._draw_marked()

    def point_at(self, number: int) -> None:
        """The same, for as long as the mouse is at the setting."""
        if number != self._pointed:
            self._pointed = number
            self._draw_pointed()

    def _show_lines(self, has_lines: bool) -> None:
        """Show the plot, or the hint in its place."""
        self.hint.setVisible(not has_lines)
        for widget in (self.plot, self.legend):
            widget.setVisible(has_lines)

    @property
    def _best(self) -> Setting | None:
        """The best of the settings that were trained."""
        if self._plan is None:
            return None
        rank = self._plan.rank
        trained = [s for s in self._settings if s.status == Status.TRAINED and s.value is not None]
        return min(trained, key=lambda s: rank(s.value or 0.0), default=None)

    def _write_legend(self, entries: Sequence[tuple[str, str]], told: str) -> None:
        """Words and their colours, those that are missing where settings went wrong, and a sentence."""
        c = theme.colours
        statuses = {s.status for s in self._settings}
        entries = list(entries)
        if Status.STOPPED in statuses:
            entries.append(("stopped early", c.validation))
        if statuses - {Status.TRAINED, Status.STOPPED}:
            entries.append(("could not be trained", c.error))
        signs = [f"{coloured(SIGN, colour)}{coloured(unbroken(word), c.muted)}" for word, colour in entries]
        self.legend.setText("&nbsp;&nbsp; ".join([*signs, coloured(told, c.muted)]))

    def _repaint_theme(self) -> None:
        paint_plot(self.plot)
        self._paint_items()
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._draw()

    # The mouse

    def _on_mouse(self, at: QPointF) -> None:
        number = self._setting_at(at)
        if number != self._pointed:
            self.point_at(number)
            self.pointed.emit(number)
            QToolTip.showText(QCursor.pos(), plain_tip(self._told(number)), self.plot)

    def _told(self, number: int) -> str:
        """A setting as a tool tip tells it, "" for none."""
        setting = next((s for s in self._settings if s.number == number), None)
        if setting is None:
            return ""
        lines = [f"Setting {number:,}"]
        lines += [f"{self._titles[name]}: {value_in_words(value)}" for name, value in setting.values.items()]
        if setting.value is not None:
            spread = "" if setting.deviation is None else f" ± {in_digits(setting.deviation, 2)}"
            lines.append(f"{self._score}: {in_digits(setting.value)}{spread}")
        return "\n".join(lines)

    def _on_click(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if number := self._setting_at(event.scenePos()):
            self.chosen.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(0)
        self.pointed.emit(0)
