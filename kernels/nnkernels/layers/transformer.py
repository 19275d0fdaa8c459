"""TransformerBlock: attention and a small network for each step, with residual links around both."""

from __future__ import annotations

from typing import Any

from nnkernels.graph.composite import Composite
from nnkernels.spec import NodeSpec, Option, Options, Shapes, SpecError, layers, show_shape


@layers.register
class TransformerBlock(Composite):
    """PyTorch's TransformerEncoderLayer with batch first; with ``causal`` a block of a GPT.

    Defaults are PyTorch's, except for the hidden width (PyTorch: 2048, for large models). A second link
    is a padding mask, as for MultiHeadAttention.
    """

    id = "transformerblock"
    title = "TransformerBlock"
    pytorch = "nn.TransformerEncoderLayer"
    glyph = "attention"
    formula = "a = norm(x + attention(x)), y = norm(a + f(a)), f two dense layers; or the norms first"
    category = "Sequences"
    order = 39
    joins = True
    help = "Attention, then a small network for each step; transformers are stacks of such blocks."
    synonyms = ("encoder layer", "decoder", "gpt", "attention", "self-attention")
    shown = ("heads",)
    options = (
        Option("heads", 4, "Number of attention heads; they share the features evenly.", 1, 256),
        Option("hidden", 128, "Units of the hidden layer of the small network.", 1, 65536),
        Option("causal", False, "Each step sees only itself and the steps before it."),
        Option(
            "norm_first",
            False,
            "Normalise before attention and the small network, not after them; easier to train.",
        ),
        Option("activation", "relu", "Activation of the hidden layer.", choices=("relu", "gelu")),
        Option(
            "dropout", 0.1, "Share of values and of attention weights switched off while training.", 0.0, 0.99
        ),
    )
    samples = (
        ({"heads": 2, "hidden": 7, "dropout": 0.0}, ((5, 6),)),
        ({"heads": 1, "hidden": 17, "dropout": 0.0, "causal": True, "norm_first": True}, ((9, 3),)),
        ({"heads": 2, "hidden": 5, "dropout": 0.0, "activation": "gelu"}, ((1, 6), (1,))),
        ({"heads": 2, "hidden": 6, "dropout": 0.0}, ((4, 6), (4,))),
    )

    def parts(self, options: Options, inputs: Shapes) -> tuple[NodeSpec, ...]:
        if len(inputs[0]) != 2:
            raise SpecError(
                f"TransformerBlock takes a sequence (steps × features), but receives {show_shape(inputs[0])}."
            )
        width, first = inputs[0][1], options["norm_first"]
        mask = tuple(str(i) for i in range(1, len(inputs)))

        def part(name: str, layer: str, *sources: str, **settings: Any) -> NodeSpec:
            return NodeSpec(name, layer, settings, sources)

        drop = {"rate": options["dropout"]}
        attention = {name: options[name] for name in ("heads", "causal", "dropout")}
        inside, middle, hidden = ("norm1", "sum1", "norm2") if first else ("0", "norm1", "norm1")
        parts = [
            part("attention", "multiheadattention", inside, *mask, **attention),
            part("drop1", "dropout", "attention", **drop),
            part("sum1", "add", "0", "drop1"),
            part("dense1", "dense", hidden, units=options["hidden"]),
            part("activation", options["activation"], "dense1"),
            part("drop2", "dropout", "activation", **drop),
            part("dense2", "dense", "drop2", units=width, init="glorot"),
            part("drop3", "dropout", "dense2", **drop),
            part("sum2", "add", middle, "drop3"),
        ]
        if first:
            parts.insert(0, part("norm1", "layernorm", "0"))
            parts.insert(4, part("norm2", "layernorm", "sum1"))
        else:
            parts.insert(3, part("norm1", "layernorm", "sum1"))
            parts.append(part("norm2", "layernorm", "sum2"))
        return tuple(parts)
