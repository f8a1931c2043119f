"""numpy's Philox regenerates streams, and a client's batch made from them.  SPDX-License-Identifier: MIT

usage: philox_numpy_test.py BIN_FOLDER DUMP_STREAM
"""
import bisect
import itertools
import subprocess
import sys
import unittest

import numpy as np

DUMP = sys.argv.pop()
MASK = (1 << 64) - 1
CLASS_COUNTS, FLIPS, USER = 2, 3, 1000


def dump(stream, *what):
    """Lines printed by the C++ program for stream = (seed, law, purpose, replica, client, round)."""
    command = [DUMP, *map(str, stream), *map(str, what)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()


class Words:
    """The same stream by numpy. Its 256-bit counter starts one lower, because numpy counts before it draws: with block
    counter 0 this borrows from client, round and replica in turn."""

    def __init__(self, seed, law, purpose, replica, client, round_):
        counter = client << 64 | (purpose << 32 | round_) << 128 | replica << 192
        counter = (counter - 1) % (1 << 256)
        # As arrays of uint64: numpy would turn a list of large integers into floating point.
        words = np.array([counter >> 64 * i & MASK for i in range(4)], dtype=np.uint64)
        self.philox = np.random.Philox(counter=words, key=np.array([seed, law], dtype=np.uint64))

    def word(self):
        return int(self.philox.random_raw())

    def uniform(self):
        return ((self.word() >> 12) + 0.5) * 2.0**-52

    def below(self, n):
        while True:
            product = self.word() * n
            if product & MASK >= (1 << 64) % n:
                return product >> 64

    def bernoulli_word(self, p):
        numerator = round(p * 2**32)
        if numerator == 0:
            return 0
        if numerator == 2**32:
            return MASK
        undecided, result = MASK, 0
        digits = f"{numerator:032b}".rstrip("0")
        for digit in digits:
            if undecided == 0:
                break
            random = self.word()
            if digit == "1":
                result |= undecided & ~random & MASK
                undecided &= random
            else:
                undecided &= ~random & MASK
        return result

    def multinomial(self, n, mixture):
        cumulative = list(itertools.accumulate(mixture))
        last = max(k for k, weight in enumerate(mixture) if weight > 0)
        counts = [0] * len(mixture)
        for _ in range(n):
            counts[min(bisect.bisect_right(cumulative, self.uniform()), last)] += 1
        return counts


STREAMS = [
    (0, 0, 0, 0, 0, 0),                       # the counter borrows through all four words
    (1, 2, FLIPS, 3, 4, 5),
    (MASK, MASK - 1, USER, MASK, MASK, 2**32 - 1),
    (12345, 0xDEADBEEF12345678, CLASS_COUNTS, 7, 0, 0),   # borrows from the round's word
    (1, 1, FLIPS, 0, 0, 0),
    (9, 8, 0, 5, 0, 0),                       # borrows from the replica
]


class NumpyGivesTheSame(unittest.TestCase):
    def test_raw_words(self):
        for stream in STREAMS:
            numpy_words = Words(*stream)
            expected = [numpy_words.word() for _ in range(41)]
            self.assertEqual([int(x) for x in dump(stream, "words", 41)], expected, stream)

    def test_uniforms_bit_for_bit(self):
        for stream in STREAMS:
            numpy_words = Words(*stream)
            expected = [numpy_words.uniform() for _ in range(100)]
            self.assertEqual([float.fromhex(x) for x in dump(stream, "uniform", 100)], expected)

    def test_integers_below(self):
        for limit in (1, 10, 2**63 + 1, MASK):
            numpy_words = Words(*STREAMS[1])
            expected = [numpy_words.below(limit) for _ in range(50)]
            self.assertEqual([int(x) for x in dump(STREAMS[1], "below", limit, 50)], expected)

    def test_bernoulli_words(self):
        for p in (0.0, 0.1, 0.05, 0.25, 0.5, 1.0 / 3, 1.0 - 2.0**-32, 1.0):
            for stream in STREAMS[1:3]:
                numpy_words = Words(*stream)
                expected = [numpy_words.bernoulli_word(p) for _ in range(50)]
                self.assertEqual([int(x) for x in dump(stream, "bernoulli", repr(p), 50)], expected)

    def test_multinomial_counts(self):
        for mixture in ([1.0], [0.2, 0.3, 0.5], [0.0, 0.7, 0.3, 0.0]):
            expected = Words(*STREAMS[3]).multinomial(500, mixture)
            got = [int(x) for x in dump(STREAMS[3], "multinomial", 500, *map(repr, mixture))]
            self.assertEqual(got, expected)

    def test_a_clients_batch(self):
        """Class counts, then one row of flips per example: 7 neurons' words for 40 examples of 3 classes."""
        seed, law, replica, client, round_ = 42, 43, 11, 2, 6
        classes = (seed, law, CLASS_COUNTS, replica, client, round_)
        flips = (seed, law, FLIPS, replica, client, round_)
        counts = [int(x) for x in dump(classes, "multinomial", 40, 0.5, 0.25, 0.25)]
        self.assertEqual(counts, Words(*classes).multinomial(40, [0.5, 0.25, 0.25]))
        self.assertEqual(sum(counts), 40)
        numpy_words = Words(*flips)
        keep = (1 << 40) - 1
        expected = [numpy_words.bernoulli_word(0.1) & keep for _ in range(7)]
        self.assertEqual([int(x) & keep for x in dump(flips, "bernoulli", 0.1, 7)], expected)


if __name__ == "__main__":
    sys.argv = sys.argv[:1]
    unittest.main()
