"""Weights that leave: one file per format, and the proof that they predict the same."""
