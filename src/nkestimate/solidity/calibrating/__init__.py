"""Whether the pipeline finds what it is shown: simulation-based calibration, and a case's own claims left out one by one."""
