"""Commands that say how solid an answer is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from nkestimate.cli.options import CASE, FILE, FOLDER, PICTURES, SCENARIO, SEED, SET, TAKEN, command, pooled_by, printed_as, to_folder
from nkestimate.cli.shared import converged, draw, echo, fitted, folder_of, not_converged, open_named, shipped, tell, tell_lost, tell_stale
from nkestimate.errors import ResultFileError, ScaleError

_WORKERS = click.option("--workers", type=click.IntRange(1), help="Local processes.  [default: one for each core]")
_DASK = click.option("--dask", metavar="ADDRESS", help="Send the fits to this Dask scheduler instead, such as tcp://10.0.0.1:8786.")
_PRINTED = printed_as("text", "json", "csv", what="What to print.")
_NO_FIGURES = click.option("--no-figures", is_flag=True, help="Draw no pictures.")
_FRESH = click.option("--fresh", is_flag=True, help="Fit all again, even what is kept from a run that was stopped.")


def _beside_runs(folder: Path, name: str) -> None:
    """Raise where a folder holds a run: what many fits give would lead it, and mark the run's own files as stale."""
    from nkestimate.fitting.runs import FIT_PART, POSTERIOR
    from nkestimate.folder import manifest_of

    if manifest_of(folder).of(FIT_PART) or (folder / POSTERIOR).exists():
        raise click.UsageError(f"--out {folder}: this folder holds a run; give --out {folder / name}")


def _refit(name: str, make: Callable[[], Any], text: Callable[[Any], str], form: str, folder: Path, *, figures: bool,
           fresh: bool) -> Any:
    """Return what many fits give, put into a folder as ``name``.json and .csv with its pictures, and printed."""
    from nkestimate.folder import changing, sha256
    from nkestimate.solidity.refits.rows import ROWS

    try:
        result = make()
    except KeyboardInterrupt:
        same = "the same command without --fresh" if fresh else "the same command"
        echo(f"stopped; the rows that were done are kept in {folder / ROWS}: {same} goes on from there", err=True)
        raise click.exceptions.Exit(130) from None
    files, names, lost = {"json": result.json(), "csv": result.csv()}, [f"{name}.json", f"{name}.csv"], list[str]()
    of = sha256(files["json"].encode())
    with changing(folder, result.digest, result.seed, name) as change:
        build = change.part(name, of)
        for ending, content in files.items():
            (build / f"{name}.{ending}").write_text(content, encoding="utf-8")
        if figures:
            from nkestimate.reporting.calibration_figures import calibration_pictures
            from nkestimate.reporting.picture import written
            from nkestimate.reporting.solid import pictures

            drawn: Callable[..., Any] = pictures if name == "robustness" else calibration_pictures
            names += written(drawn(result, lost), change.part("pictures", of), lost)
    tell_stale(folder, name)
    tell_lost(lost)
    echo(files.get(form) or text(result), nl=form == "text")
    if form == "text":
        echo("\nWritten: " + ", ".join(str(folder / one) for one in names))
    return result


@command(CASE, to_folder("reports/CASE/robustness"),
         click.option("--grid", type=FILE, help="YAML file with what to vary, in place of the case's."),
         click.option("--scenario", metavar="ID", help="Take this scenario as the base."), pooled_by("Take this pooling as the base."),
         click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True,
                      help="Seed; each variant's comes from its digest and this."),
         click.option("--draws", type=click.IntRange(1), help="Kept draws a chain of a variant.  [default: 1000]"),
         click.option("--tune", type=click.IntRange(1), help="Tuning draws a chain of a variant.  [default: 500]"),
         click.option("--chains", type=click.IntRange(1), help="Chains of a variant.  [default: 2]"),
         _WORKERS, _DASK, _PRINTED, _NO_FIGURES, _FRESH)
def robustness(case: Path | None, out: Path | None, grid: Path | None, scenario: str | None, pooling: str | None, form: str,
               no_figures: bool, **how: Any) -> int:
    """Refit a case over choices that nobody can settle; say what holds.

    By default: coverage, pooling, common error and dark uncertainty crossed; each reading alone, each scenario; each source,
    group of sources, document and claim left out. The case's `robustness:` or --grid changes that. Fits are kept as they
    come: a run that was stopped goes on where it was.

    A report tells the result that it finds in the folder `robustness` of its run: with `run --out FOLDER`, give --out
    FOLDER/robustness.

    \b
    Example:
      nkestimate robustness priors/north-korea-russia.yaml --workers 2
    """
    from nkestimate.case import load_case
    from nkestimate.fitting.runs import ROBUSTNESS
    from nkestimate.solidity.refits.grid import robustness as refit
    from nkestimate.tables.robustness import text

    loaded = load_case(case or shipped(), scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    folder = out or folder_of(loaded.id, scenario, pooling) / ROBUSTNESS
    _beside_runs(folder, ROBUSTNESS)
    given = {name: value for name, value in how.items() if value is not None}
    result = _refit("robustness", lambda: refit(loaded, grid, out=folder, **given), text, form, folder, figures=not no_figures,
                    fresh=how["fresh"])
    return 0 if result.base.usable else 3


@command(CASE, to_folder("reports/CASE/calibration"), SCENARIO, pooled_by("Take this pooling instead."), SEED,
         click.option("--simulations", type=click.IntRange(1), default=200, show_default=True,
                      help="Truths to draw and fit; a later run with more goes on from those that are kept."),
         click.option("--draws", type=click.IntRange(1), default=500, show_default=True, help="Kept draws a chain of a simulation's fit."),
         click.option("--tune", type=click.IntRange(1), default=300, show_default=True, help="Tuning draws a chain."),
         click.option("--chains", type=click.IntRange(1), default=2, show_default=True, help="Chains."),
         _WORKERS, _DASK,
         click.option("--no-claims", is_flag=True, help="Leave out no claim of the case: simulate only."),
         _PRINTED, _NO_FIGURES, _FRESH)
def calibrate(case: Path | None, out: Path | None, scenario: str | None, pooling: str | None, seed: int, no_claims: bool, form: str,
              no_figures: bool, **how: Any) -> int:
    """Check that fits of a case find what they are shown.

    Truths, and what the case's sources would state of them, are drawn from its own density, and fitted: where all is right,
    ranks of truths among draws are uniform. Then each claim of the case is left out, and set in what the rest predicts. Fits
    are kept as they come: a run that was stopped goes on where it was.

    \b
    Example:
      nkestimate calibrate priors/north-korea-russia.yaml --simulations 100
    """
    from nkestimate.case import load_case
    from nkestimate.fitting.fits import fit
    from nkestimate.solidity.calibrating.simulations import calibrate as simulated
    from nkestimate.tables.calibration import text

    loaded = load_case(case or shipped(), scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    run = folder_of(loaded.id, scenario, pooling)
    folder = out or run / "calibration"
    _beside_runs(folder, "calibration")

    def make() -> Any:
        own = None if no_claims else fit(loaded, seed=seed, store=run)
        return simulated(loaded, fit=own, out=folder, seed=seed, **how)

    result = _refit("calibration", make, text, form, folder, figures=not no_figures, fresh=how["fresh"])
    return 0 if result.ok else 3


@command(TAKEN, click.argument("total", required=False), SCENARIO, SET, SEED,
         click.option("--scale", type=click.Choice(["natural", "log", "rank"]),
                      help="Scale of variances.  [default: the unit, if the tails allow]"),
         printed_as("text", "json", "csv"), PICTURES)
def explain(case: str | None, total: str | None, scenario: str | None, changes: dict[str, Any], seed: int, scale: str | None, form: str,
            pictures: Path | None) -> int:
    """Say what drives a total: variance, tornado, weights, what to check.

    CASE is a case file, CASE@scenario, or a saved run (its folder or posterior.nc). TOTAL is the id of a quantity or
    derived; without it, the headline. A saved run of the same case in its usual folder is used; else the case is fitted.

    \b
    Example:
      nkestimate explain priors/north-korea-russia.yaml payments_per_year
    """
    from nkestimate.solidity.explaining.explanation import explain as explained
    from nkestimate.solidity.explaining.explanation import known_total
    from nkestimate.tables.solidity import shown

    opened = open_named(case, scenario, changes)
    known_total(getattr(opened, "case", opened), total)  # before a fit is made
    result = fitted(opened, seed)
    try:
        told = explained(result, total, scale=scale)
    except ScaleError as error:
        raise click.UsageError(str(error)) from None
    echo(shown(told, form))
    if pictures:
        from nkestimate.reporting.drivers_figures import explanation_pictures

        draw(lambda lost: explanation_pictures(result, told, lost), pictures, "explain", result.case.digest)
    return converged(result.summary)


@command(TAKEN, SCENARIO, SET, SEED,
         click.option("--total", metavar="ID", help="Total whose sensitivities are shown.  [default: the headline]"),
         click.option("--refit", "refit", flag_value="all", default="auto", help="Leave out every claim by a refit."),
         click.option("--no-refit", "refit", flag_value="none", help="Approximate all by importance sampling; fast, often unreliable."),
         printed_as("text", "json", "csv"), PICTURES)
def conflict(case: str | None, scenario: str | None, changes: dict[str, Any], seed: int, total: str | None, refit: str, form: str,
             pictures: Path | None) -> int:
    """Set each claim against what the rest of the case predicts.

    CASE is a case file, CASE@scenario, or a saved run. Each claim is left out in turn: by importance sampling (PSIS) where
    that is reliable, else by a refit. Also sets quoted totals against the sum of their parts, and says which claims,
    sources and priors the total is sensitive to.

    \b
    Example:
      nkestimate conflict priors/north-korea-russia.yaml --refit
    """
    from nkestimate.sentences.findings import outside_sentence
    from nkestimate.solidity.conflict import conflicts
    from nkestimate.solidity.explaining.explanation import known_total
    from nkestimate.tables.solidity import shown

    opened = open_named(case, scenario, changes)
    known_total(getattr(opened, "case", opened), total)
    result = fitted(opened, seed)
    found = conflicts(result, total, refit=refit)
    echo(shown(found, form))
    if form == "text":
        tell(outside_sentence(one, result.case) for one in result.summary.outside)
    if pictures:
        from nkestimate.reporting.drivers_figures import conflict_pictures

        draw(lambda lost: conflict_pictures(result, found, lost), pictures, "conflict", result.case.digest)
    return converged(result.summary) or (0 if found.converged else not_converged("a fit without one of the claims"))


@command(click.argument("a", metavar="A"), click.argument("b", metavar="B", required=False),
         click.option("--against", metavar="N|DIGEST",
                      help="In place of B: A is a folder of runs, and is set against its run of N runs ago, or of a case of that digest."),
         click.option("--refits", type=click.IntRange(2), default=4, show_default=True, help="Seeds for each case between A and B."),
         printed_as("text", "json", "csv"), PICTURES)
def compare(a: str, b: str | None, against: str | None, refits: int, form: str, pictures: Path | None) -> int:
    """Compare two cases or runs, and split the change of the headline.

    A and B are case files, CASE@scenario, or saved runs (a folder or posterior.nc). The change of the median is split into
    model, claims added or removed, what claims say, weights, settings and Monte Carlo noise; the parts add up. With --against
    a folder's run is set beside an earlier one of its history, of which the figures are kept and no draws: no parts.

    \b
    Example:
      nkestimate compare priors/north-korea-russia.yaml priors/north-korea-russia.yaml@low-pay
      nkestimate compare reports/north-korea-russia --against 1
    """
    from nkestimate.solidity.comparing.comparison import compare as compared
    from nkestimate.solidity.comparing.comparison import open_side
    from nkestimate.tables.solidity import shown

    if (b is None) == (against is None):
        raise click.UsageError("expected A and B, or a folder A and --against N or DIGEST")
    if b is None:
        if pictures or not Path(a).is_dir():
            raise click.UsageError("--against has no pictures" if pictures else f"--against goes with a folder of runs; '{a}' is none")
        from nkestimate.fitting.history import earlier
        from nkestimate.solidity.comparing.earlier import against as beside

        found = beside(open_side(a), earlier(Path(a), against or ""))
    else:
        sides = [open_side(side) for side in (a, b)]  # faults of both before any fit
        found = compared(*(fitted(side, None) for side in sides), refits=refits)
    echo(shown(found, form))
    if pictures:
        from nkestimate.reporting.drivers_figures import comparison_pictures

        draw(lambda lost: comparison_pictures(found, lost), pictures, "compare", "")
    return 0 if found.converged else not_converged("a side or a case between them")


@command(click.argument("out", type=FOLDER, required=False), printed_as("text", "csv"))
def history(out: Path | None, form: str) -> None:
    """List the runs that a folder has held, the latest first.

    OUT is a folder that `run` or `watch` has written to; without it, that of the shipped case. `compare OUT --against N` sets
    the last run beside any of them.

    \b
    Example:
      nkestimate history reports/north-korea-russia
    """
    from nkestimate.fitting.history import history as runs_of
    from nkestimate.tables.history import history_csv, history_table

    folder = out or folder_of(shipped().stem, None, None)
    if not folder.is_dir():
        raise ResultFileError(f"{folder}: no such folder; expected one that `nkestimate run` has written to")
    echo((history_csv if form == "csv" else history_table)(runs_of(folder)))
