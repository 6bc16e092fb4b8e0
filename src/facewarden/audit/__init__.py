"""The audit log's mathematics: leaves, tree, tiles, checkpoints, proofs and the checker.

Pure: bytes in, bytes or a verdict out. It never opens a file, asks for the time, or imports any room but domain and
errors, so that an outsider can check a log with this package and `cryptography` alone.
"""
