# Mode retrieval by the real program: success rates, theory, the same bits everywhere, resume, refusals. SPDX-License-Identifier: MIT
import os
import re
import subprocess
import sys

from support import BIN, SOURCE, arrays, attribute, main, np, run, run_ok, scratch

SMALL = ["--mode", "retrieval", "--neurons", "130", "--archetypes", "8,20", "--replicas", "3", "--initial-overlap", "0.3,0.7,1"]
FEDERATION = ["--memory", "true,reconstructed", "--clients", "4", "--batch-size", "300", "--rounds", "2"]


def results(folder, *options, ranks=None):
    path = os.path.join(folder, f"r{len(os.listdir(folder))}.h5")
    run_ok([*options, "--output", path, "--quiet", "--verify"], ranks=ranks)
    assert attribute(path, "status") == "complete"
    return path


def rates(data):
    """(coupling, K, m0) -> successes, trials, from /simulation."""
    found = {}
    for p, k in enumerate(data["points/archetypes"]):
        success = data["simulation/success"][p][:, :data["points/cues"][p]]
        found[data["points/coupling"][p].decode(), int(k), round(float(data["points/initial_overlap"][p]), 3)] = (int(success.sum()), success.size)
    return found


# federated_hopfield.md, section 7.6: N = 1000, T = 0, true patterns, from 2 seeds of 20 patterns
SPEC = {"hebb": {50: {.4: 1, .3: 1, .2: .65}, 80: {.4: .97, .3: .47, .2: .03}, 100: {.4: .62, .3: .12, .2: 0}},
        "pseudo_inverse": {100: {.4: 1, .3: .9, .2: .3}, 200: {.4: .62, .3: .05, .2: 0}, 300: {.6: 1, .4: 0}, 500: {.8: .6, .6: 0}}}
SPEC_TRIALS = 40
FIXED_POINTS = {100: .998, 120: .994, 140: .973, 160: .734}


def test_the_default_run_is_what_was_published():
    """Rates within 3 combined binomial errors; a published rate of 0 or 1 has the error of the pooled one. Patterns and cues are
    those of one seed, so nothing here is left to chance."""
    with scratch() as folder:
        data = arrays(results(folder, "--mode", "retrieval", ranks=2))
    assert (data["claims/verdict"] == b"pass").all() and len(data["claims/name"]) == 17
    measured = rates(data)
    for coupling, loads in SPEC.items():
        for k, by_overlap in loads.items():
            for m0, rate in by_overlap.items():
                successes, trials = measured[coupling, k, m0]
                assert trials == 600
                ours = successes / trials
                pooled = (successes + rate * SPEC_TRIALS) / (trials + SPEC_TRIALS)
                theirs = rate if 0 < rate < 1 else pooled
                error = np.sqrt(ours * (1 - ours) / trials + theirs * (1 - theirs) / SPEC_TRIALS)
                assert abs(ours - rate) <= 3 * error + 1e-12, (coupling, k, m0, ours, rate, error)
    for p in range(len(data["points/id"])):
        k, cold = data["points/archetypes"][p], data["points/initial_overlap"][p] == 1
        overlap = data["simulation/overlap"][p]
        if cold and data["points/coupling"][p] == b"pseudo_inverse":
            assert (overlap == 1).all() and (data["simulation/flips"][p] == 0).all()
        elif cold and k in FIXED_POINTS:
            # theirs is the mean of 2 of the replicas that ours has 30 of
            error = overlap.mean(axis=1).std(ddof=1) * np.sqrt(1 / 30 + 1 / 2)
            assert abs(overlap.mean() - FIXED_POINTS[k]) <= 3 * error + .0005, (k, overlap.mean(), error)
    assert (data["simulation/converged"] == 1).all()


def dense_recall(rng, couplings, pattern, m0):
    """Final overlap by an N x N network in numpy, random numbers of its own."""
    n = len(pattern)
    state = pattern.copy()
    state[rng.permutation(n)[:round(n * (1 - m0) / 2)]] *= -1
    field = couplings @ state
    for _ in range(100):
        flips = 0
        for i in rng.permutation(n):
            if field[i] * state[i] < 0:
                field -= 2 * state[i] * couplings[:, i]
                state[i] = -state[i]
                flips += 1
        if flips == 0:
            break
    return pattern @ state / n


def test_rates_of_a_dense_network_in_numpy():
    """Independent of all of this code: 100 recalls of 5 networks each, within 4 errors of the pooled rate (by chance once in 2000)."""
    rng = np.random.default_rng(20261128)
    settings = [("hebb", 100, .4), ("hebb", 80, .3), ("pseudo_inverse", 100, .3), ("pseudo_inverse", 100, .2)]
    with scratch() as folder:
        data = arrays(results(folder, "--mode", "retrieval", "--archetypes", "80,100", "--initial-overlap", "0.2,0.3,0.4", ranks=2))
    measured = rates(data)
    for coupling, k, m0 in settings:
        successes = 0
        for _ in range(5):
            xi = rng.choice([-1.0, 1.0], (k, 1000))
            j = xi.T @ (xi if coupling == "hebb" else np.linalg.solve(xi @ xi.T / 1000, xi)) / 1000
            np.fill_diagonal(j, 0)
            successes += sum(dense_recall(rng, j, xi[mu], m0) >= .95 for mu in range(20))
        ours, trials = measured[coupling, k, m0]
        pooled = (ours + successes) / (trials + 100)
        # recalls of one network share its patterns, which widens the scatter by up to 1.4 (replica_stderr)
        error = 1.4 * np.sqrt(pooled * (1 - pooled) * (1 / trials + 1 / 100))
        assert abs(ours / trials - successes / 100) < 4 * error, (coupling, k, m0, ours / trials, successes / 100, error)


def test_tables_are_what_the_raw_data_say():
    with scratch() as folder:
        data = arrays(results(folder, *SMALL, *FEDERATION))
    total = len(data["points/id"])
    assert total == 2 * 2 * 2 * 3 and data["derived/success/point"].tolist() == list(range(total))
    for p in range(total):
        cues = data["points/cues"][p]
        assert cues == min(20, data["points/archetypes"][p])
        success = data["simulation/success"][p][:, :cues]
        assert (success == (data["simulation/overlap"][p][:, :cues] >= .95)).all()
        assert np.isnan(data["simulation/overlap"][p][:, cues:]).all()
        rate = success.mean()
        row = {name.split("/")[-1]: values[p] for name, values in data.items() if name.startswith("derived/success/")}
        assert row["trials"] == success.size and row["successes"] == success.sum() and np.isclose(row["rate"], rate)
        assert np.isclose(row["binomial_stderr"], np.sqrt(rate * (1 - rate) / success.size))
        z2 = 1.959963984540054**2
        middle, half = rate + z2 / 2 / success.size, np.sqrt(z2 * (rate * (1 - rate) + z2 / 4 / success.size) / success.size)
        assert np.allclose([row["wilson_low"], row["wilson_high"]], (middle + np.array([-half, half])) / (1 + z2 / success.size))
        assert row["load"] == data["points/archetypes"][p] / 130 and row["initial_overlap"] == (130 - 2 * np.floor(130 * (1 - data["points/initial_overlap"][p]) / 2 + .5)) / 130
    basin = {name.split("/")[-1]: values for name, values in data.items() if name.startswith("derived/basin/")}
    assert len(basin["point"]) == total // 3
    for row in range(total // 3):
        same = [p for p in range(total) if all(data[f"points/{name}"][p] == basin[name][row] for name in ("archetypes", "coupling", "memory"))]
        assert len(same) == 3
        tried = sorted(((data["derived/success/initial_overlap"][p], data["derived/success/rate"][p]) for p in same), reverse=True)
        enough = [m0 for i, (m0, _) in enumerate(tried) if all(rate >= .9 for _, rate in tried[:i + 1])]
        assert np.array_equal(basin["basin"][row], enough[-1] if enough else np.nan, equal_nan=True), (basin["basin"][row], tried)
        assert np.array_equal(basin["failed"][row], tried[len(enough)][0] if len(enough) < 3 else np.nan, equal_nan=True)


def test_the_same_bits_everywhere():
    ways = [(None, []), (2, []), (4, ["--ranks-per-task", "2"]), (None, ["--instruction-set", "portable"]), (1, []), (3, ["--ranks-per-task", "2"]),
            (4, ["--ranks-per-task", "all"])]
    for extra, tried in (([], ways), (["--temperature", "0.2", "--sweeps", "15"], ways[:4])):
        with scratch() as folder:
            digests = {(ranks, *options): attribute(results(folder, *SMALL, *FEDERATION, *extra, *options, ranks=ranks), "digest")
                       for ranks, options in tried}
            assert len(set(digests.values())) == 1, digests


def test_compared_settings_share_patterns_cues_and_updates():
    """Fewer cues are the first ones; what is reconstructed without an error recalls as the true patterns, bit by bit."""
    with scratch() as folder:
        few = arrays(results(folder, *SMALL, "--cues", "3"))
        data = arrays(results(folder, *SMALL, *FEDERATION))
    assert np.array_equal(few["simulation/overlap"], data["simulation/overlap"][data["points/memory"] == b"true"][:, :, :3])
    exact = (data["simulation/exact"] == data["points/archetypes"][:, None]) & (data["simulation/patterns"] == data["points/archetypes"][:, None])
    compared = 0
    for p in np.flatnonzero(data["points/memory"] == b"reconstructed"):
        twin = [q for q in np.flatnonzero(data["points/memory"] == b"true")
                if all(data[f"points/{n}"][q] == data[f"points/{n}"][p] for n in ("archetypes", "coupling", "initial_overlap"))]
        for r in np.flatnonzero(exact[p]):
            for name in ("overlap", "sweeps", "flips"):
                assert np.array_equal(data[f"simulation/{name}"][p, r], data[f"simulation/{name}"][twin[0], r], equal_nan=name == "overlap")
            compared += 1
    assert compared >= 12, compared


def test_errors_of_the_reconstruction_bound_recall():
    """N = 400, three clients of 400 examples, r = .15: patterns with 1 % of errors come back with their errors, whatever the cue."""
    with scratch() as folder:
        data = arrays(results(folder, "--mode", "retrieval", "--neurons", "400", "--archetypes", "3", "--clients", "3", "--batch-size", "400",
                              "--quality", "0.15", "--memory", "reconstructed", "--initial-overlap", "0.4,1", "--replicas", "20"))
    magnetisation = data["simulation/magnetisation"]
    assert .97 < magnetisation.mean() < .995 and abs(magnetisation.mean() - data["theory/magnetisation"].mean()) < .01
    assert np.array_equal(data["simulation/overlap"], magnetisation) and (data["simulation/memory_overlap"] == 1).all()


def test_nothing_stored_recalls_nothing():
    """Clients of pure noise: no pattern, no field, no success even from the archetype itself."""
    with scratch() as folder:
        data = arrays(results(folder, *SMALL, "--memory", "reconstructed", "--quality", "0", "--clients", "3", "--batch-size", "300"))
    empty = data["simulation/patterns"] == 0
    assert empty.mean() > .5
    full = data["points/initial_overlap"] == 1
    for p in range(len(full)):
        cues = data["points/cues"][p]
        for r in np.flatnonzero(empty[p]):
            assert (data["simulation/success"][p, r, :cues] == 0).all() and (data["simulation/flips"][p, r, :cues] == 0).all()
            assert np.isnan(data["simulation/memory_overlap"][p, r]).all() and (data["simulation/magnetisation"][p, r, :cues] == 0).all()
            assert np.allclose(data["simulation/overlap"][p, r, :cues], data["derived/success/initial_overlap"][p])


def test_mean_field_at_a_temperature():
    with scratch() as folder:
        data = arrays(results(folder, "--mode", "retrieval", "--archetypes", "20,50,200", "--temperature", "0.2,0.3", "--initial-overlap", "1",
                              "--replicas", "6", ranks=2))
    assert (data["claims/verdict"] == b"pass").all() and len(data["claims/name"]) == 10
    for p in range(len(data["points/id"])):
        if data["points/coupling"][p] == b"pseudo_inverse" or data["points/archetypes"][p] < 200:
            assert abs(data["simulation/overlap"][p].mean() - data["theory/overlap"][p]) < .001


def test_theory_only():
    with scratch() as folder:
        data = arrays(results(folder, "--mode", "retrieval", "--replicas", "0", "--archetypes", "50,137,138", "--initial-overlap", "1",
                              "--temperature", "0,0.5"))
    at = {(c.decode(), int(k), t): m for c, k, t, m in zip(data["points/coupling"], data["points/archetypes"], data["points/temperature"], data["theory/overlap"])}
    assert at["hebb", 137, 0] > .967 and np.isnan(at["hebb", 138, 0]) and .87 < at["hebb", 50, .5] < .92 and at["pseudo_inverse", 138, 0] == 1
    assert not any(name.startswith("simulation/") for name in data)
    assert set(np.round(data["theory/capacity"][data["points/coupling"] == b"hebb"], 6)) == {.137906, .058816}


def test_resume_and_more_replicas():
    with scratch() as folder:
        whole = results(folder, *SMALL)
        part = os.path.join(folder, "part.h5")
        fewer = [word if word != "3" else "1" for word in SMALL]
        run_ok([*fewer, "--output", part, "--quiet"])
        run_ok([*SMALL, "--output", part, "--quiet", "--resume"], ranks=2)
        assert attribute(part, "digest") == attribute(whole, "digest")


def test_the_figure():
    """Of sweeps in everything, of one point, of one coupling; a file without replicas is told apart."""
    plot = [sys.executable, os.path.join(SOURCE, "analysis/rankwise-plot")]
    with scratch() as folder:
        for options in ([*SMALL, *FEDERATION, "--temperature", "0,0.2", "--sweeps", "10"], [*SMALL[:-2], "--initial-overlap", "0.5"], [*SMALL, "--coupling", "hebb"]):
            path, picture = results(folder, *options), os.path.join(folder, "p.png")
            done = subprocess.run([*plot, path, "-o", picture], capture_output=True, text=True, check=False)
            assert done.returncode == 0 and not done.stderr, done.stderr
            with open(picture, "rb") as file:
                content = file.read()
            assert content.startswith(b"\x89PNG") and len(content) > 20000
            os.remove(picture)
        path = results(folder, *SMALL[:6], "--replicas", "0")
        done = subprocess.run([*plot, path, "-o", picture], capture_output=True, text=True, check=False)
        assert done.returncode != 0 and "no replicas" in done.stderr, (done.returncode, done.stderr)


def refused(options, words):
    with scratch() as folder:
        done = run(["--mode", "retrieval", *options, "--output", os.path.join(folder, "no.h5")])
        assert done.returncode == 2 and not os.listdir(folder), (options, done.returncode, done.stderr)
        ours = [line for line in done.stderr.splitlines() if line.startswith("rankwise")]
        assert len(ours) == 1 and all(word in ours[0] for word in words), (ours, words)


def test_refusals():
    refused(["--archetypes", "4", "--cues", "5"], ["--cues '5'", "4 archetypes", "[1, 4] or auto"])
    refused(["--archetypes", "1000"], ["--archetypes '1000'", "a load of 1", "pseudo_inverse", "[1, 999]"])
    refused(["--archetypes", "1001", "--coupling", "hebb"], ["--archetypes '1001'", "[1, 1000]"])
    refused(["--archetypes", "auto"], ["--archetypes", "'auto'", "[1, 10000]"])
    refused(["--neurons", "auto"], ["--neurons", "'auto'"])
    refused(["--load", "0.1"], ["--load", "capacity"])
    refused(["--initial-overlap", "1.1"], ["--initial-overlap", "[0, 1]"])
    refused(["--temperature", "-1"], ["--temperature", "'-1'"])
    refused(["--coupling", "hebbian"], ["--coupling", "hebb, pseudo_inverse"])
    refused(["--memory", "recon"], ["--memory", "true, reconstructed"])
    refused(["--sweeps", "0"], ["--sweeps", "'0'"])
    refused(["--memory", "reconstructed", "--operator-rank", "3"], ["--operator-rank '3'"])


def test_the_page_lists_what_is_in_the_file():
    with open(os.path.join(SOURCE, "docs/federated_retrieval.md"), encoding="utf-8") as file:
        named = set(re.findall(r"^\| `/([a-z_/]+)` \|", file.read(), re.M))
    with scratch() as folder:
        data = arrays(results(folder, *SMALL), groups=("simulation", "theory", "derived"))
    known = {"simulation/stored", "theory/stored"}
    there = {name for name in data if name not in known and not re.fullmatch(r"(simulation|theory)/(cue|replica|point)", name)
             and name.split("/")[-1] != "row"}
    assert there == named, there ^ named


assert os.path.exists(os.path.join(BIN, "rankwise-federated-hopfield"))
main([value for name, value in list(globals().items()) if name.startswith("test_")])
