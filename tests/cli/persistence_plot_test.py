# The figures of the persistence experiment: what they draw is what the file holds. SPDX-License-Identifier: MIT
import os
import re
import shutil
import subprocess
import sys
import warnings

import h5py
import matplotlib.pyplot as plt

from killed import kill_when
from support import BIN, SOURCE, main, np, run_ok, scratch

sys.path.insert(0, os.path.join(SOURCE, "analysis"))
from rankwise_plot import main as command, persistence  # noqa: E402
from rankwise_plot.persistence.fluctuations import averaged  # noqa: E402
from rankwise_plot.persistence.shared import curves, with_error  # noqa: E402
from rankwise_plot.results import Results  # noqa: E402

PERSISTENCE = os.path.join(BIN, "rankwise-persistence")
PLOT = os.path.join(SOURCE, "analysis", "rankwise-plot")
SIZES = ["--dimension", "20,30,40"]
QUICK = {"diagram": [], "entropy_scaling": SIZES, "discriminate": SIZES, "universality": SIZES,
         "wishart": ["--dimension", "20", "--samples", "20,40,80"],
         "rosenzweig_porter": ["--gamma", "0,1,2,3"], "spacings": [], "longrange": [], "sampler_check": []}


def make(folder, mode, arguments=(), name=None):
    path = os.path.join(folder, f"{name or mode}.h5")
    run_ok(["--mode", mode, "--quick", "--quiet", "--output", path] + list(arguments), program=PERSISTENCE)
    return path


def draw(path, chosen=None):
    """The figure, laid out; a warning is a failure."""
    plt.close("all")
    results = Results(path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = persistence.draw(results, chosen)
        figure.draw_without_rendering()
    told = [str(w.message) for w in caught if "Forward defined" not in str(w.message)]  # pyparsing's own
    assert not told, f"{path}: {told}"
    return results, figure


def drawn(axes, y, x=None):
    """A line or the markers of error bars with these values, NaN left out."""
    for line in axes.lines:
        here = np.asarray(line.get_ydata(), float)
        if np.allclose(here[np.isfinite(here)], y[np.isfinite(y)]) if np.isfinite(here).sum() == np.isfinite(y).sum() else False:
            if x is None or np.allclose(np.asarray(line.get_xdata(), float), x):
                return True
    return False


def panel(figure, words):
    found = [a for a in figure.axes if words in a.get_ylabel() + a.get_xlabel() + a.get_title()]
    assert found, f"no panel with '{words}': {[a.get_ylabel() for a in figure.axes]}"
    return found[0]


def error_bars(axes):
    """Lengths of all vertical error bars."""
    return [segment[1, 1] - segment[0, 1] for c in axes.containers if hasattr(c, "has_yerr") and c.has_yerr
            for collection in c.lines[2] for segment in collection.get_segments()]


def texts(axes):
    return [t.get_text() for t in axes.texts] + ([t.get_text() for t in axes.get_legend().get_texts()] if axes.get_legend() else [])


def own_figure(figure):
    assert "persistence of random matrices" in figure._suptitle.get_text()


def within(axes, y, x):
    """A line or the markers of error bars, some of these values, each at its place."""
    for line in axes.lines:
        here = np.column_stack([np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)])
        if len(here) > 5 and all(np.isclose(np.column_stack([x, y]), one, rtol=1e-9).all(axis=1).any() for one in here):
            return True
    return False


def check_diagram(results, figure):
    columns = results.points()
    table = {name: {c: results.read(f"/derived/{name}/{c}") for c in wanted} for name, wanted in {
        "mean_diagram": ("point", "bar", "dimension", "birth", "death", "lifetime", "stderr", "theory"),
        "betti": ("point", "bar", "dimension", "filtration", "value", "stderr", "theory"),
        "power": ("point", "value", "stderr", "theory")}.items()}
    bars, betti, power = table["mean_diagram"], table["betti"], table["power"]
    mean, _ = results.mean("landscape")
    places, theory = results.read("/theory/filtration"), results.read("/theory/landscape")
    deaths, lifetimes, landscape, sums = (panel(figure, words) for words in ("mean death", "mean lifetime", "landscape", "measured : theory"))
    assert list(power["point"]) == list(range(len(columns["dimension"])))
    for p, n in enumerate(columns["dimension"]):
        here = bars["point"] == p
        assert drawn(deaths, bars["death"][here], bars["birth"][here])
        assert drawn(lifetimes, n * bars["theory"][here], bars["birth"][here])
        assert within(lifetimes, n * bars["lifetime"][here], bars["birth"][here])
        assert drawn(landscape, n * theory[p], places[p]) and within(landscape, n * mean[p], places[p])
        at, length = (power[c][p] / power["theory"][p] for c in ("value", "stderr"))
        ends = [s[:, 0] for c in sums.containers for b in c.lines[2] for s in b.get_segments()]
        assert any(np.allclose(e, [at - length, at + length], rtol=1e-9) for e in ends)
        assert any(with_error(power["value"][p], power["stderr"][p]) in t for t in texts(sums))
    allowed = 2 * columns["dimension"][bars["point"]] * bars["stderr"]
    assert all(np.isclose(allowed, length, rtol=1e-6).any() for length in error_bars(lifetimes)) and len(error_bars(lifetimes)) >= 5 * 10
    maps = [a for a in figure.axes if a.get_ylabel() == "lifetime of a bar"]
    curves_of = [a for a in figure.axes if "Betti" in a.get_ylabel()]
    assert len(maps) == len(curves_of) == 2
    for p, top, below in zip([list(columns["ensemble"]).index(e) for e in ("poisson", "goe")], maps, curves_of):
        counts = results.read("/simulation/diagram_counts")[p]
        coloured = top.collections[0].get_array()
        assert np.array_equal(np.ma.filled(coloured, 0).reshape(64, 64), counts.T) and counts.sum() == 64 * 39
        here = bars["point"] == p
        assert drawn(top, bars["theory"][here], bars["birth"][here])
        for k in (1, 10, 20, 30, 39):
            here = (betti["point"] == p) & (betti["bar"] == k)
            alive = here & (betti["value"] > 0)
            assert drawn(below, betti["value"][alive], betti["filtration"][alive])
            assert np.isin(np.round(2 * betti["stderr"][alive], 9), np.round(error_bars(below), 9)).all()
            assert f"k = {k}, $H_{{{betti['dimension'][here][0]}}}$" in texts(below)
            exact = np.where(betti["theory"][here] > 1e-4, betti["theory"][here], np.nan)
            assert np.isnan(exact).all() == (p != list(columns["ensemble"]).index("poisson"))
            assert np.isnan(exact).all() or drawn(below, exact)


def check_entropy_scaling(results, figure):
    columns = results.points()
    mean, error = results.mean("persistence_entropy")
    log_n = np.log(columns["dimension"])
    entropy, bias, rest = panel(figure, r"$-\ \log n"), panel(figure, "published"), panel(figure, "measured $-$ theory")
    for ensemble in ("goe", "gue", "gse"):
        here = columns["ensemble"] == ensemble
        theory = {name: results.read(f"/theory/{name}")[here] for name in ("entropy_published", "entropy_asymptotic", "persistence_entropy")}
        assert drawn(entropy, (mean - log_n)[here])
        for name, values in theory.items():
            assert drawn(entropy, values - log_n[here], columns["dimension"][here]), name
        assert drawn(bias, mean[here] - theory["entropy_published"])
        assert drawn(rest, mean[here] - theory["entropy_asymptotic"]) and drawn(rest, mean[here] - theory["persistence_entropy"])
        for value, one in zip(mean[here] - theory["entropy_published"], error[here]):
            assert with_error(value, one) in texts(bias)
        table = {c: results.read(f"/derived/variation/{c}") for c in ("point", "statistic", "coefficient")}
        mine = np.isin(table["point"], np.flatnonzero(here))
        variation = [a for a in figure.axes if a.get_title() == ensemble.upper()][0]
        for statistic in set(table["statistic"]):
            assert drawn(variation, table["coefficient"][mine & (table["statistic"] == statistic)])
    assert np.allclose(sorted(error_bars(entropy)), sorted(2 * error), rtol=1e-6)
    slopes = {c: results.read(f"/derived/variation_exponent/{c}") for c in ("slope", "stderr")}
    written = [t for a in figure.axes for t in texts(a)]
    assert all(any(with_error(s, e) in t for t in written) for s, e in zip(slopes["slope"], slopes["stderr"]))


def check_discriminate(results, figure):
    replicas = results.read("/simulation/persistence_entropy")
    largest = np.flatnonzero(results.points()["dimension"] == 40)
    assert all(drawn(panel(figure, "of a spectrum"), replicas[p], results.read("/simulation/spacing_ratio")[p]) for p in largest)
    roc = {c: results.read(f"/derived/roc/{c}") for c in ("negative", "positive", "statistic", "false_positive_rate", "true_positive_rate")}
    auc = {c: results.read(f"/derived/auc/{c}") for c in ("statistic", "auc", "low", "high", "theory")}
    for statistic in set(auc["statistic"]):
        rows = (roc["statistic"] == statistic) & np.isin(roc["positive"], largest)
        assert drawn(panel(figure, "true positive"), roc["true_positive_rate"][rows], roc["false_positive_rate"][rows])
        assert drawn(panel(figure, "area under"), auc["auc"][auc["statistic"] == statistic]), statistic
    assert np.allclose(sorted(error_bars(panel(figure, "area under"))), sorted(auc["high"] - auc["low"]), rtol=1e-6)
    assert drawn(panel(figure, "area under"), auc["theory"][np.isfinite(auc["theory"])])


def check_universality(results, figure):
    table = {c: results.read(f"/derived/shift/{c}") for c in ("ensemble", "statistic", "shift", "stderr")}
    for statistic, label in (("persistence_entropy", "persistence entropy $-$ that"), ("spacing_ratio", "spacing ratio"),
                             ("total_persistence", "total persistence")):
        rows = table["statistic"] == statistic
        assert all(drawn(panel(figure, label), table["shift"][rows & (table["ensemble"] == e)]) for e in set(table["ensemble"]))
        assert np.allclose(sorted(error_bars(panel(figure, label))), sorted(2 * table["stderr"][rows]), rtol=1e-6)
    columns = results.points()
    largest = [p for p in range(len(columns["id"])) if columns["dimension"][p] == columns["dimension"].max()]
    names = {a.get_title().split(":")[0]: a for a in figure.axes if a.get_ylabel() == "density"}
    assert len(names) == len(largest)
    check_densities(results, figure, [p for title in names for p in largest if is_named(title, columns["ensemble"][p])])


def is_named(title, ensemble):
    """"Wigner Rademacher" is wigner_rademacher."""
    return re.sub("[^a-z]", "", title.lower()) == re.sub("[^a-z]", "", str(ensemble).lower())


def check_wishart(results, figure):
    columns = results.points()
    ratio = columns["dimension"] / columns["samples"]
    mean, _ = results.mean("persistence_entropy")
    order = np.argsort(columns["samples"])
    axes = panel(figure, "ratio n/m")
    for values in (mean, results.read("/theory/persistence_entropy")):
        assert drawn(axes, (values - np.log(columns["dimension"]))[order], ratio[order])
    check_densities(results, figure, np.argsort(ratio))


def check_densities(results, figure, points):
    panels = [a for a in figure.axes if a.get_ylabel() == "density"]
    assert len(panels) == len(points)
    for axes, p in zip(panels, points):
        density, edges = results.read("/statistics/levels/density")[p], results.read("/statistics/levels/edges")[p]
        edges = edges[~np.isnan(edges)]  # padded where others have more
        density = density[:len(edges) - 1]
        low, high = axes.get_xlim()
        assert edges[0] <= low and high <= edges[-1] and high - low < 8 * np.abs(edges[:-1][density > 0.01 * density.max()]).max(), (low, high)
        steps = [patch.get_data() for patch in axes.patches]
        assert np.array_equal(steps[0].values, density) and np.array_equal(steps[0].edges, edges)
        assert np.allclose(steps[1].values, np.diff(results.read("/theory/levels_cdf")[p][:len(edges)]) / np.diff(edges))


def check_rosenzweig_porter(results, figure):
    columns = results.points()
    for name, label, less in (("persistence_entropy", "persistence entropy", np.log(columns["dimension"])), ("spacing_ratio", "spacing ratio", 0)):
        mean, _ = results.mean(name)
        theory = results.read(f"/theory/{name}") - less
        assert drawn(panel(figure, label), mean - less, columns["gamma"]) and drawn(panel(figure, label), theory)
        auc = {c: results.read(f"/derived/auc/{c}") for c in ("statistic", "gamma", "auc")}
        rows = auc["statistic"] == name
        assert drawn(panel(figure, "AUC"), auc["auc"][rows], auc["gamma"][rows])
    assert np.isnan(theory[columns["gamma"] == 2]).all() and np.isfinite(theory[columns["gamma"] != 2]).all()
    check_densities(results, figure, np.argsort(columns["gamma"]))


def check_spacings(results, figure):
    for statistic, label, merged, width, kept in (("spacing", "P(s)", 10, 0.1, 59), ("ratio", "P(r)", 4, 0.04, 25)):
        counts = results.read(f"/simulation/{statistic}_counts")
        for p in range(len(counts)):
            density = counts[p].reshape(-1, merged).sum(axis=1) / counts[p].sum() / width
            assert drawn(panel(figure, label), density[:kept])
            cdf = results.read(f"/theory/{statistic}_cdf_surmise")[p]
            last = -1 if statistic == "spacing" else None
            assert drawn(panel(figure, label), (np.diff(cdf) * len(counts[p]) / (6 if statistic == "spacing" else 1)))
            law = results.read("/theory/spacing_cdf" if statistic == "spacing" else "/theory/ratio_cdf_surmise")[p]
            below = panel(figure, "measured $-$ exact" if statistic == "spacing" else "measured $-$ surmise")
            assert drawn(below, (density - np.diff(law[::merged]) / width)[:last])


def check_longrange(results, figure):
    for name, label in (("number_variance", "Sigma"), ("rigidity", "Delta")):
        mean, error = results.mean(name)
        theory = results.read(f"/theory/{name}")
        assert all(drawn(panel(figure, label), mean[p], [0.5, 1, 2, 5]) and drawn(panel(figure, label), theory[p]) for p in range(len(mean)))
        assert np.allclose(sorted(error_bars(panel(figure, label))), sorted(2 * error.ravel()), rtol=1e-6)
    table = {c: results.read(f"/derived/form_factor/{c}") for c in ("point", "tau", "value", "stderr", "theory")}
    for p in set(table["point"]):
        tau, value, error = (table[c][table["point"] == p] for c in ("tau", "value", "stderr"))
        means = averaged(tau, value, error, 64)
        assert drawn(panel(figure, "form factor"), means[1], means[0])
        assert tau[0] in means[0] and value[0] in means[1]  # the first times are alone in their bins
        assert drawn(panel(figure, "form factor"), table["theory"][table["point"] == p])


def check_sampler_check(results, figure):
    table = {c: results.read(f"/derived/two_sample/{c}") for c in ("statistic", "z")}
    axes = figure.axes[0]
    for statistic in set(table["statistic"]):
        z = table["z"][table["statistic"] == statistic]
        assert any(len(line.get_xdata()) == len(z) and np.array_equal(line.get_xdata(), z) for line in axes.lines), statistic
    assert axes.get_xlim()[1] > max(3, np.abs(table["z"]).max() + 1)


def test_every_mode_draws_what_its_file_holds():
    with scratch() as folder:
        for mode, arguments in QUICK.items():
            path = make(folder, mode, arguments)
            results, figure = draw(path)
            own_figure(figure)
            globals()[f"check_{mode}"](results, figure)
            persistence.draw(Results(path), [0])
            results.file.close()
            partial_file(path)


def partial_file(path):
    """As of a run that goes on: no tables yet."""
    part = path.replace(".h5", "_part.h5")
    shutil.copy(path, part)
    with h5py.File(part, "a") as file:
        for table in list(file["derived"]):
            del file["derived"][table]
        file.attrs["status"] = "running"
    _, figure = draw(part)
    plain = path.endswith("sampler_check.h5")  # there is nothing but its table
    whole = "wishart" in path or "diagram" in path  # drawn without a table
    assert ("of random matrices" in figure._suptitle.get_text()) != plain
    assert plain or whole or "not there yet" in figure._supxlabel.get_text()


def test_killed_run():
    with scratch() as folder:
        path = os.path.join(folder, "killed.h5")
        run = ["--mode", "entropy_scaling", "--ensemble", "goe", "--dimension", "200,400", "--replicas", "50000"]
        kill_when(lambda r: r.overlay.measured.any(), path, run, program=PERSISTENCE)
        results, figure = draw(path)
        own_figure(figure)
        mean, _ = results.mean("persistence_entropy")
        there = [p for p in range(len(mean)) if len(results.replicas(p)) > 0]
        assert len(there) < len(mean) and "still without" in figure._suptitle.get_text()
        values = results.read("/simulation/persistence_entropy")[there[0]]
        assert abs(np.nanmean(values[results.replicas(there[0])]) - mean[there[0]]) < 1e-12
        assert drawn(panel(figure, r"$-\ \log n"), (mean - np.log(results.points()["dimension"]))[there])


def test_diagram_without_theory():
    """As of a run whose points have replicas before their theory: what needs no axis of it."""
    with scratch() as folder:
        path = make(folder, "diagram", ["--ensemble", "goe,poisson"])
        with h5py.File(path, "a") as file:
            for name in ("bar", "landscape", "power_persistence", "betti", "filtration", "birth_edge", "lifetime_edge"):
                file[f"theory/{name}"][1] = np.nan
        results, figure = draw(path)
        own_figure(figure)
        assert sum("Betti" in a.get_ylabel() for a in figure.axes) == 1
        results.file.close()
        with h5py.File(path, "a") as file:
            for name in ("birth_edge", "lifetime_edge"):
                file[f"theory/{name}"][0] = np.nan
        _, figure = draw(path)
        assert "not there yet" in figure._supxlabel.get_text() and len(figure.axes) == 4


def test_points_of_their_own():
    """Points that differ in the samples alone are not one curve; what the size settles is not in the label."""
    with scratch() as folder:
        path = make(folder, "diagram", ["--ensemble", "wishart", "--samples", "40,80"])
        results = Results(path)
        assert [c.label for c in curves(results, [0, 1], "id")] == ["Wishart, m = 40", "Wishart, m = 80"]
        results.file.close()
        results = Results(make(folder, "diagram", ["--ensemble", "goe", "--dimension", "20,40"], "sizes"))
        assert [c.label for c in curves(results, [0, 1], "id")] == ["GOE, n = 20", "GOE, n = 40"]


def test_unusual_ensembles_and_single_replicas():
    beta = ["--ensemble", "beta_hermite", "--dyson-beta", "0.7"]
    unusual = {"diagram": beta, "entropy_scaling": beta, "discriminate": beta, "universality": beta, "spacings": beta, "longrange": beta,
               "wishart": ["--ensemble", "beta_laguerre", "--dyson-beta", "0.7"],
               "rosenzweig_porter": ["--gamma", "2", "--diagonal", "gaussian"], "sampler_check": ["--ensemble", "goe"]}
    with scratch() as folder:
        for mode, arguments in unusual.items():
            draw(make(folder, mode, arguments, "unusual_" + mode))
        for mode in ("universality", "wishart", "rosenzweig_porter"):
            draw(make(folder, mode, ["--spectra", "none"], "none_" + mode))
        for what, arguments in {"noise": ["--ensemble", "rosenzweig_porter", "--gamma", "0,1,2"], "powers": ["--power", "1,2,4"],
                                "five": ["--dimension", "5", "--trim", "1", "--bulk-fraction", "1"], "bars": ["--bars", "1/5,7/8/9"],
                                "sizes": ["--dimension", "20:42:12"]}.items():
            _, figure = draw(make(folder, "diagram", arguments, what))
            own_figure(figure)
        for mode in ("diagram", "entropy_scaling", "discriminate", "longrange", "sampler_check"):
            draw(make(folder, mode, ["--replicas", "1"], "single_" + mode))
        many = make(folder, "entropy_scaling", ["--ensemble", "beta_hermite", "--dyson-beta", "0.1:4:12", "--dimension", "10:48:20"], "many")
        _, figure = draw(many)
        assert "6 of 12 ensembles" in figure._supxlabel.get_text()


def test_command_and_errors():
    with scratch() as folder:
        for mode in ("spacings", "diagram"):
            path = make(folder, mode, ["--replicas", "0"])
            done = subprocess.run([sys.executable, PLOT, path], capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 2 and "theory only" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
        path = make(folder, "spacings", name="whole")
        done = subprocess.run([sys.executable, PLOT, path, "--points", "0,1"], capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0 and not done.stderr and os.path.exists(path.replace(".h5", ".png")), done.stderr
    assert command.FIGURES["persistence"] == "persistence"


def test_configurations():
    folder = os.path.join(SOURCE, "jobs", "figures")
    for mode in QUICK:
        done = run_ok(["--config", os.path.join(folder, f"persistence_{mode}.ini"), "--list"], program=PERSISTENCE)
        assert done.stdout.startswith("point"), done.stdout
    assert len(os.listdir(folder)) >= len(QUICK)


def test_numbers_with_errors():
    for value, error, text in ((-0.12784, 0.0002, "-0.1278(2)"), (-0.1381, 0.000096, "-0.1381(1)"), (1.5, 0.99, "2(1)"), (12, 3.2, "12(3)"),
                               (0.25, float("nan"), "0.25"), (120, 31, "120(31)")):
        assert with_error(value, error) == text, (with_error(value, error), text)


main([test_every_mode_draws_what_its_file_holds, test_killed_run, test_diagram_without_theory, test_points_of_their_own,
      test_unusual_ensembles_and_single_replicas, test_command_and_errors, test_configurations, test_numbers_with_errors])
