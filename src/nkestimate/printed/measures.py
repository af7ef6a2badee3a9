"""Units and periods in printed words: what stands behind a number, with its name in a case file.

Names are such as a case file reads as what the words mean: a barrel is oil's, a ton any ton (`agreement` allows for all three),
calories are kilocalories, as the press counts them.
"""

from __future__ import annotations

import re
from types import MappingProxyType

from nkestimate.printed.vocabulary import words_of

_PREFIXES = MappingProxyType({"kilo": "k", "mega": "M", "giga": "G", "tera": "T", "peta": "P"})


def _prefixed(stem: str, symbol: str, prefixes: str = "kilo mega giga tera") -> dict[str, str]:
    """Return forms of a unit with prefixes: kilowatt-hours and kWh."""
    return {rf"{prefix}{stem}s?\b|{_PREFIXES[prefix]}{symbol}\b": f"{_PREFIXES[prefix]}{symbol}" for prefix in prefixes.split()}


UNIT_WORDS = MappingProxyType({
    r"%|％|per\s*cent\b|pct\b|percent\b|percentage[\s-]points?\b|pp\b": "percent",
    r"basis\spoints?\b|bps\b|bp\b": "basis point",
    r"parts\sper\smillion\b|ppm\b": "ppm", r"parts\sper\sbillion\b|ppb\b": "ppb",
    **_prefixed(r"watt[\s-]?hour", "Wh"), r"watt[\s-]?hours?\b|Wh\b": "Wh",
    r"kwh\b": "kWh", r"mwh\b": "MWh", r"gwh\b": "GWh", r"twh\b": "TWh",
    r"kilowatts?\b|[kK]W\b|kw\b": "kilowatt", r"megawatts?\b|MW\b": "megawatt", r"gigawatts?\b|GW\b": "gigawatt",
    r"terawatts?\b|TW\b": "TW",
    r"watts?\b": "watt", **_prefixed("joule", "J", "kilo mega giga tera peta"), r"joules?\b": "joule",
    r"(?:million\s|m|mm)(?:British\sthermal\sunits|[Bb][Tt][Uu])\b": "million BTU", r"British\sthermal\sunits\b|Btus?\b|BTUs?\b": "BTU",
    r"(?:kilo)?calories?\b|kcals?\b": "kcal", r"horsepower\b|hp\b": "hp", **_prefixed("volt", "V", "kilo"), r"volts?\b": "volt",
    r"(?:giga|G)(?:hertz|Hz)\b": "GHz", r"(?:mega|M)(?:hertz|Hz)\b": "MHz", r"(?:kilo|k)(?:hertz|Hz)\b": "kHz", r"hertz\b|Hz\b": "hertz",
    r"terabits?\sper\ssecond\b|Tbps\b|Tbit/s": "terabit/second", r"gigabits?\sper\ssecond\b|Gbps\b|Gbit/s|Gb/s": "gigabit/second",
    r"megabits?\sper\ssecond\b|Mbps\b|Mbit/s|Mb/s": "megabit/second",
    r"petabytes?\b|PB\b": "petabyte", r"terabytes?\b|TB\b": "terabyte", r"gigabytes?\b|GB\b": "gigabyte", r"megabytes?\b|MB\b": "megabyte",
    r"kilobytes?\b|[kK]B\b": "kilobyte", r"bytes\b": "byte", r"gigabits?\b": "gigabit", r"megabits?\b": "megabit",
    r"km/h\b|kmh\b|kph\b|km\s?per\shour\b|kilomet(?:re|er)s\san\shour\b": "km/hour", r"mph\b": "mile/hour", r"knots?\b|kn\b": "knot",
    r"(?:nautical|sea)\smiles?\b|nm\b|nmi\b": "nautical_mile",
    r"kilomet(?:re|er)s?\b|kms?\b|[Kk]m\b": "km", r"met(?:re|er)s?\b|m\b(?!\.)": "metre", r"centimet(?:re|er)s?\b|cm\b": "cm",
    r"millimet(?:re|er)s?\b|mm\b": "mm", r"micromet(?:re|er)s?\b|microns?\b|[µμ]m\b": "micrometer", r"nanomet(?:re|er)s?\b": "nanometer",
    r"miles?\b|mi\b": "mile", r"yards?\b|yds?\b": "yard", r"feet\b|foot\b|ft\b": "foot", r"inch(?:es)?\b": "inch", r"fathoms?\b": "fathom",
    r"bcm\b": "billion metre**3", r"mcm\b": "million metre**3", r"cubic\scentimet(?:re|er)s?\b|cc\b": "cm**3",
    r"(?:metric\s)?tonnes?\b|(?:metric\s|short\s|long\s)?tons?\b|t\b(?!\.)|MT\b|mt\b": "tonne",
    r"kilotons?\b|kilotonnes?\b|kt\b": "thousand tonne", r"megatons?\b|megatonnes?\b|Mt\b": "million tonne",
    r"gigatons?\b|gigatonnes?\b|Gt\b": "billion tonne",
    r"kilograms?\b|kilogrammes?\b|kilos?\b|kgs?\b": "kg", r"milligrams?\b|milligrammes?\b|mg\b": "mg",
    r"micrograms?\b|[µμ]g\b|mcg\b": "microgram", r"nanograms?\b|ng\b": "nanogram", r"gram(?:me)?s?\b|g\b": "gram",
    r"(?:troy\s(?:ounces?|oz)|(?:fine\s)?(?:ounces?|oz)(?=\s(?:of\s)?(?:fine\s)?(?:gold|silver|platinum|palladium)\b))": "troy_ounce",
    r"ounces?\b|oz\b": "ounce", r"lbs?\b": "pound", r"stones?\b(?=[,.;\s])": "stone", r"carats?\b": "carat",
    r"hectolit(?:re|er)s?\b|hl\b": "hectolitre", r"millilit(?:re|er)s?\b|ml\b": "millilitre",
    r"lit(?:re|er)s?\b": "litre", r"imperial\sgallons?\b": "imperial_gallon", r"gallons?\b": "gallon", r"bushels?\b": "bushel",
    r"(?:bpd|b/d|bbl/d)\b": "oil_barrel/day", r"barrels?\b|bbls?\b": "oil_barrel", r"acres?\b": "acre", r"hectares?\b|ha\b": "hectare",
    r"becquerels?\b|Bq\b": "Bq", r"millisieverts?\b|mSv\b": "mSv", r"microsieverts?\b|[µμ]Sv\b": "microsievert", r"sieverts?\b|Sv\b": "Sv",
    r"hectopascals?\b|hPa\b": "hectopascal", r"millibars?\b|mbar\b": "millibar", r"bars?\b(?=\sof\spressure)"
    r"|(?<!one )(?<!-)bar\b(?!\s(?!(?:and|or|in|at|to|on|is|was|for|when|after|by|above|below)\b)[a-z])": "bar",
    r"psi\b": "psi",
    r"milliseconds?\b|ms\b": "millisecond", r"seconds?\b|secs?\b": "second", r"minutes?\b|mins?\b": "minute", r"hours?\b|hrs?\b": "hour",
    r"days?\b": "day", r"weeks?\b": "week", r"fortnights?\b": "fortnight", r"months?\b": "month", r"years?\b|yrs?\b": "year",
    r"decades\b": "decade", r"centuries\b": "century",
    r"(?:degrees?\s|°\s?)(?:C|Celsius|centigrade)\b|(?<=\d)C\b": "degC",
    r"(?:degrees?\s|°\s?)(?:F|Fahrenheit)\b|(?<=\d)F\b": "degF", r"degrees?\b|°": "degree",
    r"decibels?\b|dBA?\b": "decibel", r"times\b": "times"})
"""Words of units (regular expressions) behind a number, with their names in a case file."""
NO_UNITS = frozenset({"decibel", "degree"})
"""Names of what no case file can state: a level on a logarithmic scale, a degree of who knows what."""
PARTS_OF = MappingProxyType({"basis point": ("percent", -2), "ppb": ("ppm", -3), "decade": ("year", 1)})
"""Units that a case file does not know, with one that it does and the power of ten between them."""
SUBDIVIDED = MappingProxyType({
    ("year", "month"): 12, ("week", "day"): 7, ("day", "hour"): 24, ("hour", "minute"): 60, ("minute", "second"): 60, ("foot", "inch"): 12,
    ("pound", "ounce"): 16, ("stone", "pound"): 14})
"""Units that one figure is stated in together, with how many of the second make one of the first."""
PERIODS = MappingProxyType({
    "month": r"(?:a|per|each|every|every\ssingle)\s*month\b|monthly\b|/\s?month\b|/mo\b",
    "year": r"(?:a|per|each|every)\syear\b|per\sannum\b|annually\b|yearly\b|a\syear\b|/\s?(?:year|yr)\b|p\.a\.",
    "week": r"(?:a|per|each|every)\sweek\b|weekly\b|/\s?week\b",
    "day": r"(?:a|per|each|every)\sday\b|daily\b|/\s?d(?:ay)?\b",
    "hour": r"(?:an|per|each|every)\shour\b|hourly\b|/\s?h(?:our)?\b",
    "minute": r"(?:a|per|each|every)\sminute\b|/\s?min(?:ute)?\b",
    # "Fired a second time": only where the phrase ends behind it.
    "second": r"(?:per\ssecond\b|/\s?s(?:ec(?:ond)?)?\b"
              r"|(?:a|every)\ssecond\b(?=[,.;:)]|$|\s(?:in|at|of|when|and|to|from|for|during|through|by)\b))",
    "person": r"(?:a|per|for\seach|for\severy)\s(?:head|person|soldier|capita|man|fighter|worker|recruit)\b",
    "": r"(?:each|apiece)\b"})
"""What a number is per (regular expressions behind it); of ``each`` nobody knows what."""

GAP = r"(?:[^\S\n]++\n?[^\S\n]*+|\n[^\S\n]*+)"
"""Whitespace within a paragraph: a run of spaces, or the end of a line with what stands round it."""


def spaced(form: str) -> str:
    """Return a form in which a whitespace between words may be any run of it; an optional one also the two letters that end a line."""
    form = form.replace(r"[\s-]", r"(?:\s|-)").replace(r"\s?", r"(?:\r\n|[\s])?")
    return re.sub(r"(?<!\[)\\s(?![+*\]])", lambda _: GAP, form)


def form_of(form: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """Return a form compiled, whitespace in it read as `spaced` does."""
    return re.compile(spaced(form), flags)


_WORDS = "|".join(f"(?P<u{i}>{words})" for i, words in enumerate(UNIT_WORDS))
_UNIT_BEHIND = form_of(GAP + f"?[-‐‑]?(?:{_WORDS})")
_UNIT_HERE = form_of(f"(?:{_WORDS})".replace(r"(?!\.)", ""))
_NAMES = tuple(UNIT_WORDS.values())
# A raised figure is a letter to regular expressions: no word ends before it.
_POWERED_WORDS = r"(?P<symbol>km|cm|mm|m|ft|mi)(?P<raised>[²³]|\^?[23])(?!\w)"
_POWERED, _POWERED_HERE = form_of(rf"{GAP}?{_POWERED_WORDS}"), re.compile(_POWERED_WORDS)
_SYMBOLS = {"m": "metre", "ft": "foot", "mi": "mile"}
_SQUARE_WORDS = r"(?P<power>square|cubic|sq\.?|cu\.?)[\s-](?P<unit>kilomet(?:re|er)s?|met(?:re|er)s?|miles?|feet|foot|km|m|ft|yards?)\b"
_SQUARE = form_of(rf"{GAP}?-?{_SQUARE_WORDS}", re.IGNORECASE)
_SQUARE_HERE = form_of(_SQUARE_WORDS, re.IGNORECASE)
_LENGTHS = {"k": "km", "me": "metre", "m": "metre", "mi": "mile", "f": "foot", "y": "yard"}
# "800,000 a month earlier" is a number at another time, not a rate.
_NO_RATE = r"(?!\s(?:earlier|later|ago|before|after|previously|prior|ahead|sooner|older?|longer|on)\b)"
_PERIOD_WORDS = "|".join(f"(?P<p{i}>{words})" for i, words in enumerate(PERIODS.values()))
_PER_BEHIND = form_of(GAP + "{0,2}(?:" + _PERIOD_WORDS + ")" + _NO_RATE, re.IGNORECASE)
_PER_UNIT = form_of(r"\s(?:per|each|every)\s|(?P<loose>\san?\s)|\s?(?P<stroke>/)\s?")
# Behind "a" or "an" only what amounts are commonly stated for.
_LOOSE = words_of(
    "tonne kg gram pound ounce troy_ounce litre gallon imperial_gallon oil_barrel bushel hectare acre mile km MWh kWh GWh kilowatt "
    "megawatt metre metre**2 metre**3 foot**2 foot**3 km**2 mile**2 carat")
_NO_PER = frozenset(["percent", "times", "degree", "second", *PARTS_OF, *NO_UNITS])
_LATER = form_of(_NO_RATE)
_OF_WHAT = form_of(r"\sof(?:\s[A-Za-z][\w’'-]*){1,3}?(?=\s(?:an?|per|each|every)\s)")
# "14.9 kWh per 100 km": a round number of units, which the value is divided by.
_PER_ROUND = form_of(r"\s(?:per|for\severy|every)\s(?P<many>10{1,3}|10{0,2},000|(?:a\s)?(?:hundred|thousand))(?=[\s-])")
_ROUND = MappingProxyType({"hundred": 2, "thousand": 3})
_CARRIED = form_of(r"\s?(?:per|/|a|an)\s(?P<what>passenger|person|tonne|ton)[\s-](?P<how>kilomet(?:re|er)|km|mile)\b", re.IGNORECASE)
_POUND = form_of(r"\s(?:per|a|each|every)\spound\b(?!\s(?:sterling|spent|raised|earned|invested))")
_OF_UNIT = form_of(r"\sof(?=\s)|(?:\sof)?\san?(?=\s)")


# "1.9 degrees above the mean" is a difference, in the scale that the text names elsewhere; "38 degrees north" is none.
_DEGREES_APART = form_of(
    r"\s(?:(?:above|below)(?!\s(?:zero|freezing))|(?:warmer|cooler|hotter|colder|higher|lower)(?=\s(?:than|on)\b))", re.IGNORECASE)
_BEARING = form_of(r"\s?(?:[NSEW]\b|\d|north|south|east|west|latitude|longitude|angle)", re.IGNORECASE)
_SCALES = MappingProxyType({
    "degC": form_of(r"(?:°\s?|\d)C\b|\b(?:degrees?\s)?(?:Celsius|centigrade)\b"), "degF": form_of(r"(?:°\s?|\d)F\b|\bFahrenheit\b")})
# As far as a text is searched for its scale of temperatures.
_FURTHEST = 2000


def degrees(text: str, unit: str, end: int) -> str:
    """Return the unit of degrees that end at ``end``: differences of temperature, and the scale that the text has elsewhere."""
    apart = bool(_DEGREES_APART.match(text, end))
    if unit == "degree" and (apart or text[end - 1] == "°") and not _BEARING.match(text, end):
        near = text[max(0, end - _FURTHEST) : end + _FURTHEST]
        named = [name for name, form in _SCALES.items() if form.search(near)]
        unit = named[0] if len(named) == 1 else unit
    return f"delta_{unit}" if apart and unit in _SCALES else unit


def unit_behind(text: str, end: int) -> tuple[str, int]:
    """Return the unit that stands behind ``end``, with where it ends; nothing where none does."""
    return _unit(text, end, _SQUARE, _POWERED, _UNIT_BEHIND)


def unit_of(text: str, end: int) -> tuple[str, int]:
    """Return the unit behind ``of`` or ``a``: half a kilometre, hundreds of hectares."""
    of = _OF_UNIT.match(text, end)
    name, behind = unit_behind(text, of.end()) if of else ("", end)
    return (name, behind) if name and name not in ("times", "percent", "degree") else ("", end)


def _unit(text: str, at: int, square: re.Pattern[str], powered: re.Pattern[str], form: re.Pattern[str]) -> tuple[str, int]:
    if match := square.match(text, at):
        word = match["unit"].lower()
        return f"{_LENGTHS.get(word[:2]) or _LENGTHS[word[0]]}**{3 if match['power'].lower().startswith('cu') else 2}", match.end()
    if match := powered.match(text, at):
        return f"{_SYMBOLS.get(match['symbol'], match['symbol'])}**{3 if match['raised'][-1] in '³3' else 2}", match.end()
    match = form.match(text, at)
    if not match:
        return "", at
    if match[0][-1].isalpha() and text[match.end() : match.end() + 1].isalnum():
        return "", at
    return _NAMES[next(i for i in range(len(_NAMES)) if match[f"u{i}"])], match.end()


def per_behind(text: str, end: int, measured: bool) -> tuple[tuple[str, ...], int]:
    """Return what a number is per, and where that ends; of what is ``measured`` (money, a unit) any unit counts, else periods and heads."""
    names: list[str] = []
    while True:
        name, behind = _one_per(text, end, measured)
        if behind == end:
            return tuple(names), end
        names += [name] if name else []
        end = behind


def _one_per(text: str, end: int, measured: bool) -> tuple[str, int]:
    if match := _PER_BEHIND.match(text, end):
        return list(PERIODS)[next(i for i in range(len(PERIODS)) if match[f"p{i}"])], match.end()
    if not measured:
        return "", end
    if match := _CARRIED.match(text, end):
        what, how = match["what"].lower(), match["how"].lower()
        return f"{'person' if what in ('passenger', 'person') else 'tonne'}/{'mile' if how == 'mile' else 'km'}", match.end()
    if match := _POUND.match(text, end):
        return "pound", match.end()
    if match := _PER_ROUND.match(text, end):
        name, behind = unit_behind(text, match.end())
        many = match["many"].split()[-1]
        power = _ROUND.get(many) or many.count("0")
        return (f"{10**power} {name}", behind) if name and name not in _NO_PER and "/" not in name and " " not in name else ("", end)
    match = _PER_UNIT.match(text, end)
    if not match:
        return "", end
    name, behind = _unit(text, match.end(), _SQUARE_HERE, _POWERED_HERE, _UNIT_HERE)
    wrong = not name or "/" in name or " " in name or name in _NO_PER
    if wrong or (match["loose"] and (name not in _LOOSE or not _LATER.match(text, behind))):
        return "", end
    return name, behind


def per_behind_what(text: str, end: int) -> tuple[tuple[str, ...], int]:
    """Return what an amount is per, what it is of standing between: tonnes of ore a day."""
    per, behind = per_behind(text, end, True)
    if per or behind > end:
        return per, behind
    of = _OF_WHAT.match(text, end)
    per, behind = per_behind(text, of.end(), True) if of else ((), end)
    return (per, behind) if per else ((), end)
