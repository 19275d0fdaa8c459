"""Help of commands that tells what plug-ins know as well: they are looked for only when it is shown."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path

# Where the text of an entry begins, and the columns of a terminal that does not tell its own.
MARGIN, COLUMNS = 16, 80


def as_argument(path: Path) -> str:
    """A file as it is typed in a terminal: a name with blanks is quoted."""
    return subprocess.list2cmdline([str(path)]) if os.name == "nt" else shlex.quote(str(path))


class Command(argparse.ArgumentParser):
    """A command whose help ends with what ``more`` gives."""

    more: Callable[[], str] | None = None

    def format_help(self) -> str:
        text = super().format_help()
        return text if self.more is None else f"{text}\n{self.more()}"


def listed_formats() -> str:
    """What `nnstudio export` writes."""
    from nnstudio.export.format import formats

    entries = []
    for form in formats:
        how = f"*{form.suffix}: " if form.suffix else ""
        options = "".join(f" --set {option.name}=VALUE: {option.help}" for option in form.options)
        entries.append((form.id, f"{how}{form.help}{options}"))
    return _listed("formats (the suffix chooses one; --format a folder, by its name here):", entries)


def listed_methods() -> str:
    """How `nnstudio explain` explains."""
    from nnstudio.explain.method import methods
    from nnstudio.look_command import LOOKS

    entries = list(LOOKS.items())
    for method in methods:
        options = "".join(f" --set {o.name}={o.in_text(o.default)}: {o.help}" for o in method.options)
        entries.append((method.id, f"{method.help} {method.paper}.{options}"))
    return _listed("methods, with what --set takes:", entries)


def listed_importers() -> str:
    """What `nnstudio import` reads."""
    from nnstudio.importing.importer import importers

    entries = [(f"*{suffix}", f"{i.title}. {i.help}") for i in importers for suffix in i.suffixes]
    return _listed("files:", [*entries, ("with --into", "also *.safetensors and *.npz, for their weights.")])


def _listed(heading: str, entries: Sequence[tuple[str, str]]) -> str:
    columns = shutil.get_terminal_size((COLUMNS, 0)).columns - 2
    lines = [heading]
    for name, text in entries:
        first = f"  {name:<{MARGIN - 2}}"
        if not first.endswith(" "):
            # The text of a long name begins below it.
            lines.append(first)
            first = " " * MARGIN
        lines += textwrap.wrap(
            text, max(columns, 2 * MARGIN), initial_indent=first, subsequent_indent=" " * MARGIN,
            break_on_hyphens=False,
        )  # fmt: skip
    return "\n".join(lines) + "\n"
