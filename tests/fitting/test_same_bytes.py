"""The same seed gives the same bytes, whatever the cores, the hash seed, the time zone and the language of the machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

CASE = """\
title: A bridge
horizon: 2025-06-30
dates: {opened: 2024-10-15}
sources: {ministry: {weight: 0.75}, rival: {weight: 0.4, overstates_by: [1, 2]}, press: {weight: 0.5}}
quantities:
  length: {label: Bridge length, unit: metre}
  rate: {label: Price, unit: USD/metre, prior: "LogNormal(10, 1)", rationale: nobody has said}
derived:
  cost: {label: Cost, unit: million USD, expr: length * rate, headline: true}
claims:
  a: {source: ministry, about: length, between: [1.2, 1.5], unit: km}
  b: {source: rival, about: length, around: 1900}
  c: {source: press, at_most: 90, unit: million USD, readings: [{about: cost, weight: 0.6}, {about: cost * 2, weight: 0.4}]}
questions: {dear: {ask: cost > 40 million USD}}
"""
RUN = """
import os, sys
if hasattr(os, "sched_setaffinity") and sys.argv[1] == "one":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
sys.argv = ["nkestimate", "run", "case.yaml", "--out", "out", "--seed", "7", "--draws", "500", "--tune", "200"]
import nkestimate.fitting.fits as fits
from nkestimate.cli import main

class Then(fits.datetime):  # the hour at which it was made is part of a run
    @classmethod
    def now(cls, tz=None):
        return cls(2025, 7, 1, 12, tzinfo=tz)

fits.datetime = Then
try:
    main()
finally:
    print("loaded:", *sorted({"arviz", "arviz_stats", "pandas", "pymc", "scipy.stats", "xarray"} & sys.modules.keys()), file=sys.stderr)
"""


@pytest.mark.slow
def test_a_run_is_the_same_to_the_byte(tmp_path):
    made = []
    for cores, hash_seed, zone in (("all", "1", "Asia/Pyongyang"), ("one", "2", "America/St_Johns")):
        (tmp_path / "case.yaml").write_text(CASE, encoding="utf-8")
        threads = {"OMP_NUM_THREADS": hash_seed, "OPENBLAS_NUM_THREADS": hash_seed, "NUMBA_NUM_THREADS": "1"}
        environment = {**os.environ, **threads, "PYTHONHASHSEED": hash_seed, "TZ": zone}
        done = subprocess.run([sys.executable, "-c", RUN, cores], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600, check=False)
        assert done.returncode in (0, 3), done.stderr
        assert done.stderr.splitlines()[-1] == "loaded:"  # each takes longer than the rest of a report
        out = tmp_path / "out"
        made.append((done.stdout, {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}))
        shutil.rmtree(out)
    (told, files), (told_again, files_again) = made
    assert told == told_again
    assert files.keys() == files_again.keys()
    assert [name for name in files if files[name] != files_again[name]] == []
