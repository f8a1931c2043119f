# Figures of the modes cooperation and participation: points beside each other. SPDX-License-Identifier: MIT
"""Magnetisation of the first and the last round, and how often the effective rank is right, against what is compared."""
import matplotlib.pyplot as plt
import numpy as np

from ..results import progress
from .rounds import mean_over_replicas

COLOURS = plt.rcParams["axes.prop_cycle"].by_key()["color"]


def per_replica(results, name, point, rounds):
    """Mean over archetypes of a round, for each replica."""
    replicas = results.replicas_with("magnetisation", point)
    return results.read(name)[point][replicas, rounds].mean(axis=1)


def mean_and_error(values):
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else 0.0
    return values.mean(), error


def binomial(hits):
    share = np.mean(hits)
    return share, np.sqrt(share * (1 - share) / len(hits))


def draw_rates(axes, results, points, x):
    """Shares of replicas with Khat = K and Khat > K in round 0."""
    archetypes = len(results.read("/simulation/archetype"))
    khat = results.read("/simulation/khat")
    for name, test, colour, marker in (("= K", np.equal, "tab:green", "o"), ("> K", np.greater, "tab:red", "s")):
        rows = [binomial(test(khat[p][results.replicas_with("khat", p), 0], archetypes)) for p in points]
        axes.errorbar(x, [r[0] for r in rows], yerr=[r[1] for r in rows], fmt=marker, markersize=5, capsize=3, color=colour,
                      label=rf"$\hat K$ {name}")
    axes.set_ylim(-0.05, 1.05)
    axes.set_ylabel("share of replicas, round 0")
    axes.legend(fontsize=8)


def draw_cooperation(results, points):
    columns = results.points()
    settings = list(dict.fromkeys(str(columns["client_qualities"][p]) for p in points))
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.8), layout="constrained")
    theory_named = False
    for i, weights in enumerate(dict.fromkeys(columns["client_weights"][p] for p in points)):
        here = [p for p in points if columns["client_weights"][p] == weights]
        x = np.array([settings.index(str(columns["client_qualities"][p])) for p in here]) + (i - 0.5) * 0.2
        for axes, name in ((left, "magnetisation"), (right, "overlap")):
            replicas = [results.replicas_with(name, p) for p in here]
            rows = [mean_and_error(results.read(f"/simulation/{name}")[p][r, 0].mean(axis=1)) for p, r in zip(here, replicas)]
            theory = [mean_over_replicas(results.read(f"/theory/{name}")[p][r, 0].mean(axis=1)) for p, r in zip(here, replicas)]
            axes.errorbar(x, [1 - r[0] for r in rows], yerr=[r[1] for r in rows], fmt="o", markersize=5, capsize=3, color=COLOURS[i], label=f"{weights} shares")
            axes.plot(x, [1 - v for v in theory], "_", markersize=18, markeredgewidth=1.5, color="k", label=None if theory_named else "theory")
        theory_named = True
        if i == 0:
            draw_rates(middle, results, here, np.round(x))
    left.set_ylabel("1 $-$ mean magnetisation, round 0")
    right.set_ylabel("1 $-$ mean squared overlap, round 0")
    left.set_yscale("symlog", linthresh=1e-5)
    left.set_ylim(-2e-6, 1)
    right.set_yscale("log")
    for axes in (left, middle, right):
        axes.set_xticks(range(len(settings)), [s.replace("/", "\n") for s in settings], fontsize=8)
        axes.set_xlabel("qualities of the clients")
    left.legend(fontsize=8)
    right.legend(fontsize=8)
    middle.set_title("equal shares", fontsize=9)
    return figure


def draw_participation(results, points):
    columns = results.points()
    points = sorted(points, key=lambda p: columns["participation"][p])
    others = [n for n, c in columns.items() if n not in ("id", "participation") and len(set(map(str, c))) > 1]
    curves = {}
    for p in points:
        curves.setdefault(", ".join(f"{n} = {columns[n][p]}" for n in others), []).append(p)
    figure, (left, middle, right) = plt.subplots(1, 3, figsize=(15, 4.8), layout="constrained")
    for i, (name, here) in enumerate(curves.items()):
        f = columns["participation"][here] * 1.05 ** (i - (len(curves) - 1) / 2)  # apart where they agree
        colour = COLOURS[i % len(COLOURS)]
        for axes, which in ((left, 0), (middle, "last")):
            rounds = [0 if which == 0 else int(columns["rounds"][p]) - 1 for p in here]
            rows = [mean_and_error(per_replica(results, "/simulation/magnetisation", p, t)) for p, t in zip(here, rounds)]
            theory = [mean_over_replicas(per_replica(results, "/theory/magnetisation", p, t)) for p, t in zip(here, rounds)]
            axes.errorbar(f, [r[0] for r in rows], yerr=[r[1] for r in rows], fmt="o", markersize=5, capsize=3, color=colour, label=name or "simulation")
            axes.plot(f, theory, "_", markersize=14, markeredgewidth=1.5, color=colour, label="theory, realised clients" if i == 0 else None)
        if i == 0:
            expected = results.read("/theory/initial_magnetisation")[here].mean(axis=1)
            left.plot(columns["participation"][here], expected, "--", color="grey", linewidth=1.2, label="theory, expected clients")
            draw_rates(right, results, here, columns["participation"][here])
            if name:
                right.set_title(name, fontsize=9)
    for axes, when in ((left, "round 0"), (middle, "last round")):
        axes.set_ylabel(f"mean magnetisation, {when}")
        axes.legend(fontsize=8, loc="lower right")
        axes.set_ylim(top=1.02)
    for axes in (left, middle, right):
        axes.set_xscale("log")
        axes.set_xticks(sorted(set(columns["participation"][points])), [f"{v:g}" for v in sorted(set(columns["participation"][points]))])
        axes.minorticks_off()
        axes.set_xlabel("probability f that a client joins")
    return figure


def draw(results, points):
    figure = draw_cooperation(results, points) if results.mode == "cooperation" else draw_participation(results, points)
    figure.suptitle(f"federated Hopfield model, {results.mode}: {progress(results, points)} (bars: standard error)", fontsize=9)
    return figure
