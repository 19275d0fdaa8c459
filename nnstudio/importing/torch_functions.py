"""Functions of torch and methods of tensors as nnstudio's layers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nnkernels.spec import size_of
from nnstudio.importing import torch_math
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_modules import apply, softmax
from nnstudio.importing.torch_reader import ModuleReader
from nnstudio.importing.torch_recurrent import reads_both_ways, state_of, steps_of
from nnstudio.importing.torch_values import BATCH, Module, Outputs, Pooled, StateOf, Value
from nnstudio.importing.torch_windows import pooled
from nnstudio.model.atomic_file import FileError

Function = Callable[..., Any]
# Of functions without arrays: the module that does the same.
AS_MODULES = {
    "relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh", "leaky_relu": "LeakyReLU", "elu": "ELU",
    "selu": "SELU", "gelu": "GELU", "silu": "SiLU", "softplus": "Softplus", "max_pool1d": "MaxPool1d",
    "max_pool2d": "MaxPool2d", "avg_pool1d": "AvgPool1d", "avg_pool2d": "AvgPool2d",
    "adaptive_avg_pool1d": "AdaptiveAvgPool1d", "adaptive_avg_pool2d": "AdaptiveAvgPool2d",
    "adaptive_max_pool2d": "AdaptiveMaxPool2d", "flatten": "Flatten", "relu6": "ReLU6",
    "hardswish": "Hardswish", "hardsigmoid": "Hardsigmoid", "mish": "Mish", "softsign": "Softsign",
    "logsigmoid": "LogSigmoid",
}  # fmt: skip


def tensor(reader: ModuleReader, item: Any) -> Value:
    """An item as a value; what waited to be used becomes a layer. Raises NotExpressible."""
    if isinstance(item, Value):
        return item
    if isinstance(item, Outputs) and item.what == "steps":
        return steps_of(reader, item.call)
    if isinstance(item, Outputs):
        raise NotExpressible(
            "Of all states, only one, or both directions' side by side, can be expressed: state[-1]."
        )
    if isinstance(item, StateOf):
        return state_of(reader, [item])
    if isinstance(item, Pooled):
        shape = item.row.shape or ()
        wanted = f"{item.row.node} with axes"
        target = {"target": ", ".join(map(str, (*(1,) * item.ones, *shape)))}
        return reader.builder.channels_first(
            reader.builder.add(wanted, "reshape", target, [reader.builder.natural(item.row)])
        )
    raise NotExpressible(f"{_told(item)} is no tensor whose values are known.")


def _told(item: Any) -> str:
    return "What it takes" if item is None else f"{str(item)[:60]!r}"


def joined(reader: ModuleReader, kind: str, items: Sequence[Any]) -> Value:
    """A sum, difference or product of tensors, or of one and a number."""
    builder = reader.builder
    numbers = [item for item in items if isinstance(item, int | float)]
    if len(items) == 2 and len(numbers) == 1:
        is_left = isinstance(items[0], int | float)
        value = tensor(reader, items[1 if is_left else 0])
        return torch_math.with_number(reader, kind, value, float(numbers[0]), is_left)
    values = [tensor(reader, item) for item in items]
    shapes = [builder.torch_shape(value) for value in values]
    first = values[0]
    alike = all(
        v.axes == first.axes and s == shapes[0] and v.flattened is None
        for v, s in zip(values, shapes, strict=True)
    )
    if alike:
        node = builder.add(kind, kind, {}, [v.node for v in values])
        return Value(node, shapes[0], first.axes)
    if len({len(shape) for shape in shapes}) > 1:
        raise NotExpressible(f"It joins tensors of {shapes}, which have other numbers of axes.")
    return builder.in_order(builder.add(kind, kind, {}, [builder.natural(v) for v in values]))


def concatenated(reader: ModuleReader, items: Any, dim: Any = 0) -> Value:
    """torch.cat along an axis of the samples."""
    if not isinstance(items, tuple | list) or not items:
        raise NotExpressible("torch.cat is read with a list or tuple of tensors.")
    values = _joined_states(reader, items)
    builder = reader.builder
    rank = len(builder.torch_shape(values[0]))
    if not isinstance(dim, int) or not (-rank <= dim < 0 or 0 < dim <= rank):
        raise NotExpressible(f"dim is {str(dim)[:40]}; it must be an axis of a sample.")
    axis = dim - 1 if dim > 0 else dim + rank
    first = values[0]
    if len(values) == 1:
        return first
    alike = all(v.axes == first.axes and v.flattened is None for v in values)
    nodes = [v.node if alike else builder.natural(v) for v in values]
    axes = first.axes if alike else tuple(range(rank))
    options = {} if axes[axis] == rank - 1 else {"axis": str(axes[axis] + 1)}
    node = builder.add("cat", "concatenate", options, nodes)
    shapes = [builder.torch_shape(v) for v in values]
    shape = (*shapes[0][:axis], sum(s[axis] for s in shapes), *shapes[0][axis + 1 :])
    return Value(node, shape, axes)


def _joined_states(reader: ModuleReader, items: Sequence[Any]) -> list[Value]:
    """Items as values; two states of a module that reads both ways are one."""
    values, left = [], list(items)
    while left:
        first, second = left[0], left[1] if len(left) > 1 else None
        is_pair = isinstance(first, StateOf) and isinstance(second, StateOf) and first.call is second.call
        if is_pair and reads_both_ways(first.call):
            values.append(state_of(reader, left[:2]))
            del left[:2]
        else:
            values.append(tensor(reader, left.pop(0)))
    return values


def reshaped(reader: ModuleReader, wanted: str, item: Any, sizes: Sequence[Any]) -> Value:
    """view and reshape, whose first size is the batch."""
    if len(sizes) == 1 and isinstance(sizes[0], tuple | list):
        sizes = list(sizes[0])
    row = item.row if isinstance(item, Pooled) else None
    value = row if row is not None else tensor(reader, item)
    shape = reader.builder.torch_shape(value)
    batch, *rest = sizes
    if batch is not BATCH and not (batch == -1 and all(n != -1 for n in rest)):
        raise NotExpressible("The first size of a new shape must be that of the batch, or -1.")
    if not rest or not all(isinstance(n, int) for n in rest):
        raise NotExpressible(f"The new shape {str(list(sizes))[:80]} is not made of numbers.")
    known = size_of(tuple(n for n in rest if n != -1))
    full = tuple(size_of(shape) // max(known, 1) if n == -1 else n for n in rest)
    return reader.builder.reshaped(wanted, value, full)


def permuted(reader: ModuleReader, item: Any, order: Sequence[Any]) -> Value:
    """Axes in another order: nothing is computed, and what takes them turns them where it must."""
    if len(order) == 1 and isinstance(order[0], tuple | list):
        order = list(order[0])
    value = tensor(reader, item)
    rank = len(reader.builder.torch_shape(value))
    numbers = [n % (rank + 1) if isinstance(n, int) else -1 for n in order]
    if numbers[:1] != [0] or sorted(numbers) != list(range(rank + 1)):
        raise NotExpressible("It turns the axis of the batch, or not all of them.")
    if value.flattened is not None:
        return value
    shape = reader.builder.torch_shape(value)
    return Value(
        value.node, tuple(shape[n - 1] for n in numbers[1:]), tuple(value.axes[n - 1] for n in numbers[1:])
    )


def flipped(reader: ModuleReader, item: Any, *dims: Any) -> Value:
    """Steps from the last to the first, for a recurrent layer that reads them so. Raises NotExpressible."""
    value = tensor(reader, item)
    axes = dims[0] if len(dims) == 1 and isinstance(dims[0], tuple | list) else dims
    shape = reader.builder.torch_shape(replace(value, turned=False))
    if len(shape) != 2 or value.axes != (0, 1) or [n % 3 for n in axes] != [1]:
        raise NotExpressible("Only the steps of a sequence can be turned round, for a recurrent layer.")
    return replace(value, turned=not value.turned)


def transposed(reader: ModuleReader, item: Any, first: Any, second: Any) -> Value:
    """Two axes exchanged."""
    rank = len(reader.builder.torch_shape(tensor(reader, item)))
    order = list(range(rank + 1))
    a, b = first % (rank + 1), second % (rank + 1)
    order[a], order[b] = b, a
    return permuted(reader, item, order)


def reduced(reader: ModuleReader, function: str, item: Any, dim: Any, keepdim: bool = False) -> Any:
    """The mean or the largest of all positions of a picture or sequence."""
    value = tensor(reader, item)
    rank = len(reader.builder.torch_shape(value))
    given = dim if isinstance(dim, tuple | list) else [dim]
    numbers = sorted(n % (rank + 1) if isinstance(n, int) else -1 for n in given)
    if rank == 2 and numbers == [1]:
        # Steps before features.
        value, numbers = permuted(reader, value, [0, 2, 1]), [2]
    if numbers != list(range(2, rank + 1)):
        raise NotExpressible("It is read over all positions of a picture or sequence.")
    row = pooled(reader.builder, function, function, value)
    return Pooled(row, rank - 1) if keepdim else row


def summed(reader: ModuleReader, item: Any, dim: Any, keepdim: bool = False) -> Value:
    """The sum of a product over its last axis."""
    value = tensor(reader, item)
    node = reader.builder.nodes[value.node]
    rank = len(reader.builder.torch_shape(value))
    is_last = isinstance(dim, int) and dim % (rank + 1) == rank and value.axes == tuple(range(rank))
    if node.kind != "multiply" or len(node.inputs) != 2 or not is_last or not keepdim:
        raise NotExpressible("A sum is read over the last axis of a product, with keepdim=True.")
    del reader.builder.nodes[value.node]
    return reader.builder.in_order(reader.builder.add("dot", "dot", {}, list(node.inputs)))


def powered(reader: ModuleReader, item: Any, exponent: Any) -> Value:
    return torch_math.powered(reader, tensor(reader, item), exponent)


def _index(reader: ModuleReader, item: Any) -> Value:
    value = tensor(reader, item)
    return replace(value, is_index=True)


def _clamped(reader: ModuleReader, item: Any, min: Any = None, max: Any = None) -> Value:
    value = tensor(reader, item)
    if value.is_index and min == 0:
        # An Embedding keeps its numbers inside of its table.
        return value
    return torch_math.clamped(reader, value, min, max)


def _dropout(
    reader: ModuleReader, item: Any, p: Any = 0.5, training: Any = True, inplace: Any = False
) -> Any:
    return reader.builder.each("dropout", "dropout", {"rate": float(p)}, tensor(reader, item))


def _unsqueezed(reader: ModuleReader, item: Any, dim: Any) -> Value:
    value = tensor(reader, item)
    shape = reader.builder.torch_shape(value)
    at = (dim if dim > 0 else dim + len(shape) + 2) - 1
    if not 0 <= at <= len(shape):
        raise NotExpressible("It adds an axis before that of the batch.")
    return reader.builder.reshaped("unsqueeze", value, (*shape[:at], 1, *shape[at:]))


def _squeezed(reader: ModuleReader, item: Any, dim: Any) -> Value:
    if isinstance(item, Pooled) and item.ones == 1:
        row: Value = item.row
        return row
    value = tensor(reader, item)
    shape = reader.builder.torch_shape(value)
    at = (dim if dim > 0 else dim + len(shape) + 1) - 1
    if shape[at] != 1 or len(shape) == 1:
        raise NotExpressible("It takes away an axis that is not of length 1, or the last one.")
    return reader.builder.reshaped("squeeze", value, (*shape[:at], *shape[at + 1 :]))


def _same(reader: ModuleReader, item: Any, *_arguments: Any, **_named: Any) -> Any:
    return item


def _size(reader: ModuleReader, item: Any, dim: Any = None) -> Any:
    sizes = (BATCH, *reader.builder.torch_shape(tensor(reader, item)))
    return sizes if dim is None else sizes[dim]


def _flat(reader: ModuleReader, item: Any, start_dim: Any = 0, end_dim: Any = -1) -> Value:
    if start_dim != 1 or end_dim != -1:
        raise NotExpressible("flatten is read from axis 1 to the last.")
    if isinstance(item, Pooled):
        row: Value = item.row
        return row
    return reader.builder.flattened("flatten", tensor(reader, item))


def _soft(kind: str) -> Function:
    def read(reader: ModuleReader, item: Any, dim: Any = None, **_named: Any) -> Value:
        return softmax(reader.builder, kind, tensor(reader, item), dim, kind)

    return read


def _of_values(name: str) -> Function:
    return lambda reader, item: torch_math.of_values(reader, name, tensor(reader, item))


def _of_two(name: str) -> Function:
    return lambda reader, a, b: joined(reader, name, [a, b])


# Of torch, of torch.nn.functional, and as methods of tensors.
FUNCTIONS: Mapping[str, Function] = {
    "cat": concatenated,
    "concat": concatenated,
    "flatten": _flat,
    "softmax": _soft("softmax"),
    "log_softmax": _soft("log_softmax"),
    **{name: _of_values(name) for name in torch_math.OF_VALUES},
    **{name: _of_two(name) for name in torch_math.OF_TWO},
    "div": _of_two("divide"),
    "dropout": _dropout,
    "add": lambda reader, a, b: joined(reader, "add", [a, b]),
    "sub": lambda reader, a, b: joined(reader, "subtract", [a, b]),
    "mul": lambda reader, a, b: joined(reader, "multiply", [a, b]),
    "square": lambda reader, item: powered(reader, item, 2),
    "pow": powered,
    "sin": lambda reader, item: reader.builder.each("sine", "sine", {}, tensor(reader, item)),
    "mean": lambda reader, item, dim, keepdim=False: reduced(reader, "mean", item, dim, keepdim),
    "amax": lambda reader, item, dim, keepdim=False: reduced(reader, "amax", item, dim, keepdim),
    "sum": summed,
    "view": lambda reader, item, *sizes: reshaped(reader, "view", item, sizes),
    "reshape": lambda reader, item, *sizes: reshaped(reader, "reshape", item, sizes),
    "permute": lambda reader, item, *order: permuted(reader, item, order),
    "transpose": transposed,
    "flip": lambda reader, item, *axes, dims=(): flipped(reader, item, *(axes or [dims])),
    "unsqueeze": _unsqueezed,
    "squeeze": _squeezed,
    "contiguous": _same,
    "float": _same,
    "to": _same,
    "clone": _same,
    "long": _index,
    "int": _index,
    "clamp": _clamped,
    "clip": _clamped,
    "size": _size,
}


def call_function(reader: ModuleReader, name: str, values: Sequence[Any], named: Mapping[str, Any]) -> Any:
    """A function of torch or a method. Raises NotExpressible."""
    if name in FUNCTIONS:
        try:
            return FUNCTIONS[name](reader, *values, **named)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
            if isinstance(error, FileError):
                raise
            raise NotExpressible(f"The arguments of {name} are not those that are read.") from error
    kind = AS_MODULES.get(name)
    if kind is None or not values:
        raise NotExpressible(f"No layer is known for {name[:80]}.")
    module = Module(kind, values[1:], {k: v for k, v in named.items() if k != "training"}, name, 0)
    return apply(reader, module, [tensor(reader, values[0])])


__all__ = ["call_function", "joined", "powered", "tensor"]
