"""Reading ``posterior.nc``: what it must hold, checked before any of it is used."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nkestimate.case import case_from_resolved
from nkestimate.case.model import Case
from nkestimate.density import Density, compile_case, weighed
from nkestimate.errors import CaseError, ResultFileError
from nkestimate.fitting.records import Summary
from nkestimate.folder import read

Array = NDArray[np.float64]
_KINDS: dict[str, type | tuple[type, ...]] = {
    "case": dict, "case_id": str, "scenario": (str, type(None)), "seed": int, "sampling": dict, "versions": dict,
    "created_at": str,
}
_ROOM = 1_000_000  # bytes that a dataset may declare beyond the file's own size


def checksum(kept: str, coordinates: Array, divergences: int) -> str:
    """Return the SHA-256 of all that is read from a saved fit."""
    digest = hashlib.sha256(kept.encode())
    digest.update(repr((coordinates.shape, int(divergences))).encode() + np.ascontiguousarray(coordinates, "<f8").tobytes())
    return digest.hexdigest()


def opened(path: Path) -> tuple[Case, Density, dict[str, Any], Array, int]:
    """Return what a saved fit holds: its case, density, record, coordinates (chain, draw, parameter) and divergences.

    Raises
    ------
    ResultFileError
        If the file is missing, was not saved by this package, or is not as it was saved.
    """
    content = read(path)
    if path.suffix in (".yaml", ".yml"):
        raise ResultFileError(f"{path}: a file in YAML, such as a case; expected the posterior.nc of a run, or its folder; "
                              f"'nkestimate run {path}' makes one")
    try:
        text, found, coordinates, divergences = _parts(content)
        kept = json.loads(text)
        kept["summary"] = Summary.of(kept["summary"])
        whole = all(isinstance(kept[key], kind) for key, kind in _KINDS.items()) and found == checksum(text, coordinates, divergences)
    except _Foreign as error:
        raise _unlike(path, str(error)) from error
    except Exception as error:  # HDF5 raises whatever it likes on a file that is damaged
        raise _unlike(path, type(error).__name__) from error
    if not whole:
        raise _unlike(path, "its contents are not as they were saved")
    try:
        case = weighed(case_from_resolved(kept["case"], kept["case_id"], kept["scenario"]))
    except CaseError as error:  # of another version
        raise _unlike(path, type(error).__name__) from error
    density = compile_case(case)
    if coordinates.ndim != 3 or coordinates.shape[-1] != density.size or not coordinates.size or not np.isfinite(coordinates).all():
        raise _unlike(path, "its draws are not of its case")
    return case, density, kept, coordinates, divergences


class _Foreign(Exception):
    """What a file names is not in it."""


def _unlike(path: Path, why: str) -> ResultFileError:
    return ResultFileError(f"{path}: not a posterior saved by nkestimate, or not as it was saved ({why})")


def _parts(content: bytes) -> tuple[str, str, Array, int]:
    import h5py

    with h5py.File(io.BytesIO(content), "r") as file:
        if any(not _is_plain(file, name, len(content)) for name in _names(file)):
            raise _Foreign("its data stand outside the file, or are larger than it")
        coordinates = np.asarray(file["unconstrained_posterior/v"][()], float)
        return (_text(file.attrs["nkestimate"]), _text(file.attrs["sha256"]), coordinates,
                int(np.ravel(file["sample_stats"].attrs["divergences"])[0]))


def _names(group: Any, prefix: str = "", depth: int = 0) -> Iterator[str]:
    for name in group:
        yield prefix + name
        link = group.get(name, getlink=True)
        if depth < 2 and type(link).__name__ == "HardLink" and hasattr(group[name], "keys"):
            yield from _names(group[name], f"{prefix}{name}/", depth + 1)


def _is_plain(file: Any, name: str, size: int) -> bool:
    """Return whether a name leads to data inside the file: links, external or virtual storage could lead anywhere."""
    if type(file.get(name, getlink=True)).__name__ != "HardLink":
        return False
    data = file[name]
    return not hasattr(data, "shape") or (data.external is None and not data.is_virtual and data.nbytes <= size + _ROOM)


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
