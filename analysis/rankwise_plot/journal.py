# The journal of a results file: what a run has done since the file was written. SPDX-License-Identifier: MIT
"""F.journal beside F.h5 (docs/schema.md has its format); usable alone, from a notebook:

    from rankwise_plot.journal import read_journal
    journal = read_journal("probe.h5.journal")
    for task in journal.tasks:
        print(task.theory, task.first_replica, task.seconds, task.failure, len(task.records))
"""
import os
import struct
import zlib
from dataclasses import dataclass

import numpy as np

MAGIC = b"RWJOURN1"
LENGTH = struct.Struct("<Q")
CRC = struct.Struct("<I")
ARRAY_TYPES = ("<f8", "<i8", "<u8", "i1", "text")
DONE, FAILED = 0, 1


class BrokenJournal(Exception):
    """The file is no journal, or one of another version of the program; the text says which."""


@dataclass
class Record:
    """One value that a task wrote."""
    observable: str  # "simulation/<name>" or "theory/<name>"
    point_id: int    # as in /points/id
    replica: int     # -1: theory of the point; below: a tally's sum, from the replica counted_from to the task's last
    replicas: int    # more than 1: values of so many replicas from `replica` on, along the first axis
    value: np.ndarray

    @property
    def counted_from(self):
        return -2 - self.replica

    def by_replica(self):
        """(replica, value) for each replica that the record is about."""
        return [(self.replica, self.value)] if self.replicas == 1 else [(self.replica + i, value) for i, value in enumerate(self.value)]


@dataclass
class Task:
    """One finished task."""
    theory: bool
    done: bool          # False: it failed, for the reason in `failure`, and has no records
    failure: str
    family: int         # as in /tasks/family
    first_replica: int
    replicas: int       # how many the task stores, from first_replica on
    session: int        # as in /tasks/session
    rank: int           # world rank of the team's root
    failed_rank: int    # world rank of the member that failed, or -1
    start: float        # s since the first task of the session
    seconds: float      # wall time
    records: list


@dataclass
class Journal:
    """All that is whole in a journal."""
    path: str
    run_id: int       # belongs to the results file with this root attribute run_id
    observables: list
    tasks: list
    torn_bytes: int   # behind the last whole frame: what a kill, or a look in the middle of a write, has left


class Bytes:
    """Takes numbers, texts and arrays off the front of a byte string."""

    def __init__(self, data, path):
        self.data, self.at, self.path = data, 0, path

    def take(self, size):
        if size > len(self.data) - self.at:
            raise BrokenJournal(f"{self.path}: a frame is whole, but shorter than what it holds")
        self.at += size
        return self.data[self.at - size:self.at]

    def numbers(self, layout):
        layout = struct.Struct("<" + layout)
        return layout.unpack(self.take(layout.size))

    def text(self):
        return bytes(self.take(*self.numbers("Q"))).decode("utf-8", "replace")

    def array(self):
        kind, axes = self.numbers("BB")
        shape = self.numbers("Q" * axes)
        if kind >= len(ARRAY_TYPES):
            raise BrokenJournal(f"{self.path}: an array of unknown type {kind}")
        size = 1
        for extent in shape:
            size *= extent
        if ARRAY_TYPES[kind] == "text":
            return np.array([self.text() for _ in range(size)], dtype=object).reshape(shape)
        dtype = np.dtype(ARRAY_TYPES[kind])
        return np.frombuffer(self.take(size * dtype.itemsize), dtype).reshape(shape)


def whole_frames(data):
    """Payloads of the frames up to the first that is cut off or does not match its CRC, and where that one begins."""
    at, frames = len(MAGIC), []
    while len(data) - at >= LENGTH.size + CRC.size:
        length, = LENGTH.unpack_from(data, at)
        if length > len(data) - at - LENGTH.size - CRC.size:
            break
        begin = at + LENGTH.size
        payload = data[begin:begin + length]
        if zlib.crc32(payload, zlib.crc32(data[at:begin])) != CRC.unpack_from(data, begin + length)[0]:
            break
        frames.append(payload)
        at = begin + length + CRC.size
    return frames, at


def task_of(payload, observables, path):
    take = Bytes(payload, path)
    theory, ending, session, rank, failed_rank, family, first, replicas, start, seconds = take.numbers("BBiiiQqqdd")
    failure = take.text()
    records = []
    for _ in range(take.numbers("Q")[0]):
        field, point_id, replica, together = take.numbers("IQqI")
        if field >= len(observables):
            raise BrokenJournal(f"{path}: a record of observable {field}, the header names {len(observables)}")
        records.append(Record(observables[field], point_id, replica, together, take.array()))
    return Task(bool(theory), ending == DONE, failure, family, first, replicas, session, rank, failed_rank, start, seconds, records)


def read_journal(path):
    """The journal at `path`, or None when there is none or its header is not whole. Frames behind the last whole one are
    left out, so it may be read while the run goes on. The arrays are read-only. Raises BrokenJournal, OSError."""
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:  # a copy, not a mapping: the run empties the file when it is resumed
        data = memoryview(file.read())
    if len(data) < len(MAGIC):
        return None
    if data[:len(MAGIC)] != MAGIC:
        raise BrokenJournal(f"{path} is no journal of this program")
    frames, end = whole_frames(data)
    if not frames:
        return None
    header = Bytes(frames[0], path)
    version, run_id = header.numbers("IQ")
    if version != 2:
        raise BrokenJournal(f"{path} has version {version}, this reader knows 2")
    observables = header.text().split("\n")
    return Journal(path, run_id, observables, [task_of(frame, observables, path) for frame in frames[1:]], len(data) - end)
