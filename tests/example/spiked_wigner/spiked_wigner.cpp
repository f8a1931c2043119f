// The largest eigenvalue of noise with one direction of signal in it. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include "rankwise/linalg/matrix.hpp"
#include "rankwise/random/distributions.hpp"
#include "rankwise/run/driver.hpp"
#include "rankwise/run/results.hpp"

namespace {

using namespace rankwise;
using run::Kind;
using run::Point;

/// Of the bins of the spectrum: -4.2, -4.1, ... 4.2. The largest level at spike 3 is 3.3.
std::vector<double> edges() {
  std::vector<double> e;
  for (int i = -42; i <= 42; ++i) e.push_back(i / 10.0);
  return e;
}

/// Symmetric Gaussian noise W: variance 1/N off the diagonal, 2/N on it.
linalg::Matrix noise(std::int64_t n, random::Stream stream) {
  linalg::Matrix w(n, n);
  const double scale = 1 / std::sqrt(static_cast<double>(n));
  for (std::int64_t j = 0; j < n; ++j) {
    for (std::int64_t i = j; i < n; ++i) {
      w(i, j) = w(j, i) = scale * (i == j ? std::numbers::sqrt2 : 1) * random::normal(stream);
    }
  }
  return w;
}

/// All eigenvalues of W + theta v v^T, ascending, and after them the squared overlap of the top eigenvector with v.
/// v = e_1: this noise looks the same in every basis.
std::vector<double> diagonalise(linalg::Matrix matrix, double theta) {
  matrix(0, 0) += theta;
  const auto eigen = linalg::symmetric_eigen(matrix);
  std::vector<double> found(eigen.values.data(), eigen.values.data() + eigen.values.size());
  std::reverse(found.begin(), found.end());
  found.push_back(eigen.vectors(0, 0) * eigen.vectors(0, 0));
  return found;
}

/// Baik, Ben Arous and Peche (2005): a spike above 1 leaves the bulk [-2, 2]. Below, the mean of the Tracy-Widom law.
double top_eigenvalue(double theta, double n) { return theta > 1 ? theta + 1 / theta : 2 - 1.2065336 * std::pow(n, -2.0 / 3); }
double overlap(double theta) { return theta > 1 ? 1 - 1 / (theta * theta) : 0; }

/// Distribution function of Wigner's semicircle.
double semicircle(double x) {
  if (std::abs(x) >= 2) return x < 0 ? 0 : 1;
  return 0.5 + (x * std::sqrt(4 - x * x) / 4 + std::asin(x / 2)) / std::numbers::pi;
}

class SpikedWigner final : public run::Experiment {
 public:
  run::Description describe() const override {
    run::Description d;
    d.experiment = "spiked_wigner";
    d.mode = "transition";
    d.summary = "top eigenvalue and eigenvector of W + theta v v^T";
    d.default_replicas = 40;
    d.quick_replicas = 10;
    d.parameters = {{.name = "dimension", .symbol = "N", .type = run::Type::integer, .default_value = "200", .lowest = 20, .highest = 5000,
                     .help = "rows of the matrix", .role = run::Role::law, .quick = "60"},
                    {.name = "spike", .symbol = "theta", .type = run::Type::real, .default_value = "2", .lowest = 0, .highest = 3,
                     .help = "strength of the signal", .role = run::Role::axis}};
    const auto levels = [](const Point& p) { return std::vector{run::Axis::index("level", p.integer("dimension"), "counted from the lowest")}; };
    const auto edge = [](const Point&) { return std::vector{run::Axis{"edge", edges(), "1", "edge of a bin"}}; };
    d.observables = {
        {.name = "top_eigenvalue", .description = "largest eigenvalue"},
        {.name = "overlap", .description = "squared overlap of the top eigenvector with the signal"},
        {.name = "mean_square", .description = "mean of the squared eigenvalues"},
        {.name = "levels", .description = "eigenvalues", .kind = Kind::spectrum, .axes = levels, .edges = [](const Point&) { return edges(); }},
        {.name = "top_eigenvalue", .description = "max(2, theta + 1/theta), below 1 with the finite-size shift", .kind = Kind::theory},
        {.name = "overlap", .description = "max(0, 1 - 1/theta^2)", .kind = Kind::theory},
        {.name = "mean_square", .description = "1 + (1 + theta^2)/N, exact", .kind = Kind::theory},
        {.name = "levels_cdf", .description = "semicircle at the edges", .kind = Kind::theory, .axes = edge},
    };
    return d;
  }

  run::Cost cost(const run::Family& family) const override {
    const auto n = static_cast<double>(family.front().integer("dimension"));
    return {1e-9 * n * n * n * static_cast<double>(family.points.size()), 40 * n * n};
  }

  void theory(const run::Family& family, run::Sink& sink, run::Context&) const override {
    for (const Point& point : family.points) {
      const auto n = static_cast<double>(point.integer("dimension"));
      const double theta = point.real("spike");
      sink.predict("top_eigenvalue", point, Array::scalar(top_eigenvalue(theta, n)));
      sink.predict("overlap", point, Array::scalar(overlap(theta)));
      sink.predict("mean_square", point, Array::scalar(1 + (1 + theta * theta) / n));
      std::vector<double> cdf;
      for (const double x : edges()) cdf.push_back(semicircle(x));
      sink.predict("levels_cdf", point, Array(cdf));
    }
  }

  void simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const override {
    mpi::Team& team = context.team;
    for (std::int64_t r = block.first; r < block.first + block.count; ++r) {
      // One matrix for all spikes, the same on every member of the team: drawn from a stream, not sent.
      const auto w = noise(family.front().integer("dimension"), context.stream(random::Purpose::matrix, r));
      for (std::size_t i = 0; i < family.points.size(); ++i) {
        context.poll();
        const int owner = static_cast<int>(i) % team.size();
        if (owner != team.rank() && !team.is_root()) continue;
        const auto found = owner == team.rank() ? diagonalise(w, family.points[i].real("spike"))
                                                : team.receive_values<double>(owner, mpi::Channel::operators);
        if (team.is_root()) {
          write(family.points[i], r, found, sink);
        } else {
          team.send_values<double>(0, mpi::Channel::operators, found);
        }
      }
    }
  }

  void claims(const run::Results& results, const run::Tables&, run::Claims& claims) const override {
    for (const Point& point : results.points()) {
      const auto n = static_cast<double>(point.integer("dimension"));
      const double theta = point.real("spike");
      const auto claim = [&](const char* name, double tolerance, const char* source) {
        const auto m = results.over_replicas(name, Kind::replica, point.index, [](const Array& a) { return a.real(0); });
        claims.add({.name = name + run::distinguishing_text(results.points(), point),
                    .predicted = results.value(name, Kind::theory, point.index).real(0),
                    .measured = m.mean,
                    .standard_error = m.standard_error,
                    .degrees_of_freedom = static_cast<double>(m.count - 1),
                    .tolerance = tolerance,
                    .source = source});
      };
      claim("mean_square", 0, "second moment of the noise");
      if (std::abs(theta - 1) < 2 * std::pow(n, -1.0 / 3)) continue;  // the critical window has a law of its own
      claim("top_eigenvalue", 1 / n, "Baik, Ben Arous and Peche (2005)");
      if (theta > 1) claim("overlap", 5 / n, "Benaych-Georges and Nadakuditi (2011)");
    }
  }

 private:
  static void write(const Point& point, std::int64_t replica, std::vector<double> found, run::Sink& sink) {
    sink.put("overlap", point, replica, Array::scalar(found.back()));
    found.pop_back();
    double squares = 0;
    for (const double x : found) squares += x * x;
    sink.put("mean_square", point, replica, Array::scalar(squares / static_cast<double>(found.size())));
    sink.put("top_eigenvalue", point, replica, Array::scalar(found.back()));
    sink.put("levels", point, replica, Array(std::move(found)));
  }
};

}  // namespace

int main(int argc, char** argv) {
  run::Program program{"rankwise-spiked-wigner", "a spiked random matrix", {"mpirun -n 4 rankwise-spiked-wigner --spike 0:3:7"}, {}};
  program.modes.push_back(std::make_unique<SpikedWigner>());
  return run::run_program(argc, argv, program);
}
