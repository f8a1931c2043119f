#!/usr/bin/env python3
"""The persistence experiment as users run it: bits over ranks and resuming, spectra against numpy, the reference numbers.

SPDX-License-Identifier: MIT
"""
import json
import os
import sys

import h5py

sys.path.insert(0, os.path.join(os.environ["RANKWISE_SOURCE"], "tests/cli"))
from support import BIN, SOURCE, attribute, main, np, run, run_ok, scratch  # noqa: E402

PROGRAM = os.path.join(BIN, "rankwise-persistence")
with open(os.path.join(SOURCE, "tests/spectra/persistence_reference.json"), encoding="utf-8") as text:
    SIMULATED = json.load(text)["sim"]
# reference name: /simulation name
NAMES = {"PE": "persistence_entropy", "r": "spacing_ratio", "total": "total_persistence", "max_bar": "longest_bar",
         "cv_bars": "bar_variation", "r_bulk50": "bulk_spacing_ratio", "PE_unf": "unfolded_entropy"}


def simulate(folder, mode, *options, **how):
    path = os.path.join(folder, f"{mode}{len(os.listdir(folder))}.h5")
    run_ok(["--mode", mode, "--output", path, "--quiet", *options], program=PROGRAM, **how)
    return path


def check(path, **references):
    """Every mean of the file's point i within 4 combined standard errors of reference entry i."""
    far = []
    with h5py.File(path, "r") as file:
        for point, entry in references["by_point"].items():
            for name, observable in NAMES.items():
                if name not in SIMULATED[entry]:
                    continue
                expected = SIMULATED[entry][name]
                statistics = file["statistics"][observable]
                mean, error = statistics["mean"][point], statistics["stderr"][point]
                z = (mean - expected["mean"]) / np.hypot(error, expected["se"])
                if not abs(z) < 4:
                    far.append(f"{entry} {name}: {mean} +- {error}, reference {expected['mean']} +- {expected['se']}, z = {z:.1f}")
    assert not far, "\n".join(far)


def one_digest_on_any_number_of_ranks_and_teams():
    for mode, options in (("discriminate", ["--ensemble", "goe,gue,wishart_dense", "--dimension", "60", "--resamples", "100"]),
                          ("entropy_scaling", ["--dimension", "30,500", "--ensemble", "goe,poisson"]),
                          ("diagram", ["--dimension", "60", "--power", "1.5,2"]), ("spacings", ["--dimension", "60"]),
                          ("universality", ["--dimension", "40"]), ("wishart", ["--dimension", "60", "--samples", "60,61,200"]),
                          ("rosenzweig_porter", ["--dimension", "40", "--gamma", "0,1.5", "--resamples", "100"]),
                          ("sampler_check", ["--dimension", "40"]), ("longrange", ["--dimension", "60", "--lengths", "0.5/1/5"])):
        options += ["--replicas", "100", "--unfolding", "analytic,polynomial,local"]
        with scratch() as folder:
            digests = {attribute(simulate(folder, mode, *options, ranks=ranks), "digest") for ranks in (1, 2, 3, 4)}
            digests.add(attribute(simulate(folder, mode, *options, "--ranks-per-task", "2", ranks=4), "digest"))
        assert len(digests) == 1, digests


def one_digest_with_any_vector_instructions():
    with scratch() as folder:
        # portable vector code is the slow one: the sizes are small, the solver, samplers, statistics and unfoldings all there
        options = ["--ensemble", "goe,gse,wishart,wishart_complex,poisson,goe_dense", "--dimension", "30,150", "--replicas", "100",
                   "--unfolding", "analytic,polynomial"]
        digests = {}
        for name in ("auto", "avx512", "avx2", "portable"):
            done = run(["--mode", "entropy_scaling", *options, "--quiet", "--instruction-set", name, "--output", os.path.join(folder, name)],
                       program=PROGRAM)
            if done.returncode == 0:
                used = attribute(os.path.join(folder, name), "instruction_set", "/provenance")
                assert name in ("auto", used), (name, used)
                digests[name] = attribute(os.path.join(folder, name), "digest")
            else:  # a processor without it
                assert done.returncode == 2 and f"--instruction-set '{name}': this processor has" in done.stderr, done.stderr
    assert {"auto", "portable"} <= digests.keys() and len(set(digests.values())) == 1, digests


def extending_and_resuming_give_the_run_in_one_go():
    options = ["--dimension", "40", "--ensemble", "goe,gue_dense,wishart"]
    with scratch() as folder:
        whole = attribute(simulate(folder, "entropy_scaling", *options, "--replicas", "700"), "digest")
        path = os.path.join(folder, "parts.h5")
        for replicas in (3, 100, 700):
            run_ok(["--mode", "entropy_scaling", *options, "--replicas", replicas, "--output", path, "--resume", "--quiet"],
                   program=PROGRAM, ranks=2)
        assert attribute(path, "digest") == whole


def the_spectrum_is_the_mean_of_the_levels():
    with scratch() as folder:
        path = simulate(folder, "entropy_scaling", "--ensemble", "goe,poisson,gse,wishart", "--dimension", "100", "--replicas", "300",
                        "--spectra", "full")
        with h5py.File(path, "r") as file:
            levels = file["simulation/levels"][...]
            spectrum = file["statistics/levels"]
            assert np.abs(spectrum["level_mean"][...] - levels.mean(axis=1)).max() < 1e-13
            integral = (spectrum["density"][...] * np.diff(spectrum["edges"][...], axis=1)).sum(axis=1)
            assert np.abs(integral - 1).max() < 1e-12, integral
            # the statistics themselves, from the levels by numpy
            bars = np.diff(levels, axis=2)
            shares = bars / bars.sum(axis=2, keepdims=True)
            entropy = -(shares * np.log(shares)).sum(axis=2)
            ratio = (np.minimum(bars[..., 1:], bars[..., :-1]) / np.maximum(bars[..., 1:], bars[..., :-1])).mean(axis=2)
            assert np.abs(file["simulation/persistence_entropy"][...] - entropy).max() < 1e-12
            assert np.abs(file["simulation/spacing_ratio"][...] - ratio).max() < 1e-12


def gaussian_ensembles_give_the_reference_numbers():
    with scratch() as folder:
        for n, replicas in ((50, 10000), (100, 10000), (200, 5000), (1000, 500)):
            path = simulate(folder, "entropy_scaling", "--dimension", n, "--replicas", replicas)
            with h5py.File(path, "r") as file:
                betas = [int(beta) for beta in file["points/dyson_beta"][...]]
            check(path, by_point={i: f"beta_hermite/beta={beta}/n={n}" for i, beta in enumerate(betas)
                                  if f"beta_hermite/beta={beta}/n={n}" in SIMULATED})


def wishart_and_dense_matrices_give_the_reference_numbers():
    with scratch() as folder:
        for ensemble, beta, n, m in (("wishart", 1, 100, 400), ("wishart", 1, 200, 200), ("wishart_complex", 2, 100, 1000),
                                     ("wishart_complex", 2, 400, 800)):
            path = simulate(folder, "wishart", "--ensemble", ensemble, "--dimension", n, "--samples", m, "--replicas", 1000)
            check(path, by_point={0: f"beta_laguerre/beta={beta}/p={n}/n={m}"})
        path = simulate(folder, "universality", "--ensemble", "goe_dense", "--dimension", 100, "--replicas", 1500)
        check(path, by_point={0: "dense/GOE/n=100"})
        path = simulate(folder, "universality", "--ensemble", "wigner_rademacher", "--dimension", 100, "--replicas", 1500)
        check(path, by_point={0: "dense/Rademacher/n=100"})


def rosenzweig_porter_gives_the_reference_numbers():
    with scratch() as folder:
        for n, diagonal, replicas in ((100, "uniform", 400), (100, "gaussian", 400), (200, "uniform", 150), (200, "gaussian", 150),
                                      (400, "uniform", 48)):
            entries = {float(key.split("gamma=")[1]): key for key in SIMULATED if key.startswith(f"rp/{diagonal}/n={n}/")}
            gammas = sorted(entries)
            path = simulate(folder, "rosenzweig_porter", "--dimension", n, "--diagonal", diagonal, "--replicas", replicas,
                            "--gamma", ",".join(map(str, gammas)), "--resamples", "100")
            check(path, by_point={i: entries[gamma] for i, gamma in enumerate(gammas)})


def the_bulk_gives_the_reference_constants():
    with scratch() as folder:
        path = simulate(folder, "spacings", "--ensemble", "beta_hermite", "--dyson-beta", "1,2,4,8", "--replicas", 1000)
        for i, beta in enumerate((1, 2, 4, 8)):
            expected = SIMULATED[f"c_beta_bulk_mc/beta={beta}"]["c"]
            with h5py.File(path, "r") as file:
                mean, error = (file[f"statistics/local_entropy/{column}"][i] for column in ("mean", "stderr"))
            assert abs(mean - expected["mean"]) < 4 * np.hypot(error, expected["se"]), (beta, mean, error, expected)


def diagrams_are_those_of_the_levels_and_follow_their_laws():
    with scratch() as folder:
        path = simulate(folder, "diagram", "--ensemble", "goe,gue,gse,wishart,wishart_complex,poisson", "--replicas", 1000, "--spectra", "full",
                        "--bars", "1/50/99", "--verify")
        with h5py.File(path, "r") as file:
            assert set(file["claims/verdict"][...]) == {b"pass"} and len(file["claims/verdict"]) == 19
            levels, births, bars = (file[f"simulation/{name}"][...] for name in ("levels", "birth", "bar"))
            assert (births == levels[..., :-1]).all() and (bars == np.diff(levels, axis=2)).all()
            q_norm = np.sqrt((bars ** 2).sum(axis=2))
            assert np.abs(file["simulation/power_persistence"][...] / q_norm - 1).max() < 1e-13
            for point in range(len(levels)):
                at = file["theory/filtration"][point]
                below = (levels[point][:, :, None] <= at).sum(axis=1)  # (replica, place)
                alive = np.array([(below == k).sum(axis=0) for k in (1, 50, 99)])
                assert (file["simulation/betti_counts"][point] == alive).all()
                edges = [file[f"theory/{name}_edge"][point] for name in ("birth", "lifetime")]
                inside = np.clip(births[point].ravel(), edges[0][0], edges[0][-1]), np.clip(bars[point].ravel(), 0, edges[1][-1])
                counts = np.histogram2d(*inside, bins=edges)[0]
                assert np.abs(file["simulation/diagram_counts"][point] - counts).sum() <= 4, "rounding at an edge of a bin"
                assert file["simulation/diagram_counts"][point].sum() == bars[point].size
            tents = np.zeros_like(file["simulation/landscape"][0])
            at = file["theory/filtration"][0]
            for k in range(bars.shape[2]):
                birth, death = levels[0][:, k, None], levels[0][:, k + 1, None]
                tents = np.maximum(tents, np.minimum(at - birth, death - at))
            assert np.abs(file["simulation/landscape"][0] - tents).max() < 1e-14
            dimensions = {word.decode(): file["derived/mean_diagram/dimension"][...][file["derived/mean_diagram/point"][...] == i]
                          for i, word in enumerate(file["points/ensemble"][...])}
            for word, beta in (("goe", 1), ("gue", 2), ("gse", 4), ("poisson", 1)):
                assert (dimensions[word] == beta * np.arange(1, 100) - 1).all()


def spacings_and_pairs_of_levels_follow_their_laws():
    with scratch() as folder:
        for mode in ("spacings", "longrange"):
            path = simulate(folder, mode, "--replicas", 300, "--verify")
            with h5py.File(path, "r") as file:
                assert set(file["claims/verdict"][...]) == {b"pass"} and len(file["claims/verdict"]) >= 12
                if mode == "spacings":
                    continue
                table = {name: column[...] for name, column in file["derived/form_factor"].items()}
                words = file["points/ensemble"][...]
        for point, word in enumerate(words):  # neighbouring times averaged: single ones scatter as 1/sqrt(replicas)
            of_point = table["point"] == point
            for low, high in ((0.1, 0.5), (0.5, 0.9), (1.2, 2.0), (2.1, 3.0)):
                window = of_point & (table["tau"] > low) & (table["tau"] < high)
                ratio = (table["value"][window] / table["theory"][window]).mean()
                assert abs(ratio - 1) < 4 / np.sqrt(300 * window.sum() / 6), (word, low, high, ratio)


def discrimination_gives_the_reference_numbers():
    with scratch() as folder:
        for n, replicas in ((50, 4000), (100, 4000)):
            path = simulate(folder, "discriminate", "--dimension", n, "--replicas", replicas, "--resamples", "100")
            expected = SIMULATED[f"auc_goe_gue/n={n}"]
            with h5py.File(path, "r") as file:
                auc = {name.decode(): (value, error) for name, value, error in zip(
                    file["derived/auc/statistic"][...], file["derived/auc/auc"][...], file["derived/auc/stderr"][...])}
            for name, statistic in (("PE", "persistence_entropy"), ("r", "spacing_ratio"), ("r_bulk50", "bulk_spacing_ratio"),
                                    ("PE_unfolded", "unfolded_entropy")):
                value, error = auc[statistic]
                assert abs(value - expected[name]) < 3 * np.hypot(error, expected["se_approx"]), (n, name, value, expected[name])


def extremes_run_and_claim_nothing_that_theory_does_not_say():
    with scratch() as folder:
        path = simulate(folder, "entropy_scaling", "--ensemble", "beta_hermite", "--dyson-beta", "1e-4,0.5,1e4", "--dimension", "3,100",
                        "--bulk-fraction", "1", "--trim", "0", "--replicas", "200", "--verify")
        with h5py.File(path, "r") as file:
            assert all(name.startswith(b"shape_energy") for name in file["claims/name"][...])
        simulate(folder, "rosenzweig_porter", "--dimension", "40", "--gamma", "0,100", "--diagonal", "uniform,gaussian",
                 "--replicas", "20", "--resamples", "100")
        simulate(folder, "wishart", "--dimension", "60", "--samples", "60,61,1000000000", "--replicas", "100", "--verify")
        simulate(folder, "entropy_scaling", "--ensemble", "wigner_student_t", "--degrees-of-freedom", "2.01", "--dimension", "50",
                 "--replicas", "200")


def what_does_not_go_together_is_refused():
    for arguments, parts in (
            (["--dimension", "2"], ["--dimension '2'", "[3, 20000]"]),
            (["--ensemble", "beta_hermite", "--dyson-beta", "0"], ["--dyson-beta '0'"]),
            (["--ensemble", "beta_hermite"], ["--dyson-beta 'auto'", "needs a number"]),
            (["--ensemble", "goe", "--dyson-beta", "2"], ["--dyson-beta '2'", "ensemble goe has beta = 1"]),
            (["--ensemble", "wishart", "--samples", "50"], ["--samples '50'", "pass samples >= dimension"]),
            (["--ensemble", "goe", "--samples", "500"], ["--samples '500'", "ensemble goe has no samples"]),
            (["--ensemble", "wigner_student_t", "--degrees-of-freedom", "2"], ["--degrees-of-freedom '2'", "(2, "]),
            (["--ensemble", "rosenzweig_porter", "--gamma", "-1"], ["--gamma '-1'", "[0, 100]"]),
            (["--bulk-fraction", "0.01"], ["--bulk-fraction '0.01'", "spacing ratios need at least"]),
            (["--ensemble", "goe_dense", "--dimension", "6000"], ["--dimension '6000'", "up to 5000"]),
            (["--ensemble", "goe_dense", "--solver", "batched"], ["--solver 'batched'", "auto or dense"]),
            (["--replicas", "262145"], ["--replicas '262145'", "262144", "--spectra none"]),
            (["--resamples", "200"], ["--resamples is no parameter of mode entropy_scaling", "discriminate, rosenzweig_porter"]),
            (["--lengths", "1/2"], ["--lengths is no parameter", "longrange"]),
            (["--power", "2"], ["--power is no parameter", "diagram"]),
            (["--instruction-set", "sse"], ["--instruction-set 'sse'", "portable"]),
            (["--ensemble", "goa"], ["--ensemble 'goa'", "did you mean 'goe'"])):
        if "--dimension" not in arguments:
            arguments = arguments + ["--dimension", "100"]
        if "--ensemble" not in arguments:
            arguments = arguments + ["--ensemble", "goe"]
        done = run(["--mode", "entropy_scaling", *arguments], program=PROGRAM)
        assert done.returncode == 2, (arguments, done.returncode, done.stdout, done.stderr)
        for part in parts:
            assert part in done.stderr, (arguments, part, done.stderr)
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    for mode, ensemble, about in (("wishart", "goe", "wishart, wishart_dense, wishart_complex, beta_laguerre"),
                                  ("rosenzweig_porter", "gue", "rosenzweig_porter")):
        done = run(["--mode", mode, "--ensemble", ensemble], program=PROGRAM)
        assert done.returncode == 2 and f"--ensemble '{ensemble}': mode {mode} is about {about}" in done.stderr, done.stderr
    for option in ("--lengths", "--times"):
        done = run(["--mode", "longrange", option, "0.1/0.5,0.2/1"], program=PROGRAM)
        assert done.returncode == 2 and f"{option} takes a single value" in done.stderr, done.stderr
    for bars in ("0", "1/100", "5/5", "7/3"):
        done = run(["--mode", "diagram", "--bars", bars], program=PROGRAM)
        assert done.returncode == 2 and f"--bars '{bars}'" in done.stderr, done.stderr
    done = run(["--mode", "longrange", "--lengths", "0.5/101"], program=PROGRAM)
    assert done.returncode == 2 and "--lengths '101'" in done.stderr and "up to 100" in done.stderr, done.stderr


main([one_digest_on_any_number_of_ranks_and_teams, one_digest_with_any_vector_instructions, extending_and_resuming_give_the_run_in_one_go,
      the_spectrum_is_the_mean_of_the_levels, gaussian_ensembles_give_the_reference_numbers,
      wishart_and_dense_matrices_give_the_reference_numbers, rosenzweig_porter_gives_the_reference_numbers,
      the_bulk_gives_the_reference_constants, diagrams_are_those_of_the_levels_and_follow_their_laws, spacings_and_pairs_of_levels_follow_their_laws,
      discrimination_gives_the_reference_numbers,
      extremes_run_and_claim_nothing_that_theory_does_not_say, what_does_not_go_together_is_refused])
