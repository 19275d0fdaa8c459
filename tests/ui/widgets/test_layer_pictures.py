"""Pictures of layers in lists."""

from __future__ import annotations

from PySide6.QtGui import QColor, QIcon

from nnstudio.ui.widgets.layer_pictures import ICON, picture
from nnstudio.ui.widgets.theme import theme


def test_the_picture_of_a_selected_row_differs_from_its_background(qapp):
    icon = picture("dense", "Layers")
    image = icon.pixmap(ICON, QIcon.Mode.Selected).toImage()
    colours = {
        image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())
        if image.pixelColor(x, y).alpha() == 255
    }  # fmt: skip
    assert QColor(theme.colours.on_accent).name() in colours
    assert QColor(theme.colours.accent).name() not in colours
