"""Gives modules of torch.nn their arrays, and remembers which were used before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.importer import Row
from nnstudio.importing.torch_values import Module, Value, ValueBuilder

COUNT = "num_batches_tracked"
Tensors = Mapping[str, np.ndarray]


class ModuleReader:
    """Adds layers for modules.

    Attributes:
        tensors: of the state_dict, by name; None where there is no file of weights.
        read: names of those that layers took.
    """

    def __init__(self, builder: ValueBuilder, tensors: Tensors | None) -> None:
        self.builder, self.tensors = builder, tensors
        self.read: set[str] = set()
        # Where a module was used before: the node, and in which order it takes a row.
        self.used: dict[str, tuple[str, Any]] = {}

    def add(
        self, module: Module, kind: str, options: Mapping[str, Any], node: str, names: Mapping[str, str],
        change: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray]] = dict, order: Any = None,
        part: str = "", more: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """A layer with arrays; ``names`` are those of its arrays here by those of the module, of which it may
        be a ``part``; ``more`` are nodes that it takes besides.
        """
        path = f"{module.path}{part}"
        before = self.used.get(path)
        same = before is not None and (order is None) == (before[1] is None)
        if before is not None and not (same and (order is None or np.array_equal(order, before[1]))):
            raise NotExpressible("It is used twice, and its values lie in another order each time.")
        arrays = None
        if self.tensors is not None and before is None:
            held = {here: self.tensor(f"{module.path}.{there}") for there, here in names.items()}
            arrays = change(held)
        name = self.builder.add(path, kind, options, [node, *more], arrays, before[0] if before else "")
        self.used.setdefault(path, (name, order))
        return name

    def tensor(self, name: str) -> np.ndarray:
        """An array of the file of weights. Raises NotExpressible."""
        if self.tensors is None or name not in self.tensors:
            raise NotExpressible(f"The weights hold no '{name}'.")
        self.read.add(name)
        return self.tensors[name]

    def unread(self) -> list[Row]:
        """A row on the arrays that no layer took, if there are any; counts of batches are none of them."""
        names = [n for n in self.tensors or () if n not in self.read and not n.endswith(COUNT)]
        if not names:
            return []
        told = ", ".join(f"'{name[:80]}'" for name in names[:3]) + (", ..." if len(names) > 3 else "")
        text = f"{len(names)} arrays of the weights belong to no layer that was read: {told}."
        return [Row("weights", "weights", "", text, is_assumed=True)]


Apply = Callable[[ModuleReader, Module, Sequence[Value]], Any]


__all__ = ["Apply", "ModuleReader", "Tensors"]
