"""Moving a point by metres, for tests at a line."""

import math


def moved(latitude: float, longitude: float, east_m: float = 0.0, north_m: float = 0.0) -> tuple[float, float]:
    per_degree = 111_195.0
    return (
        latitude + north_m / per_degree,
        longitude + east_m / (per_degree * math.cos(math.radians(latitude))),
    )
