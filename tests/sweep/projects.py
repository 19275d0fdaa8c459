"""Small projects whose trainings take milliseconds, and workers that train in this very process."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from nnstudio.data.dataset import sources
from nnstudio.project import Project, open_example
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.space import Space, read_space
from nnstudio.sweep.trial import Outcome, SharedProject, TrialOrder, forget, take, train


def iris(epochs: int = 3, **settings: object) -> Project:
    """Flowers: classes, a validation part and a test part."""
    project = open_example("iris")
    for name, value in {"epochs": epochs, **settings}.items():
        project.document.set_settings(project.document.settings.with_option(name, value))
    return project


def space_of(project: Project, *texts: str) -> Space:
    return read_space(project.document, sources[project.document.data.kind], texts)


def plan_of(project: Project, *texts: str, **how: object) -> Plan:
    return Plan(space_of(project, *texts), **how)


class InProcess:
    """One worker: a thread of this process, so that no other thread's priority is lowered."""

    workers = 1

    def __init__(self, _workers: int | None = None, _scheduler: str = "") -> None:
        self.ended: SimpleQueue[int] = SimpleQueue()
        self.orders: list[TrialOrder] = []
        self.shared = ""
        self._pool = ThreadPoolExecutor(1)

    def share(self, shared: SharedProject) -> None:
        take(shared)
        self.shared = shared.id

    def submit(self, order: TrialOrder, key: str) -> Future[Outcome]:
        self.orders.append(order)
        return self._pool.submit(self.answer, order)

    def answer(self, order: TrialOrder) -> Outcome:
        return train(order)

    def stop(self) -> None:
        forget(self.shared)

    def __enter__(self) -> InProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)
