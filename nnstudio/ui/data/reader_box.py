"""Which kind of network is proposed for a text."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnstudio.model.proposal import Reader
from nnstudio.ui.widgets.choice_box import StillBox, narrow

TITLES = {
    Reader.LSTM: ("LSTM: reads and remembers", "Goes through the text step by step and keeps a memory."),
    Reader.TRANSFORMER: (
        "Transformer: looks back",
        "Attention looks at all characters or words of the window at once, as in large language models. It "
        "takes longer to train.",
    ),
}


class ReaderBox(StillBox):
    """A choice of `Reader`; emits ``activated`` as any box does."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Kind of network")
        narrow(self)
        for at, (reader, (title, tip)) in enumerate(TITLES.items()):
            self.addItem(title, reader)
            self.setItemData(at, tip, Qt.ItemDataRole.ToolTipRole)
        self.setToolTip("\n".join(f"{title}. {tip}" for title, tip in TITLES.values()))

    @property
    def reader(self) -> Reader:
        return Reader(self.currentData())
