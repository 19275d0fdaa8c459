"""What was written stands above the canvas, with a way to its folder."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

from nnstudio.ui.panels.written_bar import WrittenBar


def test_it_says_what_was_written_and_opens_its_folder(qtbot, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    bar = WrittenBar()
    qtbot.addWidget(bar)
    assert bar.isHidden()
    bar.say("Recorded a.gif.", tmp_path / "a.gif")
    assert not bar.isHidden() and bar.text.text() == "Recorded a.gif."
    bar.folder.click()
    # An export into a folder leads to that itself.
    bar.say("Exported.", tmp_path)
    bar.folder.click()
    assert opened == 2 * [QUrl.fromLocalFile(str(tmp_path))]
    bar.dismiss.click()
    assert bar.isHidden()
