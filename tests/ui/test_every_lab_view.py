"""Every method of the lab in the window: a view shows it, saves it, says how far it is and what it cost."""

from __future__ import annotations

import csv
import io
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
from few_steps import paint_in_few_steps
from lab_projects import saved

from nnstudio.explain import dream, painting
from nnstudio.explain.fooling import methods_of_fooling
from nnstudio.explain.method import methods
from nnstudio.explain.why import methods_of_view
from nnstudio.look_command import LOOKS
from nnstudio.project import Project
from nnstudio.training.underway import Underway, share_of
from nnstudio.ui.live.picture import savable
from nnstudio.ui.live.view import live_views
from nnstudio.ui.widgets.picture_button import pictured

DOCS = Path(__file__).parents[2] / "docs" / "explain.md"
# By view: the project that it shows, and the node that it looks at.
VIEWS = {
    "why": ("pictures", ""),
    "fooling": ("pictures", ""),
    "dream": ("pictures", "conv2d"),
    "style": ("pictures", ""),
    "reacts_to": ("pictures", "conv2d"),
    "attention": ("text", ""),
    "sampled_text": ("text", ""),
    "hidden_state": ("series", ""),
    "forecast": ("series", ""),
    "results": ("series", ""),
    "generator": ("points", ""),
}
GROW = {"fooling", "dream", "style"}


def view_of(method: str) -> str:
    """The view that shows a method of the registry."""
    if method in (dream.METHOD, painting.METHOD):
        return {dream.METHOD: "dream", painting.METHOD: "style"}[method]
    shown = [("why", methods_of_view()), ("fooling", methods_of_fooling())]
    (view,) = [name for name, offered in shown if method in {one.id for one in offered}]
    return view


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    """Sessions of trained projects, by what they learned from."""
    paths = cache(partial(saved, tmp_path_factory.mktemp("lab")))
    return cache(lambda kind: Project.open(paths(kind)).session())


@pytest.fixture
def shown(qtbot, sessions, monkeypatch):
    """A view that draws all that it asks for; and all the pieces of that."""
    paint_in_few_steps(monkeypatch)

    def show(name, method=""):
        kind, node = VIEWS[name]
        session, view = sessions(kind), live_views[name].make()
        qtbot.addWidget(view)
        view.resize(460, 420)
        view.set_data(session.data)
        if node:
            view.set_node(next(n for n, r in session.layout.nodes.items() if r.layer.id == node), "Conv2D")
        if method:
            view.method.setCurrentIndex(view.method.findData(method))
        view.show()
        # What a view asks for may change with what it is shown: style learns of the layers.
        for _ in range(2):
            pieces = list(view.probe().run(session))
            for piece in pieces:
                if piece is not None and not isinstance(piece, Underway):
                    view.show_result(piece)
            if name == "results":
                view.number_tabs.setCurrentWidget(view.number_tabs.backtest)
        return view, pieces

    return show


def check(view, pieces):
    rows = list(csv.reader(io.StringIO(view.csv_text())))
    assert len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])}, "a table"
    picture = pictured(savable(view).widget)
    assert not picture.isNull() and view.hint.isHidden(), view.hint.text()
    shares = [share for share in map(share_of, pieces) if share is not None]
    # What takes a single piece is there at once, or not at all.
    assert shares == sorted(shares) and (shares or len(pieces) == 1), "how far it is"
    assert view.tells_cost or pieces[-1].cost, "what it cost"


@pytest.mark.parametrize("method", [method.id for method in methods])
def test_every_method_has_a_view_that_saves_it_and_says_how_far_it_is_and_what_it_cost(method, shown):
    name = view_of(method)
    view, pieces = shown(name, method if name in ("why", "fooling") else "")
    check(view, pieces)
    frames = view.frames()
    if name in GROW and method != "robustness":
        assert len(frames) > 1 and {frame.shape for frame in frames} == {frames[0].shape}
        assert all(np.ptp(frame) <= 1 for frame in frames)
    else:
        assert not len(frames)


@pytest.mark.parametrize("name", [name for name in VIEWS if name not in ("why", *GROW)])
def test_every_other_view_of_the_lab_does_so_too(name, shown):
    check(*shown(name))


def test_every_look_of_the_command_line_is_a_view():
    of = {"generated": {"generator", "generated_pictures"}}
    for look in LOOKS:
        assert of.get(look, {look}) <= {view.id for view in live_views}


def test_the_documentation_names_the_views_and_what_grows_in_them():
    text = DOCS.read_text(encoding="utf-8").partition("## What each method does")[2]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    titles, told = {view.id: view.title for view in live_views}, {row[0].strip("`"): row for row in rows[2:]}
    for method in methods:
        name, row = view_of(method.id), told[method.id]
        grows = name in GROW and method.id != "robustness"
        assert row[6:] == [titles[name], "yes", "yes" if grows else "by the slider", "yes"]
