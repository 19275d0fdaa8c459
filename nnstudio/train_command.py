"""`nnstudio train`: trains a project until its epochs are done, and saves it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.outcome import of_best
from nnstudio.interrupts import Interrupts
from nnstudio.model.atomic_file import FileError, check_writable
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.rescue import save_or_rescue
from nnstudio.training.curve import Epoch
from nnstudio.training.session import Session
from nnstudio.training.threads import limit_threads

AsJson = Callable[[dict[str, Any]], str]


def add_train_options(command: argparse.ArgumentParser) -> None:
    """What the command takes besides a project."""
    command.add_argument("--epochs", type=int, metavar="N", help="train until N epochs in total are done")
    command.add_argument("--seed", type=int, metavar="S", help="start over with this seed")
    command.add_argument("--threads", type=int, metavar="T", help="threads (default: all cores)")
    command.add_argument("--out", type=Path, metavar="Q.nns", help="save here instead of over the project")
    command.add_argument("--json", action="store_true", help="print one JSON object for each epoch")


def train_and_save(project: Project, options: argparse.Namespace, as_json: AsJson | None) -> int:
    """Train and save; on divergence or Ctrl+C the last good weights are saved first. Returns the exit code.

    Raises SpecError, DataError or FileError with a sentence, and Diverged.
    """
    target = options.out or options.project
    if target.suffix.lower() != SUFFIX:
        raise FileError(f"'{target}' must end in {SUFFIX}: a trained network is saved as a project.")
    settings = project.document.settings
    if options.seed is not None:
        settings = settings.with_option("seed", options.seed)
        project.state = None
    if options.epochs is not None:
        settings = settings.with_option("epochs", options.epochs)
    project.document.set_settings(settings)
    threads = options.threads if options.threads is not None else os.cpu_count() or 1
    if threads < 1:
        raise SpecError(f"--threads must be 1 or more; received {threads}.")
    check_writable(target)
    session = project.session(limit_threads(threads))
    # Before hours of training, not after: room for the weights, and for the best where they are remembered.
    check_writable(target, 2 * session.parameters.nbytes)
    with Interrupts() as interrupts:
        try:
            _show_training(session, as_json, interrupts)
        finally:
            project.state = session.state()
            save_or_rescue(project, target)
    if interrupts.asked:
        print(f"nnstudio: stopped after epoch {session.epoch}; saved {target}.", file=sys.stderr)
        return ExitCode.REFUSED
    if as_json is None:
        print(f"Saved {target}.")
    return ExitCode.DONE


def _show_training(session: Session, as_json: AsJson | None, interrupts: Interrupts) -> None:
    slices = takewhile(lambda _done: not interrupts.asked, session.slices())
    if as_json is not None:
        for done in slices:
            if isinstance(done, Epoch):
                print(as_json(asdict(done)), flush=True)
        return
    from tqdm import tqdm

    goal = session.settings.epochs
    with tqdm(total=goal, initial=session.epoch, unit="epoch", file=sys.stderr) as bar:
        for done in slices:
            if isinstance(done, Epoch):
                bar.update(1)
                bar.set_postfix_str(_in_words(done, session), refresh=False)
    if session.history:
        print(_in_words(session.history[-1], session))
        if session.returned_to:
            print(of_best(session.returned_to, session.data.watched))
    elif not interrupts.asked:
        print(f"Nothing to do: {session.epoch} of {goal} epochs are done. Raise --epochs to go on.")


def _in_words(row: Epoch, session: Session) -> str:
    watched = session.data.watched
    settings = session.settings
    of = "of mixtures " * bool(settings.extra("mixup")) + "of balanced groups " * bool(settings.balance)
    parts = [f"loss {of}{row.loss:.4g}"]
    if row.accuracy is not None:
        parts.append(f"accuracy {row.accuracy:.1%}")
    if row.val_loss is not None:
        parts.append(f"{watched} loss {row.val_loss:.4g}")
    if row.val_accuracy is not None:
        parts.append(f"{watched} accuracy {row.val_accuracy:.1%}")
    return ", ".join(parts)
