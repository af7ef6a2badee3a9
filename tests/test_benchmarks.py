"""The benchmarks: synthetic cases are valid, seeded and converge, the plain PyMC script has our density, the command runs."""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from nkestimate import fit, load_case
from nkestimate.case import Case
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.density.restate import simulate

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def benchmarks() -> Any:
    """Make this folder's modules importable, and no longer."""
    sys.path.insert(0, str(BENCHMARKS))
    yield
    sys.path.remove(str(BENCHMARKS))


@pytest.fixture
def synthetic(benchmarks: None) -> ModuleType:
    import synthetic

    return synthetic


@pytest.fixture
def read(tmp_path: Path, synthetic: ModuleType) -> Any:
    """Return a function from plain values to a case, by way of its YAML."""

    def read(plain: dict[str, Any]) -> Case:
        path = tmp_path / "case.yaml"
        path.write_text(synthetic.to_yaml(plain), encoding="utf-8")
        return load_case(path)

    return read


@pytest.mark.parametrize("pooling", ["hierarchical", "linear", "log"])
@pytest.mark.parametrize("seed", range(4))
def test_synthetic_cases_are_valid(synthetic: ModuleType, read: Any, pooling: str, seed: int) -> None:
    case = read(synthetic.synthetic_case(40, 160, 8, seed, pooling))
    assert (len(case.quantities), len(case.claims), len(case.derived)) == (40, 160, 8)
    assert {q.support for q in case.quantities.values()} == {"positive", "fraction", "real"}
    kinds = {reading.statement.kind for claim in case.claims.values() for reading in claim.readings}
    assert {"at_most", "at_least", "quantiles", "estimate"} < kinds
    assert any(source.overstates_by for source in case.sources.values())


def test_a_synthetic_case_is_its_seed(synthetic: ModuleType) -> None:
    assert synthetic.synthetic_yaml(6, 24, 2, 3) == synthetic.synthetic_yaml(6, 24, 2, 3)
    assert synthetic.synthetic_yaml(6, 24, 2, 3) != synthetic.synthetic_yaml(6, 24, 2, 4)


def test_too_few_claims_are_refused(synthetic: ModuleType) -> None:
    with pytest.raises(ValueError, match="a claim for each"):
        synthetic.synthetic_case(9, 3, 1, 1)


def test_the_middle_case_is_what_the_tables_say(benchmarks: None, synthetic: ModuleType, read: Any) -> None:
    import measure

    case = read(synthetic.synthetic_case(**measure.MIDDLE))
    assert (compile_case(case).size, len(case.claims)) == (24, 17)


def test_each_edit_is_another_graph(synthetic: ModuleType, read: Any) -> None:
    base = synthetic.synthetic_case(5, 17, 1, 21)
    graphs = {compile_case(read(synthetic.structural_edit(base, i))).nodes for i in range(synthetic.STRUCTURAL_EDITS)}
    assert len(graphs) == synthetic.STRUCTURAL_EDITS
    one, other = (compile_case(read(synthetic.numbers_edit(base, i))) for i in (1, 2))
    assert one != other
    assert [p.name for p in one.parameters] == [p.name for p in other.parameters]


@pytest.mark.slow
def test_a_synthetic_case_converges(synthetic: ModuleType, read: Any) -> None:
    result = fit(read(synthetic.synthetic_case(12, 48, 3, 2)), progress=False)
    assert result.ok, result.summary.diagnostics


@pytest.mark.slow
@pytest.mark.parametrize("pooling", ["hierarchical", "linear", "log"])
def test_the_plain_model_has_our_density(benchmarks: None, synthetic: ModuleType, read: Any, pooling: str) -> None:
    """Its log density differs from the evaluator's by a constant, in the same coordinates."""
    import plain_pymc
    import pytensor

    density = compile_case(read(synthetic.synthetic_case(5, 17, 1, 21, pooling)))
    numbers = plain_pymc.numbers_of(density)
    model = plain_pymc.build(numbers)
    log_density = pytensor.function(model.value_vars, model.logp(), mode=pytensor.compile.mode.Mode(linker="py", optimizer="fast_compile"))
    where = dict(numbers["roles"]) | {
        "x": [i for i in numbers["roles"]["quantity"] if density.parameters[i].on == "working" and density.parameters[i].prior]}
    where |= {"tau_half": where["tau"]} | {f"working {p.name}": i for i, p in enumerate(density.parameters)} | dict(density.index)
    rng = np.random.default_rng(1)
    centre = [x.prior["mu"] if x.prior and x.prior.name == "Normal" else 0.0 for x in density.parameters]
    for pool in density.pools:
        centre[pool.quantity] = pool.spreads[0].m
    differences = []
    for _ in range(5):
        v = np.array(centre) + 0.4 * rng.standard_normal(density.size)
        point = [v[where[value.name.removesuffix("_log__").removesuffix("_logodds__")]] for value in model.value_vars]
        differences.append(float(log_density(*point)) - float(Evaluator(density).log_density(v)))
    assert np.ptp(differences) < 1e-9 * (1 + abs(differences[0]))


@pytest.mark.slow
def test_the_command_runs(tmp_path: Path) -> None:
    command = [sys.executable, str(BENCHMARKS / "run.py"), "--smoke", "--only", "growth", "--out", str(tmp_path / "RESULTS.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "| claims | unknowns |" in done.stdout
    assert not (tmp_path / "RESULTS.md").exists()


def test_calibration_predicts_each_item_in_its_own_unit(tmp_path: Path, benchmarks: None) -> None:
    import calibration

    panels = tmp_path / "panels.csv"
    rows = ["study,item,expert,scale,q05,q50,q95,realization", "A,1,a,log,10,100,1000,7", "A,1,b,log,20,100,500,7",
            "A,2,a,uni,-3,-1,1,0", "A,2,b,uni,-2,-1,0,0"]  # fmt: skip
    panels.write_text("\n".join(rows), encoding="utf-8")
    out = tmp_path / "predictions.csv"
    assert calibration.predict(panels, out, 0.5, "hierarchical") == 0
    lines = [line.split(",") for line in out.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == ["study", "item", "p", "value"]
    values = {item: [float(line[3]) for line in lines[1:] if line[1] == item] for item in ("1", "2")}
    for item, centre, wide in (("1", 100.0, (20, 500)), ("2", -1.0, (-2, 0))):
        assert len(values[item]) == 99
        assert values[item] == sorted(values[item])
        assert wide[0] < values[item][49] < wide[1]
        assert values[item][49] == pytest.approx(centre, rel=0.15)  # both experts' median; wide draws
        assert values[item][4] < wide[0]  # doubt widens what the sharper expert said


def test_trained_experts_never_learn_from_the_item_that_is_predicted(
        tmp_path: Path, benchmarks: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    import calibration

    monkeypatch.setattr(calibration, "ProcessPoolExecutor", ThreadPoolExecutor)  # to fork a process that has threads may hang
    experts = {"a": (90, 100, 110), "b": (40, 50, 60)}  # a knows, b does not
    items = {"1": 100, "2": 101, "3": 99}
    rows = [f"A,{item},{e},uni,{q[0]},{q[1]},{q[2]},{truth}" for item, truth in items.items() for e, q in experts.items()]
    panels, out = tmp_path / "panels.csv", tmp_path / "predictions.csv"
    panels.write_text("\n".join(["study,item,expert,scale,q05,q50,q95,realization", *rows]), encoding="utf-8")
    read = calibration.panels_of(panels)
    case = calibration.trained_case_of(read["A", "1"], [read["A", "2"], read["A", "3"]])
    assert sorted(entry["came_true"] for entry in case["track_record"].values()) == [99, 99, 101, 101]
    calibration.trained(panels, out)
    table = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| ")]
    assert [cells[1].strip() for cells in table] == ["", "trained", "untrained", "linear pool"]
    values = [line.split(",") for line in out.read_text(encoding="utf-8").splitlines()][1:]
    assert len(values) == 3 * 99
    medians = [float(value) for _, _, p, value in values if p == "0.50"]
    assert all(median > 76 for median in medians)  # nearer to a than the middle, 75
    assert float(table[1][4]) < float(table[2][4])


@pytest.mark.parametrize("name", ["fresh_news", "fresh_general", "fresh_third", "fresh_fourth_news", "fresh_fourth_general", "fresh_fifth"])
def test_the_finder_and_its_entries_are_as_good_as_documented(benchmarks: None, name: str) -> None:
    import finder

    path = BENCHMARKS.parent / "tests" / "data" / f"{name}.jsonl"
    counts = finder.score([json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()], strict=False)
    assert counts.stated >= 55
    assert counts.recalled >= 0.97 * counts.stated
    assert counts.right >= 0.93 * counts.told
    assert counts.entries_right >= 0.90 * counts.entries


def test_a_label_of_nothing_to_state_wants_no_entry(benchmarks: None) -> None:
    import finder

    def counts(text: str, core: str) -> tuple[int, int]:
        label = {"phrase": core, "core": core, "core_at": text.index(core), "kind": "statement", "entries": []}
        score = finder.score([{"id": "x", "text": text, "phrases": [label]}], strict=False)
        return score.entries_right, score.entries

    assert counts("Nobody was killed.", "Nobody") == (1, 1)
    assert counts("Twelve men were killed.", "Twelve") == (0, 1)


def test_an_entry_is_held_to_kind_value_and_unit(benchmarks: None, tmp_path: Path) -> None:
    import finder

    wanted = {"kind": "at_most", "values": [0.3], "unit": "TWh"}
    right = {"at_most": "300", "unit": "GWh"}
    assert finder._is_right(right, wanted, tmp_path / "c.yaml")
    for wrong in ({"around": "300", "unit": "GWh"}, {"at_most": "301", "unit": "GWh"}, {"at_most": "0.3"}, {"at_most": "300", "unit": "GW"}, None):
        assert not finder._is_right(wrong, wanted, tmp_path / "c.yaml")


@pytest.mark.slow
def test_each_kind_of_case_is_calibrated(benchmarks: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import sbc

    for kind in sbc.KINDS:
        density = compile_case(sbc.case_of(kind))
        drawn = simulate(density, np.random.default_rng(1))
        assert np.isfinite(Evaluator(drawn.density).log_density(drawn.v)), kind
        assert density.terms, kind
    results = tmp_path / "RESULTS.md"
    monkeypatch.setattr(sbc, "KINDS", {"readings": sbc.KINDS["readings"]})
    monkeypatch.setattr(sys, "argv", ["sbc.py", "--simulations", "10", "--workers", "1", "--only", "readings", "--out", str(results)])
    sbc.main()
    (row,) = [line for line in results.read_text(encoding="utf-8").splitlines() if line.startswith("| readings")]
    assert row.count("|") == len(sbc.HEADER) + 1
    assert row.strip(" |") in capsys.readouterr().out
