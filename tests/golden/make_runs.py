"""Wrote runs-2.sqlite, with the program as it was when that was the store's version; never write it again.

PYTHONPATH=kernels:tests python tests/golden/make_runs.py runs-NUMBER.sqlite     for a new version alone
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from random import Random

from runs.recorded import record, trained

from nnstudio.model.document import DataReference
from nnstudio.runs.keeping import Circumstances, keep, snapshot_of
from nnstudio.runs.record import RunContent, RunStatus
from nnstudio.runs.store import RunStore

store = RunStore(Path(sys.argv[1]))
project, session = trained("xor", 3)
best = session.parameters.copy()
circumstances = Circumstances(Path("/home/me/xor.nns"), session.data, "2026-11-29T10:00:00Z", 1, best=best)
keep(store, snapshot_of(project, session.state(), RunStatus.FINISHED, circumstances))
store.set_name(session.run, "First try")
store.set_notes(session.run, "Noted.")
store.set_tags(session.run, ["a", "b"])
store.set_pinned(session.run, True)
with tempfile.TemporaryDirectory() as folder:
    table = Path(folder) / "tiny.csv"
    table.write_text("a,size\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))
    project, _ = trained("celsius", 1)
    project.document.set_data(DataReference("csv", {"path": str(table), "target": "size"}))
    session = project.session()
    session.single_step()
    keep(store, snapshot_of(project, session.state(), RunStatus.STOPPED, Circumstances(data=session.data)))
store.save(
    record(1, name="Gone", began="2020-01-01T00:00:00Z"), RunContent(project=Random(0).randbytes(2 * 10**6))
)
store.set_limit(10**6)
# Since version 2.
store.save(record(2, name="Deleted", notes="By mistake."))
store.discard([record(2).id])
