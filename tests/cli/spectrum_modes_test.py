# Modes bbp, heterogeneous and detectability by the real program: raw data, tables, claims, ranks, resume. SPDX-License-Identifier: MIT
import os
import sys

import matplotlib.pyplot as plt

from support import SOURCE, arrays, attribute, main, np, run, run_ok, scratch

sys.path.insert(0, os.path.join(SOURCE, "analysis"))
from rankwise_plot import federated_hopfield, main as _command  # noqa: E402,F401 (chooses the backend)
from rankwise_plot.results import Results  # noqa: E402

MODES = ("bbp", "heterogeneous", "detectability")
SMALL = {
    "bbp": ["--neurons", 60, "--aspect-ratio", "0.5,1", "--strength-ratio", "0,1.2,4", "--replicas", 5],
    "heterogeneous": ["--neurons", 50, "--client-batch-sizes", "50/100/200", "--client-qualities", "0.6/0.5/0.4", "--replicas", 5],
    "detectability": ["--neurons", "40,60", "--quality", 0.5, "--exposure", "0.02,0.1,0.4", "--replicas", 5],
}


def results(folder, mode, *options, ranks=None):
    path = os.path.join(folder, f"{mode}{len(os.listdir(folder))}.h5")
    run_ok(["--mode", mode, "--quiet", "--output", path, *options], ranks=ranks)
    return path


def refused(arguments, *words):
    with scratch() as folder:
        done = run(arguments, cwd=folder)
        assert done.returncode == 2, f"{arguments}: exit {done.returncode}\n{done.stderr}"
        assert all(word in done.stderr for word in words), f"{arguments}: {done.stderr}"
        assert not os.listdir(folder), os.listdir(folder)


def test_claims_pass_at_a_moderate_size():
    """Every claim of these runs, by --verify; false alarms 1e-3 per file."""
    with scratch() as folder:
        for mode, options in (("bbp", ["--neurons", 200, "--replicas", 60, "--strength-ratio", "0,0.5,2.5,5"]),
                              ("heterogeneous", ["--neurons", 200, "--replicas", 60]),
                              ("detectability", ["--neurons", "50,100,200", "--quality", "0.24,0.34", "--replicas", 20])):
            path = results(folder, mode, "--verify", *options)
            verdicts = arrays(path, ["claims"])["claims/verdict"]
            names = [name.decode() for name in arrays(path, ["claims"])["claims/name"]]
            assert (verdicts == b"pass").all() and len(names) >= 3, names
            if mode == "bbp":
                assert any("tw: false alarms in pure noise" in name for name in names), names
            if mode == "heterogeneous":
                assert sum(name.startswith("overlap, optimal less equal weights") for name in names) == 4, names
            if mode == "detectability":
                assert any(name.startswith("tw: exponent") for name in names), names


def test_same_bits_on_any_number_of_ranks():
    with scratch() as folder:
        for mode in MODES:
            digests = {attribute(results(folder, mode, *SMALL[mode], *more, ranks=ranks), "digest")
                       for ranks, more in ((None, []), (2, []), (3, []), (4, []), (2, ["--ranks-per-task", 2]), (None, ["--instruction-set", "portable"]))}
            assert len(digests) == 1, (mode, digests)


def test_extended_by_resume():
    with scratch() as folder:
        for mode in MODES:
            whole = results(folder, mode, *SMALL[mode])
            path = os.path.join(folder, "part.h5")
            fewer = [*SMALL[mode][:-1], 2]
            run_ok(["--mode", mode, "--quiet", "--output", path, *fewer])
            run_ok(["--mode", mode, "--quiet", "--output", path, *SMALL[mode], "--resume"], ranks=2)
            assert attribute(path, "digest") == attribute(whole, "digest"), mode
            os.remove(path)


def test_theory_alone():
    with scratch() as folder:
        for mode in MODES:
            data = arrays(results(folder, mode, *SMALL[mode][:-1], 0), ["theory", "points"])
            assert np.isfinite(data["theory/expected_edge"]).all() and np.isfinite(data["theory/expected_outlier"][:, 0]).all()
        data = arrays(results(folder, "bbp", "--replicas", 0), ["theory", "points"])
        q, ratio, r = (data[f"points/{name}"] for name in ("aspect_ratio", "strength_ratio", "quality"))
        kappa, noise = ratio * np.sqrt(q), 1 - r**2
        seen = ratio > 1
        assert np.allclose(data["theory/expected_edge"], noise * (1 + np.sqrt(q)) ** 2, rtol=1e-12)
        assert np.allclose(data["theory/expected_outlier"][seen, 0], (noise * (1 + kappa) * (1 + q / np.where(seen, kappa, 1)))[seen], rtol=1e-12)
        assert np.allclose(data["theory/expected_overlap"][seen, 0], ((1 - q / kappa.clip(1e-9)**2) / (1 + q / kappa.clip(1e-9)))[seen], rtol=1e-11)
        assert (data["theory/expected_overlap"][~seen] == 0).all()


def test_raw_data_agree_with_one_another():
    """Cuts recounted from the eigenvalues, kappa by the inverse formula, detection rates from the counts."""
    with scratch() as folder:
        path = results(folder, "bbp", *SMALL["bbp"])
        data = arrays(path)
    eigenvalues, q = data["simulation/eigenvalues"], data["points/aspect_ratio"]
    assert np.allclose(eigenvalues[:, :, 0], data["simulation/outlier"][:, :, 0]) and np.allclose(eigenvalues[:, :, 1], data["simulation/noise_eigenvalue"])
    above = (eigenvalues > data["theory/cut_mp"][:, None, None]).sum(axis=2)
    assert (above == data["simulation/detected_mp"]).all()
    assert ((eigenvalues > data["simulation/cut_shuffle"][:, :, None]).sum(axis=2) == data["simulation/detected_shuffle"]).all()
    first = eigenvalues[:, :, 0] > data["theory/cut_tw"][:, None]
    assert (first == (data["simulation/detected_tw"] >= 1)).all() and first.any() and not first.all()
    kappa = data["simulation/kappa"][:, :, 0]
    noise = 1 - data["points/quality"][:, None] ** 2
    seen = kappa > np.sqrt(q)[:, None] * (1 + 1e-9)
    back = noise * (1 + kappa) * (1 + q[:, None] / kappa)
    assert np.allclose(back[seen], data["simulation/outlier"][:, :, 0][seen], rtol=1e-9) and seen.any()
    table = {c: data[f"derived/detection/{c}"] for c in ("point", "cut", "detected", "replicas", "rate")}
    for row in range(len(table["point"])):
        counts = data[f"simulation/detected_{table['cut'][row].decode()}"][table["point"][row]]
        assert table["detected"][row] == (counts >= 1).sum() and table["rate"][row] == (counts >= 1).mean()


def test_weights_see_the_same_examples():
    with scratch() as folder:
        data = arrays(results(folder, "heterogeneous", *SMALL["heterogeneous"]))
        assert "simulation/detected_tw" not in data and "simulation/kappa" not in data
    weights = data["points/client_weights"]
    cases = list(zip(data["points/client_exposures"], weights))
    for exposures in {case[0] for case in cases}:
        same = [p for p, case in enumerate(cases) if case[0] == exposures]
        assert len(same) == 3
        for p in same[1:]:
            assert np.array_equal(data["simulation/exposure"][p], data["simulation/exposure"][same[0]], equal_nan=True)
            assert not np.array_equal(data["simulation/spike_overlap"][p], data["simulation/spike_overlap"][same[0]])


def test_bad_input():
    refused(["--mode", "bbp", "--batch-size", "100"], "--batch-size '100'", "--aspect-ratio")
    refused(["--mode", "bbp", "--aspect-ratio", "0"], "--aspect-ratio", "'0'")
    refused(["--mode", "bbp", "--quality", "1", "--strength-ratio", "auto"], "--quality", "[0, 1)")
    refused(["--mode", "bbp", "--client-qualities", "0.1"], "--client-qualities", "heterogeneous")
    refused(["--mode", "heterogeneous", "--client-exposures", "0.5/0.5"], "--client-exposures '0.5/0.5'", "one per client (3)")
    refused(["--mode", "heterogeneous", "--archetypes", "1"], "--client-exposures", "more --archetypes")
    refused(["--mode", "heterogeneous", "--client-weights", "best"], "--client-weights", "equal, optimal, inverse_variance")
    refused(["--mode", "baseline", "--client-weights", "inverse_variance"], "--client-weights", "equal, optimal")
    refused(["--mode", "detectability", "--exposure", "0.7"], "--exposure '0.7'", "(0, 0.5]")
    refused(["--mode", "detectability", "--archetypes", "1"], "--archetypes", "[2, 10000]")


def test_figures():
    """What they draw is what the file holds."""
    with scratch() as folder:
        for mode in MODES:
            path = results(folder, mode, *SMALL[mode])
            plt.close("all")
            figure = federated_hopfield.draw(Results(path), None)
            figure.draw_without_rendering()
            assert mode in figure._suptitle.get_text() and "5 replicas" in figure._suptitle.get_text()
            if mode == "bbp":
                data = arrays(path, ["simulation", "points"])
                chosen = data["points/aspect_ratio"] == 0.5
                mean = data["simulation/outlier"][chosen, :, 0].mean(axis=1)
                lines = [np.asarray(line.get_ydata(), float) for line in figure.axes[0].lines]
                assert any(len(line) == len(mean) and np.allclose(line, mean) for line in lines)
            if mode == "heterogeneous":
                data = arrays(path, ["simulation", "points"])
                equal = data["points/client_weights"] == b"equal"
                mean = data["simulation/spike_overlap"][equal].mean(axis=1)
                lines = [np.asarray(line.get_ydata(), float) for line in figure.axes[1].lines]
                assert any(len(line) == len(mean) and np.allclose(line, mean) for line in lines)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
