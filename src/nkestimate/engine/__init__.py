"""Straight-line programs of scalar operations, their compiled kernel, and NUTS on it; it knows nothing of statistics."""
