# What a user can get wrong, through the real program. SPDX-License-Identifier: MIT
"""Every case: the documented exit code, exactly one message of ours, naming what, which value and what is allowed;
nothing written; the same from two ranks."""
import gzip
import os
import struct

from support import PROGRAM, main, np, run, run_ok, scratch
import h5py

NAME = os.path.basename(PROGRAM)
BASE = ["--mode", "baseline", "--quick"]
IMAGES = ["--mode", "structured", "--quick"]


def refused(arguments, code, words, ranks=(None,)):
    """The program leaves with `code` and one line that holds every one of `words`."""
    for n in ranks:
        with scratch() as folder:
            before = set(os.listdir(folder))
            done = run(arguments, ranks=n, cwd=folder)
            ours = [line for line in done.stderr.splitlines() if line.startswith(NAME) or line.startswith("[rank")]
            assert done.returncode == code, f"{arguments} on {n}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            assert len(ours) == 1, f"{arguments} on {n}: {ours}\n{done.stderr}"
            missing = [word for word in words if word not in ours[0]]
            assert not missing, f"{arguments}: '{ours[0]}' lacks {missing}"
            assert set(os.listdir(folder)) == before, f"{arguments}: left {os.listdir(folder)}"


def test_unknown_option():
    refused(BASE + ["--neuron", "100"], 2, ["--neuron", "did you mean '--neurons'"])
    refused(BASE + ["--colour", "red"], 2, ["--colour", "unknown"])


def test_abbreviated_option():
    refused(BASE + ["--replica", "3"], 2, ["unknown option '--replica'", "--replicas"])
    refused(BASE + ["--over"], 2, ["unknown option '--over'", "--overwrite"])


def test_positional_argument():
    refused(["400"] + BASE, 2, ["unexpected argument '400'"])
    refused(["-h"], 2, ["unexpected argument '-h'", "--help"])


def test_option_twice_or_without_value():
    refused(BASE + ["--weight", "0.5", "--weight", "0.6"], 2, ["--weight", "twice"])
    refused(BASE + ["--weight"], 2, ["--weight", "needs a value"])


def test_value_out_of_range():
    refused(BASE + ["--quality", "1.5"], 2, ["--quality", "1.5", "[0, 1]"])
    refused(BASE + ["--archetypes", "0"], 2, ["--archetypes", "'0'", "[1, 10000]"])
    refused(BASE + ["--neurons", "1"], 2, ["--neurons", "'1'", "[2, 100000]"])
    refused(BASE + ["--batch-size", "0"], 2, ["--batch-size", "'0'"])
    refused(BASE + ["--relaxation", "1"], 2, ["--relaxation", "'1'", "(0, 1)"])
    refused(BASE + ["--operator-rank", "401"], 2, ["--operator-rank", "'401'", "[3, 400]"])
    refused(BASE + ["--repulsion", "0.5"], 2, ["--repulsion", "0.5", "0.5)"])
    refused(BASE + ["--client-qualities", "0.9/0.2"], 2, ["--client-qualities", "0.9/0.2", "one per client (3)"])
    refused(BASE + ["--factoriser", "serach"], 2, ["--factoriser", "serach", "search, ica, lam", "did you mean 'search'"])
    refused(BASE + ["--seed", "-1"], 2, ["--seed", "'-1'"])
    refused(BASE + ["--weight", "noevlty"], 2, ["--weight", "noevlty", "novelty"])
    refused(BASE + ["--damping", "rate-limit"], 2, ["--damping", "rate-limit", "rate_limit"])
    refused(BASE + ["--momentum", "1"], 2, ["--momentum", "[0, 1)"])
    refused(BASE + ["--participation", "1.5"], 2, ["--participation", "1.5", "[0, 1]"])
    refused(BASE + ["--half-width", "0"], 2, ["--half-width", "'0'"])


def test_mixtures_and_controllers():
    refused(BASE + ["--mixture", "0.5/0.5"], 2, ["--mixture", "one per archetype (3)"])
    refused(BASE + ["--mixture", "0.5/0.3/0.1"], 2, ["--mixture", "0.5/0.3/0.1", "sums to 0.9", "1 within 1e-9"], ranks=(None, 2))
    refused(BASE + ["--mixture", "0.5/0.7/-0.2"], 2, ["--mixture"])
    refused(BASE + ["--schedule", "triangular", "--peaks", "1/2"], 2, ["--peaks", "one per archetype (3)"])
    refused(BASE + ["--schedule", "ramp"], 2, ["--old-archetypes", "'3'", "[1, 2]"])
    refused(BASE + ["--client-mixtures", "0+3"], 2, ["--client-mixtures", "'3'", "0 to 2"])
    refused(BASE + ["--client-mixtures", "0@-1"], 2, ["--client-mixtures", "'0@-1'", "factor > 0"])
    refused(BASE + ["--claimed-qualities", "0.9"], 2, ["--claimed-qualities", "one per client (3)"])
    refused(BASE + ["--quality", "0", "--weight", "novelty"], 2, ["--weight", "'novelty'", "known quality above 0"])
    refused(IMAGES + ["--examples", "images", "--weight", "agreement"], 2, ["--weight", "'agreement'", "--claimed-qualities"])
    refused(BASE + ["--weight", "trust", "--damping", "adaptive_ema", "--ema-min", "0.6"], 2, ["--ema-min", "'0.6'", "--ema-max, 0.5"])
    refused(BASE + ["--weight", "trust", "--rank-cut", "tw"], 2, ["--rank-cut", "'tw'", "one weight"])
    done = run_ok(BASE + ["--client-mixtures", "0/1", "--dry-run"])
    assert "no client sees archetype 2" in done.stdout + done.stderr


def test_not_a_number():
    refused(BASE + ["--quality", "nan"], 2, ["--quality", "'nan'", "[0, 1]"])
    refused(BASE + ["--weight", "inf"], 2, ["--weight", "'inf'"])
    refused(BASE + ["--neurons", "4x"], 2, ["--neurons", "'4x'", "an integer"])
    refused(BASE + ["--neurons", "400.5"], 2, ["--neurons", "'400.5'", "an integer"])
    refused(BASE + ["--quality", ""], 2, ["--quality", "''"])
    refused(BASE + ["--quality", "0.1,,0.2"], 2, ["--quality", "0.1,,0.2"])
    refused(BASE + ["--quality", "0:1"], 2, ["--quality", "start:stop:count"])


def test_mode():
    refused(["--quick"], 2, ["--mode is required", "baseline, structured, capacity"])
    refused(["--mode", "bseline"], 2, ["--mode", "bseline", "did you mean 'baseline'"])
    refused(BASE + ["--classes", "1/2"], 2, ["--classes", "structured"])


def test_load_and_archetypes():
    capacity = ["--mode", "capacity", "--quick"]
    refused(capacity + ["--load", "0"], 2, ["--load '0'", "(0, "])
    refused(capacity + ["--load", "-1"], 2, ["--load '-1'", "(0, "])
    refused(capacity + ["--archetypes", "40"], 2, ["--archetypes '40'", "--load '0.05'", "--load auto"])
    refused(capacity + ["--archetypes", "40", "--load", "4"], 2, ["--archetypes '40'", "--load '4'", "--load auto"])
    refused(capacity + ["--load", "auto"], 2, ["--load 'auto'", "--archetypes"])
    refused(capacity + ["--load", "300"], 2, ["--load '300'", "244 archetypes", "200 neurons"])
    refused(BASE + ["--archetypes", "auto"], 2, ["--archetypes 'auto'", "[1, 10000]"])
    refused(BASE + ["--load", "1"], 2, ["--load", "capacity"])
    listed = run(capacity + ["--load", "15", "--factoriser", "search", "--list"])
    assert listed.returncode == 0 and "warning: --archetypes 54: more than a quarter of the 200 neurons" in listed.stderr, listed.stderr
    listed = run(capacity + ["--archetypes", "4,8", "--load", "auto", "--list"])
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 7, listed.stdout


def test_missing_data_set():
    refused(IMAGES + ["--dataset", "nowhere/at/all"], 4, ["nowhere/at/all"])


def idx_images(count, height, width, magic=0x803, body=None):
    header = struct.pack(">IIII", magic, count, height, width)
    return header + ((np.arange(count * height * width) % 251).astype(np.uint8).tobytes() if body is None else body)


def idx_labels(labels):
    return struct.pack(">II", 0x801, len(labels)) + bytes(labels)


def with_data(images, labels, arguments, code, words, compress=False, classes="0/1"):
    with scratch() as folder:
        suffix = ".gz" if compress else ""
        with open(os.path.join(folder, "train-images-idx3-ubyte" + suffix), "wb") as file:
            file.write(images)
        with open(os.path.join(folder, "train-labels-idx1-ubyte" + suffix), "wb") as file:
            file.write(labels)
        refused(IMAGES + ["--dataset", folder, "--classes", classes] + arguments, code, words)


def test_idx_files():
    labels = idx_labels([0, 1] * 14)
    good = idx_images(28, 4, 4)
    with_data(idx_images(28, 4, 4, magic=0x802), labels, [], 2, ["train-images-idx3-ubyte", "0x00000802", "0x00000803"])
    with_data(good[:-5], labels, [], 2, ["train-images-idx3-ubyte"])
    with_data(idx_images(1 << 20, 4, 4, body=bytes(28 * 16)), labels, [], 2, ["train-images-idx3-ubyte"])
    with_data(idx_images(1 << 31, 28, 28, body=b""), labels, [], 2, ["train-images-idx3-ubyte", "2147483648"])
    with_data(good + b"tail", labels, [], 2, ["train-images-idx3-ubyte"])
    with_data(good, idx_labels([0, 1]), [], 2, ["28", "2"])
    with_data(gzip.compress(good)[:-20], gzip.compress(labels), [], 2, ["train-images-idx3-ubyte.gz"], compress=True)
    with_data(good, labels, ["--neurons", "400"], 2, ["--neurons", "400", "16"])
    with_data(good, labels, [], 2, ["--classes", "7"], classes="0/7")
    with_data(good, labels, [], 2, ["--classes", "twice"], classes="1/1")


def test_output_exists():
    with scratch() as folder:
        path = os.path.join(folder, "old.h5")
        run_ok(BASE + ["--output", path, "--replicas", 1])
        with open(path, "rb") as file:
            content = file.read()
        refused(BASE + ["--output", path], 2, [path, "exists", "--overwrite"])
        with open(path, "rb") as file:
            assert file.read() == content, "an existing file was touched"
        run_ok(BASE + ["--output", path, "--overwrite", "--replicas", 1])


def test_output_cannot_be_written():
    # found before anything is computed: the run would take minutes
    long_run = ["--mode", "baseline", "--neurons", 2000, "--batch-size", 2000, "--replicas", 1000]
    refused(long_run + ["--output", "/proc/no.h5"], 4, ["/proc/no.h5"])
    refused(long_run + ["--output", "no/such/folder/x.h5"], 4, ["no/such/folder/x.h5"])
    refused(long_run + ["--output", "."], 2, ["folder"])


def config(text, code, words, arguments=()):
    with scratch() as folder:
        path = os.path.join(folder, "run.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        refused(["--config", path, "--quick"] + list(arguments), code, ["run.ini"] + words)


def test_config_file():
    config("mode = baseline\nneuron = 100\n", 2, ["neuron", "did you mean 'neurons'"])
    config("mode = baseline\nweight = 0.5\nweight = 0.6\n", 2, ["weight", "twice"])
    config("mode = baseline\nthis is no assignment\n", 2, ["name = value"])
    config("mode = baseline\n[section]\nweight = 0.5\n", 2, ["section.weight"])
    config("mode = baseline\nhelp = true\n", 2, ["help", "command line"])
    refused(["--config", "missing.ini", "--quick"], 4, ["missing.ini"])
    with scratch() as folder:  # the command line wins over the file
        path = os.path.join(folder, "run.ini")
        with open(path, "w", encoding="utf-8") as file:
            file.write("# a comment\nmode = baseline\nneurons = 80\nweight = 0.5\nreplicas = 1\n")
        out = os.path.join(folder, "o.h5")
        run_ok(["--config", path, "--quick", "--weight", "0.25", "--output", out])
        with h5py.File(out) as file:
            assert file["points/neurons"][0] == 80 and file["points/weight"][0] == 0.25 and file.attrs["replicas"] == 1


def test_too_large_for_memory():
    refused(["--mode", "baseline", "--neurons", "100000", "--batch-size", "100000", "--rounds", "1"], 2, ["memory"])
    refused(["--mode", "baseline", "--replicas", "1000000000"], 2, ["memory"])


def test_one_message_from_two_ranks():
    for arguments, code, words in ((BASE + ["--neuron", "100"], 2, ["--neuron", "'--neurons'"]),
                                   (BASE + ["--quality", "1.5"], 2, ["--quality", "1.5"]),
                                   (IMAGES + ["--dataset", "nowhere"], 4, ["nowhere"]),
                                   (BASE + ["--output", "/proc/no.h5"], 4, ["/proc/no.h5"]),
                                   (["--config", "missing.ini"], 4, ["missing.ini"])):
        refused(arguments, code, words, ranks=(2,))


def test_help_and_empty():
    nothing = run([])
    assert nothing.returncode == 0 and "Usage:" in nothing.stdout and "--batch-size" not in nothing.stdout
    full = run(["--help"], ranks=2)
    assert full.returncode == 0 and full.stdout.count("Usage:") == 1 and "--batch-size M_c" in full.stdout
    mode = run(["--help", "--mode", "baseline"])
    assert "--archetypes" in mode.stdout and "--classes" not in mode.stdout
    described = run(["--describe", "--mode", "structured"])
    assert "simulation/magnetisation" in described.stdout and "role law" in described.stdout
    listed = run(BASE + ["--list", "--weight", "0:1:3", "--quality", "0.5,0.8"])
    assert listed.returncode == 0 and len(listed.stdout.splitlines()) == 7, listed.stdout
    dry = run(BASE + ["--dry-run"])
    assert dry.returncode == 0 and "1 point, 2 replicas each, 3 tasks" in dry.stdout, dry.stdout
    assert run(["--version"]).stdout.startswith(NAME)


main([value for name, value in list(globals().items()) if name.startswith("test_")])
