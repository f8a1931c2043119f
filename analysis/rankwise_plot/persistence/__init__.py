# Figures of the persistence diagrams of random matrices. SPDX-License-Identifier: MIT
"""One figure per mode; a mode without one, or a run too young for it, gets the plain figure."""
from .. import plain
from ..results import Unreadable, progress
from .compare import draw_discriminate, draw_sampler_check
from .diagram import draw_diagram
from .fluctuations import draw_longrange, draw_spacings
from .rosenzweig_porter import draw_rosenzweig_porter
from .scaling import draw_entropy_scaling, draw_universality, draw_wishart

# mode -> function(results, points, notes) that returns a figure, or None where the file has nothing of the mode's own yet
FIGURES = {
    "diagram": draw_diagram,
    "entropy_scaling": draw_entropy_scaling,
    "discriminate": draw_discriminate,
    "universality": draw_universality,
    "wishart": draw_wishart,
    "rosenzweig_porter": draw_rosenzweig_porter,
    "spacings": draw_spacings,
    "longrange": draw_longrange,
    "sampler_check": draw_sampler_check,
}


def draw(results, chosen):
    if not results.has("/simulation/stored"):
        raise Unreadable(f"{results.path}: no replicas (theory only), nothing to draw")
    points = range(len(results.points()["id"])) if chosen is None else chosen
    points = [p for p in dict.fromkeys(points) if len(results.replicas(p)) > 0]
    if not points:
        raise Unreadable(f"{results.path}: no finished replica (status {results.attribute('status')}), nothing to draw")
    notes = []
    make = FIGURES.get(results.mode)
    figure = make(results, points, notes) if make else None
    if figure is None:
        return plain.draw(results, chosen)
    first, second = (": ", " ") if figure.get_figwidth() > 10 else ("\n", "\n")
    figure.suptitle(f"persistence of random matrices, {results.mode.replace('_', ' ')}{first}{progress(results, points)}{second}"
                    "(markers: simulation, bars: standard error unless said)", fontsize=10)
    if notes:
        figure.supxlabel("; ".join(dict.fromkeys(notes)), fontsize=8, x=0.01, ha="left")
    return figure
