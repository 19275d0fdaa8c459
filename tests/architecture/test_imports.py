"""Imports go one way: nnkernels, then model, then data / training / explain / export, then ui, then app."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each package and what it may import of ours.
MAY = {
    "nnkernels": {"nnkernels"},
    "nnstudio.model": {"nnkernels", "nnstudio.model"},
    "nnstudio.data": {"nnkernels", "nnstudio.data"},
    "nnstudio.training": {"nnkernels", "nnstudio.model", "nnstudio.data", "nnstudio.training"},
    "nnstudio.explain": {"nnkernels", "nnstudio.training", "nnstudio.explain"},
    "nnstudio.export": {"nnkernels", "nnstudio", "nnstudio.model", "nnstudio.training", "nnstudio.export"},
}
QT = ("PySide6", "pyqtgraph")


def modules(package: str) -> list[Path]:
    folder = ROOT / ("kernels" if package == "nnkernels" else ".") / package.replace(".", "/")
    return sorted(folder.rglob("*.py"))


def imported(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


@pytest.mark.parametrize("package", MAY)
def test_packages_import_only_what_lies_below_them(package):
    files = modules(package)
    assert files
    for path in files:
        for name in imported(path):
            if name.split(".")[0] not in ("nnkernels", "nnstudio"):
                continue
            home = ".".join(name.split(".")[:2]) if name.startswith("nnstudio.") else name.split(".")[0]
            assert home in MAY[package], f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("package", MAY)
def test_no_qt_below_the_ui(package):
    for path in modules(package):
        assert not [n for n in imported(path) if n.split(".")[0] in QT], path


def test_only_jit_decides_compiler_flags():
    for path in modules("nnkernels"):
        # These make intrinsics, which takes numba's code generator, or keep what it made.
        if path.name in (
            "jit.py", "cache.py", "simd.py", "vmath.py", "machine.py", "vectors.py", "denormals.py"
        ):  # fmt: skip
            continue
        assert "numba" not in {n.split(".")[0] for n in imported(path)}, path


def test_the_studio_asks_programs_and_reads_none_of_their_buffers():
    for path in (ROOT / "nnstudio").rglob("*.py"):
        assert "nnkernels.machine" not in imported(path), path
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.alias) and node.name == "machine"), path
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
                assert node.value.attr not in ("state", "work", "grads", "acts"), f"{path}:{node.lineno}"


@pytest.mark.parametrize(
    "module, absent",
    [
        ("nnstudio.model.document", ("PySide6", "numba", "pandas")),
        ("nnstudio.model.projectfile", ("PySide6", "numba")),
        ("nnstudio.cli", ("PySide6", "numba", "pandas", "pyqtgraph")),
        ("nnstudio.app", ("PySide6", "numba", "pandas")),
        ("nnstudio.ui.main_window", ("numba", "pandas", "contourpy", "scipy")),
    ],
)
def test_what_a_fresh_interpreter_loads(module, absent):
    code = f"import sys, {module}; print([m for m in {absent!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_files_stay_under_four_hundred_lines():
    long = {}
    for folder in ("kernels", "nnstudio", "tests", "resources"):
        for path in (ROOT / folder).rglob("*.py"):
            count = len(path.read_text().splitlines())
            if count > 400:
                long[str(path.relative_to(ROOT))] = count
    assert not long
