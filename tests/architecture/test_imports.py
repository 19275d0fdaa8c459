"""Imports go one way: nnkernels, then model, then data / training / explain / export, then ui, then app."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Each package and what it may import of ours.
MAY = {
    "nnkernels": {"nnkernels"},
    "nnstudio.model": {"nnkernels", "nnstudio.model"},
    "nnstudio.data": {"nnkernels", "nnstudio.model", "nnstudio.data"},
    "nnstudio.training": {"nnkernels", "nnstudio.model", "nnstudio.data", "nnstudio.training"},
    "nnstudio.explain": {
        "nnkernels",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.explain",
    },
    "nnstudio.importing": {
        "nnkernels",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.export",
        "nnstudio.importing",
    },
    "nnstudio.export": {
        "nnkernels",
        "nnstudio",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.export",
    },
    "nnstudio.runs": {
        "nnkernels",
        "nnstudio",
        "nnstudio.project",
        "nnstudio.project_name",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.runs",
    },
    "nnstudio.lessons": {
        "nnkernels",
        "nnstudio.project",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.explain",
        "nnstudio.lessons",
    },
    "nnstudio.doctor": {
        "nnkernels",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.explain",
        "nnstudio.doctor",
    },
    "nnstudio.sweep": {
        "nnkernels",
        "nnstudio",
        "nnstudio.project",
        "nnstudio.project_name",
        "nnstudio.data_links",
        "nnstudio.model",
        "nnstudio.data",
        "nnstudio.training",
        "nnstudio.runs",
        "nnstudio.sweep",
    },
}
QT = ("PySide6", "pyqtgraph")


# The same for the rooms of the engine and of the window; modules at the engine's top stand for themselves.
ENGINE = {
    "fingerprint": set(),
    "cache": set(),
    "arrays": set(),
    "pipeline": set(),
    "compiler": {"arrays", "cache", "fingerprint", "pipeline"},
    "jit": {"cache", "compiler", "fingerprint"},
    "spec": set(),
    "vector": {"arrays", "compiler", "jit"},
    "machine": {"compiler", "jit", "vector"},
    "graph": {"spec"},
    "ops": {"jit", "machine", "spec", "vector"},
    "target": {"graph", "ops", "spec"},
    "program": {"graph", "machine", "ops", "spec", "target"},
    "planning": {"graph", "jit", "machine", "ops", "program", "spec", "target", "vector"},
    "layers": {"graph", "jit", "machine", "ops", "spec", "vector"},
    "losses": {"jit", "machine", "ops", "spec", "vector"},
    "optimizers": {"jit", "machine", "ops", "spec", "vector"},
    "schedules": {"spec"},
    "warm": {"cache", "jit", "machine", "planning", "spec"},
    "cuda": {"jit", "layers", "machine", "ops", "planning", "program", "vector"},
}
WINDOW = {
    "widgets": set(),
    "canvas": {"widgets"},
    "editing": {"canvas", "widgets"},
    "panels": {"canvas", "editing", "widgets"},
    "data": {"panels", "widgets"},
    "run": {"canvas", "editing", "widgets"},
    "live": {"canvas", "run", "widgets"},
    "project": {"canvas", "editing", "run", "widgets"},
    "lessons": {"canvas", "editing", "project", "run", "widgets"},
    "runs": {"live", "project", "run", "widgets"},
    "beside": {"live", "project", "run", "widgets"},
    "sweeps": {"project", "run", "runs", "widgets"},
    "shell": {
        "beside",
        "canvas",
        "data",
        "editing",
        "lessons",
        "live",
        "panels",
        "project",
        "run",
        "runs",
        "sweeps",
        "widgets",
    },
}


def modules(package: str) -> list[Path]:
    folder = ROOT / ("kernels" if package == "nnkernels" else ".") / package.replace(".", "/")
    return sorted(folder.rglob("*.py"))


def name_of(path: Path) -> str:
    """The dotted name of a source file."""
    parts = path.relative_to(ROOT).with_suffix("").parts
    parts = parts[1:] if parts[0] == "kernels" else parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def statements(node: ast.AST, typing: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """Import statements, also inside of functions; with ``typing``, those for type checkers too."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import | ast.ImportFrom):
            yield child
        elif isinstance(child, ast.expr):
            # Most of a file, and no statement stands in one.
            continue
        elif typing or not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)):
            yield from statements(child, typing)


@cache
def all_statements(path: Path, typing: bool = True) -> list[ast.Import | ast.ImportFrom]:
    """Those of a file, which many tests ask for."""
    return list(statements(ast.parse(path.read_text()), typing))


@cache
def imported(path: Path, typing: bool = True) -> set[str]:
    """Names of modules that a file imports; of ours also those that it takes out of a package."""
    imported = set()
    for node in all_statements(path, typing):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif node.module:
            imported.add(node.module)
            imported |= {f"{node.module}.{name.name}" for name in node.names} & OURS
    return imported


OURS = {name_of(path) for package in ("nnkernels", "nnstudio") for path in modules(package)}


def test_no_import_is_relative():
    for package in ("nnkernels", "nnstudio"):
        for path in modules(package):
            for node in all_statements(path):
                assert not (isinstance(node, ast.ImportFrom) and node.level), path


def test_no_files_import_each_other_in_a_circle():
    """But for type checkers alone."""
    graph = {
        name_of(path): imported(path, typing=False) & OURS
        for package in ("nnkernels", "nnstudio")
        for path in modules(package)
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"these import each other: {' - '.join(error.args[1])}")


@pytest.mark.parametrize(("package", "rules"), [("nnkernels", ENGINE), ("nnstudio.ui", WINDOW)])
def test_rooms_import_only_what_lies_below_them(package, rules):
    depth = package.count(".") + 1
    for path in modules(package):
        own = name_of(path).split(".")[depth:]
        if not own:
            continue
        assert own[0] in rules, f"{path.relative_to(ROOT)} is in no known room"
        for name in imported(path, typing=False) & OURS:
            other = name.split(".")[depth:]
            if name.startswith(f"{package}.") and other[0] != own[0]:
                assert other[0] in rules[own[0]], f"{path.relative_to(ROOT)} imports {name}"


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
        # These make intrinsics, which takes numba's code generator, or change or keep what it does.
        if path.name in (
            "jit.py", "compiler.py", "pipeline.py", "arrays.py", "cache.py", "simd.py", "small.py", "rows.py",
            "transposing.py", "vmath.py", "machine.py", "channel_loops.py", "denormals.py", "masked.py",
        ):  # fmt: skip
            continue
        assert "numba" not in {n.split(".")[0] for n in imported(path)}, path


# To walk through a file takes long: only those are that hold such a text at all.
BUFFERS = re.compile(r"\bmachine\b|\b(?:state|work|grads|acts)[\s)]*\[")


def test_the_studio_asks_programs_and_reads_none_of_their_buffers():
    for path in (ROOT / "nnstudio").rglob("*.py"):
        assert "nnkernels.machine" not in imported(path), path
        source = path.read_text()
        for node in ast.walk(ast.parse(source)) if BUFFERS.search(source) else ():
            assert not (isinstance(node, ast.alias) and node.name == "machine"), path
            if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
                assert node.value.attr not in ("state", "work", "grads", "acts"), f"{path}:{node.lineno}"


def test_only_who_was_asked_for_a_graphics_card_imports_what_drives_it():
    users = {}
    for package in ("nnkernels", "nnstudio"):
        for path in modules(package):
            taken = sorted(n for n in imported(path) if n.startswith("nnkernels.cuda"))
            if taken and path.parent.name != "cuda":
                users[name_of(path)] = taken
    assert users == {"nnstudio.training.engine": ["nnkernels.cuda.program"]}


@pytest.mark.parametrize(
    "module, absent",
    [
        ("nnstudio.model.document", ("PySide6", "numba", "pandas")),
        ("nnstudio.model.projectfile", ("PySide6", "numba")),
        ("nnstudio.training.worker", ("nnkernels.cuda", "numba.cuda", "nvmath", "PySide6")),
        ("nnstudio.cli", ("PySide6", "numba", "pandas", "pyqtgraph", "tensorboardX")),
        ("nnstudio.lesson_command", ("PySide6", "numba", "pyqtgraph")),
        ("nnstudio.sweep_command", ("PySide6", "numba", "optuna", "distributed")),
        ("nnstudio.runs.recorder", ("PySide6", "numba", "pandas")),
        ("nnstudio.app", ("PySide6", "numba", "pandas")),
        (
            "nnstudio.ui.shell.main_window",
            (
                "numpy",
                "pyqtgraph.Qt",
                "nnstudio.project",
                "nnstudio.training.worker",
                "nnstudio.data.dataset",
            ),
        ),
        ("nnstudio.ui.shell.studio", ("numba", "pandas", "contourpy", "scipy", "pyqtgraph.Qt")),
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


# What may stop the window's thread, by name, and where it is right.
WAITS = {"sleep", "processEvents", "wait", "result", "acquire", "join"}
MAY_WAIT = {
    # The program ends: there is no event loop any more.
    ("run/warming.py", "waitForFinished"),
    ("sweeps/sweep_process.py", "waitForFinished"),
    ("project/autosave.py", "wait"),
    ("project/autosave.py", "join"),
    # They join two steps of a history, not threads.
    ("editing/editor.py", "join"),
    ("editing/refit.py", "join"),
    ("editing/adopting.py", "join"),
    # It joins parts of a text.
    ("widgets/short_label.py", "join"),
    # This future is done: the line before asks.
    ("run/inquiries.py", "result"),
    # On the thread that writes the file.
    ("project/recorder.py", "result"),
}


def test_the_window_waits_for_nothing():
    window, named = ROOT / "nnstudio" / "ui", re.compile(rf"\b(?:waitFor|(?:{'|'.join(WAITS)})\b)")
    for path in window.rglob("*.py"):
        source = path.read_text()
        for node in ast.walk(ast.parse(source)) if named.search(source) else ():
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                name = node.func.attr
                # Texts are joined, too.
                waits = name.startswith("waitFor") or (
                    name in WAITS and not isinstance(node.func.value, ast.Constant)
                )
                where = (path.relative_to(window).as_posix(), name)
                assert not waits or where in MAY_WAIT, f"{path}:{node.lineno}"
