"""Names are the field's terms: words that said nothing, or were ours alone, name nothing any more."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
# The glossary of CONTRIBUTING.md has the words that took their place.
OLD = {
    "made", "found", "wide", "place", "places", "trail", "vitals", "relief", "landscape", "offers", "faces",
    "placement",
}  # fmt: skip
# To walk through a file takes long: only those are that hold such a word at all, be it in a comment.
HOLDS = re.compile(rf"(?<![^\W_])(?:{'|'.join(OLD)})(?![^\W_])", re.IGNORECASE)
# PyTorch's and ONNX's own term.
TERMS = ("in_place",)


def names(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """What a file names, and on which line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, node.lineno
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr, node.lineno
        elif isinstance(node, ast.arg):
            yield node.arg, node.lineno
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("test_"):
            yield node.name, node.lineno


def old_words(source: str) -> list[tuple[str, int]]:
    """Names of a file in which an old word stands."""
    seen: list[tuple[str, int]] = []
    if not HOLDS.search(source):
        return seen
    for name, line in names(ast.parse(source)):
        rest = name.lower()
        for term in TERMS:
            rest = rest.replace(term, "")
        if OLD & set(rest.split("_")):
            seen.append((name, line))
    return seen


def test_no_name_holds_an_old_word():
    for folder in ("kernels", "nnstudio", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            assert old_words(path.read_text("utf-8")) == [], path


def test_the_rule_itself():
    source = "def place_of(wide):\n    made = run(in_place=True)\n    self.trail = 1\n    in_place = 2\n"
    assert [name for name, _ in old_words(source)] == ["place_of", "wide", "made", "trail"]
