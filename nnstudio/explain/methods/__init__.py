"""One file for each method of explaining."""
