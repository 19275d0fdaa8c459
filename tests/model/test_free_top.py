"""A template that is added covers no node that is there."""

from __future__ import annotations

from nnkernels.spec import layers
from nnstudio.model.arrange import HEIGHT
from nnstudio.model.graph import Graph, Note
from nnstudio.model.templates import free_top


def test_a_frame_goes_below_the_nodes_that_it_would_cover():
    graph = Graph(layers)
    for x, y in ((0, 0), (300, 10), (300, 250), (2000, 0)):
        graph.insert_node(graph.new_node("dense", x, y))
    frame = Note("note_1", "ConvNet", 0, 0, 900, 200, frame=True)
    top = free_top(graph, frame, 100, 0)
    assert top >= 250 + HEIGHT
    assert free_top(graph, frame, 600, 5) == 5 and free_top(graph, frame, 100, 1000) == 1000
