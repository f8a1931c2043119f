# A results file as numpy arrays. SPDX-License-Identifier: MIT
"""Reading the groups of docs/schema.md."""
import h5py
import numpy as np


class Unreadable(Exception):
    """The file cannot be drawn; the text says why."""


class Results:
    """One file, read whole group by group on demand."""

    def __init__(self, path):
        self.path = path
        try:
            self.file = h5py.File(path, "r")
        except OSError as error:
            raise Unreadable(f"{path}: cannot be opened as HDF5 ({error})") from None
        if "schema_version" not in self.file.attrs:
            raise Unreadable(f"{path}: not written by Rankwise (no attribute schema_version)")
        self.experiment = self.attribute("experiment")
        self.mode = self.attribute("mode")

    def attribute(self, name, group="/", default=""):
        value = self.file[group].attrs.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def has(self, path):
        return path in self.file

    def read(self, path):
        """A data set; missing integers stay as they are, texts become str."""
        data = self.file[path]
        if h5py.check_string_dtype(data.dtype) is not None:
            return data.asstr()[...]
        return data[...]

    def points(self):
        return {name: self.read(f"/points/{name}") for name in self.file["/points"] if name != "point"}

    def label(self, point):
        """The parameters in which a point differs from others."""
        parts = [f"{name} = {column[point]}" for name, column in self.points().items()
                 if name != "id" and len(set(map(str, column))) > 1]
        return ", ".join(parts)

    def mean(self, observable):
        return self.read(f"/statistics/{observable}/mean"), self.read(f"/statistics/{observable}/stderr")

    def replicas_with(self, observable, point):
        """Indices of the replicas that have the observable."""
        values = self.read(f"/simulation/{observable}")[point]
        flat = values.reshape(values.shape[0], -1)
        if np.issubdtype(flat.dtype, np.floating):
            return np.flatnonzero(~np.isnan(flat).all(axis=1))
        return np.flatnonzero((flat != np.iinfo(flat.dtype).min).any(axis=1))
