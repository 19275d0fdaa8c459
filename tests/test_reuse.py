"""`nnstudio reuse`: what comes over is what was learned, bit for bit, and all else begins anew."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio import cli
from nnstudio.model.document import DataReference
from nnstudio.project import Project, open_example
from nnstudio.reuse import Reuse, read_lender
from nnstudio.training.weights import weights_of


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A network that tells three flowers apart."""
    project = open_example("iris")
    session = project.session(1)
    for _slice in session.slices(2):
        pass
    project.state = session.state()
    path = tmp_path_factory.mktemp("lender") / "flowers.nns"
    project.save(path)
    return path


@pytest.fixture
def two(tmp_path):
    """A project for two classes, with other columns in the place of the same four numbers."""
    rng = np.random.default_rng(3)
    rows = [f"{','.join(f'{v:.2f}' for v in rng.normal(i % 2, 1, 4))},{'ab'[i % 2]}" for i in range(40)]
    table = tmp_path / "two.csv"
    table.write_text("\n".join(["p,q,r,s,kind", *rows]) + "\n")
    path = tmp_path / "two.nns"
    assert cli.run(["new", "--data", str(table), "--target", "kind", str(path)]) == 0
    return path


def arrays(path):
    session = Project.open(path).session(1)
    return {node: weights_of(session, node) for node in ("dense_1", "dense_2", "dense_3") if node in
            session.layout.nodes}  # fmt: skip


def test_all_but_the_last_layer_comes_over_and_the_last_gets_the_new_classes(trained, two, tmp_path, capsys):
    out = tmp_path / "out.nns"
    capsys.readouterr()
    assert cli.run(["reuse", str(two), str(trained), str(out), "--freeze", "--json"]) == 0
    came = capsys.readouterr()
    told = json.loads(came.out)["layers"]
    assert [row["taken"] for row in told] == [True] * (len(told) - 1) + [False]
    assert "To fit this data: Set Dense" in came.err and "2 units" in came.err
    before, after = arrays(trained), arrays(out)
    last = told[-1]["layer"]
    for node in before:
        if node != last:
            assert all(np.array_equal(before[node][name], after[node][name]) for name in before[node])
    assert after[last]["weight"].shape[1] == 2 and before[last]["weight"].shape[1] == 3
    project = Project.open(out)
    assert project.document.data.kind == "csv" and project.state.step == 0
    assert {n.id: n.options["frozen"] for n in project.document.graph.nodes if "frozen" in n.options} == {
        row["layer"]: row["taken"] for row in told
    }
    # What is frozen stays while the rest learns.
    on = tmp_path / "on.nns"
    assert cli.run(["train", str(out), "--epochs", "2", "--out", str(on)]) == 0
    later = arrays(on)
    assert np.array_equal(later["dense_1"]["weight"], before["dense_1"]["weight"])
    assert not np.array_equal(later[last]["weight"], after[last]["weight"])


def test_only_what_is_named_comes_over(trained, two, tmp_path, capsys):
    out = tmp_path / "out.nns"
    assert cli.run(["reuse", str(two), str(trained), str(out), "--layers", "dense_1"]) == 0
    before, after = arrays(trained), arrays(out)
    assert np.array_equal(before["dense_1"]["weight"], after["dense_1"]["weight"])
    assert not np.array_equal(before["dense_2"]["weight"].ravel()[:8], after["dense_2"]["weight"].ravel()[:8])
    assert "begins with new weights" in capsys.readouterr().out
    assert not any(n.options.get("frozen") for n in Project.open(out).document.graph.nodes)


@pytest.mark.parametrize(
    "words, told",
    [
        (["--layers", "dense_9"], "no layer with weights called 'dense_9'"),
        (["--layers", "softmax_1"], "no layer with weights called 'softmax_1'"),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_written(trained, two, tmp_path, capsys, words, told):
    out = tmp_path / "out.nns"
    assert cli.run(["reuse", str(two), str(trained), str(out), *words]) == 2
    assert told in capsys.readouterr().err and not out.exists()


def test_a_network_that_learned_nothing_has_nothing_to_reuse(two, tmp_path, capsys):
    fresh = tmp_path / "fresh.nns"
    open_example("iris").save(fresh)
    assert cli.run(["reuse", str(two), str(fresh), str(tmp_path / "out.nns")]) == 2
    assert "has learned nothing yet" in capsys.readouterr().err


def test_layers_for_other_inputs_are_refused_or_told(trained, two):
    """A picture is no row of four numbers."""
    project = Project.open(two)
    project.document.set_data(DataReference("mnist"))
    with pytest.raises(SpecError, match="does not fit this data"):
        Reuse(read_lender(trained), project.document, project.load_data())


def test_what_is_scaled_in_another_way_is_told(trained, two):
    project = Project.open(two)
    reuse = Reuse(read_lender(trained), project.document, project.load_data())
    assert any("scaled in another way" in note for note in reuse.notes)
    same = open_example("iris")
    assert not Reuse(read_lender(trained), same.document, same.load_data()).notes


def test_sub_networks_come_along_under_names_of_their_own(tmp_path, two):
    """Two projects that hold the same sub-network can both keep theirs."""
    from nnstudio.model.regroup import MakeSubnetwork

    lender = open_example("iris")
    MakeSubnetwork(lender.document, lender.document.graph, ["dense_1", "relu_1"]).redo()
    session = lender.session(1)
    for _slice in session.slices(1):
        pass
    lender.state = session.state()
    lender.save(tmp_path / "lender.nns")
    target = Project.open(two)
    reuse = Reuse(read_lender(tmp_path / "lender.nns"), target.document, target.load_data())
    for command in reuse.steps(target.document, reuse.usual, True):
        command.redo()
    target.state = reuse.state(reuse.usual)
    (own,) = target.document.subnetworks
    assert own not in lender.document.subnetworks
    block = next(n for n in target.document.graph.nodes if n.options.get("network") == own)
    assert block.options["frozen"] and block.id in reuse.usual
    inner = f"{block.id}/dense_1"
    now = target.session(1)
    assert np.array_equal(weights_of(now, inner)["weight"], weights_of(session, inner)["weight"])
