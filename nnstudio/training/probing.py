"""Which live view's picture is computed next, and how much of the training's time it may take.

Used by the worker's thread alone, but for `Probes.take`, `Probes.standing` and `Probes.wish`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from nnstudio.training.command_queue import CommandQueue
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import GivenUp, Waiting, in_pieces
from nnstudio.training.underway import Standing, Underway, share_of

# Share of the worker's time that live views may take while it trains.
PROBE_SHARE = 0.02
# And until every view has had its first picture: a person waits for it, and it is once in a run.
FIRST_SHARE = 0.5
# A first picture goes before all others for so many seconds of work.
FIRST_SECONDS = 1.0
# While a person watches, views may take this share as long as one of them has a picture older than this many
# seconds: watching was chosen over speed.
WATCH_SHARE, FRESH = 0.6, 0.3
# Seconds of pictures between two slices then: a cheap one must not have a slice for itself.
PIECES_SECONDS = 0.03
# A dear picture is then begun anew after so many times the seconds that it took, and these at the most, so
# that there is time for others between.
REST_FOR_COST, LONGEST_REST = 8, 0.4
# A picture is begun anew this often at the most, or as often as its probe says with ``every``, in seconds; at
# full speed so seldom that it takes no more of the time than the ``share`` that its probe may say.
REPEAT_SECONDS = 0.08
# Seconds for which a probe may go on refining while the network learns, where it does not say with
# ``patience`` how long.
PATIENCE = 0.4
# Views share the time evenly: who had least is next. What one had more than another counts up to so many
# seconds, so that nobody waits long for having had much while nothing else was to be done.
MOST_AHEAD = 0.02
# At full speed, a view of which a piece takes longer rests until the others may have had as much, each.
DEAR = 0.2
# Where nothing is to be computed while the network learns, it is asked again after this time: asking at each
# slice would cost a small network as much as its pictures do.
LOOK_SECONDS = 0.004
# A view that a person hardly looks at counts its time so many times, and is begun anew after these seconds.
HASTE, SELDOM = 4, 1.0


class Probe(Protocol):
    """What a live view needs. Frozen; ``run`` yields results, coarse first, a piece at a time."""

    def run(self, session: Evaluation) -> Iterator[Any]:
        """Compute from the network as it is; each yield (None, `Underway`, a result) lets training go on."""


class Probes:
    """The probes of all views, and how far each has come with the network as it is."""

    def __init__(self, commands: CommandQueue | None = None) -> None:
        """``commands``: the thread's own; a picture that takes long gives way to those that are hurried."""
        self._commands = commands or CommandQueue()
        self._wanted: dict[str, Probe] = {}
        # Views that a person hardly looks at.
        self._aside: set[str] = set()
        # Nothing is to be computed before, while the network learns.
        self._look_at = 0.0
        # A result, and the start (see Snapshot) that it belongs to.
        self._results: dict[str, tuple[int, Any]] = {}
        self.start = 0
        # What views were last told to want, by who tells it: the thread may not have heard of it yet.
        self._wishes: dict[str, Probe | None] = {}
        # Seconds that each view that is wanted had, and when it had the last of them.
        self._used: dict[str, float] = {}
        self._last: dict[str, float] = {}
        # When the last piece was begun, what it took, and the share that it may be of the time since.
        self._piece = (0.0, 0.0, PROBE_SHARE)
        # Whether a person watches, and training need not be as fast as it can.
        self.is_watched = False
        # Whether there was nothing else to do when pictures were last thought of.
        self._is_idle = True
        self.forget_network()

    def forget_network(self) -> None:
        """Another network, or the same with other parameters: what was computed is void."""
        self._results.clear()
        self._look_at = 0.0
        self._active: dict[str, Iterator[Any]] = {}
        self._done: dict[str, tuple[Probe, int]] = {}
        self._begun: dict[str, float] = {}
        # When the newest picture of each view was begun, and what it took until there was something to see.
        self._fresh: dict[str, tuple[float, float]] = {}
        self._spent: dict[str, float] = {}
        self._rests_until: dict[str, float] = {}
        self._pictured: set[str] = set()
        self._standing: dict[str, Standing] = {}
        self._waiting: dict[str, Waiting] = {}

    def __contains__(self, view: str) -> bool:
        """Whether a view wants to see something."""
        return view in self._wanted

    def wish(self, view: str, probe: Probe | None, aside: bool = False) -> Callable[[], None]:
        """Give up what is computed for another wish of a view; from any thread. Returns what the worker's
        thread is to call: `set`.
        """
        self._wishes[view] = probe
        return lambda: self.set(view, probe, aside)

    def set(self, view: str, probe: Probe | None, aside: bool = False) -> None:
        """What a view wants to see from now on; None for nothing. ``aside``: a person hardly looks at it."""
        self._aside.discard(view)
        if aside:
            self._aside.add(view)
        if probe is None:
            self._wanted.pop(view, None)
            self._used.pop(view, None)
            self._last.pop(view, None)
            self._results.pop(view, None)
            self._pictured.discard(view)
            self._fresh.pop(view, None)
        else:
            # One that comes counts as who had least so far: from 0 on, it would have all others wait until it
            # had had as much as they. One that was a small picture must not wait for what it had as that.
            least, haste = min(self._used.values(), default=0.0), HASTE if aside else 1
            self._used[view] = min(self._used.get(view, least), least + haste * MOST_AHEAD)
            self._wanted[view] = probe
        self._active.pop(view, None)
        self._done.pop(view, None)
        self._standing.pop(view, None)
        self._look_at = 0.0

    def standing(self, view: str) -> Standing:
        """How far the picture of a view is, and what the last one took; from any thread."""
        return self._standing.get(view, Standing())

    def take(self, view: str, start: int) -> Any | None:
        """The newest result of a view's probe, once; from any thread.

        None as well where the result belongs to a later start: who asks does not know of it yet, and
        would throw the picture away when they learn of it.
        """
        entry = self._results.pop(view, None)
        if entry is None or entry[0] == start:
            return entry[1] if entry is not None else None
        if entry[0] > start:
            self._results.setdefault(view, entry)
        return None

    def is_pictured(self) -> bool:
        """Whether every view had a first picture of this network, and took it; from any thread."""
        return all(view in self._pictured for view in list(self._wanted)) and not self._results

    def are_waiting(self, session: Evaluation, running: bool) -> bool:
        """Whether a picture is older than the network. The answer takes as long as a slice of a small one."""
        return any(self._is_due(view, session, running) for view in self._wanted)

    def _is_due(self, view: str, session: Evaluation, running: bool) -> bool:
        is_racing = running and not self.is_watched and not self._is_idle
        if is_racing and time.perf_counter() < self._rests_until.get(view, 0.0):
            return False
        # While the network learns, a small picture is as good coarse as refined.
        is_enough = running and view in self._aside and self._was_shown(view)
        if view in self._active and not is_enough:
            return True
        wanted = self._wanted[view]
        probe, step = self._done.get(view, (None, -1))
        if running and probe == wanted and time.perf_counter() < self._begun[view] + self._rest(view, probe):
            # Nobody draws it sooner.
            return False
        return (probe, step) != (wanted, session.steps)

    def _rest(self, view: str, probe: Probe | None) -> float:
        """Seconds from one picture to the next."""
        rest: float = getattr(probe, "every", REPEAT_SECONDS)
        if view in self._aside:
            rest = max(rest, SELDOM)
        share = 0.0 if self.is_watched else getattr(probe, "share", 0.0)
        if share:
            rest = max(rest, self._spent.get(view, 0.0) / share)
        if self.is_watched and not self._is_idle and view in self._fresh:
            rest = max(rest, FRESH, min(REST_FOR_COST * self._fresh[view][1], LONGEST_REST))
        return rest

    def _waits_since(self, view: str) -> float:
        """The older, the sooner it is served: its last piece, or its picture where a person watches.

        A picture that takes too long to ever be fresh must not keep the others from being it.
        """
        begun, cost = self._fresh.get(view, (0.0, LONGEST_REST))
        return begun if self.is_watched and cost < LONGEST_REST else self._last.get(view, 0.0)

    def _share(self, session: Evaluation, now: float) -> float:
        """What the last piece may be of the time since it was begun."""
        share = self._piece[2]
        if any(view not in self._pictured for view in self._wanted):
            share = max(share, FIRST_SHARE)
        if self.is_watched and share < WATCH_SHARE:
            old = (v for v in self._wanted if v in self._fresh and now > self._fresh[v][0] + FRESH)
            if any(self._is_due(view, session, True) for view in old):
                return WATCH_SHARE
        return share

    def advance(self, session: Evaluation, running: bool, idle: bool) -> None:
        """Compute a piece for the view that had least time, or several where a person watches, within the
        budget.

        ``running``: the network learns meanwhile; ``idle``: nothing else is to be done.
        """
        now, self._is_idle = time.perf_counter(), idle
        if not idle and not self.is_watched and now < self._look_at:
            return
        began, took, _ = self._piece
        share = self._share(session, now)
        if not idle and now < began + took / share:
            self._look_at = began + took / share
            return
        at_once = PIECES_SECONDS if share == WATCH_SHARE else 0.0
        while due := [v for v in self._wanted if self._is_due(v, session, running)]:
            # First pictures first: a person waits. Those who had much count alike: each has its turn.
            order = {v: (not self._comes_first(v), self._used[v], self._waits_since(v)) for v in due}
            view = min(due, key=order.__getitem__)
            # A view that was at its end took no time.
            if self._serve(view, session, running):
                share = PROBE_SHARE if view in self._pictured else FIRST_SHARE
                self._piece = (now, time.perf_counter() - now, share)
                if self._piece[1] >= at_once:
                    return
        self._look_at = now + LOOK_SECONDS

    def _comes_first(self, view: str) -> bool:
        """Whether a first picture goes before the next ones of others; one that takes long does not: they
        would be of the first step all the while.
        """
        return view not in self._pictured and self._spent.get(view, 0.0) < FIRST_SECONDS

    def _serve(self, view: str, session: Evaluation, running: bool) -> bool:
        """Compute a piece for a view; whether there was one."""
        now = self._last[view] = time.perf_counter()
        if view not in self._active or self._is_void(view, session, running, now):
            self._active[view] = iter(self._wanted[view].run(session))
            self._done[view] = (self._wanted[view], session.steps)
            self._begun[view], self._spent[view] = now, 0.0
            self._waiting[view] = self._who_waits(view)
        waiting = self._waiting[view]
        try:
            with in_pieces(waiting):
                result = next(self._active[view])
        except GivenUp:
            # It is begun anew if it is wanted still.
            self._done.pop(view)
            self._standing[view] = Standing(cost=self.standing(view).cost)
            del self._active[view]
            return True
        except StopIteration:
            # A probe that has nothing to show for this network is content, too.
            self._pictured.add(view)
            self._standing[view] = Standing(cost=self._spent[view])
            del self._active[view]
            return False
        took = time.perf_counter() - now
        self._spent[view] += took
        share = share_of(result)
        if share is not None:
            waiting.reached(share)
        self._standing[view] = Standing(share, self.standing(view).cost, now + took)
        if result is not None and not isinstance(result, Underway):
            self._results[view] = (self.start, result)
            self._pictured.add(view)
            if not self._was_shown(view):
                self._fresh[view] = self._begun[view], self._spent[view]
        least = min(self._used.values())
        if took > DEAR and not self._is_idle:
            self._rests_until[view] = now + took / PROBE_SHARE * len(self._wanted)
        haste = HASTE if view in self._aside else 1
        self._used[view] = min(self._used[view] + haste * took, least + haste * MOST_AHEAD)
        return True

    def _who_waits(self, view: str) -> Waiting:
        """Whoever looks at a view: hears how far a large network is in the middle of a piece."""
        wanted, cost = self._wanted[view], self.standing(view).cost

        def tell(share: float) -> None:
            self._standing[view] = Standing(share, cost, time.perf_counter())

        return Waiting(tell, lambda: self._commands.is_hurried or self._wishes.get(view, wanted) != wanted)

    def _was_shown(self, view: str) -> bool:
        """Whether there is something to see of the picture that was begun last."""
        return view in self._fresh and self._fresh[view][0] == self._begun.get(view)

    def _is_void(self, view: str, session: Evaluation, running: bool, now: float) -> bool:
        """Whether a picture that is being refined is begun anew instead: of weights that are long gone it
        helps nobody.
        """
        if self._done[view][1] == session.steps:
            return False
        patience: float = getattr(self._done[view][0], "patience", PATIENCE)
        return not running or (self._was_shown(view) and now > self._begun[view] + patience)
