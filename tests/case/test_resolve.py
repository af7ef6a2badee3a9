"""What a case's entries mean, against the words of CASE.md section 2."""

from __future__ import annotations

import math
from datetime import date
from statistics import NormalDist

import pytest

from nkestimate.case.model import Notice

APPROX = {"rel": 1e-12}


def test_the_bridge(bench):
    case = bench.load()
    assert (case.id, case.title, case.format, case.horizon) == ("bridge", "Two sources on one bridge", 1, date(2025, 6, 30))
    assert case.headline.id == "cost"
    assert list(case.totals) == ["length", "share", "rate", "balance", "cost"]
    settings = case.settings
    assert (settings.pooling, settings.coverage, settings.dark_uncertainty, settings.common_error) == ("hierarchical", 0.9, None, 0.7)


# ---------------------------------------------------------------- statements


@pytest.mark.parametrize(
    ("entry", "low", "high"),
    [
        ({"about": "length", "between": [1200, 1500]}, 1200, 1500),
        ({"about": "length", "between": [1.2, 1.5], "unit": "km"}, 1200, 1500),
        ({"about": "length", "between": ["1.2 km", "1500 metre"]}, 1200, 1500),
        ({"about": "length", "around": 11000}, 10_500, 11_500),
        ({"about": "length", "around": 11, "unit": "km"}, 10_500, 11_500),
        ({"about": "length", "around": "3 billion"}, 2.5e9, 3.5e9),
        ({"about": "length", "around": 100}, 75, 125),
        ({"about": "length", "around": 1, "unit": "km"}, 750, 1250),
        ({"about": "length", "around": "1/3"}, 1 / 4, 5 / 12),
        ({"about": "length", "around": "7/10"}, 0.65, 0.75),
        ({"about": "share", "around": "1 in 5"}, 0.15, 0.25),
        ({"about": "length", "around": 2000, "within": "50 metre"}, 1950, 2050),
        ({"about": "length", "around": 2, "unit": "km", "within": "50 metre"}, 1950, 2050),
        ({"about": "balance", "around": 0, "within": 5}, -5, 5),
        ({"about": "balance", "around": 0, "within": 500, "unit": "thousand USD"}, -0.5, 0.5),
        ({"about": "balance", "around": "0 USD", "within": "500 thousand"}, -0.5, 0.5),
        ({"about": "balance", "at_most": 0, "within": "2 million USD"}, -2, 2),
        ({"about": "length", "at_most": 200}, 150, 250),
        ({"about": "share", "around": "0.30"}, 0.25, 0.35),
        ({"about": "share", "around": "30 percent"}, 0.25, 0.35),
        ({"about": "share", "around": 30, "unit": "percent"}, 0.25, 0.35),
        ({"about": "share", "around": "32%"}, 0.315, 0.325),
        ({"about": "length", "around": 2000, "within": "5%"}, 1900, 2100),
        ({"about": "length", "around": 2000, "within": 0.05}, 1900, 2100),
        ({"about": "length", "at_most": 6000}, 5500, 6500),
        ({"about": "length", "at_least": 25}, 24.5, 25.5),
        ({"about": "share", "at_most": "98 percent", "within": "1%"}, 0.9702, 0.9898),
        ({"about": "cost", "at_most": "6 million USD"}, 5.5, 6.5),
        ({"about": "cost", "at_most": 6, "unit": "billion KRW"}, 3.96, 4.68),
        ({"about": "balance", "around": -30}, -35, -25),
        ({"about": "balance", "around": -30, "within": "10%"}, -33, -27),
        ({"about": "length", "magnitude": "several hundred"}, 300, 900),
        ({"about": "cost", "magnitude": "several hundred million", "unit": "USD"}, 300, 900),
        ({"about": "length", "magnitude": "tens of thousands", "unit": "km"}, 2e7, 9e7),
    ],
)
def test_ranges(bench, entry, low, high):
    statement = bench.statement(**entry)
    assert (statement.low, statement.high) == (pytest.approx(low, **APPROX), pytest.approx(high, **APPROX))
    assert statement.is_bound == bool({"at_most", "at_least"} & entry.keys())


def test_the_value_of_a_single_figure_is_kept_beside_its_range(bench):
    for entry in ({"around": 100}, {"at_most": 100}, {"at_least": 100}):
        assert bench.statement(about="length", **entry).value == 100
    assert math.isnan(bench.statement(about="length", between=[75, 125]).value)


def test_what_was_counted(bench):
    statement = bench.statement(about="share", counted="2 of 1_990")
    assert (statement.kind, statement.count) == ("counted", (2, 1990))
    assert bench.statement(about="share", counted="0 of 50").count == (0, 50)
    derived = {"paid": {"unit": "percent", "expr": "share * 1", "support": "fraction"}}
    claim = bench.load(derived=derived, claims={"x": {"source": "institute", "about": "paid", "counted": "50 of 50"}}).claims["x"]
    assert claim.said == "50 of 50"
    assert claim.readings[0].statement.extent(claim.readings[0].target.unit) == (100, 100)
    assert bench.claim(about="share", counted="2 of 199").is_direct


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"about": "length", "counted": "2 of 199"}, "counted"),
        ({"about": "share * 1", "counted": "2 of 199"}, "counted"),
        ({"about": "share", "counted": "200 of 199"}, "counted"),
        ({"about": "share", "counted": "0 of 0"}, "counted"),
        ({"about": "share", "counted": "-1 of 5"}, "counted"),
        ({"about": "share", "counted": "2.5 of 5"}, "counted"),
        ({"about": "share", "counted": "2"}, "counted"),
        ({"about": "share", "counted": ["2", "5"]}, "counted"),
        ({"about": "share", "counted": "1 of 10_000_000_000_000_000"}, "counted"),
        ({"about": "share", "counted": "2 of 199", "unit": "percent"}, "unit"),
        ({"about": "share", "counted": "2 of 199", "coverage": 0.5}, "coverage"),
        ({"about": "share", "counted": "2 of 199", "within": "5%"}, "within"),
    ],
)
def test_counts_at_fault(bench, entry, path):
    assert [where for where, _ in bench.faults(claims={"x": {"source": "institute", **entry}})] == [f"claims.x.{path}"]


def test_the_precision_is_that_before_the_multiplier_of_the_unit(bench):
    assert bench.statement(about="cost", around="1.5 million USD").low == pytest.approx(1.45)
    assert bench.statement(about="cost", around="1_500_000 USD").low == pytest.approx(1.45)
    assert bench.statement(about="cost", around=2, unit="million USD").low == pytest.approx(1.5)


@pytest.mark.parametrize(
    ("entry", "value", "error"),
    [
        ({"about": "length", "estimate": 1300, "standard_error": 50}, 1300, 50),
        ({"about": "length", "estimate": 1.3, "standard_error": 0.05, "unit": "km"}, 1300, 50),
        ({"about": "length", "estimate": "1.3 km", "standard_error": "50 metre"}, 1300, 50),
        ({"about": "length", "estimate": "1.3 km", "standard_error": 0.05}, 1300, 50),
        ({"about": "share", "estimate": "30 percent", "standard_error": "5 percent"}, 0.3, 0.05),
        ({"about": "share", "estimate": 30, "standard_error": 5, "unit": "percent"}, 0.3, 0.05),
        ({"about": "cost", "estimate": "6 million USD", "standard_error": "1 million USD"}, 6, 1),
        ({"about": "balance", "estimate": 0, "standard_error": 2}, 0, 2),
    ],
)
def test_estimates(bench, entry, value, error):
    statement = bench.statement(**entry)
    assert (statement.value, statement.standard_error) == (pytest.approx(value, **APPROX), pytest.approx(error, **APPROX))


def test_quantiles_rise_with_their_probabilities(bench):
    statement = bench.statement(about="length", quantiles={0.95: 4, 0.05: 1, 0.5: 2}, unit="km")
    assert statement.quantiles == ((0.05, 1000), (0.5, 2000), (0.95, 4000))
    assert bench.statement(about="length", quantiles={"5%": 1, "90%": 3}).quantiles == ((0.05, 1), (0.9, 3))


@pytest.mark.parametrize(
    "entry",
    [
        {"about": "share", "at_most": "100 percent"},
        {"about": "share", "around": 1},
        {"about": "share", "at_most": "98%", "within": "3%"},
        {"about": "share", "between": [0, 0.5]},
        {"about": "share", "estimate": 1.2, "standard_error": 0.1},
        {"about": "length", "between": [0, 1]},
        {"about": "length", "between": [-1, 1]},
        {"about": "length", "around": 0},
        {"about": "length", "around": -5},
        {"about": "length", "quantiles": {0.1: 0, 0.5: 2}},
        {"about": "balance", "around": 0},
        {"about": "balance", "at_most": 0},
        {"about": "share", "magnitude": "thousands"},
        {"about": "length", "between": [2, 1]},
        {"about": "length", "between": [1, 1]},
        {"about": "length", "around": "5 km", "unit": "km"},
        {"about": "length", "around": 5, "unit": "USD"},
        {"about": "length", "around": "5 USD"},
        {"about": "length", "around": 5, "at_most": 6},
        {"about": "length"},
        {"around": 5},
        {"about": "length", "estimate": 5},
        {"about": "length", "estimate": 5, "standard_error": 0},
        {"about": "length", "between": [1, 2], "within": "5%"},
        {"about": "length", "around": 5, "standard_error": 1},
        {"about": "length", "quantiles": {0.5: 1}},
        {"about": "length", "quantiles": {0.1: 3, 0.5: 2}},
        {"about": "length", "quantiles": {0.1: 1, 0.4: 2, 0.9: 3}},
        {"about": "length", "quantiles": {"0.5": 1, "0.50": 2}},
        {"about": "2 metre", "around": 2},
    ],
)
def test_statements_at_fault(bench, entry):
    faults = bench.faults(claims={"x": {"source": "institute", **entry}})
    assert all(path.startswith("claims.x") for path, _ in faults)


def test_nearest_coverage_wins(bench):
    def coverage(settings=None, source=None, claim=None):
        case = bench.load(
            settings={} if settings is None else {"coverage": settings},
            sources={"institute": {"weight": 0.8} | ({} if source is None else {"coverage": source})},
            claims={"x": {"source": "institute", "about": "length", "between": [1, 2]} | ({} if claim is None else {"coverage": claim})},
        )
        return case.claims["x"].readings[0].statement.coverage

    assert coverage() == 0.9
    assert coverage(settings=0.5) == 0.5
    assert coverage(settings=0.5, source=0.6) == 0.6
    assert coverage(settings=0.5, source=0.6, claim=0.7) == 0.7
    assert coverage(settings=0.5, claim="70%") == 0.7


# ---------------------------------------------------------------- targets


@pytest.mark.parametrize(
    ("about", "kind", "support", "scale"),
    [
        ("length", "quantity", "positive", "log"),
        ("(length)", "quantity", "positive", "log"),
        ("share", "quantity", "fraction", "logit"),
        ("balance", "quantity", "real", "identity"),
        ("cost", "derived", "positive", "log"),
        ("paid", "derived", "fraction", "log"),
        ("net", "derived", "real", "identity"),
        ("2 * length", "expression", "positive", "log"),
        ("share * 1", "expression", "positive", "log"),
    ],
)
def test_working_scales(bench, about, kind, support, scale):
    case = bench.load(
        derived={
            "paid": {"unit": "", "expr": "share * 1", "support": "fraction"},
            "net": {"unit": "USD", "expr": "balance - cost", "support": "real"},
        },
        claims={"x": {"source": "institute", "about": about, "between": [0.2, 0.4]}},
    )
    target = case.claims["x"].readings[0].target
    assert (target.kind, target.support, target.scale) == (kind, support, scale)


def test_a_derived_is_another_target_than_its_formula(bench):
    case = bench.load(
        claims={
            "x": {"source": "institute", "about": "cost", "around": 5},
            "y": {"source": "institute", "about": "share*rate * length", "around": 5, "unit": "USD"},
            "z": {"source": "institute", "about": "(share * rate) * length", "around": 5, "unit": "USD"},
        }
    )
    keys = [case.claims[key].readings[0].target.key for key in "xyz"]
    assert keys[0] != keys[1] == keys[2]


def test_direct_claims_are_two_sided_and_about_quantities(bench):
    assert bench.claim(about="length", around=5).is_direct
    assert not bench.claim(about="length", at_most=5).is_direct
    assert not bench.claim(about="cost", around=5).is_direct
    assert not bench.claim(about="2 * length", around=5).is_direct
    assert not bench.claim(readings=[{"about": "length", "weight": 1}], around=5).is_direct


# ---------------------------------------------------------------- dates


def test_as_of_defaults_to_the_earliest_report_and_else_to_the_horizon(bench):
    case = bench.load()
    assert case.claims["ministry-length"].readings[0].as_of == date(2024, 9, 1)
    assert case.claims["institute-rate"].readings[0].as_of == case.horizon
    assert case.claims["institute-balance"].readings[0].as_of == date(2025, 1, 1)


def test_readings_may_have_dates_and_units_of_their_own(bench):
    claim = bench.claim(
        as_of="2024-02-02",
        around=5,
        unit="km",
        readings=[
            {"about": "length", "weight": 0.5},
            {"about": "2 * length", "weight": 0.25, "unit": "metre"},
            {"about": "3 * length", "weight": 0.25, "as_of": "2023-03-03"},
        ],
    )
    assert [reading.as_of for reading in claim.readings] == [date(2024, 2, 2), date(2024, 2, 2), date(2023, 3, 3)]
    assert [reading.statement.value for reading in claim.readings] == [5000, 5, 5000]
    assert [reading.weight for reading in claim.readings] == [0.5, 0.25, 0.25]


def test_the_horizon_defaults_to_the_latest_as_of(bench):
    assert bench.load(horizon=None).horizon == date(2025, 1, 1)
    assert bench.load(horizon=None, claims={"institute-balance": {"source": "institute", "about": "balance", "around": 2}}).horizon == date(
        2024, 9, 1
    )


def test_a_case_without_any_date_needs_a_horizon(bench):
    faults = bench.faults(
        horizon=None, documents={"d1": {}, "d2": {}}, claims={"institute-balance": {"source": "institute", "about": "balance", "around": 2}}
    )
    assert faults == [("", "no horizon, and no claim has a date")]


# ---------------------------------------------------------------- weights


@pytest.mark.parametrize(("letter", "weight"), [("A", 0.9), ("B", 0.75), ("C", 0.6), ("D", 0.4), ("E", 0.2), ("F", 0.3)])
def test_reliability_letters(bench, letter, weight):
    assert bench.load(sources={"ministry": {"reliability": letter}}).sources["ministry"].weight == weight
    assert bench.claim(about="length", around=5, reliability=letter).weight == weight


@pytest.mark.parametrize(("credibility", "factor"), [(1, 1), (2, 0.9), (3, 0.75), (4, 0.5), (5, 0.25), (6, 0.6)])
def test_credibility_multiplies_whichever_weight_applies(bench, credibility, factor):
    assert bench.claim(about="length", around=5, credibility=credibility).weight == pytest.approx(0.8 * factor)
    assert bench.claim(about="length", around=5, weight=0.5, credibility=credibility).weight == pytest.approx(0.5 * factor)
    assert bench.claim(about="length", around=5, reliability="C", credibility=credibility).weight == pytest.approx(0.6 * factor)


def test_a_claims_own_weight_replaces_its_sources(bench):
    assert bench.claim(about="length", around=5).weight == 0.8
    assert bench.claim(about="length", around=5, weight=0.1).weight == 0.1
    assert bench.claim(about="length", around=5, weight=1).weight == 1


def test_a_source_states_one_weight(bench):
    assert bench.faults(sources={"institute": {"weight": 0.5, "reliability": "A"}}) == [
        ("sources.institute", "the source 'institute' states more than one weight")
    ]
    assert bench.faults(sources={"institute": {}}) == [("sources.institute", "the source 'institute' has no weight")]
    assert bench.faults(weights={"institute": 0.3}) == [("sources.institute", "the source 'institute' states more than one weight")]
    assert bench.load(sources={"institute": {}}, weights={"institute": "D"}).sources["institute"].weight == 0.4


def test_weight_0_is_removal(bench):
    claim = bench.claim(about="length", around=5, weight=0)
    assert not claim.active
    faults = bench.faults(sources={"ministry": {"weight": 0}})
    assert faults == [("quantities.length", "'length' has neither a prior nor a two-sided claim about it")]


def test_a_superseded_claim_stays_on_record_and_out_of_the_density(bench):
    old = {"source": "institute", "about": "rate", "around": 30000}
    new = {"source": "institute", "about": "rate", "around": 40000, "supersedes": "old"}
    case = bench.load(claims={"old": old, "new": new})
    assert not case.claims["old"].active
    assert case.claims["old"].superseded_by == "new"
    assert "old" not in [claim.id for claim in case.active_claims]
    removed = bench.load(claims={"old": old, "new": new | {"weight": 0}})
    assert removed.claims["old"].active


# ---------------------------------------------------------------- readings


def test_readings_are_on_one_working_scale(bench):
    def about(*targets):
        return {
            "x": {"source": "institute", "around": 0.5, "readings": [{"about": target, "weight": 1 / len(targets)} for target in targets]}
        }

    bench.load(claims=about("length", "2 * length"))
    bench.load(claims=about("balance", "balance"))
    assert bench.faults(claims=about("length", "share"))[0][0] == "claims.x.readings"
    assert bench.faults(claims=about("length", "balance"))[0][0] == "claims.x.readings"
    other = {"loss": {"unit": "USD", "support": "real", "expr": "0 USD - balance"}}
    assert bench.faults(derived=other, claims=about("balance", "loss"))[0] == (
        "claims.x.readings",
        "readings of real quantities in different units",
    )


def test_readings_add_up_and_groups_agree(bench):
    def claim(*weights):
        return {
            "source": "institute",
            "around": 5,
            "reading_group": "g",
            "readings": [{"about": f"{i + 1} * length", "weight": w} for i, w in enumerate(weights)],
        }

    case = bench.load(claims={"x": claim(0.6, 0.4), "y": claim(0.6, 0.4)})
    assert case.claims["x"].group == case.claims["y"].group == "g"
    assert bench.faults(claims={"x": claim(0.6, 0.5)})[0][0] == "claims.x.readings"
    assert bench.faults(claims={"x": claim(0.6, 0.4), "y": claim(0.5, 0.5)})[0][0] == "claims.y.readings"
    assert bench.faults(claims={"x": claim(0.6, 0.4), "y": claim(1.0)})[0][0] == "claims.y.readings"
    bench.load(claims={"x": claim(0.6, 0.4), "y": claim(1.0) | {"weight": 0}})


# ---------------------------------------------------------------- quantities


def test_a_quantity_needs_a_prior_or_a_two_sided_direct_claim(bench):
    def faults(claim):
        return bench.faults(quantities={"width": {"unit": "metre"}}, claims={"x": {"source": "institute", **claim}} if claim else {})

    told = [("quantities.width", "'width' has neither a prior nor a two-sided claim about it")]
    assert faults({}) == told
    assert faults({"about": "width", "at_least": 5}) == told
    assert faults({"about": "2 * width", "around": 5}) == told
    assert faults({"around": 5, "readings": [{"about": "width", "weight": 1}]}) == told
    assert faults({"around": 5, "about": "width", "weight": 0}) == told
    bench.load(quantities={"width": {"unit": "metre"}}, claims={"x": {"source": "institute", "about": "width", "around": 5}})


def test_a_prior_alone_needs_a_rationale(bench):
    width = {"unit": "metre", "prior": "LogNormal(3, 1)"}
    assert bench.faults(quantities={"width": width}) == [("quantities.width", "'width' rests on its prior alone and has no rationale")]
    bench.load(quantities={"width": width | {"rationale": "two lanes"}})
    bench.load(quantities={"width": width}, claims={"x": {"source": "institute", "about": "width", "at_most": 50}})


def test_a_fault_of_one_claim_hides_no_other(bench):
    faults = bench.faults(
        quantities={"width": {"unit": "metre"}, "height": {"unit": "metre"}},
        claims={
            "x": {"source": "institute", "about": "width", "around": "fivish"},
            "y": {"source": "nobody", "about": "rate", "between": [2, 1]},
        },
    )
    assert sorted(path for path, _ in faults) == ["claims.x.around", "claims.y.between", "claims.y.source", "quantities.height"]


def test_priors_between(bench):
    def prior(stated, settings=None, unit="metre"):
        return (
            bench.load(settings=settings or {}, quantities={"width": {"unit": unit, "prior": stated, "rationale": "r"}})
            .quantities["width"]
            .prior
        )

    assert dict(prior({"between": [10, 30]}).parameters) == {"lower": 10, "upper": 30, "coverage": 0.9}
    assert prior({"between": [10, 30]}, settings={"coverage": 0.5})["coverage"] == 0.5
    assert prior({"between": [10, 30], "coverage": 0.8})["coverage"] == 0.8
    assert prior({"between": ["10 metre", "30 metre"]}, unit="km")["upper"] == pytest.approx(0.03)


def test_priors_stay_inside_the_support(bench):
    def faults(**width):
        return [path for path, _ in bench.faults(quantities={"width": {"rationale": "r"} | width})]

    assert faults(unit="metre", prior="Normal(20, 5)") == ["quantities.width.prior"]
    assert faults(unit="", support="fraction", prior="HalfNormal(1)") == ["quantities.width.prior"]
    assert faults(unit="percent", support="fraction", prior="Uniform(0, 101)") == ["quantities.width.prior"]
    assert faults(unit="metre", prior={"between": [0, 3]}) == ["quantities.width.prior"]
    assert faults(unit="metre", support="fraction", prior="Beta(1, 1)") == ["quantities.width.unit"]
    bench.load(quantities={"width": {"rationale": "r", "unit": "percent", "support": "fraction", "prior": "Uniform(0, 100)"}})


@pytest.mark.parametrize(
    ("width", "limits"),
    [
        ({"unit": "metre", "limits": [2, 8]}, (2, 8)),
        ({"unit": "metre", "limits": [None, 8]}, (-math.inf, 8)),
        ({"unit": "metre", "limits": [2, None]}, (2, math.inf)),
        ({"unit": "metre", "limits": [0, 8]}, (-math.inf, 8)),  # the support ends there anyway
        ({"unit": "km", "limits": ["500 metre", 2]}, (0.5, 2)),
        ({"unit": "metre", "support": "real", "limits": [0, 8]}, (0, 8)),
        ({"unit": "percent", "support": "fraction", "limits": [10, "1/2"]}, None),
        ({"unit": "percent", "support": "fraction", "limits": [10, 50]}, (10, 50)),
        ({"unit": "percent", "support": "fraction", "limits": ["1 percent", 100]}, (1, math.inf)),
        ({"unit": "", "support": "fraction", "limits": ["10 percent", 0.5]}, (0.1, 0.5)),
        ({"unit": "metre"}, (-math.inf, math.inf)),
    ],
)
def test_limits(bench, width, limits):
    prior = {"metre": "LogNormal(0, 1)", "km": "LogNormal(0, 1)", "": "Beta(2, 2)", "percent": "Uniform(0, 100)"}[width["unit"]]
    entry = {"prior": prior, "rationale": "r"} | width
    if limits is None:
        assert bench.faults(quantities={"width": entry}) == [("quantities.width.limits", "limits from 10 to 0.5")]
    else:
        assert bench.load(quantities={"width": entry}).quantities["width"].limits == pytest.approx(limits)


@pytest.mark.parametrize(
    ("width", "path"),
    [
        ({"limits": [8, 2]}, "limits"),
        ({"limits": [2, 2]}, "limits"),
        ({"limits": [-1, 2]}, "limits"),
        ({"limits": [None, None]}, "limits"),
        ({"limits": 2}, "limits"),
        ({"limits": [1, 2], "rationale": None}, "limits"),
        ({"limits": [1, "2 USD"]}, "limits"),
        ({"limits": [1, 2], "prior": "Uniform(2, 9)"}, "prior"),
        ({"limits": [20, None], "prior": {"between": [5, 9]}}, "prior"),
        ({"limits": [None, 5], "prior": "TruncatedNormal(7, 1, 6, 8)"}, "prior"),
        ({"support": "fraction", "unit": "", "limits": [0.5, 1.5]}, "limits"),
    ],
)
def test_limits_at_fault(bench, width, path):
    entry = {key: value for key, value in ({"unit": "metre", "rationale": "r"} | width).items() if value is not None}
    claim = {"source": "institute", "about": "width", "between": [0.3, 0.4]}
    told = {where for where, _ in bench.faults(quantities={"width": entry}, claims={"x": claim})}
    assert told == {f"quantities.width.{path}"}


def test_a_statement_that_lies_outside_the_limits_is_told(bench):
    def notices(**claim):
        limited = {"width": {"unit": "metre", "limits": [2, 8], "rationale": "r"}}
        base = {"source": "institute", "about": "width", "around": 5}
        return bench.load(quantities=limited, claims={"w": base, "x": {"source": "institute", "about": "width", **claim}}).notices

    assert notices(between=[9, 12]) == (Notice("outside limits", ("x", "width")),)
    assert notices(around=20)
    assert notices(estimate=1, standard_error=3)
    assert notices(quantiles={0.1: 0.5, 0.9: 1.5})
    assert notices(around=1, unit="km")
    assert not notices(between=[7, 12])
    assert not notices(at_most=20)
    assert not notices(around=20, weight=0)


def test_claims_of_different_dates_on_a_quantity_are_told_once(bench):
    def notices(first, second, balance="2020-01-01", **changes):
        claims = {"early": {"source": "ministry", "about": "length", "around": 1200, "as_of": first, **changes},
                  "late": {"source": "institute", "about": "length", "around": 1400, "as_of": second},
                  "paid": {"source": "ministry", "about": "balance", "around": 4, "as_of": balance}}  # fmt: skip
        return bench.load(claims=claims).notices

    assert notices("2020-01-01", "2024-11-01") == (Notice("different dates", ("length", "balance")),)
    grown = bench.load(quantities={"length_growth": {"unit": "1/year", "support": "real", "prior": "Normal(0, 0.1)", "rationale": "r"}},
                       derived={"length_then": {"unit": "metre", "expr": "length * exp(length_growth * years_since(begin))"}})  # fmt: skip
    assert not grown.notices
    assert not notices("2024-09-20", "2024-09-25", balance="2025-01-15")  # published within a month of each other
    assert notices("2020-01-01", "2024-09-25", weight=0) == (Notice("different dates", ("balance",)),)
    readings = [{"about": "length", "weight": 0.5, "as_of": "2020-01-01"}, {"about": "length / 2", "weight": 0.5}]
    assert notices("2024-09-20", "2024-09-25", about=None, readings=readings)[0].about[0] == "length"


def test_a_claim_without_a_date_is_of_no_other_one(make):
    def notices(*claims):
        entries = {f"c{i}": {"source": "a", "about": "x", "around": 5 + i, **claim} for i, claim in enumerate(claims)}
        documents = {"old": {"publisher": "P", "published": "2019-01-01"}, "new": {"publisher": "P", "published": "2025-01-01"}}
        return make(quantities={"x": {"unit": ""}}, documents=documents, claims=entries).notices

    assert not notices({"as_of": "2020-01-01"}, {})  # which stands at the horizon, 2025-06-30
    assert not notices({"reported_in": [{"document": "old"}]}, {})
    assert notices({"reported_in": [{"document": "old"}]}, {"reported_in": [{"document": "new"}]}) == (Notice("different dates", ("x",)),)
    assert notices({"as_of": "2020-01-01"}, {"as_of": "2025-06-30"}, {}) == (Notice("different dates", ("x",)),)


def test_sources_of_one_group(bench):
    sources = bench.load(sources={"ministry": {"weight": 0.5, "group": "the service"}, "institute": {"weight": 0.8, "group": "7"}}).sources
    assert [source.group for source in sources.values()] == ["the service", "7"]
    assert [source.root for source in sources.values()] == ["group:the service", "group:7"]
    assert [source.root for source in bench.load().sources.values()] == ["ministry", "institute"]
    assert bench.faults(sources={"ministry": {"weight": 0.5, "group": ["a"]}})[0][0] == "sources.ministry.group"


def test_a_derived_holds_the_support_that_it_states(bench):
    derived = {key: {"unit": "", "expr": "share * 1", **stated}
               for key, stated in {"a": {}, "b": {"support": "positive"}, "c": {"support": "fraction"}, "d": {"support": "real"}}.items()}
    case = bench.load(derived=derived)
    assert [case.derived[key].holds for key in "abcd"] == [False, True, True, True]
    assert not case.derived["cost"].holds


# ---------------------------------------------------------------- uncertain dates


def test_a_date_that_is_a_range_is_an_unknown_of_days(bench):
    begin = {"between": ["2023-06-01", "2023-10-01"], "coverage": 0.8, "label": "Begin of work", "rationale": "two photographs"}
    case = bench.load(dates={"begin": begin}, derived={"wages": {"unit": "year", "expr": "years(begin, opening) * ramp(begin, opening)"}})
    assert case.dates == {"opening": date(2024, 10, 15)}
    assert list(case.quantities) == ["length", "share", "rate", "balance", "begin"]
    unknown = case.quantities["begin"]
    assert (unknown.unit.text, unknown.support, unknown.scale, unknown.label) == ("day", "real", "identity", "Begin of work")
    assert unknown.since == date(2023, 8, 1)  # 122 days from end to end: the middle is the start of a day
    assert unknown.prior.name == "Normal"
    first, last = (date(2023, 6, 1) - unknown.since).days, (date(2023, 10, 1) - unknown.since).days
    belief = NormalDist(unknown.prior["mu"], unknown.prior["sigma"])
    assert (belief.cdf(first), belief.cdf(last)) == pytest.approx((0.1, 0.9))


def test_the_middle_may_be_noon(bench):
    case = bench.load(dates={"begin": {"between": ["2023-06-01", "2023-06-04"], "rationale": "r"}}, settings={"coverage": 0.5})
    unknown = case.quantities["begin"]
    assert (unknown.since, unknown.prior["mu"], unknown.label) == (date(2023, 6, 2), 0.5, "Begin")
    assert NormalDist(0.5, unknown.prior["sigma"]).cdf(2) == pytest.approx(0.75)  # June 4, at the case's coverage


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"derived": {"x": {"unit": "day", "expr": "begin"}}}, "derived.x.expr"),
        ({"derived": {"x": {"unit": "day", "expr": "2 day + begin"}}}, "derived.x.expr"),
        ({"claims": {"x": {"source": "institute", "about": "begin", "around": 5}}}, "claims.x.about"),
        ({"questions": {"x": {"ask": "begin > 5 day"}}}, "questions.x.ask"),
        ({"quantities": {"begin": {"unit": "day", "prior": "Gamma(2, 1)", "rationale": "r"}}}, "dates.begin"),
        ({"derived": {"begin": {"unit": "metre", "expr": "length"}}}, "dates.begin"),
        ({"dates": {"exp": {"between": ["2023-06-01", "2023-10-01"], "rationale": "r"}}}, "dates.exp"),
        ({"dates": {"x": {"between": ["2023-06-01", "2023-10-01"]}}}, "dates.x"),
        ({"dates": {"x": {"between": ["2023-10-01", "2023-06-01"], "rationale": "r"}}}, "dates.x.between"),
        ({"dates": {"x": {"between": ["2023-10-01"], "rationale": "r"}}}, "dates.x.between"),
        ({"dates": {"x": {"between": ["2023-10-01", "soon"], "rationale": "r"}}}, "dates.x.between"),
        ({"dates": {"x": {"between": ["2023-06-01", "2023-10-01"], "rationale": "r", "coverage": 1}}}, "dates.x.coverage"),
        ({"dates": {"x": {"rationale": "r"}}}, "dates.x.between"),
        ({"dates": {"x": ["2023-06-01", "2023-10-01"]}}, "dates.x"),
    ],
)
def test_uncertain_dates_at_fault(bench, sections, path):
    dates = {"begin": {"between": ["2023-06-01", "2023-10-01"], "rationale": "two photographs"}}
    sections = {key: value | dates if key == "dates" else value for key, value in ({"dates": {}} | sections).items()}
    assert [where for where, _ in bench.faults(**sections)] == [path]


def test_a_date_is_fixed_or_loosened_by_a_change(bench):
    dates = {"begin": {"between": ["2023-06-01", "2023-10-01"], "rationale": "r"}}
    late = {"late": {"label": "Late", "set": {"dates.begin": "2024-01-01", "dates.opening": {"between": ["2025-01-01", "2025-03-01"], "rationale": "r"}}}}
    plain, changed = bench.load(dates=dates), bench.load("late", dates=dates, scenarios=late)
    assert (plain.dates.keys(), changed.dates) == ({"opening"}, {"begin": date(2024, 1, 1)})
    assert ("begin" in changed.quantities, changed.quantities["opening"].since) == (False, date(2025, 1, 30))
    narrow = bench.load(changes={"dates.begin.coverage": 0.5}, dates=dates).quantities["begin"]
    assert narrow.prior["sigma"] > plain.quantities["begin"].prior["sigma"]
    assert bench.faults(changes={"dates.opening.coverage": 0.5}, dates=dates)[0][0] == "dates.opening.coverage"
    grid = bench.load(dates=dates, robustness={"others": {"dates.begin": ["2023-06-01", "2023-10-01"]}}).grid
    assert grid.others == {"dates.begin": ("2023-06-01", "2023-10-01")}


def test_only_fixed_dates_are_compared(bench):
    derived = {"x": {"unit": "", "expr": "ramp(opening, begin)"}}
    assert bench.faults(derived=derived)[0][0] == "derived.x.expr"
    bench.load(derived=derived, dates={"begin": {"between": ["2023-06-01", "2023-10-01"], "rationale": "r"}})


def test_dark_uncertainty_and_common_error(bench):
    case = bench.load(
        settings={"dark_uncertainty": "HalfNormal(0.5)", "common_error": 0.3},
        quantities={"length": {"unit": "metre", "dark_uncertainty": "HalfCauchy(1)", "common_error": 0}},
        derived={"cost": {"unit": "million USD", "expr": "share * rate * length", "common_error": 1}},
    )
    assert (str(case.settings.dark_uncertainty), case.settings.common_error) == ("HalfNormal(0.5)", 0.3)
    assert (case.quantities["length"].dark_uncertainty.name, case.quantities["length"].common_error) == ("HalfCauchy", 0)
    assert case.derived["cost"].common_error == 1
    assert bench.load(settings={"common_error": 1.4}).settings.common_error == 1.4
    assert bench.faults(settings={"common_error": -0.1})[0][0] == "settings.common_error"
    assert bench.faults(settings={"dark_uncertainty": "Normal(0, 1)"})[0][0] == "settings.dark_uncertainty"


def test_settings_that_do_not_act_are_told(bench):
    biased = {"ministry": {"weight": 0.5, "overstates_by": [1, 2]}}
    assert not bench.load(sources=biased).notices
    for pooling in ("linear", "log"):
        notices = bench.load(sources=biased, settings={"pooling": pooling, "common_error": 0.5}).notices
        assert notices == (Notice("setting without effect", ("ministry",), text="overstates_by"),
                           Notice("setting without effect", ("settings",), text="common_error"))
        assert not bench.load(settings={"pooling": pooling}).notices


# ---------------------------------------------------------------- derived and questions


def test_rings_of_derived_are_told_once(bench):
    faults = bench.faults(
        derived={
            "a": {"unit": "metre", "expr": "b"},
            "b": {"unit": "metre", "expr": "c + length"},
            "c": {"unit": "metre", "expr": "a"},
            "d": {"unit": "metre", "expr": "d"},
            "e": {"unit": "metre", "expr": "a + d"},
        }
    )
    assert [path for path, _ in faults] == ["derived.a.expr", "derived.d.expr"]
    assert "(a → b → c → a)" in faults[0][1]


def test_many_derived_that_stand_on_each_other(bench):
    derived = {"a0": {"unit": "metre", "expr": "length"}, "b0": {"unit": "metre", "expr": "length"}}
    for i in range(40):
        for one, other in ("ab", "ba"):
            derived[f"{one}{i + 1}"] = {"unit": "metre", "expr": f"{one}{i} + {other}{i}"}
    assert len(bench.load(derived=derived).derived) == 83


@pytest.mark.parametrize(
    "ask",
    ["cost", "cost > 4", "cost == 4 USD", "1 USD < cost < 2 USD", "length > cost", "cots > 1 USD", "cost > 1 USD * years(begin, end)"],
)
def test_questions_at_fault(bench, ask):
    assert [path for path, _ in bench.faults(questions={"q": {"ask": ask}})] == ["questions.q.ask"]


def test_questions(bench):
    question = bench.load(questions={"q": {"ask": "cost > 4 million USD", "label": "Dear?"}}).questions["q"]
    assert (question.label, question.comparison.op) == ("Dear?", ">")


# ---------------------------------------------------------------- the rest


@pytest.mark.parametrize(
    ("sections", "path"),
    [
        ({"claims": {"x": {"source": "minstry", "about": "length", "around": 5}}}, "claims.x.source"),
        ({"claims": {"x": {"source": "ministry", "about": "lenght", "around": 5}}}, "claims.x.about"),
        ({"claims": {"x": {"source": "ministry", "about": "length", "around": 5, "supersedes": "ministry-lenght"}}}, "claims.x.supersedes"),
        (
            {"claims": {"x": {"source": "ministry", "about": "length", "around": 5, "reported_in": [{"document": "d3"}]}}},
            "claims.x.reported_in[0].document",
        ),
        ({"excluded": [{"document": "d3", "figures": "3", "reason": "r"}]}, "excluded[0].document"),
        ({"derived": {"x": {"unit": "", "expr": "ramp(begin, opning)"}}}, "derived.x.expr"),
        ({"weights": {"nobody": 0.5}}, "weights.nobody"),
    ],
)
def test_names_that_nothing_bears(bench, sections, path):
    faults = bench.faults(**sections)
    assert [where for where, _ in faults] == [path]
    assert faults[0][1].startswith("unknown")


def test_what_a_claim_says_in_words(bench):
    def said(**entry):
        return bench.claim(**entry).said

    assert said(about="length", between=[1.2, 1.5], unit="km") == "1.2 to 1.5 km"
    assert said(about="length", around="11000") == "about 11000 metre"
    assert said(about="length", at_most="6 km", within="5%") == "up to 6 km (within 5 %)"
    assert said(about="length", estimate=5, standard_error=2) == "5 ± 2 metre"
    assert said(about="share", quantiles={0.05: 0.1, 0.95: 0.4}) == "0.1 at 5 %, 0.4 at 95 %"
    assert said(about="length", magnitude="thousands") == "thousands metre"
    assert said(about="share", counted="2 of 199") == "2 of 199"
    assert said(about="balance", around=0, within=5) == "about 0 million USD (within 5 million USD)"
    assert said(about="length", around="6 km", within="50 metre") == "about 6 km (within 50 metre)"
    assert said(about="share", around="1 in 5") == "about 1 in 5"
