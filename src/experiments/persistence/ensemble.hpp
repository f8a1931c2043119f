// The ensembles of the persistence experiment: names, parameters, limiting laws. SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rankwise/run/point.hpp"
#include "rankwise/spectra/deformed_semicircle.hpp"
#include "rankwise/spectra/ensembles.hpp"
#include "rankwise/spectra/tabulated_cdf.hpp"

namespace rankwise::experiments::levels {

/// What is drawn of a replica.
enum class Form { hermite, laguerre, poisson, goe, gue, gse, wishart, wigner, rosenzweig_porter };

struct Ensemble {
  const char* name;
  Form form;
  double beta;  ///< Dyson's index of the level repulsion; 0: none; NaN: --dyson-beta says
  const char* twin;  ///< dense: the ensemble in short form that has the same law, or ""
};

/// All of them, the weaker level repulsion first.
[[nodiscard]] std::span<const Ensemble> ensembles();
[[nodiscard]] const Ensemble& ensemble_of(std::string_view name);
[[nodiscard]] std::vector<std::string> ensemble_names();
[[nodiscard]] bool is_wishart(const Ensemble& ensemble);  ///< limiting law of Marchenko and Pastur
[[nodiscard]] bool is_dense(const Ensemble& ensemble);    ///< full matrices

/// A point with everything that decides its law. Parameters that an ensemble has not are refused by check().
struct Model {
  explicit Model(const run::Point& completed);

  const Ensemble* ensemble;
  std::size_t n;       ///< levels
  double beta;         ///< Dyson's index
  double samples = 0;  ///< m of Wishart ensembles
  double gamma = 0;
  spectra::DiagonalLaw diagonal = spectra::DiagonalLaw::uniform;
  double degrees_of_freedom = 0;
  std::string solver;

  [[nodiscard]] bool is_dense() const { return levels::is_dense(*ensemble); }
  [[nodiscard]] bool is_wishart() const { return levels::is_wishart(*ensemble); }
  /// The beta-Hermite ensemble, dense or not.
  [[nodiscard]] bool is_gaussian() const;
  [[nodiscard]] double ratio() const { return static_cast<double>(n) / samples; }
  /// Rosenzweig-Porter: n^{1 - gamma}, at least the 1e-20 from which on noise changes no digit of a law.
  [[nodiscard]] double sigma2() const;
  /// Exact laws of spacings, ratios and edges exist: local_beta() is 0, 1, 2 or 4. Elsewhere there are surmises, which
  /// claim nothing.
  [[nodiscard]] bool has_exact_laws() const;
  /// Beta of the local statistics: beta, for Rosenzweig-Porter 1 below gamma = 2, 0 above, NaN at 2.
  [[nodiscard]] double local_beta() const;
};

/// Fills in what `auto` stands for; UsageError for what does not go together. Returns warnings.
[[nodiscard]] std::vector<std::string> complete_model(run::Point& point);

/// Limiting law of the levels, and what follows from it.
class LevelLaw {
 public:
  explicit LevelLaw(const Model& model);

  [[nodiscard]] double cdf(double x) const;
  [[nodiscard]] double density(double x) const;
  /// Of the bins of the spectrum, so wide that no level of any replica falls outside their reach (below 1e-12 a file).
  [[nodiscard]] std::vector<double> edges() const;
  /// The x with cdf(x) = p, p in (0, 1).
  [[nodiscard]] double quantile(double p) const;
  struct Support {
    double low;
    double high;
  };
  [[nodiscard]] Support support() const;  ///< infinite for a Gaussian diagonal
  /// Range of the bins of the spectrum, without the outermost ones for heavy tails.
  [[nodiscard]] Support reach() const;
  /// KL(U || rho); NaN for an unbounded support.
  [[nodiscard]] double divergence() const;
  /// n cdf of rows (n, lanes).
  void unfold(std::span<const double> levels, std::span<double> unfolded) const;

 private:
  Model model_;
  std::optional<spectra::DeformedSemicircle> deformed_;
  mutable std::optional<spectra::TabulatedCdf> table_;  ///< made at the first unfolding
};

}  // namespace rankwise::experiments::levels
