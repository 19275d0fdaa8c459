"""`nnstudio sweep`: a project trained with many values; prints a table of them and saves the best."""

from __future__ import annotations

import argparse
import sys
import uuid
from collections.abc import Callable
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnstudio.data.dataset import sources
from nnstudio.exit_codes import ExitCode
from nnstudio.interrupts import Interrupts
from nnstudio.model.atomic_file import FileError, check_writable
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.sweep.plan import Method, Metric, Plan, check_plan
from nnstudio.sweep.report import in_order, plain, table, verdict
from nnstudio.sweep.results import Run, TrialResult, WorkerEnded
from nnstudio.sweep.space import read_space
from nnstudio.sweep.trial import ClusterError, Status

# Turns plain data into a line.
Writer = Callable[[dict[str, Any]], str]
NEEDED = ("optuna", "distributed", "cryptography")


def add_sweep_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    command.add_argument(
        "--vary", action="append", required=True, metavar="NAME=VALUES",
        help="what is varied: dense_1.units=4,8,16, learning_rate=1e-4..0.1:log, seed=1..5, fold=1..5; may "
        "be given several times",
    )  # fmt: skip
    command.add_argument(
        "--method", choices=tuple(Method), default=Method.GRID,
        help="how settings are chosen: all of them (default), by lot, or by what the ones before reached",
    )  # fmt: skip
    command.add_argument("--trials", type=_count, metavar="N", help="how many settings are tried at most")
    command.add_argument(
        "--halving",
        action="store_true",
        help="train all of them a little, and only the better third further",
    )
    command.add_argument(
        "--metric",
        choices=tuple(Metric),
        default=Metric.VAL_LOSS,
        help="what settings are compared by (default: val_loss)",
    )
    command.add_argument(
        "--workers", type=_count, metavar="N", help="processes that train here (default: all cores but one)"
    )
    command.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="train on a Dask cluster instead: tcp://host:8786"
    )
    command.add_argument("--out", type=Path, metavar="BEST.nns", help="save the best network here")
    command.add_argument("--json", action="store_true", help="print a JSON object for each setting")


def _count(text: str) -> int:
    count = int(text) if text.isdigit() else 0
    if count < 1:
        raise argparse.ArgumentTypeError(f"takes a whole number from 1 on; received '{text}'")
    return count


def write_sweep(project: Project, options: argparse.Namespace, as_json: Writer | None) -> int:
    """Carry it out, print what each setting reached and save the best; returns the exit code.

    Raises SpecError, DataError, FileError or UnknownName with a sentence.
    """
    _check(options)
    plan = _plan(project, options)
    sweep = _Sweep(project, plan, options, as_json)
    lost = False
    with Interrupts() as interrupts:
        try:
            sweep.run(interrupts)
        except ClusterError as error:
            lost = True
            _say(str(error))
    return sweep.finish(interrupts.asked or lost)


def _check(options: argparse.Namespace) -> None:
    """What can be said before anything is loaded."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SpecError(
            f"Sweeps need packages that are not installed ({', '.join(missing)}): "
            "pip install 'nnstudio[sweep]'"
        )
    if options.scheduler and options.workers:
        raise SpecError("--workers starts processes here, --scheduler names others: leave out one of them.")
    if options.out is not None:
        if options.out.suffix.lower() != SUFFIX:
            raise FileError(f"'{options.out}' must end in {SUFFIX}: the best network is saved as a project.")
        check_writable(options.out)


def _plan(project: Project, options: argparse.Namespace) -> Plan:
    document = project.document
    space = read_space(document, sources[document.data.kind], options.vary)
    plan = Plan(space, Method(options.method), options.trials, options.halving, Metric(options.metric))
    for note in check_plan(plan, project, project.load_data()):
        _say(note)
    return plan


def _say(text: str) -> None:
    print(f"nnstudio: {text}", file=sys.stderr)


class _Sweep:
    """One that is carried out: its results, without weights but those of the best."""

    def __init__(
        self, project: Project, plan: Plan, options: argparse.Namespace, as_json: Writer | None
    ) -> None:
        self._project, self._plan, self._options, self._as_json = project, plan, options, as_json
        self._name = uuid.uuid4().hex
        self._results: list[TrialResult] = []
        # Of the best setting so far, the run that is saved.
        self._best: Run | None = None

    def run(self, interrupts: Interrupts) -> None:
        """Carry it out until it is through or a person stops it."""
        from tqdm import tqdm

        from nnstudio.sweep.cluster import Cluster
        from nnstudio.sweep.study import sweep

        plan, options = self._plan, self._options
        total = plan.total
        with (
            Cluster(options.workers, options.scheduler) as cluster,
            closing(sweep(self._project, plan, cluster, self._name)) as news,
            tqdm(total=total, unit="setting", file=sys.stderr) as bar,
        ):
            for event in news:
                if isinstance(event, TrialResult):
                    self._take(event, bar.write)
                    bar.update(1)
                elif isinstance(event, WorkerEnded):
                    bar.write(f"nnstudio: {event.sentence}", file=sys.stderr)
                if interrupts.asked:
                    break

    def _take(self, result: TrialResult, write: Callable[..., None]) -> None:
        """Keep what a setting reached."""
        plan = self._plan
        if self._as_json is not None:
            write(self._as_json(plain(result, plan)), file=sys.stdout)
        self._results.append(result.without_weights())
        if result.status == Status.TRAINED and in_order(self._results, plan)[0].number == result.number:
            self._best = min(result.runs, key=lambda run: plan.rank(run.outcome.metrics[plan.metric] or 0.0))

    def finish(self, was_stopped: bool) -> int:
        """Print the table, save the best, and say what came of it; returns the exit code."""
        results, plan = self._results, self._plan
        if self._as_json is None and results:
            print("\n".join([*table(results, plan), *verdict(results, plan)]))
        messages = [result.message for result in results if result.message]
        for text in dict.fromkeys(messages):
            _say(f"{messages.count(text):,} of {len(results):,} settings: {text}")
        if self._best is None:
            _say("no setting was trained to its end, so there is no best one.")
            return ExitCode.REFUSED
        if self._options.out is not None:
            self._save(in_order(results, plan)[0], self._best)
        if was_stopped:
            _say(f"stopped after {len(results):,} settings.")
            return ExitCode.REFUSED
        left_out = any(result.status in (Status.REFUSED, Status.FAILED) for result in results)
        return ExitCode.INCOMPLETE if left_out else ExitCode.DONE

    def _save(self, best: TrialResult, run: Run) -> None:
        from nnstudio.sweep.study import tried

        project = tried(self._project, best.values, run.repeat, run.outcome.state)
        if project.data_is_there:
            # What predictions need of the data depends on the fold.
            project.load_data()
        project.save(self._options.out)
        which = f" as trained with {run.repeat}" if len(best.runs) > 1 else ""
        _say(f"saved setting {best.number}{which} in {self._options.out}.")
