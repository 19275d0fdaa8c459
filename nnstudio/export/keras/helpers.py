"""Text of what generated Keras code needs and Keras lacks; only what a network uses is written."""

from __future__ import annotations

_TRANSPOSED = '''@keras.saving.register_keras_serializable("nnstudio")
class GroupedConv$rankDTranspose(layers.Layer):
    """A transposed convolution for each group of channels, side by side."""

    def __init__(self, filters, kernel_size, groups, name=None, **options):
        super().__init__(name=name)
        self.parts = [
            layers.Conv$rankDTranspose(filters // groups, kernel_size, name=f"group_{i + 1}", **options)
            for i in range(groups)
        ]

    def build(self, shape):
        for part in self.parts:
            part.build((*shape[:-1], shape[-1] // len(self.parts)))

    def call(self, x):
        split = ops.split(x, len(self.parts), axis=-1)
        return ops.concatenate([part(y) for part, y in zip(self.parts, split)], axis=-1)

    def get_config(self):
        options = self.parts[0].get_config()
        kept = ("strides", "padding", "output_padding", "dilation_rate", "use_bias", "kernel_size")
        return {
            "name": self.name,
            "filters": options["filters"] * len(self.parts),
            "groups": len(self.parts),
            **{key: options[key] for key in kept},
        }
'''
HELPERS = {
    "Waves": '''@keras.saving.register_keras_serializable("nnstudio")
class Waves(layers.Layer):
    """Adds sine and cosine of the position to each step (Vaswani et al. 2017)."""

    def call(self, x):
        steps, features = x.shape[1:]
        angle = np.arange(steps)[:, None] / 10000 ** (np.arange(0, features, 2) / features)
        table = np.empty((steps, features))
        table[:, 0::2], table[:, 1::2] = np.sin(angle), np.cos(angle)[:, : features // 2]
        return x + ops.convert_to_tensor(table.astype("float32"))
''',
    "Positions": '''@keras.saving.register_keras_serializable("nnstudio")
class Positions(layers.Layer):
    """Adds a trained vector to each step."""

    def build(self, shape):
        self.positions = self.add_weight(
            shape=shape[1:], initializer=keras.initializers.RandomNormal(stddev=0.02), name="positions"
        )

    def call(self, x):
        return x + self.positions
''',
    "MaskedAttention": '''@keras.saving.register_keras_serializable("nnstudio")
class MaskedAttention(layers.Layer):
    """Attention to the steps of memory: to none where ``seen`` (n, steps) is 0, and, if causal, to none after
    its own.

    A step that may see nothing attends to nothing, and only the bias is left; MultiHeadAttention would let it
    see all.
    """

    def __init__(self, heads, use_bias=True, dropout=0.0, causal=False, name=None):
        super().__init__(name=name)
        self.heads, self.use_bias, self.rate, self.causal = heads, use_bias, dropout, causal
        self.dropout = layers.Dropout(dropout)

    def build(self, x_shape, memory_shape, seen_shape):
        width = x_shape[-1]
        self.query, self.key, self.value, self.attention_output = (
            layers.Dense(width, use_bias=self.use_bias, name=name)
            for name in ("query", "key", "value", "attention_output")
        )
        for part in (self.query, self.key, self.value, self.attention_output):
            part.build(x_shape)

    def call(self, x, memory, seen):
        (steps, width), keys = x.shape[1:], memory.shape[1]
        depth = width // self.heads
        query, key, value = (
            ops.transpose(ops.reshape(y, (-1, y.shape[1], self.heads, depth)), (0, 2, 1, 3))
            for y in (self.query(x), self.key(memory), self.value(memory))
        )
        seen = ops.cast(seen != 0, "float32")[:, None, None, :]
        if self.causal:
            seen = seen * np.tril(np.ones((steps, keys), "float32"))
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) / depth**0.5
        weights = ops.softmax(scores - 1e9 * (1 - seen)) * seen
        attended = ops.matmul(self.dropout(weights), value)
        return self.attention_output(ops.reshape(ops.transpose(attended, (0, 2, 1, 3)), (-1, steps, width)))

    def get_config(self):
        options = {"heads": self.heads, "use_bias": self.use_bias, "dropout": self.rate}
        return {"name": self.name, "causal": self.causal, **options}
''',
    "mean_pool": '''def mean_pool(x, size, strides, border, counted=None):
    """Means over windows of x with zeros around it: those of ``counted`` count in a mean, others do not.

    With padding="same", what Keras gives depends on what it runs on.
    """
    if counted:
        x = ops.pad(x, ((0, 0), *counted, (0, 0)))
    around = ((0, 0), *border, (0, 0))
    ones = ops.pad(ops.ones_like(x[..., :1]), around)
    return ops.average_pool(ops.pad(x, around), size, strides) / ops.average_pool(ones, size, strides)
''',
    "Noise": '''@keras.saving.register_keras_serializable("nnstudio")
class Noise(layers.Layer):
    """Adds noise while training; GaussianNoise takes no deviation above 1."""

    def __init__(self, deviation, name=None):
        super().__init__(name=name)
        self.deviation, self.seed = deviation, keras.random.SeedGenerator()

    def call(self, x, training=False):
        if not training:
            return x
        return x + self.deviation * keras.random.normal(ops.shape(x), seed=self.seed)

    def get_config(self):
        return {"name": self.name, "deviation": self.deviation}
''',
    "GroupedConv1DTranspose": _TRANSPOSED.replace("$rank", "1"),
    "GroupedConv2DTranspose": _TRANSPOSED.replace("$rank", "2"),
}
