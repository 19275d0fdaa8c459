"""Says once that what a person sets in the window cannot be kept: Qt itself tells nobody."""

from __future__ import annotations

import shutil
from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QTimer

from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, check_writable
from nnstudio.ui.project.messages import Messages

# Qt writes some time after a change; it is looked this often how that went.
LOOK_MS = 2_000
# With less room than this, Qt writes settings in part, and takes that for the whole.
ROOM = 2**14
FORGOTTEN = (
    "Until that is mended, theme, keys, layouts and recent projects are forgotten when this window is closed."
)


class SettingsWatch(QObject):
    """Looks after settings until there is something to say."""

    def __init__(self, settings: QSettings, messages: Messages) -> None:
        super().__init__(messages)
        self.settings, self.messages = settings, messages
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        self._is_first = True

    def look(self) -> None:
        """Say what is wrong, if anything is; the first time also what will be once something is set."""
        if not self._timer.isActive():
            # It was said.
            return
        is_first, self._is_first = self._is_first, False
        status, kinds = self.settings.status(), QSettings.Status
        path = self.settings.fileName()
        is_well = status == kinds.NoError and (not is_first or self.settings.isWritable())
        if is_well and not _is_full(Path(path)):
            return
        self._timer.stop()
        if status == kinds.FormatError:
            self.messages.note(
                f"The settings in '{path}' cannot be read in full: the file is damaged. What was lost of "
                "theme, keys and layouts must be set again."
            )
        else:
            self.messages.note(f"Settings cannot be kept in '{path}': {_why(Path(path))}. {FORGOTTEN}")


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < ROOM
    except OSError:
        return False


def _why(path: Path) -> str:
    """What the system says about writing there."""
    if _is_full(path):
        return "the disk is full"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        check_writable(path)
    except FileError as error:
        return error.reason
    except OSError as error:
        return disk_faults.reason(error)
    return "another program holds the file"
