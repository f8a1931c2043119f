# Modes drift, novelty, attacker, cooperation and participation by the real program. SPDX-License-Identifier: MIT
"""The numbers they are known for, controllers recomputed from the file, settings on common random numbers, the same bits on
any number of ranks."""
import os

from support import arrays, attribute, main, np, run_ok, same_bits, scratch

MODES = ("drift", "novelty", "attacker", "cooperation", "participation")


def results(folder, mode, *options, ranks=None):
    path = os.path.join(folder, f"{mode}{len(os.listdir(folder))}.h5")
    run_ok(["--mode", mode, *options, "--output", path, "--quiet", "--verify"], ranks=ranks, timeout=280)
    return arrays(path)


def claims(data):
    return {name.decode(): row for row, name in enumerate(data["claims/name"])}


def test_drift():
    """Final m: w = 0 (1, < .2, < .2), w = 1 (< .2, < .2, 1), the controller all >= .99; 30 seeds."""
    with scratch() as folder:
        data = results(folder, "drift")
    assert data["points/weight"].tolist() == [b"0", b"1", b"novelty"] and data["simulation/magnetisation"].shape == (3, 30, 24, 3)
    final = data["statistics/magnetisation/mean"][:, -1]
    assert final[0, 0] == 1 and (final[0, 1:] < 0.2).all() and final[1, 2] == 1 and (final[1, :2] < 0.2).all()
    assert data["simulation/magnetisation"][2, :, -1].min() >= 0.99
    # theory follows the weights: 0 of what was never remembered or is forgotten
    theory = data["theory/magnetisation"][:, :, -1].mean(axis=1)
    assert np.allclose(theory, [[1, 0, 0], [0, 0, 1], [1, 1, 1]], atol=1e-6)
    exposure = data["statistics/exposure/mean"][0]
    t = np.arange(24)
    triangles = np.maximum(0, 1 - np.abs(t[:, None] - np.array([4, 12, 20])) / 7)
    # the schedule as a share, four binomial standard errors of 30 x 3 x 100 draws
    assert np.abs(exposure - triangles / triangles.sum(axis=1, keepdims=True)).max() < 4 * 0.5 / np.sqrt(9000)
    assert len(data["claims/name"]) > 7 and (data["claims/verdict"] == b"pass").all()


def test_novelty():
    """Khat = 3 before the ramp, 6 from its second round on and never more, over 24 rounds of 30 seeds; m >= .99 from its third round."""
    with scratch() as folder:
        data = results(folder, "novelty")
    khat = data["simulation/khat"][0]
    assert khat.shape == (30, 24) and (khat[:, :12] == 3).all() and (khat[:, 13:] == 6).all() and khat.max() == 6
    m = data["simulation/magnetisation"][0]
    assert m[:, 14:].min() >= 0.99 and m[:, :, :3].min() == 1
    assert "least Khat from the second round of novelty on" in claims(data) and (data["claims/verdict"] == b"pass").all()
    # the gap is that behind the old archetypes
    eigenvalues = data["simulation/eigenvalues"][0]
    assert np.allclose(data["simulation/spectral_gap"][0], 1 - eigenvalues[:, :, 3] / eigenvalues[:, :, 2], rtol=1e-12)


def test_attacker():
    """m >= .99 and Khat = 3 in every round, the noise client's weight <= .002 at the end under trust."""
    with scratch() as folder:
        data = results(folder, "attacker", "--replicas", "10")
    assert data["points/weight"].tolist() == [b"agreement", b"trust"]
    assert data["simulation/magnetisation"].min() >= 0.99 and (data["simulation/khat"] == 3).all()
    w = data["simulation/w"][:, :, -1]
    assert w[1, :, 4].max() <= 0.002 and w[:, :, :4].min() > 0.999 and w[0, :, 4].max() < 0.01
    assert (data["claims/verdict"] == b"pass").all() and any("final weight of the attacker" in name for name in claims(data))


def test_a_client_that_lies_about_its_quality():
    """novelty believes what a client claims: noise at r = .9 keeps its weight and the good ones lose theirs."""
    with scratch() as folder:
        data = results(folder, "attacker", "--replicas", "3", "--weight", "novelty", "--claimed-qualities", "auto,0.9/0.9/0.9/0.9/0.9")
    order = [0, 1] if data["points/claimed_qualities"][0] == b"auto" else [1, 0]
    honest, lying = data["simulation/w"][order, :, -1]
    assert honest.max() < 0.003 and lying[:, 4].min() > 0.99 and lying[:, :4].max() < 0.003
    # the server's edge takes the noise of the liar for that of r = .9, theory does not
    assert same_bits(data["simulation/exposure"][0], data["simulation/exposure"][1])
    assert (data["theory/edge"][order[1], :, -1] > 2 * data["simulation/cut"][order[1], :, -1]).all()


def test_cooperation():
    """Round 0, 30 seeds, against theory; optimal shares beat equal ones where clients differ and are the same where not."""
    with scratch() as folder:
        data = results(folder, "cooperation", "--rounds", "1")
    m = {(q, w): row for row, (q, w) in enumerate(zip(data["points/client_qualities"], data["points/client_weights"]))}
    mean = data["statistics/magnetisation/mean"][:, 0].mean(axis=1)
    error = data["simulation/magnetisation"][:, :, 0].mean(axis=2).std(axis=1, ddof=1) / np.sqrt(30)
    published = {b"0.9/0.9/0.9": (1, 0), b"0.9/0.2/0.2": (1, 0), b"0.2/0.2/0.2": (0.9997, 0.00033), b"0.15/0.15/0.15": (0.987, 0.00108)}
    for quality, (value, stderr) in published.items():
        row = m[quality, b"equal"]
        assert abs(mean[row] - value) <= 3 * np.hypot(error[row], stderr) + 1e-9, (quality, mean[row])
    weak = data["simulation/khat"][m[b"0.12/0.12/0.12", b"equal"], :, 0]
    assert weak.min() >= 1 and weak.max() <= 3 and weak.mean() < 3, "archetypes at the cut are missed"
    for quality in (b"0.9/0.9/0.9", b"0.2/0.2/0.2"):
        assert same_bits(data["simulation/overlap"][m[quality, b"equal"]], data["simulation/overlap"][m[quality, b"optimal"]])
    table = {c: data[f"derived/gain/{c}"] for c in ("equal", "optimal", "replicas", "gain", "stderr", "predicted")}
    assert len(table["gain"]) == 5
    for row in range(5):
        equal, optimal = table["equal"][row], table["optimal"][row]
        difference = (data["simulation/overlap"][optimal, :, 0] - data["simulation/overlap"][equal, :, 0]).mean(axis=1)
        assert np.isclose(table["gain"][row], difference.mean()) and np.isclose(table["stderr"][row], difference.std(ddof=1) / np.sqrt(30))
    unequal = table["equal"].tolist().index(m[b"0.9/0.2/0.2", b"equal"])
    assert table["gain"][unequal] > 10 * table["stderr"][unequal] and 0.9 < table["gain"][unequal] / 7.9e-4 < 1.1
    assert (data["claims/verdict"] == b"pass").all() and any("optimal less equal" in name for name in claims(data))


def test_participation():
    """Round 0 against theory: within .01 for f >= .5, never above below; what does not arrive counts nowhere."""
    with scratch() as folder:
        data = results(folder, "participation", "--replicas", "60")
    f = data["points/participation"]
    assert f.tolist() == [0.1, 0.25, 0.5, 1]
    m = data["simulation/magnetisation"].mean(axis=3)
    theory = data["theory/magnetisation"].mean(axis=3)
    assert (np.abs(m[2:, :, 0].mean(axis=1) - theory[2:, :, 0].mean(axis=1)) < 0.01).all()
    assert (m[:2, :, 0].mean(axis=1) < np.nanmean(theory[:2, :, 0], axis=1) + 0.01).all()
    assert np.allclose(data["theory/initial_magnetisation"][:, 0], [0.7788, 0.9515, 0.9950, 0.9999], atol=1e-4)  # the reference's
    sent = np.isfinite(data["simulation/w"])
    count = sent.sum(axis=3)
    assert (np.abs(count.mean(axis=(1, 2)) - 40 * f) <= 4 * np.sqrt(40 * f * (1 - f) / 480)).all()
    assert (sent[0] <= sent[1]).all() and (sent[1] <= sent[2]).all() and sent[3].all(), "a larger f holds the clients of a smaller one"
    assert (np.isfinite(data["simulation/bytes_sent"]) & ((data["simulation/bytes_sent"] > 0) == sent)).all()
    nobody = count == 0
    assert nobody.any() and (data["simulation/rejected"][nobody] == 1).all() and np.isnan(data["simulation/cut"][nobody]).all()
    stays = np.argwhere(nobody[:, :, 1:])
    assert all(same_bits(data["simulation/magnetisation"][p, r, t], data["simulation/magnetisation"][p, r, t + 1]) for p, r, t in stays)
    assert np.allclose(data["simulation/exposure"].sum(axis=3)[~nobody], 1)
    assert (data["claims/verdict"] == b"pass").all()


def test_late_and_failing_clients():
    """A late client's operator is that of an earlier batch: bits of exposure come back; failing thins out what arrives."""
    options = ("--replicas", "20", "--participation", "1", "--rounds", "6")
    with scratch() as folder:
        prompt, late, failing = (results(folder, "participation", *options, "--clients", "20", *more)
                                 for more in ((), ("--staleness", "0.5"), ("--dropout", "0.4")))
        all_late = results(folder, "participation", *options, "--clients", "1", "--staleness", "1")
    sent = np.isfinite(late["simulation/w"][0])
    assert np.isfinite(prompt["simulation/w"]).all()
    share = sent[:, 0].mean()
    assert abs(share - 0.5) < 4 * np.sqrt(0.25 / 400) and sent[:, 5].mean() > 0.95, "only who never took part has nothing to send"
    assert abs(np.isfinite(failing["simulation/w"]).mean() - 0.6) < 4 * np.sqrt(0.24 / 2400)
    # one client, always late: round t shows the batch of round t - 1
    alone = all_late["simulation/exposure"][0]
    with scratch() as folder:
        one = results(folder, "participation", *options, "--clients", "1")
    assert (all_late["simulation/rejected"][0, :, 0] == 1).all() and same_bits(alone[:, 1:], one["simulation/exposure"][0][:, :-1])


def wanted(policy, entropy, r):
    if policy == "trust":
        return np.maximum(0, 1 - entropy)
    p = (1 + r * r) / 2
    least = -p * np.log2(p) - (1 - p) * np.log2(1 - p)
    return np.clip((entropy - least) / (1 - least), 0, 1)


def test_controllers_recomputed_from_the_entropy():
    """Every policy but agreement (whose p the file does not have) with every damping: w from H, round by round."""
    dampings = ("ema", "rate_limit", "momentum", "adaptive_ema", "none")
    with scratch() as folder:
        data = results(folder, "drift", "--weight", "novelty,trust", "--damping", ",".join(dampings), "--replicas", "2", "--rounds", "24",
                       "--quality", "0.6")
    assert len(data["points/weight"]) == 10
    for row in range(10):
        policy, damping = data["points/weight"][row].decode(), data["points/damping"][row].decode()
        w, entropy = data["simulation/w"][row], data["simulation/entropy"][row]
        state, velocity = np.ones_like(w[:, 0]), np.zeros_like(w[:, 0])
        assert (w[:, 0] == 1).all() and np.isnan(entropy[:, 0]).all()
        for t in range(1, 24):
            goal = wanted(policy, entropy[:, t], 0.6)
            if damping == "ema":
                state = 0.3 * goal + 0.7 * state
            elif damping == "rate_limit":
                state = state + np.clip(goal - state, -0.15, 0.15)
            elif damping == "momentum":
                velocity = 0.7 * velocity + 0.3 * (goal - state)
                state = np.clip(state + velocity, 0, 1)
            elif damping == "adaptive_ema":
                a = 0.5 - 0.4 * wanted("novelty", entropy[:, t], 0.6)
                state = a * goal + (1 - a) * state
            else:
                state = goal
            assert np.allclose(w[:, t], state, atol=1e-12), (policy, damping, t)


def test_client_mixtures():
    """One archetype per client: batches show nothing else, and the server still finds all three."""
    with scratch() as folder:
        data = results(folder, "baseline", "--client-mixtures", "0/1/2,0+1@0.5/2/1", "--replicas", "5", "--rounds", "2")
    assert (data["simulation/khat"] == 3).all() and data["simulation/magnetisation"].min() == 1
    alone = 0 if data["points/client_mixtures"][0] == b"0/1/2" else 1
    assert (data["simulation/exposure"][alone] == np.full(3, 1 / 3)).all(), "each client shows its own archetype, 400 examples each"
    mixed = data["simulation/exposure"][1 - alone].mean(axis=(0, 1))
    assert np.abs(mixed - np.array([2 / 9, 4 / 9, 1 / 3])).max() < 4 * np.sqrt(2 / 9 / 4000)


def test_the_same_bits_on_any_number_of_ranks_and_teams():
    for mode in MODES:
        with scratch() as folder:
            digests = set()
            for ranks, team in ((1, "all"), (2, "all"), (3, "all"), (4, "all"), (4, "2"), (3, "1")):
                path = os.path.join(folder, f"{ranks}{team}.h5")
                options = ["--staleness", "0.3", "--dropout", "0.1", "--participation", "0.7"] if mode != "novelty" else ["--schedule", "random_walk"]
                run_ok(["--mode", mode, "--quick", *options, "--ranks-per-task", team, "--output", path, "--quiet"], ranks=ranks)
                digests.add(attribute(path, "digest"))
            assert len(digests) == 1, f"{mode}: {digests}"


def test_summary_is_what_the_raw_data_say():
    with scratch() as folder:
        data = results(folder, "participation", "--replicas", "20", "--participation", "0.1,1")
    table = {c.split("/")[-1]: data[c] for c in data if c.startswith("derived/summary/")}
    assert table["point"].tolist() == [0, 0, 1, 1] and table["round"].tolist() == [0, 7, 0, 7]
    for row in range(4):
        p, t = table["point"][row], table["round"][row]
        khat, m = data["simulation/khat"][p, :, t], data["simulation/magnetisation"][p, :, t].mean(axis=1)
        assert np.isclose(table["magnetisation"][row], m.mean()) and np.isclose(table["khat"][row], khat.mean())
        for name, hits in (("exact", khat == 3), ("above", khat > 3), ("rejected", data["simulation/rejected"][p, :, t] == 1)):
            share = hits.mean()
            assert table[f"{name}_rate"][row] == share and np.isclose(table[f"{name}_stderr"][row], np.sqrt(share * (1 - share) / 20))


main([value for name, value in list(globals().items()) if name.startswith("test_")])
