"""Where a number counts people though no noun behind it says so: 19 died, killing 26, a family of five, 53 passengers, up from 41."""

from __future__ import annotations

import re

from nkestimate.printed.measures import form_of
from nkestimate.printed.vocabulary import PEOPLE, words_of

_ADVERBS = r"(?:(?:been|being|also|still|now|later|since|already|all|reported|feared|confirmed|presumed|\w+ly)\s){0,3}"
# What befalls people alone, or animals, which _BEASTS looks for.
_BEFALLEN = (r"(?:killed|injured|wounded|hurt|dead|arrested|detained|jailed|imprisoned|convicted|sentenced|hospitali[sz]ed|evacuated"
             r"|rescued|infected|vaccinated|deported|executed|abducted|kidnapped|missing|unaccounted\sfor|in\s(?:hospital|custody|prison|jail)"
             r"|(?:taken|brought|rushed|flown)\sto\s(?:a\s|the\s)?(?:hospitals?|clinics?)|treated\s(?:for|in|at)|homeless|unconscious|pregnant)")
_BEHIND = form_of(
    rf"\s(?:others?\s|more\s)?(?:(?:has|have|had|is|are|was|were)\s(?:not\s)?{_ADVERBS}{_BEFALLEN}"
    r"|(?:died|drowned|perished|starved|fled)|(?:dead|injured|wounded|hurt)"
    r"(?=[.,;:)]|$|\s(?:and|in|at|on)\b))(?![\w-])")
_OF_THOSE = form_of(
    r"\sof\sthose\s(?:\w+ly\s)?(?:who|aboard|on\sboard|freed|killed|injured|wounded|arrested|detained|released|evacuated|treated|questioned"
    r"|asked|polled|surveyed|infected|missing|hurt|rescued)\b")
_HELMETS = form_of(r"\sblue\s(?:helmets|berets)\b")
# "Killed 26." and "killing 26 and", but not "killed 26 cattle": what stands behind is no noun.
_NO_NOUN = form_of(r"(?:\s(?:more|others?))?(?:\s?[.,;:?!)”\"]|\s?$|\s[—–-]\s|\s(?:and|but|or|in|on|at|by|near|from|during|when|while|as"
                   r"|after|before|since|with|last|this|is|are|was|were|has|have|had|who|now|would|will|could|for|to)\b)")
_HARM = form_of(
    r"\b(?:kill(?:ed|ing|s)|injur(?:ed|ing|es)|wound(?:ed|ing|s)|arrest(?:ed|ing|s)|detain(?:ed|ing|s)|jail(?:ed|ing|s)|rescu(?:ed|ing|es)"
    r"|evacuat(?:ed|ing|es)|deport(?:ed|ing|s)|execut(?:ed|ing|es)|drown(?:ed|ing|s)|abduct(?:ed|ing|s)|kidnapp(?:ed|ing)"
    r"|the\sdeaths?\sof)\s$", re.IGNORECASE)
_GROUP_OF = form_of(
    r"\b(?:famil(?:y|ies)|crews?|squads?|delegations?|garrisons?|workforce|populations?|crowds?|audiences?|congregations?|staff"
    r"|towns?|villages?|cit(?:y|ies)|hamlets?)\sof\s$", re.IGNORECASE)
_PEOPLE = "|".join(sorted(PEOPLE - words_of("dead killed wounded injured members leaders staff crew men")))
_NUMBERING = form_of(rf"\b(?:{_PEOPLE})\b[^.;]{{0,40}}\bnumber(?:ed|ing|s)?\s$", re.IGNORECASE)
_NUMBER_OF = form_of(
    rf"\bnumbers?\s(?:of\s(?:[\w-]+\s){{0,2}}(?:{_PEOPLE}|unemployed|jobless|dead|injured|wounded)|(?:out\sof|in|without)\s(?:work|jobs?)|unemployed"
    r"|homeless|missing|killed|injured)\b[^.;$€£%]{0,60}\b(?:by|to|at|from|reached|was|is|stood\sat|stands\sat)\s$", re.IGNORECASE)
# Between a count of people and one that stands for the same: "53 passengers, up from 41"; "230 prisoners of war and received 224".
_LEVEL = form_of(r"[^.;,]{0,30}(?:,\s|\s)\(?(?:up|down|compared\swith|against)\s(?:from\s)?$")
_LIKEWISE = form_of(r"(?:\sof\swar)?\s(?:and|but)\s\w+(?:ed|ing)\s$")
_MORE = form_of(r"\s(?:more|others)\b" + r"(?!\s(?!(?:and|to|in|who|were|are|was|have|had|as|at|on|from|after|during|since)\b)[a-z])")
_BEASTS = form_of(
    r"\b(?:cows?|cattle|sheep|goats?|horses?|pigs?|hens?|chickens?|poultry|ducks?|geese|birds?|fish|whales?|dolphins?|seals?|dogs?|cats?|animals?"
    r"|elephants?|rhinos?|camels?|reindeer|livestock|bees|turtles?|bears?|wolves|buffaloe?s?|trees?)\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?]\s+(?=[^a-z])|\n\n")


def counts_people(text: str, start: int, end: int, before: tuple[int, str, bool] | None) -> bool:
    """Whether a number without a unit counts people, by the verb beside it or by the figure before.

    Parameters
    ----------
    text : str
        The whole text.
    start, end : int
        Where the number stands, with the hedges before it.
    before : (int, str, bool), optional
        Where the figure before ends, its unit, and whether a scale word is part of it.
    """
    lead = text[max(0, start - 160) : start]
    lead = lead[next((match.end() for match in reversed([*_SENTENCE.finditer(lead)])), 0) :]
    rest = text[end : end + 100]
    if _BEASTS.search(lead) or _BEASTS.search(_SENTENCE.split(rest)[0]):
        return False
    if _HELMETS.match(text, end) or _OF_THOSE.match(text, end) or _BEHIND.match(text, end):
        return True
    if _GROUP_OF.search(lead):
        return True
    bare = bool(_NO_NOUN.match(text, end))
    if bare and any(form.search(lead) for form in (_HARM, _NUMBERING, _NUMBER_OF)):
        return True
    if not before or before[1] != "person" or before[0] < start - len(lead):
        return False
    between = text[before[0] : start]
    return bool((bare and not before[2] and (_LEVEL.fullmatch(between) or _LIKEWISE.fullmatch(between))) or _MORE.match(text, end))
