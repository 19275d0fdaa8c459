"""All functions are annotated in full, but for what numba compiles.

For mypy whole modules are exempt (see pyproject.toml); this makes it an exemption of kernels alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from plugins.recipes import worked_examples

ROOT = Path(__file__).parents[2]
# Ours, and the examples, which whoever follows them puts there.
SOURCES = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for folder in ("kernels/nnkernels", "nnstudio", "tests/plugin_example")
    for path in sorted((ROOT / folder).rglob("*.py"))
} | {f"CONTRIBUTING.md:{path}": example.text for path, example in worked_examples().items()}
# What makes a compiled function of the one below it, or of the one that it is given first.
COMPILED = {"kernel", "device", "intrinsic", "overload", "njit", "Kernel", "Loop"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def called(node: ast.expr) -> str:
    """The last part of the name of a decorator or of what is called."""
    node = node.func if isinstance(node, ast.Call) else node
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def given(tree: ast.AST) -> set[str]:
    """Names of functions that are compiled because they are handed over, not decorated."""
    return {
        node.args[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in COMPILED
        if node.args and isinstance(node.args[0], ast.Name)
    }


def is_complete(function: Function, method: bool) -> bool:
    a = function.args
    named = [*a.posonlyargs, *a.args][1 if method else 0 :] + a.kwonlyargs
    named += [x for x in (a.vararg, a.kwarg) if x]
    # As for mypy: an __init__ with annotated parameters returns None.
    returns = function.returns is not None or (function.name == "__init__" and bool(named))
    return returns and all(x.annotation for x in named)


def incomplete(node: ast.AST, compiled: set[str]) -> Iterator[Function]:
    """Functions without complete annotations that are neither compiled nor inside of one that is."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, Function):
            decorators = {called(d) for d in child.decorator_list}
            if child.name in compiled or decorators & COMPILED:
                continue
            method = isinstance(node, ast.ClassDef) and "staticmethod" not in decorators
            if not is_complete(child, method):
                yield child
        yield from incomplete(child, compiled)


@pytest.mark.parametrize("name", SOURCES)
def test_only_what_numba_compiles_lacks_annotations(name):
    tree = ast.parse(SOURCES[name])
    assert [f"{f.name}, line {f.lineno}" for f in incomplete(tree, given(tree))] == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("@kernel\ndef f(state): ...", []),
        ("@kernel(rest=True)\ndef f(state):\n def g(x): ...", []),
        ("@nb.extending.intrinsic\ndef f(context): ...", []),
        ("def f(state): ...\nKernel(f, {})", []),
        ("def f(state): ...\nKernel(g, f)", ["f"]),
        ("def f(x: int): ...", ["f"]),
        ("def f(x: int, *rest) -> int: ...", ["f"]),
        ("def f() -> None:\n def g(): ...", ["g"]),
        ("class A:\n def f(self) -> int: ...\n def g(self, x) -> int: ...", ["g"]),
        ("class A:\n @staticmethod\n def f(x) -> int: ...", ["f"]),
        ("class A:\n @property\n def f(self): ...", ["f"]),
    ],
)
def test_the_rule_itself(source, expected):
    tree = ast.parse(source)
    assert [f.name for f in incomplete(tree, given(tree))] == expected
