"""The numba compute core: layers, losses and optimizers, and the machine that runs them.

Knows nothing of Qt or of the studio. Importing this package, its registries and its layer files
loads no numba; compilation starts when the first plan is made.
"""
