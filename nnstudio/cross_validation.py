"""k-fold cross-validation: as many networks as folds, each judged by the fold that it did not learn from.

Everything that is fitted to data, such as the mean of a column, is fitted anew to what each network learns
from. The test part is left out of all of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec
from nnstudio.data.dataset import DataError, Split, load, sources
from nnstudio.data.splits import Fold
from nnstudio.explain.scores import Scores, scores_of
from nnstudio.model.locations import names_to_tell
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project
from nnstudio.training.engine import Device
from nnstudio.training.session import Session


@dataclass(frozen=True)
class FoldResult:
    """What the network of a fold reached, after ``epochs`` (fewer where it stopped early).

    ``device_remark``: why it did not train on the device that was chosen, or took longer there than it might.
    """

    fold: Fold
    epochs: int
    scores: Scores
    device_remark: str = ""


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (of a sample, over n - 1) of a score over the folds; ``output``: of which
    Output, "" for the network's own.
    """

    name: str
    output: str
    mean: float
    deviation: float


def cross_validate(
    project: Project, folds: int, threads: int = 1, device: Device = Device.CPU
) -> Iterator[float | FoldResult]:
    """Train a network for each fold from new weights; the project stays as it is, and may be changed.

    The iterator gives the share of everything that is done, 0 to 1, now and then, and a result after each
    fold. Raises DataError where the data has no folds; its pieces where there are too few samples for so
    many, and as `Project.session`.
    """
    document = project.document
    source, options = sources[document.data.kind], dict(document.data.options)
    if not source.has_option("fold"):
        raise DataError(f"Data of the kind {source.title} is not divided into folds.")
    path = project.data_file()
    if path is not None:
        options["path"] = str(path)
    network, settings, names = document.to_network(), document.settings, names_to_tell(document)
    return _train(network, settings, document.data.kind, options, folds, threads, device, names)


def _train(
    network: NetworkSpec,
    settings: TrainingSettings,
    kind: str,
    options: dict[str, Any],
    folds: int,
    threads: int,
    device: Device,
    names: Mapping[str, str],
) -> Iterator[float | FoldResult]:
    for index in range(1, folds + 1):
        yield (index - 1) / folds
        fold = Fold(index, folds)
        data = load(kind, {**options, "fold": str(fold)})
        session = Session(network, data, settings, threads, device=device)
        for done in session.slices():
            share = done.epoch / settings.epochs
            yield (index - 1 + min(share, 1.0)) / folds
        engine = session.engine
        remark = " ".join([engine.problem, *engine.slowness]).strip()
        scores = scores_of(session, Split.VALIDATION, names)
        yield FoldResult(fold, session.epoch, scores, remark)


def spreads(results: list[FoldResult]) -> list[Spread]:
    """Mean and spread of each score over the folds, two or more; of several Outputs, then of each of them."""
    measures = [result.scores.measures() for result in results]
    columns = {key: np.array([each[key] for each in measures]) for key in measures[0]}
    return [Spread(*key, float(v.mean()), float(v.std(ddof=1))) for key, v in columns.items()]
