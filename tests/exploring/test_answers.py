"""The page's answers against fits made by hand, the downloaded YAML against what it is to make, two pages side by side."""

from __future__ import annotations

import json
import math
import re

import pytest

from command_line import call
from nkestimate import fit, load_case
from nkestimate.errors import CaseError
from nkestimate.exploring.answers import BadRequestError, Explorer, SavedSinceError, State, shown_faults
from nkestimate.wording import numbers

SEED = 3


@pytest.fixture
def explorer(fence):
    return Explorer(fence, SEED)


def state(explorer, moved=None, scenario=None):
    """A state in which controls stand where they say something."""
    controls = explorer.opened(scenario).controls
    return State(explorer.now(), scenario, {key: [stop.words for stop in controls[key].stops].index(words) for key, words in (moved or {}).items()})


def number(text):
    return float(text.replace(",", "").replace("−", "-").rstrip("%"))


def figures(reply):
    return {row["id"]: [number(row[key]) for key in ("median", "low", "high")] for row in reply["totals"] if row["unit"] not in ("date", "%")}


def of(summary, keys):
    return {key: pytest.approx([summary.totals[key].quantile(p) for p in (0.5, 0.05, 0.95)], rel=0.06) for key in keys}


# ------------------------------------------------------------ without sampling


def test_what_the_page_sends_is_checked(explorer):
    for sent in (None, [], {}, {"stamp": 1, "scenario": None, "moved": {}}, {"stamp": "a", "scenario": 2, "moved": {}}, {"stamp": "a", "scenario": None, "moved": []},
                 {"stamp": "a", "scenario": None, "moved": {"weight:ann": True}}, {"stamp": "a", "scenario": None, "moved": {"weight:ann": 1.5}}):  # fmt: skip
        with pytest.raises(BadRequestError):
            State.of(sent)
    for moved in ({"weight:nobody": 1}, {"weight:ann": 99}, {"weight:ann": -1}):
        with pytest.raises(BadRequestError):
            explorer.changed(State(explorer.now(), None, moved))


def test_the_case_is_described_with_its_scenario(explorer):
    plain, trusting = explorer.case(None), explorer.case("trust-ben")
    assert plain["title"] == "A fence"
    assert plain["scenarios"] == [{"id": "trust-ben", "label": "Ben at his word"}]
    home = [{c["id"]: c["stops"][c["home"]] for c in described["controls"]} for described in (plain, trusting)]
    assert {key: (home[0][key], home[1][key]) for key in home[0] if home[0][key] != home[1][key]} == {
        "weight:ben": ("0.5", "1, at its word"), "prior:price:from": ("2 USD per metre", "3 USD per metre"), "prior:price:to": ("9 USD per metre", "5 USD per metre"),
        "drawn:price:5": ("2 USD per metre", "3 USD per metre"), "drawn:price:50": ("4.24 USD per metre", "3.87 USD per metre"),
        "drawn:price:95": ("9 USD per metre", "5 USD per metre"),
        "claim:ben-length": ("weight 0.5", "weight 1")}  # fmt: skip
    json.dumps(plain)


def test_a_file_that_was_saved_since_is_not_answered_for(explorer, fence):
    asked = state(explorer)
    fence.write_text(fence.read_text().replace("A fence", "A wall"))
    with pytest.raises(SavedSinceError):
        explorer.answer(asked)
    assert explorer.case(None)["title"] == "A wall"


def test_faults_are_those_of_validate(explorer, fence):
    fence.write_text(fence.read_text().replace("about", "abuot").replace("length * price", "length * prize").replace("label: Time", "lable: Time"))
    with pytest.raises(CaseError) as raised:
        explorer.case(None)
    printed = call("validate", fence).output.splitlines()
    assert shown_faults(raised.value.faults) == printed[:-1]
    assert len(printed) > 2


def test_a_position_that_leaves_nothing_to_say_is_told(explorer):
    asked = state(explorer, {"claim:ann-length": "not heard", "claim:ben-length": "not heard"})
    with pytest.raises(CaseError, match="neither a prior nor a two-sided claim"):
        explorer.answer(asked)
    with pytest.raises(CaseError) as raised:
        explorer.answer(State(explorer.now(), None, {"date:begun:earliest": len(explorer.opened(None).controls["date:begun:earliest"].stops) - 1}))
    assert "(page)" in shown_faults(raised.value.faults)[0]


@pytest.mark.parametrize("scenario, moved", [
    (None, {"weight:ann": "0.35", "prior:price:to": "11 USD per metre", "prior:share:beta": "4", "claim:cis-cost": "not heard", "settings:pooling": "linear"}),
    ("trust-ben", {"weight:ben": "0.2", "prior:price:to": "5.6 USD per metre", "horizon": "1\u00a0Jul\u00a02025"}), ("trust-ben", {}), (None, {})])  # fmt: skip
def test_the_yaml_is_the_case_that_is_shown(explorer, fence, scenario, moved):
    asked = state(explorer, moved, scenario)
    made = explorer.yaml(asked)
    saved = fence.parent / made["name"]
    saved.write_text(made["text"], encoding="utf-8")
    again = dict(load_case(saved, scenario="explored").resolved)
    shown = dict(explorer.changed(asked)[2].resolved)
    assert again.pop("scenarios").keys() - shown.pop("scenarios").keys() == {"explored"}
    assert again == shown
    assert set(fence.read_text().splitlines()) <= set(made["text"].splitlines())
    assert made["command"].endswith("fence-explored.yaml --scenario explored --seed 3")


def test_a_prior_that_is_drawn_is_told_with_its_yaml(explorer, fence):
    plain = state(explorer)
    assert explorer.prior(plain, "price")["yaml"] == "prior: {between: [2, 9]}"
    assert explorer.prior(plain, "length")["picture"] is None
    controls = explorer.opened(None).controls
    asked = State(plain.stamp, None, {key: controls[key].home + by for key, by in (("drawn:price:5", 20), ("drawn:price:50", 10))})
    told, made = explorer.prior(asked, "price"), explorer.yaml(asked)
    assert told["near"]
    assert re.fullmatch(r"prior: \{between: \[3\.\d+, 9\], coverage: 0\.9\}", told["yaml"])
    assert f"quantities.price.{told['yaml']}" in made["text"]
    (row,) = explorer._changes(explorer.opened(None), asked, explorer.changed(asked)[2])
    assert (row["label"], row["before"][:22]) == ("Price: prior", "90% from 2 to 9 USD pe")
    for quantity in ("nothing", "begun", None):
        with pytest.raises(BadRequestError):
            explorer.prior(plain, quantity)


# ------------------------------------------------------------ with sampling


@pytest.mark.slow
def test_a_weight_that_is_moved_gives_what_the_command_line_gives(explorer, fence):
    before = fence.read_bytes()
    asked = state(explorer, {"weight:ben": "0.95", "prior:price:to": "11 USD per metre"})
    reply = explorer.answer(asked)
    by_hand = fit(load_case(fence, set={"weights.ben": 0.95, "quantities.price.prior": {"between": [2, 11]}}), seed=SEED, progress=False).summary
    assert figures(reply) == of(by_hand, figures(reply))
    assert reply["exact"]
    assert reply["totals"][0]["id"] == "cost"
    assert reply["questions"][0]["answer"] == f"{100 * by_hand.questions['dear'].probability:.0f}%"
    assert [(one["label"], one["before"], one["now"]) for one in reply["changes"]] == [
        ("Ben", "0.5", "0.95"), ("Price: 90% to", "9 USD per metre", "11 USD per metre")]  # fmt: skip
    file = fit(load_case(fence), seed=SEED, progress=False).summary
    change = number(next(row["change"] for row in reply["totals"] if row["id"] == "length"))
    assert change == pytest.approx(by_hand.totals["length"].median - file.totals["length"].median, rel=0.1)
    made = explorer.yaml(asked)
    (fence.parent / made["name"]).write_text(made["text"])
    assert call("run", fence.parent / made["name"], "--scenario", "explored", "--seed", SEED, "--no-report", "--out", fence.parent / "out").exit_code == 0
    written = json.loads((fence.parent / "out" / "summary.json").read_text())
    assert written["derived"]["cost"]["quantiles"] == pytest.approx(by_hand.totals["cost"].quantiles)
    assert fence.read_bytes() == before


@pytest.mark.slow
def test_what_the_priors_imply_is_said(explorer, fence):
    """Of a product of two lognormals, in closed form: its median is the product of theirs, and its log's variance the sum."""
    (fence.parent / "evidence.yaml").write_text("sources: {ann: {name: Ann, weight: 0.8}}\nclaims: {late: {source: ann, about: price, at_most: 9}}\n")
    text = fence.read_text().replace("unit: metre}", 'unit: metre, prior: "LogNormal(4, 0.3)", rationale: r}').replace("sources.ben", "sources.ann").replace('"Beta(2, 2)"}', '"Beta(2, 2)", rationale: r}')
    fence.write_text(text)
    reply = explorer.answer(state(explorer, {"prior:price:to": "8 USD per metre"}))
    low, high = math.log(2), math.log(8)
    sd = math.hypot(0.3, (high - low) / 2 / 1.6448536)
    wanted = [math.exp(4 + (low + high) / 2 + z * sd) for z in (0, -1.6448536, 1.6448536)]
    assert [number(x) for x in re.findall(r"[\d,.]*\d", reply["prior"])] == pytest.approx(wanted, rel=0.06)


@pytest.mark.slow
def test_two_pages_are_apart(explorer, fence):
    one, other = state(explorer, {"weight:ben": "0.95"}), state(explorer, {"weight:ann": "0.1"}, "trust-ben")
    replies = [explorer.answer(asked) for asked in (one, other, one)]
    assert replies[0] == replies[2]
    for reply, changes, scenario in ((replies[0], {"weights.ben": 0.95}, None), (replies[1], {"weights.ann": 0.1}, "trust-ben")):
        by_hand = fit(load_case(fence, scenario=scenario, set=changes), seed=SEED, progress=False).summary
        assert figures(reply) == of(by_hand, figures(reply))
    assert [len(reply["changes"]) for reply in replies] == [1, 2, 1]


@pytest.mark.slow
def test_a_rough_answer_is_near_the_exact_one_or_is_none(explorer):
    last = state(explorer)
    assert explorer.rough(last, last)["headline"] is None  # there is no fit yet
    explorer.answer(last)
    near = state(explorer, {"prior:price:to": "8 USD per metre"})
    rough, exact = explorer.rough(near, last), explorer.answer(near)
    assert not rough["exact"]
    assert number(rough["k"]) <= 0.7
    wanted, found = figures(exact), figures(rough)
    assert found["cost"] == pytest.approx(wanted["cost"], rel=0.12)
    assert found["price"] == pytest.approx(wanted["price"], rel=0.08)
    assert rough["picture"]["curves"].keys() == {"now", "file"}
    far = state(explorer, {"prior:price:from": "20 USD per metre", "prior:price:to": "90 USD per metre"})
    told = explorer.rough(far, last)
    assert told["headline"] is None
    assert number(told["k"]) > 0.7


@pytest.mark.slow
def test_every_number_is_written_by_the_one_writer(explorer, monkeypatch):
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    grouped, dated = numbers._grouped, numbers._dated
    monkeypatch.setattr(numbers, "_grouped", lambda *args, **how: grouped(*args, **how).translate(wide))
    monkeypatch.setattr(numbers, "_dated", lambda text: dated(text).translate(wide))
    described = explorer.case(None)
    controls = explorer.opened(None).controls
    last = State(explorer.now(), None, {})
    asked = State(explorer.now(), None, {"prior:price:to": controls["prior:price:to"].home - 1})
    replies = [explorer.answer(last), explorer.rough(asked, last), explorer.answer(asked)]
    assert replies[1]["headline"]

    def texts(value):
        if isinstance(value, dict):
            return [text for key, one in value.items() if key not in ("id", "stamp") for text in texts(one)]
        return [text for one in value for text in texts(one)] if isinstance(value, list) else [value] if isinstance(value, str) else []

    said = [*texts(described), *(text for reply in replies for text in texts(reply))]
    assert sum(bool(re.search("[０-９]", text)) for text in said) > 100
    assert not [text for text in said if re.search("[0-9]", text)]
