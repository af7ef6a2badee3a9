"""Commands that score what came true, and keep the scores."""

from __future__ import annotations

from pathlib import Path

import click

from nkestimate.cli.options import FILE, FOLDER, PICTURES, SCENARIO, command, printed_as
from nkestimate.cli.shared import draw, echo, folder_of, tell
from nkestimate.errors import CaseError, DigestError, ResultFileError
from nkestimate.wording.numbers import counted

_DEFAULT = Path("ledger")


@command(click.argument("case", type=click.Path(path_type=Path)),
         click.option("--with", "outcomes", type=FILE, required=True, help="YAML file of what came true."),
         click.option("--run", type=FOLDER, help="Folder of the run to score, where CASE is a case file.  [default: reports/CASE]"),
         SCENARIO, click.option("--ledger", type=FOLDER, default=_DEFAULT, show_default=True, help="Folder of ledger.jsonl, to append to."),
         click.option("--no-ledger", is_flag=True, help="Print the scores, and enter nothing."),
         click.option("--track-record", type=FILE, help="Also write the scored claims as a track record to this file, which must be new."),
         click.option("--anyway", is_flag=True,
                      help="Score a run that has not converged, or is of another state of the case; enter a truth outside all draws."),
         printed_as("text", "json", "csv"))
def resolve(case: Path, outcomes: Path, run: Path | None, scenario: str | None, ledger: Path, no_ledger: bool, track_record: Path | None,
            anyway: bool, form: str) -> int:
    """Score a run against what came true, and enter the scores in a ledger.

    CASE is a case file, whose run in its usual folder is scored, or that folder. An outcome of a case is entered once; where one
    that came true lies outside all draws, none is entered, since more often a unit was mistaken. What was entered by mistake
    `nkestimate ledger --withdraw` takes back.

    \b
    Example:
      nkestimate resolve priors/north-korea-russia.yaml --with outcomes.yaml
    """
    from nkestimate.fitting.fits import Fit
    from nkestimate.scoring.entries import check_free, entries_of, write_entries
    from nkestimate.scoring.ledger import LEDGER, append
    from nkestimate.scoring.outcomes import read_outcomes
    from nkestimate.scoring.resolution import outside, score
    from nkestimate.tables import scoring as tables

    if track_record:
        check_free(track_record)
    fit = _fit_of(case, run, scenario, anyway)
    assert isinstance(fit, Fit)
    told = read_outcomes(outcomes, fit.case)
    entries = score(fit, told)
    echo(tables.resolution(entries, form, {key: fit.case.sources[one.source].name for key, one in fit.case.claims.items()}))
    if not anyway and (track_record or not no_ledger) and (faults := outside(fit, told, entries)):
        raise CaseError(faults)
    if not no_ledger:
        done = append(ledger / LEDGER, entries)
        echo(f"\nEntered in {ledger / LEDGER}: {counted(len(done.new), 'outcome')}.", err=form != "text")
        if done.torn:
            tell(["a line at its end was torn, of a process that was killed; it was no entry yet, and is taken away."])
        given = {(one.outcome, one.low, one.high, one.happened) for one in entries}
        tell(f"'{one.outcome}' is there already for this case, entered {one.entered[:10]} with {one.stated}; an entry is never rewritten"
             + ("." if (one.outcome, one.low, one.high, one.happened) in given else
                f"; where that was wrong, withdraw it first: nkestimate ledger {ledger / LEDGER} --withdraw {one.outcome}.")
             for one in done.there)
        tell(f"'{one.outcome}' with {one.stated} was withdrawn on {line.entered[:10]} by {line.by} ({line.why}); it stays so."
             for one, line in done.withdrawn)
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


@command(click.argument("file", type=FILE, default=_DEFAULT / "ledger.jsonl"), printed_as("text", "json", "csv"), PICTURES,
         click.option("--withdraw", metavar="ID", help="First withdraw an entry: the id of its outcome, or its own (sha256:…)."),
         click.option("--by", metavar="NAME", help="Who withdraws it."),
         click.option("--why", metavar="TEXT", help="For what reason it is withdrawn."))
def ledger(file: Path, form: str, pictures: Path | None, withdraw: str | None, by: str | None, why: str | None) -> None:
    """Say what a ledger's scores amount to: intervals, questions, sources.

    FILE is a ledger that `nkestimate resolve` has begun; without it, ledger/ledger.jsonl. An entry that was a mistake is withdrawn by
    a line of its own, with who, when and why: it stays in the file, counts nowhere, and its outcome may be entered anew.

    \b
    Examples:
      nkestimate ledger ledger/ledger.jsonl
      nkestimate ledger --withdraw length --by Ann --why "metres for km"
    """
    from nkestimate.scoring.ledger import read_ledger
    from nkestimate.scoring.ledger import withdraw as take_back
    from nkestimate.scoring.standing import standing
    from nkestimate.tables import scoring as tables

    given = [bool(one and one.strip()) for one in (withdraw, by, why)]
    if any(given) and not all(given):
        raise click.UsageError("--withdraw, --by and --why go together: which entry, who withdraws it, for what reason")
    if withdraw and by and why:
        taken = take_back(file, withdraw, by.strip(), why.strip())
        echo(f"Withdrawn in {file}: {taken.label}, {taken.stated}.", err=True)
    read = read_ledger(file)
    found = standing(read.entries)
    echo(tables.ledger(found, form, read.withdrawn))
    if read.torn:
        tell(["the last line is torn, of a process that was killed; it is no entry, and the next one takes it away."])
    if pictures:
        from nkestimate.reporting.ledger_figures import ledger_pictures

        draw(lambda lost: ledger_pictures(found, lost), pictures, "ledger", "")
