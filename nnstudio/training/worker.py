"""The one compute thread: trains, computes probes between slices, and is asked, never waited for.

Commands go down through a queue; up come a latest-wins Snapshot, the append-only curve and probe
results, which a timer of the window polls. Nothing else may call the engine while a worker lives.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any, TypeVar

from nnkernels.spec import SpecError
from nnstudio.training.beside import Beside
from nnstudio.training.command_queue import CommandQueue
from nnstudio.training.current_run import CurrentRun
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.learned import Aside
from nnstudio.training.left_runs import LeftRun, LeftRuns, Status
from nnstudio.training.messages import NO_MEMORY, Job, Phase, Snapshot
from nnstudio.training.priority import lower_priority
from nnstudio.training.probing import Probe, Probes
from nnstudio.training.progress import Progress
from nnstudio.training.session import Diverged, Session
from nnstudio.training.shelf import Shelf
from nnstudio.training.state import TrainingState
from nnstudio.training.weights import Replaced, set_weight

T = TypeVar("T")
log = logging.getLogger(__name__)


class Worker:
    """Owns the engine in a thread of its own. All methods are called from the window's thread."""

    def __init__(self) -> None:
        self._commands = CommandQueue()
        self._snapshot = Snapshot()
        # The session's own: it adds rows, and the window's thread copies them.
        self._rows = Curve()
        self._probes, self._left = Probes(self._commands), LeftRuns()
        self.standing = self._probes.standing
        self._run: CurrentRun | None = None
        self._project: Any = None  # of the last job that could be planned
        self._shelf, self._beside = Shelf(), Beside(iter(()))
        self._running = self._quit = False
        self.set_full_speed(False)
        self._goal = self.turns_done = 0
        self._thread = threading.Thread(target=self._main, name="nnstudio-worker", daemon=True)
        self._thread.start()

    # Orders, from the window's thread; they return at once.

    def load(self, job: Job) -> None:
        """Plan a job; what ran before is dropped, but for what an edit keeps of it."""
        self._commands.hurry(lambda: self._load(job))

    def unload(self, run_id: int) -> None:
        """Let go of the network: what comes next is another project."""
        self._commands.hurry(lambda: self._unload(run_id))

    def start(self) -> None:
        """Train, or go on after a pause."""
        self._commands.hurry(lambda: self._set_running(True))

    def pause(self) -> None:
        """Stop after the current slice; nothing is lost."""
        self._commands.hurry(lambda: self._set_running(False))

    def stop(self) -> None:
        """End the run; what was learned stays, and training on adds epochs."""
        self._commands.hurry(self._stop)

    def step(self) -> None:
        """Make one step and pause."""
        self._commands.hurry(self._single_step)

    def reset(self) -> None:
        """Back to the start of the same run."""
        self._commands.hurry(self._reset)

    def put_aside(self, aside: Aside) -> None:
        """Pause, and keep what was learned there for a later job."""
        self._commands.put(lambda: self._put_aside(aside))

    def set_weight(
        self, node: str, name: str, index: int, value: float | Replaced, replaced: Replaced
    ) -> None:
        """Write one trained value, or one that another replaced, as `weights.set_weight` does.

        Nothing where it is gone. ``replaced`` then holds what was there.
        """
        self._commands.put(lambda: self._set_weight(node, name, index, value, replaced))

    def travel(self, step: int | None) -> None:
        """Let live views look at the network as it was after a kept step, paused; None: as it is now."""
        self._commands.put(lambda: self._travel(step))

    def set_hyperparameters(self, values: dict[str, float]) -> None:
        """New learning rate and so on, from the next slice on."""
        self._commands.put(lambda: self._set_hyperparameters(values))

    def set_epochs(self, epochs: int) -> None:
        """Where a run that starts from now on ends; schedules stretch to it."""
        self._goal = epochs
        self._commands.put(lambda: self._set_epochs(epochs))

    def set_full_speed(self, full: bool) -> None:
        """Whether epochs follow each other as fast as they can, or views as fast as they should."""
        self._full_speed, self._probes.is_watched = full, not full

    def set_probe(self, view: str, probe: Probe | None, aside: bool = False) -> None:
        """What a view wants to see from now on; None for nothing."""
        self._commands.put(self._probes.wish(view, probe, aside))

    def compute(self, work: Callable[[Session], T]) -> Future[T]:
        """Compute something from the session between two slices, such as an export."""
        return self.ask(lambda: work(self._session()))

    def work_beside(self, beside: Beside) -> None:
        """Do other work whenever no network is trained; the work before it is given up."""
        self._commands.put(lambda: setattr(self, "_beside", beside))

    def keep(self) -> None:
        """Hand up what is learned by now, as `take_left` gives it, and go on."""
        self._commands.put(lambda: self._hand_up(Status.RUNNING if self._running else Status.STOPPED))

    def take_left(self) -> list[LeftRun]:
        """What runs had learned when they ended, paused or gave way to another, or by `keep`; each once."""
        return self._left.take()

    def state(self) -> Future[TrainingState | None]:
        """Where training stands, None where nothing was learned or set by hand.

        Where the network cannot run, that of the last one that could; a SpecError where there was none.
        """

        def state() -> TrainingState | None:
            if self._run is None and self._shelf.latest is not None:
                return self._shelf.latest.state
            session = self._session()
            return None if session.is_new else session.state()

        return self.ask(state)

    def ask(self, work: Callable[[], T]) -> Future[T]:
        """Compute something that needs no session between two slices: nothing else calls kernels."""
        return self._commands.ask(work)

    def _session(self) -> Session:
        if self._run is None:
            raise SpecError(self._snapshot.message or "There is no network to run yet.")
        return self._run.session

    def close(self, timeout: float = 10.0) -> None:
        """End the thread and wait for it; what it was asked and did not come to is cancelled."""
        self._commands.close(lambda: setattr(self, "_quit", True))
        self._thread.join(timeout)

    def snapshot(self) -> Snapshot:
        """The latest."""
        return self._snapshot

    def rows(self, epochs: int) -> Curve:
        """A copy of the curve after so many epochs; see `Curve.follow`."""
        return self._rows.after(epochs)

    def take_result(self, view: str, start: int) -> Any | None:
        """The newest result of a view's probe, once; None where it belongs to a later start than this."""
        return self._probes.take(view, start)

    def is_pictured(self) -> bool:
        """Whether every live view had its picture of the network that is looked at, and took it."""
        return self._probes.is_pictured()

    # The thread.

    def _main(self) -> None:
        lower_priority()
        while not self._quit:
            try:
                self._turn_once()
            except Exception as error:  # a bug must be seen, and must not end the thread
                log.exception("The compute thread failed.")
                self._running, self._run = False, None
                text = f"The compute core failed: {type(error).__name__}: {error}. Reset to start again."
                self._publish(replace(self._snapshot, phase=Phase.FAILED, message=text))
        self._hand_up(Status.STOPPED)

    def _turn_once(self) -> None:
        """Obey, train a slice, advance a probe; wait where there is nothing to do."""
        run = self._run
        rests = run is not None and (run.weights_now.is_due or self._probes.are_waiting(run.seen, False))
        self._commands.obey(wait=self._beside.is_over and not (self._running or rests))
        if not self._quit:
            idle = self._train() if self._running else True
            if self._run is not None:
                try:
                    self._probes.advance(self._run.seen, self._running, idle)
                except (SpecError, MemoryError) as error:
                    self._refuse_view(str(error) or NO_MEMORY)
            if not self._running:
                self._beside.advance()
                if self._run is not None and self._run.weights_now.advance():
                    self._publish(self._snapshot)

    def _refuse_view(self, why: str) -> None:
        """A picture could not be made, such as for want of memory: what was learned stays, paused."""
        if self._running:
            self._set_running(False)
        text = f"A live view could not be drawn: {why} Close the view to go on."
        self._publish(replace(self._snapshot, message=text))

    def _load(self, job: Job) -> None:
        ran = self._shelf.begin(*self._now(), job)
        was_running, self._running, self._run = self._running, False, None
        start = self._begin_anew()
        self._publish(Snapshot(job.run_id, start, Phase.PREPARING))
        try:
            session = Session(job.network, job.data, job.settings, job.threads, job.state, device=job.device)
        except (SpecError, MemoryError) as error:
            self._rows = Curve()
            self._left.put(ran, self._project, Status.STOPPED, is_over=self._shelf.latest is not ran)
            self._publish(Snapshot.failed(job.run_id, start, error, self._shelf.waiting(job.state)))
            return
        carried = self._shelf.teach(session, job.picks)
        if ran is not None and ran.state.run != session.run:
            self._left.put(ran, self._project, Status.REPLACED, is_over=True)
        self._project = job.project
        self._run = CurrentRun(session)
        if job.state is None:
            self._run.goal = self._shelf.goal if carried.goes_on else 0
        self._rows = session.history
        phase = Phase.READY if session.is_new else Phase.PAUSED
        goes_on = was_running and job.goes_on and carried.goes_on and carried.keeps_function
        carried = replace(carried, waits=goes_on and carried.beginning.is_risky)  # a few steps may spoil all
        planned = Snapshot(job.run_id, start, phase, carried=carried, steps_before=session.steps_done)
        self._publish(self._standing(planned))
        if goes_on and not carried.waits:
            self._set_running(True)

    def _unload(self, run_id: int) -> None:
        self._hand_up(Status.STOPPED, is_over=True)
        self._running, self._run = False, None
        self._shelf.clear()
        self._rows = Curve()
        self._publish(Snapshot(run_id, self._begin_anew()))

    def _now(self) -> tuple[Session | None, int]:
        """The session and the epochs at which its run ends."""
        return (self._run.session, self._run.goal) if self._run is not None else (None, 0)

    def _hand_up(self, status: Status, is_over: bool = False, reason: str = "") -> None:
        """Let `take_left` give what is learned by now, or was while no network runs."""
        self._left.put(self._shelf.now(*self._now())[0], self._project, status, is_over, reason)

    def _put_aside(self, aside: Aside) -> None:
        self._shelf.put_aside(aside, *self._now())
        if self._running:
            self._set_running(False)

    def _begin_anew(self) -> int:
        """Void what was computed for live views; the number of the start that follows."""
        self._probes.forget_network()
        self._probes.start += 1
        return self._probes.start

    def _standing(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the session's counters."""
        assert self._run is not None
        session = self._run.session
        (loss, accuracy), rows = session.figures or (None, None), self._rows.total
        return replace(
            snapshot, epoch=session.epoch, steps=session.steps_done, rows=rows, loss=loss, accuracy=accuracy
        )

    def _set_running(self, running: bool) -> None:
        if self._run is None or self._snapshot.phase == Phase.FAILED:
            return
        if running:
            self._return_to_now()
            self._run.begin(self._goal)
        self._running = running
        phase = Phase.RUNNING if running else Phase.PAUSED
        if not running:
            self._hand_up(Status.STOPPED)
        self._publish(replace(self._snapshot, phase=phase, message="", node=""))

    def _set_hyperparameters(self, values: dict[str, float]) -> None:
        if self._run is not None:
            with contextlib.suppress(SpecError):  # of another optimizer: a new job brings its values along
                self._run.session.set_hyperparameters(values)

    def _set_epochs(self, epochs: int) -> None:
        if self._run is not None:
            self._run.set_epochs(epochs, self._running)
            self._publish(self._snapshot)

    def _stop(self) -> None:
        if self._run is not None and self._snapshot.phase in (Phase.RUNNING, Phase.PAUSED):
            self._running = False
            self._hand_up(Status.STOPPED)
            self._publish(replace(self._snapshot, phase=Phase.FINISHED))

    def _single_step(self) -> None:
        if self._run is None:
            return
        self._running = False
        self._return_to_now()
        run = self._run
        self._guard(lambda: self._report(run.session.single_step(), Phase.PAUSED))

    def _reset(self) -> None:
        self._hand_up(Status.REPLACED, is_over=True)
        if self._run is None:
            self._shelf.clear()  # else the next network would go on from it
            return
        self._running = False
        self._return_to_now()
        self._run.session.reset()
        self._rows = self._run.session.history
        self._publish(Snapshot(self._snapshot.run_id, self._begin_anew(), Phase.READY))

    def _set_weight(
        self, node: str, name: str, index: int, value: float | Replaced, replaced: Replaced
    ) -> None:
        number = value.value if isinstance(value, Replaced) else value
        if self._run is not None and number is not None:
            self._return_to_now()
            with contextlib.suppress(KeyError):
                replaced.value = set_weight(self._run.session, node, name, index, number)
                self._run.session.is_new = False
                self._probes.forget_network()
                self._publish(self._snapshot.set_by_hand())

    def _travel(self, step: int | None) -> None:
        run = self._run
        if run is None:
            return
        if self._running:
            self._set_running(False)
        if step is None or step not in run.session.journal.steps:
            self._return_to_now()
        else:
            run.look_at(step)
            self._probes.forget_network()
        self._publish(self._snapshot)

    def _return_to_now(self) -> None:
        """Let live views look at the network as it is."""
        if self._run is not None and self._run.shown is not None:
            self._run.shown = None
            self._probes.forget_network()

    def _guard(self, work: Callable[[], None]) -> None:
        """Do work that may diverge; then the run stops and says so."""
        try:
            work()
        except Diverged as error:
            self._running = False
            self._hand_up(Status.STOPPED, reason=str(error))
            # In one go: the window may look at any moment.
            told = self._standing(replace(self._snapshot, phase=Phase.DIVERGED, message=str(error)))
            self._publish(replace(told, loss=float("nan")))

    def _train(self) -> bool:
        """Make a slice, or several short ones; True where there was none to make yet, as a person watches."""
        run = self._run
        assert run is not None and run.slices is not None
        began = time.perf_counter()
        if not self._full_speed and run.waits(began):
            return True

        def work() -> None:
            done = run.turn(began if self._full_speed else None, self._left.look)
            if done is None:
                self._running = False
                self._hand_up(Status.FINISHED)
                self._publish(self._standing(replace(self._snapshot, phase=Phase.FINISHED)))
                return
            self.turns_done += 1
            self._report(done, Phase.RUNNING)
            if isinstance(done, Epoch):
                run.pace(began)

        self._guard(work)
        return False

    def _report(self, done: Progress | Epoch, phase: Phase) -> None:
        if isinstance(done, Epoch) and self._run is not None:
            self._left.look(self._run.session, done)
        self._publish(self._snapshot.after(done, phase, self._rows.total))

    def _publish(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot.without_run if self._run is None else self._run.told(snapshot)
