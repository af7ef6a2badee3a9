"""The command line: a command parses, calls the library, and prints.

Exit status: 0 fine; 1 the case (or a file) is at fault; 2 usage; 3 the sampler's diagnostics failed; 130 Ctrl-C.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nkestimate.cli import beginning, evidence, explore, scoring, solidity  # their commands join the group
from nkestimate.cli.options import CASE, FORMATS, PAPER, SCENARIO, SEED, SET, THERE, TO_FILE, TRACE, command, main, pooled_by, to_folder
from nkestimate.cli.shared import converged, echo, fit_into, folder_of, put_scenarios, run_scenarios, shipped, tally_of, tell, tell_stale
from nkestimate.errors import CaseError, NKEstimateError
from nkestimate.wording.numbers import count, counted

# A command is a process of its own: what other packages would hook into Pydantic is not looked for among all that are installed.
os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "true")

if TYPE_CHECKING:
    from nkestimate.fitting.records import Summary

PACKAGE = Path(__file__).parents[1]
_RECENT = 10  # runs that `watch` shows a line of
__all__ = ["beginning", "evidence", "explore", "main", "scoring", "solidity"]


@command(CASE, to_folder("reports/CASE"), SEED,
         click.option("--draws", type=click.IntRange(1), default=1000, show_default=True, help="Kept draws a chain."),
         click.option("--tune", type=click.IntRange(1), default=400, show_default=True, help="Tuning draws a chain."),
         click.option("--chains", type=click.IntRange(1), default=4, show_default=True, help="Chains."),
         pooled_by("Pool direct claims this way instead."),
         click.option("--scenario", metavar="IDS", help="Apply a scenario of the case; of several (a,b,c), print a table."),
         click.option("--all-scenarios", is_flag=True, help="Print a table of all the case's scenarios."), SET,
         click.option("--list-scenarios", is_flag=True, help="Print the case's scenarios, and fit nothing."),
         click.option("--engine", type=click.Choice(["fast", "pymc"]), default="fast", show_default=True,
                      help="fast compiles nothing; pymc samples the PyMC model."),
         click.option("--no-report", is_flag=True, help="Write summary.json and posterior.nc only."), PAPER, FORMATS, TRACE,
         click.option("--documents", type=THERE,
                      help="Folder with your copies of the documents: summary and report tell what the audit counts in them."),
         click.option("--fresh", is_flag=True, help="Sample again even if nothing has changed since the last run."))
def run(case: Path | None, out: Path | None, seed: int, draws: int, tune: int, chains: int, pooling: str | None,
        scenario: str | None, all_scenarios: bool, changes: dict[str, Any], list_scenarios: bool, engine: str, no_report: bool, paper: str,
        formats: tuple[str, ...], trace: bool, documents: Path | None, fresh: bool) -> int:
    """Fit a case; write its summary, posterior and report.

    CASE is a YAML file; without it the shipped case is run. Prints the totals, and how they changed since the last run in
    the same folder. Where nothing has changed, what that run stored is shown again. Of several scenarios the headline and the
    questions are printed, a row a scenario, and each is kept in its usual folder, without a report.

    Where diagnostics fail, all is written, stamped as not converged, and the exit status is 3: docs/how-to.md, "When it does
    not converge", says what each reason means and what to try.

    \b
    Examples:
      nkestimate run priors/north-korea-russia.yaml --scenario low-pay
      nkestimate run priors/north-korea-russia.yaml --all-scenarios
    """
    from nkestimate.case import load_case
    from nkestimate.fitting import runs
    from nkestimate.fitting.formats import leading, traced
    from nkestimate.sentences.findings import told
    from nkestimate.tables.run import headline_table

    path = case or shipped()
    if list_scenarios:
        return put_scenarios(load_case(path))
    sampling = {"draws": draws, "tune": tune, "chains": chains, "engine": engine}
    if all_scenarios or "," in (scenario or ""):
        if changes or documents:
            raise click.UsageError("several scenarios go without --set and --documents")
        return run_scenarios(path, scenario, out, pooling, seed, sampling, fresh=fresh)
    if changes and out is None:
        raise click.UsageError("with --set the case is another: say where to write with --out")
    loaded = load_case(path, scenario=scenario, set={**({"settings.pooling": pooling} if pooling else {}), **changes})
    tally = tally_of(path, documents) if documents else None
    folder = out or folder_of(loaded.id, scenario, pooling)
    before = runs.last_summary(folder)
    if before and (before.case, before.title) != (loaded.id, loaded.title):
        echo(f"Note: {folder} held a run of another case ({before.title}), which this one replaces; --out keeps them apart.")
        before = None
    kept = None if fresh else runs.stored(folder, loaded, seed, sampling, tally)
    formats = traced(formats, trace)
    written = [folder / runs.SUMMARY, folder / runs.POSTERIOR]
    if kept is not None:
        summary = kept
        if not no_report and not runs.has_report(folder, paper, formats):
            from nkestimate.fitting.fits import Fit
            from nkestimate.reporting import report as write

            write(Fit.load(folder / runs.POSTERIOR), folder, paper=paper, formats=formats)
    else:
        summary = fit_into(loaded, folder, None if no_report else paper, tally, formats, seed=seed, **sampling)
    if runs.has_report(folder, paper, formats):
        written += [folder / name for name in leading(formats)]
    echo(headline_table(summary, loaded, before))
    tell(told(summary, loaded))
    tell_stale(folder)
    echo(("Unchanged since the last run: " if kept is not None else "Written: ") + ", ".join(map(str, written)))
    return converged(summary)


@command(CASE, SCENARIO, SET)
def validate(case: Path | None, scenario: str | None, changes: dict[str, Any]) -> None:
    """Check a case and say what is wrong with it, all at once.

    Where a default would make a statement a hundred times wider and more, it says so and names the ways out. Then it asks what
    a referee would ask: a bound taken for a value, a total on one source, a weight without its reason, and the like.

    \b
    Example:
      nkestimate validate priors/north-korea-russia.yaml
    """
    from nkestimate.case import load_case
    from nkestimate.density import weighed
    from nkestimate.evidence.contradictions import contradictions
    from nkestimate.evidence.defaults import swamped
    from nkestimate.evidence.lint import doubts
    from nkestimate.sentences.findings import swamped_sentence
    from nkestimate.sentences.publishing import bias_sentences, doubt_sentences
    from nkestimate.wording.notices import notice_words

    path = case or shipped()
    loaded = weighed(load_case(path, scenario=scenario, set=changes))
    echo(f"{path}: no faults. {counted(len(loaded.quantities), 'quantity', 'quantities')}, {count(len(loaded.derived))} derived, "
          f"{counted(len(loaded.claims), 'claim')} ({count(len(loaded.active_claims))} active) of "
          f"{counted(len(loaded.sources), 'source')}, {counted(len(loaded.questions), 'question')}, "
          f"{counted(len(loaded.scenarios), 'scenario')}"
          + (f", {counted(len(loaded.track_record), 'entry', 'entries')} of track record." if loaded.track_record else "."))
    tell((*(notice_words(notice, loaded) for notice in loaded.notices), *bias_sentences(loaded)))
    tell(filter(None, (*(notice_words(notice, loaded) for notice in contradictions(loaded)),
                       swamped_sentence(swamped(loaded), loaded))))
    tell(doubt_sentences(doubts(loaded), loaded), "Before you publish")


@command(CASE, to_folder("reports/CASE"), SEED, SCENARIO,
         click.option("--report", "with_report", is_flag=True, help="Rewrite the report too."), PAPER)
def watch(case: Path | None, out: Path | None, seed: int, scenario: str | None, with_report: bool, paper: str) -> None:
    """Run a case again on each save of any of its files, until Ctrl-C.

    Prints the totals with their change since the last save, and a line for each of the last ten runs: when, the headline, its
    change. Faults are shown as `validate` shows them, and the last good answer stays.

    \b
    Example:
      nkestimate watch priors/north-korea-russia.yaml
    """
    from nkestimate.case import load_case
    from nkestimate.fitting.watching import saves

    path = case or shipped()
    before: Summary | None = None
    for _ in saves(path):
        try:
            loaded = load_case(path, scenario=scenario)
        except CaseError as error:
            echo(f"{error}\n{counted(len(error.faults), 'fault')}. The last good answer stays.", err=True)
            continue
        folder = out or folder_of(loaded.id, scenario, None)
        from nkestimate.fitting.history import history
        from nkestimate.sentences.findings import told
        from nkestimate.tables.history import recent_lines
        from nkestimate.tables.run import headline_table

        try:
            summary = fit_into(loaded, folder, paper if with_report else None, seed=seed)
        except (NKEstimateError, OSError) as error:
            echo(f"{error}\nThe last good answer stays.", err=True)
            continue
        tell_stale(folder)
        echo(headline_table(summary, loaded, before))
        tell(told(summary, loaded))
        converged(summary)
        before = summary
        echo(f"\n{recent_lines(history(folder)[:_RECENT])}\n\nWatching {path}. Ctrl-C ends.")


@command(click.argument("posterior", type=click.Path(path_type=Path)),
         click.option("--case", type=click.Path(path_type=Path), help="Refuse the posterior if this case's digest is another."),
         click.option("--scenario", metavar="ID", help="Scenario of --case."), pooled_by("Pooling of --case."),
         to_folder("the posterior's"), PAPER, FORMATS, TRACE)
def report(posterior: Path, case: Path | None, scenario: str | None, pooling: str | None, out: Path | None, paper: str,
           formats: tuple[str, ...], trace: bool) -> int:
    """Write the report of a saved posterior (a posterior.nc, or its folder): the brief report.pdf, annex.pdf, and report.html.

    Other formats: docx and md are the brief for a word processor and as Markdown; csv and xlsx have totals, quantities, questions,
    claims and sources as tables. What the folder has in formats that are not named stays.

    \b
    Examples:
      nkestimate report reports/north-korea-russia --case priors/north-korea-russia.yaml
      nkestimate report reports/north-korea-russia --format docx,xlsx
    """
    from nkestimate.errors import DigestError
    from nkestimate.fitting.fits import Fit

    path = posterior / "posterior.nc" if posterior.is_dir() else posterior
    if case is not None:
        from nkestimate.case import load_case

        wanted = load_case(case, scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    saved = Fit.load(path)
    if case is not None and wanted.digest != saved.case.digest:
        raise DigestError(f"{path}: this posterior is of another case: its digest is {saved.case.digest[:19]}…, "
                          f"that of {case} is {wanted.digest[:19]}…; run the case again")
    from nkestimate.fitting.formats import FIGURES, leading, traced
    from nkestimate.reporting import report as write

    folder = out or path.parent
    formats = traced(formats, trace)
    write(saved, folder, paper=paper, formats=formats)
    echo("Written: " + ", ".join(str(folder / name) for name in leading(formats) or [FIGURES]))
    return converged(saved.summary)


@command(TO_FILE)
def schema(out: Path | None) -> None:
    """Print the JSON Schema of a case, for editors.

    \b
    Example:
      nkestimate schema --out case.schema.json
    """
    from nkestimate.fitting.runs import write_text

    text = (PACKAGE / "case.schema.json").read_text(encoding="utf-8")
    if out:
        write_text(out, text)
    else:
        echo(text, nl=False)
