# docs/new_experiment.md: its code is what is compiled, its commands do what it says. SPDX-License-Identifier: MIT
import os
import sys

sys.path.insert(0, os.path.join(os.environ["RANKWISE_SOURCE"], "tests", "cli"))
from support import BIN, SOURCE, arrays, attribute, code_blocks, commands, main, np, run, run_command, run_ok, same_output, scratch  # noqa: E402

PAGE = "docs/new_experiment.md"
FOLDER = os.path.join(SOURCE, "tests", "example", "spiked_wigner")
PROGRAM = os.environ["RANKWISE_EXAMPLE"]
PATH = (os.path.dirname(PROGRAM), BIN, os.path.join(SOURCE, "analysis"))
SWEEP = ["--spike", "0:3:7", "--replicas", "40"]


def text_of(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


def test_the_code_of_the_page_is_the_code_that_is_compiled():
    shown, compiled = "\n".join(code_blocks(PAGE, "cpp")), text_of("spiked_wigner.cpp")
    for number, (a, b) in enumerate(zip(shown.splitlines(), compiled.splitlines()), 1):
        assert a == b, f"line {number}: the page has '{a}', the file '{b}'"
    assert shown == compiled, "one is longer than the other"
    assert "\n".join(code_blocks(PAGE, "cmake")) == text_of("CMakeLists.txt")


def test_the_commands_of_the_page():
    block = [b for b in code_blocks(PAGE, "") if b.startswith("$ ")]
    assert len(block) == 1
    typed = commands(block[0])
    assert [c.split()[0] for c, _ in typed] == ["rankwise-spiked-wigner", "mpirun", "mpirun", "rankwise-plot"]
    assert "--resume" in typed[2][0] and "--verify" in typed[2][0]
    with scratch() as folder:
        for command, expected in typed:
            same_output(run_command(command, folder, PATH), expected)
        path = os.path.join(folder, "spiked_wigner.h5")
        assert os.path.getsize(os.path.join(folder, "spiked_wigner.png")) > 50000
        once = os.path.join(folder, "once.h5")
        run_ok(SWEEP + ["--output", once], program=PROGRAM)
        assert attribute(path, "digest") == attribute(once, "digest"), "resumed with more replicas, the digest is another"


def test_bits_do_not_depend_on_ranks_and_teams():
    with scratch() as folder:
        digests = set()
        for ranks, options in ((1, []), (2, []), (3, ["--ranks-per-task", "all"]), (4, ["--ranks-per-task", "3"])):
            path = os.path.join(folder, f"{ranks}.h5")
            run_ok(["--spike", "0:3:7", "--dimension", "60", "--replicas", "6", "--output", path] + options, ranks=ranks, program=PROGRAM)
            digests.add(attribute(path, "digest"))
        assert len(digests) == 1, digests


def test_science():
    with scratch() as folder:
        path = os.path.join(folder, "t.h5")
        assert run(SWEEP + ["--verify", "--output", path], program=PROGRAM).returncode == 0
        data = arrays(path)
        z = data["claims/z"]
        assert len(z) == 17 and (np.abs(z) < 4).all() and np.abs(z).max() > 0.1, z
        spike, top = data["points/spike"], data["statistics/top_eigenvalue/mean"]
        # common random numbers: differences between spikes are sharper than the values
        values = data["simulation/top_eigenvalue"]
        difference = values[6] - values[5]
        assert difference.std() < 0.5 * np.hypot(values[6].std(), values[5].std())
        assert abs(difference.mean() - (3 + 1 / 3 - 2.5 - 1 / 2.5)) < 4 * difference.std() / 40 ** 0.5 + 1 / 200
        assert (top[spike <= 1] < 2.05).all() and (data["statistics/levels/kolmogorov_distance"] < 2 / 200).all()
        assert data["simulation/levels_outside"].sum() == 0, "every level lies between the edges"


main([test_the_code_of_the_page_is_the_code_that_is_compiled, test_the_commands_of_the_page,
      test_bits_do_not_depend_on_ranks_and_teams, test_science])
