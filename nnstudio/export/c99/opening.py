"""How a C99 header begins: what a person must know to call it, sizes, and names of classes and columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nnkernels.spec import size_of
from nnstudio import __version__
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.picture_files import IMPORTS, caution, reading, takes_pictures
from nnstudio.export.plain_layers import Prediction, described, target_names
from nnstudio.export.told_columns import told_columns

COMMENT = """/* {name}: a network that nnstudio {version} exported, in C99. It needs math.h and no heap.

{called}

{told}{pictures}
*/
#ifndef {upper}_H
#define {upper}_H

#include <math.h>

#define {upper}_INPUTS {inputs}
#define {upper}_OUTPUTS {outputs} /* of shape {shape} */
#define {upper}_WORKSPACE {workspace}
"""
CALLED = """   #include <stdio.h>
   #include "{name}.h"  // this file, whatever its name is
   int main(void) {{
       static float input[{upper}_INPUTS], output[{upper}_OUTPUTS];  // your numbers go into input
       {name}_predict(input, output);
       {example}
       return 0;
   }}

   cc main.c -lm && ./a.out"""
PROGRAM = """   #include <stdio.h>
   #include "{name}.h"  // this file, whatever its name is
   int main(void) {{
       static float input[{upper}_INPUTS], output[{upper}_OUTPUTS];
       if (fread(input, sizeof input, 1, stdin) != 1) return 1;
       {name}_predict(input, output);
       {example}
       return 0;
   }}

   It reads one sample as {inputs} floats, such as a picture; cc main.c -lm && ./a.out < picture.bin"""
NAMES = """
/* {about} */
static const char *const {name}_{kind}_names[{count}] = {{
    {names}
}};
"""
# Where explanations begin in the comment, and how long lines are.
MARGIN, WIDTH = 12, 110


def usage_of(header: str, file: str) -> str:
    """The comment of a header as a text of its own, which includes it by the name of its file."""
    comment = header.partition("*/")[0].partition("\n\n")[2]
    name = file if re.fullmatch(r"[\w.-]+", file, re.ASCII) else "network.h"
    return re.sub(
        r'^#include "\w+\.h".*$', f'#include "{name}"', textwrap.dedent(comment).strip(), flags=re.M
    )


@dataclass(frozen=True)
class Opening:
    """The text before the numbers.

    Attributes:
        name: what names in C begin with.
        workspace: how many floats it has.
        constants: bytes of all numbers of the header.
    """

    network: ExportedNetwork
    prediction: Prediction
    name: str
    workspace: int
    constants: int
    is_rounded: bool

    @property
    def upper(self) -> str:
        return self.name.upper()

    @property
    def outputs(self) -> int:
        return size_of(self.prediction.nodes[-1].shape)

    @property
    def has_positions(self) -> bool:
        """Whether each step or pixel has classes of its own."""
        return bool(self.network.classes) and len(self.prediction.nodes[-1].shape) > 1

    @property
    def input_names(self) -> list[str]:
        """Of each input; none where they have no names of their own."""
        features = list(self.network.preprocessing["features"])
        return features if len(features) == size_of(self.network.input_shape) else []

    @property
    def output_names(self) -> list[str]:
        names = [] if self.network.classes else target_names(self.network, self.prediction)
        return names if len(names) == self.outputs else []

    def text(self) -> str:
        told = {
            "input": self._about_input(),
            "output": self._about_output(),
            "constants": self._about_constants(),
            "memory": self._about_memory(),
        }
        example = 'printf("%g\\n", output[0]);'
        if self.network.classes:
            chosen = f"{self.name}_class(output{', 0' if self.has_positions else ''})"
            example = f"puts({self.name}_class_names[{chosen}]);"
        names = {"name": self.name, "upper": self.upper}
        inputs = size_of(self.network.input_shape)
        is_picture = takes_pictures(self.network.input_shape)
        called = (PROGRAM if is_picture else CALLED).format(**names, example=example, inputs=inputs)
        whole = COMMENT.format(
            **names, version=__version__, called=called,
            pictures=self._about_pictures() if is_picture else "",
            told="\n".join(_entry(word, text) for word, text in told.items()),
            inputs=inputs, outputs=self.outputs, workspace=self.workspace,
            shape=", ".join(map(str, self.prediction.nodes[-1].shape)),
        )  # fmt: skip
        classes = list(self.network.classes)
        if classes:
            whole += f"#define {self.upper}_CLASSES {len(classes)}\n"
        return "".join([
            whole,
            self._array("class", classes, "The classes by their numbers."),
            self._array("input", self.input_names, "What enters at each position of the input."),
            self._array("output", self.output_names, "What each output is."),
        ])  # fmt: skip

    def _about_input(self) -> str:
        shape = self.network.input_shape
        text = f"{described(shape)}, in the units of the data: {self.name}_predict scales them."
        if self.input_names:
            text += f" {self.name}_input_names tells their order."
        elif len(shape) == 3:
            text += f" Channel c of row i and column j is input[(i * {shape[1]} + j) * {shape[2]} + c]."
        elif len(shape) == 2:
            text += f" Number j of step i is input[i * {shape[1]} + j]."
        elif len(shape) > 3:
            text += " The last axis runs fastest."
        columns = self.network.preprocessing["inputs"]
        if any(column["type"] != "number" or _is_changed(column) for column in columns):
            told = " ".join(told_columns(self.network))
            # A name must not end the comment.
            text += f" {told}".replace("*/", "* /").replace("/*", "/ *").replace("??/", "? ?/")
        return text

    def _about_pictures(self) -> str:
        """How a picture file becomes the input of the program above."""
        write = 'rows.astype(np.float32).tofile("picture.bin")'
        lines = textwrap.indent("\n".join([*IMPORTS, "", reading(self.network), write]), " " * 7)
        told = textwrap.fill(
            caution(self.network), WIDTH, initial_indent=" " * 3, subsequent_indent=" " * 3,
            break_on_hyphens=False,
        )  # fmt: skip
        how = "   A picture file becomes picture.bin by Python with NumPy and Pillow:"
        return f"\n\n{how}\n\n{lines}\n\n{told}"

    def _about_output(self) -> str:
        if self.prediction.are_labels:
            which = f"; {self.name}_output_names tells of which" if self.output_names else ""
            if self.prediction.are_logits:
                return (
                    f"a score for each label, above 0 where it rather holds{which}; a sigmoid makes "
                    "probabilities of scores."
                )
            return f"the probability of each label{which}."
        if not self.network.classes:
            of_each = f"; {self.name}_output_names tells which" if self.output_names else ""
            return f"{_counted(self.outputs, 'float')} in the units of the data{of_each}."
        kind = "score" if self.prediction.are_logits else "probability"
        units = self.prediction.nodes[-1].shape[-1]
        turns = "sigmoid" if units == 1 else "softmax"
        is_turned = f"; a {turns} makes probabilities of scores" if self.prediction.are_logits else ""
        each = (
            f", {units} at each of {self.outputs // units} steps or pixels, which {self.name}_class counts "
            "from 0"
            if self.has_positions
            else ""
        )
        if units == 1:
            return f"the {kind} of the second of the two classes{each}{is_turned}."
        plural = {"score": "scores", "probability": "probabilities"}[kind]
        order = f"in the order of {self.name}_class_names"
        return f"{plural} of the {units} classes {order}{each}{is_turned}."

    def _about_constants(self) -> str:
        weights = "weights are whole numbers of 8 bits with a scale for each channel"
        return f"{self.constants:,} bytes; {weights if self.is_rounded else 'weights are floats of 32 bits'}."

    def _about_memory(self) -> str:
        return (
            f"{4 * self.workspace:,} bytes, {self.upper}_WORKSPACE floats, while it predicts. They are on "
            f"the stack, or static where {self.upper}_STATIC is defined before this file is included; "
            f"{self.name}_network() takes them from the caller."
        )

    def _array(self, kind: str, names: list[str], about: str) -> str:
        if not names:
            return ""
        count = {"class": "CLASSES", "input": "INPUTS", "output": "OUTPUTS"}[kind]
        return NAMES.format(
            about=about, name=self.name, kind=kind, count=f"{self.upper}_{count}",
            names=",\n    ".join(quoted(name) for name in names),
        )  # fmt: skip


def _is_changed(column: Mapping[str, Any]) -> bool:
    """Whether numbers of a column are not taken as they are."""
    return column.get("fill") is not None or any(column.get(what) for what in ("log", "clip"))


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' if count != 1 else ''}"


def _entry(word: str, text: str) -> str:
    indent = " " * (3 + MARGIN)
    first = f"   {word:<{MARGIN}}"
    return textwrap.fill(
        text, WIDTH, initial_indent=first, subsequent_indent=indent, break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def quoted(text: str) -> str:
    """A C string of the text in UTF-8; all but letters, digits and plain marks are octal escapes, which no
    trigraph or quote survives.
    """
    plain = set(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 _-.,:;()+=<>")
    coded = text.encode("utf-8", "surrogatepass")
    return '"' + "".join(chr(b) if b in plain else f"\\{b:03o}" for b in coded) + '"'
