"""`nnstudio sweep`: a project trained with many values; prints a table of them and saves the best."""

from __future__ import annotations

import argparse
import re
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.terms import NO_GOAL, REAL_RIGHT, right_called
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.drawn import as_png
from nnstudio.interrupts import Interrupts
from nnstudio.lab_command import check_files, write_files
from nnstudio.model.atomic_file import check_name, check_writable, write_atomically
from nnstudio.model.document import Document
from nnstudio.project import Project
from nnstudio.runs.store import RunStore
from nnstudio.sweep.curves import can_be_over, curves_table, lines_over
from nnstudio.sweep.keeping import SweepKeeper, tried
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.options import full_name, written_name
from nnstudio.sweep.order import SweepOrder, carry_out, check_installed
from nnstudio.sweep.plan import Method, Metric, Plan, check_plan, check_start
from nnstudio.sweep.process import setting_of
from nnstudio.sweep.report import plain, table, trainings_as_csv, verdict
from nnstudio.sweep.results import News, Run, TrialResult, WorkerEnded, WorkersAwaited
from nnstudio.sweep.space import Varied
from nnstudio.sweep.tally import Tally
from nnstudio.sweep.trial import ClusterError, Status
from nnstudio.sweep_pictures import curves_picture
from nnstudio.training.estimate import show_seconds
from nnstudio.written_file import check_project_name

# Turns plain data into a line.
Writer = Callable[[dict[str, Any]], str]

# An option of a node at the beginning of a sentence, such as "dense_1.units: ".
NAMED = re.compile(r"('?)([^\s=:']+\.\w+)")


def add_sweep_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    command.add_argument(
        "--vary", action="append", required=True, metavar="NAME=VALUES",
        help="what is varied: dense_1.units=4,8,16, learning_rate=1e-4..0.1:log, examples=10,50,0, "
        "start=new,frozen, seed=1..5, fold=1..5; may be given several times",
    )  # fmt: skip
    command.add_argument(
        "--method", choices=[m.value for m in Method], default=Method.GRID.value,
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
        choices=[m.value for m in Metric],
        default=Metric.VAL_LOSS.value,
        help="what settings are compared by (default: val_loss)",
    )
    command.add_argument(
        "--workers", type=_count, metavar="N", help="processes that train here (default: all cores but one)"
    )
    command.add_argument(
        "--scheduler", default="", metavar="ADDRESS", help="train on a Dask cluster instead: tcp://host:8786"
    )
    command.add_argument("--out", type=Path, metavar="BEST.nns", help="save the best network here")
    command.add_argument("--csv", type=Path, metavar="FILE", help="write a row for each training here")
    command.add_argument(
        "--curves", type=Path, action="append", default=[], metavar="FILE",
        help="write the score over what is varied, a line for each choice of the rest: .png or .csv; may be "
        "given several times",
    )  # fmt: skip
    command.add_argument(
        "--over", default="", metavar="NAME",
        help="what the curves are drawn over, by default the first number",
    )  # fmt: skip
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
    order = SweepOrder(
        tuple(options.vary), Method(options.method), options.trials, options.halving, Metric(options.metric),
        options.workers, options.scheduler,
    )  # fmt: skip
    plan = _plan(order, project.document)
    data = project.load_data()
    check_start(plan, project, data)
    over = _drawn_over(project, plan, options)
    for note in check_plan(plan, project, data):
        _say(note)
    if holds_only_real(data):
        _say(f"{Metric.VAL_ACCURACY} here: {REAL_RIGHT}. {NO_GOAL}")
    name = uuid.uuid4().hex
    keeper = SweepKeeper(RunStore(), project, options.project, data, name)
    titles = {v.name: written_name(project.document, v.name) for v in plan.space.searched}
    sweep = _Sweep(plan, keeper, as_json, titles, holds_only_real(data))
    is_lost = False
    with Interrupts() as interrupts:
        try:
            sweep.run(order, interrupts)
        except ClusterError as error:
            is_lost = True
            _say(str(error))
    code = sweep.finish(options.out)
    if options.csv is not None:
        write_atomically(options.csv, sweep.trainings.encode())
        _say(f"Wrote all trainings to {options.csv}.")
    if over is not None and sweep.results:
        _write_curves(sweep, over, options.curves)
    if interrupts.asked:
        _say(f"stopped; {sweep.trained} trained to the end.")
        return ExitCode.STOPPED
    return ExitCode.REFUSED if is_lost else code


def _plan(order: SweepOrder, document: Document) -> Plan:
    """Raises SpecError or UnknownName; what begins with an option of a node calls that as people do."""
    try:
        return order.plan(document)
    except SpecError as error:
        told = str(error)
        if (match := NAMED.match(told)) is None:
            raise
        raise SpecError(f"{match[1]}{written_name(document, match[2])}{told[match.end() :]}") from error


def _check(options: argparse.Namespace) -> None:
    """What can be said before anything is loaded."""
    check_installed()
    if options.scheduler and options.workers:
        raise SpecError("--workers starts processes here, --scheduler names others: leave out one of them.")
    if options.out is not None:
        check_project_name(options.out, "the best network is saved as a project")
        check_writable(options.out)
    if options.csv is not None:
        check_name(options.csv)
        check_writable(options.csv)
    check_files(options.curves, (".png", ".csv"), options.project)


def _drawn_over(project: Project, plan: Plan, options: argparse.Namespace) -> Varied | None:
    """What curves are wanted over, None where none are. Raises SpecError."""
    if not options.curves:
        if options.over:
            raise SpecError("--over says what curves are drawn over, so it needs --curves FILE too.")
        return None
    can = can_be_over(plan)
    if not can:
        raise SpecError("Curves need something that is varied with several single values. This has none.")
    wanted = full_name(project.document, options.over) if options.over else ""
    chosen = [varied for varied in can if varied.name == wanted] if wanted else can
    if not chosen:
        names = ", ".join(written_name(project.document, varied.name) for varied in can)
        raise SpecError(f"Curves cannot be drawn over '{options.over}'. Choose one of: {names}.")
    return chosen[0]


def _write_curves(sweep: _Sweep, over: Varied, files: list[Path]) -> None:
    """Raises FileError."""
    plan, titles, only_real = sweep.plan, sweep.titles, sweep.only_real
    lines = lines_over(sweep.settings, plan, over, titles)
    if not lines:
        _say("No setting was trained to its end, so no curves were written.")
        return
    contents = {
        ".csv": lambda: curves_table(lines, plan, over, titles, only_real).encode(),
        ".png": lambda: as_png(curves_picture(lines, plan, over, titles, only_real)),
    }
    write_files(files, lambda suffix: contents[suffix]())
    for file in files:
        _say(f"Wrote the curves to {file}.")


def _say(text: str) -> None:
    print(f"nnstudio: {text}", file=sys.stderr)


class _Sweep:
    """One that is carried out; ``titles`` of what is varied, ``only_real`` as `right_called` has it."""

    def __init__(
        self, plan: Plan, keeper: SweepKeeper, as_json: Writer | None, titles: Mapping[str, str],
        only_real: bool,
    ) -> None:  # fmt: skip
        self.plan, self.titles, self.only_real = plan, titles, only_real
        self._keeper, self._as_json = keeper, as_json
        self._tally = Tally(plan)

    @property
    def results(self) -> list[TrialResult]:
        """The settings that are through."""
        return self._tally.results

    @property
    def settings(self) -> list[Setting]:
        """The same as the window shows them."""
        return [setting_of(result, self._tally) for result in self._tally.results]

    @property
    def trainings(self) -> str:
        """All trainings of these as CSV."""
        return trainings_as_csv(self.results, self.plan, self.titles, self.only_real)

    @property
    def trained(self) -> str:
        """How many settings are through, in words."""
        count = sum(result.status == Status.TRAINED for result in self._tally.results)
        return "1 setting was" if count == 1 else f"{count:,} settings were"

    def run(self, order: SweepOrder, interrupts: Interrupts) -> None:
        """Carry it out until it is through or a person stops it. Raises ClusterError."""
        from tqdm import tqdm

        with (
            closing(carry_out(order, self.plan, self._keeper)) as news,
            tqdm(total=self.plan.total, unit="setting", file=sys.stderr) as bar,
        ):
            for event in news:
                for text in self._take(event, bar.write):
                    bar.write(f"nnstudio: {text}", file=sys.stderr)
                bar.set_postfix_str(self._standing, refresh=False)
                # Drawn now and then, also where no setting is through.
                bar.update(int(isinstance(event, TrialResult)))
                if interrupts.asked:
                    break

    @property
    def _standing(self) -> str:
        best = self._tally.best
        score = right_called(self.plan.metric, self.only_real)
        told = "" if best is None else f", best {score} {best[0].value:.4g}"
        return f"trainings {self._tally.trainings:,}{told}"

    def _take(self, event: News, write: Callable[..., None]) -> Iterator[str]:
        """Keep what came; gives sentences on it."""
        self._tally.take(event)
        if isinstance(event, WorkerEnded | WorkersAwaited):
            yield event.sentence
        elif isinstance(event, TrialResult):
            if self._as_json is not None:
                write(self._as_json(plain(event, self.plan, self.only_real)), file=sys.stdout)
            yield from self._keeper.keep(event)

    def finish(self, out: Path | None) -> int:
        """Print the table, save the best, and say what came of it; returns the exit code."""
        results, plan, only_real = self._tally.results, self.plan, self.only_real
        if self._as_json is None and results:
            rows = table(results, plan, self.titles, only_real)
            print("\n".join([*rows, *verdict(results, plan, only_real)]))
        messages = [result.message for result in results if result.message]
        for text in dict.fromkeys(messages):
            _say(f"{messages.count(text):,} of {len(results):,} settings: {text}")
        if self._tally.best is None:
            _say("No setting was trained to its end, so there is no best one.")
            return ExitCode.REFUSED
        if out is not None:
            self._save(*self._tally.best, out)
        seconds = sum(run.outcome.seconds for result in results for run in result.runs)
        _say(f"All trainings together took {show_seconds(seconds)}.")
        _say(f"All trainings are kept: nnstudio runs list --sweep {self._keeper.sweep}")
        left_out = any(result.status in (Status.REFUSED, Status.FAILED) for result in results)
        return ExitCode.INCOMPLETE if left_out else ExitCode.DONE

    def _save(self, best: TrialResult, run: Run, out: Path) -> None:
        project = tried(self._keeper.project, best.values, run.repeat, run.outcome.state)
        if project.data_is_there:
            # What predictions need of the data depends on the fold.
            project.load_data()
        project.save(out)
        which = f", the best of its {len(best.runs)} trainings ({run.repeat})" if len(best.runs) > 1 else ""
        _say(f"Saved setting {best.number} in {out}{which}.")
