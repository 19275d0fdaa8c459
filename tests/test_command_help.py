"""What a command says to type next can be typed, and an answer of a network that never learned is told."""

from __future__ import annotations

import shlex

from nnstudio import cli
from nnstudio.command_help import as_argument


def test_a_name_with_blanks_and_quotes_is_one_word_of_the_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("os.name", "posix")
    out = tmp_path / "my 'first' one.nns"
    assert cli.run(["example", "xor", str(out)]) == 0
    told = capsys.readouterr().out.rpartition("Train it: ")[2]
    assert shlex.split(told) == ["nnstudio", "train", str(out)]
    assert as_argument(tmp_path / "a.nns") == str(tmp_path / "a.nns")


def test_predictions_of_a_network_that_never_learned_are_told(tmp_path, capsys):
    project, table = tmp_path / "c.nns", tmp_path / "new.csv"
    table.write_text("Celsius\n10\n")
    assert cli.run(["example", "celsius", str(project)]) == 0
    assert cli.run(["predict", str(project), str(table)]) == 0
    assert "is not trained" in capsys.readouterr().err
    assert cli.run(["train", str(project), "--epochs", "1"]) == 0
    assert cli.run(["predict", str(project), str(table)]) == 0
    assert "is not trained" not in capsys.readouterr().err
