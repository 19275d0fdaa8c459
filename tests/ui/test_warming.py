"""The first start ever: operators are compiled in a child process, and a failing child costs nothing."""

from __future__ import annotations

import sys

import pytest

from nnkernels import warm


@pytest.mark.parametrize("interpreter", [sys.executable, "/no/such/python"], ids=["fails", "never starts"])
def test_a_warm_up_that_fails_is_not_called_done_and_training_still_works(
    hands, window, monkeypatch, tmp_path, interpreter
):
    marked = tmp_path / "complete"
    monkeypatch.setattr(warm, "is_warm", marked.exists)
    monkeypatch.setattr(sys, "executable", interpreter)
    # The child finds no such package in an empty folder, and fails.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "nnkernels.py").write_text("raise SystemExit(3)")
    told = []
    window.runner.warming.connect(lambda done, total: told.append((done, total)))
    window.files.open_example("xor")
    hands.wait_phase("ready")
    assert told[0] == (0, 1) and told[-1] == (1, 1)
    assert not warm.is_warm() and not window.progress.isVisible()
    window.runner.train()
    hands.wait(lambda: len(window.runner.rows) > 2)
