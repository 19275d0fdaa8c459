"""What stands behind names while PyTorch source is followed: whether it is a tensor, zeros, or a module."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnstudio.importing.torch_values import Group, Instance, Module, Outputs, Pooled, StateOf, Unknown, Value

NUMBERS = (int, float, bool, str, type(None))
# Functions of plain numbers.
OF_NUMBERS: Mapping[str, Callable[..., Any]] = {
    "float": float, "int": int, "math.sqrt": math.sqrt, "max": max, "min": min, "abs": abs,
}  # fmt: skip
ZEROS = "torch.zeros()"


def is_tensor(item: Any) -> bool:
    """Whether it is a tensor, or something that becomes one when it is used."""
    return isinstance(item, Value | Outputs | StateOf | Pooled)


def is_zero(item: Any) -> bool:
    """Whether it is what torch.zeros gives, or a tuple of such."""
    if isinstance(item, tuple | list):
        return bool(item) and all(is_zero(part) for part in item)
    return isinstance(item, Unknown) and item.text == ZEROS


def flat(items: Sequence[Any]) -> list[Any]:
    """With the parts of lists, one level deep."""
    result: list[Any] = []
    for item in items:
        result += item if isinstance(item, tuple | list) else [item]
    return result


def at_path(item: Any, path: str) -> Any:
    """A module with its name in the state_dict."""
    if isinstance(item, Module) and not item.path:
        return Module(item.kind, item.values, item.named, path, item.line)
    if isinstance(item, Group):
        start = f"{path}." if path else ""
        return Group(item.kind, {k: at_path(v, f"{start}{k}") for k, v in item.modules.items()})
    if isinstance(item, Instance) and not item.path:
        item.path = path
    return item


__all__ = ["NUMBERS", "OF_NUMBERS", "ZEROS", "at_path", "flat", "is_tensor", "is_zero"]
