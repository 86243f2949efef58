"""The least value of a smooth function of a few variables: BFGS (Nocedal and Wright 2006, 6.1).

Every model here has two to four parameters and a likelihood whose gradient is known, which is why
no numeric library is needed (docs/decisions/0051-scores-are-fitted-by-our-own-few-lines.md).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from c360_kernel.errors import Invalid

Point: TypeAlias = tuple[float, ...]
_Matrix: TypeAlias = tuple[Point, ...]

_FLAT = 1e-7
_STEPS = 300
_HALVINGS = 50
_SUFFICIENT = 1e-4
_FARTHEST = 25.0
_LONGEST_STEP = 2.0


class Slope(NamedTuple):
    """What a function is at a point, and its gradient there."""

    value: float
    gradient: Point


Objective: TypeAlias = Callable[[Point], Slope]


def minimum(objective: Objective, start: Point) -> Point:
    """Where `objective` is least, going down from `start`, to a gradient of 1e-7.

    Raises `Invalid` (SCORES_NOT_FITTED) where there is no such place within 25 of the origin:
    callers give parameters as logarithms, so that is what no data of customers says.
    """
    point, here = start, objective(start)
    inverse = _identity(len(start))
    for _ in range(_STEPS):
        if max(map(abs, here.gradient)) < _FLAT:
            return point
        direction = _downhill(inverse, here.gradient)
        following = _step(objective, point, here, direction)
        if following is None:
            return _flat_enough(point, here)
        next_point, there = following
        inverse = _updated(inverse, _less(next_point, point), _less(there.gradient, here.gradient))
        point, here = next_point, there
        if max(map(abs, point)) > _FARTHEST:
            break
    raise _not_fitted()


def exponentials(point: Point) -> Point:
    """Parameters of logarithms."""
    return tuple(map(math.exp, point))


def of_logarithms(value: float, gradient: Point, parameters: Point, weight: float) -> Slope:
    """What is to be made least: a log-likelihood of `weight` customers, by its logarithms."""
    scaled = (-slope * one / weight for slope, one in zip(gradient, parameters, strict=True))
    return Slope(-value / weight, tuple(scaled))


def _flat_enough(point: Point, here: Slope) -> Point:
    """The point, if what keeps it from being flatter is the last digits of the function alone."""
    if max(map(abs, here.gradient)) < math.sqrt(_FLAT):
        return point
    raise _not_fitted()


def _not_fitted() -> Invalid:
    return Invalid("the purchases do not say which model is likeliest", code="SCORES_NOT_FITTED")


def _downhill(inverse: _Matrix, gradient: Point) -> Point:
    """Where to go, no farther than a factor of e squared in any parameter."""
    direction = tuple(-_dot(row, gradient) for row in inverse)
    if _dot(direction, gradient) >= 0:
        direction = tuple(-one for one in gradient)
    longest = max(map(abs, direction))
    return tuple(one * min(1.0, _LONGEST_STEP / longest) for one in direction)


def _step(
    objective: Objective, point: Point, here: Slope, direction: Point
) -> tuple[Point, Slope] | None:
    """The first of ever shorter steps that goes down enough (Armijo), None if none does."""
    fall = _dot(here.gradient, direction)
    length = 1.0
    for _ in range(_HALVINGS):
        place = tuple(p + length * d for p, d in zip(point, direction, strict=True))
        there = objective(place)
        if there.value <= here.value + _SUFFICIENT * length * fall and place != point:
            return place, there
        length /= 2
    return None


def _updated(inverse: _Matrix, moved: Point, turned: Point) -> _Matrix:
    """The inverse of the Hessian, as a step and the change of the gradient over it say."""
    curvature = _dot(moved, turned)
    if curvature <= 1e-14:
        return inverse
    bent = tuple(_dot(row, turned) for row in inverse)
    scale = (1 + _dot(turned, bent) / curvature) / curvature
    size = range(len(moved))
    return tuple(
        tuple(
            inverse[i][j]
            + scale * moved[i] * moved[j]
            - (bent[i] * moved[j] + moved[i] * bent[j]) / curvature
            for j in size
        )
        for i in size
    )


def _identity(size: int) -> _Matrix:
    return tuple(tuple(float(i == j) for j in range(size)) for i in range(size))


def _less(one: Point, other: Point) -> Point:
    return tuple(a - b for a, b in zip(one, other, strict=True))


def _dot(one: Point, other: Point) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))
