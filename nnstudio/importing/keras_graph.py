"""Follows the layers of a Keras model, Sequential or Functional, and builds nnstudio's nodes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import numpy as np

from nnkernels.spec import Shape, layers
from nnstudio.data.progress import tell
from nnstudio.importing.builder import NetworkBuilder, NotExpressible
from nnstudio.importing.importer import Imported, Row
from nnstudio.importing.keras_call import KerasCall, Part
from nnstudio.importing.keras_config import (
    Call,
    Value,
    batch_shape,
    chained,
    first_shape,
    groups,
    holds_tensor,
    layer_name,
    linked,
    values_of,
)  # fmt: skip
from nnstudio.importing.keras_layers import read_layer, scaling_of
from nnstudio.importing.keras_masks import LEFT_OUT, READ, is_mask, lost_mask, masks_of
from nnstudio.importing.keras_numbers import WITH_NUMBER, line_arrays
from nnstudio.importing.keras_sequences import one_value
from nnstudio.importing.keras_turns import LAST_FIRST, Turned, is_turned_behind, turns_round
from nnstudio.model.atomic_file import FileError

MODELS = ("Sequential", "Functional", "Model")
# Models within models; more would only be there to exhaust the reader.
DEEPEST = 20
# Under which name the arrays of layers lie: of Keras 3, and of the files that came before it.
ROOTS = ("layers", "_layer_checkpoint_dependencies")


class Stored(Protocol):
    """Where arrays lie."""

    def title(self, *path: str) -> str: ...
    def arrays(self, *path: str) -> list[np.ndarray]: ...
    def group(self, *path: str) -> Any: ...


def read_model(file: str, config: Mapping[str, Any], stored: Stored | None) -> Imported:
    """The whole model. Raises FileError where it is none that can be read."""
    builder = NetworkBuilder(draws=stored is None)
    try:
        outputs = _Model(file, config, builder, stored, (), "", 0).read(None)
    except (TypeError, KeyError, IndexError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, FileError):
            raise
        raise FileError(f"The configuration of '{file}' is not one of Keras, or is damaged.") from error
    for i, source in enumerate(outputs):
        if isinstance(source, Turned):
            source = builder.add_placeholder(f"{source} turned", "keras.Flip", {}, [str(source)], LAST_FIRST)
        builder.add_output(source, "output" if len(outputs) == 1 else f"output {i + 1}")
    if stored is None:
        text = "The file holds no weights; they were drawn afresh."
        builder.rows.append(Row(file, "weights", "", text, is_assumed=True))
    return builder.imported()


class _Model:
    """A model, or one inside another, whose layers are named ``before`` their own names."""

    def __init__(
        self, file: str, config: Mapping[str, Any], builder: NetworkBuilder, stored: Stored | None,
        path: tuple[str, ...], before: str, depth: int,
    ) -> None:  # fmt: skip
        kind = config.get("class_name")
        if kind not in MODELS or not isinstance(config.get("config"), dict) or depth > DEEPEST:
            raise FileError(
                f"'{file}' holds {str(kind)[:80]!r} and not a Sequential or Functional model of Keras, or "
                "more models within models than are read. A model of a class of its own is code; export it "
                "as ONNX."
            )
        self.file, self.builder, self.stored = file, builder, stored
        self.path, self.before, self.depth = path, before, depth
        self.config = config["config"]
        self.is_chain = kind == "Sequential"
        self.entries = [entry for entry in self.config["layers"] if isinstance(entry, dict)]
        twice = [name for name, times in Counter(map(layer_name, self.entries)).items() if times > 1]
        if twice:
            raise FileError(
                f"'{file}' has two layers called '{twice[0][:80]}', so which is meant cannot be told. "
                "Give each a name of its own, and save it again."
            )
        self.groups = dict(groups(self.entries))
        self.calls = chained(self.entries) if self.is_chain else linked(file, self.entries)
        self.told = {
            value: shape for c in self.calls for value, shape in zip(c.inputs, c.shapes, strict=False)
        }
        self.used = {value for call in self.calls for value in call.inputs} | {*self._ends(self.calls)}
        self.masks = masks_of(self.calls, self.used)
        self.values: dict[Value, str] = {}
        self.first_use: dict[str, str] = {}
        self.models: dict[str, _Model] = {}

    def read(self, given: Sequence[str] | None) -> list[str]:
        """The nodes of the outputs; ``given`` are nodes of what enters a model inside another."""
        self.values, calls = {}, self.calls
        self._enter(given)
        # Layers may stand in any order: each goes when all it takes is there.
        users: dict[Value, list[Call]] = {}
        missing = {}
        for call in calls:
            needed = {value for value in call.inputs if value not in self.values}
            missing[call.name, call.number] = needed
            for value in needed:
                users.setdefault(value, []).append(call)
        ready = [call for call in calls if not missing[call.name, call.number]]
        for done, call in enumerate(ready):
            if self.depth == 0:
                tell(done / len(calls))
            for i, node in enumerate(self._apply(call)):
                value = (call.name, call.number, i)
                self.values[value] = node
                for user in users.pop(value, []):
                    needed = missing[user.name, user.number]
                    needed.discard(value)
                    if not needed:
                        ready.append(user)
        ends = self._ends(calls)
        lost = [value[0] for value in ends if value not in self.values]
        if lost or not ends:
            names = ", ".join(f"'{name}'" for name in lost[:5]) or "its outputs"
            raise FileError(
                f"Nothing in '{self.file}' gives {names}: layers are missing, or go in a circle. Save "
                "it again."
            )
        return [self.values[value] for value in ends]

    def _enter(self, given: Sequence[str] | None) -> None:
        """The Inputs, or what enters a model inside another."""
        by_name = {layer_name(entry): entry for entry in self.entries}
        starts = [("", first_shape(self.config, self.entries))] if self.is_chain else [
            (value[0], batch_shape(by_name[value[0]])) for value in values_of(self.config["input_layers"])
        ]  # fmt: skip
        if given is not None and len(given) != len(starts):
            raise FileError(
                f"A model inside '{self.file}' takes {len(starts)} values, but gets {len(given)}."
            )
        for i, (name, shape) in enumerate(starts):
            if given is not None:
                self.values[name, 0, 0] = given[i]
                continue
            sample = None if shape is None else shape[1:]
            if not sample or any(not isinstance(n, int) or not 0 < n < 2**31 for n in sample):
                raise FileError(
                    f"The input '{name or 'of the chain'}' of '{self.file}' has shape {shape}; all of its "
                    "sizes but the batch must be known. Build the model with an Input of a fixed shape, and "
                    "save it again."
                )
            self.values[name, 0, 0] = self.builder.add_input(name or "input", tuple(sample), "InputLayer")

    def _ends(self, calls: Sequence[Call]) -> list[Value]:
        if self.is_chain:
            return [(calls[-1].name, 0, 0) if calls else ("", 0, 0)]
        return values_of(self.config["output_layers"])

    def _apply(self, call: Call) -> list[str]:
        """The nodes of what a layer gives."""
        entry, kind = call.layer, str(call.layer["class_name"])
        inputs = [self.values[value] for value in call.inputs]
        name = f"{self.before}{call.name}"
        if (call.name, call.number, 0) in self.masks:
            self.builder.rows.append(Row(name, kind, "", READ))
            return inputs[:1]
        if kind in MODELS:
            return self._inner(call, entry).read(inputs)
        try:
            return self._given(call, kind, name, inputs)
        except NotExpressible as error:
            reason = str(error)
        except (TypeError, KeyError, IndexError, ValueError, AttributeError, ArithmeticError) as error:
            if isinstance(error, FileError):
                raise
            reason = f"Its configuration is not one of {kind}."
        data = {"config": entry.get("config"), "module": entry.get("module")}
        shape = self._told_shape((call.name, call.number, 0))
        node = self.builder.add_placeholder(name, f"keras.{kind}", data, inputs, reason, shape)
        return [node] * self._count(call)

    def _count(self, call: Call) -> int:
        """How many of the values that a call gives are used."""
        return 1 + max((i for name, n, i in self.used if (name, n) == (call.name, call.number)), default=0)

    def _given(self, call: Call, kind: str, name: str, inputs: list[str]) -> list[str]:
        """A node for each value that is used, "" for others."""
        used = sorted(i for layer, n, i in self.used if (layer, n) == (call.name, call.number))
        if used in ([], [0]):
            return [self._add(call, kind, name, inputs)]
        given = [""] * self._count(call)
        for i in used:
            own = one_value(kind, call.layer["config"], i)
            again = replace(call, layer={**call.layer, "config": own})
            given[i] = self._add(again, kind, f"{name} {own['return_state']}" if any(given) else name, inputs)
        return given

    def _told_shape(self, value: Value) -> Shape | None:
        """What a layer gives, as those say that take it; None where none does."""
        shape = self.told.get(value)
        if shape and all(isinstance(n, int) and 0 < n < 2**31 for n in shape):
            return tuple(shape)
        return None

    def _inner(self, call: Call, entry: Mapping[str, Any]) -> _Model:
        if call.name not in self.models:
            self.models[call.name] = _Model(
                self.file, entry, self.builder, self.stored, (*self.path, *self._group(call.name)),
                f"{self.before}{call.name}/", self.depth + 1,
            )  # fmt: skip
        return self.models[call.name]

    def _add(self, call: Call, kind: str, name: str, inputs: list[str]) -> str:
        if call.constants and kind not in WITH_NUMBER:
            raise NotExpressible("It also takes numbers that the file holds as constants of the call.")
        if (scaling := self._scaling(call, kind, inputs)) is not None:
            self.builder.scaling = scaling
            text = "Kept as the scaling of the data: it stands first, and only scales."
            self.builder.rows.append(Row(name, kind, inputs[0], text))
            return inputs[0]
        lost = ""
        for key, value in call.arguments.items():
            if is_mask(key, value, self.masks) and holds_tensor(value):
                lost = LEFT_OUT
            elif holds_tensor(value):
                raise NotExpressible(f"It also takes a value as its '{key}'.")
        described = KerasCall(
            kind, call.layer["config"], [self.builder.shape(source) for source in inputs], inputs,
            call.arguments, self._arrays(call.name), str(call.layer.get("registered_name") or ""),
            str(call.layer.get("module") or ""), call.constants,
        )  # fmt: skip
        if turns_round(described):
            self.builder.rows.append(Row(name, kind, inputs[0], "It turns the steps round for what follows."))
            return str(inputs[0]) if isinstance(inputs[0], Turned) else Turned(inputs[0])
        added: list[str] = []
        notes, parts, entered = "", read_layer(described), list[str]()
        is_turned = is_turned_behind(parts, described)
        sources = [str(source) for source in inputs]
        for part in parts:
            entering = [added[-1]] if added else list(dict.fromkeys(sources)) if part.takes_one else sources
            entered.append(entering[0])
            entering = [entered[-1 - part.back], *entering] if part.back else entering
            added.append(self._add_part(part, f"{name}{part.suffix}", entering, call))
            notes += f" {part.note}" if part.note else ""
        if not added:
            self.builder.rows.append(Row(name, kind, "", "It does nothing."))
            return inputs[0]
        said = f"Imported as {' and '.join(added)}." if len(added) > 1 else "Imported."
        kinds = (str(c.layer.get("class_name")) for c in self.calls)
        lost += lost_mask(described, kinds, self.depth > 0)
        row = Row(name, kind, added[0], said + notes + lost, bool(lost), bool(notes) and not lost)
        self.builder.rows.append(row)
        return Turned(added[-1]) if is_turned else added[-1]

    def _add_part(self, part: Part, name: str, entering: list[str], call: Call) -> str:
        key, options, layer = f"{call.name}{part.suffix}", dict(part.options), layers[part.kind]
        owner = self.first_use.get(key, "") if layer.has_option("shares") and part.line is None else ""
        if layer.has_option("frozen") and call.layer["config"].get("trainable") is False:
            options["frozen"] = True
        width = self.builder.shape(entering[0])[-1]
        arrays = part.arrays if part.line is None else line_arrays(width, *part.line)
        node = self.builder.add(name, part.kind, options, entering, arrays, owner)
        self.first_use.setdefault(key, node)
        return node

    def _scaling(self, call: Call, kind: str, inputs: list[str]) -> dict[str, np.ndarray] | None:
        """Shift and scale of a layer that stands right behind the only Input, or None."""
        nodes = self.builder.nodes
        if self.before or len(nodes) != 1 or len(inputs) != 1 or nodes[inputs[0]].kind != "input":
            return None
        if sum(c.inputs.count(call.inputs[0]) for c in self.calls) != 1 or self.builder.scaling:
            return None
        return scaling_of(kind, call.layer["config"], self._arrays(call.name)(), nodes[inputs[0]].shape or ())

    def _group(self, name: str) -> tuple[str, ...]:
        """Where the arrays of a layer lie: by its class and number, unless another group has its name."""
        if self.stored is None:
            return ()
        root = next((r for r in ROOTS if self.stored.group(*self.path, r) is not None), ROOTS[0])
        own = self.groups.get(name, name)
        if self.stored.title(*self.path, root, own) not in ("", name):
            titled = (g for g in self.groups.values() if self.stored.title(*self.path, root, g) == name)
            own = next(titled, own)
        return (root, own)

    def _arrays(self, name: str) -> Any:
        """A function that gives the arrays of a layer, or of a part of it; None where there are none."""
        stored = self.stored
        if stored is None:
            return lambda *_inside: None
        where = (*self.path, *self._group(name))
        return lambda *inside: stored.arrays(*where, *inside)
