"""The window: widgets emit requests, commands change the model, the model states facts."""

from nnstudio.ui.widgets.deferred import defer

# What a start does without: live views draw with the first, and menus lead to the others. Whoever names these
# imports the module as a whole, and takes what is in it when it is needed.
for module in (
    "pyqtgraph", "nnstudio.ui.beside.side_by_side", "nnstudio.ui.data.assistant",
    "nnstudio.ui.lessons.lesson_editor", "nnstudio.ui.lessons.papers",
):  # fmt: skip
    defer(module)
