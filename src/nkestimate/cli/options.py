"""The group of commands and their decorators: what several of them take, and a guard that turns a user's mistakes into messages."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from nkestimate.cli.shared import echo
from nkestimate.errors import STILL, CaseError, NKEstimateError
from nkestimate.fitting.formats import A4, PAPERS, USUAL
from nkestimate.fitting.formats import FORMATS as KNOWN
from nkestimate.wording.numbers import count, counted

Decorator = Callable[[Any], Any]

FILE, FOLDER = click.Path(path_type=Path, dir_okay=False), click.Path(path_type=Path, file_okay=False)
THERE = click.Path(path_type=Path, file_okay=False, exists=True)
CASE = click.argument("case", type=click.Path(path_type=Path), required=False)
TAKEN = click.argument("case", required=False)  # a file, CASE@scenario or a saved run
SCENARIO = click.option("--scenario", metavar="ID", help="Apply one of the case's scenarios.")
SEED = click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True, help="Seed of all randomness.")
PAPER = click.option("--paper", type=click.Choice(list(PAPERS)), default=A4, show_default=True, help="Paper of the report.")
FORMATS = click.option("--format", "formats", metavar="LIST", default=",".join(USUAL), show_default=True,
                       callback=lambda _, __, given: formats_of(given), help=f"What to write the report as, of {', '.join(KNOWN)}.")
PICTURES = click.option("--pictures", type=FOLDER, help="Folder to draw its pictures to.")
TRACE = click.option("--trace", is_flag=True, help="Write trace.json, too: claims and documents behind each figure and sentence.")
TO_FILE = click.option("--out", type=FILE, help="File to write to.  [default: standard output]")
SET = click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", callback=lambda _, __, given: changes_of(given),
                   help="Change the case for this once, by a scenario's paths: sources.mayor.weight=0.2; may be repeated.")


def formats_of(given: str) -> tuple[str, ...]:
    """Return formats of a report from ``pdf,docx``; one that stands twice counts once.

    Examples
    --------
    >>> formats_of("docx, xlsx")
    ('docx', 'xlsx')
    """
    found = tuple(dict.fromkeys(part.strip().lower() for part in given.split(",")))
    for form in found:
        if form not in KNOWN:
            raise click.BadParameter(f"'{form}' is none; expected some of {', '.join(KNOWN)}, with commas between")
    return found


def changes_of(given: Iterable[str]) -> dict[str, Any]:
    """Return changes to a case from ``path=value`` texts; a value in brackets or braces, and null, is YAML.

    Examples
    --------
    >>> changes_of(["sources.mayor.weight=0.2", "claims.count.between=[3, 5]", "claims.other=null"])
    {'sources.mayor.weight': '0.2', 'claims.count.between': [3, 5], 'claims.other': None}
    """
    changes: dict[str, Any] = {}
    for text in given:
        path, sign, value = text.partition("=")
        if not sign or not path.strip():
            raise click.UsageError(f"--set {text}: expected PATH=VALUE, such as sources.mayor.weight=0.2")
        changes[path.strip()] = _plain(value.strip(), text)
    return changes


def _plain(value: str, text: str) -> Any:
    if value and value[0] not in "[{" and value != "null":
        return value
    import yaml

    try:
        return yaml.safe_load(value)
    except yaml.YAMLError:
        raise click.UsageError(f"--set {text}: what stands behind the sign is no YAML") from None


def to_folder(default: str) -> Decorator:
    """Return the option of a folder to write to."""
    return click.option("--out", type=FOLDER, help=f"Folder to write to.  [default: {default}]")


def pooled_by(what: str) -> Decorator:
    """Return the option of another pooling."""
    return click.option("--pooling", type=click.Choice(["hierarchical", "linear", "log"]), help=what)


class _Forms(click.Choice[str]):
    """Forms of a text; ``elsewhere`` names the command that writes another."""

    def __init__(self, forms: Iterable[str], elsewhere: Mapping[str, str]):
        super().__init__(tuple(forms))
        self.elsewhere = elsewhere

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value in self.elsewhere:
            self.fail(f"'{value}' is no text to print; `{self.elsewhere[value]}` writes it", param, ctx)
        return super().convert(value, param, ctx)


def printed_as(*forms: str, what: str = "How to print the result.", elsewhere: Mapping[str, str] = MappingProxyType({})) -> Decorator:
    """Return the option of how to print; the first form is the default; of those that another command writes, which it is."""
    return click.option("--format", "form", type=_Forms(forms, elsewhere), default=forms[0], show_default=True, help=what)


def many(flag: str, name: str, metavar: str, what: str) -> Decorator:
    """Return an option that may be repeated."""
    return click.option(flag, name, multiple=True, metavar=metavar, help=f"{what}; may be repeated.")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.version_option(package_name="nkestimate")
def main() -> None:
    """Turn quoted figures into posterior distributions and a report.

    \b
    Example:
      nkestimate run priors/north-korea-russia.yaml
    """


def command(*options: Decorator) -> Decorator:
    """Return what makes a function a command: its options, and the guard."""

    def made(function: Callable[..., int | None]) -> click.Command:
        return main.command()(_all(options)(guarded(function)))

    return made


def _all(options: Iterable[Decorator]) -> Decorator:
    def decorated(function: Any) -> Any:
        for option in reversed(tuple(options)):
            function = option(function)
        return function

    return decorated


def guarded(command: Callable[..., int | None]) -> Callable[..., None]:
    """Turn a user's mistakes into messages and exit statuses."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            with warnings.catch_warnings():
                if not sys.warnoptions:  # what is not finite is told in words; a line of numpy's or matplotlib's would be noise
                    warnings.simplefilter("ignore")
                status = command(*args, **kwargs)
        except CaseError as error:
            left = sum(fault.problem.startswith(STILL) for fault in error.faults)
            what = f"{count(left)} of them still to do" if left else ""
            echo(f"{error}\n{counted(len(error.faults), 'fault')}{', ' if left else ''}{what}.", err=True)
            status = 1
        except NKEstimateError as error:
            echo(str(error), err=True)
            status = 1
        except KeyboardInterrupt:
            echo("stopped", err=True)
            status = 130
        except BrokenPipeError:
            sys.stderr.close()
            status = 1
        except OSError as error:
            echo(f"{error.filename or ''}: {_reason(error)}".lstrip(": "), err=True)
            status = 1
        sys.exit(status or 0)

    return run


def _reason(error: OSError) -> str:
    """Say what is wrong with a path; where a file stands in place of a folder, which."""
    path = Path(str(error.filename or ""))
    in_place = next((above for above in (path, *path.parents) if above.is_file()), None)
    if isinstance(error, NotADirectoryError | FileExistsError) and in_place:
        return f"{in_place} is a file; expected a folder"
    return error.strerror or str(error)
