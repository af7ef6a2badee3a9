"""Commands that score what came true, and keep the scores."""

from __future__ import annotations

from pathlib import Path

import click

from nkestimate.cli.options import FILE, FOLDER, PICTURES, SCENARIO, command, printed_as
from nkestimate.cli.shared import draw, echo, folder_of, tell
from nkestimate.errors import DigestError, ResultFileError
from nkestimate.wording.numbers import counted

_DEFAULT = Path("ledger")


@command(click.argument("case", type=click.Path(path_type=Path)),
         click.option("--with", "outcomes", type=FILE, required=True, help="YAML file of what came true."),
         click.option("--run", type=FOLDER, help="Folder of the run to score, where CASE is a case file.  [default: reports/CASE]"),
         SCENARIO, click.option("--ledger", type=FOLDER, default=_DEFAULT, show_default=True, help="Folder of ledger.jsonl, to append to."),
         click.option("--no-ledger", is_flag=True, help="Print the scores, and enter nothing."),
         click.option("--track-record", type=FILE, help="Also write the scored claims as a track record to this file, which must be new."),
         click.option("--anyway", is_flag=True, help="Score a run that has not converged, or is of another state of the case."),
         printed_as("text", "json", "csv"))
def resolve(case: Path, outcomes: Path, run: Path | None, scenario: str | None, ledger: Path, no_ledger: bool, track_record: Path | None,
            anyway: bool, form: str) -> int:
    """Score a run against what came true, and enter the scores in a ledger.

    CASE is a case file, whose run in its usual folder is scored, or that folder. An outcome of a case is entered once.

    \b
    Example:
      nkestimate resolve priors/north-korea-russia.yaml --with outcomes.yaml
    """
    from nkestimate.fitting.fits import Fit
    from nkestimate.scoring.entries import check_free, entries_of, write_entries
    from nkestimate.scoring.ledger import LEDGER, append
    from nkestimate.scoring.outcomes import read_outcomes
    from nkestimate.scoring.resolution import score
    from nkestimate.tables import scoring as tables

    if track_record:
        check_free(track_record)
    fit = _fit_of(case, run, scenario, anyway)
    assert isinstance(fit, Fit)
    entries = score(fit, read_outcomes(outcomes, fit.case))
    echo(tables.resolution(entries, form))
    if not no_ledger:
        done = append(ledger / LEDGER, entries)
        echo(f"\nEntered in {ledger / LEDGER}: {counted(len(done.new), 'outcome')}.", err=form != "text")
        if done.torn:
            tell(["a line at its end was torn, of a process that was killed; it was no entry yet, and is taken away."])
        tell(f"'{one.outcome}' is there already for this case, entered {one.entered[:10]} with {one.stated}; an entry is never rewritten."
             for one in done.there)
    if track_record:
        text = entries_of(fit.case, entries)
        if text:
            write_entries(track_record, text)
        echo(f"Written: {track_record}" if text else "Note: no claim was scored, so there is no track record to write.", err=form != "text")
    return 0 if fit.ok else 3


def _fit_of(case: Path, run: Path | None, scenario: str | None, anyway: bool) -> object:
    """Return the saved fit to score: converged, and of the case as it is, unless told to take it anyway."""
    from nkestimate.case import load_case
    from nkestimate.fitting.fits import Fit
    from nkestimate.fitting.runs import POSTERIOR

    saved = case.is_dir() or case.suffix == ".nc"
    if saved and (run or scenario):
        raise click.UsageError("--run and --scenario go with a case file, not with a saved run")
    if saved:
        fit = Fit.load(case / POSTERIOR if case.is_dir() else case)
    else:
        wanted = load_case(case, scenario=scenario)
        path = (run or folder_of(wanted.id, scenario, None)) / POSTERIOR
        if not path.is_file():
            raise ResultFileError(f"{path}: no run of {case} is there; name the folder of its run with --run, or run the case first")
        fit = Fit.load(path)
        if fit.case.digest != wanted.digest and not anyway:
            raise DigestError(f"{path}: this run is of another state of the case: its digest is {fit.case.digest[:19]}…, that of {case} is "
                              f"{wanted.digest[:19]}…; to score what was said then, give --anyway; else run the case again")
    return fit if anyway else fit.require_converged()


@command(click.argument("file", type=FILE, default=_DEFAULT / "ledger.jsonl"), printed_as("text", "json", "csv"), PICTURES)
def ledger(file: Path, form: str, pictures: Path | None) -> None:
    """Say what a ledger's scores amount to: intervals, questions, sources.

    FILE is a ledger that `nkestimate resolve` has begun; without it, ledger/ledger.jsonl.

    \b
    Example:
      nkestimate ledger ledger/ledger.jsonl
    """
    from nkestimate.scoring.ledger import read_ledger
    from nkestimate.scoring.standing import standing
    from nkestimate.tables import scoring as tables

    read = read_ledger(file)
    found = standing(read.entries)
    echo(tables.ledger(found, form))
    if read.torn:
        tell(["the last line is torn, of a process that was killed; it is no entry, and the next one takes it away."])
    if pictures:
        from nkestimate.reporting.ledger_figures import ledger_pictures

        draw(lambda lost: ledger_pictures(found, lost), pictures, "ledger", "")
