# rankwise-plot on real files. SPDX-License-Identifier: MIT
import os
import struct
import subprocess
import sys

import matplotlib.pyplot as plt

from killed import kill_when
from support import PROGRAM, SOURCE, main, np, run_ok, scratch

sys.path.insert(0, os.path.join(SOURCE, "analysis"))
from rankwise_plot import federated_hopfield, main as _command  # noqa: E402,F401 (chooses the backend)
from rankwise_plot.federated_hopfield.capacity import seconds_of_tasks  # noqa: E402
from rankwise_plot.results import Results  # noqa: E402

PLOT = os.path.join(SOURCE, "analysis", "rankwise-plot")


def plot(*arguments):
    return subprocess.run([sys.executable, PLOT] + list(arguments), capture_output=True, text=True, timeout=120, check=False)


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n", f"{path} is no PNG"
    return struct.unpack(">II", head[16:24])


def test_pictures():
    with scratch() as folder:
        for name, options in (("baseline", ["--mode", "baseline", "--quality", "0,0.3,0.8"]),
                              ("structured", ["--mode", "structured"]),
                              ("wire", ["--mode", "baseline", "--operator-rank", "3,5,11", "--wire", "float64,float32", "--rounds", "1"]),
                              ("one_round", ["--mode", "baseline", "--rounds", "1", "--replicas", "1", "--rank-cut", "fixed"])):
            path = os.path.join(folder, f"{name}.h5")
            run_ok(["--quick", "--output", path] + options)
            done = plot(path)
            assert done.returncode == 0 and not done.stderr, done.stderr
            width, height = png_size(os.path.join(folder, f"{name}.png"))
            assert width > 500 and height > (500 if name != "wire" else 400)
        other = os.path.join(folder, "other.png")
        done = plot(os.path.join(folder, "baseline.h5"), "--points", "1", "-o", other)
        assert done.returncode == 0 and png_size(other)[0] < 1000, done.stderr


def drawn(axes, x, y):
    """A line, or the markers of a plot or errorbar, at these places."""
    lines = [np.asarray(line.get_xydata(), float) for line in axes.lines]
    return any(len(line) == len(x) and np.allclose(line, np.column_stack([x, np.asarray(y, float)]), equal_nan=True) for line in lines)


def figure_of(folder, name, *options):
    plt.close("all")
    path = os.path.join(folder, f"{name}.h5")
    run_ok([*options, "--output", path, "--quiet"])
    results = Results(path)
    figure = federated_hopfield.draw(results, None)
    figure.draw_without_rendering()
    return results, figure


def test_courses_draw_what_their_files_hold():
    """drift, novelty, attacker: four panels a point, means over replicas (and over the archetypes or clients of a group)."""
    with scratch() as folder:
        for mode, rounds in (("drift", 12), ("novelty", 6), ("attacker", 3)):
            results, figure = figure_of(folder, mode, "--mode", mode, "--quick", "--rounds", str(rounds))
            points = len(results.points()["id"])
            assert len(figure.axes) == 4 * points
            magnetisation, khat, w, exposure = (results.read(f"/simulation/{name}") for name in ("magnetisation", "khat", "w", "exposure"))
            t = np.arange(rounds)
            for p in range(points):
                panels = [figure.axes[row * points + p] for row in range(4)]
                groups = [[0, 1, 2], [3, 4, 5]] if mode == "novelty" else [[0], [1], [2]]
                for members in groups:
                    assert drawn(panels[0], t, magnetisation[p][:, :, members].mean(axis=(0, 2))), (mode, p)
                    assert drawn(panels[0], t, results.read("/theory/magnetisation")[p][:, :, members].mean(axis=(0, 2)))
                    assert drawn(panels[3], t, exposure[p][:, :, members].mean(axis=0).sum(axis=1))
                assert drawn(panels[1], t, khat[p].mean(axis=0))
                for clients in ([[0, 1, 2, 3], [4]] if mode == "attacker" else [[0, 1, 2]]):
                    assert drawn(panels[2], t, w[p][:, :, clients].mean(axis=(0, 2)))


def test_shares_draw_what_their_files_hold():
    with scratch() as folder:
        results, figure = figure_of(folder, "cooperation", "--mode", "cooperation", "--quick", "--client-qualities", "0.9/0.2/0.2,0.2/0.2/0.2")
        left, middle, right = figure.axes
        columns = results.points()
        for weights, shift in (("equal", -0.1), ("optimal", 0.1)):
            here = [p for p in range(4) if columns["client_weights"][p] == weights]
            for axes, name in ((left, "magnetisation"), (right, "overlap")):
                assert drawn(axes, np.arange(2) + shift, 1 - results.read(f"/simulation/{name}")[here, :, 0].mean(axis=(1, 2)))
                assert drawn(axes, np.arange(2) + shift, 1 - results.read(f"/theory/{name}")[here, :, 0].mean(axis=(1, 2)))
        results, figure = figure_of(folder, "participation", "--mode", "participation", "--replicas", "12", "--rounds", "3", "--weight", "0.6,1")
        left, middle, right = figure.axes
        columns = results.points()
        assert "probability f" in left.get_xlabel()
        for i, weight in enumerate((0.6, 1)):
            here = [p for p in range(8) if float(columns["weight"][p]) == weight]
            f = columns["participation"][here] * 1.05 ** (i - 0.5)
            for axes, t in ((left, 0), (middle, 2)):
                assert drawn(axes, f, results.read("/simulation/magnetisation")[here, :, t].mean(axis=(1, 2)))
        khat = results.read("/simulation/khat")[[p for p in range(8) if columns["weight"][p] == 0.6], :, 0]
        assert drawn(right, columns["participation"][:8:2], (khat == 3).mean(axis=1)) and drawn(right, columns["participation"][:8:2], (khat > 3).mean(axis=1))


def check_capacity(path):
    """The figure's markers against the file; the axes in the order search, ica, lam, work, seconds, as far as they are there."""
    plt.close("all")
    results = Results(path)
    figure = federated_hopfield.draw(results, None)
    figure.draw_without_rendering()
    columns = results.points()
    there = [columns["factoriser"][p] for p in range(len(columns["id"])) if len(results.replicas(p)) > 0]
    methods = [method for method in ("search", "ica", "lam") if method in there]
    panels = dict(zip(methods, figure.axes))
    assert len(figure.axes) == len(methods) + ("search" in methods) + 1
    for method, axes in panels.items():
        for n in (60, 100):
            here = [p for p in np.argsort(columns["load"], kind="stable") if columns["factoriser"][p] == method and columns["neurons"][p] == n]
            here = [p for p in here if len(results.replicas(p)) > 0]
            if not here:
                continue
            load = columns["archetypes"][here] ** 2 / n
            least = [np.nanmin(results.read("/simulation/magnetisation")[p][results.replicas(p), -1], axis=1) for p in here]
            assert drawn(axes, load, [values.mean() for values in least]), (method, n)
            full = np.array([values.min() >= 0.99 for values in least])
            assert drawn(axes, load[full], np.array([values.mean() for values in least])[full])
            if method == "search":
                steps = [results.read("/simulation/start_steps")[p][results.replicas(p)].sum(axis=1).mean() for p in here]
                assert drawn(figure.axes[len(methods)], load, steps)
    return results, figure


def test_capacity_draws_what_its_file_holds():
    small = ["--mode", "capacity", "--neurons", "60,100", "--load", "0.04,0.1,0.4", "--batch-size", "300"]
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok([*small, "--rounds", "2", "--replicas", "3", "--output", path])
        results, figure = check_capacity(path)
        table = {c: results.read(f"/derived/capacity/{c}") for c in ("neurons", "factoriser", "archetypes")}
        for i, method in enumerate(("search", "ica", "lam")):
            texts = [t.get_text() for t in figure.axes[i].get_legend().get_texts()]
            assert texts == [f"N = {n}, K = {table['archetypes'][(table['neurons'] == n) & (table['factoriser'] == method)][0]}" for n in (60, 100)]
        tasks = {c: results.read(f"/tasks/{c}") for c in ("kind", "point", "seconds", "replicas")}
        seconds = seconds_of_tasks(results)
        for p in range(18):
            mine = (tasks["kind"] == "simulate") & (tasks["point"] == p)
            assert sorted(seconds[p]) == sorted(tasks["seconds"][mine] / tasks["replicas"][mine]) and len(seconds[p]) == 3
        assert {t.get_text() for t in figure.axes[4].get_legend().get_texts()} == {f"{m}, N = {n}" for m in ("search", "ica", "lam") for n in (60, 100)}
        loads = results.points()["archetypes"][:9:3] ** 2 / 60
        assert drawn(figure.axes[4], loads, [np.mean(seconds[p]) for p in (2, 5, 8)])
        for arguments in (["--points", "3"], ["--points", "0,1"], []):
            assert plot(path, *arguments).returncode == 0
        done = plot(path, "-o", os.path.join(folder, "t.png"))
        assert done.returncode == 0 and not done.stderr and min(png_size(os.path.join(folder, "t.png"))) > 500, done.stderr
        path = os.path.join(folder, "killed.h5")
        kill_when(lambda r: r.overlay.measured.sum() > 20, path, [*small, "--factoriser", "search,ica", "--replicas", "2000"], program=PROGRAM)
        results, figure = check_capacity(path)
        assert "of 2000 replicas" in figure._suptitle.get_text() and len(seconds_of_tasks(results)) > 0


def test_configurations_of_figures():
    folder = os.path.join(SOURCE, "jobs", "figures")
    done = run_ok(["--config", os.path.join(folder, "federated_capacity.ini"), "--list"])
    assert len(done.stdout.splitlines()) == 64, done.stdout
    configurations = sorted(name for name in os.listdir(folder) if name.startswith("federated_"))
    assert len(configurations) >= 10
    for name in configurations:
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            reduced = [line.removeprefix("# reduced: ").split() for line in file if line.startswith("# reduced: ")]
        assert len(reduced) <= 1
        run_ok(["--config", os.path.join(folder, name), *(reduced[0] if reduced else []), "--dry-run"])


def test_plain_figure_of_any_file():
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok(["--quick", "--mode", "baseline", "--quality", "0.3,0.8", "--output", path])
        for arguments in (["--plain"], ["--plain", "--points", "1"]):
            done = plot(path, *arguments)
            assert done.returncode == 0 and not done.stderr, done.stderr
            assert min(png_size(os.path.join(folder, "t.png"))) > 300
        run_ok(["--mode", "baseline", "--replicas", "0", "--output", path, "--overwrite"])
        done = plot(path, "--plain")
        assert done.returncode == 2 and "no finished replica" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_errors():
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok(["--mode", "baseline", "--replicas", "0", "--output", path])
        for arguments, code, words in (([path], 2, "theory only"), ([path, "--points", "7"], 2, "0 to 0"),
                                       ([os.path.join(folder, "none.h5")], 2, "none.h5"), ([__file__], 2, "HDF5")):
            done = plot(*arguments)
            assert done.returncode == code and words in done.stderr and len(done.stderr.splitlines()) == 1, (arguments, done.stderr)


main([test_pictures, test_courses_draw_what_their_files_hold, test_shares_draw_what_their_files_hold, test_capacity_draws_what_its_file_holds, test_configurations_of_figures, test_plain_figure_of_any_file, test_errors])
