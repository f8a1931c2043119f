// Prints what a stream gives, for comparison with numpy. SPDX-License-Identifier: MIT
//   dump_stream SEED LAW PURPOSE REPLICA CLIENT ROUND words N
//   dump_stream ... uniform N | below LIMIT N | bernoulli P N | multinomial N WEIGHT...
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "rankwise/random/distributions.hpp"

using namespace rankwise::random;

namespace {

std::uint64_t natural(const std::string& text) { return std::stoull(text, nullptr, 0); }

void print(std::uint64_t word) { std::printf("%" PRIu64 "\n", word); }

int run(const std::vector<std::string>& arguments) {
  const auto at = [&](std::size_t i) -> const std::string& { return arguments.at(i); };
  Stream stream({natural(at(0)), natural(at(1))}, static_cast<Purpose>(natural(at(2))), natural(at(3)), natural(at(4)),
                static_cast<std::uint32_t>(natural(at(5))));
  const std::string& what = at(6);
  if (what == "words") {
    for (std::uint64_t i = natural(at(7)); i > 0; --i) print(stream.word());
  } else if (what == "uniform") {
    for (std::uint64_t i = natural(at(7)); i > 0; --i) std::printf("%a\n", uniform(stream));
  } else if (what == "below") {
    for (std::uint64_t i = natural(at(8)); i > 0; --i) print(below(stream, natural(at(7))));
  } else if (what == "bernoulli") {
    for (std::uint64_t i = natural(at(8)); i > 0; --i) print(bernoulli_word(stream, Probability32(std::stod(at(7)))));
  } else if (what == "multinomial") {
    std::vector<double> weights;
    for (std::size_t i = 8; i < arguments.size(); ++i) weights.push_back(std::stod(at(i)));
    for (const std::int64_t count : multinomial(stream, static_cast<std::int64_t>(natural(at(7))), weights)) {
      print(static_cast<std::uint64_t>(count));
    }
  } else {
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "dump_stream: %s\n", error.what());
    return EXIT_FAILURE;
  }
}
