"""What becomes of trained arrays when the network around them is edited; pure functions over layouts and arrays."""
