"""Draws from a density: each independent part by itself, each of its modes by itself, weighed by evidence."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from nkestimate.density.description import Density
from nkestimate.density.evaluate import Evaluator
from nkestimate.engine.instructions import Program
from nkestimate.engine.kernel import evaluate, log_density
from nkestimate.engine.line import draw_on_line
from nkestimate.engine.nuts import Chains, Effort, NoStart, NutpieChanged, Running, start
from nkestimate.inference.bridge import Evidence, bridge
from nkestimate.inference.choices import Choice, Configuration, choices_of, configurations, count_configurations, restricted
from nkestimate.inference.components import Component, components_of
from nkestimate.inference.diagnose import Gate, check_chains
from nkestimate.inference.lower import Lowered, lower

Array = NDArray[np.float64]
Progress = Callable[[str, float], None]

MOST_CONFIGURATIONS = 400
_NEGLIGIBLE = 1e-3  # modes below this mass do not hold up the diagnostics
_PILOT = Effort(draws=250, tune=200, chains=2)  # how many draws tell whether a wall may be lifted
_ENOUGH = 0.45  # of the draws must be left where it is
_TRIED, _NAMED = 500, 4  # draws that tell which claim is impossible, and how many are named
MOST_MASS_ERROR = 0.02  # standard error of a mode's probability that passes


@dataclass(frozen=True)
class Mode:
    """One configuration of one part, sampled.

    Attributes
    ----------
    configuration : mapping
        What is kept of each choice.
    coordinates : array, shape (chain, draw, parameter)
    evidence : Evidence
    gate : Gate
        Diagnostics of its chains.
    """

    configuration: Configuration
    coordinates: Array
    evidence: Evidence
    gate: Gate


@dataclass(frozen=True)
class PartDraws:
    """Draws of one independent part, its modes in proportion to their mass.

    Attributes
    ----------
    coordinates : array, shape (chain, draw, parameter)
    mode : array of int, shape (chain, draw)
        Which of ``modes`` a draw is from.
    masses, mass_errors : array, shape (mode,)
        Posterior probability of each mode, and its standard error.
    independent : bool
        Whether the draws are exact and independent.
    reasons : tuple of str
        Why its diagnostics fail, if they do.
    """

    component: Component
    modes: tuple[Mode, ...]
    masses: Array
    mass_errors: Array
    coordinates: Array
    mode: NDArray[np.int64]
    independent: bool
    reasons: tuple[str, ...] = ()

    @property
    def matter(self) -> list[Mode]:
        """The modes whose mass is not negligible."""
        return [mode for mode, mass in zip(self.modes, self.masses, strict=True) if mass >= _NEGLIGIBLE]

    @property
    def max_r_hat(self) -> float:
        """A bound on R-hat of the mixture, as no less than Σ p of its modes' variances lies within it (`Gate.of_share`)."""
        return math.sqrt(1 + max((p * (mode.gate.max_r_hat**2 - 1) for mode, p in zip(self.modes, self.masses, strict=True)), default=0.0))

    @property
    def ess(self) -> float:
        """The least effective size that the mixture can have, whichever mode a total varies in: the smallest ESS/p."""
        return min((mode.gate.least_ess / max(p, 1e-12) for mode, p in zip(self.modes, self.masses, strict=True)), default=math.inf)


@dataclass(frozen=True)
class Sampled:
    """Draws of the whole density.

    Attributes
    ----------
    coordinates : array, shape (chain, draw, parameter)
    parts : tuple of PartDraws
    """

    coordinates: Array
    parts: tuple[PartDraws, ...]
    reasons: tuple[str, ...] = field(default=())

    @property
    def divergences(self) -> int:
        """Divergent transitions in all modes that matter."""
        return sum(mode.gate.divergences for part in self.parts for mode in part.matter)


_MISTAKES = (ImportError, NameError, TypeError, AttributeError, LookupError, AssertionError)  # not of a case or a sampler

Runner = Callable[[Configuration, Effort, int, Callable[[int, int], None]], tuple[Running, Lowered]]
"""Begins to sample one configuration; the program gives the log density at the chains' points."""


def kernel_runner(density: Density, cores: int | None) -> Runner:
    """Return the runner of the fast engine: NUTS on a lowered program, in standardised coordinates; exact where one is left."""
    programs: dict[tuple[tuple[str, tuple[int, ...]], ...], tuple[Lowered, float]] = {}

    def begin(configuration: Configuration, effort: Effort, seed: int, progress: Callable[[int, int], None]) -> tuple[Running, Lowered]:
        key = tuple(configuration.items())
        if key not in programs:
            programs[key] = _at_walls(density, configuration)
        lowered, kept = programs[key]
        # Draws beyond a wall are dropped, so more are made than kept.
        asked = replace(effort, draws=round(effort.draws * effort.thin * max(1.5, 1.2 / kept)) + 20, thin=1) if lowered.walls else effort
        exact = draw_on_line(lowered.program, asked, seed) if lowered.program.active.size == 1 else None
        if exact is not None:
            return Running(lambda: exact, lambda: None), lowered
        return start(lowered.program, asked, seed, cores=cores, progress=progress), lowered

    return begin


def _at_walls(density: Density, configuration: Configuration) -> tuple[Lowered, float]:
    """Lower a configuration, and return the share of draws that its walls leave.

    A wall that NUTS would run into is left out where at least half of the draws without it are on the right side of it: thinning
    them is exact. Elsewhere it is made a slope.
    """
    lowered = lower(density, configuration, lifted=True)
    if not lowered.lifted:
        return lowered, 1.0
    rng = np.random.default_rng(0)
    chains = start(lowered.program, _PILOT, 0, cores=1, progress=lambda done, total: None).chains()
    _, coordinates = evaluate(lowered.program, completed(lowered.program, chains.points, rng))
    kept = float(np.exp(shortfall(density, configuration, lowered, coordinates)).mean())
    return (lowered, kept) if kept >= _ENOUGH else (lower(density, configuration), 1.0)


def shortfall(density: Density, configuration: Configuration, lowered: Lowered, coordinates: Array) -> Array:
    """Return by how much the log density at draws is below that of a program with walls: keep a draw with that probability."""
    in_v = lower(density, configuration, standardise=False, lifted=lowered.lifted > 0).program
    relaxed, _ = evaluate(in_v, coordinates)
    exact = Evaluator(restricted(density, configuration)).log_density(coordinates)
    return np.where(np.isfinite(exact), np.minimum(exact - np.where(np.isfinite(relaxed), relaxed, 0.0), 0.0), -np.inf)


def sample_density(density: Density, effort: Effort, seed: int, *, cores: int | None = None, progress: Progress | None = None,
                   engine: Callable[[Density, int | None], Runner] = kernel_runner) -> Sampled:
    """Sample a density.

    Parameters
    ----------
    density : Density
    effort : Effort
        Draws, tuning and chains; parts whose diagnostics fail are tried again with more.
    seed : int
    cores : int, optional
    progress : callable, optional
        Called with a text and the share done, from 0 to 1.
    engine : callable
        Makes the runner of a part; the fast kernel's by default.

    Returns
    -------
    Sampled
    """
    components = components_of(density)
    seeds = np.random.SeedSequence(seed).spawn(len(components))
    tell = _Teller(progress)
    parts = [_Part(one, effort, entropy, lambda d: engine(d, cores), tell) for one, entropy in zip(components, seeds, strict=True)]
    _work_off([task for part in parts for task in part.first()], tell)
    _work_off([task for part in parts for task in part.again()], tell)
    drawn = [part.draws() for part in parts]
    coordinates = np.empty((effort.chains, effort.draws, density.size))
    for found in drawn:
        coordinates[..., list(found.component.where)] = found.coordinates
    return Sampled(coordinates, tuple(drawn), tuple(reason for found in drawn for reason in found.reasons))


class _Teller:
    """Turns the progress of single runs into one share of the whole."""

    def __init__(self, progress: Progress | None):
        self.progress = progress
        self.tasks: list[_Task] = []

    def of(self, task: _Task, text: str) -> Callable[[int, int], None]:
        def step(done: int, total: int) -> None:
            task.done = done / max(total, 1)
            if self.progress:
                self.progress(text, sum(each.done for each in self.tasks) / len(self.tasks))

        return step


@dataclass
class _Task:
    """A configuration of a part, to be sampled with one effort after another until its diagnostics pass."""

    part: _Part
    which: int
    seed: int
    share: float
    efforts: list[Effort]
    begun: tuple[Running, Lowered] | None = None
    failure: BaseException | None = None
    done: float = 0.0

    def begin(self, attempt: int = 0) -> None:
        effort = self.efforts[attempt]
        text = self.part.label + (" (trying harder)" if effort.thin > 1 else "")
        with self.boundary():
            self.begun = self.part.runner(self.part.configurations[self.which], effort, self.seed + attempt, self.part.tell.of(self, text))

    def chains(self, attempt: int) -> tuple[Chains, Lowered] | None:
        """Wait for the chains of an attempt; None where its engine failed, and ``failure`` says how."""
        if attempt:
            self.begin(attempt)
        if self.begun is not None and self.failure is None:
            running, lowered = self.begun
            with self.boundary():
                return running.chains(), lowered
        return None

    @contextmanager
    def boundary(self) -> Iterator[None]:
        """Keep whatever an engine raises, a panic of native code included, as this task's failure; a mistake in our own code is none."""
        try:
            yield
        except (KeyboardInterrupt, SystemExit, NutpieChanged, *_MISTAKES):
            raise
        except BaseException as error:  # pyo3's panics are no Exceptions
            self.failure = error
            self.give_up()

    def give_up(self) -> None:
        """End the sampling that was begun: its threads must not outlive the process."""
        if self.begun is not None:
            with suppress(BaseException):  # a sampler that has panicked panics again
                self.begun[0].abort()
            self.begun = None


def _work_off(tasks: list[_Task], tell: _Teller) -> None:
    """Sample configurations; each is begun before the one before it is waited for and judged, so that no core is idle."""
    tell.tasks += tasks
    try:
        for task, following in itertools.zip_longest(tasks, tasks[1:]):
            if task.begun is None and task.failure is None:
                task.begin()
            if following is not None:
                following.begin()
            task.part.finish(task)
            task.begun, task.done = None, 1.0
    finally:
        for task in tasks:  # none, unless something went wrong or somebody stopped it
            task.give_up()


class _Part:
    def __init__(self, component: Component, effort: Effort, entropy: np.random.SeedSequence,
                 engine: Callable[[Density], Runner], tell: _Teller):
        self.component, self.density, self.effort, self.tell = component, component.density, effort, tell
        self.rng = np.random.default_rng(entropy)
        self.evaluator = Evaluator(component.density)
        self.label = _first([p.name.replace("_", " ") for p in self.density.parameters if p.role == "quantity"])
        self.reasons: list[str] = []
        self.configurations: list[Configuration] = []
        if self.density.terms or self.density.holds:
            count = count_configurations(self.density)
            if count > MOST_CONFIGURATIONS:
                self.reasons.append(f"{count} combinations of readings and pool components are too many to weigh one by one: "
                                    "the probabilities of modes cannot be vouched for")
            self.configurations = [{}] if count > MOST_CONFIGURATIONS else configurations(self.density)
            self.runner = engine(self.density)
        self.seeds = [int(s.generate_state(1)[0]) for s in entropy.spawn(len(self.configurations))]
        # The more configurations there are, the more briefly each is sampled before the shares of all are known.
        share = min(1.0, max(1.8 / max(len(self.configurations), 1), 0.25))
        self.brief = replace(effort, draws=max(round(effort.draws * share), min(effort.draws, 50)),
                             tune=max(round(effort.tune * share**2), min(effort.tune, 100)))
        self.modes: dict[int, Mode] = {}  # by the number of the configuration, in order

    def first(self) -> list[_Task]:
        """Return what is to be sampled: each configuration once."""
        return [_Task(self, k, seed, 1.0, [self.brief]) for k, seed in enumerate(self.seeds)]

    def again(self) -> list[_Task]:
        """Return what is to be sampled again, now that shares are known: configurations that need more draws, or did not pass."""
        if not any(math.isfinite(mode.evidence.log) for mode in self.modes.values()):
            return []
        masses, _ = mode_masses([mode.evidence for mode in self.modes.values()])
        tasks = []
        for k, mass in enumerate(masses):
            self.modes[k] = replace(self.modes[k], gate=self.modes[k].gate.of_share(mass))
            short = mass * self.effort.draws > self.brief.draws
            if mass >= _NEGLIGIBLE and (short or not self.modes[k].gate.ok):
                efforts = ([self.effort] if self.brief != self.effort else []) + self.harder()
                tasks.append(_Task(self, k, self.seeds[k] + 1, mass, efforts))
        return tasks

    def harder(self) -> list[Effort]:
        """Return what is tried where the asked effort does not pass: smaller steps and thinned draws, then a fuller metric too."""
        tune = 2 * self.effort.tune
        return [replace(self.effort, tune=tune, target_accept=0.97, thin=2),
                replace(self.effort, tune=2 * tune, target_accept=0.99, low_rank=True, thin=5)]

    def draws(self) -> PartDraws:
        """Return the part's draws, its modes in proportion to their masses."""
        if not self.modes:
            return self.independent()
        if not any(math.isfinite(mode.evidence.log) for mode in self.modes.values()):
            if not self.reasons:
                self.reasons.append(self.why(NoStart()))
            self.modes = {k: replace(mode, evidence=Evidence(0.0, 0.0)) for k, mode in self.modes.items()}
        masses, errors = mode_masses([mode.evidence for mode in self.modes.values()])
        reasons = list(self.reasons)
        if errors.max() > MOST_MASS_ERROR:
            reasons.append(f"the probability of a mode is known to ± {errors.max():.3f} only")
        # The shares that are known now decide, at the most that they may be.
        shares = np.minimum(masses + 2 * errors, 1.0)
        modes = [replace(kept, gate=kept.gate.of_share(share)) for kept, share in zip(self.modes.values(), shares, strict=True)]
        coordinates, mode = self.mix(modes, masses)
        # Of modes alike in this the one that weighs most is told.
        failed = max(((mass, kept.gate.reasons) for kept, mass in zip(modes, masses, strict=True)
                      if mass >= _NEGLIGIBLE and kept.gate.reasons), default=None)
        if failed is not None:
            first, *rest = failed[1]
            reasons += [f"in '{self.label}': {first}", *rest]
        return PartDraws(self.component, tuple(modes), masses, errors, coordinates, mode, False, tuple(reasons))

    def independent(self) -> PartDraws:
        """Draw a part that no claim's likelihood touches: its prior or pool itself, exactly."""
        shape = (self.effort.chains, self.effort.draws)
        v = self.evaluator.prior_draws(shape[0] * shape[1], self.rng).reshape(*shape, -1)
        return PartDraws(self.component, (), np.ones(0), np.zeros(0), v, np.zeros(shape, np.int64), True)

    def finish(self, task: _Task) -> None:
        """Wait for a configuration's chains, and judge and weigh them; one effort after another is made until they pass."""
        configuration = self.configurations[task.which]
        for attempt, this in enumerate(task.efforts):
            made = task.chains(attempt)
            if made is None:
                self.modes[task.which] = self.failed(task)
                return
            chains, lowered = made
            logs, coordinates = evaluate(lowered.program, completed(lowered.program, chains.points, self.rng))
            excess = np.where(np.isfinite(logs), 0.0, -np.inf)
            if lowered.walls:
                excess = shortfall(self.density, configuration, lowered, coordinates)
            valid = np.log(self.rng.uniform(size=excess.shape)) < excess
            short = max(this.draws - int(valid.sum(axis=1).min()), 0) if lowered.walls else 0
            gate = replace(check_chains(chains), lost=short).of_share(task.share)
            if gate.ok:
                break
        evidence = Evidence(0.0, 0.0)
        if len(self.configurations) > 1:  # one alone has probability 1, whatever its evidence
            evidence = bridge(lambda u: log_density(lowered.program, u), chains.points, logs, gate.least_ess, self.rng)
            evidence = replace(evidence, log=evidence.log + math.log(max(float(np.exp(excess).mean()), 1e-12)))
        self.modes[task.which] = Mode(configuration, self.rectangle(coordinates, valid, this.draws), evidence, gate)

    def failed(self, task: _Task) -> Mode:
        """Return a mode of no mass in place of one that an engine could not sample, and say why unless others are left."""
        size = self.effort.chains * self.effort.draws
        coordinates = self.evaluator.prior_draws(size, self.rng).reshape(self.effort.chains, self.effort.draws, -1)
        impossible = isinstance(task.failure, NoStart)
        if len(self.configurations) == 1 or not impossible:
            self.reasons.append(self.why(task.failure))
        return Mode(self.configurations[task.which], coordinates, Evidence(-math.inf, 0.0), Gate(1.0, size, size, 0, (), size))

    def why(self, failure: BaseException | None) -> str:
        """Say which part an engine failed on, and which claims (or priors alone) rule each other out, if that is it."""
        about = f"'{self.label}'"
        if not isinstance(failure, NoStart):
            said = (str(failure).splitlines() or ["no message"])[0]
            claims = _some(term.name for term in self.density.terms)
            return (f"the sampler could not work on {about} ({claims}); a claim on a formula that is far sharper than all else may be why, "
                    f"or a unit that is off by powers of ten. It said: {type(failure).__name__}: {said}")
        v = self.evaluator.prior_draws(_TRIED, self.rng)
        with np.errstate(all="ignore"):
            terms = {name: np.isfinite(logs) for name, logs in self.evaluator.log_likelihood(v).items()}
        if alone := [name for name, finite in terms.items() if not finite.any()]:
            return f"no values of {about} are possible under {_some(alone)}: what is claimed is undefined there, or outside its support"
        return (f"no values of {about} were found that all allow together ({_some(terms)}): bounds, supports and what is taken at its word "
                "may exclude each other")

    def rectangle(self, coordinates: Array, valid: NDArray[np.bool_], draws: int) -> Array:
        """Keep ``draws`` valid draws of each chain, evenly spaced; a chain with fewer repeats some (and does not pass)."""
        kept = [chain[keep] if keep.any() else chain for chain, keep in zip(coordinates, valid, strict=True)]
        return np.stack([chain[(np.arange(draws) * len(chain)) // draws] for chain in kept])

    def mix(self, modes: list[Mode], masses: Array) -> tuple[Array, NDArray[np.int64]]:
        """Take draws from each mode in proportion to its mass."""
        chains, draws = self.effort.chains, self.effort.draws
        if len(modes) == 1:
            coordinates = modes[0].coordinates
            return coordinates, np.zeros(coordinates.shape[:2], np.int64)
        coordinates = np.empty((chains, draws, self.density.size))
        which = np.empty((chains, draws), np.int64)
        for chain in range(chains):
            counts = _systematic(masses, draws, self.rng)
            labels = self.rng.permutation(np.repeat(np.arange(len(modes)), counts))
            for k, count in enumerate(counts):
                if count:
                    available = modes[k].coordinates.shape[1]
                    # Evenly spaced draws, in their order; a mode's draws repeat only if it was sampled briefly.
                    picks = (np.arange(count) * available) // count if count <= available else self.rng.integers(available, size=count)
                    coordinates[chain, labels == k] = modes[k].coordinates[chain, picks]
            which[chain] = labels
        return coordinates, which


def _some(claims: Iterable[str]) -> str:
    names = list(claims)
    return ("claims " if len(names) > 1 else "claim ") + _first(names)


def _first(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")


def completed(program: Program, points: Array, rng: np.random.Generator) -> Array:
    """Return points of all inputs, (…, input), from those of the active ones: the others are standard normal."""
    whole = rng.standard_normal((*points.shape[:-1], program.inputs))
    whole[..., program.active] = points
    return whole


def _systematic(masses: Array, draws: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return how many of ``draws`` fall to each mode, by systematic resampling (unbiased, least variance)."""
    edges = np.concatenate([[0.0], np.cumsum(masses / masses.sum())])
    positions = (np.arange(draws) + rng.uniform()) / draws
    return np.diff(np.searchsorted(positions, edges * (1 + 1e-12))).astype(np.int64)


def mode_masses(evidences: Sequence[Evidence]) -> tuple[Array, Array]:
    """Return the probability of each mode and its standard error, from log evidences with errors."""
    logs = np.array([e.log for e in evidences])
    errors = np.array([e.error for e in evidences])
    masses = np.exp(logs - np.logaddexp.reduce(logs))
    # d p_k = p_k (dl_k − Σ_j p_j dl_j), the l independent
    variance = masses**2 * ((1 - 2 * masses) * errors**2 + np.sum(masses**2 * errors**2))
    return masses, np.sqrt(np.maximum(variance, 0.0))


def option_probabilities(part: PartDraws, choice: Choice) -> tuple[Array, Array]:
    """Return the posterior probability of each alternative of a choice, and its standard error."""
    errors = np.array([mode.evidence.error for mode in part.modes])
    probabilities, spread = [], []
    for group in choice.groups:
        here = np.array([mode.configuration.get(choice.name) == group for mode in part.modes])
        p = float(part.masses[here].sum())
        probabilities.append(p)
        spread.append(math.sqrt(float(np.sum((part.masses * errors * (here - p)) ** 2))))
    return np.array(probabilities), np.array(spread)


__all__ = ["MOST_CONFIGURATIONS", "Sampled", "choices_of", "option_probabilities", "sample_density"]
