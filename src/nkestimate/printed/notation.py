"""Numbers as people write them: digits, scale words, magnitudes, and the precision they imply."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from functools import lru_cache
from types import MappingProxyType

from nkestimate.printed.number_words import in_digits

SCALES = MappingProxyType(
    {"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
)
"""Scale words that may follow a number or begin a unit."""

_DIGITS = r"(?:\d[\d_]*(?:\.[\d_]*)?|\.\d[\d_]*)(?:[eE][+-]?\d+)?"
_NUMBER = re.compile(
    rf"(?P<digits>[+-]?{_DIGITS})(?:(?: */ *| +in +| +out +of +)(?P<parts>{_DIGITS}))?(?P<rest>(?![\d_.]).*)", re.DOTALL | re.ASCII
)
_LARGEST = 1e100
_LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Number:
    """A number as written.

    Attributes
    ----------
    text : str
        The spelling in the file.
    value : float
        Its value, scale word included, before any unit.
    half_unit : float or None
        Half a unit of the last significant digit as written (trailing zeros are not significant), of ``1/3`` and ``1 in 5``
        that of the number above the line; None for zero.
    unit : str or None
        A unit written behind the number, if any.
    """

    text: str
    value: float
    half_unit: float | None
    unit: str | None = None


@lru_cache(maxsize=4096)  # a case is read again for each of its scenarios
def parse_number(text: str) -> Number:
    """Read one number: ``1.7e9``, ``1_700_000_000``, ``1.7 billion``, ``100 percent``, ``1/3``, ``1 in 5``, ``half a million``, ``eighty``.

    Raises
    ------
    ValueError
        If ``text`` is no number.

    Examples
    --------
    >>> parse_number("3 billion").half_unit
    500000000.0
    >>> parse_number("0.30").half_unit
    0.05
    >>> parse_number("11000").half_unit
    500.0
    >>> parse_number("1 in 5").value, parse_number("a quarter").value
    (0.2, 0.25)
    """
    written = text.strip()
    match = _NUMBER.fullmatch(in_digits(written) or written)
    text = text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…"
    if not match:
        raise ValueError(f"'{text}' is not a number")
    digits, parts = _decimal(match["digits"], text), _decimal(match["parts"] or "1", text)
    if not parts:
        raise ValueError(f"'{text}' divides by 0: it is not a number")
    words = match["rest"].replace("%", " percent ").split()
    scale = Decimal(1)
    if words and words[0] in SCALES:
        scale = Decimal(int(SCALES[words.pop(0)]))
    if words and not re.match(r"[A-Za-zµ°]", words[0]):
        raise ValueError(f"'{text}' is not a number")
    half_unit = _half_unit(digits, scale)
    return Number(text.strip(), float(digits * scale / parts), half_unit and half_unit / float(parts), " ".join(words) or None)


def is_part(text: str) -> bool:
    """Return whether a number is written as a part of something: ``1/3``, ``1 in 5``, ``a quarter``, ``½``.

    Examples
    --------
    >>> is_part("1 in 5"), is_part("two thirds"), is_part("½"), is_part("half a million"), is_part("0.2")
    (True, True, True, False, False)
    """
    match = _NUMBER.fullmatch(in_digits(text.strip()) or text.strip())
    return match is not None and (match["parts"] is not None or any(sign in text for sign in "½¼¾"))


def _decimal(written: str, text: str) -> Decimal:
    try:
        digits = Decimal(written.replace("_", ""))
    except DecimalException:
        raise ValueError(f"'{text}' is too large or too small a number") from None
    if digits and not 1 / _LARGEST < abs(digits) < _LARGEST:  # beyond these, products of a few overflow
        raise ValueError(f"'{text}' is too large or too small a number")
    return digits


def _half_unit(digits: Decimal, scale: Decimal) -> float | None:
    if digits == 0:
        return None
    exponent = digits.normalize().as_tuple().exponent
    assert isinstance(exponent, int)  # a finite decimal
    return float(Decimal(5).scaleb(exponent - 1) * scale)


# Ranges that a phrase of magnitude is read as; documented in docs/writing-a-case.md.
_WORD_VALUES = MappingProxyType({"dozen": 12.0, "hundred": 1e2, **SCALES})
_SEVERAL = MappingProxyType({"several": (3.0, 9.0), "a few": (2.0, 5.0), "a couple of": (1.5, 3.0)})
_MANY = MappingProxyType({"tens": (20.0, 90.0), "dozens": (24.0, 96.0), "scores": (40.0, 180.0)})
_PARTS = MappingProxyType({"low": (1.0, 4.0), "mid": (4.0, 6.0), "high": (6.0, 9.0)})
_DIGIT_WORDS = MappingProxyType({"single digits": (1.0, 9.0), "double digits": (10.0, 99.0), "triple digits": (100.0, 999.0)})
_SAID = ((r"in the ", ""), (r"(a )?couple (of )?(?=\S)", "a couple of "), (r"few ", "a few "),
         (r"(single|double|triple)[- ]digits?$", r"\1 digits"))


def magnitudes() -> dict[str, tuple[float, float]]:
    """Return every phrase that ``magnitude:`` understands, with the range it is read as."""
    table = {**_MANY, **_DIGIT_WORDS, "several": _SEVERAL["several"], "a few": _SEVERAL["a few"]}
    for word, value in _WORD_VALUES.items():
        if word != "dozen":
            table[f"{word}s"] = (2 * value, 9 * value)
            table |= {f"{part} {word}s": (low * value, high * value) for part, (low, high) in _PARTS.items()}
        for span, (low, high) in _SEVERAL.items():
            table[f"{span} {word}"] = (low * value, high * value)
            if word in SCALES:
                for tens, ten in (("tens of", 10), ("hundred", 100), ("hundreds of", 100)):
                    table[f"{span} {tens} {word}{'s' * tens.endswith('of')}"] = (ten * low * value, ten * high * value)
        if word in SCALES:
            table |= {f"{many} of {word}s": (low * value, high * value) for many, (low, high) in _MANY.items()}
            table[f"hundreds of {word}s"] = (200 * value, 900 * value)
    return table


def parse_magnitude(text: str) -> tuple[float, float]:
    """Read a phrase such as ``several hundred million`` as a range.

    Raises
    ------
    ValueError
        If the phrase is not in the table of `magnitudes`.
    """
    phrase = " ".join(text.lower().split()).removesuffix(" of")
    for form, said in _SAID:
        phrase = re.sub(f"^(?:{form})", said, phrase)
    table = magnitudes()
    for spelling in (phrase, phrase.removesuffix("s") if " " in phrase else phrase):  # "several millions", too
        if spelling in table:
            return table[spelling]
    raise ValueError(f"'{text}' is no magnitude this format knows")
