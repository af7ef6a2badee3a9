"""The command line: a command parses, calls the library once, and prints.

Exit status: 0 fine; 1 the case (or a file) is at fault; 2 usage; 3 the sampler's diagnostics failed.
Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from nkestimate.errors import CaseError, NKEstimateError

SHIPPED = Path("priors/north-korea-russia.yaml")
_CASE = click.argument("case", type=click.Path(path_type=Path), required=False)


def _guard(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a user's mistakes into messages and exit statuses."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            status = command(*args, **kwargs)
        except CaseError as error:
            click.echo(str(error), err=True)
            count = len(error.faults)
            click.echo(f"{count} fault{'s' if count != 1 else ''}.", err=True)
            status = 1
        except NKEstimateError as error:
            click.echo(str(error), err=True)
            status = 1
        except KeyboardInterrupt:
            click.echo("stopped", err=True)
            status = 130
        except BrokenPipeError:
            sys.stderr.close()
            status = 1
        except OSError as error:
            click.echo(f"{error.filename or ''}: {error.strerror or error}".lstrip(": "), err=True)
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
@click.option("--tune", type=click.IntRange(1), default=1000, show_default=True, help="Tuning draws a chain.")
@click.option("--chains", type=click.IntRange(1), default=4, show_default=True, help="Chains.")
@click.option("--pooling", type=click.Choice(["hierarchical", "linear", "log"]), help="Pool direct claims this way instead.")
@click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
@click.option("--engine", type=click.Choice(["fast", "pymc"]), default="fast", show_default=True,
              help="fast compiles nothing; pymc samples the PyMC model.")
@click.option("--no-report", is_flag=True, help="Write summary.json and posterior.nc only.")
@_guard
def run(case: Path | None, out: Path | None, seed: int, draws: int, tune: int, chains: int, pooling: str | None,
        scenario: str | None, engine: str, no_report: bool) -> int:
    """Fit a case; write its summary, posterior and report.

    CASE is a YAML file; without it the shipped case is run. Prints the headline totals, and how they changed since the
    last run in the same folder.

    \b
    Example:
      nkestimate run priors/north-korea-russia.yaml --scenario low-pay
    """
    from nkestimate.case import load_case

    path = case or _shipped()
    loaded = load_case(path, scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    folder = out or Path("reports") / (loaded.id + (f"-{scenario}" if scenario else "") + (f"-{pooling}" if pooling else ""))
    folder.mkdir(parents=True, exist_ok=True)
    before = _last_summary(folder)
    from nkestimate.analysis import fit
    from nkestimate.analysis.table import headline_table

    result = fit(loaded, draws=draws, tune=tune, chains=chains, seed=seed, engine=engine)
    result.save(folder / "posterior.nc")
    written = [folder / "summary.json", folder / "posterior.nc"]
    if not no_report:
        written.append(_report(result, folder))
    # The summary comes last: where it stands, what it sums up is complete.
    _write_text(folder / "summary.json", json.dumps(result.summary, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    click.echo(headline_table(result.summary, result.case, before))
    for notice in result.summary["notices"]:
        click.echo(f"Note: {notice}")
    click.echo("Written: " + ", ".join(str(p) for p in written))
    return _converged(result.summary)


@main.command()
@_CASE
@_guard
def validate(case: Path | None) -> None:
    """Check a case and say what is wrong with it, all at once.

    \b
    Example:
      nkestimate validate priors/north-korea-russia.yaml
    """
    from nkestimate.case import load_case

    path = case or _shipped()
    loaded = load_case(path)
    click.echo(f"{path}: no faults. {len(loaded.quantities)} quantities, {len(loaded.derived)} derived, {len(loaded.claims)} claims "
               f"({len(loaded.active_claims)} active) of {len(loaded.sources)} sources, {len(loaded.questions)} questions, "
               f"{len(loaded.scenarios)} scenarios.")


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
    from nkestimate.analysis.fit import Fit
    from nkestimate.errors import DigestError

    path = posterior / "posterior.nc" if posterior.is_dir() else posterior
    if case is not None:
        from nkestimate.case import load_case

        wanted = load_case(case, scenario=scenario, set={"settings.pooling": pooling} if pooling else None)
    saved = Fit.load(path)
    if case is not None and wanted.digest != saved.case.digest:
        raise DigestError(f"{path}: this posterior is of another case: its digest is {saved.case.digest[:19]}…, "
                          f"that of {case} is {wanted.digest[:19]}…; run the case again")
    click.echo(f"Written: {_report(saved, out or path.parent)}")
    return _converged(saved.summary)


@main.command()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="File to write to.  [default: standard output]")
@_guard
def schema(out: Path | None) -> None:
    """Print the JSON Schema of a case, for editors.

    \b
    Example:
      nkestimate schema --out case.schema.json
    """
    text = (Path(__file__).parent / "case.schema.json").read_text(encoding="utf-8")
    if out:
        _write_text(out, text)
    else:
        click.echo(text, nl=False)


@main.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@_guard
def init(folder: Path) -> int:
    """Write a small commented case to DIR that runs as it is.

    \b
    Example:
      nkestimate init my-case && nkestimate run my-case/case.yaml
    """
    here = Path(__file__).parent
    files = {"case.yaml": here / "starter" / "case.yaml", "case.schema.json": here / "case.schema.json"}
    taken = [str(folder / name) for name in files if (folder / name).exists()]
    if taken:
        click.echo(f"{', '.join(taken)}: exists already; expected a folder without it; choose another", err=True)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    for name, source in files.items():
        _write_text(folder / name, source.read_text(encoding="utf-8"))
    click.echo(f"Written: {folder / 'case.yaml'}. Next: nkestimate run {folder / 'case.yaml'}")
    return 0


def _shipped() -> Path:
    """Return the shipped case: in this folder or one above it, as in a checkout."""
    for folder in (Path(), *Path.cwd().parents, Path(__file__).resolve().parents[2]):
        if (folder / SHIPPED).is_file():
            return folder / SHIPPED
    raise click.UsageError(f"no CASE given, and {SHIPPED} is not here")


def _report(result: Any, folder: Path) -> Path:
    from nkestimate.report import report as write

    return write(result, folder)


def _last_summary(folder: Path) -> dict[str, Any] | None:
    try:
        found = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
        rows = {**found["quantities"], **found["derived"]}
        fine = all(isinstance(row["median"], float) and isinstance(row["unit"], str) for row in rows.values())
    except (OSError, ValueError, KeyError, TypeError):
        return None  # nothing there, or nothing of ours
    return found if fine else None


def _write_text(path: Path, text: str) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _converged(summary: dict[str, Any]) -> int:
    if summary["diagnostics"]["ok"]:
        return 0
    click.echo("NOT CONVERGED: " + "; ".join(summary["diagnostics"]["reasons"]), err=True)
    return 3
