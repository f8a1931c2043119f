# Mode capacity by the real program: tables against raw data, the same bits on any number of ranks. SPDX-License-Identifier: MIT
import os

from support import arrays, attribute, main, np, run_ok, scratch

SMALL = {"mode": "capacity", "neurons": "100,200", "load": "0.02,0.1,0.6", "batch-size": 600}


def results(folder, ranks=None, **options):
    path = os.path.join(folder, f"r{len(os.listdir(folder))}.h5")
    chosen = SMALL | {name.replace("_", "-"): value for name, value in options.items()}
    arguments = [word for name, value in chosen.items() for word in ("--" + name, value)]
    run_ok([*arguments, "--output", path, "--quiet", "--verify"], ranks=ranks)
    return path


def by_point(data):
    """Recomputed from /simulation: K, least magnetisation of each replica, share recovered, steps."""
    found = []
    for p, k in enumerate(data["points/archetypes"]):
        m = data["simulation/magnetisation"][p, :, -1, :k]
        assert np.isnan(data["simulation/magnetisation"][p, :, :, k:]).all()
        found.append((int(k), m.min(axis=1), (m >= 0.99).mean(axis=1), data["simulation/start_steps"][p].sum(axis=1)))
    return found


def test_tables_are_what_the_raw_data_say():
    with scratch() as folder:
        data = arrays(results(folder, replicas=3, rounds=2))
    points = by_point(data)
    n, method = data["points/neurons"], data["points/factoriser"]
    assert len(points) == 18 and [k for k, *_ in points] == [int(np.sqrt(load * size) + 1e-9) for load, size in zip(data["points/load"], n)]
    table = {c: data[f"derived/recovery/{c}"] for c in ("point", "neurons", "factoriser", "archetypes", "load", "replicas", "recovered",
                                                        "share", "least_magnetisation", "start_steps")}
    assert table["point"].tolist() == list(range(18)) and (table["neurons"] == n).all() and (table["factoriser"] == method).all()
    for row, (k, least, share, steps) in enumerate(points):
        assert table["archetypes"][row] == k and table["load"][row] == k * k / n[row] and table["replicas"][row] == 3
        assert table["recovered"][row] == (least >= 0.99).sum() and table["least_magnetisation"][row] == least.min()
        assert np.isclose(table["share"][row], share.mean()) and np.isclose(table["start_steps"][row], steps.mean()) and steps.min() > 0
    table = {c: data[f"derived/capacity/{c}"] for c in ("point", "neurons", "factoriser", "archetypes", "load", "failed", "replicas")}
    assert len(table["point"]) == 6
    for row in range(6):
        here = [p for p in range(18) if n[p] == table["neurons"][row] and method[p] == table["factoriser"][row]]
        full = {points[p][0]: (points[p][1] >= 0.99).all() for p in here}
        failed = min((k for k in full if not full[k]), default=0)
        largest = max((k for k in full if failed == 0 or k < failed), default=0)
        assert (table["archetypes"][row], table["failed"][row], table["point"][row]) == (largest, failed, here[0])
        assert table["load"][row] == largest**2 / table["neurons"][row] and table["replicas"][row] == 3
    search = table["factoriser"] == b"search"
    assert (table["failed"][search] == 0).all() and (table["failed"][table["factoriser"] == b"lam"] > 0).all()


def test_factorisers_see_the_same_operators():
    with scratch() as folder:
        data = arrays(results(folder, neurons=100, replicas=2))
    columns = list(zip(data["points/load"], range(len(data["points/load"]))))
    for load in set(data["points/load"]):
        same = [p for value, p in columns if value == load]
        assert len(same) == 3
        for name in ("eigenvalues", "true_archetypes", "cut", "exposure"):
            for p in same[1:]:
                assert np.array_equal(data[f"simulation/{name}"][p], data[f"simulation/{name}"][same[0]], equal_nan=name != "true_archetypes")


def test_same_bits_on_any_number_of_ranks():
    with scratch() as folder:
        digests = {attribute(results(folder, ranks, neurons=100, replicas=2, **options), "digest")
                   for ranks, options in ((None, {}), (2, {}), (3, {}), (3, {"ranks_per_task": 1}))}
    assert len(digests) == 1, digests


def test_a_number_of_archetypes_instead_of_a_load():
    with scratch() as folder:
        data = arrays(results(folder, neurons=100, archetypes="2,5", load="auto", factoriser="search", replicas=1))
    assert data["points/archetypes"].tolist() == [2, 5] and data["points/load"].tolist() == [0.04, 0.25]
    assert data["points/operator_rank"].tolist() == [10, 13]


def test_claims_within_reach():
    """Of the search at 400 neurons up to 40 archetypes, of nothing else."""
    with scratch() as folder:
        data = arrays(results(folder, neurons="300,400", load="0.04,1,4,4.9", batch_size=4000, factoriser="search,ica", replicas=2))
    names = [name.decode() for name in data["claims/name"]]
    told = {name.split(" [")[1] for name in names}
    assert told == {f"archetypes={k}, factoriser=search, neurons=400]" for k in (4, 20, 40)}, told
    assert len(names) == 9 and (data["claims/verdict"] == b"pass").all()


main([value for name, value in list(globals().items()) if name.startswith("test_")])
