// What is claimed of a point, from its replicas. SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "model.hpp"
#include "rankwise/run/results.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

/// Entries [begin, end) of a round's row of a (round, ...) array.
struct RoundView {
  const Array& array;
  std::size_t round;
  std::size_t begin;
  std::size_t end;
  RoundView(const Array& values, std::size_t at);  ///< the whole row
  RoundView(const Array& values, std::size_t at, std::size_t first, std::size_t last)
      : array(values), round(at), begin(first), end(last) {}
  [[nodiscard]] double at(std::size_t i) const;
  [[nodiscard]] double mean() const;
  [[nodiscard]] double least() const;
  [[nodiscard]] double most() const;
};

/// A mean against theory: measured = predicted + gap. An error of the gap that is rounding alone, of replicas that all agree
/// with theory, counts as none.
void claim_gap(std::string name, double predicted, const stats::Moments& gap, double tolerance, const char* source,
               run::Claims& claims, run::Relation relation = run::Relation::equals);

class PointClaims {
 public:
  PointClaims(const run::Results& results, const run::Point& point, Mode mode, run::Claims& claims);
  void make();

 private:
  using Reduction = double (RoundView::*)() const;
  using Relation = run::Relation;

  /// Over replicas, of a function of one round.
  [[nodiscard]] stats::Moments over(const char* name, run::Kind kind, std::size_t round, Reduction reduce) const;
  /// The least or largest value of rounds [first, last] over all replicas, of entries [begin, end).
  struct RoundRange {
    std::size_t first, last;
  };
  struct EntryRange {
    std::size_t begin, end;
  };
  [[nodiscard]] double least(const char* name, RoundRange rounds, EntryRange entries) const;
  [[nodiscard]] double most(const char* name, RoundRange rounds, EntryRange entries) const;

  void exact(const std::string& name, Relation relation, double predicted, double measured, const char* source);
  /// Mean over replicas and entries of a round.
  void mean(const std::string& name, Relation relation, double predicted, double tolerance, const char* observable,
            std::size_t round, EntryRange entries, const char* source);

  // claims.cpp: of all modes
  void nothing_from_nothing();
  [[nodiscard]] bool recoverable() const;
  [[nodiscard]] bool within_reach() const;
  void recovery(std::size_t first);
  void compare(const char* name, std::size_t round, double tolerance, Relation relation = Relation::equals);
  void spectrum();
  /// Mean magnetisation of a round against theory; where the cut may miss archetypes theory is an upper bound.
  void magnetisation(std::size_t round);

  // mode_claims.cpp: of one mode
  /// The point has the mode's own parameters, but for the names given and for what changes no result.
  [[nodiscard]] bool is_published(std::initializer_list<std::string_view> but) const;
  void drift();
  void novelty();
  void attacker();

  const run::Results& results_;
  const run::Point& point_;
  Mode mode_;
  run::Claims& claims_;
  Settings settings_;
  std::size_t k_;
  std::size_t last_;  ///< round
  std::string label_;
};

}  // namespace rankwise::experiments::hopfield
