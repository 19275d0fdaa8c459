"""Small trained projects for the methods of the lab: pictures with classes, a series, a text, points."""

from __future__ import annotations

import shutil
from importlib.resources import files
from pathlib import Path

import numpy as np
from PIL import Image

from nnstudio.from_data import project_from_data
from nnstudio.model.proposal import Reader
from nnstudio.project import Project, open_example


def saved(folder: Path, kind: str) -> Path:
    """One that learned from pictures, series, text or points, trained for a moment."""
    path = folder / f"{kind}.nns"
    if kind == "points":
        source = files("nnstudio.resources") / "lessons" / "gan" / "start.nns"
        shutil.copyfile(str(source), path)
        project = Project.open(path)
    elif kind == "series":
        project = open_example("passengers")
    elif kind == "text":
        (folder / "song.txt").write_text("".join(f"{n} green bottles\n" for n in range(60)))
        options = {"window": 6, "samples": 60, "guess": "each"}
        project = project_from_data(folder / "song.txt", options, [], "text", Reader.TRANSFORMER).project
    else:
        _draw(folder / "pictures")
        project = project_from_data(folder / "pictures", {"size": 8}).project
    session = project.session()
    # Enough to tell two colours apart.
    for _ in session.slices(12 if kind == "pictures" else 2):
        pass
    project.state = session.state()
    project.save(path)
    return path


def _draw(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for name, channel in {"blue": 2, "red": 0}.items():
        (folder / name).mkdir(parents=True)
        for number in range(20):
            pixels = rng.integers(0, 90, (8, 8, 3)).astype(np.uint8)
            pixels[:, :, channel] += 120
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
