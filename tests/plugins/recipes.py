"""The worked examples of CONTRIBUTING.md, under identifiers of their own: who follows it uses the first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "CONTRIBUTING.md"
# Where the guide puts a file, and the entry points of other packages that do the same.
GROUPS = {
    "kernels/nnkernels/layers": "nnstudio.layers",
    "kernels/nnkernels/losses": "nnstudio.losses",
    "kernels/nnkernels/optimizers": "nnstudio.optimizers",
    "kernels/nnkernels/schedules": "nnstudio.schedules",
    "nnstudio/ui/live": "nnstudio.views",
    "nnstudio/export": "nnstudio.formats",
    "nnstudio/data": "nnstudio.sources",
    "nnstudio/doctor/findings": "nnstudio.findings",
}


@dataclass(frozen=True)
class WorkedExample:
    """A module: its name, which is the identifier too, the group of its entry point, and its text."""

    name: str
    group: str
    text: str


def worked_examples() -> dict[str, WorkedExample]:
    """By the file that the guide tells to create."""
    guide, examples = GUIDE.read_text("utf-8"), {}
    for path, text in re.findall(r"Create\s`(\S+\.py)`:\n\n```python\n(.*?)```", guide, re.S):
        folder, _, file = path.rpartition("/")
        name = f"recipe_{file.removesuffix('.py')}"
        examples[path] = WorkedExample(
            name, GROUPS[folder], text.replace(f'"{name.removeprefix("recipe_")}"', f'"{name}"')
        )
    assert len(examples) == guide.count("```python"), "each example follows: Create `FILE`:"
    return examples
