"""Generated code runs in a process of its own, and whatever happens there is told in a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.export import generated_code
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError
from nnstudio.export.generated_code import arrays_of, run
from nnstudio.project import open_example


def test_it_runs_with_its_arguments_and_environment(tmp_path):
    out, program = tmp_path / "out.txt", "import os, sys; open(sys.argv[1], 'w').write(os.environ['WHO'])"
    run("model.py", ["-c", program, str(out)], [out], {"WHO": "me"})
    assert out.read_text() == "me"


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("raise ValueError('no such layer')", "model.py failed: ValueError: no such layer"),
        ("pass", "model.py failed: it wrote nothing"),
        (r"import os, sys; os.write(2, b'\xff broken'); sys.exit(1)", "model.py failed: \ufffd broken"),
    ],
)
def test_what_fails_is_told_by_its_last_line(tmp_path, program, told):
    with pytest.raises(OSError, match=r"model\.py failed") as error:
        run("model.py", ["-c", program], [tmp_path / "out"])
    assert str(error.value) == told


def test_arrays_come_back_in_their_order():
    given = arrays_of(lambda rows, out: np.savez(out, 2 * np.load(rows), np.zeros(2)), np.arange(3.0))
    assert [values.tolist() for values in given] == [[0.0, 2.0, 4.0], [0.0, 0.0]]


def test_code_that_takes_too_long_is_no_fault_of_the_program(tmp_path, monkeypatch):
    monkeypatch.setattr(generated_code, "SECONDS", 0.001)
    session = open_example("xor").session()
    with pytest.raises(ExportError, match=r"predictor.py took longer than 0.001 seconds"):
        export(session, tmp_path / "predictor", format_name="numpy")
