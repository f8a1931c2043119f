// SPDX-License-Identifier: MIT
#include "sampler.hpp"

#include <algorithm>
#include <cmath>

#include "rankwise/core/contract.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/random/lanes.hpp"

namespace rankwise::experiments::levels {

namespace {

using random::Purpose;

constexpr std::int64_t of_matrix = 0;    // stands where federations have the client
constexpr std::int64_t of_diagonal = 1;  // Rosenzweig-Porter: the diagonal h

std::vector<double> lane_of(std::span<const double> rows, std::size_t lane) {
  std::vector<double> numbers(rows.size() / replica_lanes);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = rows[i * replica_lanes + lane];
  return numbers;
}

std::vector<double> roots_of(std::vector<double> squares) {
  for (double& x : squares) x = std::sqrt(x);
  return squares;
}

std::vector<double> ascending(const linalg::Vector& descending) {
  return {std::make_reverse_iterator(descending.data() + descending.size()), std::make_reverse_iterator(descending.data())};
}

std::vector<double> dense_tridiagonal_levels(const std::vector<double>& diagonal, const std::vector<double>& off) {
  const auto n = static_cast<Eigen::Index>(diagonal.size());
  linalg::Matrix a = linalg::Matrix::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) a(i, i) = diagonal[static_cast<std::size_t>(i)];
  for (Eigen::Index i = 0; i + 1 < n; ++i) a(i + 1, i) = off[static_cast<std::size_t>(i)];
  return ascending(linalg::symmetric_eigenvalues(a));
}

std::vector<double> diagonal_entries(const Model& model, random::Stream stream) {
  std::vector<double> h(model.n);
  for (double& x : h) {
    x = model.diagonal == spectra::DiagonalLaw::uniform ? std::sqrt(3.0) * (2 * random::uniform(stream) - 1)
                                                        : random::normal(stream);
  }
  return h;
}

spectra::EntryLaw entry_law(const Model& model) {
  const std::string_view name = model.ensemble->name;
  if (name == "wigner_rademacher") return {spectra::EntryLaw::Kind::rademacher};
  if (name == "wigner_uniform") return {spectra::EntryLaw::Kind::uniform};
  return {spectra::EntryLaw::Kind::student_t, model.degrees_of_freedom};
}

}  // namespace

LevelSampler::LevelSampler(const Model& model) : model_(model) {
  if (model.solver == "batched") batch_.emplace(model.n);
}

void LevelSampler::sample(std::int64_t first, std::size_t count, const run::Context& context, std::span<double> rows) {
  expects(count <= replica_lanes && rows.size() == model_.n * replica_lanes, "a batch of levels has a lane for each replica");
  const random::LaneStream stream(context.key, Purpose::matrix, static_cast<std::uint64_t>(first));
  switch (model_.ensemble->form) {
    case Form::poisson:
      spectra::sample_poisson(model_.n, stream, rows);
      return;
    case Form::hermite:
      spectra::sample_hermite(model_.beta, model_.n, stream, tridiagonal_);
      solve_tridiagonal(count, context, rows);
      return;
    case Form::laguerre:
      spectra::sample_laguerre(model_.beta, model_.n, model_.samples, stream, bidiagonal_);
      if (model_.solver == "lasq1") {
        solve_bidiagonal(count, context, rows);
      } else {
        spectra::multiply_out(bidiagonal_, tridiagonal_);
        solve_tridiagonal(count, context, rows);
      }
      return;
    default:
      for (std::size_t w = 0; w < count; ++w) {
        context.poll();
        const auto levels = dense_levels(first + static_cast<std::int64_t>(w), context);
        for (std::size_t i = 0; i < model_.n; ++i) rows[i * replica_lanes + w] = levels[i];
      }
  }
}

void LevelSampler::solve_tridiagonal(std::size_t count, const run::Context& context, std::span<double> rows) {
  if (batch_) {
    batch_->eigenvalues(tridiagonal_.diagonal, tridiagonal_.squares, linalg::OffDiagonal::squared, rows);
    return;
  }
  for (std::size_t w = 0; w < count; ++w) {
    context.poll();
    const auto diagonal = lane_of(tridiagonal_.diagonal, w);
    const auto off = roots_of(lane_of(tridiagonal_.squares, w));
    const auto levels = model_.solver == "sterf" ? linalg::tridiagonal_eigenvalues(diagonal, off)
                                                 : dense_tridiagonal_levels(diagonal, off);
    for (std::size_t i = 0; i < model_.n; ++i) rows[i * replica_lanes + w] = levels[i];
  }
}

void LevelSampler::solve_bidiagonal(std::size_t count, const run::Context& context, std::span<double> rows) {
  for (std::size_t w = 0; w < count; ++w) {
    context.poll();
    const auto singular = linalg::bidiagonal_singular_values(roots_of(lane_of(bidiagonal_.diagonal, w)),
                                                             roots_of(lane_of(bidiagonal_.sub, w)));
    for (std::size_t i = 0; i < model_.n; ++i) rows[i * replica_lanes + w] = singular[i] * singular[i];
  }
}

std::vector<double> LevelSampler::dense_levels(std::int64_t replica, const run::Context& context) const {
  random::Stream stream = context.stream(Purpose::matrix, replica, of_matrix);
  switch (model_.ensemble->form) {
    case Form::goe:
      return ascending(linalg::symmetric_eigenvalues(spectra::goe_matrix(model_.n, stream)));
    case Form::gue:
      return ascending(linalg::hermitian_eigenvalues(spectra::gue_matrix(model_.n, stream)));
    case Form::gse: {
      // Every level twice, apart by rounding only: the mean of the two.
      const auto twice = ascending(linalg::hermitian_eigenvalues(spectra::gse_matrix(model_.n, stream)));
      std::vector<double> levels(model_.n);
      for (std::size_t i = 0; i < model_.n; ++i) levels[i] = 0.5 * (twice[2 * i] + twice[2 * i + 1]);
      return levels;
    }
    case Form::wishart:
      return ascending(linalg::symmetric_eigenvalues(
          spectra::wishart_matrix(model_.n, static_cast<std::size_t>(model_.samples), stream)));
    case Form::wigner:
      return ascending(linalg::symmetric_eigenvalues(spectra::wigner_matrix(model_.n, entry_law(model_), stream)));
    case Form::rosenzweig_porter: {
      const auto h = diagonal_entries(model_, context.stream(Purpose::matrix, replica, of_diagonal));
      const double scale = std::pow(static_cast<double>(model_.n), -0.5 * model_.gamma);
      return ascending(linalg::symmetric_eigenvalues(spectra::diagonal_plus_goe(h, scale, stream)));
    }
    default:
      expects(false, "an ensemble of dense matrices");
      return {};
  }
}

}  // namespace rankwise::experiments::levels
