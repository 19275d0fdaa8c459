"""What a node is to a link that is being drawn."""

from __future__ import annotations

from enum import Enum, auto


class Highlight(Enum):
    """How a node is drawn while a link looks for its end."""

    NONE = auto()
    # The link may end here.
    FITS = auto()
    # It ends here when it is let go.
    CHOSEN = auto()
    # It must not end here.
    DIMMED = auto()
