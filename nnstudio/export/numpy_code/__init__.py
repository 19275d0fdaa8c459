"""The functions and the text of a predictor that needs NumPy alone."""
