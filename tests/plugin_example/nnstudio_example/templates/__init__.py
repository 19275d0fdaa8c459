"""Templates: one JSON file each."""
