"""Modules of torch.nn as nnstudio's layers: one function each, which refuses what the layer does not do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnstudio.importing import torch_math
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_norms import NORMS
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_recurrent import RECURRENT
from nnstudio.importing.torch_values import Module, Value, ValueBuilder, row_order
from nnstudio.importing.torch_windows import WINDOWS
from nnstudio.model.atomic_file import FileError


def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Any:
    """What a module gives. Raises NotExpressible."""
    if module.kind not in MODULES:
        raise NotExpressible(f"No layer is known for nn.{module.kind}.")
    if not inputs or len(inputs) > 1:
        raise NotExpressible(f"nn.{module.kind} is called with {len(inputs)} values.")
    try:
        return MODULES[module.kind](reader, module, inputs)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, ArithmeticError) as error:
        if isinstance(error, FileError):
            raise
        raise NotExpressible(f"The arguments of nn.{module.kind} are not those it takes.") from error


def each(kind: str, **options: tuple[str, Any]) -> Apply:
    """Value by value; ``options`` are names here and defaults by names there."""

    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        given = module.options(**{there: default for there, (_, default) in options.items()}, inplace=False)
        ours = {here: float(given[there]) for there, (here, _) in options.items()}
        return reader.builder.each(module.path, kind, ours, inputs[0])

    return apply


def _linear(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(in_features=None, out_features=None, bias=True)
    value, builder = inputs[0], reader.builder
    shape = builder.torch_shape(value)
    if shape[-1] != o["in_features"]:
        raise NotExpressible(f"It takes {o['in_features']} values, but {shape[-1]} arrive.")
    before = reader.used.get(module.path)
    # Shared weights have one order of rows.
    order = None if value.flattened is None else row_order(value.flattened)
    if before is not None and (order is None or before[1] is None or not np.array_equal(order, before[1])):
        order = before[1] if order is None and before[1] is None else None
    node = value.node if order is not None else builder.natural(value)

    def change(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        weight = arrays["weight"].T
        if order is not None:
            weight = np.empty_like(weight)
            weight[order] = arrays["weight"].T
        return {**arrays, "weight": weight}

    names = {"weight": "weight", **({"bias": "bias"} if o["bias"] else {})}
    options = {"units": o["out_features"], "bias": bool(o["bias"])}
    return builder.in_order(reader.add(module, "dense", options, node, names, change, order))


def _batch_norm(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(num_features=None, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True)
    if not o["track_running_stats"]:
        raise NotExpressible("It keeps no statistics.")
    value, builder = inputs[0], reader.builder
    is_row = len(builder.torch_shape(value)) == 1
    node = builder.natural(value) if is_row else builder.last(value)
    names = {"running_mean": "running_mean", "running_var": "running_var"}
    if o["affine"]:
        names |= {"weight": "weight", "bias": "bias"}
    options: dict[str, Any] = {"epsilon": o["eps"], "affine": bool(o["affine"])}
    if o["momentum"] is None:
        options["statistics"] = "cumulative"
        names["num_batches_tracked"] = "running_batches"
    else:
        options["momentum"] = o["momentum"]
    name = reader.add(module, "batchnorm", options, node, names, _counted)
    return builder.in_order(name) if is_row else builder.channels_first(name)


def _counted(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The number of batches as a row of one."""
    return {k: v.reshape(1) if k == "running_batches" and v.size == 1 else v for k, v in arrays.items()}


def _layer_norm(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(normalized_shape=None, eps=1e-5, elementwise_affine=True, bias=True)
    given = o["normalized_shape"]
    shape = (given,) if isinstance(given, int) else tuple(given)
    learned = (("weight", "bias") if o["bias"] else ("weight",)) if o["elementwise_affine"] else ()
    # What has neither a scale nor a shift keeps to 1 and 0.
    options = {"epsilon": o["eps"], "axes": len(shape), "frozen": not learned}

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"weight": np.ones(shape, np.float32), "bias": np.zeros(shape, np.float32), **held}

    node, names = reader.builder.natural(inputs[0]), {name: name for name in learned}
    added = reader.add(module, "layernorm", options, node, names, change)
    if learned == ("weight",):
        reader.builder.say(added, "It has no shift, which this layer does not know: here it begins at 0.")
    return reader.builder.in_order(added)


def _prelu(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(num_parameters=1, init=0.25)
    value, builder = inputs[0], reader.builder
    if o["num_parameters"] == 1:
        name = reader.add(module, "prelu", {"per_channel": False}, value.node, {"weight": "weight"})
        return Value(name, builder.torch_shape(value), value.axes, value.flattened)
    is_row = len(builder.torch_shape(value)) == 1
    node = builder.natural(value) if is_row else builder.last(value)
    name = reader.add(module, "prelu", {"per_channel": True}, node, {"weight": "weight"})
    return builder.in_order(name) if is_row else builder.channels_first(name)


def softmax(
    builder: ValueBuilder, wanted: str, value: Value, dim: Any, kind: str = "softmax"
) -> Value:  # fmt: skip
    """Or its like, along one axis of PyTorch, the batch being axis 0."""
    shape = builder.torch_shape(value)
    rank = len(shape)
    if not isinstance(dim, int) or not (-rank <= dim < 0 or 0 < dim <= rank):
        raise NotExpressible(f"dim is {str(dim)[:40]}; it must be an axis of a sample.")
    axis = value.axes[dim - 1 if dim > 0 else dim + rank]
    options = {} if axis == rank - 1 else {"axis": str(axis + 1)}
    return Value(builder.add(wanted, kind, options, [value.node]), shape, value.axes, value.flattened)


def _softmax(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    kind = "log_softmax" if module.kind == "LogSoftmax" else "softmax"
    return softmax(reader.builder, module.path, inputs[0], module.options(dim=None)["dim"], kind)


def _relu6(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    module.options(inplace=False)
    return reader.builder.each(module.path, "clamp", {"low": 0.0, "high": 6.0}, inputs[0])


def _flatten(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(start_dim=1, end_dim=-1)
    if (o["start_dim"], o["end_dim"]) != (1, -1):
        raise NotExpressible("Flatten is read from axis 1 to the last.")
    if len(reader.builder.torch_shape(inputs[0])) == 1:
        # It does nothing, but has a name.
        return reader.builder.each(module.path, "flatten", {}, inputs[0])
    return reader.builder.flattened(module.path, inputs[0])


def _embedding(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(
        num_embeddings=None, embedding_dim=None, padding_idx=None, max_norm=None, norm_type=2.0,
        scale_grad_by_freq=False, sparse=False,
    )  # fmt: skip
    if o["max_norm"] is not None:
        raise NotExpressible("It changes its rows as they are used.")
    value = inputs[0]
    options = {"size": o["num_embeddings"], "dimensions": o["embedding_dim"]}
    node = reader.builder.natural(replace(value, is_index=False))
    return reader.builder.in_order(reader.add(module, "embedding", options, node, {"weight": "weight"}))


def _gelu(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    approximation = module.options(approximate="none")["approximate"]
    return reader.builder.each(module.path, "gelu", {"approximation": approximation}, inputs[0])


def _composed(name: str) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        module.options(inplace=False)
        return torch_math.composed(reader, name, inputs[0])

    return apply


def _channel_dropout(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    rate = float(module.options(p=0.5, inplace=False)["p"])
    value = reader.builder.each(module.path, "dropout", {"rate": rate}, inputs[0])
    reader.builder.say(
        value.node, "It drops whole channels there, and single values here; in training only.", True
    )
    return value


MODULES: Mapping[str, Apply] = {
    **WINDOWS,
    **RECURRENT,
    **NORMS,
    "Linear": _linear,
    "BatchNorm1d": _batch_norm,
    "BatchNorm2d": _batch_norm,
    "BatchNorm3d": _batch_norm,
    "LayerNorm": _layer_norm,
    "Dropout": each("dropout", p=("rate", 0.5)),
    "Dropout1d": _channel_dropout,
    "Dropout2d": _channel_dropout,
    "Hardsigmoid": _composed("hardsigmoid"),
    "Hardswish": _composed("hardswish"),
    "Mish": _composed("mish"),
    "Softsign": _composed("softsign"),
    "LogSigmoid": _composed("logsigmoid"),
    "GaussianNoise": each("gaussiannoise", deviation=("deviation", 0.1)),
    "Identity": lambda _reader, _module, inputs: inputs[0],
    "Flatten": _flatten,
    "Embedding": _embedding,
    "ReLU": each("relu"),
    "Sigmoid": each("sigmoid"),
    "Tanh": each("tanh"),
    "LeakyReLU": each("leaky_relu", negative_slope=("negative_slope", 0.01)),
    "ELU": each("elu", alpha=("alpha", 1.0)),
    "SELU": each("selu"),
    "GELU": _gelu,
    "PReLU": _prelu,
    "SiLU": each("silu"),
    "Softplus": each("softplus", beta=("beta", 1.0)),
    "Softmax": _softmax,
    "LogSoftmax": _softmax,
    "Hardtanh": each("clamp", min_val=("low", -1.0), max_val=("high", 1.0)),
    "ReLU6": _relu6,
}


__all__ = ["MODULES", "apply", "softmax"]
