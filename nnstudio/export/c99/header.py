"""The text of a network as one C99 header: weights, functions and what a person must know to call it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import Shape, size_of
from nnstudio.export.c99.buffers import Workspace, planned
from nnstudio.export.c99.calls import SCALED_AXES, Call, calls, is_weight, number_text, scratch_of, selected
from nnstudio.export.c99.functions import sources
from nnstudio.export.c99.opening import Opening
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.numpy_code.layers import waves
from nnstudio.export.plain_layers import Prediction, identifiers, target_scaling

# The largest whole number of a weight of 8 bits; -128 is not used, so that scales are symmetric.
LARGEST = 127
BYTES = {"float": 4, "double": 8, "signed char": 1, "int": 4}
# Statements are broken where they get longer.
WIDTH = 96
ENDING = """
/* Predicts one sample; see above. Not reentrant where {upper}_STATIC is defined. */
static inline void {name}_predict(const float *input, float *output) {{
#ifdef {upper}_STATIC
    static
#endif
    float workspace[{upper}_WORKSPACE];
    {name}_network(input, output, workspace);{units}
}}
{chosen}
#endif
"""
CHOSEN = """
/* The number of the likeliest class, by what {name}_predict gave. */
static inline int {name}_class(const float *output) {{
    {body}
}}
"""
CHOSEN_AT = """
/* The number of the likeliest class at a step or pixel, counted from 0, by what {name}_predict gave. */
static inline int {name}_class(const float *output, int position) {{
    output += position * {classes};
    {body}
}}
"""
SEVERAL = """int top = 0;
    for (int i = 1; i < {classes}; i++)
        if (output[i] > output[top]) top = i;
    return top;"""


def header(network: ExportedNetwork, stem: str, is_rounded: bool) -> str:
    """The whole file; ``stem`` gives what its names begin with."""
    return _Header(network, stem, is_rounded).text()


def rounded(values: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers of 8 bits, and the scale of each position along an axis by which they are multiplied."""
    others = tuple(i for i in range(values.ndim) if i != axis % values.ndim)
    top = np.abs(values).max(axis=others, keepdims=True)
    scale = np.where(top == 0, 1, top / LARGEST)
    return np.rint(values / scale).astype(np.int8), scale.ravel().astype(np.float32)


def _commented(node: Resolved, name: str, statements: Sequence[str]) -> list[str]:
    """Statements below a line that tells the node and the shape of its values."""
    if not statements:
        return []
    shape = " x ".join(str(n) for n in node.shape)
    lines = [f"    /* {name}: {node.layer.title}, gives {shape} */"]
    for statement in statements:
        lines += textwrap.wrap(
            f"    {statement}", WIDTH, subsequent_indent=" " * 8, break_long_words=False,
            break_on_hyphens=False,
        )  # fmt: skip
    return lines


class _Header:
    def __init__(self, network: ExportedNetwork, stem: str, is_rounded: bool) -> None:
        self.network, self.is_rounded = network, is_rounded
        self.prediction = Prediction.of(network)
        self.name = next(iter(identifiers([stem], (), "network").values()))
        self.nodes = self.prediction.nodes
        owners = (network.owners.get(n.id, n.id) for n in self.nodes)
        self.keys = identifiers(dict.fromkeys(owners), ())
        self.names = identifiers((n.id for n in self.nodes), ())
        self.sample = size_of(network.input_shape)
        scratch = {node.id: scratch_of(node) for node in self.nodes}
        self.space: Workspace = planned(self.nodes, self.sample, scratch)
        self.data: dict[str, str] = {}
        self.bytes = 0
        self.full_names: dict[tuple[str, str], str] = {}

    def text(self) -> str:
        body = self._body()
        shift, scale = target_scaling(self.network, self.prediction)
        is_scaled = not self.network.classes and (set(shift), set(scale)) != ({0.0}, {1.0})
        units = self._units(shift, scale) if is_scaled else ""
        names = {"name": self.name, "upper": self.name.upper()}
        shape = self.nodes[-1].shape
        limit = "0.0f" if self.prediction.are_logits else "0.5f"
        chosen = f"return output[0] > {limit};" if shape[-1] == 1 else SEVERAL.format(classes=shape[-1])
        which = (CHOSEN if len(shape) == 1 else CHOSEN_AT) if self.network.classes else ""
        opening = Opening(
            self.network, self.prediction, self.name, self.space.size, self.bytes, self.is_rounded
        )
        return "".join([
            opening.text(), *self.data.values(), sources(body, self.name, self.is_rounded),
            body.replace("@", self.name),
            ENDING.format(
                **names, units=units,
                chosen=which.format(name=self.name, body=chosen, classes=shape[-1]),
            ),
        ])  # fmt: skip

    def _body(self) -> str:
        lines = [
            "", "/* What the network gives, before values get the units of the target; the workspace has",
            f"   {self.name.upper()}_WORKSPACE floats. */",
            "static inline void @_network(const float *input, float *output, float *workspace) {",
        ]  # fmt: skip
        shift, scale = (self._each(self.network.preprocessing[n]) for n in ("x_shift", "x_scale"))
        self._doubles("x_shift", shift, ": (input - x_shift) / x_scale enters the network")
        self._doubles("x_scale", scale)
        lines.append(
            f"    for (int i = 0; i < {self.sample}; i++)\n"
            f"        workspace[{self.space.at['']} + i] ="
            f" (float)((input[i] - @_x_shift[i % {len(shift)}]) / @_x_scale[i % {len(scale)}]);"
        )
        for node in self.nodes:
            inputs = [self._at(source) for source in node.inputs] or [self._at("")]
            scratch = f"workspace + {self.space.scratch.get(node.id, 0)}"
            call = Call(node, self.names[node.id], inputs, self._at(node.id), scratch, self._arrays(node.id))
            lines += _commented(node, self.names[node.id], calls(call))
        start, count = self.space.at[self.nodes[-1].id], size_of(self.nodes[-1].shape)
        lines.append(f"    for (int i = 0; i < {count}; i++) output[i] = workspace[{start} + i];")
        return "\n".join([*lines, "}", ""])

    def _at(self, name: str) -> str:
        return f"workspace + {self.space.at[name]}"

    def _each(self, values: list[float]) -> list[float]:
        """One for all, one for each channel, or one for each value."""
        return values if self.sample % len(values) == 0 else [*values] * self.sample

    def _units(self, shift: list[float], scale: list[float]) -> str:
        self._doubles("y_shift", shift, ": y_scale times what the network gives, and y_shift, is the output")
        self._doubles("y_scale", scale)
        factor = f"{self.name}_y_scale[i % {len(scale)}] + {self.name}_y_shift[i % {len(shift)}]"
        loop = f"for (int i = 0; i < {self.name.upper()}_OUTPUTS; i++)"
        return f"\n    {loop}\n        output[i] = (float)(output[i] * {factor});"

    def _arrays(self, name: str) -> dict[str, str]:
        """Expressions of the arrays of a node, which are written down where they are first used."""
        node = next(n for n in self.nodes if n.id == name)
        owner = self.network.owners.get(name, name)
        key = self.keys[owner]
        own, result = self.network.parameters(node), {}
        if node.layer.id == "batchnorm":
            var = own.pop("running_var").astype(np.float64) + float(node.options["epsilon"])
            own["scale"] = (own.pop("weight", 1.0) / np.sqrt(var)).astype(np.float32)
            # How many batches were counted matters to training alone.
            own.pop("running_batches", None)
            if owner != name:
                # A node that shares these may have another epsilon.
                key = f"{key}_for_{self.names[name]}"
        if node.layer.id == "positionalencoding" and not own:
            own["weight"] = waves(*node.shape).astype(np.float32)
        axes = {p.name: p.axes for p in node.parameters}
        for parameter, values in own.items():
            full = self._full(key, parameter)
            told = f": {', '.join(axes.get(parameter, ()))}".rstrip(": ").lower()
            expression = f"@_{full}"
            if self.is_rounded and is_weight(node.layer.id, parameter):
                whole, scale = rounded(values, SCALED_AXES[node.layer.id])
                scales = self._full(key, f"{parameter}_scale")
                self._floats(scales, scale)
                self._write("signed char", full, whole.shape, (str(v) for v in whole.ravel().tolist()), told)
                expression = f"@_{full}, @_{scales}"
            else:
                self._floats(full, values, told)
            result[parameter] = expression
        if node.layer.id == "input" and (columns := selected(node)):
            full = self._full(key, "columns")
            self._write("int", full, (len(columns),), (str(int(c)) for c in columns))
            result["columns"] = f"@_{full}"
        return result

    def _full(self, key: str, parameter: str) -> str:
        """The name of an array; those of one node may not be those of another, such as a_in and a."""
        pair = (key, parameter)
        if pair not in self.full_names:
            name = f"{key}_{parameter}"
            self.full_names[pair] = identifiers([name], self.full_names.values())[name]
        return self.full_names[pair]

    def _floats(self, name: str, values: np.ndarray, told: str = "") -> None:
        self._write("float", name, values.shape, (number_text(v) for v in values.ravel().tolist()), told)

    def _doubles(self, name: str, values: list[float], told: str = "") -> None:
        self._write("double", name, (len(values),), (float(v).hex() for v in values), told)

    def _write(
        self, kind: str, name: str, shape: Shape, numbers: Iterable[str], told: str = ""
    ) -> None:  # fmt: skip
        """An array by its type; ``told`` names its axes."""
        if name in self.data:
            return
        items = list(numbers)
        self.bytes += len(items) * BYTES[kind]
        rows = [", ".join(items[i : i + 8]) for i in range(0, len(items), 8)]
        body = ",\n    ".join(rows)
        lengths = " x ".join(str(n) for n in shape)
        declared = f"static const {kind} {self.name}_{name}[{len(items)}]"
        self.data[name] = f"\n/* {lengths}{told} */\n{declared} = {{\n    {body}\n}};\n"
