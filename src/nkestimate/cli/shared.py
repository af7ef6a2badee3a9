"""What commands share: where a case and its folder are, how texts are printed, how a run's state becomes an exit status."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nkestimate.text import paragraph, visible

if TYPE_CHECKING:
    from nkestimate.case import Case
    from nkestimate.fitting.records import AuditTally, Summary
    from nkestimate.reporting.picture import Picture

SHIPPED = Path("priors/north-korea-russia.yaml")


def echo(text: Any, *, err: bool = False, nl: bool = True) -> None:
    """Print a text; a case's own words can't steer the terminal."""
    click.echo(visible(str(text)), err=err, nl=nl)


def tell(notes: Iterable[str], lead: str = "Note") -> None:
    """Print what a reader should know beside the figures."""
    for note in notes:
        echo(paragraph(f"{lead}: {note}", "  "))


def put(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file."""
    from nkestimate.fitting.runs import write_text

    if out is None:
        echo(text)
    else:
        write_text(out, visible(text) + "\n")
        echo(f"Written: {out}")


def put_scenarios(case: Case) -> int:
    """Print a case's scenarios: id, label, and what each changes."""
    from nkestimate.text import as_text, bare_table

    table = bare_table(header_style=None)
    for head in ("scenario", "what it is", "changes"):
        table.add_column(head, overflow="fold")
    for scenario in case.scenarios.values():
        changes = (f"{path}: {dumps(new, ensure_ascii=False)}".replace('"', "") for path, new in scenario.changes.items())
        table.add_row(scenario.id, scenario.label, "; ".join(changes))
    echo(as_text(table) if case.scenarios else "no scenarios")
    return 0


def run_scenarios(path: Path, given: str | None, out: Path | None, pooling: str | None, seed: int, sampling: Mapping[str, Any], *,
                  fresh: bool) -> int:
    """Fit a case and some of its scenarios, all where none is given, each into a folder of its own, and print a table of them."""
    from nkestimate.case import load_case
    from nkestimate.fitting import runs
    from nkestimate.tables.scenarios import scenarios_table

    changes = {"settings.pooling": pooling} if pooling else {}
    base = load_case(path, set=changes)
    keys = list(dict.fromkeys(part.strip() for part in given.split(","))) if given else list(base.scenarios)
    if not keys:
        raise click.UsageError("the case has no scenarios")
    cases: dict[str | None, Case] = {None: base}
    cases |= {key: load_case(path, scenario=key, set=changes) for key in keys if key}  # faults of each before any fit
    found: dict[str | None, Summary] = {}
    for key, case in cases.items():
        folder = (out / (key or "as-stated")) if out else folder_of(case.id, key, pooling)
        kept = None if fresh else runs.stored(folder, case, seed, sampling)
        found[key] = kept or fit_into(case, folder, None, seed=seed, **sampling)
        tell_stale(folder)
        echo(f"{'Unchanged' if kept else 'Written'}: {folder / runs.POSTERIOR}", err=True)
    echo(scenarios_table(base, found))
    return max(converged(summary) for summary in found.values())


def tell_stale(folder: Path, lead: str = "fit") -> None:
    """Say which files of a folder are of an earlier run than its leading part."""
    from nkestimate.folder import STALE, manifest_of, stale

    names = stale(folder, manifest_of(folder), lead)
    if names:
        what = f"{names[0]} is" if len(names) == 1 else f"{names[-1]} and others are"
        echo(f"Note: {what} of an earlier run ({folder / STALE} lists them).", err=True)


def not_converged(what: str) -> int:
    """Say that something has not converged, and return the exit status for it."""
    echo(f"NOT CONVERGED: {what}", err=True)
    return 3


def converged(summary: Summary) -> int:
    """Return 0; where the diagnostics failed, say why and return 3."""
    if summary.diagnostics.ok:
        return 0
    echo("NOT CONVERGED: " + "; ".join(summary.diagnostics.reasons), err=True)
    return 3


def shipped() -> Path:
    """Return the shipped case: in this folder or one above it, as in a checkout."""
    for folder in (Path(), *Path.cwd().parents, Path(__file__).resolve().parents[3]):
        if (folder / SHIPPED).is_file():
            return folder / SHIPPED
    raise click.UsageError(f"no CASE given, and {SHIPPED} is not here")


def folder_of(case: str, scenario: str | None, pooling: str | None) -> Path:
    """Return the folder where runs of a case usually are."""
    name = "-".join(part for part in (case, scenario, pooling) if part)
    if name in (".", "..") or "/" in name or "\\" in name:
        raise click.UsageError(f"the case's name, '{name}', is no name of a folder; say where to write with --out")
    return Path("reports") / name


def tally_of(case: Path, documents: Path) -> AuditTally:
    """Audit a case, and return what its summary keeps of it."""
    from nkestimate.evidence.audit import audit_case
    from nkestimate.fitting.records import AuditTally

    done = audit_case(case, documents)
    if not done.ok:
        echo(f"Note: the audit did not pass; see: nkestimate audit {case} --documents {documents}", err=True)
    return AuditTally(done.ok, len(done.faults), {key: dict(counts) for key, counts in done.tally.items()})


def open_named(case: str | None, scenario: str | None, changes: Mapping[str, Any]) -> Any:
    """Return what CASE names: a case, or a saved fit."""
    from nkestimate.fitting.fits import Fit
    from nkestimate.solidity.comparing.comparison import open_side

    name = case or str(shipped())
    if changes:
        from nkestimate.case import load_case

        if Path(name).is_dir() or name.endswith(".nc"):
            raise click.UsageError("--set goes with a case file, not with a saved run")
        return load_case(name, scenario=scenario, set=changes)
    opened = open_side(f"{name}@{scenario}" if scenario and not (Path(name).is_dir() or name.endswith(".nc")) else name)
    if scenario and isinstance(opened, Fit):
        raise click.UsageError("--scenario goes with a case file, not with a saved run")
    return opened


def fitted(opened: Any, seed: int | None) -> Any:
    """Return the fit of a case: the one that its usual folder holds, or one made now."""
    from nkestimate.fitting.fits import DEFAULT_SEED, Fit, fit

    if isinstance(opened, Fit):
        return opened
    return fit(opened, seed=DEFAULT_SEED if seed is None else seed, store=folder_of(opened.id, opened.scenario, None))


def draw(make: Callable[[list[str]], list[Picture]], folder: Path, part: str, digest: str) -> None:
    """Write pictures as PNG and SVG, and say which can't be drawn."""
    from nkestimate.folder import changing
    from nkestimate.reporting.picture import written

    lost: list[str] = []
    with changing(folder, digest, None) as change:
        names = written(make(lost), change.part(part, digest), lost)
    tell_lost(lost)
    if names:
        echo("Written: " + ", ".join(str(folder / name) for name in names), err=True)


def tell_lost(lost: list[str]) -> None:
    """Say which pictures could not be drawn."""
    for what in lost:
        echo(f"Note: left out, since it could not be drawn: {what}.", err=True)


def fit_into(case: Any, folder: Path, paper: str | None, tally: AuditTally | None = None, formats: tuple[str, ...] | None = None,
             **how: Any) -> Summary:
    """Fit a case and put what comes of it into a folder, whole or not at all.

    With a paper there is a report, too; where that fails, what was fitted is kept.
    """
    from nkestimate.errors import ReportError
    from nkestimate.fitting import runs
    from nkestimate.fitting.fits import fit
    from nkestimate.fitting.formats import USUAL

    folder.mkdir(parents=True, exist_ok=True)  # before the fit: a place that can't be written to is told at once
    result = fit(case, **how)
    if tally is not None:
        result = replace(result, summary=replace(result.summary, audit=tally))
    failed = None
    with runs.changing_run(folder, result.summary) as change:
        runs.put_fit(change, result)
        if paper:
            from nkestimate.reporting import put_report

            try:
                put_report(change, result, paper=paper, formats=formats or USUAL)
            except ReportError as error:
                for form in formats or USUAL:
                    change.discard(runs.part_of(form))
                failed = error
    if failed:
        raise failed
    return result.summary
