"""Keeps compiled operators on disk, one file each, and trusts none that does not hold; see `Entry`.

A file's name carries the operator's name and a hash of all that its machine code depends on, its folder
what compiles: a change of one layer compiles that layer again and nothing else, whoever wrote it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import pickle
import platform
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

# What a file begins with, before the hash of the rest. Another layout of files takes another number.
MAGIC = b"nnkernels compiled 1\n"
SUFFIX = ".compiled"
# What makes machine code of functions, besides numba.
OWN = ("jit.py", "compiler.py", "pipeline.py", "arrays.py")
# Files that nobody wanted for so long are deleted at the next warm-up.
FORGET_AFTER_DAYS = 60
# What this process has in memory, by the name of its file: the entry and what is in the file. Numba tells the
# machine code of what it has loaded to nobody, and the file may be deleted meanwhile, or wanted elsewhere.
_held: dict[str, tuple[Entry, bytes]] = {}
# Settings of numba and llvmlite that change what they make.
SETTINGS = ("OPT", "CPU_NAME", "CPU_FEATURES", "ENABLE_AVX", "BOUNDSCHECK", "LOOP_VECTORIZE", "SLP_VECTORIZE")


def base() -> Path:
    """Where compiled operators of all versions lie."""
    import platformdirs

    chosen = os.environ.get("NNSTUDIO_CACHE") or platformdirs.user_cache_dir("nnstudio", False)
    return Path(chosen) / "kernels"


@cache
def _compiler() -> str:
    """A name for what compiles here: our part of it, versions, the processor and its features, settings."""
    from importlib.metadata import version

    import llvmlite.binding as llvm

    numba, here = version("numba"), Path(__file__).parent
    facts = (
        [hashlib.sha256((here / name).read_bytes()).hexdigest() for name in OWN],
        numba, version("llvmlite"), sys.implementation.cache_tag, platform.machine(), sys.platform,
        llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(),
        [os.environ.get(f"NUMBA_{name}") for name in SETTINGS],
    )  # fmt: skip
    return f"numba{numba}-{hashlib.sha256(repr(facts).encode()).hexdigest()[:12]}"


def folder() -> Path:
    """Where operators lie that were compiled by this numba for this processor."""
    return base() / _compiler()


def problem() -> str:
    """Why nothing that is compiled can be kept, as a sentence for a person; empty where it can."""
    return _problem(folder())


@cache
def _problem(folder: Path) -> str:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        return (
            f"Compiled operators cannot be kept in '{folder}' ({error.strerror or error}). They are compiled "
            "again at every start, which takes minutes. Make that folder writable, or name another one in "
            "the environment variable NNSTUDIO_CACHE."
        )
    return ""


class Entry:
    """The file of one operator, as numba's dispatchers and callbacks want their cache.

    It holds `MAGIC`, a SHA-256 of the rest, and numba's machine code. A file that is damaged or cannot be
    read is thrown away and reported; the operator is then compiled as if there had been none.
    """

    def __init__(self, name: str, key: str, is_shared: bool = False) -> None:
        """``is_shared`` tells what operators load besides their own."""
        self.name, self.is_shared = name, is_shared
        self.file = re.sub(r"[^\w.]", "_", name) + f"-{key}{SUFFIX}"

    @property
    def path(self) -> Path:
        return folder() / self.file

    def load_overload(self, signature: Any, context: Any) -> Any:
        """What numba stored with `save_overload`, or None where it must compile."""
        from numba.core.compiler import CompileResult

        return self.load(context, lambda parts: CompileResult._rebuild(context, *parts))

    def load(self, context: Any, rebuild: Callable[[Any], Any]) -> Any:
        """What ``rebuild`` makes of what was given to `save`, or None where it must be compiled."""
        context.refresh()
        try:
            data = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            return self._discard(f"it cannot be read: {error.strerror or error}")
        head = len(MAGIC) + hashlib.sha256().digest_size
        if data[:head] != MAGIC + hashlib.sha256(data[head:]).digest():
            return self._discard("it is damaged")
        try:
            code, parts = pickle.loads(data[head:])
            if code != (self.file, context.codegen().magic_tuple()):
                return self._discard("it belongs to another operator or processor")
            # An operator that cannot be kept has a file that says so: it counts as compiled ahead.
            rebuilt = None if parts is None else rebuild(parts)
        except Exception as error:  # whatever numba makes of what it does not know
            return self._discard(f"it cannot be loaded: {error}")
        _held[self.file] = self, data
        return rebuilt

    def save_overload(self, signature: Any, result: Any) -> None:
        """Keep what numba compiled; where that fails, it stays in memory and the log says so."""
        parts = result._reduce()
        if result.library.has_dynamic_globals:
            _warn(f"The operator {self.name} refers to addresses of this process and cannot be kept.")
            parts = None
        self.save(result.codegen, parts)

    def save(self, codegen: Any, parts: Any) -> None:
        """Keep what can be pickled; where that fails, the log says so."""
        from numba.core.serialize import dumps

        data = dumps(((self.file, codegen.magic_tuple()), parts))
        _held[self.file] = self, MAGIC + hashlib.sha256(data).digest() + data
        self._write()

    def keep(self) -> None:
        """Write what was in memory before there was this folder: its own, and what operators share."""
        there = _files()
        for entry, _ in [*_held.values()]:
            if (entry.is_shared or entry.file == self.file) and entry.file not in there:
                entry._write()

    def _write(self) -> None:
        if problem():
            return _warn(problem())
        try:
            write(self.path, _held[self.file][1])
        except OSError as error:
            _warn(f"The operator {self.name} was not kept in '{folder()}': {error.strerror or error}.")

    def _discard(self, why: str) -> None:
        log.warning("The compiled operator %s is thrown away and compiled again: %s.", self.path, why)
        with contextlib.suppress(OSError):
            self.path.unlink()


@cache
def _warn(text: str) -> None:
    """Once for each text."""
    log.warning(text)


def write(path: Path, data: bytes) -> None:
    """Replace a file as a whole: whoever reads meanwhile gets the one before. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")
    try:
        with open(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, path)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def _files() -> set[str]:
    """Names of the files that are there."""
    try:
        return set(os.listdir(folder()))
    except OSError:
        return set()


def absent(entries: Iterable[Entry]) -> list[str]:
    """Names of the entries that have no file."""
    there = _files()
    return sorted(entry.name for entry in entries if entry.file not in there)


def forget_unused(wanted: Iterable[Entry]) -> None:
    """Delete files that no version has wanted for `FORGET_AFTER_DAYS`, but none of ``wanted``."""
    for entry in wanted:
        with contextlib.suppress(OSError):
            os.utime(entry.path)
    oldest = time.time() - FORGET_AFTER_DAYS * 86_400
    for path in sorted(base().rglob("*"), reverse=True):
        with contextlib.suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.stat().st_mtime < oldest:
                path.unlink()
