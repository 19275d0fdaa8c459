"""The first start ever: operators are compiled in a child process, and a failing child costs nothing."""

from __future__ import annotations

import sys

import pytest

from nnkernels import warm
from nnstudio.training.messages import Phase


@pytest.mark.parametrize("interpreter", [sys.executable, "/no/such/python"], ids=["fails", "never starts"])
def test_a_warm_up_that_fails_is_not_called_done_and_training_still_works(
    hands, window, monkeypatch, tmp_path, interpreter
):
    marked = tmp_path / "complete"
    monkeypatch.setattr(warm, "is_warm", marked.exists)
    monkeypatch.setattr(warm, "uncompiled", sorted)
    monkeypatch.setattr(sys, "executable", interpreter)
    # The child finds no such package in an empty folder, and fails.
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "nnkernels.py").write_text("raise SystemExit(3)")
    monkeypatch.setattr(warm, "problem", lambda: "Compiled operators cannot be kept.")
    told = []
    window.runner.planner.warming.connect(lambda done, total: told.append((done, total)))
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert told[0] == (0, 1) and told[-1] == (1, 1)
    assert "cannot be kept" in window.panels.message.text()
    assert not warm.is_warm() and not window.panels.status.progress.isVisible()
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 2)


def test_what_the_network_needs_is_compiled_first_and_training_waits_for_no_more(
    hands, window, monkeypatch, tmp_path
):
    # An own cache, into which a child "compiles" by leaving files, one by one, and never ends.
    compiled = tmp_path / "compiled"
    compiled.mkdir()
    monkeypatch.setattr(warm, "is_warm", lambda: False)
    monkeypatch.setattr(
        warm, "uncompiled", lambda names: sorted(n for n in names if not (compiled / n).exists())
    )
    package = tmp_path / "nnkernels"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "warm.py").write_text(
        "import pathlib, sys, threading\n"
        f"folder = pathlib.Path({str(compiled)!r})\n"
        "for done, name in enumerate(sys.argv[1:], 1):\n"
        "    (folder / name).touch()\n"
        "    print(f'{done}/999 {name}', flush=True)\n"
        "threading.Event().wait()\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    names = {path.name for path in compiled.iterdir()}
    assert {f"nnkernels.{name}" for name in ("machine._run", "layers.dense.small_forward")} <= names
    assert not any("convolution" in name for name in names)
    assert window.panels.status.progress.isVisible(), "the rest goes on being compiled"
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 2)


@pytest.mark.parametrize("order", ["train", "step"])
def test_what_is_still_compiling_is_not_replaced_by_what_was_planned_before(
    hands, window, monkeypatch, order
):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    monkeypatch.setattr(warm, "is_warm", lambda: False)
    monkeypatch.setattr(warm, "uncompiled", lambda _names: ["nnkernels.optimizers.sgd.sgd_kernel"])
    monkeypatch.setattr(window.runner.planner._warming, "start", lambda _first: None)
    window.editor.change_setting("optimizer", "sgd")
    getattr(window.runner.orders, order)()
    polls = []
    window.runner.ticked.connect(lambda: polls.append(0))
    hands.wait(lambda: len(polls) > 10)
    assert window.runner.snapshot.steps == 0
    monkeypatch.undo()
    window.runner.planner.sync()
    hands.wait(lambda: window.runner.snapshot.steps > 0)
    assert window.runner.planner._key.settings.optimizer == "sgd"
