// SPDX-License-Identifier: MIT
#include "experiments/tables.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"

namespace rankwise::experiments {

using run::Point;

bool same_but(const Point& a, const Point& b, std::initializer_list<std::string_view> except) {
  return std::all_of(a.values().begin(), a.values().end(), [&](const auto& entry) {
    const bool is_excepted = std::find(except.begin(), except.end(), entry.first) != except.end();
    return is_excepted || b.value(entry.first) == entry.second;
  });
}

std::vector<std::vector<std::size_t>> groups_but(const std::vector<Point>& points,
                                                 std::initializer_list<std::string_view> except) {
  std::vector<std::vector<std::size_t>> groups;
  for (const Point& point : points) {
    const auto home = std::find_if(groups.begin(), groups.end(),
                                   [&](const auto& group) { return same_but(points[group.front()], point, except); });
    if (home == groups.end()) {
      groups.push_back({point.index});
    } else {
      home->push_back(point.index);
    }
  }
  return groups;
}

double mean_of(const Array& values) {
  double sum = 0;
  for (std::size_t i = 0; i < values.size(); ++i) sum += values.real(i);
  return sum / static_cast<double>(values.size());
}

TableRows& TableRows::column(std::string name, std::string description, ElementType type) {
  run::Column column;
  column.name = std::move(name);
  column.description = std::move(description);
  columns_.push_back(std::move(column));
  types_.push_back(type);
  return *this;
}

void TableRows::row(std::initializer_list<Cell> cells) {
  expects(cells.size() == columns_.size(), "a row has a cell for each column");
  rows_.emplace_back(cells);
}

void TableRows::write(run::Tables& tables) const {
  run::Table table{name_, description_, columns_};
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::vector<double> numbers;
    std::vector<std::int64_t> integers;
    std::vector<std::string> texts;
    for (const auto& row : rows_) {
      numbers.push_back(row[c].number);
      integers.push_back(types_[c] == ElementType::int64 ? std::llround(row[c].number) : 0);
      texts.push_back(row[c].text);
    }
    table.columns[c].values = types_[c] == ElementType::text    ? Array(std::move(texts))
                              : types_[c] == ElementType::int64 ? Array(std::move(integers))
                                                                : Array(std::move(numbers));
  }
  tables.add(std::move(table));
}

}  // namespace rankwise::experiments
