"""The text of a C99 header that predicts."""
