"""The text of a model and its training loop in PyTorch, and the layout of its weights."""
