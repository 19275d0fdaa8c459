"""Options together that the layers' own cases have one at a time, for formats that write programs."""

from __future__ import annotations

from typing import Any

from nnkernels.spec import Shape

SIDES = {"padding": "sides", "pad_top": 2, "pad_bottom": 1, "pad_right": 1}
WIDER = {"two_lengths": True, "stride": 2, "stride_width": 3}
OPTIONS: tuple[tuple[str, dict[str, Any], tuple[Shape, ...]], ...] = (
    ("conv1d", {"filters": 4, "padding": "causal", "stride": 2, "groups": 2, "bias": False}, ((9, 6),)),
    ("conv1d", {"filters": 3, "padding": "same lower", "kernel_size": 2, "stride": 3}, ((8, 2),)),
    ("conv2d", {"filters": 6, **WIDER, **SIDES, "kernel_size": 2, "kernel_width": 4, "groups": 3},
     ((7, 8, 6),)),
    ("conv2d", {"filters": 2, **WIDER, "dilation": 3, "dilation_width": 2, "padding": "same lower"},
     ((8, 9, 1),)),
    ("convtranspose1d", {"filters": 6, "kernel_size": 4, "stride": 3, "groups": 3, "padding": 2}, ((5, 6),)),
    ("convtranspose1d", {"filters": 2, "kernel_size": 1, "stride": 3, "same": True}, ((4, 3),)),
    ("convtranspose2d", {"filters": 4, **WIDER, "kernel_size": 3, "same": True, "dilation": 2, "groups": 2},
     ((3, 4, 2),)),
    ("convtranspose2d", {"filters": 3, "padding": 1, "output_padding": 1, "dilation": 2, "bias": False},
     ((4, 3, 2),)),
    ("maxpool1d", {"pool_size": 3, "dilation": 2, "padding": "sides", "pad_before": 1, "ceil_mode": True},
     ((8, 2),)),
    ("maxpool2d", {**WIDER, **SIDES, "pool_size": 3, "pool_width": 2, "dilation_width": 2, "ceil_mode": True},
     ((7, 8, 3),)),
    ("averagepool1d", {"pool_size": 4, "stride": 3, "padding": "same lower", "count_padding": True},
     ((8, 2),)),
    ("averagepool1d", {"pool_size": 3, "padding": "number", "ceil_mode": True, "count_padding": True},
     ((6, 2),)),
    ("averagepool2d", {**WIDER, **SIDES, "pool_size": 3, "pool_width": 2, "ceil_mode": True}, ((7, 9, 3),)),
    ("averagepool2d", {"padding": "number", "pool_size": 3, "ceil_mode": True, "count_padding": True},
     ((6, 7, 2),)),
    ("pad1d", {"sides": "separate", "before": 3, "after": 1, "mode": "reflect"}, ((4, 2),)),
    ("pad2d", {"sides": "separate", "top": 2, "left": 1, "right": 3, "mode": "edge"}, ((3, 4, 2),)),
    ("pad2d", {"sides": "separate", "bottom": 2, "left": 3, "mode": "reflect"}, ((3, 4, 2),)),
    ("pad2d", {"border": 2, "mode": "wrap"}, ((2, 3, 2),)),
    ("crop1d", {"sides": "separate", "before": 2}, ((5, 3),)),
    ("layernorm", {"axes": 2, "epsilon": 0.1}, ((3, 2, 4),)),
    ("softmax", {"axis": "1"}, ((5,),)),
    ("softmax", {"axis": "1"}, ((4, 3),)),
    ("concatenate", {"axis": "1"}, ((2, 3), (4, 3), (1, 3))),
    ("softplus", {"beta": 20.0}, ((5,),)),
    ("permute", {"axes": "4, 1, 3, 2"}, ((2, 3, 4, 5),)),
    ("permute", {"axes": "1"}, ((3,),)),
    ("subtract", {}, ((3, 1, 2), (2,), (3, 4, 1))),
    ("average", {}, ((1,), (2, 3))),
    ("multiply", {}, ((2, 1, 3, 1), (2, 4, 3, 5), (5,))),
    ("add", {}, ((1, 1), (1,))),
    ("simplernn", {"units": 3, "activation": "relu", "reverse": True, "return_sequences": True}, ((4, 2),)),
    ("gru", {"units": 3, "reset": "before", "bidirectional": True, "return_sequences": True}, ((4, 2),)),
    # What reads both ways has no direction left to choose.
    ("lstm", {"units": 3, "bidirectional": True, "reverse": True, "return_sequences": True}, ((4, 2),)),
)  # fmt: skip
