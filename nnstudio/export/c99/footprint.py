"""What a header takes of a microcontroller's flash and RAM, as the compiler of this machine sees it."""

from __future__ import annotations

import platform
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from nnstudio.export.c99.compiler import find_compiler, run

# Small code, without what only desktop systems add to it.
FLAGS = ("-std=c99", "-Os", "-fno-pic", "-fno-asynchronous-unwind-tables", "-c")
# Predicts as a program does that has the workspace in static memory.
PROGRAM = """#define {upper}_STATIC
#include "network.h"
void predict(const float *input, float *output);
void predict(const float *input, float *output) {{ {name}_predict(input, output); }}
"""


@dataclass(frozen=True)
class Footprint:
    """Bytes: numbers and code lie in flash, the workspace in RAM."""

    numbers: int
    code: int
    workspace: int

    @property
    def sentence(self) -> str:
        return (
            f"On a microcontroller it takes {self.numbers + self.code:,} bytes of flash ({self.numbers:,} of "
            f"numbers, and {self.code:,} of code as compiled for {platform.machine()}, without the C "
            f"library) and {self.workspace:,} bytes of RAM beside its input and output."
        )


def measured(header: Path, name: str) -> Footprint | None:
    """That of a header whose names begin with ``name``; None without a compiler or its program `size`.

    Raises RuntimeError where one of them fails.
    """
    compiler, size = find_compiler(), shutil.which("size")
    if not compiler or not size:
        return None
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
        shutil.copyfile(header, Path(folder) / "network.h")
        source, target = Path(folder) / "network.c", Path(folder) / "network.o"
        source.write_text(PROGRAM.format(name=name, upper=name.upper()), "ascii")
        run([compiler, *FLAGS, str(source), "-o", str(target)])
        return _read(run([size, "-A", "-d", str(target)]).decode("utf-8", "replace"))


def _read(table: str) -> Footprint:
    """From the sections that `size` lists: a name, bytes and an address in each line."""
    rows = [line.split() for line in table.splitlines()]
    sections = {row[0]: int(row[1]) for row in rows if len(row) == 3 and row[1].isdigit()}

    def total(*starts: str) -> int:
        return sum(count for name, count in sections.items() if name.startswith(starts))

    return Footprint(total(".rodata", ".data"), total(".text"), total(".bss"))
