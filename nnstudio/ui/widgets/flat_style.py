"""Fields with arrows, drop-down boxes, scroll bars and buttons without bevels; sizes are those of Fusion."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QProxyStyle,
    QStyle,
    QStyleOption,
    QStyleOptionButton,
    QStyleOptionComboBox,
    QStyleOptionComplex,
    QStyleOptionSlider,
    QStyleOptionSpinBox,
    QWidget,
)

from nnstudio.ui.widgets.colours import Colours

# Half the width of an arrow and its height, the corner of a box, and pixels between a handle and its groove.
ARROW, CORNER, BESIDE = (3.5, 3.5), 4.0, 3.0
STATE, PART = QStyle.StateFlag, QStyle.SubControl
STEPS = QAbstractSpinBox.StepEnabledFlag


class FlatStyle(QProxyStyle):
    """Fusion in which what a person changes is drawn flat; ``colours()`` are those now in force."""

    def __init__(self, colours: Callable[[], Colours]) -> None:
        super().__init__("Fusion")
        self._colours = colours

    def drawComplexControl(
        self, control: QStyle.ComplexControl, option: QStyleOptionComplex, painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:  # fmt: skip
        if isinstance(option, QStyleOptionSpinBox):
            self._draw_spin_box(option, painter, widget)
        elif isinstance(option, QStyleOptionComboBox) and option.frame:
            self._draw_choice(option, painter, widget)
        elif control == QStyle.ComplexControl.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            self._draw_scroll_bar(option, painter, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter,
        widget: QWidget | None = None,
    ) -> None:  # fmt: skip
        if element == QStyle.PrimitiveElement.PE_PanelButtonCommand:
            self._draw_button(option, painter)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def _part(
        self, control: QStyle.ComplexControl, option: QStyleOptionComplex, part: QStyle.SubControl,
        widget: QWidget | None,
    ) -> QRect:  # fmt: skip
        # There may be none, whatever its declaration says.
        return self.subControlRect(control, option, part, widget)  # type: ignore[arg-type]

    def _draw_spin_box(self, option: QStyleOptionSpinBox, painter: QPainter, widget: QWidget | None) -> None:
        box = QStyle.ComplexControl.CC_SpinBox
        self._draw_field(option, painter)
        c = self._colours()
        for part, step, way in (
            (PART.SC_SpinBoxUp, STEPS.StepUpEnabled, -1),
            (PART.SC_SpinBoxDown, STEPS.StepDownEnabled, 1),
        ):
            is_on = bool(option.stepEnabled & step) and bool(option.state & STATE.State_Enabled)
            arrow = QRectF(self._part(box, option, part, widget)).adjusted(0, 1, -1, -1)
            is_here = option.activeSubControls == part and is_on
            if is_here and option.state & (STATE.State_MouseOver | STATE.State_Sunken):
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(c.border))
                painter.drawRoundedRect(arrow, 2, 2)
            _arrow(
                painter, arrow.center(), way, QColor(c.text if is_here else c.muted if is_on else c.border)
            )

    def _draw_choice(self, option: QStyleOptionComboBox, painter: QPainter, widget: QWidget | None) -> None:
        if option.editable:
            super().drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option, painter, widget)
            return
        self._draw_field(option, painter)
        part = PART.SC_ComboBoxArrow
        arrow = QRectF(self._part(QStyle.ComplexControl.CC_ComboBox, option, part, widget))
        c, is_on = self._colours(), option.state & STATE.State_Enabled
        _arrow(painter, arrow.center(), 1, QColor(c.muted if is_on else c.border))

    def _draw_field(self, option: QStyleOption, painter: QPainter) -> None:
        """A box that something is written in, framed as fields for text are."""
        c, state = self._colours(), option.state
        is_on, is_here = state & STATE.State_Enabled, state & STATE.State_MouseOver
        frame = (
            c.accent if is_on and state & STATE.State_HasFocus else c.muted if is_on and is_here else c.border
        )
        _box(painter, option.rect, QColor(c.base if is_on else c.window), QColor(frame))

    def _draw_button(self, option: QStyleOption, painter: QPainter) -> None:
        c, state = self._colours(), option.state
        is_on, is_down = state & STATE.State_Enabled, state & (STATE.State_Sunken | STATE.State_On)
        is_default = isinstance(option, QStyleOptionButton) and bool(
            option.features & QStyleOptionButton.ButtonFeature.DefaultButton
        )
        is_framed = is_on and (is_default or state & STATE.State_HasFocus)
        frame = c.accent if is_framed else c.muted if is_on and state & STATE.State_MouseOver else c.border
        back = c.border if is_down else c.raised if is_on else c.window
        _box(painter, option.rect, QColor(back), QColor(frame))

    def _draw_scroll_bar(self, option: QStyleOptionSlider, painter: QPainter, widget: QWidget | None) -> None:
        """A handle alone, on nothing: arrows at its ends were for mice without wheels."""
        c, bar = self._colours(), QStyle.ComplexControl.CC_ScrollBar
        painter.fillRect(option.rect, QColor(c.window))
        if option.minimum == option.maximum:
            return
        is_up = option.orientation == Qt.Orientation.Vertical
        handle = QRectF(self._part(bar, option, PART.SC_ScrollBarSlider, widget))
        handle.adjust(*((BESIDE, 1, -BESIDE, -1) if is_up else (1, BESIDE, -1, -BESIDE)))
        is_here = option.activeSubControls == PART.SC_ScrollBarSlider
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.muted if is_here else c.link))
        corner = min(handle.width(), handle.height()) / 2
        painter.drawRoundedRect(handle, corner, corner)
        painter.restore()
        for part, way in ((PART.SC_ScrollBarSubLine, -1), (PART.SC_ScrollBarAddLine, 1)):
            end = QRectF(self._part(bar, option, part, widget))
            ink = QColor(c.text if option.activeSubControls == part else c.muted)
            _arrow(painter, end.center(), way, ink, is_up)


def _box(painter: QPainter, around: QRect, back: QColor, frame: QColor) -> None:
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(frame, 1))
    painter.setBrush(back)
    painter.drawRoundedRect(QRectF(around).adjusted(0.5, 0.5, -0.5, -0.5), CORNER, CORNER)
    painter.restore()


def _arrow(painter: QPainter, at: QPointF, way: int, ink: QColor, is_up: bool = True) -> None:
    """A chevron that points down (1) or up (-1), or to the right and the left."""
    half, high = ARROW
    points = [(-half, -way * high / 2), (0.0, way * high / 2), (half, -way * high / 2)]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF([at + (QPointF(x, y) if is_up else QPointF(y, x)) for x, y in points]))
    painter.restore()
