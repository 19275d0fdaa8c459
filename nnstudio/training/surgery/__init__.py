"""What becomes of trained arrays when the network around them is edited."""
