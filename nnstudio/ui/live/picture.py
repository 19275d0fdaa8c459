"""A live view as a picture for a report, copied or saved as a file, and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.ui.live.requests import WriteFile
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.widgets import picture_button


class PictureButton(picture_button.PictureButton):
    """The button of a view, which may not be made yet."""

    def __init__(self, view: Callable[[], LiveView | None]) -> None:
        """``view`` tells which one it is about now."""
        super().__init__(lambda: savable(view()))


def savable(view: LiveView | None) -> picture_button.Savable | None:
    """What can be saved of a view; it asks for what is written."""
    if view is None:
        return None
    return picture_button.Savable(
        view, view.title, view.csv_text,
        lambda path, content: view.requested.emit(WriteFile(path, lambda: content)), view.frames,
    )  # fmt: skip
