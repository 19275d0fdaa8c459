"""What a person asks of a sweep, on the command line or in the window, and how it is carried out.

Neither optuna nor Dask is imported before a sweep begins: whoever asks may not have them.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from importlib.util import find_spec

from msgspec import Struct

from nnkernels.spec import SpecError
from nnstudio.data.dataset import sources
from nnstudio.model.document import Document
from nnstudio.sweep.keeping import SweepKeeper
from nnstudio.sweep.plan import Method, Metric, Plan
from nnstudio.sweep.results import News
from nnstudio.sweep.space import read_space

NEEDED = ("optuna", "distributed", "cryptography")


class SweepOrder(Struct, frozen=True):
    """One sweep that is asked for.

    Attributes:
        vary: what is varied, see `read_space`.
        trials: how many settings at most; None for all of a grid.
        workers: processes of this machine; None for all cores but one.
        scheduler: the address of a Dask scheduler that trains instead, or "".
    """

    vary: tuple[str, ...]
    method: Method = Method.GRID
    trials: int | None = None
    halving: bool = False
    metric: Metric = Metric.VAL_LOSS
    workers: int | None = None
    scheduler: str = ""

    def plan(self, document: Document) -> Plan:
        """What is to be done with this project. Raises SpecError or UnknownName with a sentence."""
        space = read_space(document, sources[document.data.kind], self.vary)
        return Plan(space, self.method, self.trials, self.halving, self.metric)


def check_installed() -> None:
    """Raises SpecError where sweeps lack packages, with how to install them."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise SpecError(
            f"Sweeps need packages that are not installed ({', '.join(missing)}): "
            "pip install 'nnstudio[sweep]'"
        )


def carry_out(order: SweepOrder, plan: Plan, keeper: SweepKeeper) -> Generator[News, None, None]:
    """Start the workers and go through the plan; whoever leaves it early must close it, which ends them.

    Raises ClusterError where there are no workers, or none any more.
    """
    from nnstudio.sweep.cluster import Cluster
    from nnstudio.sweep.study import sweep

    with (
        Cluster(order.workers, order.scheduler) as cluster,
        closing(sweep(keeper.project, plan, cluster, keeper.sweep)) as news,
    ):
        yield from news
