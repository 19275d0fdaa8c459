"""A window whose disk is full: training goes on, what fails is said, and is written once there is room."""

from __future__ import annotations

from contextlib import contextmanager

import pytest

from nnstudio.training.messages import Phase

resource = pytest.importorskip("resource", reason="Windows has no limits on the size of files")


@contextmanager
def full_disk():
    """No file may grow beyond 10 bytes; undone before anybody reports how the test went."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_training_goes_on_and_what_failed_is_made_good(hands, window, tmp_path, caplog):
    path, copy = tmp_path / "a.nns", window.keeper.autosave.path
    message, said = window.panels.message, []
    window.keeper.said.connect(said.append)
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", 1_000_000)
    assert hands.save(path)
    before = path.read_bytes()
    window.runner.orders.train()
    hands.wait(lambda: window.workspace.project.was_trained)
    window.keeper.autosave.wait()
    with full_disk():
        steps = window.runner.snapshot.steps
        assert not hands.save(path)
        assert "cannot be written: files of that size" in message.text() and "unchanged" in message.text()
        assert not hands.export(tmp_path / "a.npz") and "cannot be written" in message.text()
        assert not window.exports.figure_to(tmp_path / "a.svg") and "cannot be written" in message.text()
        window.keeper.keep_copy()
        hands.wait(lambda: bool(window.keeper.autosave.problem))
        window.keeper.keep_training()
        assert "No recovery copy can be written" in said[-1]
        hands.wait(lambda: window.runner.snapshot.steps > steps + 100)
        assert path.read_bytes() == before and list(tmp_path.glob("a.*")) == [path]
    window.keeper.keep_training()
    hands.wait(lambda: copy.exists() and not window.keeper.autosave.problem)
    assert "No recovery copy" in caplog.text
    caplog.clear()
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    assert hands.save(path) and path.read_bytes() != before
