"""What another package can add to nnstudio: one module for each thing."""
