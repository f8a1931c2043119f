# jobs/slurm on a real SLURM of one node, from an installed tree, as a user who is not root. SPDX-License-Identifier: MIT
"""usage: slurm_test.py BIN CMAKE, with RANKWISE_SOURCE and RANKWISE_BUILD set

All tests run one configuration, undisturbed or not, and must end with the same digest. They wait for SLURM most of the
time, so they run at once. Without SLURM this fails, or with RANKWISE_SKIP_SLURM=1 is skipped (77). With RANKWISE_ALL=1
requeued jobs wait as long as SLURM lets them (two minutes), else they are woken.
"""
import concurrent.futures
import contextlib
import glob
import os
import pwd
import re
import shlex
import signal
import subprocess
import sys
import time
import traceback

sys.path.insert(0, os.path.join(os.environ["RANKWISE_SOURCE"], "tests", "cli"))
from support import SOURCE, scratch  # noqa: E402

CMAKE = sys.argv[2]
NODE = os.path.join(SOURCE, "tests", "slurm", "one_node.sh")
PATIENT = os.environ.get("RANKWISE_ALL") == "1"
ROOT = os.getuid() == 0
USER = pwd.getpwnam("nobody") if ROOT else pwd.getpwuid(os.getuid())
CONFIG = """mode = baseline
neurons = 1000
batch-size = 800
rounds = 110
clients = 2
replicas = 16
"""
OVER = ("COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL")
START = time.time()


def output_of(command, **options):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    assert done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def wait_for(what, condition, seconds):
    """The first true value of condition(); an error of this test after `seconds`."""
    end = time.time() + seconds
    while time.time() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"after {seconds} s: still not {what}")


class Site:
    """The installed tree, a folder of the user's (with a blank in its name), and the way to do things as that user."""

    def __init__(self, base):
        self.prefix = os.path.join(base, "installed here")
        self.home = os.path.join(base, "home of a user")
        output_of([CMAKE, "--install", os.environ["RANKWISE_BUILD"], "--prefix", self.prefix])
        output_of(["chmod", "-R", "a-w", self.prefix])
        # the python that has h5py and matplotlib first
        self.path = os.path.dirname(os.environ.get("RANKWISE_PYTHON") or sys.executable) + ":" + os.environ["PATH"]
        os.mkdir(self.home)
        os.chown(self.home, USER.pw_uid, USER.pw_gid)

    def folder(self, name, config=CONFIG):
        path = os.path.join(self.home, name)
        os.mkdir(path)
        with open(os.path.join(path, "run.ini"), "w", encoding="utf-8") as file:
            file.write(config)
        os.chown(path, USER.pw_uid, USER.pw_gid)
        return path

    def call(self, command, cwd=None, as_root=False):
        """Output of a command of the user; with as_root of root, where the test is root."""
        if ROOT and not as_root:
            command = ["runuser", "-u", USER.pw_name, "--"] + command
        environment = {k: v for k, v in os.environ.items() if not k.startswith("OMPI_")}
        environment.update(HOME=self.home, PATH=self.path)
        return output_of(command, cwd=cwd or self.home, env=environment)

    def submit(self, folder, *options, as_root=False):
        """submit.sh in that folder: its words."""
        script = os.path.join(self.prefix, "share", "rankwise", "jobs", "slurm", "submit.sh")
        return self.call([script, "federated-hopfield", "run.ini"] + [str(o) for o in options], folder, as_root)

    def info(self, path):
        """What rankwise-info says of a file, '' while there is none."""
        done = subprocess.run([os.path.join(self.prefix, "bin", "rankwise-info"), path], capture_output=True, text=True, check=False)
        return done.stdout

    def tasks_done(self, path):
        found = re.search(r"^tasks: (\d+) of (\d+) done", self.info(path), re.M)
        return int(found.group(1)) if found else 0

    def complete(self, path):
        """The digest of a complete file."""
        text = self.info(path)
        assert "status: complete" in text, text
        return re.search(r"^digest: (\w+)$", text, re.M).group(1)


class Job:
    """A job of SLURM, or with name N_i an element of an array."""

    def __init__(self, site, name, folder, log):
        self.site, self.name, self.folder, self.log_name = site, name, folder, log

    @classmethod
    def submitted(cls, site, folder, *options, as_root=False):
        words = site.submit(folder, *options, as_root=as_root)
        number, log = re.search(r"job (\d+), log (\S+),", words).groups()
        return cls(site, number, folder, log)

    def shown(self, field):
        text = output_of(["scontrol", "show", "job", self.name])
        return re.search(rf"\b{field}=(\S*)", text).group(1)

    def log(self):
        path = os.path.join(self.folder, self.log_name)
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def until(self, state, seconds):
        def reached():
            now = self.shown("JobState")
            assert now == state or now not in OVER, f"job {self.name} is {now}, not {state}:\n{self.log()}"
            return now == state
        try:
            wait_for(f"job {self.name} {state}", reached, seconds)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None

    def completed(self):
        self.until("COMPLETED", 150)
        assert self.shown("ExitCode") == "0:0"

    def ranks(self):
        """Process ids by rank."""
        found = {}
        number = self.shown("JobId")
        for path in glob.glob("/proc/[0-9]*/comm"):
            folder = os.path.dirname(path)
            try:
                with open(path, encoding="utf-8") as file:
                    if file.read().strip() != "rankwise-federated-hopfield"[:15]:
                        continue
                with open(os.path.join(folder, "environ"), "rb") as file:
                    words = dict(w.split("=", 1) for w in file.read().decode(errors="replace").split("\0") if "=" in w)
            except OSError:  # it has ended, or is somebody else's
                continue
            if words.get("SLURM_JOB_ID") == number and "PMIX_RANK" in words:
                found[int(words["PMIX_RANK"])] = int(os.path.basename(folder))
        return found

    def is_at_work(self, output, ranks):
        """Process ids of that many ranks, once a task is done and others are not."""
        wait_for(f"job {self.name} at work: {self.log()}", lambda: self.site.tasks_done(output) > 0, 90)
        processes = self.ranks()
        assert sorted(processes) == list(range(ranks)), f"job {self.name}: {processes}\n{self.log()}"
        return processes

    def held_until_signalled(self, output, ranks, ask, seconds):
        """Whatever the speed of this machine: stops the ranks in the middle of their work until SIGUSR1 waits for each."""
        processes = self.is_at_work(output, ranks).values()
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        wait_for("stopped ranks", lambda: all("State:\tT" in status_of(p) for p in processes), 10)
        ask()
        try:
            wait_for(f"SIGUSR1 at the ranks of job {self.name}", lambda: all(map(has_been_signalled, processes)), seconds)
        finally:
            for process in processes:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGCONT)

    def requeued(self):
        """Stopped in time, to be started again."""
        def is_requeued():
            assert self.shown("JobState") not in OVER, f"job {self.name} is not requeued\n{self.log()}"
            return self.shown("Restarts") == "1" and self.shown("JobState") == "PENDING" and self.shown("Reason") == "BeginTime"
        wait_for(f"job {self.name} requeued", is_requeued, 60)
        assert "exit code 75" in self.log(), self.log()

    def woken(self):
        """SLURM keeps a requeued job from starting for two minutes; its owner may shorten that."""
        if PATIENT:
            wait_for(f"job {self.name} running again", lambda: self.shown("JobState") != "PENDING", 200)
        else:
            self.woken_now()

    def woken_now(self):
        time.sleep(3)  # started within a second of its requeue a job fails: "Job credential revoked"
        self.site.call(["scontrol", "update", f"jobid={self.name}", "starttime=now"])

    def resumed(self):
        """The log says that this start took up what was there."""
        found = re.findall(r"^resumed: (\d+) of (\d+) tasks", self.log(), re.M)
        assert len(found) == 1 and 0 < int(found[0][0]) < int(found[0][1]), f"{found}\n{self.log()}"


def status_of(process):
    try:
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def has_been_signalled(process):
    """A stopped process: SIGUSR1 waits for it, or (SLURM's srun sends SIGCONT too) it is no longer stopped, or gone."""
    text = status_of(process)
    masks = re.findall(r"^(?:SigPnd|ShdPnd):\s*([0-9a-f]+)", text, re.M)
    return "State:\tT" not in text or any(int(mask, 16) >> (signal.SIGUSR1 - 1) & 1 for mask in masks)


def undisturbed(site, form, as_root=False):
    folder = site.folder(f"whole by {form}")
    job = Job.submitted(site, folder, "--form", form, "--ntasks", 2, "--output", "out.h5", "--time", "00:10:00", as_root=as_root)
    job.completed()
    assert "resumed:" not in job.log()
    owner = os.stat(os.path.join(folder, "out.h5")).st_uid
    assert owner == (os.getuid() if as_root else USER.pw_uid)
    return site.complete(os.path.join(folder, "out.h5"))


def test_completion_mpirun(site):
    return undisturbed(site, "mpirun", as_root=True)


def test_completion_srun(site):
    return undisturbed(site, "srun")


def time_limit(site, form):
    """SLURM's own signal before a limit of a minute; code 75; requeued; the second start ends the run."""
    folder = site.folder(f"limit & {form}")
    output = os.path.join(folder, "out.h5")
    job = Job.submitted(site, folder, "--form", form, "--ntasks", 2, "--output", "out.h5", "--time", "00:01:00", "--signal-lead", 10)
    job.held_until_signalled(output, 2, lambda: None, 60)
    job.requeued()
    assert "asked to stop (SIGUSR1)" in job.log(), job.log()
    assert "status: interrupted" in site.info(output), site.info(output)
    # a slow machine gets the rest done in the second start too
    output_of(["scontrol", "update", f"jobid={job.name}", "timelimit=00:10:00"])
    job.woken()
    job.completed()
    job.resumed()
    budgets = re.findall(r"--time-budget (\S+)", site.info(output))
    assert len(budgets) == 2 and re.fullmatch("1:00|0:5[0-9]", budgets[0]), site.info(output)
    return site.complete(output)


def test_time_limit_mpirun(site):
    return time_limit(site, "mpirun")


def test_time_limit_srun(site):
    return time_limit(site, "srun")


def elements_of(site, array, count, folder):
    return [Job(site, f"{array}_{i}", folder, f"federated-hopfield-{array}_{i}.out") for i in range(1, count + 1)]


def test_array(site):
    """Four slices; one of them is stopped and comes back alone; the merge waits for it."""
    folder = site.folder("array")
    words = site.submit(folder, "--array", 4, "--output", "all.h5", "--time", "00:10:00")
    array = re.search(r"job (\d+) with 4 elements", words).group(1)
    merge_number, merge_log = re.search(r"job (\d+) merges them, log (\S+),", words).groups()
    merge = Job(site, merge_number, folder, merge_log)
    elements = elements_of(site, array, 4, folder)
    slices = [os.path.join(folder, f"all.slice-{i}-of-4.h5") for i in range(1, 5)]
    elements[1].until("RUNNING", 60)
    elements[1].held_until_signalled(slices[1], 1, lambda: site.call(["scancel", "--batch", "--signal=USR1", elements[1].name]), 30)
    elements[1].requeued()
    for element in elements[:1] + elements[2:]:
        element.completed()
        assert element.shown("Restarts") == "0", "another element was requeued too"
    assert merge.shown("JobState") == "PENDING" and merge.shown("Reason") == "Dependency", "the merge did not wait"
    elements[1].woken()
    elements[1].completed()
    elements[1].resumed()
    merge.completed()
    assert "merged 4 files" in merge.log(), merge.log()
    for path in slices:
        site.complete(path)
    return site.complete(os.path.join(folder, "all.h5"))


def test_array_with_a_failure(site):
    """An element fails: the merge leaves the queue, and the same submission again does only what is missing."""
    folder = site.folder("failed array")
    for attempt in (1, 2):
        words = site.submit(folder, "--array", 2, "--output", "all.h5", "--time", "00:10:00", "--form", "srun")
        elements = elements_of(site, re.search(r"job (\d+) with 2 elements", words).group(1), 2, folder)
        merge = Job(site, *re.search(r"job (\d+)()() merges", words).groups())
        elements[0].until("RUNNING", 120)
        if attempt == 1:
            os.kill(elements[0].is_at_work(os.path.join(folder, "all.slice-1-of-2.h5"), 1)[0], signal.SIGKILL)
            elements[0].until("FAILED", 60)
            elements[1].completed()
            merge.until("CANCELLED", 60)
    for element in elements:
        element.completed()
    elements[0].resumed()
    assert re.search(r"^resumed: (\d+) of \1 tasks", elements[1].log(), re.M), elements[1].log()
    merge.completed()
    return site.complete(os.path.join(folder, "all.h5"))


def killed_rank(site, form, rank):
    """One rank of two is killed: the job fails and does not hang; the same submission again ends the run."""
    folder = site.folder(f"killed by {form}")
    options = ["--form", form, "--ntasks", 2, "--output", "out.h5", "--time", "00:10:00", "--job-name", "killed"]
    job = Job.submitted(site, folder, *options)
    output = os.path.join(folder, "out.h5")
    os.kill(job.is_at_work(output, 2)[rank], signal.SIGKILL)
    job.until("FAILED", 30)
    assert job.shown("ExitCode") != "0:0" and job.shown("Restarts") == "0"
    assert "status: interrupted" in site.info(output), site.info(output)
    again = Job.submitted(site, folder, *options)
    again.completed()
    again.resumed()
    return site.complete(output)


def test_killed_rank_mpirun(site):
    return killed_rank(site, "mpirun", 0)


def test_killed_rank_srun(site):
    return killed_rank(site, "srun", 1)


def cancelled(site, form):
    """scancel: what is done is kept, the job does not come back by itself, the same submission again ends the run."""
    folder = site.folder(f"cancelled by {form}")
    options = ["--form", form, "--ntasks", 2, "--output", "out.h5", "--time", "00:10:00"]
    job = Job.submitted(site, folder, *options)
    output = os.path.join(folder, "out.h5")
    job.is_at_work(output, 2)
    site.call(["scancel", job.name])
    job.until("CANCELLED", 30)
    wait_for("the ranks gone", lambda: not job.ranks(), 40)
    with open(output + ".status.json", encoding="utf-8") as file:
        assert '"status": "interrupted"' in file.read()
    assert "status: interrupted" in site.info(output), site.info(output)
    time.sleep(2)
    assert job.shown("JobState") == "CANCELLED" and job.shown("Restarts") == "0", "a cancelled job came back"
    again = Job.submitted(site, folder, *options)
    again.completed()
    again.resumed()
    return site.complete(output)


def test_scancel_mpirun(site):
    return cancelled(site, "mpirun")


def test_scancel_srun(site):
    return cancelled(site, "srun")


def test_limit_too_short_for_a_task(site):
    """A task that never fits into the limit is not started for ever: a start that does nothing is the last."""
    folder = site.folder("too long", "mode = baseline\nneurons = 3000\nbatch-size = 3000\nrounds = 10000\nreplicas = 1\n")
    job = Job.submitted(site, folder, "--output", "out.h5", "--time", "00:10:00", "--signal-lead", 4)
    for start in (1, 2):
        wait_for(f"start {start} at work", lambda: job.log().count("rank 0 aggregates") == start, 60)
        time.sleep(1)
        site.call(["scancel", "--batch", "--signal=USR1", job.name])
        if start == 1:  # the theory was done
            job.requeued()
            job.woken_now()
    job.until("FAILED", 60)
    assert job.shown("ExitCode") == "75:0" and job.shown("Restarts") == "1" and "not requeued" in job.log(), job.log()


def test_page_of_the_manual(site):
    """docs/cluster.md: its first block, from the submission to the picture."""
    with open(os.path.join(SOURCE, "docs", "cluster.md"), encoding="utf-8") as file:
        block = re.search(r"^```\n(.*?)^```", file.read(), re.M | re.S).group(1)
    lines = block.replace("~/rankwise/", shlex.quote(site.prefix) + "/").replace("~/sweep", "sweep").splitlines()
    start, submission = [i for i, line in enumerate(lines) if line.startswith("mkdir") or "submit.sh" in line]
    words = site.call(["bash", "-ec", "\n".join(lines[start:submission + 2])])
    number, log = re.search(r"job (\d+), log (\S+),", words).groups()
    assert re.search(rf"^\s*{number}\s", words, re.M), words  # what squeue says
    job = Job(site, number, os.path.join(site.home, "sweep"), log)
    job.completed()
    told = site.call(["bash", "-ec", "\n".join(lines[submission + 3:])], os.path.join(site.home, "sweep"))
    assert "status: complete" in told and "wrote federated_hopfield.png" in told, told
    assert os.path.exists(os.path.join(site.home, "sweep", "federated_hopfield.png"))


def refused(site):
    """What SLURM refuses is told, with code 1."""
    script = os.path.join(site.prefix, "share", "rankwise", "jobs", "slurm", "submit.sh")
    done = subprocess.run([script, "federated-hopfield", "run.ini", "--partition", "nowhere"], capture_output=True, text=True,
                          cwd=site.folder("refused"), check=False)
    assert done.returncode == 1 and "invalid partition" in done.stderr, done.stderr


def main():
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    chosen = sys.argv[3:]
    tests = [(name, test) for name, test in tests if not chosen or name in chosen]
    failed = 0
    with scratch() as base:
        os.chmod(base, 0o755)
        cluster = os.path.join(base, "cluster")
        up = subprocess.run([NODE, "up", cluster, str(os.getpid())], stdout=subprocess.PIPE, text=True, check=False)
        if up.returncode == 77 and os.environ.get("RANKWISE_SKIP_SLURM") == "1":
            print("SKIPPED: no SLURM here, and RANKWISE_SKIP_SLURM=1")
            return 77
        if up.returncode != 0:
            print("FAILED: no SLURM to test with; to go on without: RANKWISE_SKIP_SLURM=1")
            return 1
        os.environ["SLURM_CONF"] = up.stdout.strip()
        try:
            site = Site(base)
            refused(site)
            digests = {}
            with concurrent.futures.ThreadPoolExecutor(len(tests)) as pool:
                names = {pool.submit(test, site): name for name, test in tests}
                for future in concurrent.futures.as_completed(names):
                    try:
                        digests[names[future]] = future.result()
                        print(f"ok    {names[future]} ({time.time() - START:.0f} s)", flush=True)
                    except Exception as error:  # whatever it is, it is this test's failure, and the others go on
                        failed += 1
                        line = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == __file__][-1]
                        print(f"FAIL  {names[future]} ({time.time() - START:.0f} s), line {line}: {type(error).__name__}: {error!s:.4000}", flush=True)
            different = {d for d in digests.values() if d is not None}
            if len(different) > 1:
                failed += 1
                print(f"FAIL  digests differ: {digests}")
            print(f"digest {different}, {len(tests)} tests, {failed} failures, {time.time() - START:.0f} s")
        finally:
            subprocess.run([NODE, "down", cluster], check=False)
            subprocess.run(["chmod", "-R", "u+w", base], check=False)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
