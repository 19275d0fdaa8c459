"""Projects that were opened or saved lately, kept with the person's settings."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSettings

from nnstudio.ui.widgets.file_dialogs import LastFolder

RECENT = 8


class RecentProjects:
    """The newest first."""

    def __init__(self, settings: QSettings) -> None:
        self.settings = settings

    def paths(self) -> list[Path]:
        """Those that are still there."""
        stored = self.settings.value("recent") or []
        paths = [Path(p) for p in ([stored] if isinstance(stored, str) else stored)]
        return [p for p in paths if p.is_file()]

    def remember(self, path: Path) -> None:
        """This one was opened or saved now."""
        LastFolder.follow(path)
        others = [p for p in self.paths() if p != path.resolve()]
        self.settings.setValue("recent", [str(p) for p in [path.resolve(), *others]][:RECENT])
