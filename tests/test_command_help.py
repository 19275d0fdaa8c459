"""What a command says to type next can be typed, and an answer of a network that never learned is told."""

from __future__ import annotations

import re
import shlex

import pytest

from nnstudio import cli
from nnstudio.command_help import as_argument
from nnstudio.explain.method import methods


@pytest.mark.parametrize("method", list(methods), ids=lambda method: method.id)
def test_the_usual_value_of_an_option_can_be_typed_as_help_writes_it(method, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "2000")
    with pytest.raises(SystemExit):
        cli.run(["explain", "--help"])
    (_above, _name, told) = capsys.readouterr().out.partition(f"\n  {method.id}")
    assert told[0] in " \n", "a name stands apart from its text"
    typed = re.findall(r"--set (\w+)=(\S+):", told.split("arXiv")[1])
    for name, text in typed[: len(method.options)]:
        (option,) = (o for o in method.options if o.name == name)
        assert option.check(option.parse(text)) == option.default


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
