"""The titles of all live views, and what is chosen in them, read from their sources: to load one takes Qt,
which a server may lack.
"""

from __future__ import annotations

import ast
import pkgutil
from collections.abc import Iterator
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path

# Where views are, and the entry points by which other packages bring theirs.
PACKAGE, GROUP = "nnstudio.ui.live", "nnstudio.views"


def view_titles() -> dict[str, str]:
    """The title of each view by its identifier, the program's own and those of other packages."""
    return {name: title for name, (title, _choices) in _views().items()}


def view_choices() -> dict[str, tuple[str, ...]]:
    """What is chosen in each view, as a lesson calls it, by its identifier."""
    return {name: choices for name, (_title, choices) in _views().items()}


def _views() -> dict[str, tuple[str, tuple[str, ...]]]:
    views: dict[str, tuple[str, tuple[str, ...]]] = {}
    for path in (*_own(), *_of_others()):
        views.update(_declared_in(path))
    return views


@cache
def _declared_in(path: Path) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Kept, because to parse all files takes a quarter of a second."""
    return dict(_declared(ast.parse(path.read_text(encoding="utf-8"))))


def _own() -> Iterator[Path]:
    spec = find_spec(PACKAGE)
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for module in pkgutil.iter_modules(folders):
        yield from _source(f"{PACKAGE}.{module.name}")


def _of_others() -> Iterator[Path]:
    for point in entry_points(group=GROUP):
        yield from _source(point.module)


def _source(module: str) -> Iterator[Path]:
    """The file of a module; nothing of a package that is broken, which the window names and skips."""
    try:
        spec = find_spec(module)
    except ImportError:
        return
    if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
        yield Path(spec.origin)


def _declared(module: ast.Module) -> Iterator[tuple[str, tuple[str, tuple[str, ...]]]]:
    """Identifier of each class that is registered, its title, and what is chosen in it."""
    for node in module.body:
        if isinstance(node, ast.ClassDef) and any(_name(one) == "register" for one in node.decorator_list):
            texts = dict(_texts(node))
            if "id" in texts and "title" in texts:
                yield texts["id"], (texts["title"], tuple(_chosen(node)))


def _texts(declared: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """What a class assigns to names in its body, where that is a text."""
    for part in declared.body:
        match part:
            case ast.Assign(targets=[target], value=ast.Constant(value=str(text))):
                yield _name(target), text


def _chosen(declared: ast.ClassDef) -> Iterator[str]:
    """The texts that a class assigns to ``chooses``."""
    for part in declared.body:
        match part:
            case ast.Assign(targets=[ast.Name(id="chooses")], value=ast.Tuple(elts=texts)):
                yield from (str(text.value) for text in texts if isinstance(text, ast.Constant))


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""
