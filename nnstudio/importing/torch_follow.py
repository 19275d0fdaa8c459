"""Follows the source of a PyTorch model as syntax: what its lines would do is read, and nothing is run."""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nnstudio.importing import torch_masks
from nnstudio.importing.torch_calls import PAIRS
from nnstudio.importing.torch_conditions import TRAINING, comparison, decided
from nnstudio.importing.torch_functions import call_function, powered, tensor
from nnstudio.importing.torch_items import NUMBERS, at_path, is_tensor, is_zero
from nnstudio.importing.torch_joins import averaged, chained, cut, products
from nnstudio.importing.torch_own import OwnCaller
from nnstudio.importing.torch_recurrent import last_step
from nnstudio.importing.torch_values import (
    Group,
    Half,
    Hidden,
    Instance,
    Module,
    Outputs,
    OwnClass,
    StateOf,
    Unknown,
    Value,
)

# What a source may make the reader repeat, and how large a number may become.
MOST_REPEATS = 1000
LARGEST = 2**31
INFINITE = ("torch.inf", "math.inf", "numpy.inf")
ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.FloorDiv: operator.floordiv,
    ast.Div: operator.truediv, ast.Mod: operator.mod,
}  # fmt: skip
# Lines that return nothing go on with the next.
GOES_ON = object()
LAST_STEP = ((slice(None), -1), (slice(None), -1, slice(None)))
JOINS = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide", ast.MatMult: "matmul"}


class Follower(OwnCaller):
    """Reads straight lines and their expressions."""

    def run(self, body: Sequence[ast.stmt], names: dict[str, Any]) -> Any:
        """Straight lines; the value that they return. Raises FileError for others."""
        given = self._lines(body, names)
        return None if given is GOES_ON else given

    def _lines(self, body: Sequence[ast.stmt], names: dict[str, Any]) -> Any:
        """What lines return, or `GOES_ON`."""
        for node in body:
            self.step(node)
            match node:
                case ast.Return():
                    return self.value(node.value, names) if node.value is not None else None
                case ast.If():
                    test = self.value(node.test, names)
                    chosen = decided(test)
                    if isinstance(test, Unknown) and test.text == TRAINING:
                        self.left_out(node)
                    if chosen is None:
                        raise self.refuse(node, "holds 'if' with a condition that the source does not decide")
                    given = self._lines(node.body if chosen else node.orelse, names)
                    if given is not GOES_ON:
                        return given
                case ast.Assign():
                    given = self.value(node.value, names)
                    for target in node.targets:
                        self.assign(target, given, names)
                case ast.AnnAssign(value=ast.expr() as right):
                    self.assign(node.target, self.value(right, names), names)
                case ast.AugAssign():
                    old = self.value(node.target, names)
                    new = self.calculated(node, node.op, old, self.value(node.value, names))
                    self.assign(node.target, new, names)
                case ast.Expr():
                    self.value(node.value, names)
                case ast.Assert() | ast.Pass() | ast.AnnAssign():
                    continue
                case ast.For(target=target, iter=source):
                    self._repeat(node, target, self.value(source, names), names)
                case _:
                    raise self.refuse(node, f"holds '{type(node).__name__.lower()}', which is not read")
        return GOES_ON

    def _repeat(self, node: ast.For, target: ast.expr, items: Any, names: dict[str, Any]) -> None:
        items = list(items.modules.values()) if isinstance(items, Group) else items
        if not isinstance(items, tuple | list) or len(items) > MOST_REPEATS or node.orelse:
            raise self.refuse(node, "repeats over something else than modules or a short range")
        if any(isinstance(n, ast.Return | ast.Break | ast.Continue) for n in ast.walk(node)):
            raise self.refuse(node, "leaves a loop early")
        for item in items:
            self.assign(target, item, names)
            self.run(node.body, names)

    def assign(self, target: ast.expr, given: Any, names: dict[str, Any]) -> None:
        match target:
            case ast.Name():
                names[target.id] = given
            case ast.Tuple() | ast.List():
                parts = self._parts(given, len(target.elts), target)
                for part, value in zip(target.elts, parts, strict=True):
                    self.assign(part, value, names)
            case ast.Attribute(value=ast.Name(id=owner)) if isinstance(names.get(owner), Instance):
                names[owner].attributes[target.attr] = given
            case _:
                raise self.refuse(target, "sets something else than a name")

    def _parts(self, given: Any, count: int, at: ast.AST) -> Sequence[Any]:
        if isinstance(given, tuple | list) and len(given) == count:
            return given
        if isinstance(given, Unknown) or (isinstance(given, Value) and given.shape is None):
            # Of a placeholder, all parts are the placeholder.
            return [given] * count
        raise self.refuse(at, f"sets {count} names at once from something else than {count} values")

    def value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        """What an expression stands for; something that is not known is `Unknown`."""
        self.step(node)
        match node:
            case ast.Constant(value=constant):
                return constant if isinstance(constant, NUMBERS) else Unknown("a constant", node.lineno)
            case ast.Name(id=name):
                if name not in names and name in self.classes:
                    return OwnClass(name)
                other = self.constants.get(name, Unknown(self.names.get(name, name)[:80], node.lineno))
                return names.get(name, other)
            case ast.Tuple() | ast.List():
                return self.listed(node, names)
            case ast.UnaryOp(op=ast.USub()):
                inner = self.value(node.operand, names)
                if is_tensor(inner):
                    return self.calculated(node, ast.Mult(), inner, -1)
                return -inner if isinstance(inner, int | float) else Unknown("a negative", node.lineno)
            case ast.UnaryOp(op=ast.Not()) | ast.BoolOp():
                return self._combined(node, names)
            case ast.IfExp():
                chosen = decided(self.value(node.test, names))
                if chosen is None:
                    return Unknown("a choice", node.lineno)
                return self.value(node.body if chosen else node.orelse, names)
            case ast.UnaryOp(op=ast.Invert()):
                inner = self.value(node.operand, names)
                is_lower = isinstance(inner, Unknown) and inner.text == torch_masks.LOWER_TRUE
                return Unknown(torch_masks.CAUSAL if is_lower else "an inverse", node.lineno)
            case ast.BinOp():
                left, right = self.value(node.left, names), self.value(node.right, names)
                return self.calculated(node, node.op, left, right)
            case ast.Attribute():
                return self._attribute(node, self.value(node.value, names))
            case ast.Subscript():
                return self._part(node, self.value(node.value, names), names)
            case ast.Compare():
                return self._compared(node, names)
            case ast.ListComp():
                return self._comprehended(node, names)
            case ast.Call():
                return self._called(node, names)
            case ast.Slice():
                ends = [
                    None if e is None else self.value(e, names) for e in (node.lower, node.upper, node.step)
                ]
                return slice(*ends)
            case _:
                return Unknown(f"'{type(node).__name__.lower()}'", node.lineno)

    def listed(self, node: ast.Tuple | ast.List, names: dict[str, Any]) -> Any:
        items: list[Any] = []
        for part in node.elts:
            if isinstance(part, ast.Starred):
                inner = self.value(part.value, names)
                items += list(inner.modules.values()) if isinstance(inner, Group) else (
                    inner if isinstance(inner, tuple | list) else [Unknown("a star", node.lineno)]
                )  # fmt: skip
            else:
                items.append(self.value(part, names))
        return tuple(items) if isinstance(node, ast.Tuple) else items

    def _comprehended(self, node: ast.ListComp, names: dict[str, Any]) -> Any:
        first = node.generators[0]
        items = self.value(first.iter, names)
        if len(node.generators) > 1 or first.ifs or not isinstance(items, tuple | list | range):
            return Unknown("a list", node.lineno)
        if len(items) > MOST_REPEATS:
            raise self.refuse(node, f"makes a list of more than {MOST_REPEATS}")
        result = []
        for item in items:
            inner = dict(names)
            self.assign(first.target, item, inner)
            result.append(self.value(node.elt, inner))
        return result

    def calculated(self, node: Any, op: ast.operator, left: Any, right: Any) -> Any:
        """Arithmetic of numbers, and joins of tensors."""
        plain = (int, float)
        if isinstance(left, plain) and isinstance(right, plain) and type(op) in ARITHMETIC:
            try:
                result = ARITHMETIC[type(op)](left, right)
            except (ArithmeticError, ValueError):
                return Unknown("a number", node.lineno)
            return result if abs(result) < LARGEST else Unknown("a large number", node.lineno)
        if isinstance(left, list) and isinstance(right, list) and isinstance(op, ast.Add):
            return [*left, *right][: MOST_REPEATS * 2]
        if isinstance(left, Half) and isinstance(right, Half) and isinstance(op, ast.Mult):
            return self.attempt(node, "products", lambda: products(self.reader, left, right), [left.value])
        tensors = [v for v in (left, right) if is_tensor(v)]
        if not tensors:
            return Unknown("a result", node.lineno)
        name = type(op).__name__.lower()
        if isinstance(op, ast.Div) and isinstance(right, plain):
            return self.attempt(node, JOINS[type(op)], lambda: averaged(self.reader, left, right), [left])
        if isinstance(op, ast.Pow):
            return self.attempt(node, name, lambda: powered(self.reader, left, right), [left])
        others = [v for v in (left, right) if not is_tensor(v) and not isinstance(v, plain)]
        if type(op) not in JOINS or others:
            reason = "It joins a tensor with something else, or in a way that no layer has."
            return self.placeholder(node, name, tensors, reason)
        before = node.left if isinstance(node, ast.BinOp) else None
        is_chain = isinstance(before, ast.BinOp) and type(before.op) is type(op)
        return self.attempt(
            node, name, lambda: chained(self.reader, JOINS[type(op)], left, right, is_chain), tensors
        )

    def _combined(self, node: ast.UnaryOp | ast.BoolOp, names: dict[str, Any]) -> Any:
        """A condition made of others."""
        if isinstance(node, ast.UnaryOp):
            inner = decided(self.value(node.operand, names))
            return Unknown("a condition", node.lineno) if inner is None else not inner
        ends = isinstance(node.op, ast.Or)
        for part in node.values:
            inner = decided(self.value(part, names))
            if inner is None or inner == ends:
                return Unknown("a condition", node.lineno) if inner is None else inner
        return not ends

    def _compared(self, node: ast.Compare, names: dict[str, Any]) -> Any:
        left, right = self.value(node.left, names), self.value(node.comparators[0], names)
        if len(node.ops) == 1 and (chosen := comparison(node.ops[0], left, right)) is not None:
            return chosen
        if isinstance(left, Unknown) and len(node.ops) == 1:
            mask = torch_masks.compared(left, node.ops[0], right)
            return Unknown(mask or "a comparison", node.lineno)
        if isinstance(left, Value) and isinstance(node.ops[0], ast.Eq) and right == 0 and len(node.ops) == 1:
            return Hidden(left)
        if is_tensor(left) and isinstance(node.ops[0], ast.Gt) and right == 0 and len(node.ops) == 1:
            return self.attempt(
                node, "step", lambda: self.reader.builder.each("step", "step", {}, tensor(self.reader, left)),
                [left],
            )  # fmt: skip
        return Unknown("a comparison", node.lineno)

    def _attribute(self, node: ast.Attribute, owner: Any) -> Any:
        if isinstance(owner, Instance):
            if node.attr == "training":
                return Unknown(TRAINING, node.lineno)
            return self._with_path(owner, node.attr)
        if isinstance(owner, OwnClass):
            return self.class_constant(owner.name, node.attr)
        if node.attr == "shape" and is_tensor(owner):
            return self.attempt(
                node, "shape", lambda: call_function(self.reader, "size", [owner], {}), [owner]
            )
        dotted = self.dotted(node)
        return float("inf") if dotted in INFINITE else Unknown(dotted, node.lineno)

    def _with_path(self, owner: Instance, name: str) -> Any:
        if name not in owner.attributes:
            constant = self.class_constant(owner.kind, name)
            return Unknown(f"self.{name[:80]}", 0) if isinstance(constant, Unknown) else constant
        item = owner.attributes[name]
        return at_path(item, f"{owner.path}.{name}" if owner.path else name)

    def _part(self, node: ast.Subscript, owner: Any, names: dict[str, Any]) -> Any:
        key = self.value(node.slice, names)
        if isinstance(owner, Unknown) and owner.text in torch_masks.KNOWN:
            keys = [*key] if isinstance(key, tuple) else [key]
            if all(isinstance(k, slice) and k.start in (None, 0) and k.step is None for k in keys):
                return owner
        if isinstance(owner, Group) and isinstance(key, int):
            keys = list(owner.modules)
            return (
                owner.modules[keys[key]]
                if -len(keys) <= key < len(keys)
                else Unknown("a module", node.lineno)
            )
        if isinstance(owner, tuple | list) and isinstance(key, int | slice):
            try:
                return owner[key]
            except (IndexError, TypeError, ValueError):
                return Unknown("a part", node.lineno)
        if isinstance(owner, Outputs) and owner.what != "steps" and isinstance(key, int):
            return StateOf(owner.call, key, owner.what)
        if isinstance(owner, Outputs) and owner.what == "steps" and key in LAST_STEP:
            return self.attempt(node, "part", lambda: last_step(self.reader, owner.call), [])
        if is_tensor(owner):
            if isinstance(key, tuple) and len(key) == 2 and key[1] in PAIRS:
                return Half(tensor(self.reader, owner), key[1] == PAIRS[0])
            return self.attempt(node, "part", lambda: cut(self.reader, owner, key), [owner])
        return Unknown("a part", node.lineno)

    def _called(self, node: ast.Call, names: dict[str, Any]) -> Any:
        name = self.dotted(node.func)
        if name == "super" or name.startswith("super()"):
            return self.super_call(node, name, names)
        values = self.listed(ast.Tuple(node.args, ast.Load(), lineno=node.lineno), names)
        named = {k.arg: self.value(k.value, names) for k in node.keywords if k.arg is not None}
        if isinstance(node.func, ast.Attribute):
            # Once only: what follows may stand behind many other calls.
            owner = self.value(node.func.value, names)
            if is_tensor(owner):
                return self.function(node, node.func.attr, [owner, *values], named)
            if is_zero(owner):
                # Wherever it lies, and of whatever type: to(device), float().
                return owner
            if isinstance(owner, Unknown):
                mask = torch_masks.changed(owner, node.func.attr, [*values, *named.values()])
                if mask is not None:
                    return Unknown(mask, node.lineno)
            if isinstance(owner, Instance) and node.func.attr == "register_buffer" and len(values) > 1:
                owner.attributes[str(values[0])] = values[1]
                return None
            if isinstance(owner, list) and node.func.attr == "append" and len(values) == 1:
                owner.append(values[0])
                return None
            if isinstance(owner, Group) and node.func.attr == "append" and len(values) == 1:
                count = len(owner.modules)
                owner.modules[str(count)] = values[0]
                return None
            if isinstance(owner, Instance):
                given = self.own_method(node, owner, node.func.attr, values, named)
                if given is not NotImplemented:
                    return given
            called = self._attribute(node.func, owner)
        else:
            called = self.value(node.func, names)
        given = self.own(node, called, name, values, named)
        if given is not NotImplemented:
            return given
        if isinstance(called, Module | Group | Instance):
            return self.apply(node, called, values, named)
        return self.by_name(node, name, values, named)


__all__ = ["Follower"]
