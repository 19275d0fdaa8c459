"""The configuration of a Keras model, Sequential or Functional: which layers are called with which values."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nnstudio.model.atomic_file import FileError

# Links that one layer may have, and values within the arguments of a call.
MOST_CALLS = 100_000
# A value: the layer, which of its calls, and which of the values that it gives.
Value = tuple[str, int, int]


@dataclass(eq=False)
class Call:
    """One use of a layer."""

    layer: Mapping[str, Any]
    name: str
    number: int
    inputs: list[Value]
    arguments: Mapping[str, Any]
    constants: Sequence[tuple[Any, bool]] = ()
    shapes: Sequence[Any] = ()


def chained(entries: Sequence[Mapping[str, Any]]) -> list[Call]:
    """The calls of a Sequential: each takes what the one before gives."""
    calls, last = [], ("", 0, 0)
    for entry in entries:
        name = layer_name(entry)
        if entry["class_name"] != "InputLayer":
            built = (entry.get("build_config") or {}).get("input_shape")
            shapes = [built[1:]] if isinstance(built, list) else []
            calls.append(Call(entry, name, 0, [last], {}, (), shapes))
            last = (name, 0, 0)
    return calls


def linked(file: str, entries: Sequence[Mapping[str, Any]]) -> list[Call]:
    """The calls of a Functional model. Raises FileError where they are too many."""
    calls = []
    for entry in entries:
        name = layer_name(entry)
        for number, node in enumerate(entry.get("inbound_nodes") or []):
            tensors, arguments, constants, shapes = _arguments(node)
            if tensors:
                calls.append(Call(entry, name, number, tensors, arguments, constants, shapes))
    if sum(len(call.inputs) for call in calls) > MOST_CALLS:
        raise FileError(f"'{file}' has more than {MOST_CALLS} links; that is too much for a model.")
    return calls


def groups(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The group of each layer's arrays: its class in small letters, with a number from the second on."""
    seen: Counter[str] = Counter()
    for entry in entries:
        module = str(entry.get("module") or "")
        if ".ops" in module:
            # A function of keras.ops is no layer.
            continue
        kind = str(entry["class_name"])
        small = re.sub(r"\W+", "", kind)
        small = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", small)
        small = re.sub(r"([a-z])([A-Z])", r"\1_\2", small).lower()
        yield layer_name(entry), f"{small}_{seen[small]}" if seen[small] else small
        seen[small] += 1


def layer_name(entry: Mapping[str, Any]) -> str:
    """What a layer is called, cut where it is endless."""
    name = entry.get("name") or entry["config"].get("name") or entry["class_name"]
    return str(name)[:200]


def _arguments(node: Any) -> tuple[list[Value], Mapping[str, Any], list[tuple[Any, bool]], list[Any]]:
    """What a call takes: values, arguments by name, constants, and shapes."""
    if isinstance(node, list):
        # Keras 2: a list of [layer, call, value, arguments].
        return [(str(n[0]), int(n[1]), int(n[2])) for n in node], {}, [], []
    tensors: list[Value] = []
    constants: list[tuple[Any, bool]] = []
    shapes = []
    stack = [*reversed(node.get("args") or [])]
    named = dict(node.get("kwargs") or {})
    for key in [k for k, v in named.items() if isinstance(v, dict) and _is_tensor(v)]:
        if key in ("value", "key"):
            stack.insert(0, named.pop(key))
    while stack:
        item = stack.pop()
        if isinstance(item, list):
            stack.extend(reversed(item))
        elif isinstance(item, dict) and _is_tensor(item):
            name, call, value = item["config"]["keras_history"]
            tensors.append((str(name), int(call), int(value)))
            shape = item["config"].get("shape")
            shapes.append(shape[1:] if isinstance(shape, list) else None)
        elif item is not None:
            constants.append((item, not tensors))
    return tensors, named, constants, shapes


def holds_tensor(value: Any) -> bool:
    """Whether an argument is a tensor, or a list with one."""
    return bool(tensors_of(value))


def tensors_of(value: Any) -> list[Value]:
    """The values that an argument holds."""
    tensors, waiting = [], [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict) and _is_tensor(item):
            tensors += values_of(item["config"]["keras_history"])
        waiting += item if isinstance(item, list) else []
    return tensors


def _is_tensor(item: Mapping[str, Any]) -> bool:
    return item.get("class_name") == "__keras_tensor__"


def values_of(given: Any) -> list[Value]:
    """``["name", 0, 0]`` or a list of such."""
    rows = [given] if given and isinstance(given[0], str) else given
    return [(str(row[0]), int(row[1]), int(row[2])) for row in rows]


def batch_shape(entry: Mapping[str, Any]) -> Sequence[Any] | None:
    """The shape that a layer says enters, with the batch."""
    config = entry["config"]
    shape = config.get("batch_shape") or config.get("batch_input_shape")
    return shape if isinstance(shape, list) else None


def first_shape(config: Mapping[str, Any], entries: Sequence[Mapping[str, Any]]) -> Sequence[Any] | None:
    """The shape that enters a chain, with the batch."""
    for entry in entries[:1]:
        built = entry.get("build_config") or {}
        shape = batch_shape(entry) or config.get("build_input_shape") or built.get("input_shape")
        if isinstance(shape, list):
            return shape
    return None
