"""Recurrent modules of torch.nn as nnstudio's layers: a chain of them where a module has several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_values import Module, Outputs, Recurrent, StateOf, Value

# EarlyGRU is a class that nnstudio writes; its arguments are those of nn.GRU.
KINDS = {"RNN": "simplernn", "LSTM": "lstm", "GRU": "gru", "EarlyGRU": "gru"}
# More would only be there to exhaust the reader.
MOST_LEVELS = 100
NO_BIAS = "It has no bias, which this layer does not know: here it begins at 0 and is trained."


def _call(_reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> tuple[Any, Any]:
    call = Recurrent(module, replace(inputs[0], turned=False), inputs[0].turned)
    # What cannot be read is said here, not where it is used.
    _options(call)
    state = Outputs(call, "state")
    return Outputs(call, "steps"), ((state, Outputs(call, "cell")) if module.kind == "LSTM" else state)


def reads_both_ways(call: Recurrent) -> bool:
    """Raises NotExpressible for a module that no layer is."""
    return bool(_options(call)["bidirectional"])


def steps_of(reader: ModuleReader, call: Recurrent) -> Value:
    """The outputs of all steps. Raises NotExpressible."""
    return _level(reader, call, _options(call)["num_layers"] - 1, "steps")


def state_of(reader: ModuleReader, states: Sequence[StateOf]) -> Value:
    """The state after the last step: of one direction, or of both side by side. Raises NotExpressible."""
    call, o = states[0].call, _options(states[0].call)
    both, count = bool(o["bidirectional"]), o["num_layers"] * (2 if o["bidirectional"] else 1)
    if any(not -count <= state.number < count for state in states):
        raise NotExpressible(f"It has {count} states.")
    first, *others = (state.number % count for state in states)
    is_one = len({state.what for state in states}) == 1
    if others != ([first + 1] if both else []) or (both and first % 2) or not is_one:
        raise NotExpressible("Of both directions' states, only all side by side can be expressed.")
    return _level(reader, call, first // 2 if both else first, states[0].what)


def last_step(reader: ModuleReader, call: Recurrent) -> Value:
    """The output that comes last, (width,). Raises NotExpressible."""
    o = _options(call)
    if o["bidirectional"]:
        return step_of(reader, steps_of(reader, call), -1)
    return _level(reader, call, o["num_layers"] - 1, "state")


def step_of(reader: ModuleReader, value: Value, number: int) -> Value:
    """One step of a sequence, (width,). Raises NotExpressible."""
    builder = reader.builder
    steps = builder.torch_shape(value)[0]
    if not -steps <= number < steps:
        raise NotExpressible(f"It has {steps} steps.")
    at = number % steps
    sides = {"sides": "separate", "before": at, "after": steps - 1 - at}
    node = builder.natural(value)
    if steps > 1:
        node = builder.add("step", "crop1d", sides, [node])
    return builder.in_order(builder.add("step", "flatten", {}, [node]))


def _options(call: Recurrent) -> dict[str, Any]:
    kind = call.module.kind
    own = {"nonlinearity": "tanh"} if kind == "RNN" else {}
    o = call.module.options(
        input_size=None, hidden_size=None, num_layers=1, **own, bias=True, batch_first=False, dropout=0.0,
        bidirectional=False, proj_size=0,
    )  # fmt: skip
    if not o["batch_first"] or o["proj_size"]:
        raise NotExpressible(f"nn.{kind} is read with batch_first=True, and without proj_size.")
    if not isinstance(o["num_layers"], int) or not 0 < o["num_layers"] <= MOST_LEVELS:
        raise NotExpressible(f"It has {str(o['num_layers'])[:40]} layers.")
    if o.get("nonlinearity", "tanh") not in ("tanh", "relu"):
        raise NotExpressible("Its activation is another than tanh and ReLU.")
    if call.turned and o["bidirectional"]:
        raise NotExpressible("It reads both ways what was turned round; only one way can be expressed.")
    return o


def _level(reader: ModuleReader, call: Recurrent, level: int, what: str) -> Value:
    """What one of the layers of a call gives, its steps, state or cell; each is added once."""
    if (level, what) not in call.results:
        call.results[level, what] = _added(reader, call, level, what)
    return call.results[level, what]


def _added(reader: ModuleReader, call: Recurrent, level: int, what: str) -> Value:
    o, module, builder = _options(call), call.module, reader.builder
    kind, rate = KINDS[module.kind], float(o["dropout"] or 0)
    options = {
        "units": o["hidden_size"], "return_sequences": what == "steps",
        "bidirectional": bool(o["bidirectional"]), **({"gives": "cell"} if what == "cell" else {}),
        **({"activation": "relu"} if o.get("nonlinearity") == "relu" else {}),
        **({"reset": "before"} if module.kind == "EarlyGRU" else {}),
        **({"reverse": True} if call.turned else {}),
    }  # fmt: skip
    if level:
        node = _level(reader, call, level - 1, "steps").node
        if rate:
            node = _dropped(reader, call, level - 1, node, rate)
    else:
        node = builder.natural(call.source)
    part = f".l{level}" if o["num_layers"] > 1 else ""
    ends = ("", "_reverse") if o["bidirectional"] else ("",)
    names, change = _arrays(ends, level, bool(o["bias"]), kind == "gru" and module.kind == "GRU")
    name = reader.add(module, kind, options, node, names, change, part=part)
    if not o["bias"]:
        builder.say(name, NO_BIAS)
    return replace(builder.in_order(name), turned=call.turned and what == "steps")


def _dropped(reader: ModuleReader, call: Recurrent, level: int, node: str, rate: float) -> str:
    """The Dropout behind all layers but the last; one for all that read it."""
    wanted = f"{call.module.path}.l{level} dropout"
    if wanted not in reader.builder.nodes or reader.builder.nodes[wanted].inputs != (node,):
        return reader.builder.add(wanted, "dropout", {"rate": rate}, [node])
    return wanted


def _arrays(ends: Sequence[str], level: int, has_bias: bool, is_apart: bool) -> tuple[dict[str, str], Any]:
    """Names of a layer's arrays here by those of the module, and what makes ours of them."""
    kinds = ("weight_ih", "weight_hh", *(("bias_ih", "bias_hh") if has_bias else ()))
    names = {f"{kind}_l{level}{end}": f"{kind}{end}" for end in ends for kind in kinds}

    def change(held: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        arrays: dict[str, np.ndarray] = {}
        for end in ends:
            kernel, recurrent = held[f"weight_ih{end}"], held[f"weight_hh{end}"]
            nothing = np.zeros(len(kernel), np.float32)
            first, second = held.get(f"bias_ih{end}", nothing), held.get(f"bias_hh{end}", nothing).copy()
            if is_apart:
                units = len(second) // 3
                arrays[f"recurrent_bias{end}"] = second[-units:].copy()
                second[-units:] = 0
            arrays |= {
                f"weight{end}": kernel.T, f"recurrent_weight{end}": recurrent.T, f"bias{end}": first + second
            }  # fmt: skip
        return arrays

    return names, change


RECURRENT: Mapping[str, Apply] = dict.fromkeys(KINDS, _call)


__all__ = ["RECURRENT", "last_step", "reads_both_ways", "state_of", "step_of", "steps_of"]
