"""numpy repeats AUC, DeLong's errors, jackknife, bootstrap and the exact spectrum.  SPDX-License-Identifier: MIT

usage: resampling_numpy_test.py BIN_FOLDER DUMP_RESAMPLING
"""
import subprocess
import sys
import unittest
from fractions import Fraction

import numpy as np

DUMP = sys.argv.pop()
MASK = (1 << 64) - 1
BOOTSTRAP = 6
TOLERANCE = dict(rtol=1e-12, atol=1e-14)


def dump(lists, *what):
    """Lists of words printed by the C++ program, which reads `lists` bit for bit."""
    text = "".join(" ".join(float(x).hex() for x in one) + "\n" for one in lists)
    run = subprocess.run([DUMP, *map(str, what)], input=text, check=True, capture_output=True, text=True)
    return [line.split() for line in run.stdout.splitlines()]


def real(words):
    return np.array([float.fromhex(word) for word in words])


def integer(words):
    return [int(word) for word in words]


def philox(key, replica, client, resample):
    """numpy's Philox on the stream of one resample; it counts before it draws, so its counter starts one lower."""
    counter = (client << 64 | (BOOTSTRAP << 32 | resample) << 128 | replica << 192) - 1
    counter %= 1 << 256
    words = np.array([counter >> 64 * i & MASK for i in range(4)], dtype=np.uint64)
    return np.random.Philox(counter=words, key=np.array(key, dtype=np.uint64))


def below(generator, n):
    while True:
        product = int(generator.random_raw()) * n
        if product & MASK >= (1 << 64) % n:
            return product >> 64


def resampled_indices(strata, key, replica, client, resample):
    """Stratum by stratum, indices within the stratum."""
    generator = philox(key, replica, client, resample)
    return [np.array([below(generator, size) for _ in range(size)]) for size in strata]


def wins(positives, negatives):
    """The matrix of all pairs."""
    difference = np.subtract.outer(positives, negatives)
    return (difference > 0) + 0.5 * (difference == 0)


def delong(first, second):
    """DeLong's covariance matrix of two areas, from the matrices of all pairs."""
    rows = np.cov([m.mean(axis=1) for m in (first, second)])
    columns = np.cov([m.mean(axis=0) for m in (first, second)])
    return rows / first.shape[0] + columns / first.shape[1]


def paired_scores(n1, n0, step, seed):
    """Two correlated scores of the same observations; positive ones are larger. Rounded to `step` where that is > 0."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=n1 + n0) + (np.arange(n1 + n0) < n1)
    scores = [common, common + 0.5 * rng.normal(size=n1 + n0)]
    if step > 0:
        scores = [step * np.round(x / step) for x in scores]
    return [part for x in scores for part in (x[:n1], x[n1:])]


SAMPLES = [paired_scores(40, 33, 0, 1), paired_scores(25, 61, 0.25, 2), paired_scores(7, 5, 1, 3)]


class NumpyGivesTheSame(unittest.TestCase):
    def test_areas_and_their_errors(self):
        for sample in SAMPLES:
            first, second = wins(*sample[:2]), wins(*sample[2:])
            covariance = delong(first, second)
            difference = covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1]
            expected = [first.mean(), np.sqrt(covariance[0, 0]), second.mean(), np.sqrt(covariance[1, 1]),
                        covariance[0, 1], first.mean() - second.mean(), np.sqrt(difference)]
            np.testing.assert_allclose(real(dump(sample, "auc")[0]), expected, **TOLERANCE)

    def test_curve(self):
        for sample in SAMPLES:
            positives, negatives = sample[:2]
            thresholds = np.append(np.inf, np.unique(np.concatenate([positives, negatives]))[::-1])
            fpr, tpr, threshold = (real(line) for line in dump(sample[:2], "roc"))
            np.testing.assert_array_equal(threshold, thresholds)
            np.testing.assert_array_equal(fpr, [np.mean(negatives >= t) for t in thresholds])
            np.testing.assert_array_equal(tpr, [np.mean(positives >= t) for t in thresholds])
            np.testing.assert_allclose(np.trapz(tpr, fpr), wins(positives, negatives).mean(), **TOLERANCE)

    def test_jackknife(self):
        sample = np.random.default_rng(4).normal(3, 1, size=50)

        def statistic(x):
            return x.var() / x.mean() ** 2

        for blocks in (50, 7, 2):
            bounds = [b * 50 // blocks for b in range(blocks + 1)]
            parts = np.array([statistic(np.delete(sample, np.s_[lower:upper]))
                              for lower, upper in zip(bounds, bounds[1:])])
            whole = statistic(sample)
            expected = [whole, blocks * whole - (blocks - 1) * parts.mean(), np.sqrt((blocks - 1) * parts.var())]
            np.testing.assert_allclose(real(dump([sample], "jackknife", blocks)[0]), expected, **TOLERANCE)

    def test_resamples_are_numpys_words(self):
        for strata in ([12], [9, 1, 20]):
            for stream in ((1, 2, 3, 4, 5), (MASK, 7, MASK, MASK, 2**32 - 1), (0, 0, 0, 0, 0)):
                seed, law, replica, client, resample = stream
                indices = resampled_indices(strata, (seed, law), replica, client, resample)
                expected = np.concatenate([np.bincount(i, minlength=n) for i, n in zip(indices, strata)])
                self.assertEqual(integer(dump([strata], "counts", *stream)[0]), list(expected))

    def test_bootstrap_of_areas_and_differences(self):
        for sample in SAMPLES:
            key, replica, client, resamples = (42, 43), 5, 6, 60
            matrices = wins(*sample[:2]), wins(*sample[2:])
            areas, differences = [], []
            for b in range(resamples):
                rows, columns = resampled_indices(matrices[0].shape, key, replica, client, b)
                first, second = (m[np.ix_(rows, columns)].mean() for m in matrices)
                areas.append(first)
                differences.append(first - second)
            got = [real(line) for line in dump(sample, "bootstrap", *key, replica, client, resamples)]
            np.testing.assert_allclose(got[0], areas, **TOLERANCE)
            np.testing.assert_allclose(got[1], differences, **TOLERANCE)
            summary = [np.mean(areas), np.std(areas, ddof=1), *np.quantile(areas, [0.05, 0.95])]
            np.testing.assert_allclose(got[2], summary, **TOLERANCE)

    def test_spectrum(self):
        rng = np.random.default_rng(8)
        edges = np.array([-2.5, -1, -0.75, 0, 0.125, 1, 3])
        levels = np.sort(rng.normal(size=(90, 11)), axis=1)
        levels[:3, 4] = np.clip(0.0, levels[:3, 3], levels[:3, 5])  # one or another upon an edge
        cdf = np.linspace(0.01, 0.97, len(edges))
        got = dump([edges, cdf, *levels], "spectrum")

        counts = np.array([np.histogram(x, edges)[0] for x in levels])
        self.assertEqual(integer(got[0]), list(counts.sum(axis=0)))
        self.assertEqual(integer(got[1]), list((counts**2).sum(axis=0)))
        outside = [np.sum(levels < edges[0]), np.sum(levels > edges[-1])]
        self.assertTrue(min(outside) > 0)
        self.assertEqual(integer(got[2]), outside)

        # In whole quanta of 2^(2-44), halves away from zero, by arithmetic without rounding.
        quanta = [[int(abs(q) + Fraction(1, 2)) * (1 if q > 0 else -1)
                   for q in (Fraction(x) * 2**42 for x in replica)] for replica in levels]
        self.assertEqual(integer(got[3]), [sum(column) for column in zip(*quanta)])
        self.assertEqual(integer(got[4]), [sum(q * q >> 44 for q in column) for column in zip(*quanta)])
        self.assertEqual(integer(got[5]), [sum(q * q & (1 << 44) - 1 for q in column) for column in zip(*quanta)])

        replicas, n = levels.shape
        densities = counts / (n * np.diff(edges))
        np.testing.assert_allclose(real(got[6]), densities.mean(axis=0), **TOLERANCE)
        np.testing.assert_allclose(real(got[7]), densities.std(axis=0, ddof=1) / np.sqrt(replicas), **TOLERANCE)
        np.testing.assert_allclose(real(got[8]), levels.mean(axis=0), rtol=0, atol=1e-13 * 3)
        np.testing.assert_allclose(real(got[9]), levels.std(axis=0, ddof=1) / np.sqrt(replicas), rtol=1e-12)
        shares = [outside[0], counts.sum(), outside[1]]
        empirical = np.append(outside[0], outside[0] + counts.sum(axis=0).cumsum()) / levels.size
        expected = [*np.array(shares) / levels.size, np.max(np.abs(empirical - cdf))]
        np.testing.assert_allclose(real(got[10]), expected, **TOLERANCE)


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
