"""One file per optimizer; each registers itself with `spec.optimizers`."""
