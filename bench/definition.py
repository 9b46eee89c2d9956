"""What a bench is: a question, the quantities that answer it, and the points at which it is asked.

A bench is a module of this folder with a ``BENCH``. Its ``measure`` makes one run at one point, on
a fresh folder, checks that what came out is right, and returns the quantities by name; how often,
in which order and what is made of it is the runner's business.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from attrs import field, frozen

Point = Mapping[str, int | float | str]
"""What a run is asked to do: parameters by name, the same names for all points of a bench."""

Measure = Callable[[Point, Path], Awaitable[Mapping[str, float]]]
"""One run. Raises WrongResult when the answer is not right, however fast it was."""


@frozen
class Quantity:
    """Something that is measured."""

    name: str
    title: str
    unit: str
    higher_is_better: bool = False
    digits: int = 1
    is_flat: bool = False
    """Whether it is a cost per item, or a rate of items, which must not depend on their number."""


@frozen
class Bench:
    """A question and how it is answered."""

    question: str
    quantities: tuple[Quantity, ...]
    measure: Measure
    points: tuple[Point, ...]
    """In full."""
    quick: tuple[Point, ...]
    """In seconds, for the shape and for whether it still works."""
    scale: str | None = None
    """The parameter that is the number of items."""
    runs: int = 3
    run_seconds: float = 600.0
    """A run that takes longer is given up."""
    bytes_needed: Callable[[Point], int] = field(default=lambda _: 0)
    """Memory that a run takes, all its processes together."""
    descriptors_needed: Callable[[Point], int] = field(default=lambda _: 0)
    """Files and sockets that one process of a run has open."""

    def quantity(self, name: str) -> Quantity:
        """One of them by its name."""
        return next(quantity for quantity in self.quantities if quantity.name == name)


def grid(**values: object) -> tuple[Point, ...]:
    """All points whose parameters have these values, each given alone or as a tuple of several."""
    points: list[dict[str, int | float | str]] = [{}]
    for name, given in values.items():
        several = given if isinstance(given, tuple) else (given,)
        points = [{**point, name: value} for point in points for value in several]
    return tuple(points)


def whole(point: Point, name: str) -> int:
    """A parameter that is a number."""
    return int(point[name])
