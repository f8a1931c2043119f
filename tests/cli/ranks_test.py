# The same bits on any number of ranks; ranks are clients. SPDX-License-Identifier: MIT
import os
import re

from support import BIN, arrays, attribute, differences, main, np, run, run_ok, scratch

RANKS = (1, 2, 3, 4, 5, 7, 9)
INTERPOSER = os.environ["RANKWISE_TRAFFIC_INTERPOSER"]
# the loader divides LD_PRELOAD at blanks, but not LD_LIBRARY_PATH
PRELOAD = {"LD_PRELOAD": os.path.basename(INTERPOSER),
           "LD_LIBRARY_PATH": ":".join([os.path.dirname(INTERPOSER)] + os.environ.get("LD_LIBRARY_PATH", "").split(":")).rstrip(":")}


def federation(folder, name, ranks, *options, environment=None):
    path = os.path.join(folder, f"{name}.h5")
    done = run_ok(["--mode", "baseline", "--output", path, "--overwrite"] + list(options), ranks=ranks, environment=environment)
    return path, done


def same_on(ranks, *options):
    """Every number of ranks, tree and gather: all data of the file equal bit for bit (but the aggregation's name)."""
    with scratch() as folder:
        reference = None
        for how in ("tree", "gather"):
            digests = set()
            for n in ranks:
                path, done = federation(folder, f"{how}{n}", n, "--aggregation", how, *options)
                data = arrays(path)
                digests.add(attribute(path, "digest"))
                if reference is None:
                    reference = data
                wrong = differences(reference, data, ignore=("points/aggregation", "points/id"))
                assert not wrong, f"{how} on {n} ranks differs in {wrong}"
                yield n, path, done
            assert len(digests) == 1, f"{how}: digests {digests}"


def test_bits_and_idle_ranks():
    small = ("--neurons", 100, "--batch-size", 60, "--rounds", 3, "--replicas", 2, "--clients", 5)
    for n, path, done in same_on(RANKS, *small):
        clients = [len([c for c in range(5) if c * n // 5 == r]) for r in range(n)]
        assert arrays(path, ["provenance"])["provenance/clients"].tolist() == clients
        assert re.search(rf"^5 clients on {n} rank", done.stdout, re.M), done.stdout
        idle = [r for r in range(n) if clients[r] == 0]
        warned = re.findall(r"^warning: \d+ ranks? ha\w+ no client and nothing to do: ([\d, ]+)", done.stderr, re.M)
        assert ([] if not warned else [int(r) for r in warned[0].split(",")]) == idle, done.stderr


def test_bits_with_unequal_clients():
    unequal = ("--neurons", 90, "--clients", 4, "--client-batch-sizes", "10/30/50/70", "--client-qualities", "0.9/0.5/0.7/0.6",
               "--client-weights", "optimal", "--rounds", 2, "--replicas", 1)
    assert sum(1 for _ in same_on((1, 2, 3, 4), *unequal)) == 8


def test_bits_with_many_clients_per_chunk():
    many = ("--neurons", 32, "--clients", 1500, "--batch-size", 6, "--rounds", 2, "--replicas", 1)
    assert sum(1 for _ in same_on((1, 2, 3), *many)) == 6


def test_factorisers_on_ranks():
    for method in ("ica", "lam"):
        small = ("--neurons", 100, "--batch-size", 80, "--rounds", 2, "--replicas", 1, "--clients", 3, "--factoriser", method)
        assert sum(1 for _ in same_on((1, 3), *small)) == 4


def test_ranks_are_clients():
    """L ranks: each but root sends rounds x operator bytes within 5 %, by an MPI interposer and by the file."""
    n, clients, rounds, rank = 300, 4, 6, 11
    with scratch() as folder:
        for how in ("tree", "gather"):
            log = os.path.join(folder, f"{how}.traffic")
            path, _ = federation(folder, how, clients, "--neurons", n, "--clients", "ranks", "--batch-size", 200, "--rounds", rounds,
                                 "--replicas", 1, "--aggregation", how,
                                 environment={**PRELOAD, "RANKWISE_TRAFFIC_FILE": log})
            operator = 8 * (n * rank + rank + 4)
            with open(log, encoding="utf-8") as file:
                seen = {int(r): int(b) for r, b in re.findall(r"rank (\d+) p2p_bytes (\d+)", file.read())}
            assert sorted(seen) == list(range(clients)), seen
            provenance = arrays(path, ["provenance"])
            operators = provenance["provenance/bytes_operators"]
            patterns = provenance["provenance/bytes_patterns"]
            bytes_sent = arrays(path, ["simulation"])["simulation/bytes_sent"][0, 0]
            assert (bytes_sent == operator).all(), bytes_sent
            for r in range(1, clients):
                # patterns that a rank passes on down the broadcast tree are not its own
                sent = seen[r] - int(patterns[r])
                assert abs(sent - rounds * operator) <= 0.05 * rounds * operator, (how, r, sent, rounds * operator)
                assert operators[r] == rounds * operator == bytes_sent[:, r].sum(), (how, r, operators[r])


def test_bits_with_any_vector_instructions():
    """Many examples (popcounts, packed products), few (bit slices, eigenproblems in lanes), and a weak signal."""
    for options in (["--neurons", 300, "--batch-size", 200], ["--neurons", 128, "--batch-size", 16, "--clients", 40],
                    ["--neurons", 200, "--batch-size", 200, "--quality", 0.2, "--wire", "float32"]):
        with scratch() as folder:
            digests = {}
            for name in ("auto", "avx512", "avx2", "portable"):
                path = os.path.join(folder, f"{name}.h5")
                done = run(["--mode", "baseline", "--rounds", 3, "--replicas", 2, "--instruction-set", name, "--output", path] + options)
                if done.returncode == 0:
                    digests[name] = attribute(path, "digest")
                else:  # a processor without it
                    assert done.returncode == 2 and f"--instruction-set '{name}': this processor has" in done.stderr, done.stderr
        assert {"auto", "portable"} <= digests.keys() and len(set(digests.values())) == 1, (options, digests)


def test_clients_make_their_data_alone():
    """CPU seconds per rank differ by less than 30 % when every rank is a client."""
    with scratch() as folder:
        path, _ = federation(folder, "cpu", 4, "--neurons", 2000, "--clients", "ranks", "--batch-size", 4000, "--rounds", 4,
                             "--replicas", 2)
        seconds = arrays(path, ["provenance"])["provenance/cpu_seconds"]
        assert seconds.min() > 0.7 * seconds.max(), seconds


main([value for name, value in list(globals().items()) if name.startswith("test_")])
