"""The words of numbers: cardinals, scales, ordinals, fractions, currencies, people."""

from __future__ import annotations

from types import MappingProxyType

from nkestimate.printed import number_words


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


# ---------------------------------------------------------------- numbers

SMALL = MappingProxyType({**number_words.SMALL, "nil": 0})
TENS = number_words.TENS
POWERS = MappingProxyType({"hundred": 10**2, "thousand": 10**3, "lakh": 10**5, "million": 10**6, "crore": 10**7, "milliard": 10**9,
                           "billion": 10**9, "trillion": 10**12})
SHORT_POWERS = MappingProxyType({
    "k": 10**3, "thd": 10**3, "m": 10**6, "mn": 10**6, "mln": 10**6, "mil": 10**6, "mio": 10**6, "b": 10**9, "bn": 10**9, "bln": 10**9,
    "mrd": 10**9, "mld": 10**9, "tn": 10**12, "trn": 10**12, "tln": 10**12})
# After an amount of money these are scales; elsewhere they are as often metres, bytes or a grade.
MONEY_ONLY = frozenset("mbk")
COLLECTIVES = MappingProxyType({"dozen": 12, "score": 20})
SCALE_NAMES = MappingProxyType({10**3: "thousand", 10**6: "million", 10**9: "billion", 10**12: "trillion"})
ORDINALS = MappingProxyType(
    number_words.numbered("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
                          "fifteenth sixteenth seventeenth eighteenth nineteenth", 1)
    | {word[:-1] + "ieth": value for word, value in TENS.items()} | {f"{word}th": value for word, value in POWERS.items()})
DENOMINATORS = MappingProxyType({"half": 2, "halves": 2, "quarter": 4, "quarters": 4} | {
    word + plural: value for word, value in ORDINALS.items() if value > 2 for plural in ("", "s")})
PLURALS = MappingProxyType({"tens": 10, "dozens": 12, "scores": 20} | {f"{word}s": value for word, value in POWERS.items()})
SEVERAL = tuple((tuple(words.split()), said) for words, said in (
    ("several", "several"), ("a few", "a few"), ("few", "a few"), ("many", ""), ("a couple of", "a couple of"), ("a couple", "a couple of"),
    ("couple of", "a couple of"), ("multiple", ""), ("some", "")))
DECADES = frozenset(word[:-1] + "ies" for word in TENS)
MULTIPLES = MappingProxyType({"twice": 2.0, "thrice": 3.0, "halved": 0.5, "halving": 0.5} | {
    stem + end: value
    for stem, value in (("doubl", 2.0), ("tripl", 3.0), ("quadrupl", 4.0), ("quintupl", 5.0)) for end in ("ed", "ing", "es")})
# "Double" is more often an adjective (a double agent) than a multiple, unless it stands before one of these words.
MULTIPLES_BEFORE = MappingProxyType({"double": 2.0, "triple": 3.0, "treble": 3.0, "quadruple": 4.0})
MULTIPLE_FOLLOWS = words_of("the those that its their what last to from in by this his her our")

# What follows a fraction such as "a third" where no "of" does; before any other word it is an ordinal (a third country).
AFTER_FRACTION = words_of(
    "in more less than since from to by and or but as on at over per with higher lower fewer off is was were are have has had would "
    "will could "
    "compared between during after before this last that if when while because which who it they he she not below above each")
PARTS_BEFORE = words_of("top bottom upper lower remaining final other first second last")
# "Scores" are results of matches, unless one of these follows.
MANY_FOLLOWS = words_of("more others dead killed wounded injured were have died")
BEFORE_FRACTION = words_of("a an one another further nearly almost about roughly around over under by than least most")
# "Two in five days" is no ratio.
NO_RATIO = words_of(
    "second seconds minute minutes hour hours day days week weeks month months year years decade decades")
# Pairs with a stroke that are names, not fractions.
IDIOMS = frozenset({(9, 11), (7, 7), (24, 7), (20, 20), (50, 50)})
MONTH_STEMS = words_of("jan feb mar apr may jun jul aug sep oct nov dec")
# Units, scales and endings that may be attached to digits and make no name of them.
ATTACHED = words_of(
    "mm cm m km ft in mi kg g t lb lbs oz mg l ml kw mw gw kwh mwh gwh twh hz khz mhz ghz kb mb gb tb kt mt c f h hr hrs min mins s "
    "sec ms am pm p "
    "pc pct bps bp ppm mph kph kmh x th st nd rd percent usd eur gbp won yen euro euros dollars rubles years yr yrs fold "
    "tj pj gj mj kj kcal kv bcm mcm ha hl bpd bbl mcg msv bq kn nm pb gbps mbps tbps hp psi ppb ng db dba tw wh kn mph btu hpa "
    "mbar lb") | {*SHORT_POWERS}
UNITS_WITH_POWER = words_of("km m cm mm ft mi")
HYPHENS = ("-", "‐", "‑", "–", "−")

# ---------------------------------------------------------------- currencies

SYMBOLS = MappingProxyType({
    "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW", "￦": "KRW", "₽": "RUB", "₴": "UAH", "₹": "INR", "₺": "TRY", "₪": "ILS",
    "₫": "VND", "฿": "THB", "₱": "PHP", "₦": "NGN", "＄": "USD", "￥": "JPY", "₸": "KZT", "₾": "GEL", "₵": "GHS"})
"""Signs of currencies, with their codes."""
CURRENCIES = words_of("""
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY COP CRC CUP
    CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD
    JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN
    NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB
    TJS TMT TND TOP TRY TTD TWD TZS UAH UGX UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG""")
"""ISO 4217, but for USD, which is no name that a case may give to another."""
LIKE_WORDS = words_of("ALL BOB COP CUP MAD MOP PEN SOS TOP")
"""Codes that are words or names in capitals, too (COP 28, TOP 10): beside a small number they name no currency."""
CODES = MappingProxyType({code: code for code in CURRENCIES | {"USD"}} | {
    "RMB": "CNY", "LL": "LBP", "Rs": "INR", "Rb": "RUB", "Rbs": "RUB", "SFr": "CHF", "Sfr": "CHF", "SKr": "SEK", "Skr": "SEK",
    "NKr": "NOK", "Nkr": "NOK", "DKr": "DKK", "Dkr": "DKK", "Kč": "CZK", "Tk": "BDT",
    "KSh": "KES", "Ksh": "KES", "Rp": "IDR", "RM": "MYR"})
"""Letters that name a currency before or behind an amount."""
DOLLARS = MappingProxyType({
    "A": "AUD", "AU": "AUD", "C": "CAD", "CA": "CAD", "NZ": "NZD", "HK": "HKD", "S": "SGD", "NT": "TWD", "R": "BRL"})
"""Letters before a dollar sign that make it another dollar."""
CURRENCY_WORDS = MappingProxyType({
    r"(?:U\.?S\.?|American)[\s-]dollars?|US\$|dollars?|bucks": "USD", r"euro[\s-]?cents?": "EUR cent",
    r"(?:US\s|American\s)cents?": "USD cent", r"cents?|¢": "cent", r"pence\b|pennies": "GBP cent", r"kope(?:ck|k)s?": "RUB cent",
    r"euros?": "EUR",
    r"(?:Danish\s)(?:crowns?|kroner?)": "DKK",
    r"(?:Norwegian\s)(?:crowns?|kroner?)": "NOK", r"(?:Swedish\s)(?:crowns?|kron[ao]r?)": "SEK",
    r"(?:Czech\s)(?:crowns?|korunas?|koruny?)": "CZK", r"crowns|kron[aeo]r?|korunas?": "crown", r"[øö]re": "crown cent",
    r"pounds?\ssterling|pounds?": "GBP",
    r"(?:South\sKorean\s|Korean\s)?won": "KRW", r"yen": "JPY", r"yuan|renminbi": "CNY", r"ro?ubles?": "RUB", r"hryvni[aiy]s?": "UAH",
    r"rupees?": "INR", r"(?:Swiss\s)?francs?": "CHF", r"z[lł]ot(?:y|ys|ies)": "PLN", r"liras?": "TRY", r"pesos?": "MXN", r"reals|reais":
    "BRL"})
"""Words of currencies (regular expressions) behind an amount; a hundredth of one is its code and ``cent``."""
NATIONS = MappingProxyType({"NOK": r"Nor(?:way|wegian)|Oslo|Bergen", "SEK": r"Swed(?:en|ish)|Stockholm|Gothenburg",
                            "DKK": r"Denmark|Danish|Copenhagen", "CZK": r"Czech|Prague|Brno", "ISK": r"Iceland|Reykjavik"})
"""Whose crowns they are, by words (regular expressions) of the text."""
SHARED_NAMES = MappingProxyType({
    "INR": {"INR": r"India|Delhi|Mumbai|Kolkata|Chennai|Bengaluru", "PKR": r"Pakistan|Karachi|Islamabad|Lahore|Peshawar",
            "LKR": r"Sri Lanka|Colombo", "NPR": r"Nepal|Kathmandu"},
    "MXN": {"MXN": r"Mexic", "PHP": r"Philippine|Filipino|Manila", "ARS": r"Argentin|Buenos Aires", "CLP": r"Chile|Santiago",
            "COP": r"Colombia|Bogot", "DOP": r"Dominican", "UYU": r"Uruguay|Montevideo", "CUP": r"Cuba|Havana"}})
"""Nations whose money has one name, by the code that it is taken for where the text (regular expressions) names none of them."""


def is_currency(text: str) -> bool:
    """Return whether a token is the sign or the letters of a currency."""
    return text in SYMBOLS or text in CODES


# ---------------------------------------------------------------- people

PEOPLE = words_of(
    "soldiers soldier troops troop people persons person men man women woman children child civilians fighters workers worker "
    "builders engineers "
    "sappers personnel servicemen servicewomen refugees prisoners pows casualties dead killed wounded injured residents citizens "
    "recruits conscripts "
    "reservists volunteers mercenaries officers officials students doctors nurses migrants employees staff victims deaths "
    "fatalities inhabitants "
    "militants rebels police policemen patients voters members passengers crew sailors marines paratroopers commandos combatants "
    "defectors hostages "
    "detainees protesters demonstrators adults boys girls infants pupils teachers labourers laborers specialists instructors "
    "advisers advisors "
    "leaders lawmakers ministers journalists experts firefighters medics rescuers captives farmers fishermen miners dockers drivers pilots "
    "skiers climbers hikers tourists pilgrims fans spectators strikers voter patient tenants lawyers scientists researchers "
    "engineers technicians clerks traders shopkeepers guests swimmers runners riders graduates pensioners orphans widows "
    "individuals individual mechanics plumbers electricians welders carpenters bakers barbers hairdressers cashiers shoppers visitors "
    "policewomen guards seamen seafarers crewmen airmen gunners snipers cadets jurors judges prosecutors defendants inmates convicts "
    "kidnappers hijackers terrorists insurgents jihadists guerrillas separatists exiles dissidents expatriates returnees deportees "
    "immigrants emigrants travellers travelers holidaymakers players athletes artists singers authors writers reporters editors "
    "photographers economists analysts academics professors lecturers councillors senators mps deputies diplomats envoys mayors "
    "parents mothers fathers sons daughters relatives toddlers humans herders shepherds peasants paramedics lifeguards gardeners masons "
    "stowaways castaways "
    "babies infants newborns teenagers youths elders villagers townspeople islanders settlers commuters motorists cyclists pedestrians "
    "suspects gunmen bandits smugglers peacekeepers observers delegates lodgers applicants candidates apprentices "
    "trainees interns jobseekers foreigners asylum-seekers evacuees survivors bystanders onlookers worshippers monks nuns priests actors "
    "musicians dancers cooks waiters cleaners carers midwives surgeons vets souls men")
"""Nouns that count people."""
CASES = words_of("cases births infections accidents murders homicides crimes suicides visits tests")
"""Nouns, beside `PEOPLE`, of which there are so many per 100,000."""
WHOSE = words_of("the its his her their those these our all")
NOBODY = words_of("nobody none")
HARMED = words_of(
    "killed hurt injured wounded harmed hit dead missing arrested detained charged convicted sentenced jailed found left alive "
    "aboard infected "
    "evacuated rescued taken captured shot displaced affected vaccinated tested cured sick ill present registered paid invited "
    "hired sacked "
    "open working usable damaged destroyed sold spared reported saved")
SURVIVED = words_of("died survived drowned perished starved escaped voted came left returned remained stayed deserted")
"""What makes a count of ``nobody`` and ``none``: nobody was killed, none survived; "nobody knows" counts nothing."""
OTHER_CLAUSE = words_of("who whom whose that which what why how when where if whether while and or but they he she we you i it")
"""Words that another clause begins with: what they are followed by is not said of who stands before them."""
FUNCTION_WORDS = words_of(
    "a an the of in on at to for from by with and or but as is was were are be been has have had will would could may might can "
    "that which who whom "
    "this these those it its they their he she his her we our you i than then when while where if so not no nor during after before "
    "since until "
    "into over under about between against per each within across among by")
"""Words that end what a number counts."""

# ---------------------------------------------------------------- hedges

HEDGES = MappingProxyType({
    "at_most": "up to|as (?:many|much|high|long|far) as|no more than|not more than|no greater than|not exceeding|at most"
               "|at the most|less than"
               "|fewer than|lower than|smaller than|shorter than|lighter than"
               "|under|just under|below|an? (?:maximum|upper limit|ceiling|cap) of"
               "|(?:maximum|upper limit|upper bound|ceiling) of|capped at|[<≤]|bis zu|jusqu['’]à",
    "at_least": "at least|more than|over|above|exceed(?:s|ed|ing)?|in excess of|upwards? of|no less than|no fewer than|not less than"
                "|not fewer than|[>≥]|an? (?:minimum|lower limit|floor) of|(?:minimum|lower limit|lower bound) of|greater than|higher than"
                "|larger than|longer than|taller than|heavier than|deeper than|wider than"
                "|beyond|north of|as (?:few|little|low) as|topp(?:ed|ing)|surpass(?:ed|es|ing)|mindestens|au moins",
    "around": "about|around|approximately|approx\\.?|roughly|some|nearly|almost|close to|closer to|circa|c\\.|ca\\.|~|≈|∼"
              "|an estimated|estimated"
              "|an approximate|in the region of|on the order of|virtually|practically|rund|etwa|environ",
    "": "only|just|a total of|total of|a mere|mere|a record|an additional|additional|another|a further|further|a combined|combined"
        "|nearly all"
        "|a whopping|an average of|average of|an extra|extra|other|well|slightly|a staggering|between|from|anywhere"})
"""What may stand before a number (regular expressions), by the statement that it makes of it; the last ones make none."""
