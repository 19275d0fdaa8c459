"""The data as a page beside the canvas: the whole table, what its columns are, what the network gets."""
