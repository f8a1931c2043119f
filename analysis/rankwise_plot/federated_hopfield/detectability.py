# Figure of the mode detectability. SPDX-License-Identifier: MIT
"""How often a rare archetype is found over exposure and quality, the same against exposure over threshold at several sizes, and the
width of the rounding against size."""
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter

from ..results import progress

MARKERS = "osD^v<>p"
CUT = "tw"  # of the map and the collapse
COLOURS = {"tw": "tab:orange", "mp": "tab:blue"}


def rate_of(results, p, cut):
    """Share of replicas with all archetypes above the cut, and how many replicas there are."""
    found = results.read(f"/simulation/detected_{cut}")[p][results.replicas(p)] >= results.points()["archetypes"][p]
    return found.mean(), len(found)


def borders(values):
    """Edges of cells about values on a logarithmic axis."""
    x = np.log(values)
    if len(x) == 1:
        return np.exp([x[0] - 0.2, x[0] + 0.2])
    middle = (x[1:] + x[:-1]) / 2
    return np.exp(np.concatenate([[x[0] - (middle[0] - x[0])], middle, [x[-1] + (x[-1] - middle[-1])]]))


def draw_map(figure, axes, results, points):
    columns = results.points()
    exposures, qualities = (np.unique(columns[name][points]) for name in ("exposure", "quality"))
    rate = np.full((len(qualities), len(exposures)), np.nan)
    for p in points:
        rate[np.searchsorted(qualities, columns["quality"][p]), np.searchsorted(exposures, columns["exposure"][p])] = rate_of(results, p, CUT)[0]
    image = axes.pcolormesh(borders(exposures), borders(qualities), rate, vmin=0, vmax=1, cmap="viridis")
    figure.colorbar(image, ax=axes, label=f"share of replicas detected ({CUT})")
    n = columns["neurons"][points[0]]
    m = columns["batch_size"][points[0]] * columns["clients"][points[0]]
    r = np.geomspace(*borders(qualities)[[0, -1]], 200)
    axes.plot((1 - r**2) / (r**2 * np.sqrt(n * m)), r, "r-", linewidth=1.6, label=r"threshold $\pi^*=(1-r^2)/(r^2\sqrt{NM})$")
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_xlim(*borders(exposures)[[0, -1]])
    axes.set_ylim(*borders(qualities)[[0, -1]])
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel(r"exposure $\pi$ of the rare archetype")
    axes.set_ylabel("quality r")
    axes.set_title(f"N = {n}, M = {m}", fontsize=9)
    axes.legend(fontsize=8, loc="lower left", framealpha=0.9)


def draw_collapse(axes, results, by_size):
    """All qualities of one size: means in bins of exposure over threshold."""
    columns = results.points()
    threshold = results.read("/theory/threshold_exposure")
    bins = np.geomspace(0.3, 4, 17)
    for i, (n, points) in enumerate(by_size.items()):
        x = np.array([columns["exposure"][p] / threshold[p] for p in points])
        rate, count = np.array([rate_of(results, p, CUT) for p in points]).T
        place = np.digitize(x, bins)
        centre, mean, error = [], [], []
        for b in range(1, len(bins)):
            here = place == b
            if here.any():
                total = count[here].sum()
                share = (rate[here] * count[here]).sum() / total
                centre.append(np.exp(np.average(np.log(x[here]), weights=count[here])))
                mean.append(share)
                error.append(np.sqrt(share * (1 - share) / total))
        axes.errorbar(centre, mean, yerr=error, fmt=MARKERS[i % len(MARKERS)] + "-", color=plt.cm.viridis(0.9 * i / max(1, len(by_size) - 1)),
                      markersize=4, capsize=2, linewidth=0.8, label=f"N = {n}")
    level = float(columns["level"][next(iter(by_size.values()))[0]])
    axes.axhline(level, color="k", linewidth=0.8, linestyle="--", label=f"level {level:g}")
    axes.axvline(1, color="r", linewidth=1.2, label="threshold of large N")
    axes.set_xscale("log")
    axes.set_xticks([0.3, 0.5, 1, 2, 4], ["0.3", "0.5", "1", "2", "4"])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(r"exposure over threshold $\pi/\pi^*$, all qualities")
    axes.set_ylabel(f"share of replicas detected ({CUT})")
    axes.legend(fontsize=8, loc="upper left")


def draw_scaling(axes, results):
    """Of /derived/rounding, which is there at the end of a run."""
    table = {c: results.read(f"/derived/rounding/{c}") for c in ("neurons", "cut", "width", "width_stderr", "crossing", "crossing_stderr")}
    scaling = {c: results.read(f"/derived/scaling/{c}") for c in ("cut", "exponent", "exponent_stderr")}
    for cut, colour in COLOURS.items():
        here = (table["cut"] == cut) & np.isfinite(table["width"])
        n, width = table["neurons"][here], table["width"][here]
        slope = ""
        rows = np.flatnonzero(scaling["cut"] == cut)
        if len(rows) and cut == "tw":
            slope = f": exponent {scaling['exponent'][rows[0]]:.2f} $\\pm$ {scaling['exponent_stderr'][rows[0]]:.2f}"
        axes.errorbar(n, width, yerr=table["width_stderr"][here], fmt="o", color=colour, markersize=5, capsize=2, label=f"width, {cut}{slope}")
        axes.errorbar(n, table["crossing"][here] - 1, yerr=table["crossing_stderr"][here], fmt="^", color=colour, markersize=5, capsize=2,
                      fillstyle="none", label=rf"shift $\pi_{{1/2}}/\pi^*-1$, {cut}")
        if len(n) > 1 and cut == "tw":
            weight = 1 / (table["width_stderr"][here] / width) ** 2
            level = np.exp(np.average(np.log(width * n ** (1 / 3)), weights=weight))
            line = np.array([n.min(), n.max()], float)
            axes.plot(line, level * line ** (-1 / 3), "--", color=colour, linewidth=1, label=r"$\propto N^{-1/3}$")
    axes.set_xscale("log")
    axes.set_yscale("log")
    sizes = np.unique(table["neurons"])
    axes.set_xticks(sizes, [str(n) for n in sizes])
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.yaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("neurons N")
    axes.set_ylabel(r"width (25 % to 75 %) and shift of $\pi/\pi^*$")
    low, high = axes.get_ylim()
    axes.set_ylim(low, high * (high / low) ** 0.35)
    axes.legend(fontsize=7.5, loc="upper right")


def draw(results, points):
    columns = results.points()
    by_size = {int(n): [p for p in points if columns["neurons"][p] == n] for n in sorted(set(columns["neurons"][points]))}
    scaled = results.finished and results.has("/derived/rounding") and np.isfinite(results.read("/derived/rounding/width")).any()
    figure, axes = plt.subplots(1, 3 if scaled else 2, figsize=(15 if scaled else 10.5, 4.8), layout="constrained")
    draw_map(figure, axes[0], results, by_size[max(by_size)])
    draw_collapse(axes[1], results, by_size)
    if scaled:
        draw_scaling(axes[2], results)
    figure.suptitle(f"federated Hopfield model, detectability of a rare archetype: {progress(results, points)} (bars: standard error)", fontsize=10)
    return figure
