"""What a bench is: a question, the quantities that answer it, and the points at which it is asked.

A bench is a module of ``bench/questions`` with a ``BENCH``. Its ``measure`` makes one run at one
point in an empty folder, checks the outcome, and returns the quantities by name. The runner decides
the number and the order of runs, and handles the results.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from attrs import field, frozen

Point = Mapping[str, int | float | str]
"""The parameters of a run by name. All points of a bench have the same names."""

Measure = Callable[[Point, Path], Awaitable[Mapping[str, float]]]
"""One run. Raises WrongResult for a wrong outcome, however fast it was."""


@frozen
class Quantity:
    """A measured value."""

    name: str
    title: str
    unit: str
    higher_is_better: bool = False
    digits: int = 1
    is_flat: bool = False
    """Whether it is a cost per item or a rate of items, which must not depend on their number."""


@frozen
class Bench:
    question: str
    quantities: tuple[Quantity, ...]
    measure: Measure
    points: tuple[Point, ...]
    """The points of a full run."""
    quick: tuple[Point, ...]
    """The points of a quick run, which takes seconds and shows that the bench works."""
    scale: str | None = None
    """The parameter that is the number of items."""
    runs: int = 3
    run_seconds: float = 600.0
    """The time limit of a run."""
    bytes_needed: Callable[[Point], int] = field(default=lambda _: 0)
    """Memory of a run, for all its processes together."""
    descriptors_needed: Callable[[Point], int] = field(default=lambda _: 0)
    """Files and sockets that one process of a run has open."""

    def quantity(self, name: str) -> Quantity:
        return next(quantity for quantity in self.quantities if quantity.name == name)


def grid(**values: object) -> tuple[Point, ...]:
    """All combinations of these values. A value is a single one or a tuple of several."""
    points: list[dict[str, int | float | str]] = [{}]
    for name, given in values.items():
        several = given if isinstance(given, tuple) else (given,)
        points = [{**point, name: value} for point in points for value in several]
    return tuple(points)


def whole(point: Point, name: str) -> int:
    """A parameter as a whole number."""
    return int(point[name])
