"""Write models of Keras' own, with what they predict: python tests/foreign/write_keras_models.py FOLDER

Those in tests/importing/keras came from it, with Keras 3.15 on PyTorch, their archives packed smaller.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
from keras import layers, ops

out = Path(sys.argv[1])
rng = np.random.default_rng(0)


def save(name, model):
    """With random weights, running statistics too."""
    for weight in model.weights:
        values = rng.normal(size=weight.shape) * 0.4
        positive = "variance" in weight.path or "gamma" in weight.path
        weight.assign((np.abs(values) + 0.3 if positive else values).astype("float32"))
    model.save(out / f"{name}.keras")
    shape = (7, *model.input_shape[1:])
    x = (rng.integers(0, 9, shape) if name in ("text", "masked") else rng.normal(size=shape)).astype(
        "float32"
    )
    given = model.predict(x, verbose=0)
    given = given if isinstance(given, list) else [given]
    np.savez(out / f"{name}.npz", x=x, **{f"y{i}": values for i, values in enumerate(given)})


def dense():
    return keras.Sequential([
        keras.Input((4,)),
        layers.Rescaling(2.0, -0.5),
        layers.Dense(8, activation="relu"),
        layers.BatchNormalization(),
        layers.Dense(3, activation="softmax", name="last"),
    ])  # fmt: skip


def convs():
    return keras.Sequential([
        keras.Input((17, 15, 3)),
        layers.Conv2D(4, 3, strides=2, padding="same", activation="gelu"),
        layers.Conv2D(4, (1, 3), dilation_rate=(1, 2)),
        layers.BatchNormalization(scale=False),
        layers.ReLU(negative_slope=0.1),
        layers.DepthwiseConv2D(3, padding="same", depth_multiplier=2),
        layers.SeparableConv2D(5, 2, activation="tanh"),
        layers.Conv2DTranspose(3, 2, strides=3),
        layers.Conv2DTranspose(2, 3, strides=2, padding="same"),
        layers.MaxPooling2D((2, 1)),
        layers.AveragePooling2D(3, strides=2),
        layers.ZeroPadding2D(((1, 0), (2, 1))),
        layers.Cropping2D(1),
        layers.UpSampling2D(2),
        layers.Flatten(),
        layers.Dense(2),
    ])  # fmt: skip


def functional():
    inputs = keras.Input((6, 4), name="seq")
    x = layers.Bidirectional(layers.LSTM(3, return_sequences=True), name="bi")(inputs)
    x = layers.GRU(6, return_sequences=True)(x)
    x = layers.Add()([x, layers.MultiHeadAttention(2, 3, name="mha")(x, x, use_causal_mask=True)])
    x = layers.LayerNormalization()(x)
    shared = layers.Dense(6, activation="silu", name="shared")
    x = shared(shared(x))
    y = layers.PReLU(shared_axes=[1])(layers.Conv1D(4, 3, padding="causal")(x))
    x = layers.SimpleRNN(5)(layers.Concatenate()([x, y]))
    inner = keras.Sequential(
        [keras.Input((5,)), layers.Dense(4, activation="elu"), layers.Dense(5)], name="inner"
    )
    x = inner(inner(x))
    return keras.Model(
        inputs, [layers.Dense(2, name="p")(x), layers.Dense(1, activation="sigmoid", name="q")(x)]
    )


def backwards():
    inputs = keras.Input((5, 3))
    x = layers.GRU(4, reset_after=False, go_backwards=True, return_sequences=True, name="back")(inputs)
    x = layers.Dense(3, activation="tanh")(x)
    # What reads the last step first, and then reads backwards, begins at the first.
    y = layers.LSTM(2, go_backwards=True, use_bias=False, name="again")(x)
    both = layers.Bidirectional(layers.GRU(3, reset_after=False), name="both")(ops.flip(x, axis=1))
    z = layers.SimpleRNN(3, activation="relu", name="relu")(ops.flip(inputs, axis=1))
    every, last = layers.GRU(2, return_sequences=True, return_state=True, name="states")(inputs)
    w = layers.GlobalMaxPooling1D()(every)
    return keras.Model(inputs, layers.Concatenate()([y, both, z, w, last]))


def crossed():
    inputs = keras.Input((5, 4))
    memory = layers.Conv1D(4, 2)(inputs)
    x = layers.MultiHeadAttention(2, 2, name="cross")(inputs, memory, use_causal_mask=True)
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(x))


def text():
    return keras.Sequential([
        keras.Input((8,)),
        layers.Embedding(9, 6),
        layers.Conv1D(4, 3),
        layers.GlobalMaxPooling1D(),
        layers.Dropout(0.5),
        layers.Dense(3),
    ])  # fmt: skip


def norms():
    inputs = keras.Input((5, 4, 6))
    x = layers.GroupNormalization(3)(inputs)
    x = layers.UpSampling2D((2, 3), interpolation="bilinear")(x)
    x = layers.GroupNormalization(-1, scale=False, epsilon=0.1)(x)
    x = layers.UpSampling2D((1, 2))(layers.Conv2D(4, 3)(x))
    y = layers.GroupNormalization(1, scale=False, center=False)(layers.Reshape((20, 6))(inputs))
    y = layers.GroupNormalization(2)(layers.Dense(4)(layers.GlobalMaxPooling1D()(y)))
    return keras.Model(inputs, [layers.GlobalAveragePooling2D()(x), y])


def masked():
    inputs = keras.Input((8,))
    x = layers.Embedding(9, 6, mask_zero=True, name="words")(inputs)
    return keras.Model(inputs, layers.Dense(3)(layers.LSTM(4, name="lstm")(x)))


def with_code():
    inputs = keras.Input((4,))
    x = layers.Lambda(lambda t: t * 2)(layers.Dense(4)(inputs))
    return keras.Model(inputs, layers.Dense(3)(x))


if __name__ == "__main__":
    for build in (dense, convs, functional, backwards, crossed, text, norms, masked):
        save(build.__name__, build())
    with_code().save(out / "lambda.keras")
