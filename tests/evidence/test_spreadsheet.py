"""Cases whose claims go out as a table and come in again: the same density, from the command line too."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from command_line import call
from nkestimate.case import STARTER, load_case
from nkestimate.density import compile_case
from nkestimate.density.evaluate import Evaluator
from nkestimate.errors import TableError
from nkestimate.evidence.spreadsheet import claims_file
from random_cases import load

ROOT = Path(__file__).parents[2]
CASES = [STARTER, *sorted((ROOT / "priors").glob("*.yaml")), *sorted((ROOT / "tests" / "reference" / "cases").glob("*.yaml"))]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_claims_come_back_as_the_same_case(tmp_path, path):
    case = load_case(path)
    rest = {key: value for key, value in case.resolved.items() if key not in ("claims", "include")}
    for form in ("csv", "xlsx"):
        (tmp_path / f"claims.{form}").write_bytes(claims_file(case, form))
        (tmp_path / "case.yaml").write_text(yaml.safe_dump(rest | {"include": f"claims.{form}"}, allow_unicode=True, sort_keys=False), encoding="utf-8")
        back = load_case(tmp_path / "case.yaml")
        assert {key: value for key, value in back.resolved.items() if key not in ("claims", "include")} == rest
        a, b = (Evaluator(compile_case(one)) for one in (case, back))
        points = a.prior_draws(5, np.random.default_rng(1))
        np.testing.assert_array_equal(a.log_density(points), b.log_density(points))
    assert claims_file(back, "xlsx") == (tmp_path / "claims.xlsx").read_bytes()


def test_the_command_writes_both_and_says_where(tmp_path):
    assert call("export", STARTER, "--format", "csv").output.startswith("id,source,about,")
    for form in ("csv", "xlsx"):
        result = call("export", STARTER, "--format", form, "--out", tmp_path / f"c.{form}")
        assert result.exit_code == 0
        assert (tmp_path / f"c.{form}").read_bytes() == claims_file(load_case(STARTER), form)
    result = call("export", STARTER, "--format", "xlsx")
    assert result.exit_code == 2
    assert "--out" in result.stderr


def test_a_claim_that_no_cell_can_hold_is_refused_with_a_way_out():
    case = load({"title": "t", "horizon": "2024-01-01", "sources": {"s": {"weight": 1}}, "quantities": {"q": {}},
                 "claims": {"fine": {"source": "s", "about": "q", "around": "5"}, "odd": {"source": "s", "about": "q", "around": "5", "note": '""'}}})
    with pytest.raises(TableError, match=r"^odd: .*keep these claims in YAML"):
        claims_file(case, "csv")
