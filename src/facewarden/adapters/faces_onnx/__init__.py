"""Faces through ONNX Runtime: models are built, verified and run in here, and nowhere else."""
