"""Source of PyTorch models: read as syntax, never imported nor run; weights from a file beside it."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import PLACEHOLDER, Shape, size_of
from nnstudio.data.progress import each
from nnstudio.export.pytorch.layout import module_names
from nnstudio.importing.as_written import NONE_SUCH, scaled
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.importer import Imported, ImportedNode, Importer, Row, importers
from nnstudio.importing.torch_follow import Follower
from nnstudio.importing.torch_functions import tensor
from nnstudio.importing.torch_items import is_tensor
from nnstudio.importing.torch_losses import loss_of
from nnstudio.importing.torch_reader import ModuleReader, Tensors
from nnstudio.importing.torch_values import Group, Instance, Module, ValueBuilder
from nnstudio.importing.torch_written import as_written, changed_scaling
from nnstudio.model.atomic_file import FileError

MOST_SOURCE = 2**20
WEIGHTS = ".safetensors"
MOST_BYTES = 2**33
# Sizes of pictures and lengths of sequences that are tried where a source does not say them.
SIZES = (28, 32, 64, 96, 128, 224, 256, 299, 16, 8)
STEPS = 16
# "(n, 3, 32, 32)" in what is said of a class.
SHAPE = re.compile(r"\((?:n|N|b|B|batch(?:_size)?), *(\d{1,7}(?:, *\d{1,7}){0,5}),?\)")
EXAMPLES = ("torch.randn", "torch.rand", "torch.zeros", "torch.ones", "torch.empty")


@importers.register
class TorchFile(Importer):
    """A class of torch.nn.Module in a .py file, and `load_state_dict`'s names in the weights."""

    id = "pytorch"
    title = "PyTorch source"
    help = "The source of an nn.Module, such as model.py; weights of the same name in .safetensors."
    suffixes = (".py",)

    def read(self, path: Path) -> Imported:
        try:
            return _read(path)
        except (RecursionError, MemoryError) as error:
            raise FileError(f"'{path.name}' is nested too deeply to be read.") from error


def _read(path: Path) -> Imported:
    tree = _parsed(path)
    weights = path.with_suffix(WEIGHTS)
    tensors, metadata = _stored(weights) if weights.is_file() else (None, {})
    written = as_written(tree, tensors, metadata) if tensors is not None else None
    if written is not None:
        return written
    best: tuple[int, Imported, ValueBuilder] | None = None
    for shape, assumed in each(list(_shapes(path.name, tree))):
        imported, builder = _tried(path.name, tree, tensors, shape, metadata)
        lost = sum(node.kind == PLACEHOLDER for node in imported.nodes)
        if assumed:
            text = f"The source does not say the shape of inputs; {shape} was assumed, channels last."
            row = Row("input", "assumption", "input", text, is_assumed=True)
            imported = replace(imported, rows=(row, *imported.rows))
        if best is None or lost < best[0]:
            best = (lost, imported, builder)
        if not lost:
            break
    if best is None:
        raise FileError(
            f"'{path.name}' does not say the shape of inputs. Say it in the docstring of the class, as in "
            '"Takes (n, 3, 32, 32).", or by an example such as torch.randn(1, 3, 32, 32).'
        )
    imported = best[1]
    if tensors is None:
        text = f"There is no '{weights.name}' beside it; weights were drawn afresh."
        drawn = Row(path.name, "weights", "", text, is_assumed=True)
        imported = replace(imported, rows=(*imported.rows, drawn))
    return _as_written(imported, metadata)


def _parsed(path: Path) -> ast.Module:
    try:
        if path.stat().st_size > MOST_SOURCE:
            raise FileError(f"'{path.name}' is larger than {MOST_SOURCE >> 20} MiB, too much for a model.")
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror}.") from error
    try:
        with warnings.catch_warnings():
            # Odd escapes in a source are nothing that its reader has to mend.
            warnings.simplefilter("ignore")
            return ast.parse(content)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        where = f", line {line}" if line else ""
        raise FileError(f"'{path.name}' is no Python source that can be read{where}.") from error


def _stored(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays and metadata of a safetensors file."""
    from safetensors import SafetensorError, safe_open

    try:
        if path.stat().st_size > MOST_BYTES:
            raise FileError(f"'{path.name}' is larger than {MOST_BYTES >> 30} GiB, too much to be read.")
        with safe_open(path, "numpy") as file:
            tensors = {name: np.asarray(file.get_tensor(name)) for name in list(file.keys())}
            metadata = file.metadata() or {}
    except (OSError, SafetensorError, TypeError, ValueError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"'{path.name}' is no safetensors file, or is damaged.") from error
    return {name: v for name, v in tensors.items() if v.dtype.kind in "fiu"}, metadata


def _tried(
    file: str, tree: ast.Module, tensors: Tensors | None, shape: Shape, metadata: Mapping[str, str]
) -> tuple[Imported, ValueBuilder]:
    """The network for inputs of a shape, as PyTorch has it."""
    builder = ValueBuilder(draws=tensors is None)
    reader = ModuleReader(builder, tensors)
    follower = Follower(file, tree, reader)
    model = _model(follower, tree)
    is_picture = len(shape) == 3
    node = builder.add_input("input", (*shape[1:], shape[0]) if is_picture else shape, "forward")
    value = builder.channels_first(node) if is_picture else builder.in_order(node)
    given = follower.forward(model, [value])
    results = list(given.values()) if isinstance(given, dict) else given
    results = list(results) if isinstance(results, tuple | list) else [results]
    if not results or not all(is_tensor(item) for item in results):
        raise FileError(f"forward of {model.kind} in '{file}' returns something else than tensors.")
    for i, item in enumerate(results):
        try:
            source = _lying_last(builder, tensor(reader, item))
        except NotExpressible as error:
            raise FileError(
                f"forward of {model.kind} in '{file}' returns what cannot be read: {error}"
            ) from error
        builder.add_output(source, "output" if len(results) == 1 else f"output {i + 1}")
    builder.part_input(node)
    builder.tell()
    imported = builder.imported(metadata)
    imported = replace(imported, rows=(*imported.rows, *reader.unread(), *changed_scaling(tree, metadata)))
    if "loss" not in metadata:
        told, rows = loss_of(follower, tree, imported.nodes)
        imported = replace(imported, metadata={**metadata, **told}, rows=(*imported.rows, *rows))
    return imported, builder


def _lying_last(builder: ValueBuilder, value: Any) -> str:
    """The node of an output: rows in PyTorch's order, pictures with channels last."""
    if value.shape is None:
        return str(value.node)
    return builder.last(value) if len(value.shape) == 3 else builder.natural(value)


def _model(follower: Follower, tree: ast.Module) -> Instance:
    """The model of a file: what it calls Model, else the last class that no other uses. Raises FileError."""
    modules = [name for name, cls in follower.classes.items() if follower.is_module(cls)]
    free = modules
    if "Model" not in modules:
        used = {n.id for cls in follower.classes.values() for n in ast.walk(cls) if isinstance(n, ast.Name)}
        free = [name for name in modules if name not in used] or modules
    if not free and "keras" in follower.names:
        raise FileError(f"'{follower.file}' is code for Keras; import its model.keras instead.")
    if not free:
        raise FileError(
            f"'{follower.file}' defines no class of torch.nn.Module; export another model as ONNX."
        )
    name = "Model" if "Model" in modules else free[-1]
    cls = follower.classes[name]
    call = next(
        (n for n in ast.walk(tree) if isinstance(n, ast.Call) and follower.dotted(n.func) == name and n.args),
        None,
    )
    values = [follower.value(a, {}) for a in call.args] if call is not None else []
    named = {k.arg: follower.value(k.value, {}) for k in call.keywords if k.arg} if call is not None else {}
    plain = all(isinstance(v, int | float | str) for v in [*values, *named.values()])
    created = follower.instance(name, values if plain else [], named if plain else {}, cls)
    if not isinstance(created, Instance):
        raise FileError(f"'{name}' in '{follower.file}' is no model that can be read.")
    return created


def _shapes(file: str, tree: ast.Module) -> Iterator[tuple[Shape, bool]]:
    """Shapes of a sample that the source tells, or that its first layer allows and are tried."""
    follower = Follower(file, tree, ModuleReader(ValueBuilder(), None))
    model = _model(follower, tree)
    told = SHAPE.search(ast.get_docstring(follower.classes[model.kind]) or "")
    if told:
        yield tuple(int(n) for n in told.group(1).split(",")), False
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and follower.dotted(node.func) in EXAMPLES and len(node.args) > 1:
            sizes = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, int)]
            if len(sizes) == len(node.args) and all(0 < n < 2**24 for n in sizes):
                yield tuple(sizes[1:]), False
                return
    first = next(_modules(model.attributes.values()), None)
    if first is None or (not first.values and not first.named):
        return
    size = first.values[0] if first.values else next(iter(first.named.values()))
    if not isinstance(size, int) or size < 1:
        return
    match first.kind:
        case "Linear" | "BatchNorm1d" | "LayerNorm":
            yield (size,), False
        case "Conv2d" | "BatchNorm2d":
            yield from (((size, n, n), True) for n in SIZES)
        case "Conv1d":
            yield from (((size, n), True) for n in SIZES)
        case "LSTM" | "GRU" | "RNN":
            yield (STEPS, size), True
        case "Embedding":
            yield (STEPS,), True


def _modules(items: Any) -> Iterator[Module]:
    """Modules in the order in which a model sets them."""
    for item in items:
        if isinstance(item, Module):
            yield item
        elif isinstance(item, Group):
            yield from _modules(item.modules.values())
        elif isinstance(item, Instance):
            yield from _modules(item.attributes.values())


def _as_written(imported: Imported, metadata: Mapping[str, str]) -> Imported:
    """With names and the scaling of the data, where nnstudio wrote the weights."""
    try:
        written = {str(n["id"]): n for n in json.loads(metadata["nodes"])}
        # A Reshape that changes nothing has no line.
        kinds = {
            name: (_kind(str(n["layer"]), n["shape"]), tuple(int(size) for size in n["shape"]))
            for name, n in written.items()
            if n["layer"] != "reshape" or n["shape"] != written[n["inputs"][0]]["shape"]
        }
        told = json.loads(metadata["preprocessing"])
        shapes = [node.shape or () for node in imported.nodes if node.kind == "input"]
        shape = shapes[0] if len(shapes) == 1 else (sum(size_of(s) for s in shapes),)
        scaling = {key: scaled(told[key], shape) for key in ("x_shift", "x_scale")}
    except NONE_SUCH:
        return imported
    if scaling["x_scale"].all():
        imported = replace(imported, scaling=scaling)
    names = _names(imported.nodes, kinds, module_names(written))
    rows = tuple(replace(row, layer=names.get(row.layer, row.layer)) for row in imported.rows)
    return replace(imported, nodes=tuple(_renamed(node, names) for node in imported.nodes), rows=rows)


def _names(
    nodes: Sequence[ImportedNode], written: Mapping[str, tuple[str, Shape]], modules: Mapping[str, str]
) -> dict[str, str]:
    """For each node the name that it had: of the written ones, whose kinds and shapes are given, the one with
    its module, or the one at its place among those of its kind and shape, or of its kind, where there are as
    many.
    """
    paths = {modules[name]: name for name in written}
    kinds = {node.name: (_kind(node.kind, node.shape or ()), node.shape or ()) for node in nodes}
    names = {
        name: paths[name] for name, kind in kinds.items() if name in paths and written[paths[name]] == kind
    }
    for parts in (2, 1):
        left = _by_kind({n: kind for n, kind in written.items() if n not in names.values()}, parts)
        for key, given in _by_kind({n: kind for n, kind in kinds.items() if n not in names}, parts).items():
            if len(given) == len(left.get(key, [])):
                names |= dict(zip(given, left[key], strict=True))
    others = kinds.keys() - names.keys()
    # What is new keeps its name, unless it is that of another.
    taken = {*names.values(), *others}
    return {**names, **{name: _free(name, taken) for name in others & {*names.values()}}}


def _by_kind(kinds: Mapping[str, tuple[str, Shape]], parts: int) -> dict[tuple[str | Shape, ...], list[str]]:
    """Names by the kind, or by kind and shape."""
    grouped: dict[tuple[str | Shape, ...], list[str]] = {}
    for name, kind in kinds.items():
        grouped.setdefault(kind[:parts], []).append(name)
    return grouped


def _free(name: str, taken: Collection[str]) -> str:
    return next(new for number in count(2) if (new := f"{name} {number}") not in taken)


def _kind(kind: str, shape: Sequence[int]) -> str:
    """A Reshape to a row is a Flatten."""
    return "flatten" if kind == "reshape" and len(shape) == 1 else kind


def _renamed(node: ImportedNode, names: Mapping[str, str]) -> ImportedNode:
    options = dict(node.options)
    if options.get("shares"):
        options["shares"] = names.get(options["shares"], options["shares"])
    inputs = tuple(names.get(source, source) for source in node.inputs)
    return replace(node, name=names.get(node.name, node.name), options=options, inputs=inputs)


__all__ = ["TorchFile"]
