"""Runs for tests: trained for a moment, or records alone."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

from nnstudio.project import Project, open_example
from nnstudio.runs.keeping import Circumstances, keep, snapshot_of
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.training.session import Session


def trained(name: str = "celsius", epochs: int = 3, **settings: Any) -> tuple[Project, Session]:
    """An example after some epochs."""
    project = open_example(name)
    for key, value in {"epochs": epochs, **settings}.items():
        project.document.set_settings(project.document.settings.with_option(key, value))
    session = project.session()
    for _ in session.slices():
        pass
    return project, session


def keep_trained(store: RunStore, project: Project, session: Session, **known: Any) -> RunRecord:
    """Keep a finished run with its best weights, which are said to be the final ones."""
    circumstances = Circumstances(
        Path("/somewhere/mine.nns"), session.data, best=session.parameters.copy(), **known
    )
    keep(store, snapshot_of(project, session.state(), RunStatus.FINISHED, circumstances))
    return store.get(session.run)


def record(number: int, **fields: Any) -> RunRecord:
    """A finished run without anything beside it; a higher number began later."""
    began = f"2026-11-{1 + number // 24:02d}T{number % 24:02d}:00:00Z"
    return RunRecord(
        f"{number:032x}", **{"began": began, "changed": began, "status": RunStatus.FINISHED, **fields}
    )


# Keeps runs until it is killed, or fifteen of them.
WRITER = """
    import os, sys
    from pathlib import Path
    from nnstudio.runs.record import RunContent, RunRecord, RunStatus
    from nnstudio.runs.store import RunStore
    store, first = RunStore(Path(sys.argv[1])), int(sys.argv[2])
    for number in range(first, first + 10**6 if sys.argv[3:] else first + 15):
        fields = dict(began=str(number), status=RunStatus.RUNNING, metrics=dict(loss=float(number)))
        store.save(RunRecord(f"{number:032x}", **fields), RunContent(final=os.urandom(2**16)))
        print(number, flush=True)
"""


def writer(store: RunStore, first: int, *more: str) -> subprocess.Popen[str]:
    """A process that keeps runs from this number on, and prints each; "on" goes on for ever."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(store.path), str(first), *more],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
