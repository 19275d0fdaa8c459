"""Sampled text: the network writes on as the probe says, by itself or once, and can be stopped."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider

from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.generated_text import TextProbe
from nnstudio.training.messages import Phase
from nnstudio.ui.live.text_writer import LINES, TextWriter


@pytest.fixture
def writer(hands, window, tmp_path):
    """The view of a network on a text of 6 characters at once."""
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(60)))
    window.files.new_from_data(path, {"window": 6, "samples": 300})
    hands.assistant().confirm.click()
    hands.wait_phase(Phase.READY)
    window.docks["sampled_text"].raise_()
    view = window.live.views["sampled_text"]
    hands.wait(view.writer.isVisible)
    return view.writer


def shown(writer) -> str:
    return writer.text.toPlainText()


def is_whole(hands, writer) -> None:
    """Wait until the text is that of the weights as they are."""
    steps = hands.window.runner.snapshot
    hands.wait(lambda: writer._result is not None and writer._result.is_whole)
    hands.wait(lambda: writer.step == (steps.shown if steps.shown is not None else steps.steps))
    hands.wait(lambda: writer._result.is_whole)


def expected(hands, writer, text: str, **how) -> tuple[str, np.ndarray]:
    """What the probe writes from the network as it is."""

    def work(session):
        begun = Vocabulary.of(session.data).begin(text, 6)
        *_, last = TextProbe(begun.window, begun.given, **how).run(session)
        return last.text, last.shares

    return hands.compute(work)


def test_it_begins_with_a_sample_and_writes_what_the_probe_writes(hands, window, writer):
    data = window.runner.data
    start = Vocabulary.of(data).text_of(map(int, data.part(data.watched)[0][0]))
    assert writer.start.toPlainText() == start
    is_whole(hands, writer)
    text, shares = expected(hands, writer, start)
    assert shown(writer) == start + text
    bars = writer.probabilities._prediction
    assert bars.values[0] == pytest.approx(shares.max()) and (np.diff(bars.values) <= 0).all()
    assert bars.names[0] == data.classes[int(shares.argmax())]
    mark = window.live.views["sampled_text"].mark
    hands.wait(lambda: mark.text().startswith("step 0 · took "))


def test_it_has_the_whole_view(hands, window, writer):
    """What is said where there is no text takes no room beside it."""
    view = window.live.views["sampled_text"]
    hands.wait(lambda: writer.geometry() == view.contentsRect().marginsRemoved(view.rows.contentsMargins()))


def test_fields_decide_the_text_and_what_is_not_known_is_named(hands, writer):
    is_whole(hands, writer)
    writer.start.setPlainText("grüne bottle")
    writer.temperature.selectAll()
    QTest.keyClicks(writer.temperature, "0.4")
    QTest.keyClick(writer.temperature, Qt.Key.Key_Return)
    for field, value in ((writer.top_k, 5), (writer.length, 40), (writer.seed, 9)):
        field.setValue(value)
    assert "Left out, as not in the text learned from: 'ü'" in writer.note.text()
    how = {"length": 40, "temperature": 0.4, "top_k": 5, "seed": 9}
    text, _ = expected(hands, writer, "grne bottle", **how)
    hands.wait(lambda: shown(writer) == "grne bottle" + text)
    writer.start.setPlainText("on")
    hands.wait(lambda: "'line end' is read 4 times before it" in writer.note.text())


def test_the_text_follows_the_weights_and_the_timeline(hands, window, writer):
    is_whole(hands, writer)
    before = shown(writer)
    window.runner.orders.step()
    hands.wait(lambda: writer.step == 1 and writer._result.is_whole)
    text, _ = expected(hands, writer, writer.start.toPlainText())
    assert shown(writer) == writer.start.toPlainText() + text
    after = shown(writer)
    window.runner.orders.travel(0)
    hands.wait(lambda: writer.step == 0 and writer._result.is_whole)
    assert shown(writer) == before
    window.runner.orders.travel(None)
    hands.wait(lambda: writer.step == 1 and writer._result.is_whole)
    assert shown(writer) == after


def test_a_long_beginning_leaves_the_new_text_in_sight_until_a_person_scrolls(hands, window, writer):
    is_whole(hands, writer)
    beginning = "1 green bottles hanging on the wall.\n" * 30
    writer.start.setPlainText(beginning)
    hands.wait(lambda: shown(writer).startswith(beginning))
    is_whole(hands, writer)
    bar, cursor = writer.text.verticalScrollBar(), writer.text.textCursor()
    cursor.setPosition(len(beginning))
    new = writer.text.cursorRect(cursor)
    assert writer.text.viewport().rect().contains(new) and new.top() <= new.height()
    bar.triggerAction(QAbstractSlider.SliderAction.SliderToMinimum)
    window.runner.orders.step()
    hands.wait(lambda: writer.step == 1 and writer._result.is_whole)
    assert bar.value() == 0


def test_once_it_is_written_and_then_says_of_which_step_it_is(hands, window, writer):
    view = window.live.views["sampled_text"]
    is_whole(hands, writer)
    assert writer.write_button.text() == "Stop"
    writer.write_button.click()
    assert not writer.live.isChecked() and writer.write_button.text() == "Write" and view.probe() is None
    written = shown(writer)
    window.runner.orders.step()
    hands.wait(lambda: view.mark.text().startswith("step 0 · "))
    hands.wait(lambda: bool(view.veil.text()))
    assert shown(writer) == written
    writer.seed.setValue(3)
    assert "press Write" in writer.note.text() and view.probe() is None
    writer.write_button.click()
    hands.wait(lambda: writer.step == 1 and writer._result.is_whole)
    assert writer.write_button.text() == "Write" and "press Write" not in writer.note.text()
    text, _ = expected(hands, writer, writer.start.toPlainText(), seed=3)
    assert shown(writer) == writer.start.toPlainText() + text and view.probe() is None


def test_a_long_text_grows_and_is_stopped(hands, window, writer):
    is_whole(hands, writer)
    writer.length.setValue(writer.length.maximum())
    hands.wait(lambda: 0 < len(writer._result.numbers) < 5000 and writer._result.asked.length == 5000)
    writer.write_button.click()
    count, text = len(writer._result.numbers), shown(writer)
    assert 0 < count < 5000 and writer.status.toolTip() == f"{count:,} of 5,000 characters, stopped"
    # The worker has nothing to write any more: what it had to say by now was for a text that nobody wants.
    hands.compute(lambda session: None)
    for _ in range(3):
        window.live.scheduler.tick()
    assert shown(writer) == text


def test_training_goes_on_while_it_writes(hands, window, writer):
    writer.length.setValue(5000)
    window.editor.change_setting("epochs", 3)
    window.panels.run_bar.speed.setCurrentIndex(1)
    window.runner.orders.train()
    hands.wait_phase(Phase.FINISHED)
    writer.length.setValue(30)
    is_whole(hands, writer)
    text, _ = expected(hands, writer, writer.start.toPlainText(), length=30)
    assert shown(writer) == writer.start.toPlainText() + text


def test_what_was_written_before_stays_grey_until_it_is_written_over(hands, writer):
    is_whole(hands, writer)
    whole, start = writer._result, writer.start.toPlainText()
    piece = type(whole)(whole.step + 1, whole.asked, whole.numbers[:3], "abc", whole.shares)
    writer.show_result(piece)
    assert shown(writer) == start + "abc" + whole.text[3:]
    assert writer.status.toolTip() == "3 of 200 characters, then older"
    writer.show_result(type(whole)(whole.step + 1, whole.asked, whole.numbers[:4], "abcd", whole.shares))
    assert shown(writer) == start + "abcd" + whole.text[4:]
    writer.show_result(type(whole)(whole.step + 2, whole.asked, whole.numbers[:1], "x", whole.shares))
    assert shown(writer) == start + "xbcd"
    end = type(whole)(whole.step + 2, whole.asked, whole.numbers, "xyzuv", whole.shares)
    writer.show_result(end)
    assert shown(writer) == start + "xyzuv"


def test_a_network_without_numbers_says_so(hands, writer):
    is_whole(hands, writer)
    hands.compute(lambda session: session.parameters.fill(np.nan))
    writer.seed.setValue(2)
    hands.wait(lambda: "no numbers" in writer.note.text())
    assert writer.probabilities._prediction is None and shown(writer) == writer.start.toPlainText()


def test_a_sample_begins_the_text_and_is_looked_at_in_the_activations(hands, window, writer):
    first = writer.start.toPlainText()
    writer.sample_button.click()
    assert writer.start.toPlainText() != first
    activations = window.live.views["activations"]
    data = window.runner.data
    hands.wait(lambda: activations._last is not None and activations._last.sample == -1)
    np.testing.assert_array_equal(activations._last.source, data.part(data.watched)[0][1])


def test_other_data_takes_the_text_away(hands, window, writer):
    is_whole(hands, writer)
    window.files.open_example("iris")
    hands.wait(lambda: window.runner.data is not None and window.runner.data.text is None)
    assert not window.docks.is_seen("sampled_text")


def test_what_was_written_is_a_table_with_its_probabilities(hands, window, writer):
    writer.length.setValue(12)
    is_whole(hands, writer)
    rows = list(csv.DictReader(io.StringIO(window.live.views["sampled_text"].csv_text())))
    spoken = {"space": " ", "line end": "\n"}
    assert "".join(spoken.get(row["token"], row["token"]) for row in rows) == writer._result.text
    assert [int(row["number"]) for row in rows] == list(range(1, 13))
    assert all(0 < float(row["probability"]) <= 1 for row in rows)


def test_the_two_texts_have_names_and_the_probabilities_say_behind_which_they_are(hands, writer):
    for caption, box in zip(writer.captions, (writer.start, writer.text), strict=True):
        assert caption.isVisible() and caption.buddy() is box
    assert [caption.text() for caption in writer.captions] == ["Beginning", "Written"]
    assert writer.heading.text() == "Next character after 'Written'"


def test_the_beginning_shows_two_lines_without_scrolling(qtbot):
    writer = TextWriter()
    qtbot.addWidget(writer)
    writer.start.setPlainText("one\ntwo")
    writer.show()
    assert writer.start.viewport().height() // writer.start.cursorRect().height() == LINES
    assert writer.start.verticalScrollBar().maximum() == 0
