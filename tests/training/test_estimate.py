"""The estimate before a run counts the bytes that it then takes; its time is a benchmark's matter."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace

import pytest

from nnkernels.planning import memory_limits
from nnkernels.program import Layout
from nnkernels.spec import NodeError
from nnstudio import cli
from nnstudio.data import storage
from nnstudio.project import open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.estimate import Estimate, EstimateProbe, Speed, estimate, show_seconds
from nnstudio.training.session import Session

# Epochs that take a second or so: the estimate tries less than half of that.
RUNS = [("spiral", 2000), ("mnist-dense", 8), ("mnist-convnet", 1)]


def session_of(name: str, epochs: int) -> Session:
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", epochs))
    return project.session()


@pytest.mark.parametrize("name, epochs", RUNS)
def test_memory(name, epochs, tmp_path):
    """The count against what is really taken at the peak, up to and with saving."""
    expected = estimate(session_of(name, epochs)).bytes
    project = open_example(name)
    project.document.set_settings(project.document.settings.with_option("epochs", epochs))
    data_in_memory = project.session().data
    tracemalloc.start()
    try:
        session = Session(project.document.graph.to_network(), data_in_memory, project.document.settings)
        for _progress in session.slices():
            pass
        project.state = session.state()
        project.save(tmp_path / "p.nns")
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert expected == pytest.approx(taken, rel=0.2)


@pytest.mark.parametrize("command", ["estimate", "train"])
def test_what_does_not_fit_is_refused_before_it_is_tried(command, tmp_path, capsys, monkeypatch):
    path = tmp_path / "p.nns"
    assert cli.run(["example", "mnist-dense", str(path)]) == 0
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 3_000_000)
    monkeypatch.setattr(Layout, "initial", lambda *_: pytest.fail("values were drawn"))
    before = path.read_bytes()
    assert cli.run([command, str(path)]) == 2
    assert "'dense_1', with 100,480 parameters" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_worker_says_which_layer_is_too_large(monkeypatch):
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 3_000_000)
    project = open_example("mnist-dense")
    with pytest.raises(NodeError, match="The largest layer is 'dense_1'") as caught:
        project.session()
    assert caught.value.node == "dense_1"


def test_the_session_is_not_touched():
    session = session_of("celsius", 3)
    before = session.parameters.copy()
    estimate(session)
    assert session.epoch == session.steps == 0 and (session.parameters == before).all()


def test_in_pieces_it_is_the_same_and_memory_alone_where_nothing_can_be_tried(monkeypatch):
    session = session_of("celsius", 3)
    *before, cost = EstimateProbe().run(session)
    assert before and set(before) == {None} and cost.seconds > 0
    whole = estimate(session)
    assert (cost.bytes, cost.data_bytes) == (whole.bytes, whole.data_bytes)
    monkeypatch.setattr(memory_limits, "free_memory", lambda: 1)
    (cost,) = EstimateProbe().run(session)
    assert cost == Estimate(None, whole.bytes, whole.data_bytes, epochs=whole.epochs)
    assert cost.sentence == "About 1 MB of memory."


def test_on_the_command_line(tmp_path, capsys):
    path = tmp_path / "c.nns"
    assert cli.run(["example", "celsius", str(path)]) == 0
    capsys.readouterr()
    assert cli.run(["estimate", str(path), "--epochs", "50", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"seconds", "bytes", "data_bytes", "disk_bytes", "epochs"} and told["epochs"] == 50
    assert cli.run(["estimate", str(path)]) == 0
    assert capsys.readouterr().out.startswith("About ")


@pytest.mark.parametrize(
    "seconds, words", [(0.234, "0.2 s"), (42.4, "42 s"), (600, "10 min"), (9000, "2.5 h")]
)
def test_durations_as_people_say_them(seconds, words):
    assert show_seconds(seconds) == words


def test_the_data_is_told_beside_the_run():
    session = session_of("mnist-dense", 1)
    expected = estimate(session)
    data = session.data
    arrays = [array for split in data.parts for array in data.part(split)]
    assert expected.data_bytes == sum(array.nbytes for array in arrays)
    assert f"beside {expected.data_bytes / 2**20:,.0f} MB of data" in expected.sentence
    assert "of data" not in estimate(session_of("spiral", 1)).sentence


def test_samples_on_disk_are_counted_apart(tmp_path, monkeypatch):
    session = session_of("spiral", 1)
    assert estimate(session).disk_bytes == 0
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    monkeypatch.setenv(storage.VARIABLE, "0")
    x = storage.zeros(session.data.x_train.shape)
    x[:] = session.data.x_train
    told = estimate(Session(session.network, replace(session.data, x_train=x), session.settings))
    assert told.disk_bytes == x.nbytes
    assert told.data_bytes + told.disk_bytes == session.data.bytes


def test_the_sentence_says_how_big_and_where():
    size = 2**20
    assert Estimate(2, 5 * size).sentence == "About 2.0 s and 5 MB of memory."
    watched = Estimate(0.5, 5 * size, epochs=540).told(full_speed=False)
    assert watched == "About 9.0 s at the speed Watch (1.0 s at full speed) and 5 MB of memory.", (
        "views take a moment"
    )
    assert Estimate(0.001, 5 * size).sentence == "About 0.01 s and 5 MB of memory."
    assert Estimate(0.001, 5 * size).told(full_speed=True) == ("About 1.0 s and 5 MB of memory.")
    assert Estimate(2, 5 * size, 3 * size).sentence == "About 2.0 s and 5 MB of memory, beside 3 MB of data."
    assert Estimate(2, 5 * size, 3 * size, 7 * size).sentence == (
        "About 2.0 s and 5 MB of memory, beside 3 MB of data and 7 MB of data that are read from disk."
    )
    assert Estimate(2, 5 * size, 0, 7 * size).sentence.endswith(
        "beside 7 MB of data that are read from disk."
    )


def test_the_speed_of_a_run_that_goes_on_is_that_of_what_it_does_now(monkeypatch):
    now = [50.0]
    monkeypatch.setattr("nnstudio.training.estimate.time.perf_counter", lambda: now[0])
    session = session_of("celsius", 40)
    for _ in session.slices(10):
        pass
    speed, before = Speed(session), 10.0
    for done in session.slices():
        # Two seconds for each epoch, whatever it is cut into; what is done in between does not count.
        after = float(done.epoch) if isinstance(done, Epoch) else done.epoch + done.fraction
        now[0] += 2.0 * (after - before)
        before = after
        speed.look(done)
        if speed.tells_enough:
            break
        now[0] += 100.0
        speed.go_on()
    assert session.epoch < 12 and speed.whole == pytest.approx(2.0 * 40, rel=0.1)
