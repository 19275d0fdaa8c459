"""What the shipped examples are called: the menu, the start page and the command line say the same."""

from __future__ import annotations

import json
from importlib.resources import files

from nnstudio.model.suffix import SUFFIX


def example_names() -> list[str]:
    """Names of the shipped example projects."""
    names = [f.name.removesuffix(SUFFIX) for f in files("nnstudio.resources").joinpath("examples").iterdir()]
    return sorted(n for n in names if not n.startswith((".", "_")))


def examples() -> dict[str, tuple[str, str]]:
    """Title and one line about each shipped example, by the name of its file."""
    known = json.loads(files("nnstudio.resources").joinpath("examples.json").read_text(encoding="utf-8"))
    listed = [n for n in known if n in example_names()]
    rest = [n for n in example_names() if n not in known]
    return {n: (known[n][0], known[n][1]) for n in listed} | {n: (n, "") for n in rest}


def example_called(text: str) -> str:
    """The name of the example that has this name or title, whatever its case; else the text itself."""
    wanted = text.casefold()
    both = ((name, {name.casefold(), title.casefold()}) for name, (title, _) in examples().items())
    return next((name for name, known in both if wanted in known), text)
