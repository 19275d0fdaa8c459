"""The text of a model and its training loop in Keras 3, and the layout of its weights."""
