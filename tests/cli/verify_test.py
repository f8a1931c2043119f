# --verify: the true program passes, a program with one constant off by 2 % fails. SPDX-License-Identifier: MIT
import os

from support import arrays, main, run, scratch

MUTANTS = os.environ["RANKWISE_MUTANTS"].split(":")
OPTIONS = ["--mode", "baseline", "--rounds", "2", "--replicas", "6", "--verify"]
ATTACKER = ["--mode", "attacker", "--weight", "trust", "--replicas", "3", "--verify"]


def verdicts(program, folder, options=OPTIONS):
    path = os.path.join(folder, "v.h5")
    options = options + ["--output", path, "--overwrite"]
    done = run(options) if program is None else run(options, program=program)
    claims = arrays(path, ["claims"])
    failed = [name.decode() for name, verdict in zip(claims["claims/name"], claims["claims/verdict"]) if verdict == b"fail"]
    return done, failed


def test_true_program_passes():
    for options in (OPTIONS, ATTACKER):
        with scratch() as folder:
            done, failed = verdicts(None, folder, options)
        assert done.returncode == 0 and not failed, (done.returncode, failed, done.stdout)


def test_every_mutant_is_caught():
    assert len(MUTANTS) == 4
    for program in MUTANTS:
        name = os.path.basename(program).replace("mutant_", "")
        with scratch() as folder:
            done, failed = verdicts(program, folder, ATTACKER if name == "attacker" else OPTIONS)
        assert done.returncode == 1, f"{name}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        about = "weight of the attacker" if name == "attacker" else f"mean {name}"
        assert failed and all(about in claim for claim in failed), f"{name}: failed {failed}"
        assert "fail" in done.stdout


def test_without_verify_a_failed_claim_is_only_reported():
    with scratch() as folder:
        options = [o for o in OPTIONS if o != "--verify"] + ["--output", os.path.join(folder, "v.h5")]
        done = run(options, program=MUTANTS[0])
    assert done.returncode == 0 and "| fail" in done.stdout, done.stdout


main([value for name, value in list(globals().items()) if name.startswith("test_")])
