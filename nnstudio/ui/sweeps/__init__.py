"""Sweeps in the window: what is varied, how it goes, and which setting came out best."""
