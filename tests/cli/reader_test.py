# The Python reader on runs that go on, were killed, resumed or extended. SPDX-License-Identifier: MIT
import os
import shutil
import subprocess
import sys

import matplotlib.pyplot as plt

from killed import kill_when
from support import PROGRAM, SOURCE, main, np, run_ok, same_bits, scratch

sys.path.insert(0, os.path.join(SOURCE, "analysis"))
from rankwise_plot import federated_hopfield, plain, recompute  # noqa: E402
from rankwise_plot import results as results_module  # noqa: E402
from rankwise_plot.journal import BrokenJournal, read_journal, whole_frames  # noqa: E402
from rankwise_plot.results import Results, Unreadable  # noqa: E402

PROBE = os.environ["RANKWISE_PROBE"]
PLOT = os.path.join(SOURCE, "analysis", "rankwise-plot")
# two families of two points, blocks of three replicas of which the last is cut
PROBE_RUN = ["--scale", "1,2", "--shift", "0,1", "--width", "3", "--replicas", "8"]
FIELDS = ("values", "mean_square", "prefix", "prefix_length", "hole", "positive", "levels_extremes")
TALLIES = ("signs", "levels_counts", "levels_count_squares", "levels_outside", "levels_level_sums",
           "levels_level_squares_upper", "levels_level_squares_lower")
SLOW = ["--nap", "150"]


def complete_points(results):
    return np.flatnonzero(results.read("/simulation/stored").all(axis=1))


def statistics_of(results):
    return [path for name in results.file["statistics"] for path in
            (f"/statistics/{name}/{c}" for c in results.file[f"statistics/{name}"]) if not is_scale(results, path)]


def is_scale(results, path):
    return results.file[path].attrs.get("CLASS") == b"DIMENSION_SCALE"


def check_values(whole, part):
    """Every stored value of `part` has the bits of `whole`, and what is not stored is missing."""
    stored = part.read("/simulation/stored") == 1
    assert stored.any(), "nothing stored"
    for name in FIELDS:
        a, b = whole.read(f"/simulation/{name}")[:, :stored.shape[1]], part.read(f"/simulation/{name}")
        assert same_bits(a[stored], b[stored]), f"{name} differs"
        assert np.isnan(recompute.as_real(b[~stored])).all(), f"{name} of a replica that is not stored is a value"
    values, signs = part.read("/simulation/values"), part.read("/simulation/signs")
    for p in range(len(values)):
        if stored[p].any():
            positive = int((values[p][stored[p]] > 0).sum())
            assert list(signs[p]) == [values.shape[2] * int(stored[p].sum()) - positive, positive], f"signs of point {p}"
        else:
            assert (signs[p] == recompute.MISSING).all(), f"signs of point {p}, which has no replica"
    predicted = part.read("/theory/stored") == 1
    for name in ("mean_square", "levels_cdf"):
        assert same_bits(whole.read(f"/theory/{name}")[predicted], part.read(f"/theory/{name}")[predicted]), name


def check_statistics(whole, part, points):
    """Statistics and tallies at points that both have in full: the engine's own bits."""
    assert len(points) > 0
    for path in statistics_of(whole):
        assert same_bits(whole.read(path)[points], part.read(path)[points]), path
    for name in TALLIES:
        assert same_bits(whole.read(f"/simulation/{name}")[points], part.read(f"/simulation/{name}")[points]), name


def check_partial_statistics(part):
    values = part.read("/simulation/values")
    mean, error = part.mean("values")
    for p in range(len(values)):
        mine = values[p][part.replicas_with("values", p)]
        if len(mine) > 1:
            assert np.allclose(mean[p], mine.mean(axis=0), atol=1e-12)
            assert np.allclose(error[p], mine.std(axis=0, ddof=1) / len(mine) ** 0.5, atol=1e-12)
    # NaN is an answer of this one: stored all the same
    assert all(len(part.replicas_with("hole", p)) == len(part.replicas_with("values", p)) for p in range(len(values)))


def test_numpy_recomputes_what_the_engine_wrote():
    with scratch() as folder:
        path = os.path.join(folder, "whole.h5")
        run_ok(PROBE_RUN + ["--output", path], program=PROBE)
        results = Results(path)
        assert results.journal is None and results.overlay.tasks == 0 and results.finished
        spectrum = recompute.spectrum(results, "levels", results.read("/simulation/stored"))
        compared = 0
        for name in results.file["statistics"]:
            if name == "levels":
                fresh = spectrum
            else:
                values = results.read(f"/simulation/{name}")
                fresh = recompute.moments(values)
                fresh["quantiles"] = recompute.quantiles(values, results.read(f"/statistics/{name}/quantile"))
            for column, array in fresh.items():
                assert same_bits(array, results.stored_in_file(f"/statistics/{name}/{column}")), (name, column)
                compared += 1
        assert compared == 7 + 5 * 6, compared


def test_killed_job():
    with scratch() as folder:
        whole = os.path.join(folder, "whole.h5")
        run_ok(PROBE_RUN + ["--output", whole], program=PROBE)
        for ranks in (None, 2):
            path = os.path.join(folder, f"killed{ranks}.h5")
            kill_when(lambda r: 2 <= len(complete_points(r)) and r.overlay.tasks > 5, path, PROBE_RUN + SLOW, ranks=ranks)
            part = Results(path)
            assert part.overlay.tasks >= 6 and not part.finished and not part.read("/simulation/stored").all()
            check_values(Results(whole), part)
            check_statistics(Results(whole), part, complete_points(part))
            check_partial_statistics(part)
            # and without its journal the file has nothing yet
            os.rename(path + ".journal", path + ".away")
            assert not Results(path).read("/simulation/stored").any() and Results(path).journal_text() == ""
            os.rename(path + ".away", path + ".journal")
            # the engine agrees: resumed, it has what an undisturbed run has
            journal = path + ".kept"
            shutil.copy(path + ".journal", journal)
            run_ok(PROBE_RUN + ["--output", path, "--resume"], program=PROBE)
            # a journal that outlived its file: all of it is in there already, and counts must not be added twice
            shutil.copy(journal, path + ".journal")
            again = Results(path)
            assert again.journal is not None and again.overlay.tasks > 0
            check_values(Results(whole), again)
            check_statistics(Results(whole), again, np.arange(4))


def test_extended_run_adds_to_counts():
    """Block 6 to 8 had two replicas; its journal holds the counts of the third alone."""
    with scratch() as folder:
        whole, path = os.path.join(folder, "whole.h5"), os.path.join(folder, "more.h5")
        more = [word if word != "8" else "9" for word in PROBE_RUN]
        run_ok(more + ["--output", whole], program=PROBE)
        run_ok(PROBE_RUN + ["--output", path], program=PROBE)
        kill_when(lambda r: r.overlay.tasks >= 1, path, more + SLOW + ["--resume"])
        part = Results(path)
        assert len(complete_points(part)) == 2 and len(part.replicas(3)) == 8
        check_values(Results(whole), part)
        check_statistics(Results(whole), part, complete_points(part))


def test_failed_task_is_told_and_its_replicas_are_missing():
    with scratch() as folder:
        path = os.path.join(folder, "failed.h5")
        kill_when(lambda r: r.overlay.failed and r.overlay.tasks > 4, path, PROBE_RUN + SLOW + ["--fault", "throw@0:4"])
        part = Results(path)
        assert [t.failure for t in part.journal.tasks if not t.done] == ["struck on purpose"]
        assert list(part.read("/simulation/stored")[0][3:6]) == [0, 0, 0] and part.read("/simulation/stored")[0][:3].all()
        check_partial_statistics(part)


def test_every_truncation_and_every_flipped_byte_of_the_last_frame():
    with scratch() as folder:
        path = os.path.join(folder, "cut.h5")
        kill_when(lambda r: r.overlay.tasks >= 4, path, ["--size", "4", "--replicas", "9"] + SLOW)
        name = path + ".journal"
        with open(name, "rb") as file:
            data = file.read()
        whole = read_journal(name)
        frames, end = whole_frames(memoryview(data))
        data = data[:end]
        n = len(whole.tasks)
        last = end - len(frames[-1]) - 12
        expected = None
        for cut in range(last, end + 1):
            with open(name, "wb") as file:
                file.write(data[:cut])
            journal = read_journal(name)
            assert len(journal.tasks) == (n if cut == end else n - 1) and journal.torn_bytes == (0 if cut == end else cut - last), cut
            if cut in (last, last + 1, last + 9, end - 1):
                stored = Results(path).read("/simulation/values")
                expected = stored if expected is None else expected
                assert same_bits(stored, expected), f"cut at {cut}"
        assert not same_bits(Results(path).read("/simulation/values"), expected), "the last frame says nothing"
        for at in range(last, end):
            with open(name, "wb") as file:
                file.write(data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1:])
            assert len(read_journal(name).tasks) == n - 1, f"flipped byte {at}"
        header = end - sum(len(f) + 12 for f in frames[1:])
        for cut in range(header):
            with open(name, "wb") as file:
                file.write(data[:cut])
            assert read_journal(name) is None, f"header cut at {cut}"
        assert Results(path).journal is None and len(Results(path).replicas(0)) == 0
        os.remove(name)
        assert read_journal(name) is None


def test_journals_that_are_not_of_the_file():
    with scratch() as folder:
        a, b = os.path.join(folder, "a.h5"), os.path.join(folder, "b.h5")
        kill_when(lambda r: r.overlay.tasks >= 2, a, PROBE_RUN + SLOW)
        run_ok(["--replicas", "2", "--output", b], program=PROBE)
        plain_bytes = {path: Results(b).read(path) for path in ("/simulation/values", "/simulation/signs")}
        shutil.copy(a + ".journal", b + ".journal")
        foreign = Results(b)
        assert foreign.journal is None and foreign.overlay.tasks == 0
        assert all(same_bits(foreign.read(path), value) for path, value in plain_bytes.items())
        for content in (b"no journal at all", b"RWJOURN2" + b"\0" * 40):
            with open(b + ".journal", "wb") as file:
                file.write(content)
            try:
                read_journal(b + ".journal")
                raise AssertionError(f"{content} was read")
            except BrokenJournal:
                pass
            done = plot(b)
            assert done.returncode == 2 and "no journal" in done.stderr and len(done.stderr.splitlines()) == 1, done.stderr
        try:
            Results(os.path.join(folder, "none.h5"))
            raise AssertionError("a file that is not there was read")
        except Unreadable:
            pass


def test_a_run_that_ends_between_two_looks():
    """File and journal are read one after the other; when the run replaces both in between, it is read again."""
    with scratch() as folder:
        path, whole = os.path.join(folder, "t.h5"), os.path.join(folder, "whole.h5")
        run_ok(PROBE_RUN + ["--output", whole], program=PROBE)
        kill_when(lambda r: r.overlay.tasks >= 3, path, PROBE_RUN + SLOW)
        looks = []

        def end_first(name):
            looks.append(name)
            if len(looks) == 1:
                os.rename(whole, path)
                os.remove(name)
            return read_journal(name)

        results_module.read_journal = end_first
        try:
            results = Results(path)
        finally:
            results_module.read_journal = read_journal
        assert len(looks) == 2 and results.journal is None and results.finished and results.read("/simulation/stored").all()


def plot(*arguments):
    return subprocess.run([sys.executable, PLOT] + list(arguments), capture_output=True, text=True, timeout=120, check=False)


def drawn(figure):
    """The data of all lines and steps in a figure."""
    lines = [line.get_xydata() for axes in figure.axes for line in axes.lines]
    return lines + [np.concatenate([patch.get_data().values, patch.get_data().edges]) for axes in figure.axes
                    for patch in axes.patches if hasattr(patch, "get_data")]


def same_drawing(a, b):
    a, b = drawn(a), drawn(b)
    assert len(a) == len(b) and len(a) > 3, (len(a), len(b))
    for x, y in zip(a, b):
        assert x.shape == y.shape and np.allclose(np.asarray(x, float), np.asarray(y, float), rtol=1e-12, atol=0, equal_nan=True)


def test_figures_of_interrupted_runs():
    """The same lines as of a finished run with those replicas that the killed one has."""
    with scratch() as folder:
        path, whole = os.path.join(folder, "killed.h5"), os.path.join(folder, "whole.h5")
        options = ["--mode", "baseline", "--quick"]
        kill_when(lambda r: len(r.replicas(0)) >= 3, path, options + ["--quality", "0.8,0.9", "--replicas", "400"], program=PROGRAM)
        part = Results(path)
        n = len(part.replicas(0))
        assert list(part.replicas(0)) == list(range(n)) and len(part.replicas(1)) == 0, "one process goes through the tasks in order"
        run_ok(options + ["--quality", "0.8,0.9", "--replicas", str(n), "--output", whole])
        figure = federated_hopfield.draw(part, None)
        same_drawing(figure, federated_hopfield.draw(Results(whole), [0]))
        assert f"{n} of 400 replicas, 1 of 2 points still without" in figure.texts[0].get_text()
        done = plot(path)
        assert done.returncode == 0 and not done.stderr, done.stderr
        assert f"with {part.overlay.tasks} tasks of {path}.journal" in done.stdout, done.stdout
        assert ".journal" not in plot(whole).stdout
        # the plain figure, of an experiment without one of its own
        probe, finished = os.path.join(folder, "probe.h5"), os.path.join(folder, "probe_whole.h5")
        kill_when(lambda r: len(complete_points(r)) == 2, probe, PROBE_RUN + SLOW)
        run_ok(PROBE_RUN + ["--output", finished], program=PROBE)
        half, reference = Results(probe), Results(finished)
        panels = plain.panels_of(half)
        assert [name for _, name in panels] == ["mean_square", "levels"]
        for how, name in panels:
            figures = []
            for results in (half, reference):
                figures.append(plt.figure())
                how(figures[-1].add_subplot(), results, name, [0, 1])
            same_drawing(*figures)
        assert "claims are made at the end" in plain.draw(half, None).texts[-1].get_text()
        assert len(plain.draw(reference, None).axes) == 3, "two panels and the claims"


main([test_numpy_recomputes_what_the_engine_wrote, test_killed_job, test_extended_run_adds_to_counts,
      test_failed_task_is_told_and_its_replicas_are_missing, test_every_truncation_and_every_flipped_byte_of_the_last_frame,
      test_journals_that_are_not_of_the_file, test_a_run_that_ends_between_two_looks, test_figures_of_interrupted_runs])
