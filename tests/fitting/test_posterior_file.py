"""A saved posterior that was changed, byte by byte or by links that lead elsewhere: the same fit, or one error."""

from __future__ import annotations

import random

import h5py
import numpy as np
import pytest

import nkestimate
from nkestimate.case import STARTER


@pytest.fixture
def saved(make, tmp_path):
    case = make(quantities={"x": {"unit": ""}}, claims={"c": {"source": "a", "about": "x", "between": [2, 4]}})
    return nkestimate.fit(case, draws=50, tune=50, chains=2, progress=False).save(tmp_path / "posterior.nc")


def test_a_flipped_bit_is_told_or_makes_no_difference(saved):
    before, whole = nkestimate.Fit.load(saved), saved.read_bytes()
    chance, refused = random.Random(1), 0
    for _ in range(150):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        saved.write_bytes(content)
        try:
            after = nkestimate.Fit.load(saved)
        except nkestimate.ResultFileError:
            refused += 1
        else:
            np.testing.assert_array_equal(after.coordinates, before.coordinates)
            assert (after.summary, after.case.digest, after.seed) == (before.summary, before.case.digest, before.seed)
    assert refused > 10


@pytest.mark.parametrize("how", ["external file", "external link", "soft link"])
def test_data_outside_the_file_are_refused(saved, tmp_path, how):
    with h5py.File(saved, "r+") as file:
        group = file["unconstrained_posterior"]
        v = group["v"][()]
        del group["v"]
        if how == "external file":
            (tmp_path / "raw").write_bytes(v.tobytes())
            group.create_dataset("v", v.shape, v.dtype, external=[(str(tmp_path / "raw"), 0, v.nbytes)])
        elif how == "external link":
            with h5py.File(tmp_path / "other.nc", "w") as other:
                other["v"] = v
            group["v"] = h5py.ExternalLink(str(tmp_path / "other.nc"), "/v")
        else:
            group["w"] = v
            group["v"] = h5py.SoftLink("/unconstrained_posterior/w")
    with pytest.raises(nkestimate.ResultFileError, match="outside the file"):
        nkestimate.Fit.load(saved)


def test_a_dataset_larger_than_its_file_is_refused(saved):
    with h5py.File(saved, "r+") as file:
        file["unconstrained_posterior"].create_dataset("bomb", (10**6, 10**6), "<f8", chunks=(1000, 1000))
    with pytest.raises(nkestimate.ResultFileError, match="larger than it"):
        nkestimate.Fit.load(saved)


def test_the_file_is_the_tree(make, tmp_path):
    """What is written without xarray reads back, by xarray, as the tree that ArviZ is handed."""
    import xarray as xr

    case = make(quantities={"chain": {"unit": "metre", "label": "Named like a dimension"}, "y": {"unit": "percent", "support": "fraction"}},
                claims={"c": {"source": "a", "about": "chain", "between": [2, 4]}, "d": {"source": "a", "about": "chain", "at_most": 9},
                        "e": {"source": "a", "about": "y", "around": 12}})  # fmt: skip
    fit = nkestimate.fit(case, draws=50, tune=50, chains=2, progress=False)
    with xr.open_datatree(fit.save(tmp_path / "posterior.nc"), engine="h5netcdf") as tree:
        assert tree.identical(fit.tree)
        assert {"posterior", "prior", "log_likelihood", "sample_stats"} <= set(tree.children)


def test_a_case_in_place_of_a_posterior_is_told():
    with pytest.raises(nkestimate.ResultFileError, match=r"case.yaml: a file in YAML, such as a case; expected the posterior.nc of a run, or its folder"):
        nkestimate.Fit.load(STARTER)
