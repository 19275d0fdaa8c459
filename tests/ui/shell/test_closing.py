"""However a window is closed, and whatever goes on meanwhile, it ends once and leaves nothing running."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMessageBox

from nnstudio.data import progress
from nnstudio.doctor import probe as doctor_probe
from nnstudio.explain.attacks import Attack
from nnstudio.explain.fooling import FoolingProbe
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.training.beside import Beside
from nnstudio.training.evaluation import Past
from nnstudio.training.messages import Phase
from nnstudio.ui.project import exports, opening, recorder
from nnstudio.ui.run import data_loader


@pytest.fixture
def shows_views() -> bool:
    return False


class Gate:
    """Holds a function up: it began, and it may go on."""

    def __init__(self, monkeypatch) -> None:
        self._monkeypatch = monkeypatch
        self.began, self.goes_on = threading.Event(), threading.Event()

    def hold(self, owner, name: str) -> None:
        held = getattr(owner, name)

        def wait(*arguments, **options):
            self.began.set()
            assert self.goes_on.wait(60)
            return held(*arguments, **options)

        self._monkeypatch.setattr(owner, name, wait)


@pytest.fixture
def gate(monkeypatch):
    gate = Gate(monkeypatch)
    yield gate
    gate.goes_on.set()


def threads_of(window) -> list[threading.Thread]:
    runner = window.runner
    return [runner.worker._thread, *runner.inquiries._files._threads, *window.runs.library._pool._threads]


def has_ended(window) -> bool:
    return not any(thread.is_alive() for thread in threads_of(window))


@pytest.fixture
def saving(hands, window, gate, tmp_path):
    """A project whose file is being written."""
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 77)
    gate.hold(opening, "write")
    path = tmp_path / "x.nns"
    window.files.save_to(path)
    hands.wait(gate.began.is_set)
    return path


def test_what_is_being_written_is_waited_for_and_then_the_window_closes_by_itself(
    hands, window, gate, saving
):
    assert not window.close() and window.isVisible() and not has_ended(window)
    gate.goes_on.set()
    hands.wait(lambda: not window.isVisible())
    hands.wait(lambda: has_ended(window))
    assert Project.open(saving).document.settings.epochs == 77


def test_a_test_may_end_while_a_file_is_written(window, gate, saving):
    gate.goes_on.set()
    # The window does not look at it before this has ended.
    window.runner._timer.start(500)


def test_a_state_that_is_asked_for_is_waited_for_before_it_is_written(hands, window, tmp_path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 77)
    goes_on = threading.Event()
    window.runner.worker.ask(lambda: goes_on.wait(60))
    window.files.save_to(tmp_path / "x.nns")
    assert not window.close()
    goes_on.set()
    hands.wait(lambda: not window.isVisible())
    hands.wait(lambda: has_ended(window))
    assert Project.open(tmp_path / "x.nns").document.settings.epochs == 77


class Questions:
    """A person who cancels, after a while; a question has an event loop of its own."""

    def __init__(self, monkeypatch) -> None:
        self._open, self.at_once = 0, []
        monkeypatch.setattr(QMessageBox, "exec", lambda _box: self._ask())

    def _ask(self) -> QMessageBox.StandardButton:
        self._open += 1
        self.at_once.append(self._open)
        for _ in range(3):
            QCoreApplication.processEvents()
        self._open -= 1
        return QMessageBox.StandardButton.Cancel


@pytest.fixture
def questions(monkeypatch) -> Questions:
    return Questions(monkeypatch)


def test_one_question_at_a_time_where_it_was_edited_while_it_was_saved(
    hands, window, gate, saving, questions
):
    gate.goes_on.set()
    hands.wait(lambda: not window.files.is_saving)
    gate.goes_on.clear()
    gate.began.clear()
    # As for a person who opened another project and answered Save.
    window.files.save_to(saving, lambda: window.files.leave(window.show_start))
    hands.wait(gate.began.is_set)
    window.editor.change_setting("epochs", 78)
    assert not window.close()
    gate.goes_on.set()
    hands.wait(lambda: bool(questions.at_once))
    QCoreApplication.processEvents()
    assert questions.at_once == [1] and window.isVisible()


def test_one_question_at_a_time_where_another_program_changed_the_file(
    hands, window, gate, saving, questions
):
    gate.goes_on.set()
    hands.wait(lambda: not window.files.is_saving)
    gate.goes_on.clear()
    gate.began.clear()
    saving.write_bytes(saving.read_bytes() + b" ")
    window.editor.change_setting("epochs", 78)
    window.files.save_to(saving)
    hands.wait(gate.began.is_set)
    assert not window.close()
    gate.goes_on.set()
    hands.wait(lambda: len(questions.at_once) == 2)
    assert questions.at_once == [1, 1] and window.isVisible(), "of the file, then of the changes"


def test_a_save_that_failed_asks_before_the_window_closes(hands, window, tmp_path, monkeypatch):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 77)
    began, goes_on, asked = threading.Event(), threading.Event(), []

    def write(*_content):
        began.set()
        goes_on.wait(60)
        raise FileError("The disk is full.")

    def exec_(box):
        asked.append(box.text())
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(opening, "write", write)
    monkeypatch.setattr(QMessageBox, "exec", exec_)
    window.files.save_to(tmp_path / "x.nns")
    hands.wait(began.is_set)
    assert not window.close() and not asked
    goes_on.set()
    hands.wait(lambda: bool(asked))
    assert window.isVisible() and not has_ended(window)


CLOSED = [
    ("learning", "leave"), ("layouts", "save"), ("presenter", "stop"), ("runs", "close"), ("keeper", "close"),
]  # fmt: skip


@pytest.mark.parametrize(("owner", "name"), CLOSED)
def test_a_part_that_cannot_be_closed_is_told_and_all_others_are_closed(
    window, hands, monkeypatch, qtbot, owner, name
):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    close = getattr(getattr(window, owner), name)

    def fail(*_arguments, **options):
        close(*_arguments, **options)
        raise OSError("no room")

    monkeypatch.setattr(getattr(window, owner), name, fail)
    with qtbot.captureExceptions() as errors:
        window.close()
    assert [str(error) for _kind, error, _trace in errors] == ["no room"]
    assert not window.isVisible()
    hands.wait(lambda: has_ended(window))


def test_a_window_that_cannot_ask_stays_open(window, hands, monkeypatch, qtbot):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    with monkeypatch.context() as patched, qtbot.captureExceptions() as errors:
        patched.setattr(window.sweeps, "may_close", lambda: 1 / 0)
        assert not window.close()
    assert len(errors) == 1 and window.isVisible() and not has_ended(window)


def test_what_nobody_will_hear_of_is_not_computed_before_the_end(window, hands):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    worker, began, goes_on, computed = window.runner.worker, threading.Event(), threading.Event(), []

    def long() -> None:
        began.set()
        goes_on.wait(60)

    worker.ask(long)
    later = [worker.ask(lambda: computed.append(True)) for _ in range(3)]
    assert began.wait(60)
    join = worker._thread.join
    worker._thread.join = lambda timeout: (goes_on.set(), join(timeout))
    assert window.close()
    late = worker.ask(lambda: computed.append(True))
    assert computed == [] and all(future.cancelled() for future in (*later, late)), "who waits is let go"


def test_orders_that_came_before_are_still_obeyed(window, hands):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    worker, goes_on = window.runner.worker, threading.Event()
    worker.ask(lambda: goes_on.wait(60))
    worker.step()
    join = worker._thread.join
    worker._thread.join = lambda timeout: (goes_on.set(), join(timeout))
    assert window.close() and worker.snapshot().steps == 1


def test_data_that_is_still_read_is_given_up(window, hands, monkeypatch):
    began, goes_on, read = threading.Event(), threading.Event(), []

    def load(*_arguments):
        began.set()
        goes_on.wait(60)
        progress.tell(0.5)
        read.append(True)
        return None, ""

    monkeypatch.setattr(data_loader, "_load", load)
    window.files.open_example("xor")
    assert began.wait(60)
    (reader,) = [thread for thread in threading.enumerate() if thread.name == "nnstudio-data"]
    assert window.close()
    goes_on.set()
    reader.join(60)
    assert read == []


def trains(hands, window) -> None:
    hands.train("xor", 3)


def exporting(hands, window, gate, path):
    trains(hands, window)
    gate.hold(exports, "export")
    window.exports.export_to(path / "x.json")


def keeping_a_copy(hands, window, gate, path):
    trains(hands, window)
    window.keeper.autosave.wait()
    gate.hold(projectfile, "packed")
    window.workspace.note_trained()
    window.keeper.keep_copy()


def going_back_in_time(hands, window, gate, path):
    trains(hands, window)
    gate.hold(Past, "go")
    window.runner.orders.travel(window.runner.snapshot.kept.steps[0])


def examining(hands, window, gate, path):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    gate.hold(doctor_probe, "examine")
    window.presenter.doctor.consultation.look_closer()


def reading_another(hands, window, gate, path):
    trains(hands, window)
    assert hands.save(path / "x.nns")
    gate.hold(Project, "open")
    window.files.open(path / "x.nns")


def picturing(hands, window, gate, path):
    trains(hands, window)
    gate.hold(recorder, "_with_few_colours")
    window.exports.record_to(path / "x.gif")


def writing_pictures(hands, window, gate, path):
    trains(hands, window)
    gate.hold(recorder, "write_atomically")
    window.exports.record_to(path / "x.gif")


def working_beside(hands, window, gate, path):
    """As folds, two networks side by side and the check of a lesson do."""
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    gate.hold(Beside, "advance")
    window.runner.worker.work_beside(Beside(iter([1, 2, 3])))


def measuring_robustness(hands, window, gate, path):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    gate.hold(Attack, "succeeds")
    window.runner.set_probe("fooling", FoolingProbe("robustness", 0.1))


WORK = [
    exporting, keeping_a_copy, going_back_in_time, examining, reading_another, picturing, writing_pictures,
    working_beside, measuring_robustness,
]  # fmt: skip


@pytest.mark.parametrize("begin", WORK, ids=lambda work: work.__name__)
def test_work_that_goes_on_ends_with_the_window(hands, window, gate, tmp_path, monkeypatch, begin):
    begin(hands, window, gate, tmp_path)
    hands.wait(gate.began.is_set)
    # Nothing is asked.
    window.workspace.project.saved = window.workspace.project.moment()
    running = [t for t in threading.enumerate() if t.name.startswith("nnstudio")]
    join = threading.Thread.join

    def joined(thread, timeout=None):
        # Whoever waits for it: it is in the middle of its work until then.
        gate.goes_on.set()
        join(thread, timeout)

    monkeypatch.setattr(threading.Thread, "join", joined)
    assert window.close() and not window.isVisible()
    gate.goes_on.set()
    for thread in running:
        join(thread, 60)
    assert not [thread.name for thread in running if thread.is_alive()]
