"""What could not be loaded is named above the canvas, and the rest of the window works."""

from __future__ import annotations

import pytest

from nnstudio.ui.live.view import LiveView, ViewFactory, live_views
from nnstudio.ui.panels.skipped_bar import SkippedBar
from nnstudio.ui.shell.main_window import MainWindow


class Gloomy(LiveView):
    """Cannot be made."""

    id, title, help, order = "gloomy", "Gloomy", "Fails.", 95

    def __init__(self) -> None:
        super().__init__()
        raise RuntimeError("the card is gone")


class Extra(LiveView):
    """One more panel in the row."""

    id, title, help, order = "extra", "Extra", "Empty.", 96


@pytest.fixture
def more_views(monkeypatch):
    """The views there are, and these two."""
    live_views.load()
    more = {view.id: ViewFactory(view) for view in (Gloomy, Extra)}
    monkeypatch.setattr(live_views, "_entries", {**live_views._entries, **more})
    monkeypatch.setattr(live_views, "broken", {})


def test_a_view_that_cannot_be_made_is_named_and_the_others_stand(more_views, window_with, caplog):
    window = window_with()
    assert window.live.views.get("gloomy") is None and {"extra", "loss_curve"} <= set(window.live.views)
    assert "gloomy" not in window.live.views
    assert window.panels.skipped.isVisible() and "the card is gone" in window.panels.skipped.text.text()
    window.panels.skipped.dismiss.click()
    assert not window.panels.skipped.isVisible()
    caplog.clear()


@pytest.fixture
def window_with(qtbot, tmp_path, more_views):
    from PySide6.QtCore import QSettings

    def make() -> MainWindow:
        window = MainWindow(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
        qtbot.addWidget(window)
        window.show()
        return window

    return make


def test_without_anything_skipped_there_is_no_bar(qtbot, monkeypatch):
    monkeypatch.setattr(live_views, "broken", {})
    bar = SkippedBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
