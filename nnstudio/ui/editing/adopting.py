"""What follows in a network when a person lets it learn from other data; one step with that choice."""

from __future__ import annotations

from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.model.commands import ChooseData
from nnstudio.model.vocabulary_fit import vocabulary_fit
from nnstudio.ui.editing.editor import Editor

TOLD = "This text has other {}. {}; Undo brings the text and the network of before back."


def adopt_text(editor: Editor, data: Dataset) -> str:
    """Make the network fit a text that was just chosen, and tell what that changed; "" where nothing did."""
    document = editor.document
    last = document.history.last
    if data.text is None or not isinstance(last, ChooseData) or last.after != document.data:
        return ""
    step = vocabulary_fit(document, facts_of_data(data))
    if step is None:
        return ""
    document.history.join(step, last.title)
    return TOLD.format(data.text, step.title)
