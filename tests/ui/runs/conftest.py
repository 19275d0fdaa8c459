"""The page of runs alone, on a store of its own, without the window around it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from safetensors.numpy import save

from nnstudio.model.curve_columns import of_rows
from nnstudio.model.projectfile import plain_content
from nnstudio.project import open_example
from nnstudio.runs.record import RunContent, RunRecord, RunStatus
from nnstudio.runs.store import RunStore
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.runs.library import RunLibrary
from nnstudio.ui.runs.runs_page import RunsPage
from nnstudio.ui.widgets.theme import theme


class Shelf:
    """A store with runs that were never trained, and the page that shows them."""

    def __init__(self, qtbot, page: RunsPage, inquiries: Inquiries) -> None:
        self.bot, self.page, self.inquiries = qtbot, page, inquiries
        self.store = RunStore()
        self.document = open_example("xor").document.to_dict()

    def add(self, name: str, epochs: int = 3, has_accuracy: bool = True, **fields) -> RunRecord:
        """Keep a run whose loss falls from 1 with each epoch."""
        content = plain_content(self.document, "", "")
        settings = content["settings"]
        rows = [
            {
                "epoch": at, "steps": 10 * at, "loss": 1 / at, "accuracy": 0.5 if has_accuracy else None,
                "val_loss": 2 / at, "val_accuracy": 0.25 if has_accuracy else None,
                "samples_per_second": 1.0, "seconds": 0.1 * at,
            }
            for at in range(1, epochs + 1)
        ]  # fmt: skip
        metrics = {k: rows[-1][k] for k in ("loss", "accuracy", "val_loss", "val_accuracy")} if rows else {}
        chosen = {
            "id": fields.pop("id", f"{len(self.store.list()) + 1:032x}"), "project_name": "project",
            "began": "2026-01-02T03:04:05Z", "changed": "2026-01-02T03:04:05Z", "network_hash": "xor",
            "status": RunStatus.FINISHED, "data_name": "Exclusive or", "settings": settings,
            "epochs": epochs, "steps": 10 * epochs, "metrics": metrics,
        }  # fmt: skip
        record = RunRecord(name=name, **{**chosen, **fields})
        self.store.save(record, RunContent(msgspec.json.encode(content), save(of_rows(rows))))
        return self.store.get(record.id)

    def wait(self, condition: Callable[[], bool]) -> None:
        def looked() -> bool:
            self.inquiries.poll()
            return condition()

        self.bot.waitUntil(looked, timeout=60_000)

    def show(self) -> RunsPage:
        """Show the page, until it has read everything."""
        self.page.show()
        self.wait(lambda: self.page.listing is not None and not self.inquiries.are_open)
        return self.page


@pytest.fixture
def shelf(qtbot):
    application = QApplication.instance()
    if theme.colours.dark or not application.styleSheet():
        application.setStyle("Fusion")
        theme.apply(application, dark=False)
    inquiries, owner = Inquiries(), QObject()
    library = RunLibrary(inquiries, owner)
    page = RunsPage(library)
    page.resize(1200, 700)
    qtbot.addWidget(page)
    yield Shelf(qtbot, page, inquiries)
    library.close()
    inquiries.close()
