"""Units in words: ``USD per person per year``, ``people``, ``%``."""

from __future__ import annotations

from functools import cache

from nkestimate.printed.notation import SCALES

_SUPERSCRIPT = str.maketrans("0123456789-.", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻·")
_PLURAL = {"person": "people"} | {
    word: word + "s" for word in ("tonne", "metre", "year", "month", "day", "hour", "week", "litre", "kilometre", "soldier", "shell")
}


@cache
def unit_words(text: str, space: str = "\u00a0", *, plural: bool = True) -> str:
    """Write a unit in words.

    Parameters
    ----------
    text : str
        As the case writes it.
    space : str
        In place of the underscores of a name.
    plural : bool
        As it stands behind a number other than 1.

    Examples
    --------
    >>> unit_words("USD/person/year"), unit_words("million USD"), unit_words("percent"), unit_words("thousand person")
    ('USD per person per year', 'million USD', '%', 'thousand people')
    """
    from nkestimate.case.units import powers_of  # reading cases takes long to import, and `--help` writes no unit

    try:
        powers = powers_of(text.replace("%", " percent ").strip())
    except Exception:  # pint raises many kinds; what it cannot read is shown as it stands
        return text.replace("_", " ")
    scales = {name: powers.pop(name) for name in list(powers) if name in SCALES}

    def word(name: str, power: float, *, many: bool) -> str:
        said = (_PLURAL.get(name, name) if many else name).replace("_", space)
        return said if power == 1 else said + f"{power:g}".translate(_SUPERSCRIPT)

    many = plural or bool(scales)
    over = [word(name, p, many=many) for name, p in powers.items() if p > 0]
    under = [word(name, -p, many=False) for name, p in powers.items() if p < 0]
    parts = [*(word(name, p, many=False) for name, p in scales.items()), "·".join(over), *(f"per {name}" for name in under)]
    words = " ".join(filter(None, parts))
    return "%" if words == "percent" else words


def split_scale(text: str) -> tuple[str, str]:
    """Return a unit's scale word, if it begins with one, and the rest."""
    first, _, rest = text.strip().replace("%", "percent").partition(" ")
    return (first, rest) if first in SCALES else ("", text.strip().replace("%", "percent"))


def with_unit(figures: str, words: str, percent: str = "%") -> str:
    """Put a unit in words behind figures."""
    return figures + percent if words == "%" else f"{figures} {words}" if words else figures
