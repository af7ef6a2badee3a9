"""What joins the unknowns of a case: parts of a whole, which sum to one, and correlations between two of them.

Parts have a Dirichlet prior. It is written as sticks: the first part is a share of the whole, the next a share of what the first
leaves, and so on, each Beta(α_k, Σ_{j>k} α_j), independent (Connor & Mosimann 1969, doi:10.1080/01621459.1969.10500963).
Sticks are the unknowns, parts follow from them. Whichever part comes last, the density of the parts is the same; and no draw
is ever outside.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping

from nkestimate.case import model, schema
from nkestimate.case.distributions import Prior
from nkestimate.case.expressions import Expr, Literal, Name, Op
from nkestimate.case.totals import Totals, words
from nkestimate.case.tree import Path_
from nkestimate.printed.notation import parse_number

_NORMAL = {"log": ("log", "LogNormal(mu, sigma)"), "logit": ("log-odds", "LogitNormal(mu, sigma)"),
           "identity": ("own", "Normal(mu, sigma)")}


class Joint(Totals):
    """Reads what joins quantities."""

    # ------------------------------------------------------------ shares

    def check_shares(self) -> None:
        """Check which quantities are parts of a whole."""
        for key, entry in self.entries["shares"].items():
            if entry is None:
                continue
            path: Path_ = ("shares", key)
            if entry.rationale is None:
                self.fault(path, f"'{key}' has no rationale", "rationale: a sentence on why there are no other parts")
            if entry.of is not None and entry.of not in self.names:
                self.unknown((*path, "of"), "quantity", entry.of, self.names)
            elif entry.of in entry.parts:
                self.fault((*path, "of"), f"'{entry.of}' is a part of itself", "the whole, or no 'of:'")
            for i, name in enumerate(entry.parts):
                self.check_part(key, name, (*path, "parts", i))
            self.check_part_priors(key, entry)

    def check_part(self, key: str, name: str, path: Path_) -> None:
        quantities = self.entries["quantities"]
        if name in self.entries["derived"]:
            self.fault(path, f"'{name}' is derived", "a quantity with 'support: fraction'", "what is left needs no formula")
        elif name not in quantities:
            self.unknown(path, "quantity", name, quantities)
        elif name in self.part_of:
            self.fault(path, f"'{name}' is a part of '{self.part_of[name]}'", "a part of one whole",
                       "a part of a part: give the share of the part a name, and multiply")
        else:
            self.part_of[name] = key
            if (entry := quantities[name]) and entry.support != "fraction":
                self.fault(path, f"'{name}' has support '{entry.support}'", "a quantity with 'support: fraction'")
            if entry and entry.limits is not None:
                self.fault(("quantities", name, "limits"), f"limits of a part of '{key}'", "no limits",
                           "one part may have a prior with ends, such as Uniform(0.1, 0.4)")

    def check_part_priors(self, key: str, entry: schema.Shares) -> None:
        """Check that no more is stated of the parts than one joint distribution can have."""
        own = [name for name in entry.parts if (part := self.entries["quantities"].get(name)) and part.prior is not None]
        said = "claims that state what you hold of the others, by a source of your own"
        if entry.prior is not None and own:
            self.fault(("quantities", own[0], "prior"), f"a prior of a part beside the prior of '{key}'", "one of them", said)
        for name in own[1:]:
            all_of_them = f"Dirichlet({', '.join('2' for _ in entry.parts)})"
            self.fault(("quantities", name, "prior"), f"a second prior of a part of '{key}' (the first is of '{own[0]}')",
                       "a prior of one part at most", f"a prior of all, such as shares.{key}.prior: {all_of_them}; or {said}")
        for name in own:
            if self.entries["quantities"][name].rationale is None:
                self.fault(("quantities", name), f"'{name}' has a prior and no rationale", "rationale: a sentence on why this prior")

    def read_shares(self) -> dict[str, model.Shares]:
        """Return the wholes that are free of faults."""
        read = {}
        for key, entry in self.entries["shares"].items():
            if entry is not None and all(self.part_of.get(name) == key and self.total_units.get(name) for name in entry.parts):
                alpha = self.concentration(key, entry)
                read[key] = model.Shares(key, entry.label or words(key), entry.of, entry.parts, alpha, entry.prior is not None,
                                         entry.rationale or "", entry.note)
        return read

    def concentration(self, key: str, entry: schema.Shares) -> tuple[float, ...]:
        """Read a Dirichlet distribution."""
        default = (1.0,) * len(entry.parts)
        if entry.prior is None:
            return default
        match = re.fullmatch(r"\s*Dirichlet\s*\((.*)\)\s*", entry.prior)
        try:
            found = tuple(number.value for text in match[1].split(",") if not (number := parse_number(text.strip())).unit) if match else ()
        except ValueError:
            found = ()
        if len(found) != len(default) or min(found) <= 0:
            self.fault(("shares", key, "prior"), f"'{entry.prior}' is no prior of {len(default)} parts",
                       f"Dirichlet({', '.join('abcdefghijklmnop'[: len(default)])}), a number above 0 for each part")
            return default
        return found

    def sticks(self, shares: model.Shares) -> tuple[dict[str, model.Quantity], dict[str, model.Derived]]:
        """Return the unknowns that the parts of a whole are made of, and the parts."""
        entries = self.entries["quantities"]
        alpha = dict(zip(shares.parts, shares.concentration, strict=True))
        order = sorted(shares.parts, key=lambda name: entries[name].prior is None)  # a part with its own prior is the first stick
        quantities, derived = {}, {}
        one = Literal(1.0, self.units.unit(""))
        left: Expr | None = None
        for k, name in enumerate(order):
            expr = left
            if k < len(order) - 1:
                stick = self.stick(shares, order[: k + 1], alpha[name], sum(alpha[other] for other in order[k + 1 :]))
                quantities[stick.id] = stick
                rest = Op("-", (one, Name(stick.id)))
                expr = Op("*", (left, Name(stick.id))) if left else Name(stick.id)
                left = Op("*", (left, rest)) if left else rest
            assert expr is not None
            derived[name] = self.part(shares, name, expr)
        return quantities, {name: derived[name] for name in shares.parts}

    def stick(self, shares: model.Shares, names: list[str], a: float, b: float) -> model.Quantity:
        """Return a part as a share of what the parts before it leave."""
        *before, name = names
        entries, label = self.entries["quantities"], {key: self.entries["quantities"][key].label or words(key) for key in names}
        own = entries[name].prior is not None
        unit = self.total_units[name] if own else self.units.unit("")
        prior = self.prior(entries[name], ("quantities", name, "prior"), unit) if own and unit else None
        said = (entries[name].rationale or "" if own else
                f"{shares.rationale}{'' if shares.stated else ' (by default all ways to share are as likely)'}")
        whole = f"what is left beside {', '.join(label[key] for key in before)}" if before else shares.label
        assert unit is not None
        return model.Quantity(
            f"{shares.id}[{name}]", f"{label[name]} as a share of {whole}", unit, "fraction", "logit",
            prior or Prior("Beta", (("alpha", a), ("beta", b))), said, headline=False, dark_uncertainty=None, common_error=None,
            note=None, part=name)

    def part(self, shares: model.Shares, name: str, expr: Expr) -> model.Derived:
        entry, unit = self.entries["quantities"][name], self.total_units[name]
        assert unit is not None
        dark = self.dark(entry.dark_uncertainty, ("quantities", name, "dark_uncertainty"))
        return model.Derived(name, entry.label or words(name), unit, "fraction", "logit", expr, f"a part of {shares.id}", entry.headline,
                             dark, entry.common_error, entry.note, shares=shares.id)

    # ------------------------------------------------------------ correlations

    def read_correlations(self, quantities: Mapping[str, model.Quantity]) -> dict[str, model.Correlation]:
        """Return the correlations that are free of faults."""
        read: dict[str, model.Correlation] = {}
        pairs: dict[frozenset[str], str] = {}
        for key, entry in self.entries["correlations"].items():
            if entry is None:
                continue
            path: Path_ = ("correlations", key)
            stated = {kind: value for kind, value in (("rank", entry.rank), ("log", entry.log)) if value is not None}
            if len(stated) != 1:
                self.fault(path, f"the correlation states {' and '.join(stated) or 'no number'}", "exactly one of rank, log")
            if entry.rationale is None:
                self.fault(path, f"'{key}' has no rationale", "rationale: a sentence on why they go together")
            first = pairs.setdefault(frozenset(entry.between), key)
            if first != key:
                self.fault((*path, "between"), f"'{first}' is between the same two", "one correlation of a pair")
            fit = [self.may_correlate(name, (*path, "between", i), quantities) for i, name in enumerate(entry.between)]
            if all(fit) and first == key and len(stated) == 1:
                (kind, value), = stated.items()
                read[key] = model.Correlation(key, entry.between, kind, value, entry.rationale or "", entry.note)
        self.check_definite(read)
        return read

    def may_correlate(self, name: str, path: Path_, quantities: Mapping[str, model.Quantity]) -> bool:
        """Check that a name is that of a quantity whose prior is normal on its working scale."""
        before = len(self.faults)
        quantity = quantities.get(name)
        if name in self.entries["derived"]:
            self.fault(path, f"'{name}' is derived", "a quantity", "say it of the quantities that it is made of")
        elif name not in self.entries["quantities"] and name not in self.entries["dates"]:
            self.unknown(path, "quantity", name, [*self.entries["quantities"], *self.uncertain_dates()])
        elif name in self.fixed_dates():
            self.fault(path, f"the date '{name}' is known", "an unknown", "a date that is not known is a range: {between: [first, last]}")
        elif name in self.part_of:
            self.fault(path, f"'{name}' is a part of '{self.part_of[name]}'", "a quantity that is no part",
                       "parts go against each other as it is")
        elif quantity is not None:
            scale, family = _NORMAL[quantity.scale]
            prior = quantity.prior
            if quantity.limits != (-math.inf, math.inf):
                self.fault(path, f"the prior of '{name}' is cut by its limits", "a quantity without limits")
            elif prior is not None and prior.name != "Between" and prior.family.normal_in != quantity.scale:
                self.fault(path, f"the prior of '{name}', {prior}, is not normal on its {scale} scale",
                           f"{family}, {{between: [low, high]}} or claims alone")
        return len(self.faults) == before and quantity is not None

    def check_definite(self, correlations: Mapping[str, model.Correlation]) -> None:
        """Check that correlations which hang together can hold together."""
        for names in linked(one.between for one in correlations.values()):
            mine = {frozenset(one.between): one for one in correlations.values() if one.between[0] in names}
            matrix = [[1.0 if a == b else mine[pair].r if (pair := frozenset((a, b))) in mine else 0.0 for b in names] for a in names]
            if not _definite(matrix):
                keys = [one.id for one in mine.values()]
                self.fault(("correlations", keys[0]), f"{', '.join(keys)} can't all hold together",
                           "a positive definite matrix of correlations", "pairs that are not stated have correlation 0: state them, too")

    def idle_correlations(self, correlations: Mapping[str, model.Correlation], claims: Mapping[str, model.Claim]) -> Iterator[model.Notice]:
        """Yield a notice of correlations that do not act, as claims are pooled into a prior."""
        if self.settings.pooling == "hierarchical":
            return
        pooled = {claim.readings[0].target.key for claim in claims.values() if claim.active and claim.is_direct}
        idle = [one.id for one in correlations.values() if pooled & set(one.between)]
        if idle:
            yield model.Notice("correlation without effect", tuple(idle))


def linked(pairs: Iterable[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Return the names that pairs join, directly or through others, each group in the order of first mention."""
    groups: list[list[str]] = []
    for pair in pairs:
        touched = [group for group in groups if set(group) & set(pair)]
        merged = list(dict.fromkeys([name for group in touched for name in group] + list(pair)))
        groups = [group for group in groups if group not in touched] + [merged]
    return [tuple(group) for group in groups]


def _definite(matrix: list[list[float]]) -> bool:
    """Whether a symmetric matrix is positive definite, by its Cholesky factor."""
    factor: list[list[float]] = []
    for i, row in enumerate(matrix):
        new: list[float] = []
        for j in range(i):
            new.append((row[j] - sum(a * b for a, b in zip(new, factor[j][:j], strict=False))) / factor[j][j])
        rest = row[i] - sum(a * a for a in new)
        if rest < 1e-9:
            return False
        factor.append([*new, math.sqrt(rest)])
    return True
