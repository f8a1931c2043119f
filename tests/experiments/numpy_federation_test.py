# An independent federation in numpy from the same Philox words. SPDX-License-Identifier: MIT
"""N = 64, L = 3, M_c = 20: the same examples, dense N x N operators, numpy's own eigen-solver and a brute-force
factoriser must give the program's eigenvalues to 1e-10 and its archetypes exactly."""
import os
import sys

sys.path.insert(0, os.path.join(os.environ["RANKWISE_SOURCE"], "tests", "cli"))
from support import arrays, main, np, run_ok, scratch  # noqa: E402

N, L, M, K, T, R, W, SEED, RANK = 64, 3, 20, 3, 4, 0.8, 0.6, 5, 11
ARCHETYPES, CLASS_COUNTS, FLIPS = 1, 2, 3
OPTIONS = ["--mode", "baseline", "--neurons", N, "--batch-size", M, "--rounds", T, "--seed", SEED, "--replicas", 2]


def fnv1a(text):
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


# law parameters that are not the mode's default, sorted
LAW = fnv1a("federated_hopfield\nbaseline\n1\n" + f"batch_size={M}\n" + f"neurons={N}\n")


class Words:
    """The raw words of one stream, in order."""

    def __init__(self, purpose, client, round_, replica):
        counter = (client << 64) + (((purpose << 32) | round_) << 128) + (replica << 192)
        counter = (counter - 1) % 2**256  # numpy counts before it draws
        self.philox = np.random.Philox(counter=counter, key=SEED + (LAW << 64))

    def word(self):
        return int(self.philox.random_raw())


def archetypes(replica):
    words = Words(ARCHETYPES, 0, 0, replica)
    rows = []
    for _ in range(K):  # N = 64: a row is one word, neuron j in bit j
        row = words.word()
        rows.append([2 * (row >> j & 1) - 1 for j in range(N)])
    return np.array(rows)


def bernoulli(words, numerator):
    """64 bits, each 1 with probability numerator / 2^32, digit by digit from the top."""
    ones = 2**64 - 1
    result, undecided = 0, ones
    for digit in range(31, -1, -1):
        if numerator & (2 ** (digit + 1) - 1) == 0 or undecided == 0:
            break
        random = words.word()
        if numerator >> digit & 1:
            result |= undecided & ~random & ones
            undecided &= random
        else:
            undecided &= ~random & ones
    return result


def batch(xi, client, round_, replica):
    """N x M examples and the class counts."""
    words = Words(CLASS_COUNTS, client, round_, replica)
    edges = np.cumsum([1 / K] * K)
    uniforms = [((words.word() >> 12) + 0.5) * 2.0**-52 for _ in range(M)]
    counts = np.bincount([min(int(np.searchsorted(edges, u, side="right")), K - 1) for u in uniforms], minlength=K)
    shown = np.repeat(np.arange(K), counts)
    flips = Words(FLIPS, client, round_, replica)
    numerator = round((1 - R) / 2 * 2**32)
    examples = xi[shown].T.copy()
    for i in range(N):
        word = bernoulli(flips, numerator)
        for a in range(M):
            if word >> a & 1:
                examples[i, a] *= -1
    return examples, counts


def leading(matrix, k):
    """The best approximation of rank k."""
    values, vectors = np.linalg.eigh(matrix)
    keep = slice(len(values) - k, None)
    return (vectors[:, keep] * values[keep]) @ vectors[:, keep].T


def factorise(vectors, generator):
    """Fixed points of x -> sgn(V V^T x) from many starts whose projection is nearly constant in size."""
    found = {}
    for _ in range(400):
        x = np.sign(vectors @ generator.standard_normal(vectors.shape[1]))
        for _ in range(50):
            x = np.where(vectors @ (vectors.T @ x) >= 0, 1.0, -1.0)
        y = vectors @ (vectors.T @ x)
        dispersion = 2 * (1 - np.mean(np.abs(y)) / np.sqrt(np.mean(y**2)))
        if dispersion < 0.24:
            found[tuple((x * x[0]).astype(int))] = dispersion
    ordered = [np.array(pattern) for pattern in sorted(found, key=found.get)]
    kept = []
    for x in ordered:
        if all(abs(x @ y) / N < 0.4 for y in kept):
            kept.append(x)
    return np.array(kept[: vectors.shape[1]])


def federation(replica):
    xi = archetypes(replica)
    memory = np.zeros((0, N))
    spectra, exposures, khats = [], [], []
    generator = np.random.default_rng(1)
    for t in range(T):
        w = W if len(memory) else 1.0
        operators, exposure = [], np.zeros(K)
        for client in range(L):
            examples, counts = batch(xi, client, t, replica)
            exposure += counts / M / L
            operators.append(leading(w / L / (N * M) * examples @ examples.T, RANK))
        # three leaves: ((0, 1), 2)
        total = leading(leading(operators[0] + operators[1], RANK) + operators[2], RANK)
        if len(memory):
            total = leading(total + (1 - w) / N * memory.T @ memory, RANK)
        values, vectors = np.linalg.eigh(total)
        values, vectors = values[::-1][:RANK], vectors[:, ::-1]
        edge = w * (1 - R**2) * (1 + np.sqrt(N / (L * M))) ** 2
        cushion = max(0.05, 0.15 * (400 / N) ** (2 / 3))
        khat = int(np.sum(N * values > (1 + cushion) * edge))
        accepted = factorise(vectors[:, :khat], generator) if khat else []
        if len(accepted):
            memory = accepted
        spectra.append(values)
        exposures.append(exposure)
        khats.append(khat)
    return xi, memory, np.array(spectra), np.array(exposures), np.array(khats)


def as_set(patterns):
    return {tuple(p) for p in patterns}


def test_numpy_federation_agrees():
    with scratch() as folder:
        path = os.path.join(folder, "small.h5")
        run_ok(OPTIONS + ["--output", path])
        file = arrays(path)
    for replica in range(2):
        xi, memory, spectra, exposures, khats = federation(replica)
        assert (file["simulation/true_archetypes"][0, replica] == xi).all(), "archetypes differ"
        assert np.allclose(file["simulation/exposure"][0, replica], exposures, atol=1e-14, rtol=0), "exposures differ"
        assert (file["simulation/khat"][0, replica] == khats).all(), (file["simulation/khat"][0, replica], khats)
        gap = np.abs(file["simulation/eigenvalues"][0, replica] - spectra).max()
        assert gap < 1e-10, f"eigenvalues differ by {gap}"
        found = int(file["simulation/archetypes_length"][0, replica])
        mine = file["simulation/archetypes"][0, replica][:found].astype(int)
        assert found == len(memory), (found, len(memory))
        assert as_set(mine) == as_set(memory.astype(int)), "accepted patterns differ"
        print(f"replica {replica}: largest eigenvalue gap {gap:.2g}, {found} patterns equal")


main([test_numpy_federation_agrees])
