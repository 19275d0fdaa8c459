"""What a person changes is drawn flat in both themes, sharp at both scales, and no larger than before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QPushButton,
    QScrollBar,
    QSpinBox,
    QStyle,
    QStyleFactory,
    QStyleOptionSpinBox,
)

from nnstudio.ui.widgets.colours import DARK, LIGHT
from nnstudio.ui.widgets.flat_style import FlatStyle
from nnstudio.ui.widgets.theme import theme


def boxes():
    spin, choice, button, bar = QSpinBox(), QComboBox(), QPushButton("Estimate"), QScrollBar()
    spin.setRange(0, 9)
    choice.addItems(["Adam", "SGD"])
    bar.setRange(0, 100)
    bar.setPageStep(20)
    return {"spin": spin, "choice": choice, "button": button, "bar": bar}


def shown(widget, colours, scale=1) -> QImage:
    """A picture of a widget in a style with these colours."""
    style, palette = FlatStyle(lambda: colours), QPalette()
    for role, colour in ((QPalette.ColorRole.Base, colours.base), (QPalette.ColorRole.Text, colours.text)):
        palette.setColor(role, QColor(colour))
    widget.setPalette(palette)
    widget.setStyle(style)
    widget.setFixedSize(QSize(20, 160) if isinstance(widget, QScrollBar) else QSize(120, 26))
    picture = QImage(widget.size() * scale, QImage.Format.Format_ARGB32)
    picture.setDevicePixelRatio(scale)
    picture.fill(QColor(colours.window))
    painter = QPainter(picture)
    widget.render(painter, QPoint())
    painter.end()
    # The widget does not own it.
    widget.setStyle(None)
    return picture


def at(picture: QImage, x: int, y: int) -> str:
    scale = round(picture.devicePixelRatio())
    return picture.pixelColor(x * scale, y * scale).name()


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("scale", [1, 2])
def test_backs_are_of_one_colour_where_fusion_draws_a_slope(qtbot, colours, scale):
    for name, widget in boxes().items():
        qtbot.addWidget(widget)
        picture = shown(widget, colours, scale)
        if name == "bar":
            assert {at(picture, 3, y) for y in range(110, 140)} == {colours.window}
            assert at(picture, 10, 30) == colours.link, "the handle"
            continue
        back = colours.raised if name == "button" else colours.base
        # Left of what is written, and between the text and the arrows.
        assert {at(picture, 3, y) for y in range(4, 22)} == {back}, name
        assert {at(picture, 96, y) for y in range(4, 22)} == {back}, name
        assert at(picture, 60, 0) == colours.border or scale == 2, name


def test_an_arrow_that_leads_nowhere_is_pale(qtbot):
    def inks(spin):
        picture = shown(spin, LIGHT, 2)
        half = {True: [], False: []}
        for x in range(102, 118):
            for y in range(2, 24):
                half[y < 13].append(QColor(at(picture, x, y)).lightness())
        return min(half[True]), min(half[False])

    spin = boxes()["spin"]
    qtbot.addWidget(spin)
    spin.setValue(5)
    up, down = inks(spin)
    assert abs(up - down) < 25
    spin.setValue(9)
    at_end, still = inks(spin)
    assert at_end > up + 40 and abs(still - down) < 25


def test_parts_lie_where_fusion_has_them(qtbot):
    """So that no panel becomes wider, and no word is cut that was whole."""
    fusion, flat = QStyleFactory.create("Fusion"), FlatStyle(lambda: DARK)
    for widget in boxes().values():
        qtbot.addWidget(widget)
        hints = []
        for style in (fusion, flat):
            widget.setStyle(style)
            hints.append(widget.sizeHint())
            if isinstance(widget, QSpinBox):
                option = QStyleOptionSpinBox()
                widget.initStyleOption(option)
                box, part = QStyle.ComplexControl.CC_SpinBox, QStyle.SubControl.SC_SpinBoxEditField
                hints.append(style.subControlRect(box, option, part, widget).size())
            widget.setStyle(None)
        half = len(hints) // 2
        assert hints[:half] == hints[half:]


def test_the_window_is_drawn_in_it(qtbot, window):
    spin = next(s for s in window.findChildren(QSpinBox))
    spin.setFixedSize(120, 26)
    picture = spin.grab().toImage()
    backs = {QColor(picture.pixel(96, y)).name() for y in range(4, 22)}
    assert backs <= {theme.colours.base, theme.colours.window}


def test_a_style_that_the_application_lost_comes_back_with_the_theme(qtbot):
    application = QApplication.instance()
    application.setStyle("Fusion")
    theme.apply(application, dark=False)
    spin = QSpinBox()
    qtbot.addWidget(spin)
    spin.setFixedSize(120, 26)
    picture = spin.grab().toImage()
    assert {QColor(picture.pixel(3, y)).name() for y in range(4, 22)} == {theme.colours.base}
    assert len({QColor(picture.pixel(108, y)).name() for y in (3, 12, 23)}) == 1, "no bevel behind the arrows"
