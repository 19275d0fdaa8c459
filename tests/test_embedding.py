"""A category of many values from file to prediction: the proposed network learns what it decides."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.cross_validation import FoldResult, cross_validate
from nnstudio.data.dataset import Split
from nnstudio.data.facts import facts_of_data
from nnstudio.explain.scores import scores_of
from nnstudio.from_data import FromData, project_from_data
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems
from nnstudio.project import Project
from nnstudio.training.session import Session

VALUES, EPOCHS = 120, 12


@pytest.fixture
def table(tmp_path):
    """Whether it is yes depends on the shop alone."""
    rng = np.random.default_rng(3)
    good, shops = rng.random(VALUES) < 0.5, rng.integers(0, VALUES, 2400)
    rows = [f"{rng.normal():.4f},s{shop},{('no', 'yes')[int(good[shop])]}" for shop in shops]
    path = tmp_path / "shops.csv"
    path.write_text("\n".join(["x,shop,y", *rows, ""]), encoding="utf-8")
    return path


def proposed(path, epochs=EPOCHS, **options) -> FromData:
    proposal = project_from_data(path, options)
    proposal.project.document.set_settings(proposal.project.document.settings.with_option("epochs", epochs))
    return proposal


def trained(project: Project) -> Session:
    session = project.session()
    for _done in session.slices():
        pass
    return session


def fall(session: Session) -> float:
    """What is left of the loss of the first epoch."""
    losses = session.history.columns()["loss"]
    return float(losses[-1] / losses[0])


def test_the_proposed_network_has_no_problems_and_learns_what_the_shop_decides(table):
    proposal = proposed(table)
    document = proposal.project.document
    facts = facts_at(document, facts_of_data(proposal.data))
    assert find_problems(document.graph, facts) == []
    session = trained(proposal.project)
    assert fall(session) < 0.3
    without = trained(proposed(table, columns="shop: left out").project)
    assert scores_of(session, Split.TEST).accuracy > 0.95 > 0.7 > scores_of(without, Split.TEST).accuracy


def test_a_network_of_dense_layers_alone_is_warned_of_them(table):
    proposal = proposed(table, columns="shop: left out")
    facts = facts_at(proposal.project.document, facts_of_data(proposed(table).data))
    assert any("numbers of tokens" in fact.warning for fact in facts.values())


def test_a_saved_project_predicts_the_same_rows_in_any_order(table, tmp_path, capsys):
    proposal, saved = proposed(table), tmp_path / "shops.nns"
    assert cli.run(["new", "--data", str(table), str(saved)]) == 0
    assert cli.run(["train", str(saved), "--epochs", str(EPOCHS), "--threads", "1"]) == 0
    header, *rows = table.read_text().split()
    before, _notes = predicted(saved, tmp_path, "\n".join([header, *rows[:50]]), capsys)
    turned = [",".join(row.split(",")[::-1]) for row in rows[49::-1]]
    after, _notes = predicted(saved, tmp_path, "\n".join(["y,shop,x", *turned]), capsys)
    assert before == after[::-1]
    right = [one[0] == row.split(",")[2] for one, row in zip(before, rows, strict=False)]
    assert np.mean(right) > 0.9
    (unknown,), notes = predicted(saved, tmp_path, "x,shop\n0.5,elsewhere\n", capsys)
    assert unknown[0] in proposal.data.classes and "They count as unknown" in notes


def predicted(project, folder, text, capsys) -> tuple[list[list[str]], str]:
    """Class and probability of each row, and what was said."""
    (folder / "new.csv").write_text(text + "\n")
    capsys.readouterr()
    assert cli.run(["predict", str(project), str(folder / "new.csv")]) == 0
    out, told = capsys.readouterr()
    return list(csv.reader(io.StringIO(out)))[1:], told


def test_every_fold_fits_the_embedding(table):
    project = proposed(table, 1).project
    results = [done for done in cross_validate(project, 3) if isinstance(done, FoldResult)]
    assert len(results) == 3


def test_a_text_is_learned_from_vectors_of_its_characters(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(99, 0, -1)))
    assert fall(trained(proposed(path, window=8, samples=600).project)) < 0.7
