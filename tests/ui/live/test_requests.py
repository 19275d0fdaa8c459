"""Views ask through one signal, and the host hands on what they ask by its type."""

from __future__ import annotations

from typing import get_args

import numpy as np
from PySide6.QtCore import Signal

from nnstudio.explain.directions import Pick
from nnstudio.ui.live.requests import (
    EditWeight,
    EditWeights,
    MoveWeight,
    PickWeight,
    PressPill,
    Say,
    SetPoints,
    ShowArray,
    ShowRuns,
    ShowSample,
    ViewRequest,
    WriteFile,
)
from nnstudio.ui.live.view import LiveView

ONE_OF_EACH = (
    EditWeight("d", "weight", 2, 1.5),
    EditWeights("d", (("weight", 2, 1.5), ("bias", 0, 0.0))),
    MoveWeight("d", "weight", 2, None),
    PickWeight(1, Pick("d", "weight", 2)),
    ShowSample(np.zeros(2, np.float32)),
    ShowArray("bias"),
    PressPill("d", 1),
    ShowRuns(),
    SetPoints("0,0,1"),
    Say("A sentence."),
)


def test_a_view_knows_nothing_of_particular_views():
    signals = {name for name, value in vars(LiveView).items() if isinstance(value, Signal)}
    assert signals == {"probe_changed", "requested", "work_changed"}


def test_every_request_goes_where_it_belongs(hands, window, tmp_path):
    host, seen = window.live, []
    # The window itself must not act on these.
    own = (host.weight_edited, host.weights_edited, host.weight_moved, host.points_set, host.runs_requested)
    for signal in own:
        signal.disconnect()
    host.weight_edited.connect(lambda *edit: seen.append(("weight", edit)))
    host.weights_edited.connect(lambda edit: seen.append(("weights", edit.values)))
    host.weight_moved.connect(lambda *edit: seen.append(("moved", edit)))
    host.points_set.connect(lambda text: seen.append(("points", text)))
    host.runs_requested.connect(lambda: seen.append(("runs", None)))
    host.said.connect(lambda sentence: seen.append(("said", sentence)))
    host.shown.connect(lambda name: seen.append(("shown", name)))
    requests = (*ONE_OF_EACH, WriteFile(tmp_path / "it", lambda: b"content"))
    assert {type(request) for request in requests} == set(get_args(ViewRequest))
    for request in requests:
        host.views["weights"].requested.emit(request)
    assert seen == [
        ("weight", ("d", "weight", 2, 1.5)),
        ("weights", (("weight", 2, 1.5), ("bias", 0, 0.0))),
        ("moved", ("d", "weight", 2, None)),
        ("shown", "loss_surface"),
        ("runs", None),
        ("points", "0,0,1"),
        ("said", "A sentence."),
    ]
    hands.wait((tmp_path / "it").exists)
    assert (tmp_path / "it").read_bytes() == b"content"
    assert host.views["loss_surface"]._picks == {1: Pick("d", "weight", 2)}
    assert host.views["activations"].sample.value() == -1
