"""A desktop studio in which a person draws a neural network, watches it learn and takes it away."""

__version__ = "0.1.0"
