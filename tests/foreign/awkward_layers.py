"""Options of layers, further than the layers' own samples go: where two frameworks count windows, borders and
axes in different ways.
"""

from __future__ import annotations

from typing import Any

Cases = list[tuple[dict[str, Any], tuple[tuple[int, ...], ...]]]
ROWS = {"two_lengths": True, "pool_size": 2, "pool_width": 3}
OVER = {"padding": "number", "pad": 2, "pool_size": 5, "stride": 4}
AWKWARD: dict[str, Cases] = {
    "conv2d": [
        ({"filters": 3, "kernel_size": 4, "stride": 3, "padding": "same lower"}, ((7, 5, 2),)),
        ({"filters": 2, "kernel_size": 2, "padding": "sides", "pad_left": 2, "stride": 3}, ((6, 5, 2),)),
        ({"filters": 4, "kernel_size": 2, "stride": 3, "dilation": 2, "groups": 2}, ((9, 8, 4),)),
    ],
    "conv1d": [
        ({"filters": 4, "padding": "causal", "stride": 2, "kernel_size": 4, "groups": 2}, ((9, 2),)),
        ({"filters": 2, "padding": "sides", "pad_before": 1, "pad_after": 1}, ((6, 3),)),
    ],
    "maxpool2d": [
        ({"dilation": 3, "stride": 1, "padding": "same"}, ((5, 6, 2),)),
        ({**ROWS, "dilation": 3, "padding": "sides", "pad_bottom": 3, "stride_width": 1}, ((7, 5, 2),)),
        ({**ROWS, "dilation_width": 2, "padding": "number", "ceil_mode": True}, ((6, 6, 1),)),
        ({"pool_size": 3, "stride": 5, "padding": "sides", "pad_right": 2}, ((7, 6, 2),)),
        ({"pool_size": 2, "stride": 3, "ceil_mode": True, "two_lengths": True}, ((7, 5, 2),)),
    ],
    "maxpool1d": [
        ({"dilation": 3, "stride": 1, "padding": "same lower"}, ((6, 2),)),
        ({"pool_size": 2, "stride": 3, "padding": "sides", "pad_after": 1, "ceil_mode": True}, ((6, 2),)),
    ],
    "averagepool2d": [
        ({**ROWS, "padding": "number", "ceil_mode": True, "count_padding": True}, ((6, 7, 2),)),
        ({**ROWS, "padding": "same lower", "stride": 1, "count_padding": True}, ((5, 4, 2),)),
        ({**ROWS, "padding": "sides", "pad_top": 1, "stride_width": 4, "ceil_mode": True}, ((5, 8, 2),)),
        ({"pool_size": 3, "padding": "number", "count_padding": True, "stride": 4}, ((6, 5, 2),)),
        ({**OVER, "ceil_mode": True}, ((7, 8, 2),)),
        ({**OVER, "ceil_mode": True, "count_padding": True}, ((7, 8, 2),)),
        (
            {"pool_size": 4, "stride": 3, "padding": "sides", "pad_left": 1, "pad_bottom": 2, "pad_right": 3,
             "ceil_mode": True, "count_padding": True},
            ((6, 7, 2),),
        ),
        (
            {"pool_size": 3, "padding": "sides", "pad_top": 2, "pad_right": 1, "count_padding": True},
            ((5, 6, 2),),
        ),
    ],
    "averagepool1d": [
        ({"pool_size": 3, "padding": "sides", "pad_after": 2, "count_padding": True}, ((5, 3),)),
        ({"pool_size": 3, "padding": "number", "ceil_mode": True, "count_padding": True}, ((6, 3),)),
        ({"pool_size": 2, "padding": "same", "stride": 2}, ((5, 3),)),
    ],
    "convtranspose2d": [
        (
            {"filters": 4, "two_lengths": True, "kernel_size": 4, "kernel_width": 3, "stride": 1,
             "stride_width": 3, "dilation_width": 2, "padding": 2, "padding_width": 1,
             "output_padding_width": 2, "groups": 2},
            ((3, 4, 6),),
        ),
        (
            {"filters": 2, "two_lengths": True, "kernel_size": 4, "stride_width": 3, "same": True},
            ((3, 2, 2),),
        ),
    ],
    "convtranspose1d": [
        ({"filters": 2, "kernel_size": 4, "stride": 1, "same": True}, ((5, 2),)),
        ({"filters": 2, "kernel_size": 2, "stride": 3, "same": True, "bias": False}, ((5, 2),)),
    ],
    "pad2d": [
        ({"sides": "separate", "left": 2, "bottom": 1, "mode": "reflect"}, ((3, 4, 2),)),
        ({"sides": "separate", "left": 3, "bottom": 1, "right": 2, "mode": "edge"}, ((3, 4, 2),)),
        ({"border": 2, "mode": "wrap"}, ((2, 3, 2),)),
    ],
    "crop2d": [({"sides": "separate", "bottom": 2}, ((4, 3, 2),))],
    "batchnorm": [
        ({"affine": False, "statistics": "cumulative", "epsilon": 0.1}, ((3, 4, 2),)),
        ({"statistics": "cumulative"}, ((2, 3, 2, 2),)),
    ],
    "layernorm": [({"axes": 2, "epsilon": 0.1}, ((3, 4),)), ({"axes": 2}, ((5, 4, 4),))],
    "softmax": [({"axis": "1"}, ((4,),)), ({"axis": "1"}, ((5, 2),))],
    "concatenate": [({"axis": "1"}, ((2, 3), (4, 3), (1, 3))), ({"axis": "3"}, ((2, 3, 2), (2, 3, 1)))],
    "subtract": [({}, ((1, 3), (2, 1), (2, 3))), ({}, ((4, 3, 2), (2,)))],
    "average": [({}, ((2,), (3, 2), (4, 1, 1)))],
    "multiply": [({}, ((4, 3, 2), (1, 1, 2), (3, 1)))],
}  # fmt: skip
