"""Each remedy applied to its sick project of the corpus: the loss before and after its trial, as Markdown.

``PYTHONPATH=.:kernels:tests python -m doctor.corpus.remedies``. Trials are not cut short by time, so that the
figures are the same on any machine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from doctor.corpus.building import see
from doctor.corpus.table import ALL_SICK

from nnstudio.doctor import trying
from nnstudio.doctor.finding import Judged

SECONDS = 600.0
HEAD = (
    "| project | finding | remedy | steps | training loss at first | without it | with it | helps |",
    "|---|---|---|---|---|---|---|---|",
)


def without_limits() -> None:
    """Let every trial make all of its steps."""
    trying.SECONDS = SECONDS


def rows(case, folder: Path):
    """A row for each remedy of each diagnosis of a project."""
    seen = see(case, folder)
    for diagnosis in seen.report.diagnoses if seen.report is not None else ():
        for trial in finished(trying.try_all(seen.project.document.copying(), seen.session, diagnosis)):
            yield (
                case.name, diagnosis.finding, trial.remedy.title, f"{trial.steps:,}", figure(trial.before),
                figure(trial.as_it_is), figure(trial.after),
                ("yes" if trial.helps else "no") + judged_by(diagnosis, trial),
            )  # fmt: skip


def judged_by(diagnosis, trial) -> str:
    """What it was judged by, where that is not the training loss or could not be tried."""
    if "cannot be tried" in trial.text:
        return f": {trial.text}"
    if diagnosis.judged != Judged.TRAINING or "over that of a constant" in trial.text:
        told = trial.text.rpartition("from the start: ")[2].rstrip(".")
        return f": {told}"
    return ""


def figure(value: float) -> str:
    return f"{value:.3g}" if np.isfinite(value) else "diverges"


def finished(pieces):
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            return end.value


def main() -> None:
    without_limits()
    print("\n".join(HEAD))
    helped, count, projects = 0, 0, set()
    with tempfile.TemporaryDirectory() as name:
        for case in ALL_SICK:
            # A finding may tell the same of several nodes.
            for row in dict.fromkeys(rows(case, Path(name))):
                print(f"| {' | '.join(row)} |", flush=True)
                count += 1
                if row[-1].startswith("yes"):
                    helped += 1
                    projects.add(case.name)
    print(f"\n{helped} of {count} remedies help, in {len(projects)} of {len(ALL_SICK)} projects.")


if __name__ == "__main__":
    main()
