"""A density sampled: its parts, its program, draws, their judgement; the PyMC twin."""
