# A results file and its journal as numpy arrays. SPDX-License-Identifier: MIT
"""Reading the groups of docs/schema.md, also of a run that goes on or was killed:

    from rankwise_plot.results import Results
    results = Results("probe.h5")                 # with probe.h5.journal, when there is one
    mean, error = results.mean("mean_square")     # over the replicas so far
"""
import os
import time

import h5py
import numpy as np

from . import recompute
from .journal import BrokenJournal, read_journal

SCHEMA = 2


class Unreadable(Exception):
    """The file cannot be drawn; the text says why."""


def open_with_journal(path):
    """The file and its journal, of one moment: a run that ends or is resumed replaces the file by a rename, and what the
    journal held is in the new one."""
    for _ in range(40):
        try:
            before = os.stat(path).st_ino
            file = h5py.File(path, "r")
        except BlockingIOError:  # its writer lets go of it a moment after the rename
            time.sleep(0.05)
            continue
        except OSError as error:
            raise Unreadable(f"{path}: cannot be opened as HDF5 ({error})") from None
        try:
            journal = read_journal(path + ".journal")
        except BrokenJournal as error:
            raise Unreadable(str(error)) from None
        if os.stat(path).st_ino == before:
            return file, journal
        file.close()
    raise Unreadable(f"{path}: another process is writing it; try later")


class Overlay:
    """What the journal adds to the file, by data set: the engine's rules, src/run/stored.cpp."""

    def __init__(self, journal, point_ids, measured, predicted):
        self.measured, self.predicted = measured, predicted  # the masks `stored`, brought up to date
        self.values = {}                                     # path -> [(point, replica or None, value)]
        self.tallies = {}                                    # path -> [(point, counts to add)]
        self.tasks = 0
        self.failed = 0
        places = {int(identity): index for index, identity in enumerate(point_ids)}
        for task in journal.tasks if journal else []:
            if task.done:
                self.tasks += 1
                self.absorb(task, places, journal.path)
            else:
                self.failed += 1

    def absorb(self, task, places, path):
        touched = set()
        last = task.first_replica + task.replicas - 1
        for record in task.records:
            if record.point_id not in places:
                raise Unreadable(f"{path}: a point {record.point_id:016x} that the file lacks")
            p = places[record.point_id]
            touched.add(p)
            if task.theory:
                if not self.predicted[p]:
                    self.values.setdefault(record.observable, []).append((p, None, record.value))
            elif record.replica < 0:  # counts of the replicas of the block that the file did not have
                if not self.measured[p, record.counted_from:last + 1].any():
                    self.tallies.setdefault(record.observable, []).append((p, record.value))
            else:
                self.values.setdefault(record.observable, []).extend(
                    (p, replica, value) for replica, value in record.by_replica() if not self.measured[p, replica])
        for p in touched:
            if task.theory:
                self.predicted[p] = 1
            else:
                self.measured[p, task.first_replica:last + 1] = 1

    def changes(self, observable):
        return observable in self.values or observable in self.tallies

    def apply(self, observable, data):
        for p, replica, value in self.values.get(observable, []):
            where = (p,) if replica is None else (p, replica)
            data[where + tuple(slice(n) for n in value.shape)] = value
        for p, value in self.tallies.get(observable, []):
            where = (p,) + tuple(slice(n) for n in value.shape)
            old = data[where]
            data[where] = np.where(old == recompute.MISSING, value, old + value)
        return data

    def apply_lengths(self, observable, lengths):
        for p, replica, value in self.values[observable]:
            lengths[p if replica is None else (p, replica)] = value.shape[0]
        return lengths


class Results:
    """One file, read data set by data set on demand. `overlay.tasks` of them come from its journal."""

    def __init__(self, path):
        self.path = path
        self.file, journal = open_with_journal(path)
        if "schema_version" not in self.file.attrs:
            raise Unreadable(f"{path}: not written by Rankwise (no attribute schema_version)")
        if self.attribute("schema_version") != SCHEMA:
            raise Unreadable(f"{path}: schema version {self.attribute('schema_version')}, this reader knows {SCHEMA}")
        self.experiment = self.attribute("experiment")
        self.mode = self.attribute("mode")
        self.journal = journal if journal and journal.run_id == int(self.attribute("run_id")) else None
        measured = self.file["/simulation/stored"][...] if self.has("/simulation/stored") else None
        self.overlay = Overlay(self.journal, self.file["/points/id"][...], measured, self.file["/theory/stored"][...])
        self.recomputed = {}

    @property
    def finished(self):
        """The run has ended by itself: all that there will be is here."""
        return self.attribute("status") in ("complete", "failed")

    def attribute(self, name, group="/", default=""):
        value = self.file[group].attrs.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def has(self, path):
        return path in self.file

    def stored_in_file(self, path):
        """A data set as the file has it; texts become str."""
        data = self.file[path]
        if h5py.check_string_dtype(data.dtype) is not None:
            return data.asstr()[...]
        return data[...]

    def read(self, path):
        """A data set with what the journal adds; missing integers stay as they are, texts become str."""
        path = "/" + path.strip("/")
        group, _, name = path[1:].partition("/")
        if path == "/simulation/stored" and self.overlay.measured is not None:
            return self.overlay.measured.copy()
        if path == "/theory/stored":
            return self.overlay.predicted.copy()
        if group == "statistics":
            fresh = self.statistics(*name.split("/"))
            return self.stored_in_file(path) if fresh is None else fresh.copy()
        data = self.stored_in_file(path)
        if self.overlay.changes(path[1:]):
            return self.overlay.apply(path[1:], data)
        whole = path[1:].removesuffix("_length")
        if whole != path[1:] and whole in self.overlay.values and self.has("/" + whole):
            return self.overlay.apply_lengths(whole, data)
        return data

    def statistics(self, name, column):
        """The column of /statistics/<name> computed anew, or None when the journal changes nothing in it."""
        spectrum = self.has(f"/statistics/{name}/density")
        if not self.overlay.changes(f"simulation/{name}_counts" if spectrum else f"simulation/{name}"):
            return None
        if name not in self.recomputed:
            if spectrum:
                self.recomputed[name] = recompute.spectrum(self, name, self.overlay.measured)
            else:
                values = self.read(f"/simulation/{name}")
                self.recomputed[name] = recompute.moments(values)
                if self.has(f"/statistics/{name}/quantiles"):
                    probabilities = self.file[f"/statistics/{name}/quantile"][...]
                    self.recomputed[name]["quantiles"] = recompute.quantiles(values, probabilities)
        return self.recomputed[name].get(column)

    def points(self):
        return {name: self.read(f"/points/{name}") for name in self.file["/points"] if name != "point"}

    def label(self, point):
        """The parameters in which a point differs from others."""
        parts = [f"{name} = {column[point]}" for name, column in self.points().items()
                 if name != "id" and len(set(map(str, column))) > 1]
        return ", ".join(parts)

    def mean(self, observable):
        return self.read(f"/statistics/{observable}/mean"), self.read(f"/statistics/{observable}/stderr")

    def replicas(self, point):
        """Indices of the replicas that are there, in the file or in the journal."""
        mask = self.overlay.measured
        return np.flatnonzero(mask[point]) if mask is not None else np.zeros(0, int)

    def replicas_with(self, observable, point):
        """The same, empty for an observable that the file does not have."""
        return self.replicas(point) if self.has(f"/simulation/{observable}") else np.zeros(0, int)

    def journal_text(self):
        """What to tell of the journal, or ""."""
        if self.overlay.tasks == 0:
            return ""
        return f"with {self.overlay.tasks} task{'s' if self.overlay.tasks != 1 else ''} of {self.journal.path} (the run has not ended)"


def progress(results, points):
    """How much of a run a picture of these points shows: "8 replicas", "2 to 3 of 8 replicas"; points without a replica are
    not drawn."""
    counts = [len(results.replicas(p)) for p in points]
    asked = int(results.attribute("replicas"))
    if min(counts) == asked:
        text = f"{asked} replica{'s' if asked != 1 else ''}"
    else:
        some = str(counts[0]) if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
        text = f"{some} of {asked} replicas"
    total = len(results.points()["id"])
    empty = sum(len(results.replicas(p)) == 0 for p in range(total))
    return text + (f", {empty} of {total} points still without" if empty else "")
