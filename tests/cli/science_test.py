# What the issue of the main job promises, by the real program. SPDX-License-Identifier: MIT
import os

from support import SOURCE, arrays, attribute, main, np, run, run_ok, scratch


def results(folder, *options):
    path = os.path.join(folder, "r.h5")
    run_ok(list(options) + ["--output", path, "--overwrite", "--verify"], timeout=280)
    assert attribute(path, "status") == "complete"
    return arrays(path)


def test_baseline():
    """N=400 L=3 K=3 T=12 M_c=400 r=.8 w=.6: every magnetisation >= .99 and Khat = 3 from round 0."""
    with scratch() as folder:
        data = results(folder, "--mode", "baseline")
    assert data["simulation/magnetisation"].shape == (1, 10, 12, 3)
    assert data["simulation/magnetisation"].min() >= 0.99
    assert (data["simulation/khat"] == 3).all() and (data["simulation/accepted"] == 3).all()
    assert (data["claims/verdict"] == b"pass").all()
    w = data["simulation/w"]
    assert (w[:, :, 0] == 1).all() and (w[:, :, 1:] == 0.6).all()
    entropy = data["simulation/entropy"]
    assert np.isnan(entropy[:, :, 0]).all() and (entropy[:, :, 1:] >= 0).all() and (entropy[:, :, 1:] < 0.02).all()


def test_structured():
    """Fashion-MNIST, K=3, r=.6 and .8, T=12, M_total=4000, 10 replicas."""
    with scratch() as folder:
        data = results(folder, "--mode", "structured", "--quality", "0.6,0.8")
    assert data["points/neurons"].tolist() == [784, 784] and data["points/batch_size"].tolist() == [112, 112]
    assert data["simulation/magnetisation"].shape == (2, 10, 12, 3)
    assert data["simulation/magnetisation"][:, :, -1].min() >= 0.99
    assert (data["simulation/khat"][:, :, -1] == 3).all()
    assert data["simulation/accuracy"].min() > 0.8, "prototypes should tell trousers, bags and boots apart"


def test_pure_noise():
    """r = 0: Khat = 0, every round rejected, no archetype written."""
    with scratch() as folder:
        data = results(folder, "--mode", "baseline", "--quality", "0", "--replicas", "20")
    assert (data["simulation/khat"] == 0).all() and (data["simulation/rejected"] == 1).all()
    assert (data["simulation/archetypes_length"] == 0).all()
    assert (data["simulation/archetypes"] == -128).all(), "padding must be missing, never a pattern"
    assert (data["simulation/magnetisation"] == 0).all()


def test_images():
    """Clients that hold real images: no closed form is claimed, patterns still tell the classes apart."""
    with scratch() as folder:
        data = results(folder, "--mode", "structured", "--examples", "images", "--replicas", "2")
    assert np.isnan(data["theory/outlier"]).all()
    assert data["simulation/accepted"][:, :, -1].min() >= 1
    assert len(data["claims/name"]) == 0


def test_theory_only():
    with scratch() as folder:
        data = results(folder, "--mode", "baseline", "--replicas", "0", "--quality", "0.02:0.8:5")
    assert data["theory/initial_overlap"].shape == (5, 3) and (np.diff(data["theory/initial_overlap"], axis=0) >= 0).all()
    assert (data["theory/initial_overlap"][0] == 0).all() and data["theory/initial_overlap"][-1].min() > 0.99
    assert not any(path.startswith("simulation/") for path in data)


def test_three_qualities_below_and_above_the_threshold():
    """Measured outlier and overlap follow the law down to where a spike is half visible."""
    with scratch() as folder:
        data = results(folder, "--mode", "baseline", "--quality", "0.15,0.2,0.4", "--rounds", "1", "--replicas", "10",
                       "--operator-rank", "400", "--factoriser", "ica")
    gap = data["simulation/overlap"].mean(axis=(1, 2, 3)) - data["theory/overlap"].mean(axis=(1, 2, 3))
    assert (np.abs(gap) < [0.02, 0.01, 0.005]).all(), gap
    outlier = data["simulation/outlier"].mean(axis=(1, 2, 3)) / data["theory/outlier"].mean(axis=(1, 2, 3))
    assert (np.abs(outlier - 1) < 0.02).all(), outlier
    # nothing is cut off at full rank: the first eigenvalue of the noise lies at the edge, less its finite-size shift
    bulk = 400 * data["simulation/eigenvalues"][:, :, 0, 3].mean(axis=1) / data["theory/edge"].mean(axis=(1, 2))
    assert (bulk > 0.95).all() and (bulk < 1.01).all(), bulk


def test_capacity_of_the_search():
    """K^2/N = 4 and 5: all of 40, 63 and 70, 89 and 100 archetypes, K of them kept by the cut."""
    with scratch() as folder:
        small = results(folder, "--mode", "capacity", "--factoriser", "search", "--neurons", "400,1000", "--load", "4,5", "--replicas", "2")
        large = results(folder, "--mode", "capacity", "--factoriser", "search", "--neurons", "2000", "--load", "5", "--replicas", "2")
    assert small["derived/capacity/archetypes"].tolist() == [44, 70] and large["derived/capacity/archetypes"].tolist() == [100]
    assert len(small["claims/name"]) == 9 and len(large["claims/name"]) == 3
    assert (large["claims/verdict"] == b"pass").all() and (small["claims/verdict"] == b"pass").all()
    assert small["derived/recovery/least_magnetisation"].min() >= 0.99 and (large["simulation/khat"] == 100).all()


main([value for name, value in list(globals().items()) if name.startswith("test_")])
