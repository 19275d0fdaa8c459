"""How good a network is, on the command line: by one part of its data, or by cross-validation."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import Any

from nnstudio.cross_validation import FoldResult, cross_validate, spreads
from nnstudio.data.dataset import DataError, Split
from nnstudio.data.splits import MOST_FOLDS
from nnstudio.data.table_unit import OF_VALUES
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.scores import scores_of
from nnstudio.model.locations import names_to_tell
from nnstudio.model.quantity import in_digits
from nnstudio.project import Project
from nnstudio.training.engine import Device

# Turns plain data into a line.
Writer = Callable[[dict[str, Any]], str]


def write_scores(project: Project, part: str | None, as_json: Writer | None) -> int:
    """Print how good the network is on a part, by default the one for testing."""
    session = project.session()
    data = session.data
    chosen = Split(part) if part else data.judging
    if chosen not in data.parts:
        raise DataError(f"This data has no {chosen} part. Its samples are: {data.sizes}.")
    scores = scores_of(session, chosen, names_to_tell(project.document))
    if as_json is not None:
        print(as_json({**scores.plain(), "epoch": session.epoch}))
    else:
        best = session.returned_to
        of = f", weights of epoch {best.epoch}, the best" if best is not None else ""
        print(f"{scores.samples:,} {chosen} samples after {session.epoch} epochs{of}: {scores.sentence}")
    if chosen == data.watched != Split.TRAINING and session.settings.extra("patience"):
        print(
            f"Note: early stopping chose these weights by the same {chosen} samples; new ones may do worse.",
            file=sys.stderr,
        )
    return ExitCode.DONE


def write_folds(
    project: Project, folds: int, threads: int, as_json: Writer | None, device: Device = Device.CPU
) -> int:
    """Train a network for each fold, and print what each reached, their mean and their spread."""
    from tqdm import tqdm

    results: list[FoldResult] = []
    with tqdm(
        total=100.0, unit="%", file=sys.stderr, bar_format="{l_bar}{bar}| {elapsed}<{remaining}"
    ) as bar:
        for done in cross_validate(project, folds, threads, device):
            if isinstance(done, FoldResult):
                results.append(done)
                if done.device_remark:
                    bar.write(f"nnstudio: {done.fold}: {done.device_remark}", file=sys.stderr)
                bar.write(_line(done, as_json), file=sys.stdout)
            else:
                bar.update(100 * done - bar.n)
    is_real = any(result.scores.only_real for result in results)
    for spread in spreads(results):
        of = f" of {spread.output}" if spread.output else ""
        if as_json is not None:
            output = {"output": spread.output} if of else {}
            told = {"score": f"{spread.name}{of}", **output, "mean": spread.mean}
            print(as_json({**told, "deviation": spread.deviation}))
        else:
            name = spread.name.replace("_", " ").replace("r2", "R²") + of
            name = name.replace("accuracy", REAL_RIGHT) if is_real else name
            name = name.replace("R²", f"R²{OF_VALUES}") if results[0].scores.of_values else name
            mean, deviation = in_digits(spread.mean, 6), in_digits(spread.deviation, 3)
            print(f"{name}: {mean} ± {deviation} over {folds} folds")
    return ExitCode.DONE


def _line(result: FoldResult, as_json: Writer | None) -> str:
    scores = result.scores
    if as_json is not None:
        return as_json({"fold": str(result.fold), "epochs": result.epochs, **scores.plain()})
    return f"Fold {result.fold}: {scores.samples:,} samples after {result.epochs} epochs: {scores.sentence}"


def folds_of(text: str) -> int:
    """A number of folds as it is typed. Raises ArgumentTypeError."""
    count = int(text) if text.isdigit() else 0
    if not 2 <= count <= MOST_FOLDS:
        raise argparse.ArgumentTypeError(f"takes 2 to {MOST_FOLDS}; received '{text}'")
    return count
