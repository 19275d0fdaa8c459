"""The text of a network as one C99 header: weights, functions and what a person must know to call it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from nnkernels.spec import Shape, show_shape, size_of
from nnstudio import __version__
from nnstudio.export.c99.buffers import Workspace, planned
from nnstudio.export.c99.calls import SCALED_AXES, Call, calls, is_weight, number_text, scratch_of, selected
from nnstudio.export.c99.functions import sources
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.numpy_code.layers import waves
from nnstudio.export.plain_layers import Prediction, identifiers, target_scaling

# The largest whole number of a weight of 8 bits; -128 is not used, so that scales are symmetric.
LARGEST = 127
HEAD = """/* {name}: a network that nnstudio {version} exported, in C99. It needs math.h alone.

   float output[{upper}_OUTPUTS];
   {name}_predict(input, output);

   input    {upper}_INPUTS = {inputs} floats ({shape}, channels last) in the units of the data, not scaled;
            what a network has learned from categories or dates enters as the numbers that they became
            (see {name}_input_names where there are names).
   output   {upper}_OUTPUTS = {outputs} floats: {meaning}.
   weights  {weights}.
   memory   {upper}_WORKSPACE = {workspace} floats ({size} bytes) while it predicts, no heap. They are on the
            stack, or static where {upper}_STATIC is defined before this file is included;
            {name}_network() takes them from the caller.
*/
#ifndef {upper}_H
#define {upper}_H

#include <math.h>

#define {upper}_INPUTS {inputs}
#define {upper}_OUTPUTS {outputs}
#define {upper}_WORKSPACE {workspace}
{named}"""
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
CLASSES = """#define {upper}_CLASSES {count}

static const char *const {name}_class_names[{upper}_CLASSES] = {{
    {names}
}};
"""
INPUTS = """
/* What enters at each position of the input. */
static const char *const {name}_input_names[{upper}_INPUTS] = {{
    {names}
}};
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
        self.full_names: dict[tuple[str, str], str] = {}

    def text(self) -> str:
        body = self._body()
        shift, scale = target_scaling(self.network, self.prediction)
        is_scaled = not self.network.classes and (set(shift), set(scale)) != ({0.0}, {1.0})
        units = self._units(shift, scale) if is_scaled else ""
        names = self._names()
        shape = self.nodes[-1].shape
        limit = "0.0f" if self.prediction.are_logits else "0.5f"
        chosen = f"return output[0] > {limit};" if shape[-1] == 1 else SEVERAL.format(classes=shape[-1])
        which = (CHOSEN if len(shape) == 1 else CHOSEN_AT) if self.network.classes else ""
        return "".join([
            HEAD.format(**names), *self.data.values(), sources(body, self.name, self.is_rounded),
            body.replace("@", self.name),
            ENDING.format(
                **names, units=units,
                chosen=which.format(name=self.name, body=chosen, classes=shape[-1]),
            ),
        ])  # fmt: skip

    def _names(self) -> dict[str, object]:
        network, upper = self.network, self.name.upper()
        named = ""
        if network.classes:
            names = ",\n    ".join(quoted(name) for name in network.classes)
            named = CLASSES.format(upper=upper, name=self.name, count=len(network.classes), names=names)
        features = network.preprocessing["features"]
        if len(features) == self.sample:
            names = ",\n    ".join(quoted(name) for name in features)
            named += INPUTS.format(upper=upper, name=self.name, names=names)
        meaning = "values in the units of the target"
        if self.prediction.are_labels:
            gives = "scores, positive where it holds," if self.prediction.are_logits else "probabilities"
            meaning = f"{gives} of each label"
        if network.classes:
            meaning = (
                "scores of the classes" if self.prediction.are_logits else "probabilities of the classes"
            )
            one = self.nodes[-1].shape[-1] == 1
            meaning = meaning.replace("of the classes", "of the second class") if one else meaning
            if len(self.nodes[-1].shape) > 1:
                meaning += ", at each step or pixel"
        weights = (
            "whole numbers of 8 bits with a scale for each channel" if self.is_rounded else "32-bit floats"
        )
        return {
            "name": self.name, "upper": upper, "version": __version__, "inputs": self.sample,
            "shape": show_shape(network.input_shape).replace("×", "x"), "meaning": meaning,
            "outputs": size_of(self.nodes[-1].shape), "workspace": self.space.size, "weights": weights,
            "size": 4 * self.space.size, "named": named,
        }  # fmt: skip

    def _body(self) -> str:
        lines = [
            "", "/* What the network gives, before values get the units of the target; the workspace has",
            f"   {self.name.upper()}_WORKSPACE floats. */",
            "static inline void @_network(const float *input, float *output, float *workspace) {",
        ]  # fmt: skip
        shift, scale = (self._each(self.network.preprocessing[n]) for n in ("x_shift", "x_scale"))
        self._doubles("x_shift", shift)
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
            lines += [f"    {statement}" for statement in calls(call)]
        start, count = self.space.at[self.nodes[-1].id], size_of(self.nodes[-1].shape)
        lines.append(f"    for (int i = 0; i < {count}; i++) output[i] = workspace[{start} + i];")
        return "\n".join([*lines, "}", ""])

    def _at(self, name: str) -> str:
        return f"workspace + {self.space.at[name]}"

    def _each(self, values: list[float]) -> list[float]:
        """One for all, one for each channel, or one for each value."""
        return values if self.sample % len(values) == 0 else [*values] * self.sample

    def _units(self, shift: list[float], scale: list[float]) -> str:
        self._doubles("y_shift", shift)
        self._doubles("y_scale", scale)
        factor = f"{self.name}_y_scale[i % {len(scale)}] + {self.name}_y_shift[i % {len(shift)}]"
        loop = f"for (int i = 0; i < {self.name.upper()}_OUTPUTS; i++)"
        return f"\n    {loop}\n        output[i] = (float)(output[i] * {factor});"

    def _arrays(self, name: str) -> dict[str, str]:
        """Expressions of the arrays of a node, which are written down where they are first used."""
        node = next(n for n in self.nodes if n.id == name)
        key = self.keys[self.network.owners.get(name, name)]
        own, result = self.network.parameters(node), {}
        if node.layer.id == "batchnorm":
            var = own.pop("running_var").astype(np.float64) + float(node.options["epsilon"])
            own["scale"] = (own.pop("weight", 1.0) / np.sqrt(var)).astype(np.float32)
            # How many batches were counted matters to training alone.
            own.pop("running_batches", None)
            # A node that shares these may have another epsilon.
            key = f"{key}_{identifiers([name], ())[name]}"
        if node.layer.id == "positionalencoding" and not own:
            own["weight"] = waves(*node.shape).astype(np.float32)
        for parameter, values in own.items():
            full = self._full(key, parameter)
            expression = f"@_{full}"
            if self.is_rounded and is_weight(node.layer.id, parameter):
                whole, scale = rounded(values, SCALED_AXES[node.layer.id])
                scales = self._full(key, f"{parameter}_scale")
                self._floats(scales, scale)
                self._write("signed char", full, whole.shape, (str(v) for v in whole.ravel().tolist()))
                expression = f"@_{full}, @_{scales}"
            else:
                self._floats(full, values)
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

    def _floats(self, name: str, values: np.ndarray) -> None:
        self._write("float", name, values.shape, (number_text(v) for v in values.ravel().tolist()))

    def _doubles(self, name: str, values: list[float]) -> None:
        self._write("double", name, (len(values),), (float(v).hex() for v in values))

    def _write(self, kind: str, name: str, shape: Shape, numbers: Iterable[str]) -> None:
        if name in self.data:
            return
        items = list(numbers)
        rows = [", ".join(items[i : i + 8]) for i in range(0, len(items), 8)]
        body = ",\n    ".join(rows)
        told = " x ".join(str(n) for n in shape)
        self.data[name] = (
            f"\n/* {told} */\nstatic const {kind} {self.name}_{name}[{len(items)}] = {{\n    {body}\n}};\n"
        )


def quoted(text: str) -> str:
    """A C string of the text in UTF-8; all but letters, digits and plain marks are octal escapes, which no
    trigraph or quote survives.
    """
    plain = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-.,:;()+=<>")
    coded = text.encode("utf-8", "surrogatepass")
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in coded) + '"'
