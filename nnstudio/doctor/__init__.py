"""The doctor: what keeps a network from learning, with evidence and remedies. Knows no Qt."""
