// Derived tables row by row, and groups of points: what experiments share. SPDX-License-Identifier: MIT
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rankwise/run/results.hpp"

namespace rankwise::experiments {

/// The points agree in all parameters but those of the list.
[[nodiscard]] bool same_but(const run::Point& a, const run::Point& b, std::initializer_list<std::string_view> except);
/// Points in groups that agree in all parameters but those of the list; groups and points in the order of /points.
[[nodiscard]] std::vector<std::vector<std::size_t>> groups_but(const std::vector<run::Point>& points,
                                                               std::initializer_list<std::string_view> except);

/// Mean of all entries, in their order.
[[nodiscard]] double mean_of(const Array& values);

/// A derived table, row by row.
class TableRows {
 public:
  TableRows(std::string name, std::string description) : name_(std::move(name)), description_(std::move(description)) {}
  TableRows& column(std::string name, std::string description, ElementType type = ElementType::float64);
  /// One value per column, in their order.
  struct Cell {
    Cell(double v) : number(v) {}
    Cell(std::size_t v) : number(static_cast<double>(v)) {}
    Cell(std::string v) : text(std::move(v)) {}
    Cell(const char* v) : text(v) {}
    double number = 0;
    std::string text;
  };
  void row(std::initializer_list<Cell> cells);
  void write(run::Tables& tables) const;

 private:
  std::string name_;
  std::string description_;
  std::vector<run::Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  std::vector<ElementType> types_;
};

}  // namespace rankwise::experiments
