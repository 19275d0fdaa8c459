"""One file per family of schedules; each registers itself with `spec.schedules`."""
