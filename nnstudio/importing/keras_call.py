"""One use of a Keras layer, and what readers of layers share: axes, arrays by name, activations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels.spec import Shape
from nnstudio.importing.builder import NotExpressible

# The arrays of a layer, or of a part of it, in their order; None where the file holds none.
Arrays = Callable[..., "list[np.ndarray] | None"]
Named = Mapping[str, np.ndarray] | None


@dataclass(frozen=True, eq=False)
class KerasCall:
    """One use of a layer.

    Attributes:
        shapes: of what enters, without the batch; ``inputs`` are the nodes that give it.
        arguments: of the call, by name; ``constants`` are those without a name that are no values, and
            whether they stand before the first value.
        registered: the name under which a class of the file's own is registered, or "".
    """

    kind: str
    config: Mapping[str, Any]
    shapes: Sequence[Shape]
    inputs: Sequence[str]
    arguments: Mapping[str, Any]
    arrays: Arrays
    registered: str
    module: str
    constants: Sequence[tuple[Any, bool]] = ()


@dataclass(frozen=True, eq=False)
class Part:
    """A layer here; several in a row may stand for one there.

    Attributes:
        suffix: of its name, behind that of the layer.
        note: what it does otherwise in training than there, a sentence for the table, or "".
        takes_one: whether what enters twice enters once.
        line: of a BatchNorm, the factor and the shift of all channels, which make up its arrays.
        back: how many parts before it takes, besides the last, what enters that one; 0 for none.
    """

    kind: str
    options: Mapping[str, Any] = field(default_factory=dict)
    arrays: Named = None
    suffix: str = ""
    note: str = ""
    takes_one: bool = False
    line: tuple[float, float] | None = None
    back: int = 0


def line(factor: float, shift: float, suffix: str = "") -> Part:
    """Each value by a factor, and shifted: a BatchNorm that is frozen."""
    options = {"epsilon": 1e-10, "momentum": 0.0, "frozen": True}
    return Part("batchnorm", options, None, suffix, line=(factor, shift))


def shaped(target: Sequence[int], suffix: str) -> Part:
    """A Reshape of a sample."""
    return Part("reshape", {"target": ", ".join(map(str, target))}, None, suffix)


def permuted(axes: str, suffix: str) -> Part:
    """The axes of a sample in another order, from 1."""
    return Part("permute", {"axes": axes}, None, suffix)


Read = Callable[[KerasCall], list[Part]]
ACTIVATIONS: Mapping[str, Part] = {
    "relu": Part("relu"), "sigmoid": Part("sigmoid"), "tanh": Part("tanh"), "softmax": Part("softmax"),
    "elu": Part("elu", {"alpha": 1.0}), "selu": Part("selu"), "gelu": Part("gelu"), "silu": Part("silu"),
    "swish": Part("silu"), "softplus": Part("softplus"),
    "leaky_relu": Part("leaky_relu", {"negative_slope": 0.2}),
    "relu6": Part("clamp", {"low": 0.0, "high": 6.0}), "log_softmax": Part("log_softmax"),
    "exponential": Part("function", {"function": "exp"}),
}  # fmt: skip
HARD = (line(1 / 6, 0.5, " line"), Part("clamp", {"low": 0.0, "high": 1.0}))
TIMES = Part("multiply", {}, None, " times", back=2)
# Those that several layers compute.
COMPOSED: Mapping[str, Sequence[Part]] = {
    "hard_sigmoid": HARD, "hard_silu": (*HARD, TIMES), "hard_swish": (*HARD, TIMES),
    "mish": (Part("softplus"), Part("tanh", {}, None, " tanh"), TIMES),
}  # fmt: skip


def activation(given: Any) -> list[Part]:
    """An activation by its name, or as a configuration that holds it."""
    if isinstance(given, dict):
        inner = given.get("config")
        given = inner if isinstance(inner, str) else str(given.get("class_name")).lower()
    if given in (None, "linear"):
        return []
    if given in COMPOSED:
        return list(COMPOSED[given])
    if given not in ACTIVATIONS:
        raise NotExpressible(f"No layer is known for the activation {str(given)[:80]!r}.")
    return [ACTIVATIONS[given]]


def expect(call: KerasCall, **values: Any) -> None:
    """Raise NotExpressible where the configuration says otherwise; what it leaves out is as expected."""
    for name, value in values.items():
        given = call.config.get(name, value)
        if given != value:
            raise NotExpressible(f"{name} is {str(given)[:80]!r}; only {value!r} can be expressed.")


def pair(given: Any, count: int = 2) -> list[int]:
    """One number for each axis."""
    numbers = list(given) if isinstance(given, list | tuple) else [given] * count
    if len(numbers) != count or not all(isinstance(n, int) for n in numbers):
        raise NotExpressible(f"{str(given)[:80]} are not {count} whole numbers.")
    return numbers


def lengths(**given: tuple[str, Sequence[int]]) -> dict[str, Any]:
    """Options for each axis, by name and name of the width: ``kernel_size=("kernel_width", (3, 5))``."""
    options: dict[str, Any] = {name: axes[0] for name, (_, axes) in given.items()}
    if any(len(axes) == 2 for _, axes in given.values()) and any(
        len(set(axes)) > 1 for _, axes in given.values()
    ):
        options |= {"two_lengths": True, **{width: axes[1] for width, axes in given.values()}}
    return options


def named(arrays: list[np.ndarray] | None, *names: str) -> Named:
    """Arrays in their order by names; None where there are none."""
    if arrays is None:
        return None
    if len(arrays) != len(names):
        raise NotExpressible(f"It has {len(arrays)} arrays; {len(names)} were expected.")
    return dict(zip(names, arrays, strict=True))


def with_bias(call: KerasCall, *names: str) -> Named:
    return named(call.arrays(), *names, *(("bias",) if call.config.get("use_bias", True) else ()))
