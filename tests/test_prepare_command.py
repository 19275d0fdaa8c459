"""What is compiled before it is needed: all of it by a command, and what a training lacks when it begins."""

from __future__ import annotations

import pytest

from nnkernels import machine, warm
from nnstudio import cli
from nnstudio.exit_codes import ExitCode

SGD = "nnkernels.optimizers.sgd.sgd_kernel"


def test_prepare_compiles_everything_and_says_how_far_it_is(monkeypatch, capsys):
    def compile_two(helpers):
        assert helpers >= 1
        yield from ((0, 2, ""), (1, 2, "one"), (2, 2, "two"))

    monkeypatch.setattr(warm, "warm", compile_two)
    assert cli.run(["prepare"]) == ExitCode.DONE
    told = capsys.readouterr()
    assert "All operators are compiled" in told.out and "2/2" in told.err


def test_prepare_that_can_keep_nothing_is_refused_with_the_reason(monkeypatch, capsys, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path / "file"))
    assert cli.run(["prepare"]) == ExitCode.REFUSED
    told = capsys.readouterr()
    assert "cannot be kept" in told.err and "NNSTUDIO_CACHE" in told.err and not told.out


@pytest.mark.parametrize("lacks", [[SGD, machine.LOOP.name], [SGD], []], ids=["two", "one", "none"])
def test_a_training_compiles_together_what_it_lacks_the_longest_first(monkeypatch, capsys, tmp_path, lacks):
    path, compiled = tmp_path / "celsius.nns", []
    assert cli.run(["example", "celsius", str(path)]) == ExitCode.DONE
    monkeypatch.setattr(warm, "uncompiled", lambda needed: [name for name in lacks if name in {*needed, SGD}])
    monkeypatch.setattr(warm, "make_together", lambda names, helpers: compiled.extend(names) or ())
    assert cli.run(["train", str(path), "--epochs", "1"]) == ExitCode.DONE
    # One alone needs no processes.
    assert compiled == ([machine.LOOP.name, SGD] if len(lacks) == 2 else [])
    assert ("Compiling 2 operators" in capsys.readouterr().err) == (len(lacks) == 2)
