# Everything below /statistics and /derived once more, by numpy from the raw records. SPDX-License-Identifier: MIT
from fractions import Fraction

import h5py
from files import digest, fnv1a, made
from support import arrays, differences, main, np, same_bits, scratch

QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
SWEEP = ("--size", 24, "--scale", "1,0.4", "--shift", "0,1.5", "--replicas", 9)
LEVELS = "statistics/levels/"
MASK = (1 << 64) - 1
BOOTSTRAP = 6  # the purpose of its streams


def close(got, expected, what, rtol=1e-13, atol=1e-14):
    assert got.shape == np.shape(expected), f"{what}: shape {got.shape}, not {np.shape(expected)}"
    assert np.allclose(got, expected, rtol=rtol, atol=atol, equal_nan=True), f"{what}: {got} is not {expected}"


def check_statistics(data, name, raw, present):
    """/statistics/<name> of the replicas that are present and not NaN, entry by entry."""
    points, entries = raw.shape[0], raw.shape[2:]
    parts = ("mean", "stderr", "variance", "count", "quantiles")
    expected = {part: np.full((points,) + ((5,) if part == "quantiles" else ()) + entries, np.nan) for part in parts}
    for p in range(points):
        for e in np.ndindex(*entries):
            sample = raw[(p, present[p] == 1) + e]
            sample = sample[~np.isnan(sample)]
            n = len(sample)
            expected["count"][(p,) + e] = n
            if n > 0:
                expected["mean"][(p,) + e] = sample.mean()
                expected["quantiles"][(p, slice(None)) + e] = np.quantile(sample, QUANTILES)
            if n > 1:
                expected["variance"][(p,) + e] = sample.var(ddof=1)
                expected["stderr"][(p,) + e] = np.sqrt(sample.var(ddof=1) / n)
    for part in parts:
        close(data[f"statistics/{name}/{part}"], expected[part], f"{name}/{part}")
    assert data[f"statistics/{name}/count"].dtype == np.int64


def check_all_statistics(data):
    present = data["simulation/stored"]
    for name in ("values", "mean_square", "hole", "positive", "levels_extremes"):
        check_statistics(data, name, data[f"simulation/{name}"].astype(float), present)
    prefix = np.where(np.arange(24) < data["simulation/prefix_length"][..., None], data["simulation/prefix"], np.nan)
    check_statistics(data, "prefix", prefix, present)
    return present


def edges_of(data):
    scale, shift = data["points/scale"], data["points/shift"]
    return scale[:, None] * np.arange(-16, 17) / 4 + shift[:, None]


def check_spectrum(data):
    """The ensemble's spectrum from the levels of every replica."""
    edges = edges_of(data)
    assert same_bits(data[LEVELS + "edges"], edges)
    for p, (raw, mask) in enumerate(zip(data["simulation/levels"], data["simulation/stored"])):
        levels = raw[mask == 1]
        n = levels.shape[1]
        counts = np.array([np.histogram(x, edges[p])[0] for x in levels])
        assert data["simulation/levels_counts"][p].tolist() == counts.sum(axis=0).tolist()
        assert data["simulation/levels_count_squares"][p].tolist() == (counts**2).sum(axis=0).tolist()
        # every level in whole quanta, halves away from zero, by arithmetic without rounding
        reach = 2.0 ** np.ceil(np.log2(np.abs(edges[p]).max()))
        quantum = Fraction(reach) / 2**44
        sums = []
        for column in levels.T:
            quanta = [Fraction(x) / quantum for x in column]
            sums.append(sum(int(abs(q) + Fraction(1, 2)) * (1 if q > 0 else -1) for q in quanta))
        assert data["simulation/levels_level_sums"][p].tolist() == sums, p
        density = counts / (n * np.diff(edges[p]))
        close(data[LEVELS + "density"][p], density.mean(axis=0), "density")
        close(data[LEVELS + "density_stderr"][p], density.std(axis=0, ddof=1) / np.sqrt(len(levels)), "density_stderr")
        close(data[LEVELS + "level_mean"][p], levels.mean(axis=0), "level_mean", rtol=0, atol=1e-13 * reach)
        close(data[LEVELS + "level_stderr"][p], levels.std(axis=0, ddof=1) / np.sqrt(len(levels)), "level_stderr", rtol=1e-10)
        close(data[LEVELS + "extremes"][p], [levels.min(), levels.max()], "extremes", rtol=0, atol=0)
        outside = np.array([(levels < edges[p][0]).sum(), (levels > edges[p][-1]).sum()])
        close(data[LEVELS + "outside"][p], outside / levels.size, "outside")
        assert data["simulation/levels_outside"][p].tolist() == outside.tolist()
        empirical = (outside[0] + np.append(0, counts.sum(axis=0).cumsum())) / levels.size
        distance = np.abs(empirical - data["theory/levels_cdf"][p]).max()
        close(data[LEVELS + "kolmogorov_distance"][p], distance, "kolmogorov_distance")
        assert 0.005 < distance < 0.2, distance


def bootstrap_indices(seed, law, observations, resample):
    """Drawn from numpy's Philox at the counter (0, client 0, purpose and resample, replica 0); it counts before it draws."""
    counter = ((BOOTSTRAP << 32 | resample) << 128) - 1
    words = np.array([counter >> 64 * i & MASK for i in range(4)], dtype=np.uint64)
    generator = np.random.Philox(counter=words, key=np.array([seed, law], dtype=np.uint64))
    drawn = []
    while len(drawn) < observations:
        product = int(generator.random_raw()) * observations
        if product & MASK >= (1 << 64) % observations:
            drawn.append(product >> 64)
    return drawn


def check_derived(data, seed, law_text):
    """Jackknife, bootstrap and DeLong of mean_square, by brute force."""
    law = fnv1a(f"probe\nprobe\n1\n{law_text}")
    samples = [raw[mask == 1] for raw, mask in zip(data["simulation/mean_square"], data["simulation/stored"])]
    for p, sample in enumerate(samples):
        def table(column, p=p):
            return data[f"derived/resampled/{column}"][p]
        n = len(sample)
        close(table("estimate"), sample.mean(), "estimate")
        left_out = np.array([np.delete(sample, i).mean() for i in range(n)])
        close(table("jackknife_stderr"), np.sqrt((n - 1) * left_out.var()), "jackknife_stderr", rtol=1e-12)
        means = [sample[bootstrap_indices(seed, law, n, b)].mean() for b in range(200)]
        close(table("bootstrap_stderr"), np.std(means, ddof=1), "bootstrap_stderr", rtol=1e-12)
        wins = np.subtract.outer(sample, samples[0])
        wins = (wins > 0) + 0.5 * (wins == 0)
        close(table("auc"), wins.mean(), "auc")
        error = np.sqrt(wins.mean(axis=1).var(ddof=1) / n + wins.mean(axis=0).var(ddof=1) / len(samples[0]))
        close(table("auc_stderr"), error, "auc_stderr")


def test_statistics_of_whole_runs():
    with scratch() as folder:
        data = arrays(made(folder, "full.h5", *SWEEP, "--spectra", "full"))
        present = check_all_statistics(data)
        assert present.shape == (4, 9) and (present == 1).all()
        odd = np.isnan(data["simulation/hole"])
        assert odd.tolist() == [[r % 2 == 1 for r in range(9)]] * 4
        assert data["statistics/hole/count"].tolist() == [5] * 4
        assert np.unique(data["statistics/prefix/count"]).size > 3
        raw = data["simulation/values"]
        assert data["simulation/signs"].tolist() == [[(x <= 0).sum(), (x > 0).sum()] for x in raw]
        assert data["simulation/positive"].tolist() == (raw > 0).sum(axis=2).tolist()
        check_spectrum(data)
        check_derived(data, 1, "size=24\n")


def test_levels_are_what_they_are_made_of():
    with scratch() as folder:
        data = arrays(made(folder, "full.h5", *SWEEP, "--spectra", "full"))
        assert same_bits(np.sort(data["simulation/values"], axis=2), data["simulation/levels"])
        assert same_bits(data["simulation/levels"][..., [0, -1]].copy(), data["simulation/levels_extremes"])


def test_what_is_stored_of_spectra():
    with scratch() as folder:
        full, aggregate, none, default = (arrays(made(folder, f"{policy or 'default'}.h5", *SWEEP, *(("--spectra", policy) if policy else ())))
                                          for policy in ("full", "aggregate", "none", None))
        assert full.keys() - aggregate.keys() == {"simulation/levels"}, full.keys() ^ aggregate.keys()
        del full["simulation/levels"]
        assert not differences(full, aggregate), differences(full, aggregate)
        assert not differences(default, aggregate), "aggregate is the default"
        lost = aggregate.keys() - none.keys()
        assert not none.keys() - aggregate.keys()
        assert all("levels" in path for path in lost) and not [path for path in none if "levels" in path and not path.startswith("theory")], lost
        assert not differences({path: aggregate[path] for path in none}, none)


def test_resamples_follow_seed_and_law():
    with scratch() as folder:
        data = arrays(made(folder, "other.h5", "--size", 24, "--width", 3, "--seed", 77, "--replicas", 5))
        check_derived(data, 77, "size=24\nwidth=3\n")


def test_failed_replicas_are_left_out():
    """Replica 2 of the family of point 0, which point 1 shares; with blocks of two, replica 3 goes with it."""
    sweep = SWEEP + ("--spectra", "full")
    with scratch() as folder:
        whole = arrays(made(folder, "whole.h5", *sweep))
        path = made(folder, "failed.h5", *sweep, "--fault", "throw@0:2", code=1)
        data = arrays(path)
        missing = np.zeros((4, 9), bool)
        missing[:2, 2] = True  # scale=0.4
        assert (data["simulation/stored"] == ~missing).all(), data["simulation/stored"]
        with h5py.File(path, "r") as file:
            assert file.attrs["status"] == "failed"
            fills = {name: item.attrs.get("_FillValue") for name, item in file["simulation"].items()}
        for name in ("values", "mean_square", "hole", "prefix", "levels", "levels_extremes"):
            assert np.isnan(data[f"simulation/{name}"][missing]).all(), name
            assert same_bits(data[f"simulation/{name}"][~missing], whole[f"simulation/{name}"][~missing]), name
        for name in ("positive", "prefix_length"):
            assert (data[f"simulation/{name}"][missing] == np.iinfo(np.int64).min).all() and fills[name] == np.iinfo(np.int64).min, name
        check_all_statistics({**data, "simulation/positive": np.where(missing, np.nan, data["simulation/positive"])})
        assert data["statistics/values/count"][:, 0].tolist() == [8, 8, 9, 9]
        check_spectrum(data)
        check_derived(data, 1, "size=24\n")
        counted = [(x[~m] > 0).sum() for x, m in zip(data["simulation/values"], missing)]
        assert data["simulation/signs"][:, 1].tolist() == counted
        assert data["simulation/signs"].sum(axis=1).tolist() == [8 * 24, 8 * 24, 9 * 24, 9 * 24]
        claims = dict(zip(data["claims/name"], data["claims/measured"]))
        close(np.array(list(claims.values())), data["statistics/mean_square/mean"], "measured")
        assert data["claims/degrees_of_freedom"].tolist() == [7, 7, 8, 8]
        blocks = arrays(made(folder, "blocks.h5", "--replicas", 5, "--width", 2, "--fault", "throw@0:2", code=1))
        assert blocks["simulation/stored"].tolist() == [[1, 1, 0, 0, 1]]
        assert blocks["simulation/signs"].sum() == 3 * 8 and blocks["statistics/values/count"].tolist() == [[3] * 8]


def test_nothing_is_left():
    """A point whose replicas have all failed has no statistics, and no zeros."""
    with scratch() as folder:
        path = made(folder, "none.h5", "--replicas", 1, "--fault", "nan@0:0", code=1)
        data = arrays(path)
        assert data["simulation/stored"].tolist() == [[0]]
        for part in ("mean", "stderr", "variance", "quantiles"):
            assert np.isnan(data[f"statistics/values/{part}"]).all(), part
        for part in ("density", "density_stderr", "level_mean", "level_stderr", "extremes", "kolmogorov_distance"):
            assert np.isnan(data[LEVELS + part]).all(), part
        assert (data["statistics/values/count"] == 0).all()
        assert data["claims/verdict"].tolist() == [b"untested"]
        one = made(folder, "one.h5", "--replicas", 1)
        data = arrays(one)
        assert np.isnan(data["statistics/values/stderr"]).all() and np.isfinite(data["statistics/values/mean"]).all()
        assert np.isnan(data[LEVELS + "density_stderr"]).all() and np.isfinite(data[LEVELS + "density"]).all()
        made(folder, "none.h5", "--replicas", 1, "--resume")
        assert digest(path) == digest(one)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
