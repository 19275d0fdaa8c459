"""Writes the open project aside, in files of the program's own: `recovery` says in which, and reads them.

Nothing here holds the window up, and nothing that fails is silent: see ``problem``.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from nnstudio.model import projectfile
from nnstudio.model.atomic_file import (
    FileError,
    check_writable,
    make_folder,
    remove_abandoned,
    write_atomically,
)
from nnstudio.project import Project
from nnstudio.training.priority import lower_priority
from nnstudio.ui.project.recovery import NOTE, Note, folder, forget, lock_of, table_file

_numbers = itertools.count(1)
log = logging.getLogger(__name__)


class Autosave:
    """Notes of edits and copies of everything, each written on a thread of its own; the latest wins.

    A copy may be large, and a note must not wait for it.

    Attributes:
        seconds: how long the last copy took to write.
    """

    def __init__(self) -> None:
        self.path = folder() / f"{os.getpid()}-{next(_numbers)}{projectfile.SUFFIX}"
        self.seconds = 0.0
        # Why something cannot be kept, by what that is.
        self._problems: dict[str, str] = {}
        self._owned = lock_of(self.path)
        try:
            make_folder(folder())
            remove_abandoned(folder())
            check_writable(self.path)
            self._owned.tryLock(0)
        except (OSError, FileError) as error:
            self._problems["folder"] = told(error)
        self._may_write = not self._problems
        self._lock = threading.Lock()
        self._waiting: dict[str, Callable[[], None]] = {}
        self._writers: dict[str, threading.Thread] = {}
        self._discarded = self._is_held = False
        # Of which data the table beside the copy is, and up to which epoch the copy was trained.
        self._table, self._epoch = "", 0
        self._note: Note | None = None
        # What follows the next copy, also where that is of a later moment than was asked for.
        self._followers: list[Callable[[], None]] = []
        # Counts what was discarded, so that a copy that was being written meanwhile goes, too.
        self._generation = 0

    @property
    def problem(self) -> str:
        """Why something cannot be kept now, as a sentence; empty where all can."""
        return next(iter(self._problems.values()), "")

    def hold(self, on: bool) -> None:
        """Leave what is kept as it is for a while: what is open is only tried, and what was before comes
        back.
        """
        self._is_held = on

    def note(self, project: Project) -> None:
        """Write down what a project's document is now."""
        if self._is_held:
            return
        document = project.document.to_dict()
        path = str(document["data"]["options"].get("path", ""))
        content = projectfile.plain_content(document, "", "")
        history = project.document.history
        last = history.commands[history.done - 1].title if project.is_edited and history.done else ""
        self._note = Note(
            str(project.path or ""),
            content,
            path if Path(path).is_absolute() else "",
            project.is_edited,
            last,
        )
        self._begin("note", self._write_note)

    def save(self, project: Project, then: Callable[[], None] = lambda: None) -> None:
        """Write a note and a copy of a project as it is now; ``then`` is called on the writing thread."""
        if self._may_write and not self._is_held:
            self.note(project)
            content = project.content()
            self._followers.append(then)
            generation = self._generation
            self._begin("copy", lambda: self._write_copy(content, generation))

    def _begin(self, kind: str, work: Callable[[], None], follows: bool = False) -> None:
        """Let a writer do this; what only ``follows`` another writing goes where that was discarded."""
        if not self._may_write:
            return
        with self._lock:
            if follows and self._discarded:
                return
            self._waiting[kind], self._discarded = work, False
            if kind not in self._writers:
                name = f"nnstudio-autosave-{kind}"
                writer = threading.Thread(target=self._run, args=(kind,), name=name, daemon=True)
                self._writers[kind] = writer
                writer.start()

    def _run(self, kind: str) -> None:
        if kind == "copy":
            # It takes its share from the training, never from the window.
            lower_priority()
        while True:
            with self._lock:
                work = self._waiting.pop(kind, None)
                if work is None:
                    del self._writers[kind]
                    if self._discarded and not self._writers:
                        self._forget()
                    return
            try:
                self._keep_home()
                work()
            except Exception as error:  # whatever it is, the next one must be tried
                why = told(error)
                if self._problems.get(kind) != why:
                    log.warning(why)
                self._problems = {**self._problems, kind: why}
            else:
                self._problems = {other: why for other, why in self._problems.items() if other != kind}

    def _keep_home(self) -> None:
        """The folder, where somebody removed it; its lock went with it."""
        if not folder().is_dir():
            make_folder(folder())
            self._owned.unlock()
            self._owned.tryLock(0)
            self._table = ""

    def _write_note(self) -> None:
        note = self._note
        if note is not None:
            note.epoch = self._epoch
            write_atomically(self.path.with_suffix(NOTE), json.dumps(msgspec.to_builtins(note)).encode())

    def _write_copy(self, content: tuple[Any, ...], generation: int) -> None:
        document, run, data = content
        began = time.perf_counter()
        before = self._table
        if data.table is not None and data.hash != before:
            write_atomically(table_file(self.path, data.hash), data.table)
            self._table = data.hash
        light = replace(data, table=None)
        # Nothing is compressed, and no mark is taken: a copy must cost the training next to nothing.
        packed = projectfile.packed(document, run, light, compression=zipfile.ZIP_STORED)
        write_atomically(self.path, packed)
        if before not in ("", self._table):
            table_file(self.path, before).unlink(missing_ok=True)
        self.seconds = time.perf_counter() - began
        if generation != self._generation:
            self.path.unlink(missing_ok=True)
            return
        self._epoch = run.epoch if run is not None else 0
        # It says what is in the copy, so it is written when that is there.
        self._begin("note", self._write_note, follows=True)
        followers, self._followers = self._followers, []
        for then in followers:
            then()

    def _forget(self) -> None:
        self._table, self._epoch = "", 0
        with contextlib.suppress(OSError):
            forget(self.path)

    def wait(self, timeout: float = 10.0) -> None:
        """Until what was asked for is on disk; only where the program ends, and in tests."""
        # The note of a copy comes after it.
        for kind in ("copy", "note"):
            if (writer := self._writers.get(kind)) is not None:
                writer.join(timeout)

    def discard(self) -> None:
        """The project is safe elsewhere, or was given up on purpose; what is being written goes, too."""
        if not self._may_write or self._is_held:
            return
        with self._lock:
            self._waiting.clear()
            self._followers, self._discarded = [], True
            self._generation += 1
            if not self._writers:
                self._forget()

    def close(self) -> None:
        """Give up the lock; what lies there is for the next start."""
        self.wait()
        self._owned.unlock()


def told(error: Exception) -> str:
    """What it means for a person that nothing can be written aside."""
    why = getattr(error, "reason", "") or error
    return (
        f"No recovery copy can be written to '{folder()}' ({why}). A crash would lose what you do from now "
        "on: save often until this is mended."
    )
