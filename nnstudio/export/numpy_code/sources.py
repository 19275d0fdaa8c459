"""The sources of what a text uses of a module, so that a file can hold them and needs the module no more."""

from __future__ import annotations

import ast
import inspect
from functools import cache
from types import ModuleType


@cache
def definitions(module: ModuleType) -> dict[str, ast.stmt]:
    """The functions, classes and constants of a module by their names, in its order."""
    known: dict[str, ast.stmt] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            known[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            known[node.targets[0].id] = node
    return known


def used(module: ModuleType, text: str) -> list[str]:
    """The sources of what a text uses of a module, and of what that uses, in the module's order."""
    known, source = definitions(module), inspect.getsource(module).splitlines()
    needed: set[str] = set()
    waiting = _names(ast.parse(text)) & known.keys()
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= (_names(known[name]) & known.keys()) - needed
    return [_source(source, known[name]) for name in known if name in needed]


def _source(lines: list[str], node: ast.stmt) -> str:
    """Its lines, with the comment above."""
    decorators = getattr(node, "decorator_list", [])
    start = min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    while lines[start - 1].startswith("#"):
        start -= 1
    return "\n".join(lines[start : node.end_lineno]) + "\n"


def _names(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
