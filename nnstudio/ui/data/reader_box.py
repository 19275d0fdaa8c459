"""Which kind of network is proposed for a text."""

from __future__ import annotations

from PySide6.QtCore import Qt

from nnstudio.model.proposal import Reader
from nnstudio.ui.widgets.choice_box import StillBox, narrow

TITLES = {
    Reader.LSTM: ("LSTM: reads and remembers", "Goes through the text step by step and keeps a memory."),
    Reader.TRANSFORMER: (
        "Transformer: weighs what it sees",
        "Attention takes from each character or word of the window as much as it matters, as in large "
        "language models. It looks at all of the window where one guess is made for it, and only back where "
        "there is a guess at every step. It takes longer to train.",
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
