"""What a call in the source of a PyTorch model gives: a module, what a module computes, or a placeholder."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnstudio.importing import torch_attention, torch_masks
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.importer import Row
from nnstudio.importing.torch_functions import call_function, tensor
from nnstudio.importing.torch_items import NUMBERS, OF_NUMBERS, ZEROS, at_path, flat, is_tensor, is_zero
from nnstudio.importing.torch_modules import apply
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_recurrent import RECURRENT
from nnstudio.importing.torch_sequences import attention
from nnstudio.importing.torch_values import (
    Group,
    Instance,
    Module,
    Pooled,
    Unknown,
    Value,
)
from nnstudio.importing.torch_windows import inside_mean
from nnstudio.model.atomic_file import FileError

# What a source may make the reader do.
MOST_STEPS = 200_000
MOST_ITEMS = 1000
DEEPEST = 40
# Of what nnstudio writes into a model.py: recognised by name and docstring.
OURS = {
    ("Waves", "Adds sine and cosine of the position to each step (Vaswani et al. 2017)."): "sinusoidal",
    ("Positions", "Adds a trained vector to each step."): "learned",
    ("GaussianNoise", "Adds noise while training."): "noise",
    ("InsideMean", "Averages windows that reach beyond the edges over the values inside alone."): "inside",
    (
        "EarlyGRU",
        "A GRU whose reset gate scales the state before it is multiplied; one layer, batch_first.",
    ): "early",
}
# Of modules, how those are called that keep the shape of what they take.
SAME_SHAPE = frozenset(
    f"nn.{name}" for name in (
        "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "LocalResponseNorm", "RMSNorm", "RReLU",
        "Threshold", "Hardshrink", "Softshrink", "CELU", "Softmax2d", "Softmin", "TransformerDecoderLayer",
        "TransformerDecoder", "TransformerEncoderLayer", "TransformerEncoder", "BatchNorm1d", "BatchNorm2d",
        "LayerNorm",
    )
)  # fmt: skip
# Of torch.triu_indices: which of each pair.
PAIRS = ("first of each pair", "second of each pair")


class Caller:
    """Base of what follows a file: its classes, and calls in it.

    Attributes:
        classes: of the file, by name; ``functions`` those outside of classes.
        constants: that the file sets to plain values.
        names: what is imported, as the dotted names that they stand for.
    """

    def __init__(self, file: str, tree: ast.Module, reader: ModuleReader) -> None:
        self.file, self.reader, self.steps, self.depth = file, reader, 0, 0
        self.classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
        self.functions = {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef)}
        self.constants: dict[str, Any] = {}
        self.names: dict[str, str] = {}
        for node in tree.body:
            self._read_import(node)
        for node in tree.body:
            if (
                isinstance(node, ast.Assign)
                and len(node.targets) == 1
                and isinstance(node.targets[0], ast.Name)
            ):
                value = self.value(node.value, {})
                if isinstance(value, NUMBERS):
                    self.constants[node.targets[0].id] = value

    def _read_import(self, node: ast.stmt) -> None:
        """Names of what is imported, as the dotted names that they stand for."""
        if isinstance(node, ast.Import):
            for alias in node.names:
                self.names[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self.names[alias.asname or alias.name] = f"{node.module}.{alias.name}"

    def value(self, node: ast.expr, names: dict[str, Any]) -> Any:
        """What an expression stands for."""
        raise NotImplementedError

    def run(self, body: Sequence[ast.stmt], names: dict[str, Any]) -> Any:
        """What straight lines return."""
        raise NotImplementedError

    def listed(self, node: ast.Tuple | ast.List, names: dict[str, Any]) -> Any:
        """The items of a list or tuple."""
        raise NotImplementedError

    def step(self, node: ast.AST) -> None:
        """Count what is done. Raises FileError where it is too much."""
        self.steps += 1
        if self.steps > MOST_STEPS or self.depth > DEEPEST:
            raise FileError(
                f"Line {getattr(node, 'lineno', 0)} of '{self.file}' goes on for too long, or too deep."
            )

    def refuse(self, node: ast.AST, what: str) -> FileError:
        return FileError(
            f"Line {getattr(node, 'lineno', 0)} of '{self.file}' {what}. A model is read whose __init__ and "
            "forward are plain lines; export others as ONNX."
        )

    def instance(self, name: str, values: Sequence[Any], named: Mapping[str, Any], at: ast.AST) -> Any:
        """A module of the file's own, by what its __init__ sets. Raises FileError."""
        cls = self.classes[name]
        special = OURS.get((name, (ast.get_docstring(cls) or "").split("\n")[0]))
        if special == "early":
            return Module("EarlyGRU", values, named, "", cls.lineno)
        if special is not None:
            return Module(f"ours.{special}", values, named, "", cls.lineno)
        if not self.is_module(cls):
            return Unknown(f"{name}, which is no module", getattr(at, "lineno", 0))
        created = Instance(name)
        init = self.method(cls, "__init__")
        if init is not None:
            self.depth += 1
            self.run(init.body, self.bound(init, [created, *values], named, at))
            self.depth -= 1
        return created

    def is_module(self, cls: ast.ClassDef) -> bool:
        return any(self.dotted(base).split(".")[-1] in ("Module", "Sequential") for base in cls.bases)

    def method(self, cls: ast.ClassDef, name: str) -> ast.FunctionDef | None:
        return next((n for n in cls.body if isinstance(n, ast.FunctionDef) and n.name == name), None)

    def bound(
        self, function: ast.FunctionDef, values: Sequence[Any], named: Mapping[str, Any], at: ast.AST
    ) -> dict[str, Any]:
        """Arguments by name, defaults filled in."""
        a = function.args
        names = [p.arg for p in (*a.posonlyargs, *a.args)]
        if a.vararg or len(values) > len(names):
            raise self.refuse(at, f"calls {function.name} with arguments that are not read")
        bound = dict(zip(names, values, strict=False))
        defaults = dict(zip(names[len(names) - len(a.defaults) :], a.defaults, strict=True))
        defaults |= {p.arg: d for p, d in zip(a.kwonlyargs, a.kw_defaults, strict=True) if d is not None}
        bound |= {k: v for k, v in named.items() if k in (*names, *(p.arg for p in a.kwonlyargs))}
        for name in [*names, *(p.arg for p in a.kwonlyargs)]:
            if name not in bound:
                if name not in defaults:
                    raise self.refuse(
                        function,
                        f"takes '{name}', of which the file does not say what it is: give it a default",
                    )
                bound[name] = self.value(defaults[name], {})
        return bound

    def by_name(self, node: ast.Call, name: str, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        *_, last = name.split(".")
        if last == "generate_square_subsequent_mask":
            return Unknown(torch_masks.CAUSAL, node.lineno)
        if name in OF_NUMBERS and values and all(isinstance(v, int | float | str) for v in values):
            try:
                return OF_NUMBERS[name](*values)
            except (ValueError, TypeError, ArithmeticError):
                return Unknown("a number", node.lineno)
        if name in self.classes:
            return self.instance(name, values, named, node)
        if name == "attend" and "attend" in self.functions and len(values) == 2:
            return self._attend(node, values, named)
        in_torch = name.startswith("torch.") and not name.startswith("torch.nn.")
        if in_torch or name.startswith("torch.nn.functional."):
            return self.function(node, last, values, named)
        if name.startswith("torch.nn.") and last[:1].isupper():
            return self._module(node, last, values, named)
        if name == "range" and all(isinstance(v, int) for v in values) and 1 <= len(values) <= 3:
            try:
                items = range(*values)
            except ValueError:
                return Unknown("a range", node.lineno)
            return list(items) if len(items) <= MOST_ITEMS else Unknown("a long range", node.lineno)
        if name == "len" and len(values) == 1:
            item = values[0]
            return len(item.modules) if isinstance(item, Group) else len(item) if (
                isinstance(item, list | tuple)
            ) else Unknown("a length", node.lineno)  # fmt: skip
        if name == "collections.OrderedDict" and len(values) == 1:
            return values[0]
        tensors = [v for v in flat(values) if is_tensor(v)]
        if tensors:
            return self.placeholder(node, name or "a call", tensors, f"{name[:80]} is not known.")
        return Unknown(f"{name[:80]}()", node.lineno)

    def _module(self, node: ast.Call, kind: str, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        if kind in ("Sequential", "ModuleList"):
            if len(values) == 1 and isinstance(values[0], list):
                values = values[0]
            pairs = all(isinstance(v, tuple) and len(v) == 2 and isinstance(v[0], str) for v in values)
            items = dict(values) if values and pairs else {str(i): v for i, v in enumerate(values)}
            return Group(kind, items)
        return Module(kind, values, named, "", node.lineno)

    def super_call(self, node: ast.Call, name: str, names: dict[str, Any]) -> Any:
        """super().__init__(...) of a Sequential sets its modules."""
        values = self.listed(ast.Tuple(node.args, ast.Load(), lineno=node.lineno), names)
        created = next((v for v in names.values() if isinstance(v, Instance)), None)
        bases = self.classes[created.kind].bases if created is not None else []
        is_row = any(self.dotted(b).endswith("Sequential") for b in bases)
        if created is not None and is_row and values and name.endswith("__init__"):
            group = self._module(node, "Sequential", values, {})
            created.attributes |= {"": group, **group.modules}
        return Unknown("super()", node.lineno)

    def _attend(self, node: ast.Call, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        module, item = values
        mask, memory = named.get("mask"), named.get("memory")

        def build() -> Value:
            if not isinstance(module, Module) or module.kind != "MultiheadAttention":
                raise NotExpressible("attend is read with a MultiheadAttention.")
            reader = self.reader
            return attention(
                reader, module, tensor(reader, item), None if mask is None else tensor(reader, mask),
                bool(named.get("causal", False)), None if memory is None else tensor(reader, memory),
            )  # fmt: skip

        return self.attempt(node, "attend", build, [item])

    def function(self, node: ast.Call, name: str, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        tensors = [v for v in flat(values) if is_tensor(v)]
        if not tensors:
            if name == "triu_indices":
                return PAIRS
            mask = torch_masks.created(name, values, named)
            if mask is not None:
                return Unknown(mask, node.lineno)
            return Unknown(ZEROS if name == "zeros" else f"torch.{name[:80]}()", node.lineno)
        return self.attempt(node, name, lambda: call_function(self.reader, name, values, named), tensors)

    def apply(self, node: Any, called: Any, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """What a module gives."""
        if isinstance(called, Group):
            if called.kind != "Sequential" or len(values) != 1:
                return self.placeholder(
                    node, called.kind, [v for v in values if is_tensor(v)], "It is a list."
                )
            item = values[0]
            for module in called.modules.values():
                item = self.apply(node, module, [item], {})
            return item
        if isinstance(called, Instance):
            return self.forward(called, values, named, node)
        if not isinstance(called, Module):
            return self.placeholder(
                node, "a call", [v for v in values if is_tensor(v)], f"{str(called)[:80]} is no module."
            )
        module = called if called.path else Module(
            called.kind, called.values, called.named, called.kind.lower(), called.line
        )  # fmt: skip
        if module.kind in RECURRENT:
            # States that begin at 0 do so anyway.
            values = [v for v in values if not is_zero(v)]
            named = {k: v for k, v in named.items() if k != "hx" or not is_zero(v)}
        if module.kind.startswith("ConvTranspose") and "output_size" in named:
            # Another way to say its output_padding.
            own = {**module.named, "output_size": named["output_size"]}
            module = Module(module.kind, module.values, own, module.path, module.line)
            named = {k: v for k, v in named.items() if k != "output_size"}
        inputs = [v for v in flat([*values, *named.values()]) if is_tensor(v)]

        def build() -> Any:
            if module.kind in torch_attention.ARGUMENTS:
                return torch_attention.called(self.reader, module, values, named)
            odd = [k for k, v in named.items() if v is not None]
            if odd or len(inputs) != len(values):
                raise NotExpressible(f"It is called with more than tensors: {', '.join(odd) or 'others'}.")
            taken = [self._taken(module, v) for v in inputs]
            return self._ours(module, taken) if module.kind.startswith("ours.") else (
                apply(self.reader, module, taken)
            )  # fmt: skip

        return self.attempt(node, f"nn.{module.kind}", build, inputs, module.path)

    def _taken(self, module: Module, item: Any) -> Any:
        if isinstance(item, Pooled) and module.kind in ("Flatten",):
            return item.row
        return tensor(self.reader, item)

    def _ours(self, module: Module, inputs: Sequence[Value]) -> Value:
        """A module that nnstudio writes."""
        what, builder = module.kind.removeprefix("ours."), self.reader.builder
        if what == "noise":
            return builder.each(module.path, "gaussiannoise", {"deviation": module.values[0]}, inputs[0])
        if what == "inside":
            return inside_mean(self.reader, module, inputs)
        names = {"weight": "weight"} if what == "learned" else {}
        node = builder.natural(inputs[0])
        return builder.in_order(self.reader.add(module, "positionalencoding", {"kind": what}, node, names))

    def forward(
        self, created: Instance, values: Sequence[Any], named: Mapping[str, Any] | None = None, at: Any = None
    ) -> Any:
        """What a module of the file's own gives."""
        node = at if at is not None else self.classes[created.kind]
        if "" in created.attributes:
            return self.apply(node, at_path(created.attributes[""], created.path), values, {})
        function = self.method(self.classes[created.kind], "forward")
        if function is None:
            raise self.refuse(self.classes[created.kind], f"defines {created.kind} without a forward")
        self.depth += 1
        self.step(node)
        result = self.run(function.body, self.bound(function, [created, *values], named or {}, node))
        self.depth -= 1
        return result

    def attempt(
        self, node: Any, kind: str, build: Callable[[], Any], inputs: Sequence[Any], name: str = ""
    ) -> Any:
        """What is built, or a placeholder with the reason."""
        self.reader.builder.at = (kind, node.lineno)
        try:
            return build()
        except NotExpressible as error:
            return self.placeholder(node, kind, inputs, str(error), name)
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
            if isinstance(error, FileError):
                raise
            return self.placeholder(node, kind, inputs, "Its arguments are not those that are read.", name)

    def left_out(self, node: ast.stmt) -> None:
        """Say that lines for training are not part of the network."""
        text = f"Line {node.lineno}. What it does while training only was left out."
        row = Row("forward", "if", "", text, is_assumed=True)
        if row not in self.reader.builder.rows:
            self.reader.builder.rows.append(row)

    def placeholder(self, node: Any, kind: str, inputs: Sequence[Any], reason: str, name: str = "") -> Value:
        """Stands for a line that no layer does."""
        sources = []
        for item in inputs:
            try:
                sources.append(tensor(self.reader, item).node)
            except NotExpressible:
                continue
        text = f"Line {node.lineno}: {reason}"
        data = {"line": node.lineno, "source": ast.unparse(node)[:2000]}
        wanted = name or f"line {node.lineno}"
        builder = self.reader.builder
        # What keeps the shape of what it takes lets the layers behind it be read.
        first = inputs[0] if inputs and kind in SAME_SHAPE else None
        like = first if isinstance(first, Value) else None
        shape = None if like is None else builder.nodes[like.node].shape
        added = builder.add_placeholder(wanted, f"torch.{kind}", data, sources, text, shape)
        return Value(added, None) if like is None or shape is None else replace(like, node=added)

    def dotted(self, node: ast.AST) -> str:
        """A dotted name with what was imported filled in, or ""."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            return ".".join(["super()", *reversed(parts)])
        if not isinstance(node, ast.Name):
            return ""
        return ".".join([self.names.get(node.id, node.id), *reversed(parts)])


__all__ = ["PAIRS", "Caller"]
