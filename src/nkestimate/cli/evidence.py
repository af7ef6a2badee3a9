"""Commands that look at the evidence by itself."""

from __future__ import annotations

from pathlib import Path

import click

from nkestimate.cli.options import CASE, SCENARIO, THERE, TO_FILE, command, many, printed_as
from nkestimate.cli.shared import echo, put, shipped
from nkestimate.wording.numbers import counted


@command(CASE,
         click.option("--documents", type=THERE, required=True, envvar="NKESTIMATE_DOCUMENTS", show_envvar=True,
                      help="Folder with your copies of the case's documents."),
         click.option("--suggest", is_flag=True, help="Print entries for what is unaccounted, as YAML to paste."),
         click.option("--context", is_flag=True, help="Show the sentence of each phrase that is unaccounted."),
         printed_as("text", "csv", "json", what="How to print the rows."))
def audit(case: Path | None, documents: Path, suggest: bool, context: bool, form: str) -> int:
    """Account for every number in a case's documents.

    Finds each numeric phrase and says whether it is claimed, excluded, incidental or unaccounted. Exit status 1 while one is
    unaccounted, a document is missing or has changed, or figures do not stand where the case says. Of the documents only
    the phrases are printed, unless --context asks for their sentences.

    \b
    Example:
      nkestimate audit priors/north-korea-russia.yaml --documents my-copies
    """
    from nkestimate.evidence.audit import audit_case
    from nkestimate.tables import audit as show

    done = audit_case(case or shipped(), documents)
    if form == "json":
        echo(show.as_json(done, suggest, context))
    elif suggest:
        echo(show.as_yaml(done, context))
    else:
        echo(show.as_csv(done, context) if form == "csv" else show.as_text(done, context))
    for warning in done.warnings:
        echo(f"Warning: {warning}", err=True)
    for fault in done.faults:
        echo(str(fault), err=True)
    if done.faults:
        echo(f"{counted(len(done.faults), 'fault')}.", err=True)
    if done.unaccounted:
        echo(f"{counted(len(done.unaccounted), 'numeric phrase is', 'numeric phrases are')} unaccounted for.", err=True)
    return 0 if done.ok else 1


@command(CASE, many("--target", "targets", "KEY", "Claims about this quantity, derived or expression"),
         many("--source", "sources", "ID", "Claims of this source"),
         many("--document", "documents", "ID", "Claims read in this document"),
         click.option("--echoes", "view", flag_value="echoes", help="One row a report: its figures beside the root's."),
         click.option("--implied", "view", flag_value="implied", help="What each statement was read to imply, as stated and as weighed."),
         printed_as("text", "csv", "json", "md", what="json holds everything, echoes and implied beliefs included.",
                    elsewhere={"xlsx": "nkestimate export --format xlsx --out claims.xlsx"}), SCENARIO, TO_FILE)
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
    from nkestimate.case import load_case
    from nkestimate.evidence.claims import claim_table
    from nkestimate.tables.claims import render

    path = case or shipped()
    table = claim_table(load_case(path, scenario=scenario), targets=targets, sources=sources, documents=documents, where=str(path))
    put(render(table, view or "claims", form), out)


@command(CASE, click.option("--fit", "with_fit", is_flag=True, help="Fit the case with its record and without: the difference it makes."),
         printed_as("text", "csv", "json", what="json holds everything."), SCENARIO, TO_FILE)
def sources(case: Path | None, with_fit: bool, form: str, scenario: str | None, out: Path | None) -> int:
    """Show each source's track record: its bias and weight as learned, Cooke's scores, and what each way of weighing says.

    What a source said before and what came true stands under 'track_record:' in the case. It acts where the source has
    'weight: learned' or 'weight: {stated: 0.4, record: true}', and is shown in any case.

    \b
    Examples:
      nkestimate sources my-case/case.yaml
      nkestimate sources my-case/case.yaml --fit
    """
    from nkestimate.case import load_case
    from nkestimate.density.weighing import untaught
    from nkestimate.evidence.cooke import sources_table
    from nkestimate.tables import record

    loaded = load_case(case or shipped(), scenario=scenario)
    table = sources_table(loaded)
    if not table.records:
        echo("No source of this case has a track record: list what it said before, and what came true, under 'track_record:'.")
        return 0
    if with_fit:
        from nkestimate.fitting.fits import fit

        table = table.fitted({name: fit(one).summary.totals for name, one in (("without", untaught(loaded)), ("with", loaded))})
    put(record.render(table, form), out)
    return 0


@command(CASE,
         click.option("--format", "form", type=click.Choice(["bibtex", "prov", "provn", "jsonld", "csv", "xlsx"]), required=True,
                      help="bibtex: the documents. prov, provn: W3C PROV as JSON or PROV-N. jsonld: schema.org Claim. csv, xlsx: the "
                           "claims as a table that include: reads."),
         TO_FILE)
def export(case: Path | None, form: str, out: Path | None) -> None:
    """Write a case's evidence for other programs.

    A table of claims, CSV or XLSX, is what a case's `include:` reads: the same claims come back. docs/case-format.md says
    which columns there are.

    \b
    Examples:
      nkestimate export priors/north-korea-russia.yaml --format bibtex
      nkestimate export --format jsonld --out claims.jsonld
      nkestimate export --format xlsx --out claims.xlsx
    """
    from nkestimate.case import load_case
    from nkestimate.evidence import exports, spreadsheet

    if form == "xlsx" and out is None:
        raise click.UsageError("a workbook is no text: say where to write it with --out")
    loaded = load_case(case or shipped())
    if form not in spreadsheet.FORMATS:
        put(exports.export(loaded, form).rstrip("\n"), out)
        return
    content = spreadsheet.claims_file(loaded, form)
    if out is None:
        put(content.decode().rstrip("\n"), None)
    else:
        from nkestimate.fitting.runs import write_bytes

        write_bytes(out, content)
        echo(f"Written: {out}")
