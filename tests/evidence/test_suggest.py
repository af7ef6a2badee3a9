"""Proposed entries: YAML that loads, and that accounts for the phrase it is made of."""

from __future__ import annotations

import csv
import hashlib
import io
import json

import pytest
import yaml
from click.testing import CliRunner

from nkestimate.case import load_case, schema
from nkestimate.case.evidence import read_evidence
from nkestimate.cli import main
from nkestimate.evidence.agreement import disagreements
from nkestimate.evidence.audit import audit_case
from nkestimate.evidence.suggest import suggestions
from nkestimate.printed.phrases import find_phrases
from nkestimate.printed.whitespace import quoted

TEXT = """\
Between $1.7bn and $5.5bn was paid, up to US$2,000 a month; 1.100 tonnes, 200 ± 80 tons. It rose from 5% to 7%.
Dozens of ships, two dozen men, over 10,000\u00a0troops, a third of "them", thousands of shells; scores of boats. As many as 10,000 to 12,000 came.
It took decades. Three hundred and twenty people; 1.5 million; half a million; \tfivefold; -3 degrees; £3 and 12 won. Double-digit growth. 3:1.
"""


@pytest.fixture
def pasted(tmp_path):
    """Write a case of a text, with what is proposed for it pasted in; return the path of the case and the proposals."""
    (tmp_path / "d.txt").write_text(TEXT, encoding="utf-8", newline="")
    head = {"title": "Pasted", "horizon": "2031-01-01", "documents": {"d": {"file": "d.txt", "sha256": hashlib.sha256(TEXT.encode()).hexdigest()}},
            "sources": {"TODO": {"weight": 1}}}  # fmt: skip
    path = tmp_path / "case.yaml"
    path.write_text(yaml.safe_dump(head), encoding="utf-8")
    proposed = suggestions(audit_case(path, tmp_path).unaccounted)
    path.write_text(yaml.safe_dump(head) + proposed + "\n", encoding="utf-8")
    return path, proposed


def test_what_is_proposed_accounts_for_everything(pasted):
    path, _ = pasted
    done = audit_case(path, path.parent)
    assert done.ok, [*map(str, done.faults), *done.unaccounted]
    assert done.total["claimed"] > 15
    assert not done.warnings


def test_what_is_proposed_has_the_shape_of_a_case(pasted):
    _, proposed = pasted
    read = schema.CaseFile.model_validate(yaml.load(proposed, yaml.BaseLoader))
    assert len(read.claims) == proposed.count("source: TODO")
    assert [one.figures for one in read.excluded] == ["-3 degrees"]  # of which scale?
    assert len(read.claims) + len(read.incidental) + len(read.excluded) == len([one for one in find_phrases(TEXT) if not one.rule])
    kinds = {kind for claim in read.claims.values() for kind in schema.KINDS if getattr(claim, kind) is not None}
    assert kinds == {"between", "around", "at_most", "at_least", "magnitude", "estimate"}
    assert all(sum(getattr(claim, kind) is not None for kind in schema.KINDS) == 1 for claim in read.claims.values())


def test_what_is_proposed_agrees_with_what_is_printed(pasted):
    path, _ = pasted
    assert not [str(one) for one in disagreements(read_evidence(path))]


@pytest.mark.parametrize(("text", "lines"), [
    ("up to $6 billion", ["at_most: 6 billion", 'unit: "USD"']), ("$1.72 billion to $5.5 billion", ["between: [1.72 billion, 5.5 billion]", 'unit: "USD"']),
    ("US$2,000 a month", ["around: 2000", 'unit: "USD/month"']), ("approximately 11,000 soldiers", ["around: 11_000", 'unit: "person"']),
    ("a couple of hundred", ["magnitude: a couple of hundred"]), ("scores of boats", ["magnitude: scores"]), ("double-digit growth", ["magnitude: double digits"]),
    ("007 men", ["around: 7", 'unit: "person"']), ("1.5e9", ["around: 1.5e9"]), ("15e10", ["around: 15e10"]), (".5 km", ["around: 0.5", 'unit: "km"']),
    ("3 x 10^12 won", ["around: 3e12", 'unit: "KRW"']), ("several hundred million US dollars", ["magnitude: several hundred million", 'unit: "USD"']),
    ("as much\nas 1 billion dollars", ["at_most: 1 billion", 'unit: "USD"']), ("up\r\nto 5 deaths", ["at_most: 5", 'unit: "person"']),
    ("at  least 5\u00a0deaths", ["at_least: 5", 'unit: "person"']),
])  # fmt: skip
def test_statements_keep_the_written_precision(text, lines):
    from nkestimate.evidence.suggest import statement
    from nkestimate.printed.figures import read_figures

    (figure,) = read_figures(text)
    assert statement(figure) == lines


@pytest.mark.parametrize("text", ['a "b" \\ c', "a\u00a0b", "tab\there", "two\nlines", "zero\u200bwidth", "plain: [1]", "é €"])
def test_quoted_texts_come_back(text):
    assert yaml.safe_load(quoted(text)) == text


def test_a_pasted_claim_makes_a_case_once_its_target_is_named(pasted, tmp_path):
    path, proposed = pasted
    claims = yaml.load(proposed, yaml.BaseLoader)["claims"]
    (claim,) = (claim for claim in claims.values() if claim.get("unit") == "USD/month")
    assert (claim["source"], claim["about"]) == ("TODO", "TODO")
    claim |= {"around": claim.pop("at_most"), "source": "payer", "about": "what"}
    whole = {"title": "One", "horizon": "2031-01-01", "documents": {"d": {}}, "sources": {"payer": {"weight": 1}},
             "quantities": {"what": {"unit": "USD/year"}}, "claims": {"one": claim}}  # fmt: skip
    path.write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert load_case(path).claims["one"].readings[0].statement.value == pytest.approx(24000)


def test_the_command(pasted):
    path, proposed = pasted
    result = CliRunner().invoke(main, ["audit", str(path), "--documents", str(path.parent), "--suggest"])
    assert (result.exit_code, result.stdout.strip()) == (0, "# Nothing is unaccounted.")
    head = path.read_text(encoding="utf-8").removesuffix(proposed + "\n")
    path.write_text(head, encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", str(path), "--documents", str(path.parent), "--suggest"])
    assert result.exit_code == 1
    assert result.stdout.strip() == proposed.strip()


HIDDEN = "It cost 40\u202e dollars\x1b a day, \u2066and 12 men came. " + "The word of it went round the town and did not stop. " * 3 + "So 7 left.\n"


@pytest.mark.parametrize("form", ["text", "csv", "json", "yaml"])
def test_context_shows_the_sentence_and_steers_nothing(tmp_path, form):
    (tmp_path / "d.txt").write_text(HIDDEN, encoding="utf-8", newline="")
    head = {"title": "t", "horizon": "2031-01-01", "documents": {"d": {"file": "d.txt", "sha256": hashlib.sha256(HIDDEN.encode()).hexdigest()}}}
    (tmp_path / "case.yaml").write_text(yaml.safe_dump(head), encoding="utf-8")
    how = ["--suggest"] if form == "yaml" else ["--format", form]
    said = CliRunner().invoke(main, ["audit", str(tmp_path / "case.yaml"), "--documents", str(tmp_path), "--context", *how]).stdout
    bare = CliRunner().invoke(main, ["audit", str(tmp_path / "case.yaml"), "--documents", str(tmp_path), *how]).stdout
    assert "So 7 left." in said and "So 7 left." not in bare
    assert not {letter for letter in said if not letter.isprintable()} - {"\n"}
    sentence = "It cost 40\\u202e dollars\\x1b a day, \\u2066and 12 men came."
    if form == "json":
        assert [row["sentence"] for row in json.loads(said)["rows"]] == [sentence, sentence, "So 7 left."]
    elif form == "csv":
        assert [row["sentence"] for row in csv.DictReader(io.StringIO(said))][2] == "So 7 left."
    else:
        assert all(len(line) <= 80 or "document: d" in line for line in said.splitlines()), said
        assert sentence[:40] in " ".join(said.split())
    if form == "yaml":
        assert len(yaml.safe_load(said)["claims"]) == 3


@pytest.mark.parametrize(("text", "lines"), [
    ("some 300 GWh a year", ["around: 300", 'unit: "GWh/year"']), ("8.5 euro cents per kilowatt-hour", ["around: 0.085", 'unit: "EUR/kWh"']),
    ("62,000 barrels a day", ["around: 62_000", 'unit: "oil_barrel/day"']), ("$81.40 a barrel", ["around: 81.40", 'unit: "USD/oil_barrel"']),
    ("12,500 tonnes of ore a day", ["around: 12_500", 'unit: "tonne/day"']), ("800,000 a month earlier", ["around: 800_000"]),
    ("a quarter", ["around: 1/4"]), ("one in five kilowatt-hours", ["around: 1/5"]), ("84 per 100,000", ["around: 84/100000"]),
    ("0 to 5 workers", ["at_most: 5  # or between: [0, 5], of what has 'support: real'", 'unit: "person"']), ("nobody was hurt", []), ("62 decibels", []),
    ("two of the 61 samples", ["counted: 2 of 61  # or around: 2, of the part alone"]), ("25 basis points", ["around: 0.25", 'unit: "percent"']),
    ("half a kilometre", ["around: 1/2", 'unit: "km"']), ("hundreds of hectares", ["magnitude: hundreds", 'unit: "hectare"']),
    ("14 pounds of butter", ["around: 14", 'unit: "pound"']), ("14 pounds", ["around: 14", 'unit: "GBP"']), ("3.1 million ounces of gold", ["around: 3.1 million", 'unit: "troy_ounce"']),
    ("1.1 billion crowns", []), ("doubled within a week", ["around: 2"]), ("€19.50 each", ["around: 19.50", 'unit: "EUR"']), ("four decades", ["around: 40", 'unit: "year"']),
])  # fmt: skip
def test_units_and_kinds_of_all_sorts(text, lines):
    from nkestimate.evidence.suggest import statement
    from nkestimate.printed.figures import read_figures

    assert [line for figure in read_figures(text) for line in statement(figure)] == lines


@pytest.mark.parametrize(("text", "unit"), [
    ("Milk costs €1.29, of which the farmer gets 43 cents.", "EUR"), ("Of $5 he got 43 cents.", "USD"), ("Norway's mills pay 38 øre.", "NOK"), ("In Sweden it costs 38 crowns.", "SEK"),
])  # fmt: skip
def test_whose_cents_and_crowns_they_are_the_text_says(text, unit):
    from nkestimate.printed.figures import figure_of

    figure = figure_of([one for one in find_phrases(text) if not one.rule][-1])
    assert figure.unit == unit
    assert figure.numbers[0].value == (38 if unit == "SEK" else pytest.approx(0.43 if unit in ("EUR", "USD") else 0.38))
