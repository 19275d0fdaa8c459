"""ONNX: a graph that every runtime opens, without Python."""
