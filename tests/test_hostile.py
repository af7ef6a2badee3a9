"""Input that is no case, and cases that can't be reckoned with: a fault that says so, soon, or a text made harmless."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import time

import numpy as np
import pytest
from scipy import stats

from command_line import call
from nkestimate.case import load_case
from nkestimate.case.model import Notice
from nkestimate.errors import CaseError
from nkestimate.text import as_csv, visible

HEAD = "title: t\nhorizon: 2024-01-01\nsources: {s: {weight: 0.5}}\n"
ONE = "quantities: {q: {prior: 'LogNormal(0, 1)', rationale: r}}\n"
CLAIM = "claims: {a: {source: s, about: q, around: 5}}\n"
SOON = 20.0  # seconds; a machine at work on other things may take ten times what it needs


def told(path, text=None):
    """Return what is wrong with a case, and check that it was found soon."""
    if text is not None:
        path.write_text(text, encoding="utf-8")
    began = time.monotonic()
    with pytest.raises(CaseError) as caught:
        load_case(path)
    assert time.monotonic() - began < SOON
    return str(caught.value)


# ---------------------------------------------------------------- what is no case


def test_only_regular_files_are_read(tmp_path):
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.yaml")
        assert "a device or a pipe" in told(tmp_path / "pipe.yaml")
        (tmp_path / "case.yaml").write_text("include: pipe.yaml\n" + HEAD + ONE)
        assert "a device or a pipe" in told(tmp_path / "case.yaml")
    assert "this is a folder" in told(tmp_path)


@pytest.mark.parametrize("text, said", [
    ("a" * 10_000_001, "10,000,001 bytes"),
    ("[" * 1_000_000, "nested too deeply"),
    ("- " * 400_000, "nested too deeply"),
    ("{a: " * 300_000, "nested too deeply"),
    ("x: [" + "1," * 1_000_000 + "]", "too much"),
    ("".join(f"k{i}: {{a: {i}}}\n" for i in range(150_000)), "too much"),
    ("? " * 400_000, ""), ("&a " * 300_000, ""), ("'" + "''" * 2_000_000, ""), ("\x00" * 400_000, ""), ("%" * 400_000, ""),
], ids=range(11))  # fmt: skip
def test_what_is_large_or_deep_is_told_before_it_is_read(tmp_path, text, said):
    assert said in told(tmp_path / "case.yaml", text)


def test_a_long_case_is_read_as_a_short_one_is(tmp_path):
    path = tmp_path / "case.yaml"
    path.write_text(HEAD + ONE + CLAIM, encoding="utf-8")
    short = load_case(path).digest
    path.write_text(HEAD + ONE + CLAIM + "# " + "x" * 400_000, encoding="utf-8")
    assert load_case(path).digest == short


def test_a_thousand_misspelt_ids_are_told_soon_with_what_was_meant(tmp_path):
    names = [f"quantity_{i:04d}" for i in range(1000)]
    text = HEAD + "quantities:\n" + "".join(f"  {name}: {{prior: 'LogNormal(0, 1)', rationale: r}}\n" for name in names)
    text += "claims:\n" + "".join(f"  c{i}: {{source: s, about: {name.replace('ti', 't')}, around: 5}}\n" for i, name in enumerate(names))
    said = told(tmp_path / "case.yaml", text).splitlines()
    assert len(said) == 1000
    assert sum("did you mean 'quantity_0" in line for line in said) > 900
    assert len(told(tmp_path / "case.yaml", HEAD + ONE + f"claims: {{a: {{source: {'s' * 500_000}, about: q, around: 5}}}}\n").splitlines()) == 1


def test_nothing_of_a_file_elsewhere_is_printed(tmp_path):
    (tmp_path / "mine").mkdir()
    case = tmp_path / "mine" / "case.yaml"
    for i, text in enumerate(("root:x:0:0:secret", "secret: {key: 1}", "'secret", "- secret", "secret", "")):
        (tmp_path / f"foreign{i}").write_text(text)
        said = told(case, f"include: ../foreign{i}\n" + HEAD + ONE)
        assert "stands outside the folder of this case" in said
        assert "secret" not in said
    for name, text in (("foreign.csv", "root:x:0:0:secret"), ("foreign.xlsx", "secret")):
        (tmp_path / name).write_text(text)
        said = told(case, f"include: ../{name}\n" + HEAD + ONE)
        assert "stands outside the folder of this case" in said
        assert "secret" not in said
    (tmp_path / "evidence.yaml").write_text(CLAIM)
    case.write_text("include: ../evidence.yaml\n" + HEAD + ONE)
    assert list(load_case(case).claims) == ["a"]


def test_what_would_be_written_elsewhere_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "...yaml").write_text(HEAD + ONE)
    result = call("run", "...yaml", "--no-report")
    assert result.exit_code == 2
    assert "say where to write with --out" in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["...yaml"]


# ---------------------------------------------------------------- what can't be reckoned with


@pytest.mark.parametrize("text, said", [
    (HEAD, "the case has no quantities"),
    (HEAD + "quantities:\n", "the case has no quantities"),
    (HEAD + "quantities: {}\n", "the case has no quantities"),
    (HEAD + ONE + "derived: {d: {expr: q * 1/0}}\n", "'q * 1 / 0' divides by zero"),
    (HEAD + ONE + "derived: {d: {expr: q * (1/0)}}\n", "'1 / 0' is no finite number"),
    (HEAD + ONE + "derived: {d: {expr: q + sqrt(-1)}}\n", "'sqrt(-1)' is no finite number"),
    (HEAD + ONE + "derived: {d: {expr: q * 9**9**9**9}}\n", "'9 ** 9 ** 9' is no finite number"),
    (HEAD + ONE + "derived: {d: {expr: q * (-8)**0.5}}\n", "'(-8) ** 0.5' is no finite number"),
    (HEAD + ONE + "derived: {d: {expr: q * log(0)}}\n", "'log(0)' is no finite number"),
    (HEAD + ONE + "derived: {d: {expr: q * exp(1000)}}\n", "'exp(1000)' is no finite number"),
    (HEAD + ONE + "claims: {a: {source: s, about: q * sqrt(-1), around: 5}}\n", "claims.a.about: 'sqrt(-1)' is no finite number"),
    (HEAD + ONE + "questions: {y: {ask: 1/0 > 1}}\n", "questions.y.ask: '1 / 0' is no finite number"),
    (HEAD + ONE + "questions: {y: {ask: 1 > 2}}\n", "the same answer whatever is true"),
    (HEAD + ONE + "questions: {y: {ask: q >= q}}\n", "the same answer whatever is true"),
    (HEAD + ONE + "settings: {coverage: 1e-17}\n", "'1e-17' is out of range"),
    (HEAD + ONE + "settings: {coverage: 0.99999999999}\n", "'0.99999999999' is out of range"),
    (HEAD.replace("0.5", "1e-20") + ONE + CLAIM, "expected 0, or a weight from 0.000001 to 1"),
    (HEAD.replace("2024-01-01", "9999-12-31") + ONE, "'9999-12-31' is out of range"),
    (HEAD + "dates: {a: 0001-01-01}\n" + ONE, "'0001-01-01' is out of range"),
    (HEAD + "dates: {a: 2025-01-01, b: 2026-01-01}\n" + ONE, "horizon: the horizon 2024-01-01 lies before every date of the case; expected 2025-01-01 or later"),
])  # fmt: skip
def test_what_has_no_answer_is_a_fault_when_the_case_is_read(tmp_path, text, said):
    assert said in told(tmp_path / "case.yaml", text)


def test_derived_that_double_or_are_nested_deep_are_read_at_once(tmp_path):
    path = tmp_path / "case.yaml"
    for line, number in (("  d{0}: {{expr: d{1} - d{1} * 0.1}}\n", 40), ("  d{0}: {{expr: d{1} + 1}}\n", 1500)):
        path.write_text(HEAD + ONE + "derived:\n  d0: {expr: q}\n" + "".join(line.format(i, i - 1) for i in range(1, number)))
        began = time.monotonic()
        assert len(load_case(path).derived) == number
        assert time.monotonic() - began < SOON


def test_date_functions_below_derived_that_double_are_found_once(tmp_path):
    path = tmp_path / "case.yaml"
    lines = "".join(f"  d{i}: {{unit: year, expr: d{i - 1} + d{i - 1}}}\n" for i in range(1, 60))
    path.write_text(HEAD + "dates: {a: 2020-01-01}\n" + ONE + "derived:\n  d0: {unit: year, expr: q * years_since(a)}\n" + lines)
    case = load_case(path)
    assert len(list(case.date_calls(case.derived["d59"].expr))) == 1
    assert case.moves(case.derived["d59"].expr)


def test_a_quantity_that_nothing_uses_is_told(tmp_path):
    (tmp_path / "case.yaml").write_text(HEAD + "quantities:\n  q: {prior: 'LogNormal(0, 1)', rationale: r}\n  lone: {prior: 'LogNormal(0, 1)', rationale: r}\n" + CLAIM)
    assert load_case(tmp_path / "case.yaml").notices == (Notice("prior alone", ("lone",)),)


@pytest.mark.parametrize("line, said", [
    ("a: {source: nobody, about: nothing, around: 5, weight: 7}", ["unknown source 'nobody'", "unknown name 'nothing'", "'7' is out of range"]),
    ("a: {source: nobody, about: nothing, around: 5, shade: blue}", ["unknown source 'nobody'", "unknown name 'nothing'", "unknown key 'shade'"]),
    ("a: {source: s, about: nothing, between: 5, reported_in: [{document: none}]}", ["unknown name 'nothing'", "claims.a.between: ", "unknown document 'none'"]),
    ("a: {source: s, about: q, betwen: [1, 2]}", ["unknown key 'betwen'"]),
])  # fmt: skip
def test_a_fault_of_shape_hides_no_other_and_makes_none(tmp_path, line, said):
    found = told(tmp_path / "case.yaml", HEAD + ONE + f"claims:\n  {line}\n").splitlines()
    assert len(found) == len(said), found
    assert all(any(part in one for one in found) for part in said)


def test_the_format_may_be_missing(tmp_path):
    import jsonschema
    import yaml

    text = call("schema").output
    (tmp_path / "case.yaml").write_text(HEAD + ONE)
    assert load_case(tmp_path / "case.yaml").format == 1
    plain = json.loads(json.dumps(yaml.safe_load(HEAD + ONE), default=str))
    assert jsonschema.Draft202012Validator(json.loads(text)).is_valid(plain)
    assert "may be missing" in json.loads(text)["properties"]["format"]["description"]


def test_bounds_at_their_word_that_exclude_each_other_are_right_or_not_believed(tmp_path):
    """At any gap: the log density of q by scipy, of which each grid lies round the top of the one before."""
    from nkestimate import fit

    believed = 0
    for low, high in ((11, 29), (117, 381), (1172, 3811), (11723, 38117), (1172311, 3811733), (117231179, 381173311), (1.0003, 7.9997e20)):
        middle, within = math.log(low * high) / 2, 1e-5 if low > 1000 else 0.01
        (tmp_path / "case.yaml").write_text(
            HEAD.replace("0.5", "1") + f"quantities: {{q: {{prior: 'LogNormal({middle:.3f}, 2)', rationale: r}}}}\n"
            + f"claims: {{a: {{source: s, about: q, at_most: {low}, within: {within}}}, b: {{source: s, about: q, at_least: {high}, within: {within}}}}}\n")
        s = (math.log1p(within) - math.log1p(-within)) / (2 * stats.norm.ppf(0.95))
        x = np.linspace(middle - 40, middle + 40, 2001)
        for _ in range(10):
            logs = stats.norm.logpdf(x, float(f"{middle:.3f}"), 2) + stats.norm.logcdf((math.log(low) - x) / s) + stats.norm.logcdf((x - math.log(high)) / s)
            inside = np.flatnonzero(logs > logs.max() - 45)
            right, x = x[logs.argmax()], np.linspace(x[max(inside[0] - 1, 0)], x[min(inside[-1] + 1, 2000)], 2001)
        began = time.process_time()
        result = fit(load_case(tmp_path / "case.yaml"), progress=False, draws=300, tune=200)
        assert time.process_time() - began < SOON
        if result.ok:
            believed += 1
            assert abs(math.log(result.summary.quantities["q"].median) - right) < 0.5 * s
        else:
            assert "may exclude each other" in result.summary.diagnostics.reasons[0]
    assert believed >= 2


# ---------------------------------------------------------------- texts for other programs


@pytest.mark.parametrize("cell, written", [
    ("=1+1", "'=1+1"), ("+cmd|x", "'+cmd|x"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "'\t=1"), ("-2+3", "'-2+3"), (" =1", "' =1"),
    ("-5", "-5"), ("+1,200.5", "+1,200.5"), ("-3e5", "-3e5"), (-5.0, "-5.0"), ("a=b", "a=b"), ("–", "–"),
])  # fmt: skip
def test_no_cell_is_a_formula(cell, written):
    assert list(csv.reader(io.StringIO(as_csv(["x"], [[cell]]))))[1] == [written]


def test_what_steers_a_terminal_or_turns_writing_is_written_out(tmp_path):
    text = "a\x1b]0;title\x07 \u202eright to left\u202c \u2066\x9b"
    assert visible(text).isprintable()
    assert json.loads(visible(json.dumps(text, ensure_ascii=False))) == text
    assert visible("Київ, 日本\tx\n") == "Київ, 日本\tx\n"
    (tmp_path / "case.yaml").write_text(HEAD + "quantities: {q: {label: \"gnp.\u202eexe\"}}\n" + CLAIM, encoding="utf-8")
    for form in ("text", "csv", "md", "json"):
        result = call("claims", tmp_path / "case.yaml", "--format", form, "--out", tmp_path / "out")
        assert result.exit_code == 0
        assert "\u202e" not in (tmp_path / "out").read_text(encoding="utf-8") + call("claims", tmp_path / "case.yaml", "--format", form).output


def test_markdown_and_bibtex_hold_no_markup_of_a_case(tmp_path):
    (tmp_path / "case.yaml").write_text(
        HEAD.replace("{weight: 0.5}", "{weight: 0.5, name: '[x](javascript:y) <img src=x> `c` | *b*'}") + ONE
        + "claims: {a: {source: s, about: q, around: 5, reported_in: [{document: d}]}}\n"
        + "documents: {d: {title: 't}, note = {x', url: 'https://example.org/}, author = {y', published: 2023-01-01}}\n")
    table = call("claims", tmp_path / "case.yaml", "--format", "md").output
    for raw in ("[x](", "<img", "`c`", " *b*"):
        assert raw not in table
    import pybtex.database

    text = call("export", tmp_path / "case.yaml", "--format", "bibtex").output
    (entry,) = pybtex.database.parse_string(text, "bibtex").entries.values()
    assert set(entry.fields) | set(entry.persons) <= {"title", "year", "month", "day", "url", "author"}
    assert "author" not in entry.persons


def test_documents_are_looked_for_in_their_folder_only(tmp_path):
    (tmp_path / "copies").mkdir()
    (tmp_path / "secret.txt").write_text("secret 12345")
    (tmp_path / "case.yaml").write_text(HEAD + ONE + f"documents: {{d: {{file: ../secret.txt}}, e: {{file: {tmp_path / 'secret.txt'}}}}}\n")
    result = call("audit", tmp_path / "case.yaml", "--documents", tmp_path / "copies")
    assert result.exit_code == 1
    assert "12345" not in result.output
    assert result.stderr.count("is not in") == 2


@pytest.mark.slow
@pytest.mark.parametrize("entries", [
    "quantities: {q: {prior: 'LogNormal(1, 1)', rationale: r}}\nderived: {d: {expr: exp(1000 * q)}}\n",
    "settings: {pooling: linear}\nquantities: {q: {}}\nclaims: {a: {source: s, about: q, around: 5}, b: {source: s, about: q, around: 6}}\n",
    "quantities: {q: {prior: 'Uniform(1, 2)', rationale: r}}\nderived: {d: {support: real, expr: sqrt(q - 1.5)}}\n",
], ids=["beyond numbers", "one unknown", "undefined"])
def test_a_picture_that_fails_costs_that_picture_in_every_command(tmp_path, monkeypatch, entries):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "case.yaml").write_text(HEAD + "robustness: {coverage: [0.5, 0.9], pooling: [hierarchical], common_error: [0.6], dark_uncertainty: [1]}\n" + entries)
    brief = ("--draws", "500", "--tune", "200")
    made = [call("run", "case.yaml", "--out", "out", *brief), call("explain", "out", "--pictures", "out/explained"),
            call("conflict", "out", "--pictures", "out/conflict"), call("compare", "out", "out", "--pictures", "out/compared"),
            call("robustness", "case.yaml", "--out", "out/robustness", "--workers", "1", "--draws", "100", "--tune", "100"), call("report", "out", "--format", "pdf")]
    assert [result.exit_code for result in made if result.exception and not isinstance(result.exception, SystemExit)] == []
    assert all(result.exit_code in (0, 3) or "undefined in a part of its posterior" in result.stderr for result in made)
    assert (tmp_path / "out" / "report.pdf").is_file()
