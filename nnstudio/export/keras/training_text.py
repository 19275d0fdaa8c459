"""The text of train.py; ``$names`` are filled in by `training`."""

from __future__ import annotations

TRAIN = '''"""Train the network with Keras.

    python train.py data.csv

$about
"""

import argparse
import csv
from pathlib import Path

import keras
import numpy as np
from keras import ops
from safetensors.numpy import save_file

import model as network

EPOCHS = $epochs
BATCH_SIZE = $batch_size
LEARNING_RATE = $rate
SEED = $seed
$constants
$losses

def make_optimizer(rate):
    return $optimizer

$functions
$read


def main():
$options

    keras.utils.set_random_seed(SEED)
    x, y = read_data(options.data)
    model = network.load() if options.go_on else network.build()
$prepare_model    steps = -(-len(x) // options.batch_size)
    rate = $schedule
    model.compile(optimizer=make_optimizer(rate), loss=$compiled)
    judged = read_data(options.validation) if options.validation else None
    watched = "val_loss" if judged else "loss"
    model.fit(
        x, y, batch_size=options.batch_size, epochs=options.epochs, validation_data=judged, verbose=2,
        callbacks=[$callbacks],
    )
    weights = {v.path: np.ascontiguousarray(ops.convert_to_numpy(v)) for v in model.weights}
    save_file(weights, options.out)
    print(f"The weights are in {options.out}; model.load('{options.out}') takes them.")


if __name__ == "__main__":
    main()
'''
# The losses of a batch: each sample's, whose mean Keras takes.
LOSSES = {
    "softmax_cross_entropy": '''def $name(y, output):
    """Of class numbers; the network gives $gives."""
    right = ops.one_hot(ops.cast(y[:, 0], "int32"), output.shape[-1])$smoothed
    return -ops.sum(right * $logs, axis=-1)$weights
''',
    "binary_cross_entropy": '''def $name(y, output):
    """Of classes 0 and 1; the network gives $gives."""
    return ops.binary_crossentropy(y, output$logits)[:, 0]$weights
''',
    "hinge": '''def $name(y, output):
    """How far each wrong class comes within a margin of the right one, by the number of classes."""
    right = ops.one_hot(ops.cast(y[:, 0], "int32"), output.shape[-1])
    score = ops.sum(right * output, axis=-1, keepdims=True)
    lost = ops.relu($margin - score + output) * (1 - right)
    return ops.sum(lost, axis=-1) / output.shape[-1]$weights
''',
    "kl_divergence": '''def $name(y, output):
    """From the targets' distribution to the network's."""
    return ops.sum(y * (ops.log(ops.maximum(y, 1e-9)) - $logs), axis=-1)
''',
}
SUM = '''def sum_of_errors(y, output):
    """The errors of a sample, added."""
    return ops.sum($each, axis=-1)
'''
WEIGHT_OF = '''def weight_of(y):
    """What the samples of a batch count; a mean of 1."""
    weights = ops.take(ops.convert_to_tensor(CLASS_WEIGHTS), ops.cast(y[:, 0], "int32"))
    return weights / ops.mean(weights)
'''
PENALISED = '''
class Penalised(keras.Model):
    """A model whose weights are pulled towards zero."""

    def compute_loss(self, *args, **kwargs):
        return super().compute_loss(*args, **kwargs) + sum($terms for p in self.trainable_variables)

'''
SCHEDULE = '''
class Schedule(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate at a step."""

    def __init__(self, rate, per_epoch, total):
        self.rate, self.per_epoch, self.total = rate, per_epoch, total

    def __call__(self, step):
        step = ops.cast(step, "float32")
        return self.rate * ($factor)

    def get_config(self):
        return {"rate": self.rate, "per_epoch": self.per_epoch, "total": self.total}

'''
MAX_NORM = """    for layer in model.layers:
        for weight in layer.trainable_weights:
            if len(weight.shape) > 1:
                # Into each unit, which is the last axis but in transposed convolutions.
                unit = len(weight.shape) - (2 if "Transpose" in type(layer).__name__ else 1)
                axes = [axis for axis in range(len(weight.shape)) if axis != unit]
                weight.constraint = keras.constraints.MaxNorm(MAX_NORM, axes)
"""
