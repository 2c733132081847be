"""Proofs about the log: hash tree, signed checkpoints, bundles that somebody without this package can check."""
