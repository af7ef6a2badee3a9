"""What can be moved, and what a position means: changes by path that the case takes."""

from __future__ import annotations

import pytest

from nkestimate.case import STARTER, load_case
from nkestimate.errors import CaseError
from nkestimate.exploring.controls import SECTIONS, changes_of, controls_of


@pytest.fixture
def controls(fence):
    return controls_of(load_case(fence))


def at(controls, key, words):
    """The position of a control at which it says something."""
    return {key: [stop.words for stop in controls[key].stops].index(words)}


def test_all_that_can_be_moved_is_there(controls):
    assert list(controls) == [
        "weight:ann", "weight:ben", "weight:cis", "settings:coverage", "settings:common_error", "settings:dark_uncertainty_factor",
        "settings:pooling", "prior:price:from", "prior:price:to", "prior:share:alpha", "prior:share:beta", "drawn:length:5",
        "drawn:length:50", "drawn:length:95", "drawn:price:5", "drawn:price:50", "drawn:price:95", "drawn:share:5", "drawn:share:50",
        "drawn:share:95", "date:begun:earliest",
        "date:begun:latest", "date:planned", "horizon", "claim:ann-length", "claim:ben-length", "claim:cis-cost", "claim:ben-share"]  # fmt: skip
    assert {control.section for control in controls.values()} == set(SECTIONS)


def test_a_control_stands_where_the_case_has_it_and_then_changes_nothing(controls):
    assert {key: controls[key].stops[controls[key].home].words.replace("\u00a0", " ") for key in (
        "weight:ann", "settings:coverage", "settings:pooling", "prior:price:from", "prior:share:alpha", "date:begun:latest", "claim:ben-share",
        "claim:ann-length")} == {
        "weight:ann": "0.8", "settings:coverage": "90%", "settings:pooling": "hierarchical", "prior:price:from": "2 USD per metre",
        "prior:share:alpha": "2", "date:begun:latest": "31 Dec 2024", "claim:ben-share": "0.9", "claim:ann-length": "weight 0.8"}  # fmt: skip
    assert changes_of(controls, {key: control.home for key, control in controls.items()}) == {}


def test_positions_mean_changes_by_path(controls):
    moved = at(controls, "weight:ann", "0.35") | at(controls, "settings:pooling", "log") | at(controls, "claim:cis-cost", "not heard")
    moved |= at(controls, "prior:price:to", "11 USD per metre") | at(controls, "prior:share:beta", "4")
    moved |= at(controls, "date:begun:latest", "1\u00a0Jan\u00a02025") | at(controls, "date:planned", "8\u00a0May\u00a02023")
    assert changes_of(controls, moved) == {
        "weights.ann": 0.35, "settings.pooling": "log", "claims.cis-cost.weight": 0, "quantities.price.prior.between": [2, 11],
        "quantities.share.prior": "Beta(2, 4)", "dates.begun.between": ["2024-01-01", "2025-01-01"], "dates.planned": "2023-05-08"}  # fmt: skip


def test_a_source_that_speaks_only_in_claims_of_their_own_weight_has_no_slider(fence):
    text = (fence.parent / "evidence.yaml").read_text().replace("about: cost,", "about: cost, weight: 0.4,")
    (fence.parent / "evidence.yaml").write_text(text)
    controls = controls_of(load_case(fence))
    assert "weight:cis" not in controls
    assert len(controls["claim:cis-cost"].stops) == 21


def test_a_name_from_right_to_left_leaves_the_figures_as_they_are(fence):
    text = (fence.parent / "evidence.yaml").read_text().replace("name: Ben", "name: \u0628\u0646 7")
    (fence.parent / "evidence.yaml").write_text(text, encoding="utf-8")
    controls = controls_of(load_case(fence))
    assert controls["claim:ben-length"].label == "\u2068\u0628\u0646 7\u2069: about 150 metres"
    assert controls["claim:ann-length"].label == "Ann: 80 to 120 metres"


def test_a_claim_that_is_not_heard_can_be(fence):
    text = (fence.parent / "evidence.yaml").read_text().replace("about: cost,", "about: cost, weight: 0,")
    (fence.parent / "evidence.yaml").write_text(text)
    case = load_case(fence)
    control = controls_of(case)["claim:cis-cost"]
    assert [stop.words for stop in control.stops] == ["heard", "not heard"]
    assert control.home == 1
    heard = load_case(fence, set=changes_of(controls_of(case), {control.id: 0}))
    assert heard.claims["cis-cost"].weight == 0.5


@pytest.mark.parametrize("support, prior, path", [
    ("real", "{between: [-4, 4]}", "between"), ("fraction", "{between: [0.2, 0.4]}", "between"), ("positive", "LogNormal(1, 0.5)", ""),
    ("real", "StudentT(4, 0, 2)", "")])  # fmt: skip
def test_every_stop_of_a_prior_is_one_the_case_takes_or_says_why_not(tmp_path, support, prior, path):
    text = f"title: T\nhorizon: 2025-01-01\nquantities: {{x: {{unit: '', support: {support}, prior: {prior!r}, rationale: r}}}}\n".replace("'{", "{").replace("}'", "}")
    (tmp_path / "case.yaml").write_text(text)
    case = load_case(tmp_path / "case.yaml")
    controls = {key: control for key, control in controls_of(case).items() if key.startswith("prior:x:")}
    assert controls
    taken, refused = 0, []
    for control in controls.values():
        assert [stop.value for stop in control.stops] == sorted(stop.value for stop in control.stops)
        for k in range(len(control.stops)):
            try:
                changed = load_case(tmp_path / "case.yaml", set=changes_of(controls, {control.id: k}))
            except CaseError as error:
                refused.append(str(error))
                continue
            taken += 1
            parameters = dict(changed.quantities["x"].prior.parameters)
            name = {"from": "lower", "to": "upper"}.get(control.id.rsplit(":", 1)[1], control.id.rsplit(":", 1)[1])
            assert parameters[name] == pytest.approx(control.stops[k].value)
    assert taken > 20
    assert all("the lower end first" in told for told in refused)


def test_of_the_starter_every_control_moves_the_case(tmp_path):
    case = load_case(STARTER)
    controls = controls_of(case)
    for control in controls.values():
        near = control.home - 1 if control.home else 1
        if control.id == "horizon" or control.kind == "switch" or control.id.startswith("weight:"):
            near = len(control.stops) - 1
        if control.id == "claim:survey-spending":
            continue  # the only one on its quantity
        assert load_case(STARTER, set=changes_of(controls, {control.id: near})).digest != case.digest, control.id
