"""Drawing from a density: the fast kernel, the PyMC model, modes and their evidence, diagnostics."""
