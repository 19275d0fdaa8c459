"""ReLU, Sigmoid and Tanh: a function applied to each value; value and slope stand side by side."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.spec import Layer, layers
from nnkernels.vmath import sigmoid, tanh


@kernel
def relu_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    x = acts[args[0] + lo * args[2] : args[0] + hi * args[2]]
    y = acts[args[1] + lo * args[2] : args[1] + hi * args[2]]
    for i in range(x.size):
        # Written so that NaN goes through instead of becoming 0.
        y[i] = x[i] * 0 if x[i] < 0 else x[i]


@kernel
def relu_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    y = acts[args[0] + lo * args[3] : args[0] + hi * args[3]]
    dy = grads[args[1] + lo * args[3] : args[1] + hi * args[3]]
    dx = grads[args[2] + lo * args[3] : args[2] + hi * args[3]]
    for i in range(dx.size):
        dx[i] = dy[i] if y[i] > 0 else dy[i] * 0


@kernel
def sigmoid_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    x = acts[args[0] + lo * args[2] : args[0] + hi * args[2]]
    y = acts[args[1] + lo * args[2] : args[1] + hi * args[2]]
    for i in range(x.size):
        y[i] = sigmoid(x[i])


@kernel
def sigmoid_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    y = acts[args[0] + lo * args[3] : args[0] + hi * args[3]]
    dy = grads[args[1] + lo * args[3] : args[1] + hi * args[3]]
    dx = grads[args[2] + lo * args[3] : args[2] + hi * args[3]]
    for i in range(dx.size):
        dx[i] = dy[i] * y[i] * (1 - y[i])


@kernel
def tanh_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    x = acts[args[0] + lo * args[2] : args[0] + hi * args[2]]
    y = acts[args[1] + lo * args[2] : args[1] + hi * args[2]]
    for i in range(x.size):
        y[i] = tanh(x[i])


@kernel
def tanh_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    y = acts[args[0] + lo * args[3] : args[0] + hi * args[3]]
    dy = grads[args[1] + lo * args[3] : args[1] + hi * args[3]]
    dx = grads[args[2] + lo * args[3] : args[2] + hi * args[3]]
    for i in range(dx.size):
        dx[i] = dy[i] * (1 - y[i] * y[i])


class Elementwise(Layer):
    """Base of activations whose slope follows from their value; any shape goes through."""

    category = "Activations"
    samples = (({}, ((5,),)), ({}, ((3, 2, 17),)))
    forward_kernel = relu_forward
    backward_kernel = relu_backward

    def lower(self, node):
        node.forward(self.forward_kernel, node.x[0], node.y, node.size)
        if node.training and node.dx[0] >= 0:
            node.backward(self.backward_kernel, node.y, node.dy, node.dx[0], node.size)


@layers.register
class ReLU(Elementwise):
    """max(x, 0); the slope at 0 is taken as 0, as PyTorch does."""

    id = "relu"
    title = "ReLU"
    order = 40
    help = "Keeps what is positive, sets the rest to zero."
    synonyms = ("rectified linear", "activation", "nonlinearity")
    kinks = (0.0,)

    def reference(self, options, inputs, parameters):
        return np.maximum(inputs[0], 0)


@layers.register
class Sigmoid(Elementwise):
    """1 / (1 + e**-x)"""

    id = "sigmoid"
    title = "Sigmoid"
    order = 41
    help = "Squeezes every value between 0 and 1; reads as a probability."
    synonyms = ("logistic", "activation", "probability")
    forward_kernel = sigmoid_forward
    backward_kernel = sigmoid_backward

    def reference(self, options, inputs, parameters):
        return 1 / (1 + np.exp(-inputs[0]))


@layers.register
class Tanh(Elementwise):
    """The hyperbolic tangent."""

    id = "tanh"
    title = "Tanh"
    order = 42
    help = "Squeezes every value between -1 and 1."
    synonyms = ("hyperbolic tangent", "activation")
    forward_kernel = tanh_forward
    backward_kernel = tanh_backward

    def reference(self, options, inputs, parameters):
        return np.tanh(inputs[0])
