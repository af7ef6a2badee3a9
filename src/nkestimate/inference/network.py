"""Normal errors between unknowns, integrated out exactly: a network of differences, recorded on a `Tracer`.

A *link* says that two nodes differ by an offset, up to a normal error: Normal(offset; z_a − z_b, variance). What sources
state of a quantity is such a network (CASE.md section 4): the quantity, the path of the error that all share, each source's
own path, its bias; the ground is what is known. A node that is integrated over leaves links between its neighbours: two of
them become one whose variances add (in series), links between the same two nodes become one whose precisions add (in
parallel), and of three or more neighbours each two are joined (the star-mesh transform of electrical networks, with
precision for conductance; Campbell 1911). All of it adds and multiplies positive numbers: however sharp a claim beside a
vague prior, nothing cancels, which elimination on a precision matrix would lose.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from nkestimate.engine.program import Number, Scalar, Tracer

LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
GROUND = -1
"""The node whose value is 0."""


@dataclass(frozen=True)
class Link:
    """z_a − z_b is ``offset``, up to a normal error."""

    offset: Number
    variance: Number

    @property
    def reversed(self) -> Link:
        return Link(-self.offset, self.variance)


@dataclass(frozen=True)
class _Gone:
    """A node that has been integrated over, with its links to the neighbours that it then had."""

    node: int
    links: tuple[tuple[int, Link], ...]


class Network:
    """Unknowns with normal errors between them.

    Parameters
    ----------
    t : Tracer

    Attributes
    ----------
    parts, halves : list
        Of the log of the integral: the sum of ``parts`` less half of the sum of ``halves``.
    """

    def __init__(self, t: Tracer):
        self.t = t
        self.links: dict[int, dict[int, Link]] = defaultdict(dict)
        self.parts: list[Number] = []
        self.halves: list[Number] = []
        self.gone: list[_Gone] = []

    def connect(self, a: int, b: int, offset: Number, variance: Number) -> None:
        """Say that z_a − z_b is ``offset``, up to a normal error of ``variance``."""
        link = Link(offset, variance)
        if b in self.links[a]:
            link = self.parallel(self.links[a][b], link)
        self.links[a][b], self.links[b][a] = link, link.reversed

    def parallel(self, one: Link, two: Link) -> Link:
        """Return what two links between the same nodes say together; how well they agree is a factor of the integral."""
        total = one.variance + two.variance
        self.halves += [self.t.log(total), self.t.square(one.offset - two.offset) / total]
        self.parts.append(-LOG_SQRT_2PI)
        share = two.variance / total
        return Link(one.offset * share + two.offset * (1.0 - share if isinstance(share, float) else one.variance / total),
                    one.variance * share)

    # ------------------------------------------------------------ integrating

    def integrate(self, last: Collection[int] = ()) -> None:
        """Integrate over all nodes, those with the fewest neighbours first.

        What is integrated over last is drawn first, from normals of its own alone: nodes that formulas read belong there, lest
        the normals of all others enter the formulas too.
        """
        wait = frozenset(last)
        queue = [(node in wait, len(links), node) for node, links in self.links.items() if node != GROUND]
        heapq.heapify(queue)
        left = {node for *_, node in queue}
        while queue:
            _, degree, node = heapq.heappop(queue)
            if node not in left or degree != len(self.links[node]):
                continue
            left.discard(node)
            self.remove(node)
            for other, _ in self.gone[-1].links:
                if other != GROUND:
                    heapq.heappush(queue, (other in wait, len(self.links[other]), other))

    def remove(self, node: int) -> None:
        links = tuple(self.links.pop(node).items())
        self.gone.append(_Gone(node, links))
        for other, _ in links:
            del self.links[other][node]
        if len(links) == 2:
            (a, to_a), (b, to_b) = links
            # z − z_a and z − z_b are known up to errors, so z_a − z_b is, up to both.
            self.connect(a, b, to_b.offset - to_a.offset, to_a.variance + to_b.variance)
        elif len(links) > 2:
            self.mesh(links)

    def mesh(self, links: Sequence[tuple[int, Link]]) -> None:
        """Join each two of the neighbours of a node that is gone."""
        t = self.t
        precision = self.precision(links)
        self.halves += [t.log(link.variance) for _, link in links] + [t.log(precision)]
        self.parts.append(-LOG_SQRT_2PI * (len(links) - 1))
        for (a, to_a), (b, to_b) in itertools.combinations(links, 2):
            variance = to_a.variance * to_b.variance * precision
            self.halves.append(-t.log(variance))  # a link is a normal density: its own constant is not in the integral
            self.parts.append(LOG_SQRT_2PI)
            self.connect(a, b, to_b.offset - to_a.offset, variance)

    @staticmethod
    def precision(links: Sequence[tuple[int, Link]]) -> Number:
        total: Number = 0.0
        for _, link in links:
            total = total + 1.0 / link.variance
        return total

    def shares(self, links: Sequence[tuple[int, Link]]) -> tuple[list[Number], Number]:
        """Return how much each neighbour counts for a node's mean, and the node's variance given them all."""
        if len(links) == 1:
            return [1.0], links[0][1].variance
        if len(links) == 2:
            one, two = links[0][1].variance, links[1][1].variance
            total = one + two
            return [two / total, one / total], one * two / total
        precision = self.precision(links)
        return [1.0 / (link.variance * precision) for _, link in links], 1.0 / precision

    # ------------------------------------------------------------ after integrating

    def values(self, noise: Mapping[int, Number] | None, *, offsets: bool = True,
               ) -> tuple[dict[int, Number], dict[tuple[int, int], Number]]:
        """Return the nodes' values, last integrated first, and the differences z_a − z_b of those that were linked.

        Parameters
        ----------
        noise : mapping of int to number, optional
            Standard normal, one a node; without it the values are the nodes' means.
        offsets : bool
            Whether the links' offsets count; without them the values are errors about the means.
        """
        z: dict[int, Number] = {GROUND: 0.0}
        differences: dict[tuple[int, int], Number] = {}
        for one in reversed(self.gone):
            shares, variance = self.shares(one.links)
            reached = [z[other] + link.offset if offsets else z[other] for other, link in one.links]
            error: Number = 0.0 if noise is None else self.t.sqrt(variance) * noise[one.node]
            for k, (other, link) in enumerate(one.links):
                # From each neighbour on: where a link is short, the difference is small, and right to its last digit.
                step = error
                for share, where in zip(shares[:k] + shares[k + 1 :], reached[:k] + reached[k + 1 :], strict=True):
                    step = step + share * (where - reached[k])
                differences[one.node, other] = step + link.offset if offsets else step
                if k == 0:
                    z[one.node] = reached[0] + step
            for (other, _), difference in zip(one.links, [differences[one.node, other] for other, _ in one.links], strict=True):
                differences[other, one.node] = -difference
        return z, differences

    def response(self, a: int, b: int) -> dict[int, Number]:
        """Return the covariance of each node with z_a − z_b."""
        current: dict[int, Number] = defaultdict(float)
        current[a], current[b] = current[a] + 1.0, current[b] - 1.0
        for one in self.gone:
            if one.node in current:
                for (other, _), share in zip(one.links, self.shares(one.links)[0], strict=True):
                    if other != GROUND:
                        current[other] = current[other] + share * current[one.node]
        found: dict[int, Number] = {GROUND: 0.0}
        for one in reversed(self.gone):
            shares, variance = self.shares(one.links)
            value: Number = variance * current[one.node] if one.node in current else 0.0
            for (other, _), share in zip(one.links, shares, strict=True):
                value = value + share * found[other]
            found[one.node] = value
        return found


@dataclass(frozen=True)
class Bound:
    """z_a − z_b plus a normal error lies at or below a limit.

    Attributes
    ----------
    sign : float
        1 for at most, −1 for at least.
    extra, slack : Scalar
        Two standard normal inputs of its own.
    hard : bool
        Whether it has no error but its statement's.
    rank : float
        How far it is from binding, beside other bounds of its sign.
    """

    a: int
    b: int
    limit: Number
    variance: Number
    sign: float
    extra: Scalar
    slack: Scalar
    hard: bool = False
    rank: float = 0.0


@dataclass(frozen=True)
class Free:
    """A node that others read: to be drawn from ``extra`` and what stands before it, whatever comes after."""

    a: int
    extra: Scalar
    b: int = GROUND
    variance: Number = 0.0


def bounded(network: Network, sought: Sequence[Bound | Free], noise: Mapping[int, Number]) -> tuple[dict[int, Number], list[Number]]:
    """Return the nodes' values under bounds too, and the parts that these add to the log of the integral.

    With t_j what bound j limits (or a free node), jointly normal with covariance T = LL′, w = L⁻¹(t − E t) is standard normal, and
    each bound is w_j ≤ c_j given those before it: w_j is drawn below c_j by inversion and log Φ(c_j) is left. A free node has its w
    from an input. All other nodes follow by conditioning draws that know of no bound on t (conditioning by kriging, Chilès &
    Delfiner 2012): what they are made of enters none of the above.
    """
    means, _ = network.values(None)
    errors, _ = network.values(noise, offsets=False)
    responses = [network.response(one.a, one.b) for one in sought]
    found = _triangle(network.t, sought, means, errors, responses)
    # L′ shift = gap, from the last
    shift = list(found.gaps)
    for j in reversed(range(len(sought))):
        for i in range(j + 1, len(sought)):
            shift[j] = shift[j] - found.rows[i][j] * shift[i]
        shift[j] = shift[j] / found.rows[j][j]
    values: dict[int, Number] = {}
    for node, mean in means.items():
        value = mean + errors[node]
        for j, response in enumerate(responses):
            value = value + response[node] * shift[j]
        values[node] = value
    return values | found.free, found.parts


@dataclass
class _Triangle:
    """L, w less what it is without bounds, the values of free nodes, and the parts of the log integral."""

    rows: list[list[Number]]
    gaps: list[Number]
    free: dict[int, Number]
    parts: list[Number]


def _triangle(t: Tracer, sought: Sequence[Bound | Free], means: Mapping[int, Number], errors: Mapping[int, Number],
              responses: Sequence[Mapping[int, Number]]) -> _Triangle:
    found, w = _Triangle([], [], {}, []), list[Number]()
    for j, one in enumerate(sought):
        row: list[Number] = []
        for i in range(j):
            total: Number = responses[i][one.a] - responses[i][one.b]
            for x, y in zip(row, found.rows[i], strict=False):
                total = total - x * y
            row.append(total / found.rows[i][i])
        square: Number = responses[j][one.a] - responses[j][one.b] + one.variance
        least = 1e-12 * square if isinstance(one, Free) else one.variance
        mean: Number = means[one.a] - means[one.b]
        drawn: Number = errors[one.a] - errors[one.b]
        if isinstance(one, Bound):
            drawn = drawn + t.sqrt(one.variance) * one.slack
        for i in range(j):
            square, mean, drawn = square - row[i] * row[i], mean + row[i] * w[i], drawn - row[i] * (w[i] - found.gaps[i])
        # Its own error is never explained by the others'; rounding may say so.
        sd = t.sqrt(t.operate("max", square, least)) if j else t.sqrt(square)
        if isinstance(one, Free):
            w.append(one.extra)
            found.free[one.a] = mean + sd * one.extra
        else:
            c = one.sign * (one.limit - mean) / sd
            w.append(one.sign * t.operate("truncated", one.extra, c))
            found.parts.append(t.operate("log_ndtr", c))
        found.gaps.append(w[j] - drawn / sd)
        found.rows.append([*row, sd])
    return found
