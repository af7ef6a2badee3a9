"""nkestimate turns quoted, conflicting, dependent figures into posterior distributions and reports.

Names are imported when first used, so that reading a case needs no sampler.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {name: f"nkestimate.{home}" for home, names in {
    "case": "Case load_case",
    "errors": "BusyError CaseError ComparisonError ConvergenceError DigestError EngineError Fault NKEstimateError ReportError "
              "ResultFileError ScaleError UnknownTotalError",
    "fitting.extended": "from_pymc pymc_trace",
    "fitting.fits": "Fit fit over_time summarize",
    "inference.pymc_model": "to_pymc",
    "reporting": "leave_one_out_forest report specification_curve",
    "solidity.calibrating.record": "Calibration",
    "solidity.calibrating.simulations": "calibrate",
    "solidity.comparing.comparison": "compare",
    "solidity.conflict": "conflicts",
    "solidity.explaining.explanation": "explain",
    "solidity.refits.grid": "robustness",
    "solidity.refits.record": "Robustness",
    "wording.probability_words": "words",
}.items() for name in names.split()}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'nkestimate' has no attribute '{name}'")
    module = import_module(_HOMES[name])
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
