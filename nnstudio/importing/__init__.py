"""Networks of other programs as graphs of nnstudio's layers; a file here adds an importer."""
