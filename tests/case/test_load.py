"""Files to one case: includes, scenarios, digests."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nkestimate.case import case_from_resolved, load_case
from nkestimate.errors import CaseError

# ---------------------------------------------------------------- include


def faults_of(path):
    with pytest.raises(CaseError) as caught:
        load_case(path)
    return [(fault.file.rsplit("/", 1)[-1], fault.line, fault.path) for fault in caught.value.faults]


def split(bench):
    """Write the bridge in two files, the evidence in a folder of its own."""
    plain = bench.plain()
    evidence = {key: plain.pop(key) for key in ("documents", "claims")}
    bench.write(yaml.safe_dump(evidence), "seeds/evidence.yaml")
    return bench.write(yaml.safe_dump({**plain, "include": ["seeds/evidence.yaml"]}))


def test_a_case_in_two_files_is_the_case_in_one(bench):
    whole = bench.load()
    parts = load_case(split(bench))
    assert parts.digest == whole.digest
    assert {key: repr(claim) for key, claim in parts.claims.items()} == {key: repr(claim) for key, claim in whole.claims.items()}


def test_paths_are_relative_to_the_file_that_includes(bench):
    bench.write("include: b/c.yaml\n", "a/b.yaml")
    bench.write("sources: {extra: {weight: 0.5}}\n", "a/b/c.yaml")
    assert "extra" in bench.load(include="a/b.yaml").sources


def test_sections_merge_and_excluded_adds_up(bench):
    bench.write(
        "settings: {coverage: 0.5}\nexcluded: [{document: d1, figures: '1', reason: r}]\nsources: {extra: {weight: 0.5}}\n", "more.yaml"
    )
    case = bench.load(include=["more.yaml"], settings={"pooling": "log"}, excluded=[{"document": "d2", "figures": "2", "reason": "r"}])
    assert (case.settings.pooling, case.settings.coverage) == ("log", 0.5)
    assert [entry.figures for entry in case.excluded] == ["1", "2"]
    assert set(case.sources) == {"ministry", "institute", "extra"}


def test_a_file_that_two_others_include_counts_once(bench):
    bench.write("sources: {extra: {weight: 0.5}}\n", "base.yaml")
    bench.write("include: base.yaml\n", "one.yaml")
    bench.write("include: [base.yaml]\n", "two.yaml")
    assert "extra" in bench.load(include=["one.yaml", "two.yaml"]).sources


@pytest.mark.parametrize(
    "more",
    [
        "sources: {ministry: {weight: 0.5}}\n",
        "title: Another\n",
        "horizon: 2020-01-01\n",
        "claims: {institute-rate: {source: institute, about: rate, around: 1}}\n",
        "dates: {opening: 2024-10-15}\n",
    ],
)
def test_nothing_is_silently_redefined(bench, more):
    bench.write(more, "more.yaml")
    with pytest.raises(CaseError, match="is stated twice"):
        bench.load(include="more.yaml")


def test_a_missing_file_hides_no_fault_of_shape_and_invents_none(bench):
    path = bench.write("include: nowhere.yaml\nclaims:\n  x: {source: nobody, about: nothing, arround: 5}\n")
    assert faults_of(path) == [("bridge.yaml", 1, "include"), ("bridge.yaml", 3, "claims.x.arround")]


def test_faults_name_their_file(bench):
    bench.write("claims:\n  x: {source: nobody, about: length, around: 5}\n", "more.yaml")
    assert faults_of(bench.write(bench.text(include="more.yaml"))) == [("more.yaml", 2, "claims.x.source")]


@pytest.mark.parametrize("include", [{"a": "b"}, [["a"]], True, ".", "x" * 500, [None], ["nowhere.yaml"], "bridge.yaml"])
def test_includes_at_fault(bench, include):
    with pytest.raises(CaseError) as caught:
        bench.load(include=include)
    assert len(caught.value.faults) == 1


# ---------------------------------------------------------------- scenarios


def scenario(bench, changes, **sections):
    return bench.load("s", scenarios={"s": {"set": changes}}, **sections)


def test_an_empty_scenario_is_the_case(bench):
    base, same = bench.load(scenarios={"s": {"set": {}}}), scenario(bench, {})
    assert base.digest == same.digest
    assert (base.scenario, same.scenario) == (None, "s")
    assert repr(base.claims) == repr(same.claims)


def test_changes_by_id(bench):
    case = scenario(
        bench,
        {
            "sources.institute.weight": 1,
            "settings.coverage": 0.5,
            "horizon": "2026-01-01",
            "dates.opening": "2024-01-01",
            "quantities.share.prior": "Beta(3, 3)",
            "claims.institute-rate.around": 50000,
            "title": "Other",
        },
    )
    assert (case.sources["institute"].weight, case.settings.coverage, case.horizon, case.title) == (1, 0.5, date(2026, 1, 1), "Other")
    assert case.dates["opening"] == date(2024, 1, 1)
    assert str(case.quantities["share"].prior) == "Beta(3, 3)"
    assert case.claims["institute-rate"].readings[0].statement.value == 50000
    assert case.digest != bench.load().digest


def test_weight_and_reliability_replace_each_other(bench):
    assert scenario(bench, {"sources.ministry.weight": 0.5}).sources["ministry"].weight == 0.5
    assert scenario(bench, {"sources.institute.reliability": "E"}).sources["institute"].weight == 0.2
    moved = {"sources": {"institute": {}}, "weights": {"institute": 0.3}}
    assert scenario(bench, {"weights.institute": "A"}, **moved).sources["institute"].weight == 0.9
    assert scenario(bench, {"sources.institute.weight": 1}, **moved).sources["institute"].weight == 1
    assert scenario(bench, {"weights.institute": 0.1}).sources["institute"].weight == 0.1


def test_a_statement_of_another_kind_replaces_the_first(bench):
    statement = scenario(bench, {"claims.ministry-length.around": 2}).claims["ministry-length"].readings[0].statement
    assert (statement.kind, statement.value) == ("around", 2000)
    case = scenario(bench, {"claims.institute-balance.between": [-5, 5]})
    assert case.claims["institute-balance"].readings[0].statement.kind == "between"
    case = scenario(bench, {"claims.institute-rate.standard_error": 9, "claims.institute-rate.estimate": 40000})
    assert case.claims["institute-rate"].readings[0].statement.standard_error == 9
    with pytest.raises(CaseError, match="around and at_most"):
        scenario(bench, {"claims.institute-rate.around": 5, "claims.institute-rate.at_most": 6})


def test_readings_are_found_by_what_they_are_about(bench):
    claims = {
        "x": {"source": "institute", "around": 5, "readings": [{"about": "length", "weight": 0.6}, {"about": "2 * length", "weight": 0.4}]}
    }
    case = scenario(bench, {"claims.x.readings.length.weight": 0.1, "claims.x.readings.2 * length.weight": 0.9}, claims=claims)
    assert [reading.weight for reading in case.claims["x"].readings] == [0.1, 0.9]
    assert not scenario(bench, {"claims.x.about": "length"}, claims=claims).claims["x"].has_readings


def test_quantiles_are_found_by_their_probability(bench):
    claims = {"x": {"source": "institute", "about": "length", "quantiles": {"0.05": 1, "0.95": 3}}}
    assert scenario(bench, {"claims.x.quantiles.0.05": 2}, claims=claims).claims["x"].readings[0].statement.quantiles == (
        (0.05, 2),
        (0.95, 3),
    )


def test_null_takes_back(bench):
    assert "institute-balance" not in scenario(bench, {"claims.institute-balance": None, "quantities.balance": None}).claims
    assert scenario(bench, {"claims.institute-balance.as_of": None}).claims["institute-balance"].readings[0].as_of == date(2025, 6, 30)
    with pytest.raises(CaseError, match="neither a prior"):
        scenario(bench, {"quantities.share.prior": None})
    assert scenario(bench, {"sources.institute.note": None, "weights.institute": None}).sources == bench.load().sources


@pytest.mark.parametrize(
    "path",
    [
        "source.ministry.weight",
        "sources.minstry.weight",
        "sources",
        "sources.ministry.wieght",
        "settings.poolin",
        "settings",
        "title.x",
        "dates.opning",
        "",
        ".",
        "claims.x",
        "claims.ministry-length.between.0",
        "excluded.0",
        "scenarios.s.label",
        "claims.ministry-length.reported_in.d1.at",
        "horizon.x",
    ],
)
def test_paths_that_lead_nowhere(bench, path):
    with pytest.raises(CaseError) as caught:
        bench.load(scenarios={"s": {"set": {path: "1"}}})
    assert [fault.path for fault in caught.value.faults] == ["scenarios.s.set" + (f".{path}" if path else "")]
    with pytest.raises(CaseError):
        bench.load(changes={path: "1"})


def test_the_order_of_changes_does_not_matter(bench):
    changes = {"sources.institute.weight": 0.4, "sources.institute": {"weight": 0.1, "kind": "academic"}, "settings.coverage": 0.5}
    backwards = dict(reversed(changes.items()))
    assert bench.load(changes=changes).digest == bench.load(changes=backwards).digest
    assert bench.load(changes=changes).sources["institute"].weight == 0.4


def test_every_scenario_is_checked_whichever_is_asked_for(bench):
    faults = bench.faults(
        scenarios={"good": {"set": {}}, "bad": {"set": {"sources.ministry.weight": 7}}, "deaf": {"set": {"sources.ministry.weight": 0}}}
    )
    assert faults == [
        ("scenarios.bad.set.sources.ministry.weight", "'7' is out of range"),
        ("scenarios.deaf", "with this scenario, quantities.length: 'length' has neither a prior nor a two-sided claim about it"),
    ]
    assert bench.faults("nope") == [("scenarios", "unknown scenario 'nope'")]


def test_set_takes_python_values(bench):
    case = bench.load(
        changes={
            "sources.institute.weight": 0.25,
            "horizon": date(2026, 1, 1),
            "claims.institute-rate.between": (1, 2),
            "quantities.length.headline": False,
            "sources.ministry": {"weight": 1},
        }
    )
    assert (case.sources["institute"].weight, case.horizon, case.sources["ministry"].weight) == (0.25, date(2026, 1, 1), 1)
    with pytest.raises(CaseError, match=r"\(set\):1: sources.institute.weight: 'nan'"):
        bench.load(changes={"sources.institute.weight": float("nan")})


# ---------------------------------------------------------------- digests


def shuffled(value, random):
    if isinstance(value, dict):
        items = list(value.items())
        random.shuffle(items)
        return {key: shuffled(child, random) for key, child in items}
    return value


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_does_not_alter_the_digest(bench, random):
    plain = bench.plain()
    case = load_case(bench.write(yaml.safe_dump(shuffled(plain, random), sort_keys=False)))
    assert case.digest == bench.load().digest


def test_the_digest_is_that_of_the_resolved_case(bench):
    case = bench.load()
    assert case.digest.startswith("sha256:")
    assert len(case.digest) == len("sha256:") + 64
    assert case.digest != bench.load(changes={"sources.institute.weight": 0.81}).digest
    again = case_from_resolved(case.resolved, case.id)
    assert again.digest == case.digest
    assert repr(again) == repr(case)


def test_comments_and_spaces_do_not_count(bench):
    text = bench.text()
    assert load_case(bench.write("# a remark\n\n" + text + "\n# another\n")).digest == load_case(bench.write(text)).digest
    assert load_case(bench.write(text.replace("\n", "\r\n"))).digest == load_case(bench.write(text)).digest


# ---------------------------------------------------------------- imports


def test_reading_a_case_imports_nothing_heavy():
    heavy = "scipy.stats pymc pytensor arviz xarray matplotlib numba typst"
    code = f"import sys; from nkestimate.case import load_case; print(*set({heavy!r}.split()) & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""


def test_a_comma_that_splits_a_value_is_suspected(tmp_path):
    path = tmp_path / "c.yaml"
    path.write_text("format: 1\ntitle: t\nhorizon: 2025-01-01\nquantities:\n  x: {unit: '', support: fraction, prior: Normal(0.5, 0.1), rationale: r}\n")
    with pytest.raises(CaseError) as error:
        load_case(path)
    assert "unknown key '0.1)'" in str(error.value)
    assert "put the value in quotes" in str(error.value)


SCENARIOS = """\
format: 1
title: A bridge
horizon: 2025-06-30
sources: {ministry: {weight: 0.75}}
quantities: {length: {unit: metre}}
claims: {a: {source: ministry, about: length, around: 1300}}
scenarios: {trust: {set: {sources.ministry.weight: %s}}}
"""


def test_scenarios_are_tried_again_where_they_failed_or_changed(tmp_path):
    path = tmp_path / "case.yaml"
    for weight, sound in ((1, True), (1, True), (7, False), (7, False), (1, True), (0.5, True)):
        path.write_text(SCENARIOS % weight, encoding="utf-8")
        if sound:
            assert load_case(path, set={"claims.a.around": 1400}).scenarios["trust"]
            continue
        with pytest.raises(CaseError, match=r"sources\.ministry\.weight"):
            load_case(path)
