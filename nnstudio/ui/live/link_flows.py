"""Asks for what flows through the link that is selected, while one is."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nnstudio.explain.link_flow import LinkFlowProbe
from nnstudio.ui.run.runner import Runner

# What the worker calls it.
NAME = "link"


class LinkFlows(QObject):
    """Signal: told(LinkFlow), or None where nothing is known of what is selected now."""

    told = Signal(object)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.runner, self.node = runner, ""
        runner.ticked.connect(self._tick)
        runner.restarted.connect(lambda: self.told.emit(None))

    def follow(self, node: str) -> None:
        """Ask for what this node of the engine gives; "" for none."""
        if node != self.node:
            self.node = node
            self.runner.set_probe(NAME, LinkFlowProbe(node) if node else None)
            self.told.emit(None)

    def _tick(self) -> None:
        result = self.runner.take_result(NAME) if self.node and self.runner.is_planned else None
        if result is not None and result.node == self.node:
            self.told.emit(result)
