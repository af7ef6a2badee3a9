"""Matplotlib's parameters for the time of drawing."""

import matplotlib

from nkestimate.reporting.style import style


def test_a_style_set_elsewhere_changes_nothing():
    """Other libraries set the margins of what is saved, sizes and colours for the whole process."""
    with matplotlib.rc_context({"savefig.bbox": "tight", "font.size": 3, "figure.dpi": 40}):
        with style():
            inside = dict(matplotlib.rcParams)
        assert matplotlib.rcParams["font.size"] == 3
    with style():
        assert {key for key, value in matplotlib.rcParams.items() if value != inside[key]} <= {"backend"}
