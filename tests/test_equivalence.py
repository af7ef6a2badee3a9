"""What must not change an answer, at the level of the log density, on generated cases (hypothesis)."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from random import Random

import numpy as np
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import nkestimate
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from random_cases import load, random_case

generated = st.integers(0, 10**6)
moderately = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])


class View:
    """A case's density, its coordinates addressed by name."""

    def __init__(self, plain, rename=None, shift=None):
        self.case = load(plain)
        self.density = compile_case(self.case)
        self.rename, self.shift = rename or {}, shift or {}

    def points(self, seed, size=10):
        rng = np.random.default_rng(seed)
        v = Evaluator(self.density).prior_draws(size, rng)
        v = np.concatenate([v, v + 3 * rng.standard_normal(v.shape)])
        return {p.name: v[:, i] for i, p in enumerate(self.density.parameters)}

    def at(self, named):
        """The log density at named coordinates: renamed, and shifted where a coordinate is in another unit."""
        columns = [named[self.rename.get(p.name, p.name)] + self.shift.get(p.name, 0.0) for p in self.density.parameters]
        return Evaluator(self.density).log_density(np.stack(columns, axis=-1))


def assert_same(one, other, named, constant=False):
    a, b = one.at(named), other.at(named)
    np.testing.assert_array_equal(np.isfinite(a), np.isfinite(b))
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if constant and a.size:  # densities in other units differ by a factor
        a, b = a - a[0], b - b[0]
    np.testing.assert_allclose(a, b, rtol=1e-8, atol=1e-8)


def shuffled(mapping, seed):
    items = list(mapping.items())
    Random(seed).shuffle(items)
    return dict(items)


@moderately
@given(generated, generated)
def test_the_order_of_entries_does_not_matter(seed, order):
    plain = random_case(Random(seed), walls=True)
    other = {key: shuffled(value, order) if key in ("claims", "sources", "quantities", "derived", "questions") else value for key, value in plain.items()}
    one, two = View(plain), View(other)
    assert {p.name for p in one.density.parameters} == {p.name for p in two.density.parameters}
    assert_same(one, two, one.points(seed))
    assert one.case.digest == two.case.digest


CLAIM_UNIT = {"": ("thousand", 1e-3), "thousand": ("", 1e3), "percent": ("", 1e-2)}


def restate(claim, unit, other, factor):
    """A claim's figures in another unit, each range spelled out so that no digit is read as precision."""
    out = {key: value for key, value in claim.items() if key not in ("between", "estimate", "standard_error", "quantiles")}
    if "between" in claim:
        return out | {"between": [x * factor for x in claim["between"]], "unit": other}
    if "estimate" in claim:
        return out | {"estimate": claim["estimate"] * factor, "standard_error": claim["standard_error"] * factor, "unit": other}
    if "quantiles" in claim:
        return out | {"quantiles": {p: x * factor for p, x in claim["quantiles"].items()}, "unit": other}
    return claim


@moderately
@given(generated)
def test_the_unit_of_a_claim_does_not_matter(seed):
    plain = random_case(Random(seed))
    other = copy.deepcopy(plain)
    changed = 0
    for key, claim in plain["claims"].items():
        entry = {**plain["quantities"], **plain["derived"]}.get(claim.get("about"))
        if entry is not None:
            unit, factor = CLAIM_UNIT[entry["unit"]]
            other["claims"][key] = restate(claim, entry["unit"], unit, factor)
            changed += other["claims"][key] != claim
    one, two = View(plain), View(other)
    assert_same(one, two, one.points(seed))
    assert not changed or one.case.digest != two.case.digest


@moderately
@given(generated)
def test_the_unit_of_a_quantity_does_not_matter(seed):
    """A positive quantity in thousands: the same density, its working value shifted by ln 1000."""
    plain = random_case(Random(seed))
    other = copy.deepcopy(plain)
    other["quantities"]["q0"]["unit"] = "thousand"
    for claim in other["claims"].values():
        # what has no unit of its own takes its target's, which is q0's for q0 and for expressions of it
        for entry in (claim, *claim.get("readings", [])):
            if "q0" in entry.get("about", ""):
                entry["unit"] = ""
    one, two = View(plain), View(other, shift={"q0": -np.log(1000)})
    assert_same(one, two, one.points(seed), constant=True)


def written(view):
    """A density as text: in it the constant of an impossible expression, nan, is the same as another nan."""
    return repr(view.density)


def delete(plain, keys):
    """Delete claims, and mentions of them."""
    plain["claims"] = {name: claim for name, claim in plain["claims"].items() if name not in keys}
    for claim in plain["claims"].values():
        if claim.get("supersedes") in keys:
            del claim["supersedes"]


@moderately
@given(generated, st.data())
def test_weight_zero_is_deletion(seed, data):
    plain = random_case(Random(seed), walls=True)
    key = data.draw(st.sampled_from(sorted(k for k in plain["claims"] if not k.startswith("base-"))))
    silent, gone = copy.deepcopy(plain), copy.deepcopy(plain)
    silent["claims"][key].pop("reliability", None)
    silent["claims"][key]["weight"] = 0
    delete(gone, [key])
    one, two = View(silent), View(gone)
    assert written(one) == written(two)
    assert one.case.digest != two.case.digest


@moderately
@given(generated, st.data())
def test_a_source_of_weight_zero_is_deletion_of_its_claims(seed, data):
    plain = random_case(Random(seed))
    key = data.draw(st.sampled_from(sorted(k for k in plain["sources"] if k != "s0")))
    silent, gone = copy.deepcopy(plain), copy.deepcopy(plain)
    silent["sources"][key] = {name: value for name, value in plain["sources"][key].items() if name != "reliability"} | {"weight": 0}
    for entries in (silent, gone):
        for claim in entries["claims"].values():
            if claim["source"] == key:
                claim.pop("weight", None)
    delete(gone, [name for name, claim in gone["claims"].items() if claim["source"] == key])
    assert written(View(silent)) == written(View(gone))


@moderately
@given(generated)
def test_more_reports_of_a_claim_change_nothing(seed):
    """Echoes never count twice, whoever prints them; only a date that they bring could."""
    plain = random_case(Random(seed), walls=True)
    other = copy.deepcopy(plain)
    other["documents"] = {f"doc{i}": {"publisher": f"Paper {i}"} for i in range(3)}
    for claim in other["claims"].values():
        claim["reported_in"] = [{"document": f"doc{i}", "figures": "some", "at": i} for i in range(3)]
    one, two = View(plain), View(other)
    assert written(one) == written(two)
    assert one.case.digest != two.case.digest


@moderately
@given(generated)
def test_an_empty_scenario_is_the_base(seed):
    plain = random_case(Random(seed))
    plain["scenarios"] = {"nothing": {"label": "No change", "set": {}}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "generated.yaml"
        path.write_text(yaml.safe_dump(plain, sort_keys=False))
        read, empty = nkestimate.load_case(path), nkestimate.load_case(path, scenario="nothing")
    assert compile_case(read) == compile_case(empty) == compile_case(load(plain))
    assert read.digest == empty.digest


@moderately
@given(generated)
def test_labels_and_ids_of_sources_and_claims_do_not_matter(seed):
    plain = random_case(Random(seed), walls=True)
    text = copy.deepcopy(plain)
    text["sources"] = {f"zz{key}": {**entry, "name": f"Somebody {key}", "kind": "media"} for key, entry in plain["sources"].items()}
    text["claims"] = {
        f"x{key}": {**claim, "source": f"zz{claim['source']}", "label": "Said", **({"supersedes": f"x{claim['supersedes']}"} if "supersedes" in claim else {})}
        for key, claim in plain["claims"].items()
    }
    one = View(plain)
    two = View(text)
    two.rename = {p.name: re.sub(r"\[zz", "[", p.name) for p in two.density.parameters}
    assert_same(one, two, one.points(seed))


@moderately
@given(generated)
def test_ids_of_quantities_do_not_matter(seed):
    plain = random_case(Random(seed))

    def renamed(value):
        if isinstance(value, str):
            return re.sub(r"\b([qd])(\d)\b", r"the_\1\2", value)
        if isinstance(value, dict):
            return {renamed(key): renamed(entry) for key, entry in value.items()}
        return [renamed(entry) for entry in value] if isinstance(value, list) else value

    one, two = View(plain), View(renamed(plain))
    two.rename = {p.name: p.name.replace("the_", "") for p in two.density.parameters}
    assert_same(one, two, one.points(seed))


@moderately
@given(generated)
def test_a_claim_of_one_reading_with_a_derived_target_is_a_plain_claim(seed):
    plain = random_case(Random(seed))
    other = copy.deepcopy(plain)
    for claim in other["claims"].values():
        if claim.get("about") in plain["derived"]:
            claim["readings"] = [{"about": claim.pop("about"), "weight": 1}]
    assert written(View(plain)) == written(View(other))


def test_full_weight_in_halves_is_full_weight(make):
    """Two readings that are the same say what one says."""
    base = {"source": "a", "about": "x", "between": [1, 2]}
    quantities = {"x": {"unit": ""}}
    once = {"source": "a", "readings": [{"about": "x * 1", "weight": 1}], "at_most": 3}
    twice = {**once, "readings": [{"about": "x * 1", "weight": 0.5}] * 2}
    one, two = (compile_case(make(quantities=quantities, claims={"c": base, "r": claim})) for claim in (once, twice))
    v = np.linspace(-2, 3, 11)[:, None]
    np.testing.assert_allclose(Evaluator(one).log_density(v), Evaluator(two).log_density(v), rtol=1e-12)


@pytest.mark.parametrize(
    "change",
    [{"sources.b.weight": 0.5}, {"settings.pooling": "log"}, {"settings.coverage": 0.8}, {"claims.c.between": [1, 2.5]}, {"horizon": "2025-07-01"},
     {"quantities.x.common_error": 0.1}, {"title": "Another"}],
)  # fmt: skip
def test_every_change_of_meaning_changes_the_digest(tmp_path, change):
    path = tmp_path / "case.yaml"
    path.write_text(
        "format: 1\ntitle: T\nhorizon: 2025-06-30\nsettings: {pooling: linear}\nsources: {a: {weight: 1}, b: {weight: 0.4}}\n"
        'quantities: {x: {unit: ""}}\nclaims:\n  c: {source: a, about: x, between: [1, 2]}\n  d: {source: b, about: x, between: [1, 3]}\n')
    assert nkestimate.load_case(path).digest == nkestimate.load_case(path, set={}).digest
    assert nkestimate.load_case(path, set=change).digest != nkestimate.load_case(path).digest


def test_a_comment_and_the_layout_do_not_change_the_digest(tmp_path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text('format: 1\ntitle: T\nhorizon: 2025-06-30\nsources: {a: {weight: 1}}\nquantities: {x: {unit: ""}}\nclaims: {c: {source: a, about: x, around: 3}}\n')
    two.write_text('# said\ntitle: T\nformat: 1\n\nhorizon: 2025-06-30\nquantities:\n  x:\n    unit: ""\nclaims:\n  c: {about: x, source: a, around: 3}\nsources: {a: {weight: 1}}\n')
    assert nkestimate.load_case(one).digest == nkestimate.load_case(two).digest
