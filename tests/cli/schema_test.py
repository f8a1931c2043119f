# docs/schema.md against a real file, and every group in both xarray engines. SPDX-License-Identifier: MIT
import os
import re

import h5py
import xarray

from support import SOURCE, main, np, run_ok, scratch

SCHEMA = os.path.join(SOURCE, "docs", "schema.md")


def documented():
    """Rows `| /path | type | axes | ...` and `| attribute | ...` of docs/schema.md."""
    sets, attributes = {}, set()
    section = ""
    with open(SCHEMA, encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                section = line.strip("# \n")
            cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            if section.startswith("Root attributes") and len(cells) == 2 and re.fullmatch(r"[a-z_]+", cells[0]):
                attributes.add(cells[0])
            if cells[0].startswith("/") and len(cells) == 4:
                sets[cells[0]] = (cells[1], tuple(re.findall(r"\w+", cells[2])))
    attributes.discard("attribute")
    return sets, attributes


def axes_of(data):
    return tuple(data.dims[i][0].name.split("/")[-1] for i in range(data.ndim))


def type_of(data):
    return "text" if h5py.check_string_dtype(data.dtype) is not None else str(data.dtype)


def real_files(folder):
    for mode in ("baseline", "structured"):
        path = os.path.join(folder, f"{mode}.h5")
        run_ok(["--mode", mode, "--quick", "--output", path])
        yield path


def test_documented_sets_exist_and_no_others():
    sets, attributes = documented()
    assert len(sets) > 40 and len(attributes) > 15, (len(sets), len(attributes))
    seen = set()
    with scratch() as folder:
        for path in real_files(folder):
            with h5py.File(path) as file:
                names = set(file.attrs)
                assert names == attributes, f"root attributes: {names ^ attributes}"
                found = {}
                file.visititems(lambda name, item, found=found: found.__setitem__("/" + name, item)
                                if isinstance(item, h5py.Dataset) else None)
                for name, data in found.items():
                    if data.attrs.get("CLASS") == b"DIMENSION_SCALE":
                        continue
                    key = name
                    match = re.match(r"/statistics/(\w+)/(mean|stderr|count)$", name)
                    if match:
                        key = f"/statistics/<observable>/{match.group(2)}"
                    if name.startswith("/points/") and name != "/points/id":
                        key = "/points/<parameter>"
                    assert key in sets, f"{name} is not in docs/schema.md"
                    seen.add(key)
                    if "<" not in key:
                        assert sets[key] == (type_of(data), axes_of(data)), f"{name}: {type_of(data)} {axes_of(data)}, documented {sets[key]}"
                    assert data.attrs["units"] and data.attrs["description"], f"{name} lacks units or description"
                    assert "second" not in data.attrs["units"]
                    assert all(len(data.dims[i]) == 1 for i in range(data.ndim)), f"{name} has an axis without a scale"
    assert seen == set(sets), f"documented but not in any file: {set(sets) - seen}"


def test_both_engines_open_every_group_with_coordinates():
    with scratch() as folder:
        for path in real_files(folder):
            groups = []
            with h5py.File(path) as file:
                file.visititems(lambda name, item, groups=groups: groups.append(name) if isinstance(item, h5py.Group) else None)
                contents = {g: [n for n in file[g] if isinstance(file[g][n], h5py.Dataset)] for g in groups}
            for group in groups:
                if not contents[group]:
                    continue
                for engine in ("netcdf4", "h5netcdf"):
                    data = xarray.open_dataset(path, group=group, engine=engine)
                    for name, variable in data.variables.items():
                        assert all(d in data.coords for d in variable.dims), (engine, group, name, variable.dims)
                        assert not np.issubdtype(variable.dtype, np.datetime64) and not np.issubdtype(variable.dtype, np.timedelta64)
                    assert set(data.variables) == set(contents[group]), (engine, group)
                    data.close()


main([test_documented_sets_exist_and_no_others, test_both_engines_open_every_group_with_coordinates])
