"""Who asks the worker and who draws: one view a tick, each at most so often, so that no tick is long."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.thumbnails import SECONDS as THUMBNAILS_SECONDS
from nnstudio.ui.canvas.thumbnails import LiveThumbnails
from nnstudio.ui.live.staleness import LATE, RunTimes, Staleness
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.live.wings import SECONDS as WINGS_SECONDS
from nnstudio.ui.live.wings import Wings
from nnstudio.ui.run.runner import Runner

THUMBNAILS = "thumbnails"
# While the network trains as fast as it can, the window's thread may take this share of a core. On two
# cores a picture costs the training twice its time: both of its threads wait for the one that gave way.
RACING_SHARE = 0.035
# And while a person watches it train: more, and training gets next to nothing done.
WATCHING_SHARE = 0.3
# Of its share, small pictures of views that wait beside the stage may take so much.
WINGS_SHARE = 0.4
# And so much of a core while nothing is trained.
IDLE_SHARE = 0.5
# Time in seconds that may be saved up, and be owed, for one picture after another.
MOST_SAVED, MOST_OWED = 0.03, 0.05
# However busy the window is with other things, something is drawn this often, in seconds, or less often after
# what is dear to draw: then this share of the time is for drawing.
LONGEST, FORCED_SHARE = 0.5, 0.05
# At full speed it is said this often of what step each picture is, in seconds.
MARK_SECONDS = 0.5


class ViewScheduler:
    """Hands probes to the runner and its results to the views and the nodes' thumbnails."""

    def __init__(
        self,
        runner: Runner,
        views: Mapping[str, LiveView],
        thumbnails: LiveThumbnails,
        wings: Wings,
        is_seen: Callable[[str], bool],
    ) -> None:
        """``is_seen`` tells whether a view can be seen; those in the wings are seen as small pictures."""
        self.runner, self.views, self.thumbnails, self.wings = runner, views, thumbnails, wings
        self._is_seen = is_seen
        self.times, self._of_thumbnails = RunTimes(), Staleness()
        self._turn = 0
        self._after: dict[str, float] = {}
        # Which views are drawn, and of those the ones that are small pictures.
        self._seen: dict[str, bool] = {}
        self._small: dict[str, bool] = {}
        # When something was drawn last, and for how long nothing must be.
        self._drawn, self._marked, self._rest = 0.0, 0.0, LONGEST
        self._clocks, self._saved = (time.perf_counter(), time.thread_time()), 0.0

    def begin_anew(self) -> None:
        """The views are others: ask each again what it wants to see."""
        self._seen.clear()
        self._after.clear()

    def is_open(self, name: str) -> bool:
        """Whether a view is drawn."""
        return self._is_seen(name) or self.wings.holds(name)

    def ask(self, name: str) -> None:
        """Let the worker compute what a view wants to see, if it is seen itself."""
        shown = self._seen[name] = self.is_open(name)
        small = self._small[name] = self.wings.holds(name)
        view = self.views.get(name) if shown else None
        self.runner.set_probe(name, view.wanted() if view is not None else None, small)

    def ask_for_thumbnails(self) -> None:
        """Let the worker compute the nodes' live thumbnails, if they are shown."""
        probe = self.thumbnails.probe()
        if probe is None:
            self.clear_thumbnails()
        self.runner.set_probe(THUMBNAILS, probe)

    def clear_thumbnails(self) -> None:
        """Those of the network that was must not stand on the one that is."""
        self.thumbnails.clear()
        self._of_thumbnails.forget()

    @property
    def share(self) -> float:
        """What the window's thread may take of a core."""
        return RACING_SHARE if self.runner.orders.is_racing else WATCHING_SHARE

    @property
    def wings_share(self) -> float:
        """What small pictures may take of a core."""
        is_running = self.runner.snapshot.phase == Phase.RUNNING
        return self.share * WINGS_SHARE if is_running else IDLE_SHARE

    def _may_draw(self) -> bool:
        """Whether the window's thread has not taken more than its share lately."""
        (wall, busy), now = self._clocks, (time.perf_counter(), time.thread_time())
        self._clocks = now
        earned = (now[0] - wall) * self.share - (now[1] - busy)
        self._saved = min(max(self._saved + earned, -MOST_OWED), MOST_SAVED)
        is_running = self.runner.snapshot.phase == Phase.RUNNING
        return self._saved > 0 or not is_running or now[0] > self._drawn + self._rest

    def _mark(self) -> None:
        """Let each view say of what step its picture is."""
        now = time.monotonic()
        if self.runner.orders.is_racing and now < self._marked + MARK_SECONDS:
            return
        self._marked = now
        late = self._of_thumbnails.behind(self.times) >= LATE
        self.thumbnails.legend.show_step(self._of_thumbnails.mark(self.times), late)
        for name in self.views:
            # One that is not seen need not be made.
            if self._seen.get(name):
                self.views[name].follow_work(self.runner.standing(name))
                self.views[name].follow_run(self.times)

    def tick(self) -> None:
        """Draw what is new of the one whose turn it is."""
        current = self.runner.is_planned
        self.times.look(self.runner.snapshot, current)
        self._mark()
        if not self._may_draw():
            return
        now = time.monotonic()
        for name in self.views:
            # Panels come and go with tabs, and not all of that is signalled.
            before = (self._seen.get(name), self._small.get(name, False))
            if (self.is_open(name), self.wings.holds(name)) != before:
                self.ask(name)
        if not current:
            # What the worker still computes is of another network, perhaps of another project.
            return
        # The thumbnails are one among all: where little may be drawn, they would take every turn.
        names = [*self.views, THUMBNAILS]
        for offset in range(len(names)):
            name = names[(self._turn + offset) % len(names)]
            if now < self._after.get(name, 0.0):
                continue
            began = time.perf_counter()
            seconds = self._show_thumbnails() if name == THUMBNAILS else self._show_view(name)
            if seconds is not None:
                self._drawn = time.perf_counter()
                self._rest = max(LONGEST, (self._drawn - began) / FORCED_SHARE)
                if self.wings.holds(name):
                    seconds = max(seconds, WINGS_SECONDS)
                    self.wings.drew(name)
                self._after[name] = now + seconds
                self._turn = (self._turn + offset + 1) % len(names)
                return

    def _show_thumbnails(self) -> float | None:
        """Draw the thumbnails, if they are new; returns for how many seconds they then stay."""
        thumbnails = self.runner.take_result(THUMBNAILS)
        if thumbnails is None:
            return None
        self.thumbnails.show(thumbnails)
        self._of_thumbnails.picture_drawn(thumbnails.step)
        return THUMBNAILS_SECONDS

    def _show_view(self, name: str) -> float | None:
        """Draw what is new of a view that is seen; returns for how many seconds that then stays."""
        if not self._seen[name]:
            return None
        view = self.views[name]
        result = self.runner.take_result(name)
        if result is not None:
            # Before it is drawn: a view that draws more than this result knows better.
            view.staleness.picture_drawn(getattr(result, "step", None))
            view.show_result(result)
            view.follow_run(self.times)
        return view.seconds if view.draw() or result is not None else None
