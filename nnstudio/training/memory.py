"""What a session takes beside the program that learns, counted before any of it is allocated."""

from __future__ import annotations

import numpy as np

from nnkernels.planning.plan import evaluator_bytes
from nnkernels.program import Layout
from nnkernels.spec import optimizers
from nnkernels.spec.initialisers import scratch_bytes
from nnstudio.data.dataset import Dataset, Split
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.evaluation import EVALUATION_BATCH
from nnstudio.training.journal import MOST_BYTES, Journal
from nnstudio.training.kept_steps import MOST_SAVED_BYTES
from nnstudio.training.targets import with_class_weights

# A row of the curve with its numbers, and what saving makes of it, measured with tracemalloc.
ROW_BYTES, SAVING_ROW_BYTES = 340, 290
# Copies that saving makes of the parameters and slots, one after the other and none of them let go before
# the last: the state, its bytes, those joined with their header, and the archive.
SAVING_COPIES = 4
# Arrays of the size of the parameters while one checkpoint is packed against another.
PACKING_COPIES = 3


def bytes_beside(layout: Layout, data: Dataset, settings: TrainingSettings) -> int:
    """Bytes at the peak of a whole run that is saved at its end, without program, parameters and data."""
    values = 4 * layout.parameter_count
    state = values * (1 + optimizers[settings.optimizer].slots)
    best = 2 * values if settings.extra("patience") else 0
    checkpoints = _checkpoint_bytes(layout, data, settings)
    # Parameters and slots before the slice; whether each of them is finite.
    kept = (
        state
        + state // 4
        + best
        + checkpoints
        + settings.epochs * ROW_BYTES
        + _evaluator(layout, data, settings)
    )
    declared = [p for node in layout.nodes.values() for p in node.parameters]
    drawing = max((scratch_bytes(p) for p in declared), default=0)
    packing = PACKING_COPIES * values if checkpoints > MOST_BYTES else 0
    timeline = SAVING_COPIES * min(checkpoints, MOST_SAVED_BYTES)
    saving = SAVING_COPIES * state + 2 * best + timeline + settings.epochs * SAVING_ROW_BYTES
    # A checkpoint may be written while parameters of an earlier step are packed.
    return kept + max(drawing, packing + saving)


def _evaluator(layout: Layout, data: Dataset, settings: TrainingSettings) -> int:
    if data.watched == Split.TRAINING:
        return 0
    batch = min(EVALUATION_BATCH, len(data.part(data.watched)[0]))
    options = with_class_weights(settings.loss_options, data)
    return evaluator_bytes(layout, data.input_shape, settings.loss, batch, data.target_width, options)


def _checkpoint_bytes(layout: Layout, data: Dataset, settings: TrainingSettings) -> int:
    """Bytes of the parameters that are kept along the way, at most."""
    batch = min(settings.batch_size, len(data.x_train))
    steps = settings.epochs * -(-len(data.x_train) // batch)
    values = 4 * layout.parameter_count
    # Two are kept at the least, and a third for a moment, however large they are.
    return min(_most_checkpoints(layout, steps) * values, max(MOST_BYTES, 3 * values))


def _most_checkpoints(layout: Layout, steps: int) -> int:
    """The most checkpoints that a journal holds at once, from a rehearsal with empty ones."""
    journal, nothing, most = Journal(layout.parameter_count), np.empty(0), 1
    journal.restart(0, nothing, steps)
    while journal.next <= steps:
        journal.offer(journal.next, nothing)
        most = max(most, len(journal.checkpoints))
    return most
