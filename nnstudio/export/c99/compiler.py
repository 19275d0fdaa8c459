"""The C compiler of this machine, where there is one: its name, and what it and its programs say."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

COMPILERS = ("cc", "gcc", "clang")
SECONDS = 300


def find_compiler() -> str:
    """Path of a C compiler; "" where there is none."""
    return next((path for name in COMPILERS if (path := shutil.which(name))), "")


@cache
def compiler_version() -> str:
    """The first line that the compiler says of itself."""
    compiler = find_compiler()
    if not compiler:
        return ""
    said = run([compiler, "--version"]).decode("utf-8", "replace")
    return said.partition("\n")[0].strip()


def run(command: list[str], given: bytes = b"") -> bytes:
    """What a program writes. Raises RuntimeError with the first line of its complaint."""
    try:
        ran = subprocess.run(command, input=given, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"'{Path(command[0]).name}' took more than {SECONDS} seconds") from error
    if ran.returncode:
        told = ran.stderr.decode("utf-8", "replace").strip().partition("\n")[0]
        raise RuntimeError(f"'{Path(command[0]).name}' failed: {told or ran.returncode}")
    return ran.stdout
