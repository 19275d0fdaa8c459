"""A file that is dropped on the open assistant takes the place of the one that is looked at, and says so."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QLineEdit


def drop_on(widget, url):
    """The events that a drag of a file from elsewhere brings."""
    mime = QMimeData()
    mime.setUrls([url])
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(30, 30), copy, mime, left, none)
    QApplication.sendEvent(widget, enter)
    assert enter.isAccepted()
    QApplication.sendEvent(widget, QDropEvent(QPointF(30, 30), copy, mime, left, none))


@pytest.fixture
def write(tmp_path):
    def written(name, columns):
        path = tmp_path / name
        path.write_text(columns + "\n" + "".join(f"{i % 9},{i % 4},{i % 9 > 4}\n" for i in range(90)))
        return path

    return written


@pytest.fixture
def assistant(hands, window, write):
    window.files.new_from_data(write("first.csv", "length,width,size"), {"skip_rows": "1-2"})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    return dialog


def test_another_file_is_shown_and_becomes_the_project(hands, window, assistant, write):
    drop_on(assistant, QUrl.fromLocalFile(str(write("second.csv", "age,weight,ill"))))
    assert assistant.windowTitle() == "Your data: second.csv" and assistant.page.title.text() == "second.csv"
    assert (
        assistant.told.text()
        == "'second.csv' is shown now instead of 'first.csv', of which nothing was made."
    )
    # Nothing of the other file stays in sight, and nothing that was said of it holds.
    assert not assistant.page.veil.isVisible() and not assistant.network.isVisible()
    assert assistant.reference.options.keys() == {"path"}
    hands.wait(lambda: assistant.proposed is not None)
    assistant.confirm.click()
    hands.wait(lambda: window.runner.data is not None)
    assert window.runner.data.targets == ("ill",)


@pytest.mark.parametrize(
    ("name", "why"),
    [("net.nns", "is a project"), ("some.xyz", "neither a project"), ("first.csv", "the same one")],
)
def test_what_is_no_other_file_of_data_changes_nothing(assistant, tmp_path, name, why):
    path, proposed = tmp_path / name, assistant.proposed
    if not path.exists():
        path.write_text("?")
    drop_on(assistant, QUrl.fromLocalFile(str(path)))
    assert assistant.told.text().startswith("Still looking at 'first.csv'. ") and why in assistant.told.text()
    assert assistant.proposed is proposed and assistant.path.name == "first.csv"


def test_a_link_is_no_file(assistant):
    drop_on(assistant, QUrl("https://example.org/x.csv"))
    assert "Download it first" in assistant.told.text()


def test_no_setting_takes_the_path_of_a_file_for_a_value(assistant):
    assert not any(edit.acceptDrops() for edit in assistant.form.findChildren(QLineEdit))
