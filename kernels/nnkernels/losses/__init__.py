"""One file per loss; each registers itself with `spec.losses`."""
