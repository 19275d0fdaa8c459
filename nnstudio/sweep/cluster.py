"""The workers that train: processes of this machine, or those of a Dask scheduler at an address.

A cluster of this machine listens to 127.0.0.1 alone, and to nobody without the key that is made for it.
To a scheduler at an address go the project with its table (once to each worker), orders, and states of
training. Dask unpickles what comes: whoever is named as a scheduler can run code here.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from queue import SimpleQueue
from typing import Any

import dask
from distributed import Client, Future, KilledWorker, LocalCluster, Worker
from distributed.comm.core import CommClosedError
from distributed.diagnostics.plugin import WorkerPlugin
from distributed.security import Security

from nnstudio.sweep.plan import usual_workers
from nnstudio.sweep.trial import (
    ClusterError,
    Outcome,
    SharedProject,
    Status,
    TrialOrder,
    forget,
    take,
    train,
)

# A scheduler that does not answer in this time is not there.
ANSWER_SECONDS = 20
# States of training are far larger than what Dask expects of an order.
LARGE_ORDER = "1 GiB"
# How old the number of workers may be; to ask for it takes a message there and back.
COUNT_SECONDS = 1.0
# What they report is told in our own words, or is of no use to a person.
SILENCED = ("distributed", "distributed.client", "distributed.scheduler")
# What Dask's client says of itself then.
CONNECTED = ("running",)
GONE = "The scheduler no longer answers. What was finished is kept; start the sweep again."
# For the processes of this machine. No pages are served: nobody looks at them, and they would tell what runs
# here. To look at stacks all the time and give memory back in small pieces would cost a third of the speed.
LOCAL: dict[str, Any] = {
    **{f"distributed.{part}.http.routes": [] for part in ("scheduler", "worker")},
    "distributed.worker.profile.enabled": False,
    "distributed.nanny.pre-spawn-environ": {
        f"{name}_NUM_THREADS": 1 for name in ("NUMBA", "OMP", "MKL", "OPENBLAS")
    },
}


class Sharing(WorkerPlugin):
    """Gives every worker a project once, also those that come later, and takes it away again."""

    def __init__(self, shared: SharedProject, is_ours: bool) -> None:
        self.shared, self.is_ours = shared, is_ours

    def setup(self, worker: Worker) -> None:
        take(self.shared)
        if self.is_ours:
            # Ctrl+C reaches all processes of a terminal; the one that a person started decides.
            signal.signal(signal.SIGINT, signal.SIG_IGN)

    def teardown(self, worker: Worker) -> None:
        forget(self.shared.id)


class Given:
    """An order that a worker has, or will have."""

    def __init__(self, future: Future[Outcome]) -> None:
        self._future = future

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        """Call it, on another thread, when there is a result."""
        self._future.add_done_callback(call)

    def cancel(self) -> None:
        self._future.cancel()

    def result(self) -> Outcome:
        """What came of it. Raises ClusterError where the scheduler is gone."""
        try:
            outcome: Outcome = self._future.result()
        except KilledWorker as error:
            count = error.allowed_failures + 1
            workers = "1 worker ended while it" if count == 1 else f"{count} workers ended while they"
            text = f"{workers} trained this, perhaps for want of memory."
            return Outcome(Status.FAILED, message=text)
        except (CancelledError, CommClosedError) as error:
            raise ClusterError(GONE) from error
        return outcome


class Cluster:
    """Workers with one sweep's project; a context manager, which ends those that it started.

    Raises ClusterError where there is no scheduler at the address, or one without workers.
    """

    def __init__(self, workers: int | None = None, scheduler: str = "") -> None:
        self._local: LocalCluster | None = None
        self._settings = dask.config.set({"distributed.admin.large-graph-warning-threshold": LARGE_ORDER})
        self._levels = {name: logging.getLogger(name).level for name in SILENCED}
        for name in SILENCED:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._shared = ""
        # When workers were counted last, and how many there were.
        self._counted = -COUNT_SECONDS, 0
        # How many orders a worker had that ended without being told to.
        self.ended: SimpleQueue[int] = SimpleQueue()
        if scheduler:
            self._client = _connected(scheduler)
        else:
            with dask.config.set(LOCAL):
                self._local = LocalCluster(
                    n_workers=workers or usual_workers(), threads_per_worker=1, processes=True,
                    host="tls://127.0.0.1", security=Security.temporary(), dashboard_address=None,
                    scheduler_kwargs={"dashboard_address": "127.0.0.1:0", "dashboard": False},
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
            self._client = Client(self._local, set_as_default=False)
        self._client.subscribe_topic("all", self._on_event)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def workers(self) -> int:
        """How many there are, as of the last second."""
        now = time.monotonic()
        if now - self._counted[0] > COUNT_SECONDS:
            try:
                self._counted = now, len(self._client.scheduler_info(n_workers=-1)["workers"])
            except OSError as error:
                raise ClusterError(GONE) from error
        return self._counted[1]

    def share(self, shared: SharedProject) -> None:
        """Give the project to all workers. Those that come later get it, too. Raises ClusterError."""
        try:
            self._client.register_plugin(Sharing(shared, self._local is not None), name=shared.id)
        except Exception as error:
            # Whatever the workers' machines raise, such as where nnstudio is not installed.
            raise ClusterError(
                f"The workers cannot take the project ({error}). Install the same version of nnstudio on all "
                "machines: pip install 'nnstudio[sweep]'"
            ) from error
        self._shared = shared.id

    def submit(self, order: TrialOrder, key: str) -> Given:
        """Let a worker train; where it ends, another one begins the order again."""
        return Given(self._client.submit(train, order, key=f"{order.sweep}-{key}", pure=False))

    def stop(self) -> None:
        """End what is being trained, at once."""
        name, self._shared = self._shared, ""
        # Where the scheduler is gone, so are its workers.
        if name and self._client.status in CONNECTED:
            with suppress(OSError):
                self._client.unregister_worker_plugin(name)

    def close(self) -> None:
        """End what is being trained, and the processes that were started for it."""
        self.stop()
        self._client.unsubscribe_topic("all")
        self._client.close()
        if self._local is not None:
            self._local.close()
        for name, level in self._levels.items():
            logging.getLogger(name).setLevel(level)
        self._settings.__exit__(None, None, None)

    def _on_event(self, event: tuple[float, dict[str, Any]]) -> None:
        _when, news = event
        if news.get("action") == "remove-worker" and not news.get("expected", True):
            keys, name = news.get("processing-tasks", ()), self._shared
            if ours := [key for key in keys if name and str(key).startswith(name)]:
                self.ended.put(len(ours))


def _connected(scheduler: str) -> Client:
    """A client of a scheduler that has workers. Raises ClusterError."""
    try:
        client = Client(scheduler, timeout=ANSWER_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError(
            f"No Dask scheduler answers at '{scheduler}' ({error}). Start one there, and workers for it: see "
            "docs/sweeps.md."
        ) from error
    try:
        client.wait_for_workers(1, timeout=ANSWER_SECONDS)
    except TimeoutError as error:
        client.close()
        raise ClusterError(
            f"The scheduler at '{scheduler}' has no workers. Start some: dask worker {scheduler} --nthreads 1"
        ) from error
    return client
