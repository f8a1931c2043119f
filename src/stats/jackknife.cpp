// Errors and bias of any statistic, by leaving out one block of the sample at a time. SPDX-License-Identifier: MIT
#include "rankwise/stats/jackknife.hpp"

#include <cmath>

#include "rankwise/core/contract.hpp"

namespace rankwise::stats {
namespace {

Jackknife from_parts(double estimate, std::span<const double> parts) {
  const auto blocks = static_cast<double>(parts.size());
  double sum = 0;
  for (const double part : parts) sum += part;
  const double mean = sum / blocks;
  double squares = 0;
  for (const double part : parts) squares += (part - mean) * (part - mean);
  Jackknife result;
  result.blocks = static_cast<std::int64_t>(parts.size());
  result.estimate = estimate;
  result.corrected = estimate + (blocks - 1) * (estimate - mean);
  result.standard_error = std::sqrt((blocks - 1) / blocks * squares);
  return result;
}

}  // namespace

Jackknife jackknife(double estimate, std::size_t blocks, const std::function<double(std::size_t)>& without) {
  expects(blocks >= 2, "a jackknife needs at least two blocks");
  std::vector<double> parts(blocks);
  for (std::size_t b = 0; b < blocks; ++b) parts[b] = without(b);
  return from_parts(estimate, parts);
}

std::vector<Jackknife> jackknife(std::span<const double> estimates, std::size_t blocks,
                                 const std::function<std::vector<double>(std::size_t)>& without) {
  expects(blocks >= 2, "a jackknife needs at least two blocks");
  std::vector<double> parts(estimates.size() * blocks);  // (element, block)
  for (std::size_t b = 0; b < blocks; ++b) {
    const std::vector<double> part = without(b);
    expects(part.size() == estimates.size(), "each block of a jackknife gives as many statistics as the whole sample");
    for (std::size_t k = 0; k < part.size(); ++k) parts[k * blocks + b] = part[k];
  }
  std::vector<Jackknife> results;
  results.reserve(estimates.size());
  for (std::size_t k = 0; k < estimates.size(); ++k) {
    results.push_back(from_parts(estimates[k], std::span(parts).subspan(k * blocks, blocks)));
  }
  return results;
}

Jackknife jackknife(std::span<const double> sample, std::size_t blocks,
                    const std::function<double(std::span<const double>)>& statistic) {
  expects(blocks <= sample.size(), "a jackknife has no more blocks than values");
  const auto start = [&](std::size_t b) { return static_cast<std::ptrdiff_t>(b * sample.size() / blocks); };
  std::vector<double> rest;
  rest.reserve(sample.size());
  return jackknife(statistic(sample), blocks, [&](std::size_t b) {
    rest.assign(sample.begin(), sample.begin() + start(b));
    rest.insert(rest.end(), sample.begin() + start(b + 1), sample.end());
    return statistic(rest);
  });
}

}  // namespace rankwise::stats
