"""A kernel's hash changes with whatever its machine code depends on, and with nothing else."""

from __future__ import annotations

import shutil
import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

from nnkernels import jit
from nnkernels.fingerprint import Unhashable, fingerprint

ROOT = Path(jit.__file__).parents[1]
SOURCE = """
from functools import partial
import numpy as np
from nnkernels.jit import Deferred, device, kernel

ROWS = 4
TABLE = np.array([1.0, 2.0])

class Builder:
    def build(self):
        return 1.5

def make(size):
    def inner():
        return Builder().build() * size
    return inner

made = Deferred(partial(make, 2))

@device
def helper(x):
    return x + 1

@device
def unused(x):
    return x + 7

@kernel
def run(state, acts, grads, params, work, chunk, lo, hi):
    acts[lo] = helper(acts[hi]) * made() + ROWS + TABLE[0]
"""


@pytest.fixture
def key(monkeypatch):
    """The hash of the kernel in the source, with each ``(old, new)`` replaced."""

    def of(*changes, file="a.py"):
        monkeypatch.setattr(jit, "KERNELS", {})
        text = SOURCE
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        module = types.ModuleType("example_layer")
        exec(compile(text, file, "exec"), module.__dict__)
        return module.run.key

    return of


@pytest.mark.parametrize(
    "old, new",
    [
        ("acts[hi]", "acts[lo]"),
        ("return x + 1", "return x + 2"),
        ("@device\ndef helper", "@device(exact=True)\ndef helper"),
        ("ROWS = 4", "ROWS = 8"),
        ("[1.0, 2.0]", "[1.0, 2.5]"),
        ("make, 2", "make, 3"),
        ("return 1.5", "return 1.25"),
        ("* size", "+ size"),
    ],
    ids=["body", "helper", "exact", "constant", "array", "argument", "class", "inner function"],
)
def test_what_the_machine_code_depends_on_changes_the_hash(key, old, new):
    assert key((old, new)) != key()


def test_what_it_does_not_depend_on_does_not(key):
    above = ("import numpy", "# A comment, and lines further down.\n\n\nimport numpy")
    assert key(above, ("return x + 7", "return x + 8"), file="/elsewhere/b.py") == key()


def test_flags_of_the_compiler_count(key, monkeypatch):
    before = key()
    monkeypatch.setattr(jit, "FLAGS", ({"nsz"}, jit.EXACT, jit.OPTIONS))
    assert key() != before


def test_bound_helpers_count():
    def value(function):
        return fingerprint({"value": jit.Device(function, False)})

    assert value(lambda x: x + 1) == value(lambda x: x + 1) != value(lambda x: x + 2)


def test_values_of_equal_text_but_another_type_differ():
    values = [1, True, 1.0, "1", b"1", np.float32(1), np.float64(1), (1,), ((1,),), None, np.dtype("f4")]
    assert len({fingerprint(v) for v in values}) == len(values)


def test_what_cannot_be_told_apart_next_time_is_refused():
    with pytest.raises(Unhashable, match="object object"):
        fingerprint(object())


PRINT = "from nnkernels import warm; print(*(e.file for e in warm.entries().values()), sep='\\n')"


def test_an_edited_layer_is_compiled_again_and_no_other_wherever_the_sources_lie(tmp_path):
    shutil.copytree(ROOT / "nnkernels", tmp_path / "nnkernels", ignore=shutil.ignore_patterns("__pycache__"))

    def files(folder):
        done = subprocess.run(
            [sys.executable, "-c", PRINT], cwd=folder, env={"PYTHONPATH": str(folder)},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return set(done.stdout.split())

    before = files(ROOT)
    assert files(tmp_path) == before
    layer = tmp_path / "nnkernels" / "layers" / "prelu.py"
    text = layer.read_text()
    assert "@kernel" in text
    layer.write_text(text.replace("for i in range(", "for i in range(0 + "))
    changed = files(tmp_path) - before
    assert changed and all(name.startswith("nnkernels.layers.prelu.") for name in changed)
