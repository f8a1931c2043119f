#!/usr/bin/env python3
"""The house rules that grep can check: who includes whom, what is banned, how a file begins and how long it is.

usage: layering_test.py [BIN] [--self-test]; the tree is $RANKWISE_SOURCE, or where this file lies.
SPDX-License-Identifier: MIT
"""
import os
import re
import sys
import tempfile
from pathlib import Path

# The floors, and the rooms that each may use beside its own.
MAY_USE = {
    "core": set(),
    "random": {"core"},
    "linalg": {"core", "random"},
    "spectra": {"core", "random", "linalg"},
    "stats": {"core", "random"},
    "mpi": {"core"},
    "io": {"core"},
    "run": {"core", "random", "stats", "mpi", "io"},
    "federated": {"core", "random", "linalg", "spectra", "stats", "mpi", "run"},
}
MAY_USE["experiments"] = set(MAY_USE)
MAY_USE["drivers"] = set(MAY_USE)

# Headers of others: a pattern, what it is called, and the floors that may include it.
SIMD = {"core", "random", "linalg", "spectra", "federated"}
LIBRARIES = [
    (r"Random123/", "Random123", set()),  # an oracle of the tests
    (r"Eigen/", "Eigen", {"linalg", "spectra", "federated", "experiments"}),
    (r"(cblas|lapacke)\.h$", "BLAS and LAPACK", {"linalg"}),
    (r"boost/(program_options|version\.hpp$)", "Boost.Program_options", {"run"}),
    (r"boost/math/", "Boost.Math", {"spectra", "stats"}),
    (r"mpi\.h$", "MPI", {"mpi"}),
    (r"(hdf5(_hl)?|H5\w*)\.h$", "HDF5", {"io"}),
    (r"zlib\.h$", "zlib", {"io"}),
    (r"immintrin\.h$", "SIMD intrinsics", SIMD),
    (r"(sys/\w+|gnu/\w[\w-]*|malloc|unistd|fcntl|signal|time|dlfcn|poll|pthread|sched|errno|termios)\.h$", "the operating system",
     {"core", "mpi", "io", "run"}),
]
# The standard library has no slash and no suffix; what it offers for random numbers is banned below.
STANDARD = re.compile(r"^[a-z_0-9]+$")

BANNED_CODE = [
    ("float-sum", re.compile(r"\bMPI_SUM\b"), "MPI_SUM depends on the number of ranks: send records and add in order"),
    ("std-random", re.compile(
        r"#\s*include\s*<random>|\bmt19937(_64)?\b|\brandom_device\b|\bdefault_random_engine\b|\bminstd_rand0?\b"
        r"|\branlux\w+|\bknuth_b\b|\b(linear_congruential|mersenne_twister|subtract_with_carry)_engine\b"
        r"|\bstd::\w+_distribution\b|\bstd::(shuffle|sample)\b|\bs?rand\s*\(|\b[dl]rand48\s*\("),
     "only rankwise/random makes random numbers"),
]
BANNED_BUILD = [
    ("fast-math", re.compile(r"-ffast-math|-Ofast|-funsafe-math|-fassociative-math|-freciprocal-math|-ffp-contract=fast"),
     "changes results"),
]
LONGEST = 500

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.MULTILINE)
CODE = {".cpp", ".hpp", ".h", ".c", ".cc"}
BUILD = {".cmake", ".in"}
SCRIPTS = {".sh", ".py", ".sbatch", ".slurm"}


def blank(match):
    """The same number of lines, without the text."""
    return "\n" * match.group(0).count("\n") or " "


def without_comments(text):
    """C++ text with comments emptied; strings stay, so that // inside one does no harm."""
    token = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.DOTALL)
    return token.sub(lambda m: m.group(0) if m.group(0)[0] in "\"'" else blank(m), text)


def line_of(text, position):
    return text.count("\n", 0, position) + 1


class Tree:
    """One source tree and the violations found in it."""

    def __init__(self, root):
        self.root = Path(root)
        self.violations = []
        self.files = 0
        self.includes = 0

    def report(self, rule, path, line, text):
        self.violations.append((rule, f"{path.relative_to(self.root)}:{line}: {rule}: {text}"))

    def of(self, *folders):
        for folder in folders:
            for path in sorted((self.root / folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    yield path

    def floor_of(self, path):
        parts = path.relative_to(self.root).parts
        if parts[0] == "drivers":
            return "drivers"
        if parts[:2] == ("include", "rankwise"):
            return parts[2] if len(parts) > 3 else None
        return parts[1] if len(parts) > 2 else None

    def target_of(self, path, name):
        """The file of this tree that a quoted include means, or None."""
        for base in (self.root / "include", self.root / "src", path.parent):
            if (base / name).is_file():
                return (base / name).resolve()
        return None

    def check(self):
        for path in self.of("include", "src", "drivers"):
            if path.suffix in CODE:
                self.check_code(path)
        for path in self.of("include", "src", "drivers", "tests", "cmake", "jobs", "analysis", ".ci", "docs"):
            self.check_form(path)
        for path in [*self.root.glob("CMake*"), *self.of("include", "src", "drivers", "tests", "cmake", "jobs")]:
            if path.name.startswith("CMake") or path.suffix in BUILD:
                text = re.sub(r"(?m)^\s*#.*$", "", path.read_text(encoding="utf-8"))
                self.check_banned(path, text, BANNED_BUILD)
        return self.violations

    def check_code(self, path):
        self.files += 1
        floor = self.floor_of(path)
        if floor not in MAY_USE:
            self.report("floor", path, 1, f"'{floor}' is not a floor of the house")
            return
        raw = path.read_text(encoding="utf-8")
        text = without_comments(raw)
        public = path.relative_to(self.root).parts[0] == "include"
        for match in INCLUDE.finditer(text):
            self.includes += 1
            line = line_of(text, match.start(1))
            if match.group(1) == '"' or match.group(2).startswith("rankwise/"):
                self.check_own(path, floor, public, line, match.group(2))
            else:
                self.check_library(path, floor, line, match.group(2))
        self.check_banned(path, text, BANNED_CODE)
        if path.suffix in {".hpp", ".h"} and "#pragma once" not in text:
            self.report("once", path, 1, "a header without #pragma once")

    def check_own(self, path, floor, public, line, name):
        if name == "rankwise_git.hpp":  # made by the build
            return
        target = self.target_of(path, name)
        if target is None:
            self.report("unknown-header", path, line, f'"{name}" is neither in include/ nor in src/')
            return
        if public and (self.root / "src").resolve() in target.parents:
            self.report("private-header", path, line, f'a public header includes "{name}" of src/')
            return
        other = self.floor_of(self.root.resolve() / target.relative_to(self.root.resolve()))
        if other != floor and other not in MAY_USE[floor]:
            self.report("layer", path, line, f'{floor} may not use {other} ("{name}")')

    def check_library(self, path, floor, line, name):
        for pattern, what, floors in LIBRARIES:
            if re.match(pattern, name):
                if floor not in floors:
                    self.report("library", path, line, f"{floor} may not use {what} (<{name}>)")
                return
        if not STANDARD.match(name):
            self.report("library", path, line, f"<{name}> is in no row of the table of libraries")

    def check_banned(self, path, text, banned):
        for rule, pattern, why in banned:
            for match in pattern.finditer(text):
                self.report(rule, path, line_of(text, match.start()), f"'{match.group(0)}': {why}")

    def check_form(self, path):
        """How a file begins, how long it is, no tabs."""
        script = path.suffix in SCRIPTS
        build = path.name == "CMakeLists.txt" or path.suffix in BUILD
        data = path.suffix not in CODE | SCRIPTS | BUILD | {"", ".txt", ".md"} or path.name.startswith(".")
        if data:
            return
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return
        lines = text.split("\n")
        if "\t" in text:
            self.report("tab", path, 1 + next(i for i, line in enumerate(lines) if "\t" in line), "a tab")
        if text.startswith("#!"):
            script = True
            lines = lines[1:]
        if path.suffix in CODE or script or build:
            if len(lines) > LONGEST + 1:
                self.report("length", path, LONGEST, f"{len(lines) - 1} lines, at most {LONGEST} are allowed")
            self.check_opening(path, lines)

    def check_opening(self, path, lines):
        """The first line says what the file is for; the license tag is on it or soon after."""
        head = "\n".join(lines[:20])
        if "SPDX-License-Identifier: MIT" not in head:
            self.report("license", path, 1, "no 'SPDX-License-Identifier: MIT' near the top")
            return
        purpose = re.sub(r"SPDX-License-Identifier: MIT", "", lines[0])
        has_marker = re.match(r"//|/\*" if path.suffix in CODE else r'#|"""', purpose)
        words = re.findall(r"\w+", purpose)
        if has_marker and len(words) >= 2:
            return
        # An implementation or a test of a header of the same name has its purpose there.
        relative = path.relative_to(self.root)
        twins = [path.with_suffix(".hpp")]
        header = Path(*relative.parts[1:]).with_name(re.sub(r"_test$", "", path.stem) + ".hpp")
        if relative.parts[0] in {"src", "tests"}:
            twins += [self.root / "include" / "rankwise" / header, self.root / "src" / header]
        if not (has_marker and path.suffix == ".cpp" and any(twin.is_file() for twin in twins)):
            self.report("purpose", path, 1, "the first line does not say what the file is for")


GOOD = "// What this file is for. SPDX-License-Identifier: MIT\n"
HEADER = GOOD + "#pragma once\n"
CLEAN = {
    "CMakeLists.txt": "# A project. SPDX-License-Identifier: MIT\n# Never -ffast-math.\nadd_compile_options(-ffp-contract=off)\n",
    "include/rankwise/core/text.hpp": HEADER + "#include <string>\n",
    "include/rankwise/random/stream.hpp": HEADER + '#include "rankwise/core/text.hpp"\n',
    "include/rankwise/run/point.hpp": HEADER + '#include "rankwise/mpi/comm.hpp"\n',
    "include/rankwise/mpi/comm.hpp": HEADER + "// MPI_SUM and std::mt19937 are banned.\n",
    "src/core/text.cpp": '// SPDX-License-Identifier: MIT\n#include "rankwise/core/text.hpp"\n#include <sys/stat.h>\n',
    "src/linalg/inner.hpp": HEADER + "#include <Eigen/Core>\n#include <cblas.h>\n",
    "src/linalg/solve.cpp": GOOD + '#include "linalg/inner.hpp"\n#include "inner.hpp"\n',
    "src/mpi/comm.cpp": GOOD + "#include <mpi.h>\n",
    "src/experiments/hopfield/model.cpp": GOOD + '#include "rankwise/run/point.hpp"\n',
    "drivers/hopfield.cpp": GOOD + '#include "rankwise/run/point.hpp"\nint main() {}\n',
    "tests/core/text_test.cpp": "// SPDX-License-Identifier: MIT\nint main() {}\n",
    "jobs/go.sh": "#!/usr/bin/env bash\n# Goes on. SPDX-License-Identifier: MIT\n",
}
# One violation of each kind: the rule that must see it, the file, its text.
BROKEN = [
    ("layer", "src/core/a.cpp", GOOD + '#include "rankwise/random/stream.hpp"\n'),
    ("layer", "include/rankwise/linalg/a.hpp", HEADER + '#include "rankwise/run/point.hpp"\n'),
    ("layer", "src/mpi/a.cpp", GOOD + "#include <rankwise/random/stream.hpp>\n"),
    ("layer", "src/io/a.cpp", GOOD + '  #  include "../linalg/inner.hpp"\n'),
    ("floor", "src/attic/a.cpp", GOOD),
    ("library", "src/run/a.cpp", GOOD + "#include <mpi.h>\n"),
    ("library", "src/run/a.cpp", GOOD + "#include <hdf5.h>\n"),
    ("library", "src/mpi/a.cpp", GOOD + "#include <H5Fpublic.h>\n"),
    ("library", "src/core/a.cpp", GOOD + "#include <Eigen/Dense>\n"),
    ("library", "src/spectra/a.cpp", GOOD + "#include <lapacke.h>\n"),
    ("library", "src/experiments/a.cpp", GOOD + "#include <boost/program_options.hpp>\n"),
    ("library", "src/linalg/a.cpp", GOOD + "#include <boost/math/special_functions.hpp>\n"),
    ("library", "src/random/a.cpp", GOOD + "#include <Random123/philox.h>\n"),
    ("library", "src/stats/a.cpp", GOOD + "#include <unistd.h>\n"),
    ("library", "src/stats/a.cpp", GOOD + "#include <gsl/gsl_math.h>\n"),
    ("library", "drivers/a.cpp", GOOD + "#include <mpi.h>\n"),
    ("private-header", "include/rankwise/linalg/a.hpp", HEADER + '#include "linalg/inner.hpp"\n'),
    ("unknown-header", "src/core/a.cpp", GOOD + '#include "rankwise/core/nowhere.hpp"\n'),
    ("float-sum", "src/mpi/a.cpp", GOOD + "int op = MPI_SUM;\n"),
    ("std-random", "src/core/a.cpp", GOOD + "#include <random>\n"),
    ("std-random", "src/core/a.cpp", GOOD + "std::mt19937_64 engine;\n"),
    ("std-random", "src/core/a.cpp", GOOD + "std::normal_distribution<double> n;\n"),
    ("std-random", "src/core/a.cpp", GOOD + "int x = rand();\n"),
    ("std-random", "src/core/a.cpp", GOOD + 'auto url = "http://x"; std::random_device d;\n'),
    ("fast-math", "cmake/Flags.cmake", "# Some flags. SPDX-License-Identifier: MIT\nset(F -ffast-math)\n"),
    ("fast-math", "CMakePresets.json", '{"CMAKE_CXX_FLAGS": "-Ofast"}\n'),
    ("once", "include/rankwise/core/a.hpp", GOOD),
    ("purpose", "src/core/a.cpp", "// SPDX-License-Identifier: MIT\nint a;\n"),
    ("purpose", "tests/core/a_test.cpp", "// SPDX-License-Identifier: MIT\nint a;\n"),
    ("purpose", "tests/core/text_test.cpp", "#include <string>\n// SPDX-License-Identifier: MIT\n"),
    ("license", "src/core/a.cpp", "// What this file is for.\nint a;\n"),
    ("license", "jobs/a.sh", "#!/bin/sh\n# Does a thing.\n"),
    ("length", "src/core/a.cpp", GOOD + "\n" * 500),
    ("tab", "src/core/a.cpp", GOOD + "\tint a;\n"),
]


def write(root, files):
    for name, text in files.items():
        path = Path(root) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def self_test():
    """A clean tree has no violation; each broken file added to it gives exactly its own."""
    failures = 0
    rules = set()
    with tempfile.TemporaryDirectory() as root:
        write(root, CLEAN)
        for rule, text in Tree(root).check():
            print(f"FAILED: found in a clean tree: {text}")
            failures += 1
    for rule, name, text in BROKEN:
        rules.add(rule)
        with tempfile.TemporaryDirectory() as root:
            write(root, CLEAN | {name: text})
            found = Tree(root).check()
            if [r for r, _ in found] != [rule]:
                print(f"FAILED: {name} should break '{rule}' and nothing else, found {found}:\n{text[:200]}")
                failures += 1
    print(f"{len(BROKEN)} broken files, {len(rules)} rules, {failures} failures")
    return failures


def main():
    if "--self-test" in sys.argv[1:]:
        return 1 if self_test() else 0
    tree = Tree(os.environ.get("RANKWISE_SOURCE") or Path(__file__).resolve().parents[2])
    for _, text in tree.check():
        print(text)
    print(f"{tree.files} source files, {tree.includes} includes, {len(tree.violations)} violations")
    if tree.files < 10 or tree.includes < 10:
        print("FAILED: that is too few to be this project")
        return 1
    return 1 if tree.violations else 0


if __name__ == "__main__":
    sys.exit(main())
