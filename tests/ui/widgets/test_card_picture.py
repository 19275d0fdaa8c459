"""Pictures on cards are worked out once they are seen, one after the other, elsewhere than in the window."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.ui.widgets.card_picture import CardPictures


class Plain:
    """A drawing in one colour that counts how often it is drawn."""

    def __init__(self) -> None:
        self.times = 0

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        self.times += 1
        picture = QPixmap(size * scale)
        picture.setDevicePixelRatio(scale)
        picture.fill(QColor("#123456"))
        return picture


class Elsewhere:
    """Keeps what is to be worked out until a test says so."""

    def __init__(self) -> None:
        self.asked = []

    def __call__(self, work, then, failed) -> None:
        self.asked.append((work, then, failed))

    def answer(self) -> None:
        work, then, failed = self.asked.pop(0)
        try:
            result = work()
        except OSError as error:
            failed(error)
        else:
            then(result)


@pytest.fixture
def page(qtbot):
    page = QWidget()
    qtbot.addWidget(page)
    QVBoxLayout(page)
    return page


def seen(qtbot, page, *pictures) -> None:
    for picture in pictures:
        page.layout().addWidget(picture)
    page.show()
    page.grab()


def colour(picture) -> str:
    return picture.grab().toImage().pixelColor(20, 20).name()


def test_nothing_is_worked_out_before_it_is_seen_or_before_somebody_says_how(qtbot, page):
    drawing, elsewhere, pictures = Plain(), Elsewhere(), CardPictures(page)
    picture, hidden = pictures.of(lambda: drawing), pictures.of(Plain)
    seen(qtbot, page, picture)
    hidden.setParent(page)
    hidden.hide()
    assert picture.drawing is None
    pictures.begin(elsewhere)
    assert len(elsewhere.asked) == 1, "the one in sight alone"
    elsewhere.answer()
    assert colour(picture) == "#123456" and not elsewhere.asked
    page.grab()
    assert drawing.times == 1, "drawn once for a theme and a screen"


def test_one_after_the_other_and_one_that_cannot_be_read_holds_nobody_up(qtbot, page):
    elsewhere, pictures = Elsewhere(), CardPictures(page)
    pictures.begin(elsewhere)

    def broken():
        raise OSError("gone")

    first, second = pictures.of(broken), pictures.of(Plain)
    seen(qtbot, page, first, second)
    assert len(elsewhere.asked) == 1
    elsewhere.answer()
    assert len(elsewhere.asked) == 1
    elsewhere.answer()
    assert first.drawing is None and colour(second) == "#123456"


def test_a_card_that_went_meanwhile_is_passed_over(qtbot, page):
    elsewhere, pictures = Elsewhere(), CardPictures(page)
    pictures.begin(elsewhere)
    first, second, third = (pictures.of(Plain) for _ in range(3))
    seen(qtbot, page, first, second, third)
    for gone in (first, second):
        page.layout().removeWidget(gone)
    import shiboken6

    shiboken6.delete(first)
    shiboken6.delete(second)
    elsewhere.answer()
    elsewhere.answer()
    assert colour(third) == "#123456" and not elsewhere.asked
