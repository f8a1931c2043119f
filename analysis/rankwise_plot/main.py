# The command rankwise-plot. SPDX-License-Identifier: MIT
"""Arguments, errors and the table of figures by experiment."""
import argparse
import importlib
import os
import sys

import matplotlib

matplotlib.use("Agg")

from .results import Results, Unreadable  # noqa: E402

# Experiments with a figure of their own; every other gets the plain one.
FIGURES = {"federated_hopfield": "federated_hopfield", "persistence": "persistence"}
PLAIN = "plain"


def main():
    parser = argparse.ArgumentParser(prog="rankwise-plot", description="Draws a Rankwise results file, also of a run that goes on "
                                     "or was killed (with what its journal holds).", allow_abbrev=False)
    parser.add_argument("file", help="HDF5 file written by a rankwise program")
    parser.add_argument("-o", "--output", help="picture to write (.png, .pdf, .svg); default: beside the file")
    parser.add_argument("--points", help="which points, by index: 0,2")
    parser.add_argument("--plain", action="store_true", help="claims, means and spectra, whatever the experiment")
    parser.add_argument("--dpi", type=int, default=130)
    arguments = parser.parse_args()
    output = arguments.output or os.path.splitext(arguments.file)[0] + ".png"
    try:
        chosen = None if arguments.points is None else [int(p) for p in arguments.points.split(",")]
        results = Results(arguments.file)
        if chosen is not None:
            total = len(results.points()["id"])
            wrong = [p for p in chosen if not 0 <= p < total]
            if wrong:
                raise Unreadable(f"--points {wrong[0]}: allowed are 0 to {total - 1}")
        name = PLAIN if arguments.plain else FIGURES.get(results.experiment, PLAIN)
        figure = importlib.import_module(f".{name}", __package__).draw(results, chosen)
        figure.savefig(output, dpi=arguments.dpi)
    except ValueError as error:
        return fail(str(error), 2)
    except Unreadable as error:
        return fail(str(error), 2)
    except OSError as error:
        return fail(f"{output}: {error}", 4)
    journal = results.journal_text()
    print(f"wrote {output}{', ' if journal else ''}{journal}")
    return 0


def fail(message, code):
    print(f"rankwise-plot: {message}", file=sys.stderr)
    return code
