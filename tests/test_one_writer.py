"""The contract on what is printed: one writer of numbers, and the same fact in the same words wherever it stands.

The writer is made to use other digits (fullwidth ones). A plain digit that is left in what is printed has been written by someone
else. Texts of the case, in which people write numbers as they like, have theirs taken out before.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from report_fits import synthetic_fit

from nkestimate.case import case_from_resolved, grid_from_plain, load_case
from nkestimate.evidence.claims import claim_table
from nkestimate.reporting.brief import brief
from nkestimate.reporting.data import report_data
from nkestimate.reporting.solid import section
from nkestimate.reporting.story import Story
from nkestimate.scoring.ledger import Withdrawal
from nkestimate.scoring.standing import standing
from nkestimate.sentences.findings import told
from nkestimate.solidity.calibrating.record import Calibration, ClaimPlace, Ranked
from nkestimate.solidity.calibrating.simulations import labels
from nkestimate.solidity.refits.record import Robustness, Subject
from nkestimate.solidity.refits.row import FITTED, Row
from nkestimate.solidity.refits.variants import factors, variants
from nkestimate.tables import scoring
from nkestimate.tables.calibration import text as calibration_text
from nkestimate.tables.claims import render
from nkestimate.tables.robustness import text as robustness_text
from nkestimate.tables.run import headline_table
from nkestimate.tables.scenarios import scenarios_table
from nkestimate.tables.solidity import as_text
from nkestimate.wording import numbers
from nkestimate.wording.names import claim_name
from scored import answered, claim, entry

ROOT = Path(__file__).parents[1]
CASES = ["north-korea-russia", "beirut-explosion"]
WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
NARROW = str.maketrans("０１２３４５６７８９", "0123456789")
OWN = {"title", "label", "name", "note", "rationale", "publisher", "figures", "why", "reason", "url", "from", "ask"}
# What identifies a run or a file is no number, and the scales of probability words have their names.
IDENTIFIERS = {"digest", "short_digest", "seed", "foot", "versions", "made", "sha256", "scale"}


def without_digits(value, key=""):
    if isinstance(value, dict):
        return {name: without_digits(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [without_digits(one, key) for one in value]
    return re.sub(r"\d", "#", value) if isinstance(value, str) and key in OWN - {"ask"} else value


@pytest.fixture(scope="module", params=CASES)
def case(request):
    plain = without_digits(copy.deepcopy(dict(load_case(ROOT / "priors" / f"{request.param}.yaml").resolved)))
    return case_from_resolved(plain, request.param)


@pytest.fixture(scope="module")
def fit(case):
    return synthetic_fit(case, prior=2000, draws=200)


@pytest.fixture(scope="module")
def story(fit):
    return Story(fit)


def grid_of(case, fit):
    """A grid whose rows are the fit's own, each a little larger than the one before."""
    grid = grid_from_plain({"coverage": [0.5, 0.9], "pooling": ["hierarchical"], "common_error": [0.7], "dark_uncertainty": [0.5, 1.0]})
    rows = []
    for i, variant in enumerate(variants(case, grid)):
        totals = {key: {"unit": one.unit, "quantiles": {p: q * (1 + 0.03 * i) for p, q in one.quantiles.items()}, "mcse": 1e-6}
                  for key, one in fit.summary.totals.items()}  # fmt: skip
        answers = {key: {"probability": min(1.0, one.probability * (1 + 0.05 * i)), "mcse": 0.008} for key, one in fit.summary.questions.items()}
        rows.append(Row(variant, FITTED, "", (), 1, totals, answers, {}))
    levels = factors(case, grid)
    subjects = {key: Subject(total.label, total.unit.text, total.support) for key, total in case.totals.items()}
    return Robustness(case.id, case.title, None, case.digest, case.horizon.isoformat(), 1, {"draws": 1000, "tune": 500, "chains": 2}, "", levels,
                      rows[0].variant.choices, case.headline.id, subjects, {key: q.label for key, q in case.questions.items()}, tuple(case.totals),
                      {}, tuple(rows))  # fmt: skip


def calibration_of(case):
    """A calibration of made-up ranks, some of which fail."""
    u = np.random.default_rng(1).uniform(size=150)
    ranked = tuple(Ranked(name, label, tuple(u**power), 99) for power, (name, label) in enumerate(labels(case).items(), 1))
    claims = tuple(ClaimPlace(key, claim_name(claim, case), "two_sided", float(u[i]), None, "psis", True)
                   for i, (key, claim) in enumerate(case.claims.items()))  # fmt: skip
    return Calibration(case.id, case.title, None, case.digest, 1, {}, "", 152, 3, ("it failed",) * 2, ranked, claims)


def texts(value, key=""):
    """All strings of a record but identifiers."""
    if isinstance(value, dict):
        for name, one in value.items():
            if name not in IDENTIFIERS:
                yield from texts(one, name)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from texts(one, key)
    elif isinstance(value, str):
        yield value


@pytest.fixture
def wide_digits(monkeypatch):
    grouped, dated = numbers._grouped, numbers._dated
    monkeypatch.setattr(numbers, "_grouped", lambda *args, **how: grouped(*args, **how).translate(WIDE))
    monkeypatch.setattr(numbers, "_dated", lambda text: dated(text).translate(WIDE))


def by_others(printed):
    return [printed[max(0, match.start() - 40) : match.end() + 20] for match in re.finditer("[0-9]", printed)]


def without_ids(printed, case):
    """Leave out the ids of claims and documents and the keys of targets, as the terminal breaks them over lines."""
    keys = {reading.target.key for claim in case.claims.values() for reading in claim.readings}
    names = sorted([*case.claims, *case.documents, *case.sources, *case.questions, *keys], key=len, reverse=True)
    return re.sub("|".join(r"\s*".join(map(re.escape, name.replace(" ", ""))) for name in names), "", printed)


def terminal(command, case, fit, story):
    """What the terminal shows of a command."""
    if command in ("claims", "implied"):
        return render(claim_table(case), command, "text")
    return {"run": lambda: headline_table(fit.summary, case, fit.summary), "explain": lambda: as_text(story.explanation),
            "conflict": lambda: as_text(story.conflicts), "robustness": lambda: robustness_text(grid_of(case, fit)), "calibrate": lambda: calibration_text(calibration_of(case)),
            "scenarios": lambda: scenarios_table(case, {None: fit.summary, **dict.fromkeys(case.scenarios, fit.summary)}),
            "notes": lambda: "\n".join(told(replace(fit.summary, below_zero={case.headline.id: 0.03}), case))}[command]()  # fmt: skip


def test_every_number_of_the_report_is_written_by_the_one_writer(case, fit, wide_digits):
    grid = grid_of(case, fit)
    data = report_data(Story(fit)) | {"solid": section(grid, case), "brief": brief(Story(fit), grid)}
    printed = "\n".join(texts(data))
    assert len(re.findall("[０-９]+", printed)) > 300
    assert not by_others(printed)


@pytest.mark.parametrize("command", ["run", "explain", "conflict", "robustness", "calibrate", "claims", "implied", "scenarios", "notes"])
def test_every_number_of_the_terminal_is_written_by_the_one_writer(case, fit, wide_digits, command):
    shown = without_ids(terminal(command, case, fit, Story(fit)), case)
    assert re.search("[０-９]", shown)
    assert not by_others(shown)


def test_every_number_of_a_ledger_is_written_by_the_one_writer(wide_digits):
    offs = (0.1, None, -0.4)
    claims = [claim(name, off).model_copy(update={"says": "1.2 to 1.5 km"}) for name, off in zip(("near", "bound", "far"), offs, strict=True)]
    entries = [entry(i, claims=claims) for i in range(4)] + [entry(4, low=1300.0, scale="identity"), answered(5, 0.7, happened=True)]
    withdrawn = [(entries[0], Withdrawal(entered="2026-11-26T08:00:00+00:00", of="", by="Ann", why="another bridge"))]
    for shown in (scoring.ledger(standing(entries), "text", withdrawn), scoring.resolution(entries, "text", {})):
        assert len(re.findall("[０-９]+", shown)) > 30
        assert not by_others(re.sub(r"\(case-\d+\)", "", shown))


# ---------------------------------------------------------------- the same fact


def alike(text):
    """A printed text without what a typography may change."""
    text = text.translate(str.maketrans("\u00a0−", " -"))
    text = re.sub(r"(?<!\d)(\d{1,2} [A-Z][a-z]{2} \d{4})", lambda match: datetime.strptime(match[0], "%d %b %Y").date().isoformat(), text)
    return re.sub(r"\s+", " ", re.sub(r"(?<=\d) %", "%", text))


def row_of(table, label):
    """The cells behind a label in a table of the terminal, whose lines are broken where they are long."""
    return next(line for line in table.splitlines() if line.startswith(label[:12]))


@pytest.fixture(scope="module")
def data(story):
    return report_data(story)


def test_a_total_reads_the_same_wherever_it_stands(case, fit, story, data):
    table, grid = headline_table(fit.summary, case), grid_of(case, fit)
    rows = {row["label"]: row for row in data["totals"]}
    head = rows[case.headline.label]
    for other in (data["headline"], *data["key_totals"]):
        row = rows[other["label"]]
        assert alike(other["median"]).startswith(alike(row["median"]))
        assert re.findall(r"[\d.,]+", other["ninety"]) == re.findall(r"[\d.,]+", row["ninety"])
    printed = alike(table)
    for row in rows.values():
        low, high = alike(row["ninety"]).split(" to ")
        assert re.search(rf"(?<![\d.,]){re.escape(alike(row['median']))} {re.escape(low)} {re.escape(high)} ", printed), row["label"]
    explained = alike(as_text(story.explanation))
    assert f"median {alike(data['headline']['median'])}, 90% interval {alike(data['headline']['ninety'])} (equal tails)" in explained
    assert f"{head['label']}: {alike(data['headline']['median'])} in the base" in alike(section(grid, case)["headline"])
    assert f"{head['label']}: {alike(data['headline']['median'])} in the base" in alike(robustness_text(grid))


def test_an_answer_reads_the_same_wherever_it_stands(case, fit, data):
    table = alike(headline_table(fit.summary, case))
    solid = section(grid_of(case, fit), case)["answers"]
    assert len(data["questions"]) == len(case.questions) > 0
    for question, answer in zip(data["questions"], solid, strict=True):
        assert answer["base"] == question["probability"]
        assert f"{alike(question['probability'])} {question['words']}"[:20] in table
    for question in data["headline"]["questions"]:
        assert question in data["questions"]


def test_a_claim_reads_the_same_wherever_it_stands(story, data):
    said = {(row["source"], alike(row["said"])) for row in data["claims"]}
    assert {(row["source"], alike(row["said"])) for row in data["evidence"]["rows"]} == said
    assert {(row["source"], alike(row["said"])) for row in data["implied"]} <= said
    names = {f"{source}: {words}" for source, words in said}
    assert {alike(conflict.label) for conflict in story.conflicts.claims} <= names
    assert {alike(check.label) for check in story.explanation.checks if check.kind == "claim"} <= names


def test_the_brief_says_what_the_annex_says(case, fit, story, data):
    told = brief(story, grid_of(case, fit))
    weights = {row["name"]: row["weight"] for row in data["assumptions"]["sources"]}
    claimed = {(row["source"], row["said"], " or ".join(row["about"])) for row in data["claims"]}
    assert told["believed"]["rows"]
    for row in told["believed"]["rows"]:
        assert row["weight"] == weights[row["name"]]
        assert {(row["name"], one["said"], one["about"]) for one in row["said"]} <= claimed
    priors = {row["label"]: row["prior"] for row in data["assumptions"]["priors"]}
    for row in told["carried"]:
        assert row["label"] not in priors or priors[row["label"]] in row["rests_on"]
    top, best = data["drivers"]["top"], data["drivers"]["best"]
    carried = {row["label"]: row["share"] for row in told["carried"]}
    assert not top or carried.get(top["label"], top["share"]) == top["share"]
    assert not best or [best["label"], best["shrink"]] == [told["checks"]["rows"][0][0], told["checks"]["rows"][0][2]]
    assert told["conflict"]["unknown"] == data["drivers"]["unknown"]


def test_no_interval_has_two_equal_ends(data):
    def intervals(value):
        for text in texts(value):
            yield from re.findall(r"([\d.,]+)%? to ([\d.,]+)", text)

    found = list(intervals(data))
    assert len(found) > 50
    assert not [pair for pair in found if pair[0] == pair[1]]
