#!/usr/bin/env python3
"""Every way to stop a run before its end: what it returns, how long it takes, what is left, and that it goes on.
SPDX-License-Identifier: MIT
"""
import json
import os
import re
import signal
import sys
import time

from probe import INFO, PROGRAM, arrays, attribute, differences, digest, gone, kill_all, main, probe, probe_ok, processes, resumed, run, scratch, start, wait_for_records, wait_until

# 40 naps of 100 ms, during which a task polls: 2 s on two ranks
NAPS = ["--replicas", "40", "--nap", "100"]


def finish(job, seconds=30):
    begin = time.monotonic()
    output = job.communicate(timeout=seconds)[0]
    return job.returncode, output, time.monotonic() - begin


def status_file(path):
    with open(path + ".status.json", encoding="utf-8") as file:
        return json.load(file)


def check_resumable(path, whole, ranks, status="interrupted"):
    info = run([path], program=INFO)
    assert info.returncode == 1 and f"status: {status}" in info.stdout, info.stdout
    done = probe_ok(["--replicas", "40", "--output", path, "--resume"], ranks=ranks)
    x, y = resumed(done.stdout)
    assert 0 < x < y == 41, f"{x} of {y}"
    assert digest(path) == digest(whole), "another digest"
    assert not os.path.exists(path + ".journal") and not os.path.exists(path + ".status.json")


def whole_run(folder):
    path = os.path.join(folder, "whole.h5")
    probe_ok(["--replicas", "40", "--output", path])
    return path


def test_sigusr1_through_mpirun_and_to_one_rank():
    with scratch() as folder:
        whole = whole_run(folder)
        for ranks, to in ((2, "mpirun"), (1, "mpirun"), (3, "rank")):
            path = os.path.join(folder, f"{to}{ranks}.h5")
            job = start(NAPS + ["--output", path], ranks=ranks)
            wait_for_records(path, job, more_than=3000)
            os.kill(job.pid if to == "mpirun" else processes(path)[-1], signal.SIGUSR1)
            code, output, seconds = finish(job)
            assert code == 75, f"{to}, {ranks} ranks: exit code {code}\n{output}"
            assert seconds < 5, f"{seconds:.1f} s"
            assert attribute(path, "status") == "interrupted" and not os.path.exists(path + ".journal"), "the file holds all"
            assert "stopped early: " in output and "--resume goes on" in output, output
            check_resumable(path, whole, 2)


def test_sigusr1_without_mpirun():
    with scratch() as folder:
        path = os.path.join(folder, "alone.h5")
        job = start(NAPS + ["--output", path])
        wait_for_records(path, job, more_than=3000)
        os.kill(job.pid, signal.SIGUSR1)
        code, output, _ = finish(job)
        assert code == 75, f"exit code {code}\n{output}"
        check_resumable(path, whole_run(folder), 2)


def test_tasks_may_finish_within_half_of_the_grace_and_leave_at_poll_after_it():
    with scratch() as folder:
        # two tasks of 3 s each: the grace of 2 s is too short for them, that of 20 s is not
        long = ["--replicas", "6", "--nap", "3000"]
        for grace, finished in ((2, False), (20, True)):
            path = os.path.join(folder, f"grace{grace}.h5")
            job = start(long + ["--output", path, "--stop-grace", grace], ranks=2)
            wait_until(lambda path=path: os.path.exists(path + ".journal"), 20, "the journal")
            time.sleep(1.5)
            os.kill(job.pid, signal.SIGUSR1)
            code, output, seconds = finish(job)
            assert code == 75, f"exit code {code}\n{output}"
            assert seconds < (4 if not finished else 8), f"{seconds:.1f} s"
            done = int(re.search(r"stopped early: (\d+) of", output)[1])
            assert done == (3 if finished else 1), f"grace {grace}: {done} tasks done\n{output}"


def test_a_task_that_never_polls_does_not_keep_the_job():
    with scratch() as folder:
        for rank in ("0", "1"):
            path = os.path.join(folder, f"hang{rank}.h5")
            # replica 3 sleeps for an hour; with one team of both ranks it is the chosen member that hangs
            arguments = ["--replicas", "8", "--ranks-per-task", "all", "--fault", f"hang@0:3:{rank}", "--output", path, "--stop-grace", "2"]
            job = start(arguments, ranks=2)
            wait_for_records(path, job)
            time.sleep(0.5)
            os.kill(job.pid, signal.SIGUSR1)
            code, output, seconds = finish(job)
            assert code == 75, f"exit code {code}\n{output}"
            assert seconds < 5, f"{seconds:.1f} s for a grace of 2 s"
            assert "did not leave within --stop-grace" in output, output
            assert attribute(path, "status") == "interrupted"
            gone(path)
            probe_ok(["--replicas", "8", "--output", path, "--resume"], ranks=2)
            other = os.path.join(folder, f"other{rank}.h5")
            probe_ok(["--replicas", "8", "--output", other])
            assert digest(path) == digest(other)


def test_a_federation_leaves_between_two_rounds():
    with scratch() as folder:
        path = os.path.join(folder, "rounds.h5")
        sweep = ["--mode", "baseline", "--clients", "2", "--rounds", "100000", "--replicas", "2", "--output", path, "--stop-grace", "2"]
        job = start(sweep, ranks=2, program=PROGRAM)
        wait_for_records(path, job, more_than=100)  # the theory
        time.sleep(1)
        os.kill(job.pid, signal.SIGUSR1)
        code, output, seconds = finish(job)
        assert code == 75 and seconds < 4, f"exit code {code} after {seconds:.1f} s\n{output}"
        assert "stopped early: 1 of 3 tasks are done" in output, output


def test_time_budget():
    with scratch() as folder:
        whole = whole_run(folder)
        for text, seconds in (("4", 4), ("0:04", 4), ("0-00:00:04", 4)):
            path = os.path.join(folder, "budget.h5")
            begin = time.monotonic()
            done = probe(["--replicas", "40", "--nap", "300", "--output", path, "--time-budget", text, "--overwrite"], ranks=2)
            took = time.monotonic() - begin
            assert done.returncode == 75, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
            assert took < seconds + 1.5, f"{took:.1f} s for a budget of {seconds} s"  # mpirun itself takes about a second
        check_resumable(path, whole, 3)
        enough = probe(NAPS[:2] + ["--output", path, "--overwrite", "--time-budget", "UNLIMITED"], ranks=2)
        assert enough.returncode == 0, enough.stderr
        for wrong in ("soon", "1:75", "-3", "1:2:3:4", ""):
            done = probe(["--output", os.path.join(folder, "x.h5"), f"--time-budget={wrong}"])
            assert done.returncode == 2 and "--time-budget" in done.stderr, f"'{wrong}': {done.returncode} {done.stderr}"


def test_sigterm_and_ctrl_c():
    with scratch() as folder:
        whole = whole_run(folder)
        for name, what in (("term", signal.SIGTERM), ("int", signal.SIGINT)):
            path = os.path.join(folder, f"{name}.h5")
            job = start(NAPS + ["--output", path], ranks=2)
            wait_for_records(path, job, more_than=3000)
            os.kill(job.pid, what)
            code, output, seconds = finish(job)
            assert code in (1, 75), f"exit code {code}\n{output}"  # mpirun's own, whatever the ranks return
            assert seconds < 5, f"{seconds:.1f} s"
            gone(path)
            assert status_file(path)["status"] == "interrupted", status_file(path)
            assert os.path.exists(path + ".journal"), "no journal"
            check_resumable(path, whole, 1)


def test_sigterm_to_a_program_without_mpirun():
    with scratch() as folder:
        path = os.path.join(folder, "alone.h5")
        job = start(NAPS + ["--output", path])
        wait_for_records(path, job, more_than=3000)
        os.kill(job.pid, signal.SIGTERM)
        code, output, seconds = finish(job)
        assert code == 75, f"exit code {code}\n{output}"
        assert seconds < 1.5, f"{seconds:.1f} s"
        check_resumable(path, whole_run(folder), 2)


def test_sigterm_to_one_rank_ends_the_job():
    with scratch() as folder:
        path = os.path.join(folder, "one.h5")
        job = start(NAPS + ["--output", path], ranks=3)
        wait_for_records(path, job, more_than=3000)
        os.kill(processes(path)[-1], signal.SIGTERM)
        code, output, seconds = finish(job)
        assert code == 75 and seconds < 5, f"exit code {code} after {seconds:.1f} s\n{output}"
        gone(path)
        check_resumable(path, whole_run(folder), 2)


def test_a_second_signal_ends_at_once():
    with scratch() as folder:
        path = os.path.join(folder, "twice.h5")
        job = start(["--replicas", "8", "--fault", "hang@0:3", "--output", path], ranks=2)
        wait_for_records(path, job)
        time.sleep(0.3)
        os.kill(job.pid, signal.SIGUSR1)
        time.sleep(0.7)
        assert job.poll() is None, "the first signal waits for the grace of 60 s"
        os.kill(job.pid, signal.SIGUSR1)
        code, output, seconds = finish(job)
        assert code == 75 and seconds < 5, f"exit code {code} after {seconds:.1f} s\n{output}"
        assert "twice" in output, output
        gone(path)


def test_a_stop_before_the_first_task():
    with scratch() as folder:
        path = os.path.join(folder, "early.h5")
        done = probe(NAPS + ["--output", path, "--time-budget", "0.01"], ranks=2)
        assert done.returncode == 75, f"exit code {done.returncode}\n{done.stderr}"
        info = run([path], program=INFO)
        done = int(re.search(r"tasks: (\d+) of 41 done", info.stdout)[1])
        assert done <= 3, info.stdout  # what the teams had begun


def test_a_second_job_on_the_same_output():
    with scratch() as folder:
        path = os.path.join(folder, "busy.h5")
        job = start(["--replicas", "40", "--nap", "500", "--output", path], ranks=2)
        try:
            wait_for_records(path, job)
            before = open(path, "rb").read()
            for extra in (["--resume"], ["--overwrite"]):
                for ranks in (None, 2):
                    done = probe(NAPS + ["--output", path] + extra, ranks=ranks)
                    assert done.returncode == 4, f"{extra}: exit code {done.returncode}\n{done.stderr}"
                    assert "another job is writing it" in done.stderr and path in done.stderr, done.stderr
            done = probe(NAPS + ["--output", path])
            assert done.returncode == 2, f"exit code {done.returncode}: an existing file without --resume"
            assert open(path, "rb").read() == before, "the file was touched"
            info = run([path], program=INFO)
            assert "status: running" in info.stdout, info.stdout
            status = status_file(path)
            assert status["status"] == "running" and status["tasks"] == 41 and status["ranks"] == 2, status
            code, output, _ = finish(job)
            assert code == 0, output
        finally:
            kill_all(path, job)
        assert differences(arrays(path), arrays(whole_run(folder)), ignore=["points/nap"]) == []


if __name__ == "__main__":
    sys.exit(main([test_sigusr1_through_mpirun_and_to_one_rank, test_sigusr1_without_mpirun,
                   test_tasks_may_finish_within_half_of_the_grace_and_leave_at_poll_after_it,
                   test_a_task_that_never_polls_does_not_keep_the_job, test_a_federation_leaves_between_two_rounds, test_time_budget, test_sigterm_and_ctrl_c,
                   test_sigterm_to_a_program_without_mpirun, test_sigterm_to_one_rank_ends_the_job, test_a_second_signal_ends_at_once,
                   test_a_stop_before_the_first_task, test_a_second_job_on_the_same_output]))
