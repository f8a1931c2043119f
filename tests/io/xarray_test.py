"""Opens every group of a written file with both xarray engines. SPDX-License-Identifier: MIT

Arguments: the build's bin folder (unused), the program that writes the sample file.
"""
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import xarray as xr

ENGINES = ("netcdf4", "h5netcdf")
SKIPPED = 77


def missing_engines():
    return [engine for engine in ENGINES if engine not in xr.backends.list_engines()]


def check(condition, text):
    if not condition:
        raise AssertionError(text)


def same(variable, dims, values, units):
    check(variable.dims == dims, f"{variable.name}: dims {variable.dims}, expected {dims}")
    expected = np.asarray(values)
    if expected.dtype.kind in "US":
        check(variable.values.astype(str).tolist() == expected.tolist(), f"{variable.name}: {variable.values}")
    else:
        np.testing.assert_array_equal(variable.values, expected, err_msg=variable.name)
    check(variable.attrs.get("units") == units, f"{variable.name}: units {variable.attrs.get('units')!r}")
    check(isinstance(variable.attrs.get("description"), str), f"{variable.name}: no description")
    check(variable.dtype.kind not in "mM", f"{variable.name} was decoded as a time")


def coordinate(data, name, values, units):
    check(name in data.coords, f"{name} is not a coordinate of {list(data.coords)}")
    check(name in data.indexes, f"{name} has no index")
    same(data[name], (name,), values, units)


def check_root(data):
    check(data.attrs["schema_version"] == 3, f"schema_version {data.attrs['schema_version']!r}")
    check(int(data.attrs["seed"]) == 2**64 - 1, f"seed {data.attrs['seed']!r}")
    check(data.attrs["elapsed"] == 1.5, f"elapsed {data.attrs['elapsed']!r}")
    for name, text in {"program": "rankwise-sample", "author": "Jürgen", "config": "",
                       "command_line": "--output caf\ufffd"}.items():
        check(data.attrs[name] == text, f"{name} {data.attrs[name]!r}")


def check_simulation(data):
    coordinate(data, "point", [0, 1], "1")
    coordinate(data, "replica", [0, 1, 2], "1")
    coordinate(data, "time", [0, 0.5, 1, 1.5], "s")
    check(data["point"].dtype == np.int64, f"point is {data['point'].dtype}")
    values = (0.25 + np.arange(24.0)).reshape(2, 3, 4)
    values[0, 1, 1] = np.nan
    same(data["magnetisation"], ("point", "replica", "time"), values, "1")
    same(data["energy"], ("point", "replica"), -1 + 0.125 * np.arange(6.0).reshape(2, 3), "J")
    same(data["steps"], ("point", "replica"), [[10, 20, 30], [40, np.nan, 60]], "1")
    check(data["steps"].dtype == np.float64, f"steps is {data['steps'].dtype}")
    same(data["sign"], ("point", "replica"), [[1, -1, 1], [-1, np.nan, 1]], "1")
    check(data["sign"].dtype == np.float32, f"sign is {data['sign'].dtype}")
    same(data["hash"], ("point",), np.array([0, 2**64 - 1], dtype=np.uint64), "1")
    check(data["hash"].dtype == np.uint64, f"hash is {data['hash'].dtype}")
    check(float(data["magnetisation"].sel(time=1.0, replica=2, point=1)) == 22.25, "selection by coordinates")


def check_raw(data):
    check(data["steps"].dtype == np.int64, f"undecoded steps is {data['steps'].dtype}")
    check(data["steps"].values[1, 1] == np.iinfo(np.int64).min, "undecoded missing integer")
    check(data["steps"].attrs["_FillValue"] == np.iinfo(np.int64).min, "undecoded _FillValue")
    check(data["sign"].dtype == np.int8, f"undecoded sign is {data['sign'].dtype}")


def check_statistics(data):
    coordinate(data, "row", np.arange(5), "1")
    coordinate(data, "column", np.arange(10, 15), "1")
    matrix = np.arange(25.0).reshape(5, 5)
    same(data["overlap"], ("row", "column"), matrix, "1")
    same(data["transposed"], ("column", "row"), matrix, "1")
    same(data["mean"], (), 0.5, "1")
    same(data["count"], (), 7, "1")
    same(data["note"], (), "λ̄ = 2√α", "1")


def check_table(data):
    coordinate(data, "record", np.arange(3), "1")
    coordinate(data, "nothing", np.zeros(0), "m")
    coordinate(data, "single", [2.5], "m")
    same(data["name"], ("record",), ["Hopfield", "", "Schrödinger 🐈"], "1")
    np.testing.assert_allclose(data["alpha"].values, [0.1, 0.2, 0.3], rtol=1e-15)
    same(data["empty"], ("record", "nothing"), np.zeros((3, 0)), "m")
    same(data["empty_count"], ("nothing",), np.zeros(0), "1")
    same(data["empty_name"], ("nothing",), np.zeros(0, dtype=str), "1")
    same(data["one"], ("record", "single"), [[7], [8], [9]], "m")


def check_derived(data):
    coordinate(data, "record", [5, 6], "1")
    same(data["outer"], ("record",), [3, 4], "1")


def check_theory(data):
    coordinate(data, "level", np.arange(20000), "1")
    check(data["density"].dims == ("curve", "level"), f"density {data['density'].dims}")
    np.testing.assert_array_equal(data["density"].values, 0.001 * np.arange(60000.0).reshape(3, 20000))


CHECKS = {"/": check_root, "/simulation": check_simulation, "/statistics/magnetisation": check_statistics,
          "/derived": check_derived, "/derived/table": check_table, "/theory": check_theory}


def main():
    absent = missing_engines()
    if absent:
        print(f"SKIPPED: xarray lacks the engines {absent}; install python3-netcdf4 python3-h5netcdf")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "sample.h5")
        subprocess.run([sys.argv[2], path], check=True)
        check(os.listdir(folder) == ["sample.h5"], f"left over: {os.listdir(folder)}")
        warnings.filterwarnings("error", category=xr.SerializationWarning)
        for engine in ENGINES:
            for group, test in CHECKS.items():
                with xr.open_dataset(path, engine=engine, group=group) as data:
                    test(data)
                    data.load()
                print(f"{engine} {group}: ok")
            with xr.open_dataset(path, engine=engine, group="/simulation", mask_and_scale=False) as data:
                check_raw(data)
            with xr.open_dataset(path, engine=engine, group="/statistics") as data:
                check(len(data.variables) == 0, "/statistics holds only groups")
    return 0


if __name__ == "__main__":
    sys.exit(main())
