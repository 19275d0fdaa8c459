"""The processor that is measured, and how to run something with fewer of its instructions.

    python kernels/benchmarks/processors.py COMMAND [ARGUMENT ...]

runs the command without vectors of 512 bits, for instance `pytest tests/kernels`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

NONE = "none of AVX2 and AVX-512"
# What tells each library of a comparison to use no vectors of 512 bits. All read it when they start.
TOLD_AVX2 = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "MKL_ENABLE_INSTRUCTIONS": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "XLA_FLAGS": "--xla_cpu_max_isa=AVX2",
}


def vectors() -> str:
    """The widest vectors that this process uses, by the names of their instructions."""
    usable = ("avx2",) if _is_told() else ("avx512f", "avx2")
    return next((name for name in usable if name in _facts()), NONE)


def processor() -> str:
    """The processor by name, and its vector instructions, where the system tells."""
    name = next(
        (line.split(":")[1].strip() for line in _facts().splitlines() if "model name" in line), "unknown"
    )
    return f"{name} ({vectors()}{', and told to use no more' if _is_told() else ''})"


def start_again_with_avx2() -> None:
    """Begin this process anew without vectors of 512 bits, in our engine and in all that it is compared with.

    Libraries look at the processor once, when they are imported, so variables have to be there before. What a
    processor that has no AVX-512 would do is measured by that as far as instructions go: its caches and
    its clock stay those of this one.
    """
    if not _is_told():
        run_with_avx2([sys.executable, *sys.argv])


def run_with_avx2(command: Sequence[str]) -> NoReturn:
    """Become this command, without vectors of 512 bits."""
    import llvmlite.binding as llvm

    features = llvm.get_host_cpu_features()
    for name in features:
        if "512" in name:
            features[name] = False
    environment = os.environ | TOLD_AVX2 | {"NUMBA_CPU_FEATURES": features.flatten()}
    os.execvpe(command[0], list(command), environment)


def _facts() -> str:
    facts = Path("/proc/cpuinfo")
    return facts.read_text("utf-8") if facts.exists() else ""


def _is_told() -> bool:
    return all(os.environ.get(name) == value for name, value in TOLD_AVX2.items())


if __name__ == "__main__":
    run_with_avx2(sys.argv[1:])
