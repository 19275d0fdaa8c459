"""Calls of what a PyTorch source defines itself: functions, methods, and classes that are handed on."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.importing.torch_calls import Caller
from nnstudio.importing.torch_items import NUMBERS, flat, is_tensor
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_values import Instance, OwnClass, Unknown
from nnstudio.model.atomic_file import FileError


class OwnCaller(Caller):
    """Adds to calls those of the file's own.

    Attributes:
        running: functions whose lines are followed just now.
    """

    def __init__(self, file: str, tree: ast.Module, reader: ModuleReader) -> None:
        self.running: list[ast.FunctionDef] = []
        super().__init__(file, tree, reader)

    def own(
        self, node: ast.Call, called: Any, name: str, values: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        """What a call of something own gives; `NotImplemented` where it is none."""
        if isinstance(called, OwnClass):
            return self.instance(called.name, values, named, node)
        if name in self.functions and name != "attend":
            return self._run_own(node, self.functions[name], values, named)
        is_torch = isinstance(called, Unknown) and called.text.startswith("torch.")
        if is_torch and called.text != name and called.text.replace(".", "").isidentifier():
            return self.by_name(node, called.text, values, named)
        return NotImplemented

    def own_method(
        self, node: ast.Call, owner: Instance, name: str, values: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        """What a method of a module gives; `NotImplemented` where its class has none of the name."""
        method = self.method(self.classes[owner.kind], name)
        if method is None or name in owner.attributes:
            return NotImplemented
        is_static = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
        return self._run_own(node, method, values if is_static else [owner, *values], named)

    def class_constant(self, name: str, attribute: str) -> Any:
        """A plain value that a class sets, or what is not known."""
        for line in self.classes[name].body:
            if not isinstance(line, ast.Assign | ast.AnnAssign) or line.value is None:
                continue
            target = line.targets[0] if isinstance(line, ast.Assign) else line.target
            if isinstance(target, ast.Name) and target.id == attribute:
                value = self.value(line.value, {})
                if isinstance(value, NUMBERS):
                    return value
        return Unknown(f"{name[:40]}.{attribute[:80]}", 0)

    def _run_own(
        self, node: ast.Call, function: ast.FunctionDef, values: Sequence[Any], named: Mapping[str, Any]
    ) -> Any:
        """What a function gives; a placeholder where its lines are not read."""
        self.depth += 1
        self.running.append(function)
        try:
            self.step(node)
            if function in self.running[:-1]:
                raise self.refuse(node, f"calls '{function.name[:80]}' inside of itself")
            return self.run(function.body, self.bound(function, values, named, node))
        except FileError as error:
            tensors = [v for v in flat([*values, *named.values()]) if is_tensor(v)]
            if not tensors:
                return Unknown(f"{function.name[:80]}()", node.lineno)
            return self.placeholder(node, function.name, tensors, str(error))
        finally:
            self.running.pop()
            self.depth -= 1


__all__ = ["OwnCaller"]
