// SPDX-License-Identifier: MIT
#include "rankwise/linalg/assignment.hpp"

#include <limits>

#include "rankwise/core/contract.hpp"

namespace rankwise::linalg {

std::vector<Eigen::Index> best_assignment(const Matrix& gain) {
  expects(gain.allFinite(), "gains are finite");
  if (gain.rows() > gain.cols()) {
    std::vector<Eigen::Index> of_row(static_cast<std::size_t>(gain.rows()), -1);
    const auto of_column = best_assignment(gain.transpose());
    for (std::size_t c = 0; c < of_column.size(); ++c)
      of_row[static_cast<std::size_t>(of_column[c])] = static_cast<Eigen::Index>(c);
    return of_row;
  }
  // Rows are added one at a time, each along the cheapest alternating path; index 0 of the columns is a sentinel.
  const auto m = static_cast<std::size_t>(gain.rows());
  const auto n = static_cast<std::size_t>(gain.cols());
  constexpr double infinity = std::numeric_limits<double>::infinity();
  std::vector<double> row_potential(m + 1, 0);
  std::vector<double> column_potential(n + 1, 0);
  std::vector<std::size_t> row_of(n + 1, 0);
  for (std::size_t row = 1; row <= m; ++row) {
    std::vector<double> distance(n + 1, infinity);
    std::vector<std::size_t> previous(n + 1, 0);
    std::vector<bool> visited(n + 1, false);
    std::size_t column = 0;
    row_of[0] = row;
    do {
      visited[column] = true;
      const std::size_t at = row_of[column];
      double least = infinity;
      std::size_t next = 0;
      for (std::size_t c = 1; c <= n; ++c) {
        if (visited[c]) continue;
        const double cost = -gain(static_cast<Eigen::Index>(at - 1), static_cast<Eigen::Index>(c - 1));
        const double reduced = cost - row_potential[at] - column_potential[c];
        if (reduced < distance[c]) {
          distance[c] = reduced;
          previous[c] = column;
        }
        if (distance[c] < least) {
          least = distance[c];
          next = c;
        }
      }
      for (std::size_t c = 0; c <= n; ++c) {
        if (visited[c]) {
          row_potential[row_of[c]] += least;
          column_potential[c] -= least;
        } else {
          distance[c] -= least;
        }
      }
      column = next;
    } while (row_of[column] != 0);
    for (; column != 0; column = previous[column]) row_of[column] = row_of[previous[column]];
  }
  std::vector<Eigen::Index> of_row(m, -1);
  for (std::size_t c = 1; c <= n; ++c) {
    if (row_of[c] != 0) of_row[row_of[c] - 1] = static_cast<Eigen::Index>(c - 1);
  }
  return of_row;
}

}  // namespace rankwise::linalg
