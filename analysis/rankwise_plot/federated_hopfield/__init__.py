# Figures of the federated Hopfield model. SPDX-License-Identifier: MIT
"""One figure per mode, and one of sweeps of what travels."""
from ..results import Unreadable
from . import bbp, capacity, course, detectability, heterogeneous, retrieval, rounds, shares, wire

OF_MODE = {"attacker": course, "bbp": bbp, "capacity": capacity, "cooperation": shares, "detectability": detectability, "drift": course,
           "heterogeneous": heterogeneous, "novelty": course, "participation": shares, "retrieval": retrieval}


def draw(results, chosen):
    total = len(results.points()["id"])
    points = list(range(total)) if chosen is None else list(dict.fromkeys(chosen))
    if not results.has("/simulation/magnetisation"):
        raise Unreadable(f"{results.path}: no replicas (theory only), nothing to draw")
    points = [p for p in points if len(results.replicas_with("magnetisation", p)) > 0]
    if not points:
        raise Unreadable(f"{results.path}: no finished replica (status {results.attribute('status')})")
    if results.mode in OF_MODE:
        return OF_MODE[results.mode].draw(results, points)
    if wire.fits(results):
        return wire.draw(results, points)
    return rounds.draw(results, points, total if chosen is None else None)
