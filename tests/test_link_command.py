"""Projects as text on the command line."""

from __future__ import annotations

import io

import pytest

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.project import Project, open_example


@pytest.fixture
def run(capsys):
    def call(*words) -> tuple[int, str, str]:
        code = cli.run([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_a_project_goes_out_and_comes_back(run, tmp_path, monkeypatch):
    path, back, again = (tmp_path / f"{name}.nns" for name in "abc")
    open_example("xor").save(path)
    code, text, err = run("link", path)
    assert code == ExitCode.DONE and text.startswith("nnstudio:1:") and text.count("\n") == 1 and not err
    code, out, err = run("open-link", text.strip(), back)
    assert code == ExitCode.DONE and f"Wrote {back}" in out and not err
    assert Project.open(back).document.to_dict() == open_example("xor").document.to_dict()
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert run("open-link", "-", again)[0] == ExitCode.DONE and again.exists()


def test_nothing_is_replaced_unasked_and_rubbish_is_refused(run, tmp_path):
    path = tmp_path / "a.nns"
    open_example("xor").save(path)
    text = run("link", path)[1].strip()
    code, _, err = run("open-link", text, path)
    assert code == ExitCode.REFUSED and "already exists" in err
    assert run("open-link", text, path, "--replace")[0] == ExitCode.DONE
    code, _, err = run("open-link", "rubbish", tmp_path / "b.nns")
    assert (
        code == ExitCode.REFUSED and "neither a project as text" in err and not (tmp_path / "b.nns").exists()
    )


def test_what_is_left_out_is_said_and_in_the_exit_code(run, tmp_path):
    path = tmp_path / "a.nns"
    project = open_example("xor")
    session = project.session()
    session.single_step()
    project.state = session.state()
    project.save(path)
    code, text, err = run("link", path)
    assert (
        code == ExitCode.INCOMPLETE and "learned is not in the text" in err and text.startswith("nnstudio:1:")
    )
    code, _, err = run("open-link", "playground.tensorflow.org/#dataset=xor&noise=99", tmp_path / "b.nns")
    assert code == ExitCode.INCOMPLETE and "noise=99" in err
