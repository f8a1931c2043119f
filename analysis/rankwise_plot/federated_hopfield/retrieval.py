# Figure of the mode retrieval. SPDX-License-Identifier: MIT
"""Success against the cue's overlap, the overlap of fixed points and the basin against the load K/N; from replicas, so that a run
that goes on is drawn as well."""
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np

from ..plain import spread
from ..results import progress

SUCCESS = 0.9    # of a basin, as in /derived/basin
MOST_CURVES = 9  # in a panel
NAMES = {"hebb": "Hebb", "pseudo_inverse": "pseudo-inverse"}
COLOURS = {"hebb": "tab:blue", "pseudo_inverse": "tab:orange"}
SHADES = {"hebb": plt.cm.viridis, "pseudo_inverse": plt.cm.plasma}
MARKERS = "osD^v<>p"
NOT_A_KIND = ("id", "initial_overlap", "archetypes", "neurons", "cues", "operator_rank", "cushion")
SYMBOLS = {"temperature": "T", "quality": "r", "clients": "L", "batch_size": "M"}
QUALITY = ("quality", "batch_size", "clients", "rounds")  # of the federation: nothing to true patterns


@dataclass
class Curve:
    """Points that differ in the cue alone, by rising overlap of the cue."""
    coupling: str
    kind: str  # what else tells curves apart: memory, temperature, ...
    load: float
    neurons: int
    points: np.ndarray
    overlap: np.ndarray


def curves(results, points):
    columns = results.points()
    others = [name for name in columns if name not in NOT_A_KIND + ("coupling",) and len(set(map(str, columns[name][points]))) > 1]
    groups = {}
    for p in points:
        is_true = columns["memory"][p] == "true"
        words = []
        for name in others:
            if is_true and name in QUALITY:
                continue
            value = columns[name][p]
            words.append(value if name == "memory" else f"{SYMBOLS.get(name, name.replace('_', ' '))} = {value}")
        n, k = int(columns["neurons"][p]), int(columns["archetypes"][p])
        groups.setdefault((columns["coupling"][p], ", ".join(words), n, k), {})[float(columns["initial_overlap"][p])] = p
    found = []
    for (coupling, kind, n, k), members in sorted(groups.items()):
        m0 = sorted(members)
        found.append(Curve(coupling, kind, k / n, n, np.array([members[m] for m in m0]), np.array(m0)))
    return found


def values_of(results, name, point):
    """(replica, cue)"""
    cues = results.points()["cues"][point]
    return results.read(f"/simulation/{name}")[point][results.replicas(point), :cues]


def rate_of(results, point):
    success = values_of(results, "success", point)
    rate = success.mean()
    return rate, np.sqrt(rate * (1 - rate) / success.size)


def basin_of(results, curve):
    """Least overlap of a cue from which, as from every larger one, nine of ten succeed, and whether it is the least tried."""
    basin = None
    for place in reversed(range(len(curve.points))):
        if rate_of(results, curve.points[place])[0] < SUCCESS:
            return basin, False
        basin = curve.overlap[place]
    return basin, True


def beside(axes, **options):
    """The legend where it hides nothing."""
    axes.legend(fontsize=7, loc="upper left", bbox_to_anchor=(1.01, 1), borderaxespad=0, **options)


def draw_success(axes, results, shown):
    kinds = list(dict.fromkeys((c.kind, c.neurons) for c in shown))
    sizes = len(set(c.neurons for c in shown)) > 1
    loads = sorted(set(c.load for c in shown))
    for curve in shown:
        colour = SHADES[curve.coupling](0.9 * loads.index(curve.load) / max(1, len(loads) - 1))
        rate, error = np.array([rate_of(results, p) for p in curve.points]).T
        kind = kinds.index((curve.kind, curve.neurons))
        label = ", ".join([f"{curve.load:.3g}"] + [curve.kind] * bool(curve.kind) + [f"N = {curve.neurons}"] * sizes)
        axes.errorbar(curve.overlap, rate, yerr=error, fmt=MARKERS[kind % len(MARKERS)], linestyle=["-", "--", ":", "-."][kind % 4], color=colour,
                      markersize=4.5 if kind == 0 else 7, fillstyle="full" if kind == 0 else "none", capsize=2, linewidth=1, label=label)
    axes.axhline(SUCCESS, color="0.6", linewidth=0.8, linestyle=":")
    axes.set_ylim(-0.04, 1.06)
    axes.set_xlabel("overlap of the cue $m_0$")
    axes.set_ylabel("success (bars: binomial)")
    axes.set_title(f"{NAMES[shown[0].coupling]}: cues that end at 0.95 or more", fontsize=9)
    beside(axes, title="load K/N", title_fontsize=7)


def by_kind(found):
    groups = {}
    for curve in found:
        groups.setdefault((curve.coupling, curve.kind, curve.neurons), []).append(curve)
    sizes = len(set(c.neurons for c in found)) > 1
    for place, ((coupling, kind, n), members) in enumerate(groups.items()):
        members.sort(key=lambda c: c.load)
        label = ", ".join([NAMES[coupling]] + [kind] * bool(kind) + [f"N = {n}"] * sizes)
        yield coupling, label, MARKERS[place % len(MARKERS)], members


def draw_overlap(axes, results, found):
    """From the archetypes themselves, beside mean field."""
    theory = results.read("/theory/overlap")
    kinds = list(by_kind(found))
    zoom = axes.inset_axes((0.48, 0.42, 0.5, 0.4)) if len(kinds) == 2 else None
    panels = [axes] if zoom is None else [axes, zoom]
    for coupling, label, marker, members in kinds:
        members = [c for c in members if c.overlap[-1] == 1]
        if not members:
            continue
        ends = [c.points[-1] for c in members]
        load = np.array([c.load for c in members])
        means = [values_of(results, "overlap", p).mean(axis=1) for p in ends]
        error = [m.std(ddof=1) / np.sqrt(len(m)) if len(m) > 1 else 0 for m in means]
        for where in panels:
            where.errorbar(load, [m.mean() for m in means], yerr=error, fmt=marker, color=COLOURS[coupling], markersize=5, fillstyle="none", capsize=2,
                           label=label if where is axes else None)
            where.plot(load, theory[ends], "_", color="k", markersize=11)
    axes.plot([], [], "_", color="k", markersize=11, label="mean field")
    temperatures = set(results.points()["temperature"][c.points[0]] for c in found)
    if any(c.coupling == "hebb" for c in found) and len(temperatures) == 1:
        capacity = next(results.read("/theory/capacity")[c.points[0]] for c in found if c.coupling == "hebb")
        if np.isfinite(capacity) and capacity > 0:
            for where in panels:
                where.axvline(capacity, color=COLOURS["hebb"], linewidth=0.8, linestyle=":", label=f"Hebb's capacity {capacity:.4f}")
                cold_line(where, temperatures, capacity)
            if zoom is not None:
                zoom.set_xlim(0.3 * capacity, 1.1 * capacity)
    axes.set_xlabel("load K/N")
    axes.set_ylabel("mean overlap from $m_0 = 1$")
    axes.set_title("overlap of recalled patterns", fontsize=9)
    axes.set_ylim(0, 1.06)
    if zoom is not None:
        zoom.set_ylim(0.96, 1.003)
        zoom.tick_params(labelsize=7)
    beside(axes)


def cold_line(axes, temperatures, capacity):
    """Amit, Gutfreund and Sompolinsky at temperature 0: load as a function of y = m/sqrt(2 alpha r), m = erf(y)."""
    if temperatures != {0.0}:
        return
    from math import erf, exp, pi, sqrt  # numpy has no erf
    y = np.linspace(1.5, 6, 2000)
    m = np.array([erf(v) for v in y])
    load = np.array([max(0.0, erf(v) / v - 2 / sqrt(pi) * exp(-v * v)) ** 2 / 2 for v in y])
    branch = np.argmax(load)
    assert abs(load[branch] - capacity) < 1e-4
    axes.plot(np.append(load[branch:], 0), np.append(m[branch:], 1), "-", color="k", linewidth=0.9, label="Amit, Gutfreund, Sompolinsky")


def draw_basin(axes, results, found):
    for coupling, label, marker, members in by_kind(found):
        there = [(c.load,) + basin_of(results, c) for c in members]
        inside = [(load, basin) for load, basin, _ in there if basin is not None]
        none = [load for load, basin, _ in there if basin is None]
        if inside:
            axes.plot(*zip(*inside), marker + "-", color=COLOURS[coupling], markersize=5, fillstyle="none", linewidth=0.9, label=label)
        lower = [(load, basin) for load, basin, is_least in there if is_least]
        if lower:
            axes.plot(*zip(*lower), "v", color=COLOURS[coupling], markersize=3)
        if none:
            axes.plot(none, [1.06] * len(none), "x", color=COLOURS[coupling], markersize=5)
    axes.plot([], [], "kx", markersize=5, label="none")
    axes.plot([], [], "kv", markersize=3, label="the least $m_0$ tried")
    axes.set_ylim(0, 1.12)
    axes.set_xlabel("load K/N")
    axes.set_ylabel("least $m_0$ tried with success of 0.9 or more")
    axes.set_title("basin of attraction", fontsize=9)
    beside(axes)


def instructive(members, results):
    """Without the curves that never rise, but for the first of them."""
    silent = [c for c in members if all(rate_of(results, p)[0] == 0 for p in c.points)]
    return [c for c in members if c not in silent[1:]]


def draw(results, points):
    found = curves(results, points)
    couplings = [c for c in NAMES if any(curve.coupling == c for curve in found)]
    shown = {c: spread(instructive([curve for curve in found if curve.coupling == c], results), MOST_CURVES) for c in couplings}
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for place, coupling in enumerate(couplings):
        draw_success(axes[0, place], results, shown[coupling])
    for place in range(len(couplings), 2):
        axes[0, place].set_axis_off()
    draw_overlap(axes[1, 0], results, found)
    draw_basin(axes[1, 1], results, found)
    left_out = sum(curve.coupling == c for curve in found for c in couplings) - sum(len(s) for s in shown.values())
    text = f"federated Hopfield model, retrieval: {progress(results, points)}, {len(values_of(results, 'success', points[0])[0])} cues each"
    figure.suptitle(text, fontsize=9)
    if left_out:
        figure.supxlabel(f"{left_out} of {len(found)} curves of success left out; choose others with --points", fontsize=8, x=0.01, ha="left")
    return figure
