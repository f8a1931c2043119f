# README.md shows what the program prints. SPDX-License-Identifier: MIT
import os
import re

from support import PROGRAM, SOURCE, main, np, run_ok, scratch
import xarray

README = os.path.join(SOURCE, "README.md")


def blocks(language):
    with open(README, encoding="utf-8") as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.M | re.S)


def shape(line):
    """The line with numbers and the digest blanked: last bits differ between processors."""
    line = re.sub(r"digest [0-9a-f]{16}", "digest", line)
    line = re.sub(r"[-+]?\d+(\.\d+)?(e[-+]?\d+)?", "#", line)
    return re.sub(r"\s+", " ", line).strip()


def test_pasted_output_and_python_lines():
    pasted = [block for block in blocks("") if block.startswith("$ mpirun")]
    assert len(pasted) == 1, "README.md has one pasted run"
    command, *expected = pasted[0].splitlines()
    words = command.split()
    assert words[1] == "mpirun" and words[4].endswith(os.path.basename(PROGRAM)), command
    with scratch() as folder:
        done = run_ok(words[5:], ranks=int(words[3]), cwd=folder)
        printed = done.stdout.strip().splitlines()
        assert [shape(line) for line in printed] == [shape(line) for line in expected], "\n".join(printed)
        # what is said of the verdicts is literal
        assert [line.split("|")[-1] for line in printed if "|" in line] == [line.split("|")[-1] for line in expected if "|" in line]
        lines = blocks("python")[0]
        assert len(lines.strip().splitlines()) == 4
        before = os.getcwd()
        os.chdir(folder)
        try:
            names = {}
            exec(lines, names)  # the README's own words
        finally:
            os.chdir(before)
        assert isinstance(names["data"], xarray.Dataset) and np.isclose(names["data"].magnetisation.values.min(), 1)


main([test_pasted_output_and_python_lines])
