# /statistics once more, from raw values, with the bits of the engine. SPDX-License-Identifier: MIT
"""Used where a journal adds replicas to a file whose statistics were written before."""
import math

import numpy as np

MISSING = np.iinfo(np.int64).min


def as_real(values):
    """Missing integers become NaN."""
    if np.issubdtype(values.dtype, np.floating):
        return values
    return np.where(values == np.iinfo(values.dtype).min, np.nan, values.astype(float))


def moments(values):
    """Mean, stderr, variance and count along axis 1 (replica) of an array (point, replica, ...): two passes in the order
    of the replicas, as in the engine. A sum by numpy would have other last bits."""
    values = as_real(values)
    shape = values.shape[:1] + values.shape[2:]
    count = np.zeros(shape, np.int64)
    total, squares, rest = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    with np.errstate(invalid="ignore", divide="ignore"):
        for r in range(values.shape[1]):
            x = values[:, r]
            there = ~np.isnan(x)
            total = np.where(there, total + x, total)
            count += there
        mean = total / np.where(count > 0, count, np.nan)
        for r in range(values.shape[1]):
            deviation = values[:, r] - mean
            there = ~np.isnan(deviation)
            squares = np.where(there, squares + deviation * deviation, squares)
            rest = np.where(there, rest + deviation, rest)
        n = np.where(count > 1, count, np.nan)
        variance = np.maximum(0.0, squares - rest * rest / n) / (n - 1)
        return {"mean": mean, "stderr": np.sqrt(variance / n), "variance": variance, "count": count}


def quantiles(values, probabilities):
    """(point, quantile, ...): linear between order statistics (type 7), NaN left out."""
    ordered = np.sort(as_real(values), axis=1)  # NaN last
    count = (~np.isnan(ordered)).sum(axis=1, keepdims=True)
    parts = []
    for p in probabilities:
        place = (count - 1) * p
        below = np.clip(place.astype(int), 0, None)
        part = (place - below)[:, 0]
        low = np.take_along_axis(ordered, np.minimum(below, ordered.shape[1] - 1), axis=1)[:, 0]
        high = np.take_along_axis(ordered, np.minimum(below + 1, ordered.shape[1] - 1), axis=1)[:, 0]
        step = high - low
        value = np.where(part == 0, low, np.where(part < 0.5, low + step * part, high - step * (1 - part)))
        parts.append(np.where(count[:, 0] > 0, value, np.nan))
    return np.stack(parts, axis=1)


def standard_error(total, squares, replicas):
    """Of a mean of integers, from exact sums (Python's integers do not overflow)."""
    if replicas < 2:
        return math.nan
    return math.sqrt(float(squares * replicas - total * total) / (replicas * float(replicas) * (replicas - 1)))


def spectrum_point(edges, tallies, replicas):
    """density, density_stderr, level_mean, level_stderr and outside of one point from its integer tallies, unpadded."""
    counts, count_squares, outside, sums, upper, lower = ([int(v) for v in part] for part in tallies)
    n, r = float(len(sums)), float(replicas)
    widths = np.diff(edges)
    largest = max(abs(edges[0]), abs(edges[-1]))
    fraction, exponent = math.frexp(largest)
    reach = math.ldexp(1.0, exponent - (fraction == 0.5))
    quantum = 1 / math.ldexp(1 / reach, 44)
    return {
        "density": np.array([c / (n * r * w) for c, w in zip(counts, widths)]),
        "density_stderr": np.array([standard_error(c, s, replicas) / (n * w) for c, s, w in zip(counts, count_squares, widths)]),
        "level_mean": np.array([s / r * quantum for s in sums]),
        "level_stderr": np.array([standard_error(s, (u << 44) + v, replicas) * quantum for s, u, v in zip(sums, upper, lower)]),
        "outside": np.array([c / (n * r) for c in outside]),
    }


def kolmogorov(counts, outside, levels, replicas, cdf):
    """Largest distance at the edges between the ensemble's distribution and the law."""
    below = int(outside[0]) + np.concatenate([[0], np.cumsum(counts)])
    return float(np.max(np.abs(below / (float(replicas) * float(levels)) - cdf)))


TALLIES = ("counts", "count_squares", "outside", "level_sums", "level_squares_upper", "level_squares_lower")


def spectrum(results, name, stored):
    """Every data set of /statistics/<name> of a spectrum; points without a replica stay as they are in the file."""
    group = f"/statistics/{name}"
    columns = {column: results.stored_in_file(f"{group}/{column}") for column in
               ("density", "density_stderr", "level_mean", "level_stderr", "extremes", "outside", "kolmogorov_distance")}
    edges = results.stored_in_file(f"{group}/edges")
    tallies = [results.read(f"/simulation/{name}_{part}") for part in TALLIES]
    ends = results.read(f"/simulation/{name}_extremes")
    cdf = results.read(f"/theory/{name}_cdf") if results.has(f"/theory/{name}_cdf") else None
    predicted = results.read("/theory/stored")
    for p in range(len(edges)):
        replicas = int(stored[p].sum())
        if replicas == 0:
            continue
        here = edges[p][~np.isnan(edges[p])]
        mine = [part[p][part[p] != MISSING] for part in tallies]
        for column, value in spectrum_point(here, mine, replicas).items():
            columns[column][p, :len(value)] = value
        columns["extremes"][p] = np.fmin.reduce(ends[p, :, 0]), np.fmax.reduce(ends[p, :, 1])
        if cdf is not None and cdf.ndim == 2 and predicted[p]:
            columns["kolmogorov_distance"][p] = kolmogorov(mine[0], mine[2], len(mine[3]), replicas, cdf[p][:len(here)])
    return columns
