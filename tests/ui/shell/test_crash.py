"""Errors that nobody expected are written down, told once, and cost no work."""

from __future__ import annotations

import logging
import sys
import threading

import pytest
from PySide6.QtWidgets import QApplication, QMessageBox

from nnstudio.ui.shell.crash import OLD_NAME, Reporter, log_file


@pytest.fixture
def kept() -> list[str]:
    return []


@pytest.fixture
def reporter(qtbot, window, kept):
    reporter = Reporter()
    reporter.install()
    reporter.attach(window, lambda: kept.append("work"))
    yield reporter
    reporter.close()
    for box in boxes(window):
        box.close()


def boxes(window) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def fail(text: str) -> None:
    """What the interpreter does with an error that nobody catches."""
    try:
        raise IndexError(text)
    except IndexError:
        sys.excepthook(*sys.exc_info())


def test_an_error_is_told_with_its_log_file_and_the_work_is_kept_first(hands, window, reporter, kept, caplog):
    fail("<b>nowhere</b>")
    hands.wait(lambda: len(boxes(window)) == 1)
    (box,) = boxes(window)
    assert kept == ["work"] and "<b>nowhere</b>" in box.informativeText()
    assert str(log_file()) in box.informativeText() and "Traceback" in box.detailedText()
    assert "IndexError: <b>nowhere</b>" in log_file().read_text("utf-8")
    (copy,) = [button for button in box.buttons() if "Copy details" in button.text().replace("&", "")]
    copy.click()
    assert "Traceback" in QApplication.clipboard().text() and box.isVisible()
    caplog.clear()  # logged on purpose


def test_a_storm_of_errors_is_one_dialog_that_counts(hands, window, reporter, kept, caplog):
    for _ in range(20):
        fail("again")
    hands.wait(lambda: bool(boxes(window)) and "20 times" in boxes(window)[0].informativeText())
    assert len(boxes(window)) == 1 and kept == ["work"]
    boxes(window)[0].close()
    fail("again")
    QApplication.processEvents()
    assert not boxes(window), "what was told is not told again"
    caplog.clear()


def test_an_error_of_a_thread_is_told_too(hands, window, reporter, caplog):
    thread = threading.Thread(target=lambda: [][1])
    thread.start()
    thread.join()
    hands.wait(lambda: len(boxes(window)) == 1)
    assert "IndexError" in boxes(window)[0].informativeText()
    caplog.clear()


def test_the_log_of_the_session_before_stays(qtbot, window, caplog):
    for text in ("first", "second"):
        reporter = Reporter()
        reporter.install()
        logging.getLogger("test").error(text)
        reporter.close()
    caplog.clear()
    assert "second" in log_file().read_text("utf-8")
    assert "first" in log_file().with_name(OLD_NAME).read_text("utf-8")


def test_the_work_is_kept_before_every_new_error(hands, window, reporter, kept, caplog):
    for text in ("one", "two"):
        fail(text)
        hands.wait(lambda: bool(boxes(window)))
        boxes(window)[0].close()
    assert kept == ["work", "work"]
    caplog.clear()


def test_all_errors_can_be_copied(hands, window, reporter, caplog):
    for text in ("one", "two"):
        fail(text)
    hands.wait(lambda: bool(boxes(window)) and "two" in boxes(window)[0].detailedText())
    (box,) = boxes(window)
    (copy,) = [button for button in box.buttons() if "Copy details" in button.text().replace("&", "")]
    copy.click()
    assert "IndexError: one" in QApplication.clipboard().text()
    assert "IndexError: two" in QApplication.clipboard().text()
    caplog.clear()


def test_an_error_before_there_is_a_window_is_told(qtbot, caplog):
    reporter = Reporter()
    reporter.install()
    fail("early")
    qtbot.waitUntil(lambda: reporter._box is not None)
    assert "early" in reporter._box.informativeText() and "early" in log_file().read_text("utf-8")
    reporter._box.close()
    reporter.close()
    caplog.clear()
