"""From a network to a Program: buffers, instructions, micro-batches."""
