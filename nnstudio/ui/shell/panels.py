"""The widgets around the canvas that stand for one project after another."""

from __future__ import annotations

from nnstudio.ui.canvas.minimap import Minimap
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.data.page import DataPage
from nnstudio.ui.lessons.making_bar import MakingBar
from nnstudio.ui.panels.breadcrumb import Breadcrumb
from nnstudio.ui.panels.changed_bar import ChangedBar
from nnstudio.ui.panels.data_panel import DataPanel, LookUp
from nnstudio.ui.panels.history_panel import HistoryPanel
from nnstudio.ui.panels.imported_bar import ImportedBar
from nnstudio.ui.panels.inspector import Inspector
from nnstudio.ui.panels.message_line import MessageLine
from nnstudio.ui.panels.notice import Notice
from nnstudio.ui.panels.outcome_bar import OutcomeBar
from nnstudio.ui.panels.outline import Outline
from nnstudio.ui.panels.palette import Palette
from nnstudio.ui.panels.past_bar import PastBar
from nnstudio.ui.panels.problems_panel import ProblemsPanel
from nnstudio.ui.panels.skipped_bar import SkippedBar
from nnstudio.ui.panels.training_panel import TrainingPanel
from nnstudio.ui.panels.written_bar import WrittenBar
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.shell.status_bar import Status


class Panels:
    """One of each, not yet put anywhere; ``look_up`` reads files for them, see `Inquiries`."""

    def __init__(self, canvas: CanvasView, look_up: LookUp, run_bar: RunBar, status: Status) -> None:
        # Around the canvas.
        self.message = MessageLine()
        self.notice, self.outcome, self.past = Notice(), OutcomeBar(), PastBar()
        self.skipped = SkippedBar()
        self.changed, self.imported, self.written = ChangedBar(), ImportedBar(), WrittenBar()
        self.breadcrumb, self.making = Breadcrumb(), MakingBar()
        self.run_bar, self.status = run_bar, status
        # Beside it.
        self.data_page = DataPage(look_up)
        # In docks.
        self.palette, self.outline, self.minimap = Palette(), Outline(), Minimap(canvas)
        self.inspector, self.history = Inspector(), HistoryPanel()
        self.data, self.training, self.problems = DataPanel(look_up), TrainingPanel(), ProblemsPanel()
        self.notice.repair_requested.connect(self.problems.repair_requested)
