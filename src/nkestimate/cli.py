"""The command line: a command parses, calls the library once, and prints.

Exit status: 0 fine; 1 the case (or a file) is at fault; 2 usage; 3 the sampler's diagnostics failed.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nkestimate.errors import CaseError, NKEstimateError, ScaleError
from nkestimate.text import visible
from nkestimate.wording.numbers import count, counted

if TYPE_CHECKING:
    from nkestimate.analysis.records import AuditTally, Summary

SHIPPED = Path("priors/north-korea-russia.yaml")
_CASE = click.argument("case", type=click.Path(path_type=Path), required=False)
_TAKEN = click.argument("case", required=False)
_SCENARIO = click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
_SEED = click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of all randomness.")
_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True,
                       help="How to print the result.")
_PICTURES = click.option("--pictures", type=click.Path(path_type=Path, file_okay=False), help="Folder to draw its pictures to.")


def _echo(text: Any, *, err: bool = False, nl: bool = True) -> None:
    """Print a text; a case's own words can't steer the terminal."""
    click.echo(visible(str(text)), err=err, nl=nl)


def _guard(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a user's mistakes into messages and exit statuses."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            status = command(*args, **kwargs)
        except CaseError as error:
            _echo(str(error), err=True)
            _echo(f"{counted(len(error.faults), 'fault')}.", err=True)
            status = 1
        except NKEstimateError as error:
            _echo(str(error), err=True)
            status = 1
        except KeyboardInterrupt:
            _echo("stopped", err=True)
            status = 130
        except BrokenPipeError:
            sys.stderr.close()
            status = 1
        except OSError as error:
            _echo(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), err=True)
            status = 1
        sys.exit(status or 0)

    return run


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="nkestimate")
def main() -> None:
    """Turn quoted figures into posterior distributions and a report.

    \b
    Example:
      nkestimate run priors/north-korea-russia.yaml
    """


@main.command()
@_CASE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.  [default: reports/CASE]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of all randomness.")
@click.option("--draws", type=click.IntRange(1), default=1000, show_default=True, help="Kept draws a chain.")
@click.option("--tune", type=click.IntRange(1), default=400, show_default=True, help="Tuning draws a chain.")
@click.option("--chains", type=click.IntRange(1), default=4, show_default=True, help="Chains.")
@click.option("--pooling", type=click.Choice(["hierarchical", "linear", "log"]), help="Pool direct claims this way instead.")
@click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
@click.option("--engine", type=click.Choice(["fast", "pymc"]), default="fast", show_default=True,
              help="fast compiles nothing; pymc samples the PyMC model.")
@click.option("--no-report", is_flag=True, help="Write summary.json and posterior.nc only.")
@click.option("--documents", type=click.Path(path_type=Path, file_okay=False, exists=True),
              help="Folder with your copies of the documents: summary and report tell what the audit counts in them.")
@click.option("--fresh", is_flag=True, help="Sample again even if nothing has changed since the last run.")
@_guard
def run(case: Path | None, out: Path | None, seed: int, draws: int, tune: int, chains: int, pooling: str | None,
        scenario: str | None, engine: str, no_report: bool, documents: Path | None, fresh: bool) -> int:
    """Fit a case; write its summary, posterior and report.

    CASE is a YAML file; without it the shipped case is run. Prints the totals, and how they changed since the last run in
    the same folder. Where nothing has changed, what that run stored is shown again.

    Where diagnostics fail, all is written, stamped as not converged, and the exit status is 3: docs/how-to.md, "When it does
    not converge", says what each reason means and what to try.

    \b
    Example:
      nkestimate run priors/north-korea-russia.yaml --scenario low-pay
    """
    from nkestimate.analysis import runs
    from nkestimate.analysis.table import headline_table
    from nkestimate.case import load_case
    from nkestimate.wording.findings import finding_sentences

    path = case or _shipped()
    loaded = load_case(path, scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    tally = _tally(path, documents) if documents else None
    folder = out or _folder(loaded.id, scenario, pooling)
    before = runs.last_summary(folder)
    if before and (before.case, before.title) != (loaded.id, loaded.title):
        _echo(f"Note: {folder} held a run of another case ({before.title}), which this one replaces; --out keeps them apart.")
        before = None
    sampling = {"draws": draws, "tune": tune, "chains": chains, "engine": engine}
    kept = None if fresh else runs.stored(folder, loaded, seed, sampling, tally)
    written = [folder / runs.SUMMARY, folder / runs.POSTERIOR]
    if kept is not None:
        summary = kept
        if not no_report and not runs.has_report(folder):
            _report(folder / runs.POSTERIOR, folder)
    else:
        summary = _fit(loaded, folder, no_report, tally, seed=seed, **sampling)
    if runs.has_report(folder):
        written.append(folder / runs.REPORT)
    _echo(headline_table(summary, loaded, before))
    _notes((*finding_sentences(summary, loaded), *summary.notices))
    _tell_stale(folder)
    _echo(("Unchanged since the last run: " if kept is not None else "Written: ") + ", ".join(map(str, written)))
    return _converged(summary)


def _notes(notes: Iterable[str]) -> None:
    """Print what a reader should know beside the figures."""
    from nkestimate.text import paragraph

    for note in notes:
        _echo(paragraph(f"Note: {note}", "  "))


def _folder(case: str, scenario: str | None, pooling: str | None) -> Path:
    name = "-".join(part for part in (case, scenario, pooling) if part)
    if name in (".", "..") or "/" in name or "\\" in name:
        raise click.UsageError(f"the case's name, '{name}', is no name of a folder; say where to write with --out")
    return Path("reports") / name


def _tally(case: Path, documents: Path) -> AuditTally:
    """Audit a case, and return what its summary keeps of it."""
    from nkestimate.analysis.records import AuditTally
    from nkestimate.audit import audit_case

    done = audit_case(case, documents)
    if not done.ok:
        _echo(f"Note: the audit did not pass; see: nkestimate audit {case} --documents {documents}", err=True)
    return AuditTally(done.ok, len(done.faults), {key: dict(counts) for key, counts in done.tally.items()})


def _fit(case: Any, folder: Path, no_report: bool, tally: AuditTally | None = None, **how: Any) -> Summary:
    """Fit a case and put what comes of it into a folder, whole or not at all; without a report that fails, if it does."""
    from nkestimate.analysis import fit, runs
    from nkestimate.errors import ReportError

    folder.mkdir(parents=True, exist_ok=True)  # before the fit: a place that can't be written to is told at once
    result = fit(case, **how)
    if tally is not None:
        result = replace(result, summary=replace(result.summary, audit=tally))
    failed = None
    with runs.changing_run(folder, result) as change:
        runs.put_fit(change, result)
        if not no_report:
            from nkestimate.reporting import put_report

            try:
                put_report(change, result)
            except ReportError as error:
                change.discard(runs.REPORT_PART)
                failed = error
    if failed:
        raise failed
    return result.summary


def _tell_stale(folder: Path, lead: str = "fit") -> None:
    """Say which files of a folder are of an earlier run than its leading part."""
    from nkestimate.analysis.folder import STALE, manifest_of, stale

    names = stale(folder, manifest_of(folder), lead)
    if names:
        what = f"{names[0]} is" if len(names) == 1 else f"{names[-1]} and others are"
        _echo(f"Note: {what} of an earlier run ({folder / STALE} lists them).", err=True)


@main.command()
@_CASE
@_guard
def validate(case: Path | None) -> None:
    """Check a case and say what is wrong with it, all at once.

    Where a default would make a statement a hundred times wider and more, it says so and names the ways out.

    \b
    Example:
      nkestimate validate priors/north-korea-russia.yaml
    """
    from nkestimate.analysis.findings import default_shares
    from nkestimate.case import load_case
    from nkestimate.wording.findings import swamped_sentence

    path = case or _shipped()
    loaded = load_case(path)
    _echo(f"{path}: no faults. {counted(len(loaded.quantities), 'quantity', 'quantities')}, {count(len(loaded.derived))} derived, "
          f"{counted(len(loaded.claims), 'claim')} ({count(len(loaded.active_claims))} active) of "
          f"{counted(len(loaded.sources), 'source')}, {counted(len(loaded.questions), 'question')}, "
          f"{counted(len(loaded.scenarios), 'scenario')}.")
    _notes(filter(None, (*loaded.notices, swamped_sentence(default_shares(loaded), loaded))))


@main.command()
@_CASE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.  [default: reports/CASE]")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of all randomness.")
@click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
@click.option("--report", "with_report", is_flag=True, help="Rewrite the report too.")
@_guard
def watch(case: Path | None, out: Path | None, seed: int, scenario: str | None, with_report: bool) -> None:
    """Run a case again on each save of any of its files, until Ctrl-C.

    Prints the totals with their change since the last save. Faults are shown as `validate` shows them, and the last good
    answer stays.

    \b
    Example:
      nkestimate watch priors/north-korea-russia.yaml
    """
    from nkestimate.analysis.watching import saves
    from nkestimate.case import load_case

    path = case or _shipped()
    before: Summary | None = None
    for _ in saves(path):
        try:
            loaded = load_case(path, scenario=scenario)
        except CaseError as error:
            _echo(f"{error}\n{counted(len(error.faults), 'fault')}. The last good answer stays.", err=True)
            continue
        folder = out or _folder(loaded.id, scenario, None)
        from nkestimate.analysis.table import headline_table
        from nkestimate.wording.findings import finding_sentences

        try:
            summary = _fit(loaded, folder, not with_report, seed=seed)
        except (NKEstimateError, OSError) as error:
            _echo(f"{error}\nThe last good answer stays.", err=True)
            continue
        _tell_stale(folder)
        _echo(headline_table(summary, loaded, before))
        _notes((*finding_sentences(summary, loaded), *summary.notices))
        _converged(summary)
        before = summary
        _echo(f"\nWatching {path}. Ctrl-C ends.")


@main.command()
@_CASE
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.  [default: reports/CASE/robustness]")
@click.option("--grid", type=click.Path(path_type=Path, dir_okay=False), help="YAML file with what to vary, in place of the case's.")
@click.option("--scenario", metavar="ID", help="Take this scenario as the base.")
@click.option("--pooling", type=click.Choice(["hierarchical", "linear", "log"]), help="Take this pooling as the base.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True,
              help="Seed; each variant's comes from its digest and this.")
@click.option("--draws", type=click.IntRange(1), help="Kept draws a chain of a variant.  [default: 1000]")
@click.option("--tune", type=click.IntRange(1), help="Tuning draws a chain of a variant.  [default: 500]")
@click.option("--chains", type=click.IntRange(1), help="Chains of a variant.  [default: 2]")
@click.option("--workers", type=click.IntRange(1), help="Local processes.  [default: one for each core]")
@click.option("--dask", metavar="ADDRESS", help="Send the fits to this Dask scheduler instead, such as tcp://10.0.0.1:8786.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True, help="What to print.")
@click.option("--no-figures", is_flag=True, help="Draw no pictures.")
@click.option("--fresh", is_flag=True, help="Fit all again, even what is kept from a run that was stopped.")
@_guard
def robustness(case: Path | None, out: Path | None, grid: Path | None, scenario: str | None, pooling: str | None, form: str,
               no_figures: bool, **how: Any) -> int:
    """Refit a case over choices that nobody can settle; say what holds.

    By default: coverage, pooling, common error and dark uncertainty crossed; each reading alone, each scenario; each source,
    group of sources, document and claim left out. The case's `robustness:` or --grid changes that. Fits are kept as they
    come: a run that was stopped goes on where it was.

    \b
    Example:
      nkestimate robustness priors/north-korea-russia.yaml --workers 2
    """
    from nkestimate.analysis.folder import changing, sha256
    from nkestimate.case import load_case
    from nkestimate.solidity import robustness as refit
    from nkestimate.solidity.record import RESULT, TABLE
    from nkestimate.solidity.rows import ROWS
    from nkestimate.tables.robustness import text

    loaded = load_case(case or _shipped(), scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    folder = out or _folder(loaded.id, scenario, pooling) / "robustness"
    try:
        result = refit(loaded, grid, out=folder, **{name: value for name, value in how.items() if value is not None})
    except KeyboardInterrupt:
        _echo(f"stopped; the rows that were done are kept in {folder / ROWS}: the same command goes on from there", err=True)
        return 130
    text_of, written = result.json(), [folder / RESULT, folder / TABLE]
    lost: list[str] = []
    of = sha256(text_of.encode())
    with changing(folder, loaded.digest, result.seed, "robustness") as change:
        build = change.part("robustness", of)
        (build / RESULT).write_text(text_of, encoding="utf-8")
        (build / TABLE).write_text(result.csv(), encoding="utf-8")
        if not no_figures:
            from nkestimate.reporting.figures import attempted
            from nkestimate.reporting.solid import write_pictures

            pictures = change.part("pictures", of)
            written += [folder / path.name for path in attempted("the pictures", lambda: write_pictures(result, pictures), lost)]
    _tell_stale(folder, "robustness")
    for what in lost:
        _echo(f"Note: left out, since it could not be drawn: {what}.", err=True)
    _echo({"text": text, "json": type(result).json, "csv": type(result).csv}[form](result), nl=form == "text")
    if form == "text":
        _echo("\nWritten: " + ", ".join(map(str, written)))
    return 0 if result.base.usable else 3


@main.command()
@_CASE
@click.option("--documents", type=click.Path(path_type=Path, file_okay=False, exists=True), required=True,
              envvar="NKESTIMATE_DOCUMENTS", show_envvar=True, help="Folder with your copies of the case's documents.")
@click.option("--suggest", is_flag=True, help="Print entries for what is unaccounted, as YAML to paste.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True,
              help="How to print the rows.")
@_guard
def audit(case: Path | None, documents: Path, suggest: bool, form: str) -> int:
    """Account for every number in a case's documents.

    Finds each numeric phrase and says whether it is claimed, excluded, incidental or unaccounted. Exit status 1 while one is
    unaccounted, a document is missing or has changed, or figures do not stand where the case says. Of the documents only
    the phrases are printed.

    \b
    Example:
      nkestimate audit priors/north-korea-russia.yaml --documents my-copies
    """
    from nkestimate.audit import audit_case, show

    done = audit_case(case or _shipped(), documents)
    if form == "json":
        _echo(show.as_json(done, suggest))
    elif suggest:
        _echo(show.as_yaml(done))
    else:
        _echo(show.as_csv(done) if form == "csv" else show.as_text(done))
    for warning in done.warnings:
        _echo(f"Warning: {warning}", err=True)
    for fault in done.faults:
        _echo(str(fault), err=True)
    count = len(done.unaccounted)
    if done.faults:
        _echo(f"{counted(len(done.faults), 'fault')}.", err=True)
    if count:
        _echo(f"{counted(count, 'numeric phrase is', 'numeric phrases are')} unaccounted for.", err=True)
    return 0 if done.ok else 1


@main.command()
@click.argument("posterior", type=click.Path(path_type=Path))
@click.option("--case", type=click.Path(path_type=Path), help="Refuse the posterior if this case's digest is another.")
@click.option("--scenario", metavar="ID", help="Scenario of --case.")
@click.option("--pooling", type=click.Choice(["hierarchical", "linear", "log"]), help="Pooling of --case.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder to write to.  [default: the posterior's]")
@_guard
def report(posterior: Path, case: Path | None, scenario: str | None, pooling: str | None, out: Path | None) -> int:
    """Write the report of a saved posterior (a posterior.nc, or its folder).

    \b
    Example:
      nkestimate report reports/north-korea-russia --case priors/north-korea-russia.yaml
    """
    from nkestimate.analysis.fitting import Fit
    from nkestimate.errors import DigestError

    path = posterior / "posterior.nc" if posterior.is_dir() else posterior
    if case is not None:
        from nkestimate.case import load_case

        wanted = load_case(case, scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    saved = Fit.load(path)
    if case is not None and wanted.digest != saved.case.digest:
        raise DigestError(f"{path}: this posterior is of another case: its digest is {saved.case.digest[:19]}…, "
                          f"that of {case} is {wanted.digest[:19]}…; run the case again")
    _echo(f"Written: {_report(saved, out or path.parent)}")
    return _converged(saved.summary)


@main.command()
@_CASE
@click.option("--target", "targets", multiple=True, metavar="KEY",
              help="Claims about this quantity, derived or expression; may be repeated.")
@click.option("--source", "sources", multiple=True, metavar="ID", help="Claims of this source; may be repeated.")
@click.option("--document", "documents", multiple=True, metavar="ID", help="Claims read in this document; may be repeated.")
@click.option("--echoes", "view", flag_value="echoes", help="One row a report: its figures beside the root's.")
@click.option("--implied", "view", flag_value="implied", help="What each statement was read to imply, as stated and as weighed.")
@click.option("--format", "form", type=click.Choice(["text", "csv", "json", "md"]), default="text", show_default=True,
              help="json holds everything, echoes and implied beliefs included.")
@click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write to.  [default: standard output]")
@_guard
def claims(case: Path | None, targets: tuple[str, ...], sources: tuple[str, ...], documents: tuple[str, ...], view: str | None, form: str,
           scenario: str | None, out: Path | None) -> None:
    """List a case's claims: what each says, how much it weighs, where it was read.

    Under each target stands how many independent sources its claims are worth.

    \b
    Examples:
      nkestimate claims priors/north-korea-russia.yaml
      nkestimate claims priors/north-korea-russia.yaml --echoes --document d001
      nkestimate claims --target first_wave --implied
      nkestimate claims --format json --out claims.json
    """
    from nkestimate.analysis.claims_table import render
    from nkestimate.audit.claims import claim_table
    from nkestimate.case import load_case

    path = case or _shipped()
    table = claim_table(load_case(path, scenario=scenario), targets=targets, sources=sources, documents=documents, where=str(path))
    _put(render(table, view or "claims", form), out)


@main.command()
@_CASE
@click.option("--format", "form", type=click.Choice(["bibtex", "prov", "provn", "jsonld"]), required=True,
              help="bibtex: the documents. prov, provn: W3C PROV as JSON or PROV-N. jsonld: schema.org Claim.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write to.  [default: standard output]")
@_guard
def export(case: Path | None, form: str, out: Path | None) -> None:
    """Write a case's evidence for other programs.

    \b
    Examples:
      nkestimate export priors/north-korea-russia.yaml --format bibtex
      nkestimate export --format jsonld --out claims.jsonld
    """
    from nkestimate.audit.exports import export as exported
    from nkestimate.case import load_case

    _put(exported(load_case(case or _shipped()), form).rstrip("\n"), out)


def _put(text: str, out: Path | None) -> None:
    """Print a text, or write it to a file."""
    from nkestimate.analysis.runs import write_text

    if out is None:
        _echo(text)
    else:
        write_text(out, visible(text) + "\n")
        _echo(f"Written: {out}")


@main.command()
@_TAKEN
@click.argument("total", required=False)
@_SCENARIO
@_SEED
@click.option("--scale", type=click.Choice(["natural", "log", "rank"]), help="Scale of variances.  [default: the unit, if the tails allow]")
@_FORMAT
@_PICTURES
@_guard
def explain(case: str | None, total: str | None, scenario: str | None, seed: int, scale: str | None, form: str,
            pictures: Path | None) -> int:
    """Say what drives a total: variance, tornado, weights, what to check.

    CASE is a case file, CASE@scenario, or a saved run (its folder or posterior.nc). TOTAL is the id of a quantity or
    derived; without it, the headline. A saved run of the same case in its usual folder is used; else the case is fitted.

    \b
    Example:
      nkestimate explain priors/north-korea-russia.yaml payments_per_year
    """
    from nkestimate.solidity.explaining import explain as explained
    from nkestimate.solidity.explaining import known_total
    from nkestimate.tables.solidity import shown

    opened = _opened(case, scenario)
    known_total(getattr(opened, "case", opened), total)  # before a fit is made
    result = _fitted(opened, seed)
    try:
        told = explained(result, total, scale=scale)
    except ScaleError as error:
        raise click.UsageError(str(error)) from None
    _echo(shown(told, form))
    if pictures:
        from nkestimate.reporting.drivers_figures import explanation_pictures

        _draw(explanation_pictures(result, told), pictures, "explain", result.case.digest)
    return _converged(result.summary)


@main.command()
@_TAKEN
@_SCENARIO
@_SEED
@click.option("--total", metavar="ID", help="Total whose sensitivities are shown.  [default: the headline]")
@click.option("--refit", "refit", flag_value="all", default="auto", help="Leave out every claim by a refit.")
@click.option("--no-refit", "refit", flag_value="none", help="Approximate all by importance sampling; fast, often unreliable.")
@_FORMAT
@_PICTURES
@_guard
def conflict(case: str | None, scenario: str | None, seed: int, total: str | None, refit: str, form: str, pictures: Path | None) -> int:
    """Set each claim against what the rest of the case predicts.

    CASE is a case file, CASE@scenario, or a saved run. Each claim is left out in turn: by importance sampling (PSIS) where
    that is reliable, else by a refit. Also sets quoted totals against the sum of their parts, and says which claims,
    sources and priors the total is sensitive to.

    \b
    Example:
      nkestimate conflict priors/north-korea-russia.yaml --refit
    """
    from nkestimate.solidity.conflict import conflicts
    from nkestimate.solidity.explaining import known_total
    from nkestimate.tables.solidity import shown
    from nkestimate.wording.findings import outside_sentence

    opened = _opened(case, scenario)
    known_total(getattr(opened, "case", opened), total)
    result = _fitted(opened, seed)
    found = conflicts(result, total, refit=refit)
    _echo(shown(found, form))
    if form == "text":
        _notes(outside_sentence(one, result.case) for one in result.summary.outside)
    if pictures:
        from nkestimate.reporting.drivers_figures import conflict_pictures

        _draw(conflict_pictures(result, found), pictures, "conflict", result.case.digest)
    return _converged(result.summary) or (0 if found.converged else _failed("a fit without one of the claims"))


@main.command()
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--refits", type=click.IntRange(2), default=4, show_default=True, help="Seeds for each case between A and B.")
@_FORMAT
@_PICTURES
@_guard
def compare(a: str, b: str, refits: int, form: str, pictures: Path | None) -> int:
    """Compare two cases or runs, and split the change of the headline.

    A and B are case files, CASE@scenario, or saved runs (a folder or posterior.nc). The change of the median is split into
    model, claims added or removed, what claims say, weights, settings and Monte Carlo noise; the parts add up.

    \b
    Example:
      nkestimate compare priors/north-korea-russia.yaml priors/north-korea-russia.yaml@low-pay
    """
    from nkestimate.solidity.comparing import compare as compared
    from nkestimate.solidity.comparing import open_side
    from nkestimate.tables.solidity import shown

    sides = [open_side(side) for side in (a, b)]  # faults of both before any fit
    found = compared(*(_fitted(side, None) for side in sides), refits=refits)
    _echo(shown(found, form))
    if pictures:
        from nkestimate.reporting.drivers_figures import comparison_pictures

        _draw(comparison_pictures(found), pictures, "compare", "")
    return 0 if found.converged else _failed("a side or a case between them")


def _failed(what: str) -> int:
    _echo(f"NOT CONVERGED: {what}", err=True)
    return 3


def _opened(case: str | None, scenario: str | None) -> Any:
    """Return what CASE names: a case, or a saved fit."""
    from nkestimate.analysis.fitting import Fit
    from nkestimate.solidity.comparing import open_side

    name = case or str(_shipped())
    opened = open_side(f"{name}@{scenario}" if scenario and not (Path(name).is_dir() or name.endswith(".nc")) else name)
    if scenario and isinstance(opened, Fit):
        raise click.UsageError("--scenario goes with a case file, not with a saved run")
    return opened


def _fitted(opened: Any, seed: int | None) -> Any:
    """Return the fit of a case: the one that its usual folder holds, or one made now."""
    from nkestimate.analysis import fit
    from nkestimate.analysis.fitting import DEFAULT_SEED, Fit

    if isinstance(opened, Fit):
        return opened
    return fit(opened, seed=DEFAULT_SEED if seed is None else seed, store=_folder(opened.id, opened.scenario, None))


def _draw(pictures: Any, folder: Path, part: str, digest: str) -> None:
    """Write pictures as PNG and SVG, all or none."""
    from nkestimate.analysis.folder import changing
    from nkestimate.reporting.figures import save, save_png

    with changing(folder, digest, None) as change:
        build = change.part(part, digest)
        for picture in pictures:
            save(picture, build / picture.name, text=False)
            save_png(picture, build / picture.name)
    _echo("Written: " + ", ".join(str(folder / f"{picture.name}.png") for picture in pictures), err=True)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write to.  [default: standard output]")
@_guard
def schema(out: Path | None) -> None:
    """Print the JSON Schema of a case, for editors.

    \b
    Example:
      nkestimate schema --out case.schema.json
    """
    from nkestimate.analysis.runs import write_text

    text = (Path(__file__).parent / "case.schema.json").read_text(encoding="utf-8")
    if out:
        write_text(out, text)
    else:
        _echo(text, nl=False)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@_guard
def init(folder: Path) -> int:
    """Write a small commented case to DIR that runs as it is.

    \b
    Example:
      nkestimate init my-case && nkestimate run my-case/case.yaml --out my-case
    """
    from nkestimate.analysis.runs import write_text

    here = Path(__file__).parent
    files = {"case.yaml": here / "starter" / "case.yaml", "case.schema.json": here / "case.schema.json"}
    taken = [str(folder / name) for name in files if (folder / name).exists()]
    if taken:
        _echo(f"{', '.join(taken)}: exists already; expected a folder without it; choose another", err=True)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        write_text(folder / name, source.read_text(encoding="utf-8"))
    _echo(f"Written: {folder / 'case.yaml'}. Next: nkestimate run {folder / 'case.yaml'} --out {folder}")
    return 0


def _shipped() -> Path:
    """Return the shipped case: in this folder or one above it, as in a checkout."""
    for folder in (Path(), *Path.cwd().parents, Path(__file__).resolve().parents[2]):
        if (folder / SHIPPED).is_file():
            return folder / SHIPPED
    raise click.UsageError(f"no CASE given, and {SHIPPED} is not here")


def _report(result: Any, folder: Path) -> Path:
    """Write the report of a fit, or of a saved one."""
    from nkestimate.analysis.fitting import Fit
    from nkestimate.reporting import report as write

    return write(Fit.load(result) if isinstance(result, Path) else result, folder)


def _converged(summary: Summary) -> int:
    if summary.diagnostics.ok:
        return 0
    _echo("NOT CONVERGED: " + "; ".join(summary.diagnostics.reasons), err=True)
    return 3


if __name__ == "__main__":
    main()
