"""Feature maps have the colours of the node that they are of: zero is the same everywhere."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg

from nnstudio.training.messages import Phase
from nnstudio.ui.live.map_colours import colours_of, signed_scaled
from nnstudio.ui.widgets.theme import theme


def test_signed_values_keep_their_zero_in_the_middle():
    scaled = signed_scaled(np.array([-1.0, 0.0, 4.0, np.nan, np.inf]))
    np.testing.assert_allclose(scaled, [0.375, 0.5, 1.0, np.nan, np.nan])
    assert signed_scaled(np.zeros(3)).tolist() == [0.5] * 3
    assert np.isnan(signed_scaled(np.array([np.nan]))).all()


def test_both_languages_are_those_of_the_nodes():
    signed = colours_of(True)
    c = theme.colours
    names = [signed.map(at, mode="qcolor").name() for at in (0.0, 0.5, 1.0)]
    assert names == [c.second, c.node, c.first]
    assert colours_of(False) is pg.colormap.get("viridis") or colours_of(False).name == "viridis"


def test_activations_of_a_convolution_are_signed_and_those_behind_a_relu_are_not(window, hands):
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY)
    window.docks["activations"].raise_()
    view = window.live.views["activations"]
    nodes = {item.node.kind: item.node.id for item in reversed(list(window.canvas.canvas.nodes.values()))}
    for kind, is_signed in (("conv2d", True), ("relu", False)):
        window.canvas.canvas.select([nodes[kind]])
        hands.wait(lambda k=kind: view._last is not None and view._last.node == nodes[k])
        assert view._last.is_signed is is_signed
        middle = view.images["maps"].getColorMap().map(0.5, mode="qcolor").name()
        assert (middle == theme.colours.node) is is_signed
