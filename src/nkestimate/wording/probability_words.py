"""Probability words: the scales of US ICD 203 and UK PHIA, offered side by side and never blended."""

from __future__ import annotations

UNDEFINED = "undefined"  # in place of a word, where there is no probability

# Upper end of each band, and its word.
_ICD203 = (
    (0.05, "almost no chance"), (0.20, "very unlikely"), (0.45, "unlikely"), (0.55, "roughly even chance"),
    (0.80, "likely"), (0.95, "very likely"), (1.0, "almost certain"),
)
# PHIA leaves gaps between its bands: a probability in a gap has no word, and is named by the bands around it.
_PHIA = (
    (0.0, 0.05, "remote chance"), (0.10, 0.20, "highly unlikely"), (0.25, 0.35, "unlikely"), (0.40, 0.50, "realistic possibility"),
    (0.55, 0.75, "likely or probable"), (0.80, 0.90, "highly likely"), (0.95, 1.0, "almost certain"),
)


def words(probability: float, scale: str = "icd203") -> str:
    """Return the word for a probability.

    Parameters
    ----------
    probability : float
        In [0, 1].
    scale : str
        ``icd203`` or ``phia``.

    Returns
    -------
    str
        Such as ``likely``; on PHIA's scale, between two bands, ``between unlikely and realistic possibility``.

    References
    ----------
    ICD 203, Analytic Standards (US Director of National Intelligence, 2015); PHIA probability yardstick (UK
    Professional Head of Intelligence Assessment, 2019).

    Examples
    --------
    >>> words(0.71)
    'likely'
    """
    if not 0 <= probability <= 1:
        raise ValueError(f"a probability of {probability}")
    if scale == "icd203":
        # ICD 203 begins at 1 and ends at 99 percent; what lies beyond takes the outer words.
        return next(word for upper, word in _ICD203 if probability <= upper)
    for low, high, word in _PHIA:
        if low <= probability <= high:
            return word
    below = next(word for _, high, word in reversed(_PHIA) if high < probability)
    above = next(word for low, _, word in _PHIA if low > probability)
    return f"between {below} and {above}"
