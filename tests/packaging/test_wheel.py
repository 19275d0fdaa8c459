"""What is installed: every package without a list kept by hand, types, shipped files, no screenshots."""

from __future__ import annotations

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import nnstudio

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def names(tmp_path_factory):
    """Names of the files in a wheel that is built from a copy, so that nothing is left in the checkout."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for name in ("pyproject.toml", "setup.py", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in ("kernels", "nnstudio", "resources"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    build = f"from setuptools.build_meta import build_wheel; build_wheel({str(target)!r})"
    done = subprocess.run([sys.executable, "-c", build], cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (wheel,) = target.glob("*.whl")
    assert wheel.name.startswith(f"nnstudio-{nnstudio.__version__}-")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_every_source_file_is_in_it(names):
    for folder, package in (("kernels/nnkernels", "nnkernels"), ("nnstudio", "nnstudio")):
        for path in (ROOT / folder).rglob("*.py"):
            assert f"{package}/{path.relative_to(ROOT / folder).as_posix()}" in names


def test_shipped_files_and_types_are_in_it(names):
    assert {"nnkernels/py.typed", "nnstudio/py.typed"} <= names
    for folder in ("datasets", "examples", "templates"):
        for path in (ROOT / "resources" / folder).iterdir():
            assert f"nnstudio/resources/{folder}/{path.name}" in names


def test_no_screenshots_and_no_tests_are_in_it(names):
    assert not [name for name in names if "screenshots" in name or name.startswith("tests")]
