// Writes the file that xarray_test.py opens: every element type, shape and nesting. SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "rankwise/core/array.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/io/hdf5.hpp"

namespace {

using rankwise::Array;
using rankwise::ElementType;
using rankwise::io::File;
using rankwise::io::Group;

std::vector<double> ramp(std::size_t n, double start, double step) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = start + step * static_cast<double>(i);
  return values;
}

std::vector<std::int64_t> indices(std::size_t n) {
  std::vector<std::int64_t> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = static_cast<std::int64_t>(i);
  return values;
}

void write_simulation(const Group& group) {
  group.write_scale("point", Array(indices(2)), "1", "index of the point");
  group.write_scale("replica", Array(indices(3)), "1", "index of the replica");
  group.write_scale("time", Array(ramp(4, 0.0, 0.5)), "s", "time since the quench");
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values = ramp(24, 0.25, 1.0);
  values[5] = nan;
  group.write("magnetisation", Array(values, {2, 3, 4}),
              {"1", "overlap with the archetype", {"point", "replica", "time"}});
  group.write("energy", Array(ramp(6, -1.0, 0.125), {2, 3}), {"J", "energy per neuron", {"point", "replica"}});
  std::vector<std::int64_t> steps = {10, 20, 30, 40, std::numeric_limits<std::int64_t>::lowest(), 60};
  group.write("steps", Array(steps, {2, 3}), {"1", "updates until the fixed point", {"point", "replica"}});
  group.write("sign",
              Array(std::vector<std::int8_t>{1, -1, 1, -1, std::numeric_limits<std::int8_t>::lowest(), 1}, {2, 3}),
              {"1", "final sign", {"point", "replica"}});
  group.write("hash", Array(std::vector<std::uint64_t>{0, std::numeric_limits<std::uint64_t>::max()}, {2}),
              {"1", "identity of the point", {"point"}});
}

void write_statistics(const Group& group) {
  group.write_scale("row", Array(indices(5)), "1", "row of the matrix");
  group.write_scale("column", Array(std::vector<std::int64_t>{10, 11, 12, 13, 14}), "1", "column of the matrix");
  group.write("overlap", Array(ramp(25, 0.0, 1.0), {5, 5}), {"1", "two axes of one length", {"row", "column"}});
  group.write("transposed", Array(ramp(25, 0.0, 1.0), {5, 5}), {"1", "the same axes, exchanged", {"column", "row"}});
  group.write("mean", Array::scalar(0.5), {"1", "a scalar", {}});
  group.write("count", Array::scalar(std::int64_t{7}), {"1", "an integer scalar", {}});
  group.write("note", Array(std::vector<std::string>{"λ̄ = 2√α"}, {}), {"1", "a text scalar", {}});
}

void write_table(const Group& group) {
  group.write_scale("record", Array(indices(3)), "1", "row of the table");
  group.write_scale("nothing", Array(std::vector<double>{}), "m", "an axis without entries");
  group.write_scale("single", Array(std::vector<double>{2.5}), "m", "an axis with one entry");
  group.write("name", Array(std::vector<std::string>{"Hopfield", "", "Schrödinger 🐈"}), {"1", "names", {"record"}});
  group.write("alpha", Array(ramp(3, 0.1, 0.1)), {"1", "load", {"record"}});
  group.write("empty", Array(std::vector<double>{}, {3, 0}), {"m", "no values", {"record", "nothing"}});
  group.write("empty_count", Array(std::vector<std::int64_t>{}), {"1", "no integers", {"nothing"}});
  group.write("empty_name", Array(std::vector<std::string>{}), {"1", "no names", {"nothing"}});
  group.write("one", Array(ramp(3, 7.0, 1.0), {3, 1}), {"m", "an axis of one", {"record", "single"}});
}

void write_large(const Group& group) {
  group.write_scale("level", Array(indices(20000)), "1", "index of the level");
  group.write_scale("curve", Array(indices(3)), "1", "index of the curve");
  group.write("density", Array(ramp(60000, 0.0, 0.001), {3, 20000}), {"1", "compressed", {"curve", "level"}});
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  try {
    File file = File::create(arguments[1]);
    const Group root = file.root();
    root.set_attribute("schema_version", std::int64_t{3});
    root.set_attribute("seed", std::numeric_limits<std::uint64_t>::max());
    root.set_attribute("elapsed", 1.5);
    root.set_attribute("program", std::string("rankwise-sample"));
    root.set_attribute("author", std::string("Jürgen"));
    root.set_attribute("config", std::string());
    root.set_attribute("command_line", std::string("--output caf\xe9"));
    write_simulation(root.create_group("simulation"));
    const Group statistics = root.create_group("statistics");
    write_statistics(statistics.create_group("magnetisation"));
    // A scale of a group and one of its parent may share a name; each group has its own.
    const Group derived = root.create_group("derived");
    derived.write_scale("record", Array(std::vector<std::int64_t>{5, 6}), "1", "row of the outer table");
    derived.write("outer", Array(ramp(2, 3.0, 1.0)), {"1", "a value of the outer table", {"record"}});
    write_table(derived.create_group("table"));
    write_large(root.create_group("theory"));
    file.commit();
  } catch (const rankwise::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
  return 0;
}
