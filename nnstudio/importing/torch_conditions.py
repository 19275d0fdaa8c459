"""Conditions in PyTorch source: those that plain values decide, and whether a network trains."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

from nnstudio.importing.torch_values import Group, Instance, Module, Unknown

TRAINING = "self.training"
PLAIN = (int, float, str, bool, type(None))
COMPARISONS: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def decided(value: Any) -> bool | None:
    """Whether a condition holds while the network predicts; None where the source does not decide it."""
    if isinstance(value, Unknown):
        return False if value.text == TRAINING else None
    if isinstance(value, Module | Group | Instance):
        return True
    return bool(value) if isinstance(value, PLAIN) else None


def comparison(op: ast.cmpop, left: Any, right: Any) -> bool | None:
    """What a comparison of plain values gives, or of anything that is known with None; None for others."""
    if isinstance(op, ast.Is | ast.IsNot) and right is None and not isinstance(left, Unknown):
        return (left is None) == isinstance(op, ast.Is)
    if type(op) in COMPARISONS and isinstance(left, PLAIN) and isinstance(right, PLAIN):
        try:
            return COMPARISONS[type(op)](left, right)
        except TypeError:
            return None
    return None


__all__ = ["TRAINING", "comparison", "decided"]
