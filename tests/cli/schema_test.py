# docs/schema.md against real files, and every group in both xarray engines. SPDX-License-Identifier: MIT
import json
import os
import re
import subprocess
import time

import h5py
import xarray

from support import PROGRAM, SOURCE, code_blocks, main, np, run_ok, scratch

SCHEMA = "docs/schema.md"
PROBE = os.environ["RANKWISE_PROBE"]
SPECTRUM_PARTS = ("counts", "count_squares", "outside", "level_sums", "level_squares_upper", "level_squares_lower", "extremes", "cdf")


def documented():
    """Rows `| /path | type | axes | ...` and `| attribute | ...` of docs/schema.md."""
    sets, attributes = {}, set()
    section = ""
    with open(os.path.join(SOURCE, SCHEMA), encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                section = line.strip("# \n")
            cells = [cell.strip().strip("`") for cell in line.strip().strip("|").split("|")]
            if section.startswith("Root attributes") and len(cells) == 2 and re.fullmatch(r"[a-z_]+", cells[0]):
                attributes.add(cells[0])
            if cells[0].startswith("/") and len(cells) == 4:
                sets[cells[0]] = (cells[1], cells[2])
    attributes.discard("attribute")
    return sets, attributes


def axes_of(data):
    return tuple(data.dims[i][0].name.split("/")[-1] for i in range(data.ndim))


def type_of(data):
    return "text" if h5py.check_string_dtype(data.dtype) is not None else str(data.dtype)


def federated_files(folder):
    for mode in ("baseline", "structured", "capacity", "cooperation"):
        path = os.path.join(folder, f"{mode}.h5")
        run_ok(["--mode", mode, "--quick", "--output", path])
        yield path


def probe_files(folder):
    """A whole run with every kind of observable, and one put together of two slices."""
    path = os.path.join(folder, "probe.h5")
    run_ok(["--scale", "1,2", "--output", path], program=PROBE)
    yield path
    parts = [os.path.join(folder, f"part{i}.h5") for i in (1, 2)]
    for i, part in enumerate(parts, 1):
        run_ok(["--scale", "1,2", "--slice", f"{i}/2", "--output", part], program=PROBE)
    run_ok(["--merge", *parts, "--output", os.path.join(folder, "merged.h5")], program=PROBE)
    yield os.path.join(folder, "merged.h5")


def data_sets(file):
    found = {}
    file.visititems(lambda name, item: found.__setitem__("/" + name, item)
                    if isinstance(item, h5py.Dataset) and item.attrs.get("CLASS") != b"DIMENSION_SCALE" else None)
    return found


def row_of(name, sets, file, own_page):
    """The documented row of a data set. Only experiments without a page of their own may use the general rows."""
    if name in sets:
        return name
    spectra = [s for s in file["statistics"] if f"/statistics/{s}/density" in file]
    parts = name[1:].split("/")
    if parts[0] == "points":
        return "/points/<parameter>"
    if parts[0] == "statistics":
        return f"/statistics/{'<spectrum>' if parts[1] in spectra else '<observable>'}/{parts[2]}"
    for s in spectra:
        for part in SPECTRUM_PARTS:
            if parts[1] == f"{s}_{part}":
                return f"/{parts[0]}/<spectrum>_{part}"
    if own_page:
        return name
    if parts[0] == "derived":
        return "/derived/<table>/<column>"
    return f"/{parts[0]}/<observable>{'_length' if name.endswith('_length') else ''}"


def check_type_and_axes(name, data, row):
    kind, axes = row
    if not kind.startswith("by"):
        assert type_of(data) == kind, f"{name}: {type_of(data)}, documented {kind}"
    if "by" not in axes.split():
        spectrum = name.split("/")[2].removesuffix("_cdf")
        for part in SPECTRUM_PARTS:
            spectrum = spectrum.removesuffix(f"_{part}")
        expected = tuple(re.sub(r"<spectrum>", spectrum, axes).split(", "))
        assert axes_of(data) == expected, f"{name}: {axes_of(data)}, documented {expected}"


def test_documented_sets_exist_and_no_others():
    sets, attributes = documented()
    assert len(sets) > 75 and len(attributes) > 20, (len(sets), len(attributes))
    seen, seen_attributes = set(), set()
    with scratch() as folder:
        for own_page, files in ((True, federated_files(folder)), (False, probe_files(folder))):
            for path in files:
                with h5py.File(path) as file:
                    merged = path.endswith("merged.h5")
                    names = set(file.attrs)
                    assert names == attributes - ({"merged_from"} if not merged else set()) - {"analysis_error"}, f"root attributes: {names ^ attributes}"
                    seen_attributes |= names
                    for name, data in data_sets(file).items():
                        key = row_of(name, sets, file, own_page)
                        if key == "/derived/<table>/<column>":
                            assert axes_of(data) == ("row",)
                            continue
                        assert key in sets, f"{name} is not in docs/schema.md"
                        seen.add(key)
                        check_type_and_axes(name, data, sets[key])
                        assert data.attrs["units"] and data.attrs["description"], f"{name} lacks units or description"
                        assert "second" not in data.attrs["units"]
                        assert all(len(data.dims[i]) == 1 for i in range(data.ndim)), f"{name} has an axis without a scale"
                    assert file.attrs["status"] == "complete" and file.attrs["slice"] == "1/1" and file["claims"].attrs["false_alarm_rate"] == 1e-3
                    if merged:
                        assert len(file.attrs["merged_from"].splitlines()) == 2 and len(file["provenance/session_start"]) == 3
    assert seen == set(sets), f"documented but not in any file: {set(sets) - seen}"
    assert seen_attributes == attributes - {"analysis_error"}


def fnv1a(state, data):
    for byte in data:
        state = (state ^ byte) * 0x100000001b3 % 2**64
    return state


def words(state, data):
    data += bytes(-len(data) % 8)
    for word in np.frombuffer(data, "<u8").tolist():
        state = (state ^ word) * 0x100000001b3 % 2**64
        state ^= state >> 32
    return state


def digest_of(file):
    """As docs/schema.md says, from the file alone."""
    digest = 0xcbf29ce484222325
    for path, data in sorted(data_sets(file).items()):
        if path.startswith(("/tasks", "/provenance")):
            continue
        state = fnv1a(fnv1a(0xcbf29ce484222325, f"{path}\n".encode()), type_of(data).encode())
        for extent in data.shape:
            state = fnv1a(state, f"/{extent}".encode())
        if type_of(data) == "text":
            for text in data[...].ravel():
                state = fnv1a(state, f"{len(text)}:".encode() + text)
        else:
            state = words(state, np.ascontiguousarray(data[...]).tobytes())
        digest = words(digest, state.to_bytes(8, "little"))
    return f"{digest:016x}"


def test_digest_is_what_the_page_says():
    with scratch() as folder:
        for path in list(federated_files(folder)) + list(probe_files(folder)):
            with h5py.File(path) as file:
                assert digest_of(file) == file.attrs["digest"], os.path.basename(path)


def test_storage():
    """Chunks, deflate and fill values as the page says; quantiles of up to 4 million values."""
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok(["--size", "600000", "--replicas", "8", "--slice", "2/9", "--spectra", "none", "--output", path], program=PROBE)
        with h5py.File(path) as file:
            values, mean, stored = file["simulation/values"], file["statistics/values/mean"], file["simulation/stored"]
            assert values.nbytes > 16 * 2**20 and values.chunks and values.compression is None
            assert np.prod(values.chunks) * 8 <= 512 * 1024
            assert stored[...].sum() == 1 and values.id.get_storage_size() < values.nbytes / 7, "chunks of missing values take space"
            assert np.isnan(values[0][stored[0] == 0]).all() and not np.isnan(values[0][stored[0] == 1]).any()
            assert 64 * 1024 < mean.nbytes < 16 * 2**20 and mean.compression == "gzip" and mean.shuffle
            assert file["simulation/positive"].chunks is None
            assert "quantiles" not in file["statistics/values"] and "quantiles" in file["statistics/positive"]


def test_status_file():
    with open(os.path.join(SOURCE, SCHEMA), encoding="utf-8") as file:
        section = file.read().split("## Status\n")[1].split("\n## ")[0].split("One object:")[1]
    named = re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)", "", section))
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        job = subprocess.Popen([PROBE, "--nap", "100000", "--output", path], stdout=subprocess.DEVNULL)
        try:
            end = time.time() + 30
            while not os.path.exists(path + ".status.json") and time.time() < end:
                time.sleep(0.01)
        finally:
            job.kill()
            job.wait()
        with open(path + ".status.json", encoding="utf-8") as file:
            status = json.load(file)
        assert set(status) == set(named), set(status) ^ set(named)
        assert status["status"] == "running" and status["pid"] == job.pid and status["tasks"] == 5 and status["remaining_seconds"] is None
        run_ok(["--output", path, "--resume"], program=PROBE)
        assert os.listdir(folder) == ["t.h5"], "journal and status stay behind"


def test_the_python_of_the_page():
    with scratch() as folder:
        path = os.path.join(folder, "results.h5")
        run_ok(["--mode", "baseline", "--quick", "--output", path])
        os.symlink(os.path.join(SOURCE, "analysis"), os.path.join(folder, "analysis"))
        blocks = code_blocks(SCHEMA, "python")
        assert len(blocks) == 2
        before = os.getcwd()
        os.chdir(folder)
        try:
            for block in blocks:
                names = {}
                exec(block, names)
        finally:
            os.chdir(before)
        assert names["mean"].ndim == 3 and np.isfinite(names["error"]).all()


def test_both_engines_open_every_group_with_coordinates():
    with scratch() as folder:
        for path in [*federated_files(folder), *probe_files(folder)]:
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


main([test_documented_sets_exist_and_no_others, test_digest_is_what_the_page_says, test_storage, test_status_file,
      test_the_python_of_the_page, test_both_engines_open_every_group_with_coordinates])
