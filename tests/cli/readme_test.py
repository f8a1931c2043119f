# README.md shows what the programs print. SPDX-License-Identifier: MIT
import os
import re

import xarray

from support import BIN, PROGRAM, SOURCE, code_blocks, commands, main, np, run_command, same_output, scratch

PATH = (BIN, os.path.join(SOURCE, "analysis"))


def consoles():
    return [commands(block) for block in code_blocks("README.md", "") if block.startswith("$ ")]


def test_pasted_output_and_python_lines():
    (command, expected), = consoles()[0]
    assert os.path.basename(PROGRAM) in command, command
    with scratch() as folder:
        # the first command names the program as it lies in the tree
        same_output(run_command(command.replace("build/release/bin/", ""), folder, PATH), expected)
        lines = code_blocks("README.md", "python")[0]
        assert len(lines.strip().splitlines()) == 4
        before = os.getcwd()
        os.chdir(folder)
        try:
            names = {}
            exec(lines, names)  # the README's own words
        finally:
            os.chdir(before)
        assert isinstance(names["data"], xarray.Dataset) and np.isclose(names["data"].magnetisation.values.min(), 1)


def test_sweep_resume_merge_info():
    """The commands of that section one after the other, each with what it prints and its exit code."""
    typed = consoles()[1]
    assert len(typed) >= 6
    words = " ".join(command for command, _ in typed)
    for option in ("--time-budget", "--resume", "--slice", "rankwise-merge", "rankwise-info", "rankwise-plot", "--replicas"):
        assert option in words, f"README.md does not show {option}"
    with scratch() as folder:
        for command, expected in typed:
            printed = run_command(command, folder, PATH)
            same_output(printed, expected)
        digests = re.findall(r"digest: ([0-9a-f]{16})", printed)
        assert len(digests) == 2 and digests[0] == digests[1], f"stopped and resumed, or split and merged: {printed}"


main([test_pasted_output_and_python_lines, test_sweep_resume_merge_info])
