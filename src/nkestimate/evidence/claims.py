"""The table of claims: who says what, about which target, how much it weighs and where it was read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from nkestimate.case.model import Case, Claim
from nkestimate.case.stated import Stated
from nkestimate.density import weighed
from nkestimate.errors import CaseError, Fault, did_you_mean
from nkestimate.evidence.echoes import Echo, echoes
from nkestimate.evidence.implied import Implied, implied
from nkestimate.evidence.independence import Independence, independence
from nkestimate.wording.names import target_label


@dataclass(frozen=True)
class About:
    """What a claim, in one reading, is about.

    Attributes
    ----------
    target, label : str
        Key of the target, and its label (of an expression, its formula with labels).
    weight : float
        Prior probability of this reading; 1 for a plain claim.
    unit : str
        The unit in which it is stated.
    as_of : date
    """

    target: str
    label: str
    weight: float
    unit: str
    as_of: date


@dataclass(frozen=True)
class ClaimRow:
    """One claim.

    Attributes
    ----------
    stated : Stated
        The statement as the case records it.
    printed : str or None
        The figures as its root report prints them.
    about : tuple of About
    weight : float
        In force: after reliability, credibility and the claim's own.
    status : str
        ``active``, ``superseded`` or ``removed`` (weight 0).
    superseded_by : str or None
    reports : tuple of Echo
        Where it was read, each beside the root, in the order of the case.
    implied : tuple of Implied
        What it was read to imply, one record a reading.
    """

    id: str
    label: str | None
    source: str
    source_name: str
    stated: Stated
    printed: str | None
    about: tuple[About, ...]
    weight: float
    status: str
    superseded_by: str | None
    note: str | None
    reports: tuple[Echo, ...]
    implied: tuple[Implied, ...]

    @property
    def says(self) -> str:
        """The statement in words, unit included."""
        return self.stated.words()

    @property
    def documents(self) -> tuple[str, ...]:
        """The documents that it was read in, once each."""
        return tuple(dict.fromkeys(report.document for report in self.reports))


@dataclass(frozen=True)
class ClaimTable:
    """Claims, and what the sources of their targets are worth together.

    Attributes
    ----------
    claims : tuple of ClaimRow
        In the order of the case.
    targets : tuple of Independence
        The targets that these claims are about, in the order in which claims name them. Each counts all of its
        sources, those of claims that a filter left out included.
    """

    case: Case
    claims: tuple[ClaimRow, ...]
    targets: tuple[Independence, ...]

    def on(self, target: str) -> tuple[ClaimRow, ...]:
        """Return the claims that are about a target, in any reading."""
        return tuple(row for row in self.claims if any(about.target == target for about in row.about))


def claim_table(case: Case, *, targets: Collection[str] = (), sources: Collection[str] = (), documents: Collection[str] = (),
                where: str | None = None) -> ClaimTable:
    """Return the claims of a case, or those that pass all filters.

    Parameters
    ----------
    case : Case
    targets, sources, documents : collection of str
        Keep claims about one of these targets (in any reading), of one of these sources, read in one of these
        documents; an empty collection keeps all.
    where : str, optional
        The file that faults name; by default the case's id.

    Raises
    ------
    CaseError
        If a filter names what the case does not have.
    """
    case = weighed(case)
    about = list(dict.fromkeys(reading.target.key for claim in case.claims.values() for reading in claim.readings))
    known: dict[str, tuple[Collection[str], Iterable[str]]] = {
        "target": (targets, dict.fromkeys([*about, *case.totals])), "source": (sources, case.sources),
        "document": (documents, case.documents),
    }
    faults = [
        Fault(where or case.id, 1, f"--{what}", f"unknown {what} '{name}'", _one_of(have), did_you_mean(name, have))
        for what, (wanted, have) in known.items() for name in wanted if name not in have
    ]
    if faults:
        raise CaseError(faults)
    beliefs = implied(case)
    rows = tuple(
        _row(claim, case, beliefs[claim.id]) for claim in case.claims.values()
        if (not sources or claim.source in sources)
        and (not targets or any(reading.target.key in targets for reading in claim.readings))
        and (not documents or any(report.document in documents for report in claim.reported_in))
    )
    shown = {about.target for row in rows for about in row.about if not targets or about.target in targets}.union(targets)
    worth = independence(case)
    return ClaimTable(case, rows, tuple(worth[key] if key in worth else _unheard(key) for key in known["target"][1] if key in shown))


def _one_of(names: Iterable[str]) -> str:
    names = list(names)
    return "one of " + ", ".join(names) if names else "a case that has some"


def _unheard(key: str) -> Independence:
    """Return the record of a target on which no claim is heard."""
    return Independence(key, (), (), None, {}, 0.0, 0.0, 0.0)


def _row(claim: Claim, case: Case, beliefs: tuple[Implied, ...]) -> ClaimRow:
    reports = echoes(claim, case)
    return ClaimRow(
        claim.id, claim.label, claim.source, case.sources[claim.source].name, claim.stated,
        next((report.figures for report in reports if report.is_root), None),
        tuple(About(reading.target.key, target_label(reading.target, case), reading.weight, reading.unit.text, reading.as_of)
              for reading in claim.readings),
        claim.weight, status(claim), claim.superseded_by, claim.note, reports, beliefs)


def status(claim: Claim) -> str:
    """Return ``active``, ``superseded`` or ``removed`` (weight 0)."""
    return "active" if claim.active else "superseded" if claim.superseded_by else "removed"
