"""C99: a header that holds the network, judged by a C compiler where there is one."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import ClassVar

import numpy as np

from nnstudio.export.c99.compiler import compiler_version, find_compiler, run
from nnstudio.export.c99.footprint import measured
from nnstudio.export.c99.header import header
from nnstudio.export.c99.opening import usage_of
from nnstudio.export.format import ExportError, Format, formats, refuse_not_finite
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.plain_layers import check_known

FLAGS = ("-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic")
# Compilers take long over arrays that are much larger.
MOST_NUMBERS = 5_000_000
# What C99 promises that a compiler takes.
LONGEST_STRING = 4095
# Reads samples as floats from the standard input, and writes what the network gives for each.
MAIN = """#include <stdio.h>
#include "{file}"
int main(void) {{
    static float input[{upper}_INPUTS], output[{upper}_OUTPUTS], workspace[{upper}_WORKSPACE];
    while (fread(input, sizeof input, 1, stdin) == 1) {{
        {name}_network(input, output, workspace);
        fwrite(output, sizeof output, 1, stdout);
    }}
    return 0;
}}
"""


@formats.register
class CHeader(Format):
    """One header of C99: weights as exact floats, no allocation, no dependency but math.h."""

    id = "c"
    title = "C99 header"
    help = "One C99 header with the weights, for microcontrollers and programs without dependencies."
    suffix = ".h"
    first_alone = True
    order = 50
    takes_one = True

    def check(self, network: ExportedNetwork) -> None:
        check_known(self.title, network)
        count = sum(values.size for values in network.arrays.values())
        if count > MOST_NUMBERS:
            raise ExportError(
                f"The network has {count:,} numbers, too many for a C compiler (at most {MOST_NUMBERS:,}). "
                "Choose another format, such as safetensors."
            )
        refuse_not_finite("C", network)
        for name in (*network.classes, *network.preprocessing["features"]):
            _check_name(name)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        path.write_text(header(network, path.name.partition(".")[0], self.is_rounded), "ascii")

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return usage_of(path.read_text("ascii"), path.name)

    def remark(self, path: Path) -> str:
        try:
            footprint = measured(path, _name(path.read_text("ascii")))
        except RuntimeError as error:
            return f"What it takes of flash and RAM was not measured ({error})."
        return footprint.sentence if footprint else ""

    def in_and_out(self, network: ExportedNetwork) -> str:
        if not network.has_scaled_targets:
            return ""
        return "Its function takes values in the units of the data and gives the targets in their own units."

    def judge(self) -> str:
        return compiler_version()

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        compiler = find_compiler()
        if not compiler:
            return None
        text = path.read_text("ascii")
        name = _name(text)
        sizes = _written(r"_OUTPUTS \d+ /\* of shape ([\d, ]+) \*/$", text).split(", ")
        shape = (len(inputs), *map(int, sizes))
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
            shutil.copyfile(path, Path(folder) / "network.h")
            main = Path(folder) / "main.c"
            main.write_text(MAIN.format(file="network.h", name=name, upper=name.upper()), "ascii")
            program = Path(folder) / "program"
            run([compiler, *FLAGS, str(main), "-o", str(program), "-lm"])
            given = run([str(program)], inputs.astype(np.float32).tobytes())
        return np.frombuffer(given, np.float32).reshape(shape)


@formats.register
class RoundedCHeader(CHeader):
    """Weights of 8 bits, a quarter of the size: symmetric, with a scale for each channel.

    Biases, normalisation and all computation stay in floats.
    """

    id = "c-int8"
    title = "C99 header, 8-bit weights"
    help = "The C99 header in about a quarter of the memory; the report says how much accuracy is lost."
    suffix = ".int8.h"
    order = 51
    is_rounded: ClassVar[bool] = True


def _check_name(name: str) -> None:
    """Raise ExportError for a name that no string of C can hold."""
    size = len(name.encode("utf-8", "surrogatepass"))
    if size > LONGEST_STRING or "\0" in name:
        why = "holds a character of number 0" if "\0" in name else f"has {size:,} bytes"
        raise ExportError(
            f"The name {name[:40]!r} of a class or column {why}, and a string in C ends at a 0 and has at "
            f"most {LONGEST_STRING:,} bytes. Choose a shorter name in the data, or another format."
        )


def _name(text: str) -> str:
    """What the names of a header begin with."""
    return _written(r"^/\* (\w+):", text)


def _written(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    if match is None:
        raise ValueError("this is no header that nnstudio wrote")
    return match[1]
