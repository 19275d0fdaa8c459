"""Tables of samples: what their columns are, and how they become numbers."""
