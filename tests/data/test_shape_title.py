"""The window names the ring of points by what it is."""

from __future__ import annotations

from nnstudio.data.imitation import CLOUDS, RING, Imitation
from nnstudio.data.option_titles import CHOICES


def test_the_ring_is_called_by_its_clouds():
    assert CHOICES["shape"][RING] == f"ring of {CLOUDS} clouds"
    assert next(o for o in Imitation.options if o.name == "shape").default == RING
