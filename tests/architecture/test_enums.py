"""What has an enum is compared with its members, never with their texts."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILES = sorted(p for folder in ("kernels/nnkernels", "nnstudio") for p in (ROOT / folder).rglob("*.py"))


def nodes(source: str) -> list[ast.AST]:
    """The nodes of a file that are looked at: to walk through all takes long, so it is done once. A class
    that is no enum would keep all that is in it.
    """
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.AnnAssign | ast.arg | ast.Compare)
        or (isinstance(node, ast.ClassDef) and is_enum(node))
    ]


def is_enum(node: ast.ClassDef) -> bool:
    """Whether a class is a text enum."""
    return any(isinstance(base, ast.Name) and base.id == "StrEnum" for base in node.bases)


def enums(modules: list[list[ast.AST]]) -> dict[str, set[str]]:
    """The texts of all text enums, by the name of the class."""
    texts = {}
    for node in (n for module in modules for n in module if isinstance(n, ast.ClassDef)):
        values = [n.value for n in node.body if isinstance(n, ast.Assign)]
        texts[node.name] = {str(v.value) for v in values if isinstance(v, ast.Constant)}
    return texts


def texts_by_name(modules: list[list[ast.AST]], known: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The texts that a variable, argument or attribute must not be compared with."""
    texts: dict[str, set[str]] = defaultdict(set)
    for name in known:
        texts[name.lower()] |= known[name]
        texts[f"{name.lower()}s"] |= known[name]
    for node in (n for module in modules for n in module):
        if isinstance(node, ast.AnnAssign | ast.arg) and isinstance(node.annotation, ast.Name):
            target = node.arg if isinstance(node, ast.arg) else last_name(node.target)
            texts[target] |= known.get(node.annotation.id, set())
    return texts


def last_name(node: ast.expr) -> str:
    """``unit`` of ``self.unit``, ``roles`` of ``roles[n]``; "" for what has none."""
    if isinstance(node, ast.Subscript):
        return last_name(node.value)
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def compared(module: list[ast.AST], texts: Mapping[str, set[str]]) -> Iterator[tuple[int, str]]:
    """Lines on which something that is an enum is compared with one of its texts."""
    for node in (n for n in module if isinstance(n, ast.Compare)):
        sides = [node.left, *node.comparators]
        constants = {n.value for side in sides for n in ast.walk(side) if isinstance(n, ast.Constant)}
        for name in map(last_name, sides):
            if texts.get(name, set()) & constants:
                yield node.lineno, name


def test_no_enum_is_compared_with_a_text():
    files = [(path, nodes(path.read_text("utf-8"))) for path in FILES]
    modules = [module for _, module in files]
    texts = texts_by_name(modules, enums(modules))
    seen = [(p.relative_to(ROOT), *at) for p, module in files for at in compared(module, texts)]
    assert seen == []


def test_the_rule_itself():
    module = nodes(
        'class Colour(StrEnum):\n    RED = "red"\n\n'
        "def f(one: Colour, two: str):\n"
        '    return one == "red", two == "red", one == "x", colours[1] in ("red",)\n'
    )
    texts = texts_by_name([module], enums([module]))
    assert [name for _, name in compared(module, texts)] == ["one", "colours"]
