"""Data sets and importers: files and formulas become arrays with names, splits and scaling."""
