# rankwise-plot on real files. SPDX-License-Identifier: MIT
import os
import struct
import subprocess
import sys

from support import SOURCE, main, run_ok, scratch

PLOT = os.path.join(SOURCE, "analysis", "rankwise-plot")


def plot(*arguments):
    return subprocess.run([sys.executable, PLOT] + list(arguments), capture_output=True, text=True, timeout=120, check=False)


def png_size(path):
    with open(path, "rb") as file:
        head = file.read(24)
    assert head[:8] == b"\x89PNG\r\n\x1a\n", f"{path} is no PNG"
    return struct.unpack(">II", head[16:24])


def test_pictures():
    with scratch() as folder:
        for name, options in (("baseline", ["--mode", "baseline", "--quality", "0,0.3,0.8"]),
                              ("structured", ["--mode", "structured"]),
                              ("wire", ["--mode", "baseline", "--operator-rank", "3,5,11", "--wire", "float64,float32", "--rounds", "1"]),
                              ("one_round", ["--mode", "baseline", "--rounds", "1", "--replicas", "1", "--rank-cut", "fixed"])):
            path = os.path.join(folder, f"{name}.h5")
            run_ok(["--quick", "--output", path] + options)
            done = plot(path)
            assert done.returncode == 0 and not done.stderr, done.stderr
            width, height = png_size(os.path.join(folder, f"{name}.png"))
            assert width > 500 and height > (500 if name != "wire" else 400)
        other = os.path.join(folder, "other.png")
        done = plot(os.path.join(folder, "baseline.h5"), "--points", "1", "-o", other)
        assert done.returncode == 0 and png_size(other)[0] < 1000, done.stderr


def test_plain_figure_of_any_file():
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok(["--quick", "--mode", "baseline", "--quality", "0.3,0.8", "--output", path])
        for arguments in (["--plain"], ["--plain", "--points", "1"]):
            done = plot(path, *arguments)
            assert done.returncode == 0 and not done.stderr, done.stderr
            assert min(png_size(os.path.join(folder, "t.png"))) > 300
        run_ok(["--mode", "baseline", "--replicas", "0", "--output", path, "--overwrite"])
        done = plot(path, "--plain")
        assert done.returncode == 2 and "no finished replica" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr


def test_errors():
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        run_ok(["--mode", "baseline", "--replicas", "0", "--output", path])
        for arguments, code, words in (([path], 2, "theory only"), ([path, "--points", "7"], 2, "0 to 0"),
                                       ([os.path.join(folder, "none.h5")], 2, "none.h5"), ([__file__], 2, "HDF5")):
            done = plot(*arguments)
            assert done.returncode == code and words in done.stderr and len(done.stderr.splitlines()) == 1, (arguments, done.stderr)


main([test_pictures, test_plain_figure_of_any_file, test_errors])
