"""`nnstudio train`: trains a project until its epochs are done, with checkpoints on the way, and saves it."""

from __future__ import annotations

import argparse
import errno
import math
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnstudio.data.imitation import holds_only_real
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.exit_codes import ExitCode
from nnstudio.interrupts import Interrupts
from nnstudio.model.atomic_file import FileError, check_name, check_writable, remove_leftovers
from nnstudio.model.file_mark import FileMark
from nnstudio.model.locations import names_to_tell
from nnstudio.prepare_command import compile_needed
from nnstudio.project import Project
from nnstudio.rescue import save_or_rescue
from nnstudio.runs.recorder import RunRecorder
from nnstudio.runs.store import RunStore
from nnstudio.training.by_output import called
from nnstudio.training.checkpointer import SECONDS, Checkpointer, Content
from nnstudio.training.checkpoints import (
    Beside,
    RunCheckpoint,
    checkpoints_beside,
    forget_saved,
    identity,
    paths_beside,
    put_aside,
)
from nnstudio.training.curve import Epoch
from nnstudio.training.ending import ending
from nnstudio.training.engine import Device
from nnstudio.training.estimate import show_seconds
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.training.threads import limit_threads
from nnstudio.training.training_lock import TrainingLock
from nnstudio.written_file import check_project_name

NO_CHECKPOINT = "There is no checkpoint to go on from: training goes on from the project as it is saved."
ENDED = "Nothing to do: early stopping had ended this training. Leave out --resume to train on all the same."
AsJson = Callable[[dict[str, Any]], str]


def add_train_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    command.add_argument("--epochs", type=int, metavar="N", help="train until N epochs in total are done")
    command.add_argument("--seed", type=int, metavar="S", help="start over with this seed")
    command.add_argument("--threads", type=int, metavar="T", help="threads (default: all cores)")
    add_device_option(command)
    command.add_argument("--out", type=Path, metavar="Q.nns", help="save here instead of over the project")
    command.add_argument("--json", action="store_true", help="print one JSON object for each epoch")
    command.add_argument(
        "--resume", action=argparse.BooleanOptionalAction,
        help="go on from the checkpoint that a killed training left, if there is one; or from the project as "
        "it is saved, and the checkpoint becomes a project of its own",
    )  # fmt: skip
    command.add_argument(
        "--checkpoint-every", type=float, default=SECONDS, metavar="SECONDS",
        help=f"keep a checkpoint beside the project this often (default: {SECONDS:g}; 0: never)",
    )  # fmt: skip


def add_device_option(command: argparse.ArgumentParser) -> None:
    """Where a command trains."""
    command.add_argument(
        "--device", type=Device, choices=tuple(Device), default=Device.CPU,
        help="where to train: cpu (default), or cuda for an NVIDIA graphics card; where that fails, training "
        "goes on on the processor",
    )  # fmt: skip


def train_and_save(
    options: argparse.Namespace, open_project: Callable[[Path], Project], as_json: AsJson | None
) -> int:
    """Train and save; where that is cut short or diverges, the last good weights are saved first.

    ``open_project`` opens a project file with what ``options`` say of its data. Returns the exit code. Raises
    SpecError, DataError or FileError with a sentence, and Diverged.
    """
    target = options.out or options.project
    threads = _check(options, target)
    with TrainingLock(target) as lock:
        if not lock.take():
            raise FileError(
                f"'{target}' is being trained by another process. Wait for it, or end it: it then saves what "
                "it trained. Or save elsewhere with --out."
            )
        training, project = _begun(options, open_project, target, threads)
        _run(training, project, target, as_json)
    if training.was_stopped:
        session = training.session
        _say(f"{ending(session.epoch, session.steps, True, None)} Saved {target}.")
        return ExitCode.STOPPED
    if as_json is None:
        print(f"Saved {target}.")
    return ExitCode.DONE


def _begun(
    options: argparse.Namespace, open_project: Callable[[Path], Project], target: Path, threads: int
) -> tuple[_Training, Project]:
    """A training that can begin: from the project, or from a checkpoint of it. All else is out of its way."""
    for path in (target, *paths_beside(target)):
        remove_leftovers(path)
    beside = checkpoints_beside(target, options.project)
    taken = _taken(beside, options)
    project = open_project(taken.path if taken is not None else options.project)
    # A checkpoint is gone on from, but it is the project that must not have changed meanwhile.
    project.mark = FileMark.of(options.project)
    earlier = project.state.run if project.state is not None else ""
    _apply(project, options)
    goes_on = taken.goes_on if taken is not None else project.state is not None
    if taken is not None and goes_on:
        _add_timeline(project, options.project)
    check_writable(target)
    data = project.load_data()
    if options.device is Device.CPU:
        compile_needed(project.document.to_network(), data, project.document.settings)
    session = project.session(limit_threads(threads), options.device, data)
    # Before hours of training: room for the weights, and for the best where they are remembered.
    check_writable(target, 2 * session.parameters.nbytes)
    for text in put_aside(beside, target, taken):
        _say(text)
    of = taken.of if taken is not None else identity(options.project)
    seconds = options.checkpoint_every or math.inf
    content = partial(content_of, project, session)
    checkpointer = Checkpointer(target, content, of, goes_on, seconds, taken)
    recorder = RunRecorder(RunStore(), project, session, target, _say, earlier, taken is not None)
    training = _Training(session, checkpointer, recorder, taken)
    if options.resume and taken is None:
        training.has_ended = _ended_early(project.state)
        _say(ENDED if training.has_ended else NO_CHECKPOINT)
    return training, project


def _ended_early(state: TrainingState | None) -> bool:
    """Whether early stopping had ended this run: the weights are those of the best epoch, not of the last."""
    return state is not None and state.returned_to is not None


def _run(training: _Training, project: Project, target: Path, as_json: AsJson | None) -> None:
    """Train and save, whatever comes between."""
    with training.interrupts, training.recorder:
        try:
            with closing(training.checkpointer):
                _show(training, as_json, names_to_tell(project.document))
        except OSError as error:
            # The terminal is gone.
            if error.errno != errno.EIO:
                raise
            training.recorder.was_stopped = True
        finally:
            project.state = training.session.state()
            save_or_rescue(project, target)
            forget_saved(target, project.state, training.taken.run if training.taken is not None else "")


def content_of(project: Project, session: Session) -> Content:
    """What a checkpoint of a session holds, a copy: the project as it stands, without a timeline."""
    project.state = replace(session.state(), kept=None)
    return project.content()


def _add_timeline(project: Project, path: Path) -> None:
    """Give a checkpoint the timeline that its run began with: it has none of its own."""
    saved = Project.open(path).state
    if project.state is not None and saved is not None:
        project.state = replace(project.state, kept=saved.kept)


def _say(text: str) -> None:
    print(f"nnstudio: {text}", file=sys.stderr)


def _check(options: argparse.Namespace, target: Path) -> int:
    """What can be said of the options without a project; returns the threads that are asked for."""
    check_project_name(target, "a trained network is saved as a project")
    for path in paths_beside(target):
        check_name(path)
    if options.resume and options.seed is not None:
        raise SpecError("--seed starts over, and --resume goes on: leave out one of them.")
    if not 0 <= options.checkpoint_every < math.inf:
        raise SpecError(f"--checkpoint-every must be 0 or more; received {options.checkpoint_every:g}.")
    threads = options.threads if options.threads is not None else os.cpu_count() or 1
    if threads < 1:
        raise SpecError(f"--threads must be 1 or more; received {threads}.")
    return int(threads)


def _taken(beside: Beside, options: argparse.Namespace) -> RunCheckpoint | None:
    """The checkpoint to go on from; None where training begins with the project as it is saved.

    Raises FileError where there is one, and nobody said whether to take it.
    """
    if not beside.newer:
        return None
    newest = beside.newer[0]
    if options.resume is None:
        damage = "".join(f" {why}" for _, why in beside.damaged)
        raise FileError(
            f"'{options.project}' was trained further than it was saved: beside it lies a checkpoint of "
            f"{newest.described}.{damage} Use --resume to go on from it, or --no-resume to train from what "
            "is saved; the checkpoint then becomes a project of its own."
        )
    if options.resume:
        _say(f"Going on from a checkpoint of {newest.described}.")
    return newest if options.resume else None


def _apply(project: Project, options: argparse.Namespace) -> None:
    """The settings that the options name."""
    settings = project.document.settings
    if options.seed is not None:
        settings = settings.with_option("seed", options.seed)
        project.state = None
    if options.epochs is not None:
        settings = settings.with_option("epochs", options.epochs)
    project.document.set_settings(settings)


class _Training:
    """A session that is trained, with checkpoints and a record, until it is through or a signal comes.


    Attributes:
        taken: the checkpoint that it was taken up from.
        has_ended: whether it was through before.
    """

    def __init__(
        self,
        session: Session,
        checkpointer: Checkpointer,
        recorder: RunRecorder,
        taken: RunCheckpoint | None,
    ) -> None:
        self.session, self.interrupts, self.recorder, self.taken = session, Interrupts(), recorder, taken
        self.has_ended = False
        self.checkpointer, self._problem = checkpointer, ""
        self._device_problem, self._told = "", set[str]()

    @property
    def was_stopped(self) -> bool:
        """Whether it ended before it was through."""
        return self.recorder.was_stopped

    def epochs(self, say: Callable[[str], None]) -> Iterator[Epoch]:
        """The row of each epoch; ``say`` tells on the way why there are no checkpoints or no record."""
        self.recorder.say = say
        if self.has_ended:
            return
        self._say_device(say)
        for done in self.session.slices():
            self.recorder.offer(done)
            self.checkpointer.offer(done)
            self._say_device(say)
            if self.checkpointer.problem != self._problem:
                self._problem = self.checkpointer.problem
                say(self._problem or "Checkpoints are written again.")
            if isinstance(done, Epoch):
                yield done
            if self.interrupts.asked:
                self.recorder.was_stopped = True
                return

    def _say_device(self, say: Callable[[str], None]) -> None:
        """Tell once why training is not where it was asked for, or why it takes longer there."""
        engine = self.session.engine
        if engine.problem != self._device_problem:
            self._device_problem = engine.problem
            say(engine.problem)
        for text in engine.slowness:
            if text not in self._told:
                self._told.add(text)
                say(text)


def _show(training: _Training, as_json: AsJson | None, names: Mapping[str, str]) -> None:
    session = training.session
    if as_json is not None:
        for row in training.epochs(_say):
            each = output_losses(session)
            print(as_json(asdict(row) | ({"losses": each} if each else {})), flush=True)
        return
    from tqdm import tqdm

    goal = session.settings.epochs
    begun = f"epoch {min(session.epoch + 1, goal):,} of {goal:,}"
    with tqdm(total=goal, initial=session.epoch, unit="epoch", desc=begun, file=sys.stderr) as bar:
        for row in training.epochs(lambda text: bar.write(f"nnstudio: {text}", file=sys.stderr)):
            bar.update(1)
            bar.set_description(f"epoch {min(row.epoch + 1, goal):,} of {goal:,}", refresh=False)
            bar.set_postfix_str(_in_words(row, session, names), refresh=False)
    if session.history:
        last = session.history[-1]
        print(f"{_in_words(last, session, names)}, trained for {show_seconds(last.seconds)}")
        if not training.was_stopped:
            is_early = session.settings.extra("patience") and session.epoch < goal
            best = 0 if session.returned_to is None else session.returned_to.epoch
            print(
                ending(session.epoch, session.steps, False, session.data.watched if is_early else None, best)
            )
    elif not training.was_stopped:
        print(f"Nothing to do: {session.epoch} of {goal} epochs are done. Raise --epochs to go on.")


def _in_words(row: Epoch, session: Session, names: Mapping[str, str]) -> str:
    """``names`` are what people call the nodes, by identifier."""
    watched = session.data.watched
    settings = session.settings
    of = "of fooling samples " * bool(settings.extra("adversarial_strength"))
    of += "of mixtures " * bool(settings.extra("mixup")) + "of balanced groups " * bool(settings.balance)
    parts = [f"loss {of}{row.loss:.4g}"]
    # What is right is counted for the first Output.
    first = f" of {called(session.outputs.names[0], names)}" if session.outputs.names else ""
    right = f"{REAL_RIGHT if holds_only_real(session.data) else 'accuracy'}{first}"
    if row.accuracy is not None:
        parts.append(f"{right} {row.accuracy:.1%}")
    if row.val_loss is not None:
        parts.append(f"{watched} loss {row.val_loss:.4g}")
    if row.val_accuracy is not None:
        parts.append(f"{watched} {right} {row.val_accuracy:.1%}")
    losses = output_losses(session).items()
    parts += [f"loss of {called(name, names)} {loss:.4g}" for name, loss in losses]
    return ", ".join(parts)


def output_losses(session: Session) -> dict[str, float]:
    """The loss of each Output in the latest epoch, where there are several; without those nobody asked."""
    outputs = session.outputs
    if not outputs.epochs:
        return {}
    losses = zip(outputs.names, outputs.rows[-1].tolist(), strict=True)
    return {name: loss for name, loss in losses if not math.isnan(loss)}
