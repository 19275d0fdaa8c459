"""What goes down to the worker and what comes up from it: frozen, so that threads may share them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from nnkernels.graph.network import NetworkSpec, NodeError
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Epoch
from nnstudio.training.engine import Device
from nnstudio.training.inputs import BatchError
from nnstudio.training.journal import MOST_BYTES
from nnstudio.training.learned import ALL_CARRIED, Aside, Carried
from nnstudio.training.phase import Phase as Phase
from nnstudio.training.progress import Progress
from nnstudio.training.state import EndOfEpoch, TrainingState
from nnstudio.training.surgery.flow import Picks

NO_MEMORY = "This machine does not have enough memory."


@dataclass(frozen=True)
class Job:
    """A frozen order to the worker: what to train, from which state.

    Attributes:
        state: of a saved run of this very network.
        goes_on: it is an edit of what the worker has: what was learned is kept as far as it fits.
        aside: what was put aside and comes back, as far as it fits.
        back: where an edit is taken back, what was learned before it; it comes back unless the network that
            ran since computes the same.
        leaves: is filled with what ran until now, as `Worker.put_aside` does.
        picks: which old units the units of a layer are, where a person chose.
        project: comes back with what was learned, see `LeftRun`; the worker does not look inside.
        device: where it trains, as long as nothing fails there.
    """

    run_id: int
    network: NetworkSpec
    data: Dataset
    settings: TrainingSettings
    threads: int = 1
    state: TrainingState | None = None
    goes_on: bool = False
    aside: Aside | None = None
    back: Aside | None = None
    leaves: Aside | None = None
    picks: Picks | None = None
    project: Any = None
    device: Device = Device.CPU


@dataclass(frozen=True)
class Checkpoints:
    """Steps whose parameters are kept, the bytes that they take, and how many there may be."""

    steps: tuple[int, ...] = ()
    bytes: int = 0
    most: int = MOST_BYTES


@dataclass(frozen=True)
class Snapshot:
    """Where the worker stands; the latest replaces the one before.

    ``diverged`` and ``failed`` runs carry a sentence in ``message`` and perhaps the guilty node. ``start``
    counts how often training began anew, with another network or with this one reset. ``goal`` are the epochs
    at which the run that was begun ends, 0 before. ``loss`` and ``accuracy`` are those of training, over
    about an epoch. ``rows`` is the number of epochs of the curve. ``shown`` is the kept step that live views
    look at, None while they look at the network as it is. ``carried`` says what became of the weights when
    an edit was planned; ``steps_before`` are those that it came with, or that wait for a network that can
    run. ``returned_to`` is the epoch whose weights early stopping brought back. ``is_altered``: the losses
    are of before a weight was set by hand, or of before another change. ``device_problem``: why it does
    not train on the device that was chosen; ``device_slowness``: sentences on why that takes longer than it
    might. ``fitting_batch``: a batch size with which a network that failed could run, 0 where that is not the
    reason. ``judged_from``: the step since which the run learned with this network, these data and settings.
    ``output_losses``: of several Outputs, each with its loss in the latest epoch, by identifier.
    ``training_now``: loss and accuracy of the weights as they are on all training samples; None while it
    trains, until they are evaluated, and where that takes long. ``epoch`` are whole ones; ``is_within``:
    steps of the one after them were made.
    """

    run_id: int = 0
    start: int = 0
    phase: Phase = Phase.EMPTY
    epoch: int = 0
    steps: int = 0
    loss: float | None = None
    accuracy: float | None = None
    fraction: float = 0.0
    rows: int = 0
    message: str = ""
    node: str = ""
    kept: Checkpoints = Checkpoints()
    shown: int | None = None
    carried: Carried = ALL_CARRIED
    steps_before: int = 0
    returned_to: EndOfEpoch | None = None
    goal: int = 0
    is_altered: bool = False
    device_problem: str = ""
    device_slowness: tuple[str, ...] = ()
    fitting_batch: int = 0
    judged_from: int = 0
    output_losses: tuple[tuple[str, float], ...] = ()
    training_now: tuple[float, float | None] | None = None
    is_within: bool = False

    @property
    def current_epoch(self) -> int:
        """The epoch that the last step lies in, or that is on its way while it trains, counted from one; 0
        before the first.
        """
        is_on_its_way = self.phase == Phase.RUNNING and not 0 < self.goal <= self.epoch
        return self.epoch + (self.is_within or is_on_its_way)

    @property
    def without_run(self) -> Snapshot:
        """The same where there is no run."""
        return replace(
            self, kept=Checkpoints(), shown=None, goal=0, returned_to=None, is_altered=False, judged_from=0,
            output_losses=(), training_now=None, is_within=False,
        )  # fmt: skip

    @property
    def best_shown(self) -> EndOfEpoch | None:
        """The epoch whose weights early stopping brought back, while live views look at those."""
        return self.returned_to if self.shown is None else None

    @property
    def step_shown(self) -> int:
        """The step that the weights are of which live views look at."""
        if self.shown is not None:
            return self.shown
        return self.steps if self.returned_to is None else self.returned_to.step

    @staticmethod
    def failed(run_id: int, start: int, error: Exception, waiting: int) -> Snapshot:
        """No network can be made, and why; what was learned in so many steps waits for one."""
        node = error.node if isinstance(error, NodeError) else ""
        message, fitting = str(error) or NO_MEMORY, error.fitting if isinstance(error, BatchError) else 0
        return Snapshot(
            run_id, start, Phase.FAILED, message=message, node=node, steps_before=waiting,
            fitting_batch=fitting,
        )  # fmt: skip

    def after(self, done: Progress | Epoch, phase: Phase, rows: int) -> Snapshot:
        """The snapshot of the same run once this was done, with a curve of so many epochs."""
        (loss, accuracy), fraction = (done.loss, done.accuracy), 0.0
        if isinstance(done, Progress):
            (loss, accuracy), fraction = done.trailing, done.fraction
        return replace(
            self, phase=phase, epoch=done.epoch, steps=done.steps, loss=loss, accuracy=accuracy, rows=rows,
            message="", node="", fraction=fraction,
        )  # fmt: skip

    def set_by_hand(self) -> Snapshot:
        """The snapshot once a weight was set: as where that was opened, a reset takes it back."""
        return replace(self, phase=Phase.PAUSED) if self.phase == Phase.READY else self
