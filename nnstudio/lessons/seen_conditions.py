"""Conditions on what is seen: a panel, a selected node, and what was chosen in a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from nnstudio.lessons.condition import Range, Verdict, WorkCondition
from nnstudio.lessons.names import Group, NodeName, PanelName
from nnstudio.lessons.panels import panel_title
from nnstudio.lessons.shown_values import as_state, is_same
from nnstudio.lessons.work import NotThere, Work
from nnstudio.model.titles import choice_title


class Shown(WorkCondition, frozen=True, tag="shown"):
    """A panel can be seen."""

    group: ClassVar[Group] = Group.SEEN
    panel: PanelName

    def judge(self, work: Work) -> Verdict:
        missing = f"The panel {panel_title(self.panel)} cannot be seen yet."
        return self._judge(self.panel in work.shown, "", missing)


class Selected(WorkCondition, frozen=True, tag="selected"):
    """A node is selected."""

    group: ClassVar[Group] = Group.SEEN
    node: NodeName

    def judge(self, work: Work) -> Verdict:
        return self._judge(self.node in work.selected, "", f"Click on {self.node} on the canvas.")


class InView(WorkCondition, frozen=True, tag="in view"):
    """A view shows what was to be chosen in it, to its end.

    Chosen are names of the view with values as they stand on the screen, or with a list of such;
    what comes of it, such as the class that is “predicted” in Try it, can be asked for in the same way. The
    steps are those after which the network had the weights that the view looks at: 0 for none.
    """

    group: ClassVar[Group] = Group.SEEN
    panel: PanelName
    chosen: dict[str, Any] = {}
    steps: Range | None = None

    def judge(self, work: Work) -> Verdict:
        showing, title = work.views.get(self.panel), panel_title(self.panel)
        if showing is None and self.panel not in work.shown:
            missing = f"{title} cannot be seen: open it with its tab, or from the View menu."
            return self._judge(False, "", missing)
        if showing is None:
            return self._judge(False, "", f"In {title}, there is nothing to see yet.")
        seen = {**showing.told, **showing.chosen}
        for name, value in self.chosen.items():
            if name not in seen:
                raise NotThere(f"In {title}, nothing is called “{name}”.")
            wanted, now = value if isinstance(value, list) else [value], seen[name]
            if not any(is_same(now, one) for one in wanted):
                is_now = f"“{choice_title(name)}” is {as_state(now)}"
                missing = f"In {title}, {is_now}; it should be {_either(wanted)}."
                if self.once:
                    # Another of these may have been so before, but not together with the others.
                    missing = f"In {title}, {self._told}; now {is_now}."
                return self._judge(False, str(now), missing)
        if self.steps is not None and not self.steps.holds(showing.step):
            missing = (
                f"What {title} shows is of step {showing.step:,} of training; it should be {self.steps.told}."
                if showing.step
                else f"{title} shows the network as it was before training."
            )
            return self._judge(False, str(showing.step), missing)
        return self._judge(showing.is_whole, "", f"{title} is not done yet: wait until it is.")

    @property
    def _told(self) -> str:
        """What is to be chosen, in the imperative."""
        told = [
            f"“{choice_title(name)}” to {_either(value if isinstance(value, list) else [value])}"
            for name, value in self.chosen.items()
        ]
        if len(told) == 1:
            return f"set {told[0]}"
        all_of_it = "both" if len(told) == 2 else "all"
        return f"set {', '.join(told[:-1])} and {told[-1]}, {all_of_it} at the same time"


def _either(values: Sequence[Any]) -> str:
    """One of several values of a form, in words."""
    return " or ".join(as_state(value) for value in values)
