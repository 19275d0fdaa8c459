"""The window: widgets emit requests, commands change the model, the model states facts."""

from nnstudio.ui.deferred import defer

# A sixth of the start; the first live view draws with it.
defer("pyqtgraph")
