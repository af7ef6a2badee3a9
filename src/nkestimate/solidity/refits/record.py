"""The record of a grid: one row a variant, and what can be read off them all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from nkestimate.folder import reading
from nkestimate.solidity.refits.holding import Answer, Range, answer, range_of
from nkestimate.solidity.refits.row import QUANTILES, Row
from nkestimate.solidity.refits.variants import BASE, Variant
from nkestimate.text import as_csv, as_json

FORMAT = 2  # of the file: since 2, rows know parts, targets and the shape of the headline


@dataclass(frozen=True)
class Subject:
    """A total as rows speak of it; ``since`` where its values are days since a date."""

    label: str
    unit: str
    support: str
    since: str | None = None


@dataclass(frozen=True)
class Robustness:
    """A case refitted over a grid of choices.

    Attributes
    ----------
    case, title, scenario, digest, horizon : str
        Which case it is of; the digest is that of the base.
    seed : int
    sampling : mapping
        ``draws``, ``tune`` and ``chains`` of each variant; the base has four times the draws.
    code : str
        Digest of the package that fitted.
    levels : mapping of str to tuple
        The levels of each factor that was crossed.
    chosen : mapping
        The base's own level of each.
    headline : str
        Id of the headline total.
    totals : mapping of str to Subject
    questions : mapping of str to str
        Labels by id.
    asked : tuple of str
        Totals that findings are about: the headline first, then those that questions name.
    sources : mapping of str to str
        Names by id.
    rows : tuple of Row
        The base first, then the crossed variants, then those with one thing changed.
    """

    case: str
    title: str
    scenario: str | None
    digest: str
    horizon: str
    seed: int
    sampling: Mapping[str, int]
    code: str
    levels: Mapping[str, tuple[Any, ...]]
    chosen: Mapping[str, Any]
    headline: str
    totals: Mapping[str, Subject]
    questions: Mapping[str, str]
    asked: tuple[str, ...]
    sources: Mapping[str, str]
    rows: tuple[Row, ...]

    @property
    def base(self) -> Row:
        """The row of the case as it stands."""
        return next(row for row in self.rows if row.variant.kind == BASE)

    @property
    def ok(self) -> bool:
        """Whether every variant converged."""
        return all(row.usable for row in self.rows)

    @cached_property
    def answers(self) -> dict[str, Answer]:
        """How far the answer to each question holds, by id."""
        return {key: answer(self.rows, key, label, self.levels) for key, label in self.questions.items()}

    @cached_property
    def ranges(self) -> dict[str, Range]:
        """How far each total moves, by id; the headline first, then those that questions name."""
        return {key: range_of(self.rows, key, self.totals[key].label, self.totals[key].unit, self.levels) for key in self.asked}

    # ------------------------------------------------------------ files

    def plain(self) -> dict[str, Any]:
        """Return all of it as plain values, the findings included: the same for the same rows, whenever they were made."""
        kept = {key: value for key, value in vars(self).items() if key in self.__dataclass_fields__}
        return {"format": FORMAT, **kept, "levels": {key: list(value) for key, value in self.levels.items()}, "asked": list(self.asked),
                "totals": {key: asdict(total) for key, total in self.totals.items()},
                "answers": {key: found.plain() for key, found in self.answers.items()},
                "ranges": {key: found.plain() for key, found in self.ranges.items()},
                "rows": [vars(row) | {"variant": vars(row.variant), "lost": list(row.lost), "shape": list(row.shape)} for row in self.rows]}

    def json(self) -> str:
        """Return it as JSON."""
        return as_json(self.plain()) + "\n"

    def csv(self) -> str:
        """Return the rows as a table in CSV: choices, status, the quantiles of each total, the probability of each question."""
        columns = ["kind", "name", "label", *self.levels, "status", "reason", "lost",
                   *(f"{key}.{p}" for key in self.totals for p in (*QUANTILES, "mcse")),
                   *(f"{key}.{what}" for key in self.questions for what in ("probability", "mcse"))]
        rows = []
        for row in self.rows:
            numbers = [cell for key in self.totals for cell in _cells(row.totals.get(key))]
            answers = [row.questions.get(key, {}).get(what) for key in self.questions for what in ("probability", "mcse")]
            rows.append([row.variant.kind, row.variant.name, row.variant.label, *(row.variant.choices[name] for name in self.levels),
                         row.status, row.reason, " ".join(row.lost), *numbers, *answers])
        return as_csv(columns, rows) + "\n"

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Robustness:
        """Return the record that `plain` gave; what follows from the rows is found again."""
        fields = {key: plain[key] for key in cls.__dataclass_fields__}
        fields["levels"] = {key: tuple(value) for key, value in plain["levels"].items()}
        fields["totals"] = {key: Subject(**value) for key, value in plain["totals"].items()}
        fields["asked"] = tuple(plain["asked"])
        fields["rows"] = tuple(Row.of(Variant(**row["variant"]), row) for row in plain["rows"])
        return cls(**fields)

    @classmethod
    def load(cls, path: Path) -> Robustness:
        """Read what was written to ``robustness.json``.

        Raises
        ------
        ResultFileError
            If the file is missing, not of this package, or not as it was written.
        """
        with reading(path, "robustness", FORMAT) as plain:
            found = cls.of(plain)
            _ = found.base, found.answers, found.ranges, [found.totals[key] for row in found.rows for key in row.lost]  # rows bear these
            return found


def _cells(total: Mapping[str, Any] | None) -> list[Any]:
    return [*(total["quantiles"][p] for p in QUANTILES), total["mcse"]] if total else [None] * (len(QUANTILES) + 1)
