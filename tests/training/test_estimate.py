"""The estimate before a run is within 20 % of what the run then takes."""

from __future__ import annotations

import json
import statistics
import time
import tracemalloc

import pytest

from nnstudio import cli
from nnstudio.project import open_example
from nnstudio.training.estimate import estimate, show_seconds
from nnstudio.training.session import Session

# Epochs that take a second or so: the estimate tries less than half of that.
RUNS = [("spiral", 2000), ("mnist-dense", 8), ("mnist-convnet", 1)]


def session_of(name: str, epochs: int) -> Session:
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", epochs))
    return project.session()


@pytest.mark.parametrize("name, epochs", RUNS)
def test_time(name, epochs):
    ratios = []
    # Pairs, because the machine may be busy with something else for a moment.
    for _ in range(5):
        session = session_of(name, epochs)
        expected = estimate(session).seconds
        started = time.perf_counter()
        for _progress in session.slices():
            pass
        ratios.append(expected / (time.perf_counter() - started))
    assert statistics.median(ratios) == pytest.approx(1, abs=0.2), ratios


@pytest.mark.parametrize("name, epochs", RUNS)
def test_memory(name, epochs):
    expected = estimate(session_of(name, epochs)).bytes
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", epochs))
    data_in_memory = project.session().data
    tracemalloc.start()
    try:
        session = Session(project.document.graph.to_network(), data_in_memory, project.document.settings)
        for _progress in session.slices():
            pass
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert expected == pytest.approx(taken, rel=0.2)


def test_the_session_is_not_touched():
    session = session_of("celsius", 3)
    before = session.parameters.copy()
    estimate(session)
    assert session.epoch == session.steps == 0 and (session.parameters == before).all()


def test_on_the_command_line(tmp_path, capsys):
    path = tmp_path / "c.nns"
    assert cli.run(["example", "celsius", str(path)]) == 0
    capsys.readouterr()
    assert cli.run(["estimate", str(path), "--epochs", "50", "--json"]) == 0
    assert set(json.loads(capsys.readouterr().out)) == {"seconds", "bytes"}
    assert cli.run(["estimate", str(path)]) == 0
    assert capsys.readouterr().out.startswith("About ")


@pytest.mark.parametrize(
    "seconds, words", [(0.234, "0.2 s"), (42.4, "42 s"), (600, "10 min"), (9000, "2.5 h")]
)
def test_durations_as_people_say_them(seconds, words):
    assert show_seconds(seconds) == words
