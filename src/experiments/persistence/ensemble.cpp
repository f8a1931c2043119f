// SPDX-License-Identifier: MIT
#include "ensemble.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/level_statistics.hpp"
#include "rankwise/spectra/marchenko_pastur.hpp"
#include "rankwise/spectra/persistence_entropy.hpp"
#include "rankwise/spectra/semicircle.hpp"

namespace rankwise::experiments::levels {

using run::Point;

namespace {

constexpr double given = std::numeric_limits<double>::quiet_NaN();
constexpr std::array all{
    Ensemble{"poisson", Form::poisson, 0, ""},
    Ensemble{"rosenzweig_porter", Form::rosenzweig_porter, 1, ""},
    Ensemble{"goe", Form::hermite, 1, ""},
    Ensemble{"goe_dense", Form::goe, 1, "goe"},
    Ensemble{"wigner_rademacher", Form::wigner, 1, ""},
    Ensemble{"wigner_uniform", Form::wigner, 1, ""},
    Ensemble{"wigner_student_t", Form::wigner, 1, ""},
    Ensemble{"wishart", Form::laguerre, 1, ""},
    Ensemble{"wishart_dense", Form::wishart, 1, "wishart"},
    Ensemble{"gue", Form::hermite, 2, ""},
    Ensemble{"gue_dense", Form::gue, 2, "gue"},
    Ensemble{"wishart_complex", Form::laguerre, 2, ""},
    Ensemble{"gse", Form::hermite, 4, ""},
    Ensemble{"gse_dense", Form::gse, 4, "gse"},
    Ensemble{"beta_hermite", Form::hermite, given, ""},
    Ensemble{"beta_laguerre", Form::laguerre, given, ""},
};
constexpr std::int64_t largest_dense = 5000;

[[noreturn]] void refuse(const Point& point, const char* parameter, const std::string& why) {
  std::string option = parameter;
  std::replace(option.begin(), option.end(), '_', '-');
  throw UsageError(concat("--", option, " '", run::to_text(point.value(parameter)), "': ", why));
}

/// The smallest level of a square or nearly square Wishart matrix is so close to 0 that B B^T has lost it.
bool has_hard_edge(double n, double samples) {
  const double low = 1 - std::sqrt(n / samples);
  return low * low < 1e-6;
}

void complete_beta(Point& point, const Ensemble& e) {
  const bool is_given = !point.is_word("dyson_beta");
  if (std::isnan(e.beta)) {
    if (!is_given) refuse(point, "dyson_beta", concat("ensemble ", e.name, " needs a number in (0, 10000]"));
    return;
  }
  if (is_given && point.real("dyson_beta") != e.beta) {
    refuse(point, "dyson_beta",
           concat("ensemble ", e.name, " has beta = ", e.beta, "; other values are for beta_hermite and beta_laguerre"));
  }
  point.complete("dyson_beta", e.beta);
}

void complete_samples(Point& point, const Ensemble& e) {
  const std::int64_t n = point.integer("dimension");
  if (!is_wishart(e)) {
    if (!point.is_word("samples")) {
      refuse(point, "samples", concat("ensemble ", e.name, " has no samples; they belong to the Wishart ensembles"));
    }
    point.complete("samples", std::int64_t{0});
    return;
  }
  if (point.is_word("samples")) point.complete("samples", 2 * n);
  if (point.integer("samples") < n) {
    refuse(point, "samples",
           concat("below --dimension ", n, "; pass samples >= dimension: the non-zero levels of the other case are those of ",
                  "--dimension ", point.integer("samples"), " --samples ", n));
  }
}

void complete_solver(Point& point, const Ensemble& e) {
  const std::string& asked = point.text("solver");
  const bool is_auto = asked == "auto";
  std::string solver = asked;
  if (e.form == Form::poisson) {
    if (!is_auto) refuse(point, "solver", "ensemble poisson needs none; allowed is auto");
    solver = "none";
  } else if (is_dense(e)) {
    if (!is_auto && asked != "dense") {
      refuse(point, "solver", concat("ensemble ", e.name, " has dense matrices; allowed is auto or dense"));
    }
    solver = "dense";
  } else if (e.form == Form::hermite) {
    if (asked == "lasq1") refuse(point, "solver", "lasq1 is for the Wishart ensembles in short form");
    if (is_auto) solver = "batched";
  } else if (is_auto) {
    solver = has_hard_edge(point.real("dimension"), point.real("samples")) ? "lasq1" : "batched";
  }
  if (solver == "dense" && point.integer("dimension") > largest_dense) {
    refuse(point, "dimension", concat("dense matrices (ensemble ", e.name, ", solver dense) are allowed up to ", largest_dense));
  }
  point.complete("solver", solver);
}

}  // namespace

std::span<const Ensemble> ensembles() { return all; }

const Ensemble& ensemble_of(std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const Ensemble& e) { return e.name == name; });
  expects(found != all.end(), "an ensemble of the list");
  return *found;
}

std::vector<std::string> ensemble_names() {
  std::vector<std::string> names;
  for (const Ensemble& e : all) names.emplace_back(e.name);
  return names;
}

bool is_wishart(const Ensemble& e) { return e.form == Form::laguerre || e.form == Form::wishart; }

bool is_dense(const Ensemble& e) {
  return e.form != Form::hermite && e.form != Form::laguerre && e.form != Form::poisson;
}

std::vector<std::string> complete_model(Point& point) {
  std::vector<std::string> warnings;
  const Ensemble& e = ensemble_of(point.text("ensemble"));
  complete_beta(point, e);
  complete_samples(point, e);
  complete_solver(point, e);
  const bool is_student = std::string_view(e.name) == "wigner_student_t";
  if (!is_student) {
    if (!point.is_word("degrees_of_freedom")) {
      refuse(point, "degrees_of_freedom", concat("ensemble ", e.name, " has none; they belong to wigner_student_t"));
    }
    point.complete("degrees_of_freedom", 0.0);
  } else {
    if (point.is_word("degrees_of_freedom")) point.complete("degrees_of_freedom", 5.0);
    if (point.real("degrees_of_freedom") <= 4) {
      warnings.push_back(concat("degrees of freedom ", point.real("degrees_of_freedom"),
                                ": without a fourth moment the edge of the spectrum is not Tracy and Widom's"));
    }
  }
  if (e.form != Form::rosenzweig_porter) {
    if (point.text("diagonal") != "uniform") {
      refuse(point, "diagonal", concat("ensemble ", e.name, " has none; it belongs to rosenzweig_porter"));
    }
    if (!point.is_word("gamma")) refuse(point, "gamma", concat("ensemble ", e.name, " has none; it belongs to rosenzweig_porter"));
    point.complete("gamma", 0.0);
  } else if (point.is_word("gamma")) {
    refuse(point, "gamma", "ensemble rosenzweig_porter needs a number in [0, 100]");
  }
  const auto n = static_cast<std::size_t>(point.integer("dimension"));
  const double fraction = point.real("bulk_fraction");
  if (std::llround(fraction * static_cast<double>(n)) < 3) {
    refuse(point, "bulk_fraction", concat("leaves fewer than 3 of ", n, " levels, which spacing ratios need at least; allowed is from ", 2.5 / static_cast<double>(n), " to 1"));
  }
  if (2 * point.integer("trim") >= static_cast<std::int64_t>(n) - 1) {
    refuse(point, "trim", concat("leaves none of the ", n - 1, " bars; allowed is below ", n / 2));
  }
  return warnings;
}

Model::Model(const Point& p)
    : ensemble(&ensemble_of(p.text("ensemble"))),
      n(static_cast<std::size_t>(p.integer("dimension"))),
      beta(p.real("dyson_beta")),
      samples(p.real("samples")),
      gamma(p.real("gamma")),
      diagonal(p.text("diagonal") == "gaussian" ? spectra::DiagonalLaw::gaussian : spectra::DiagonalLaw::uniform),
      degrees_of_freedom(p.real("degrees_of_freedom")),
      solver(p.text("solver")) {}

bool Model::is_gaussian() const {
  return ensemble->form == Form::hermite || ensemble->form == Form::goe || ensemble->form == Form::gue ||
         ensemble->form == Form::gse;
}
double Model::sigma2() const { return std::max(1e-20, std::pow(static_cast<double>(n), 1 - gamma)); }
bool Model::has_exact_laws() const {
  const double b = local_beta();
  return b == 0 || b == 1 || b == 2 || b == 4;
}
double Model::local_beta() const {
  if (ensemble->form != Form::rosenzweig_porter) return beta;
  return gamma < 2 ? 1 : gamma > 2 ? 0 : std::numeric_limits<double>::quiet_NaN();
}

LevelLaw::LevelLaw(const Model& model) : model_(model) {
  if (model.ensemble->form == Form::rosenzweig_porter) deformed_.emplace(model.diagonal, model.sigma2());
}

double LevelLaw::cdf(double x) const {
  if (deformed_) return deformed_->cdf(x);
  if (model_.is_wishart()) return spectra::MarchenkoPastur(model_.ratio()).cdf(x);
  return model_.ensemble->form == Form::poisson ? std::clamp(x, 0.0, 1.0) : spectra::semicircle_cdf(x);
}

double LevelLaw::density(double x) const {
  if (deformed_) return deformed_->density(x);
  if (model_.is_wishart()) return spectra::MarchenkoPastur(model_.ratio()).density(x);
  if (model_.ensemble->form == Form::poisson) return x > 0 && x < 1 ? 1 : 0;
  return spectra::semicircle_density(x);
}

double LevelLaw::quantile(double p) const {
  const auto [low, high] = support();
  double a = std::max(low, -1e3);  // a Gaussian diagonal has nothing beyond 40
  double b = std::min(high, 1e3);
  for (int step = 0; step < 60 && a < b; ++step) {
    const double middle = a + (b - a) / 2;
    (cdf(middle) < p ? a : b) = middle;
  }
  return a + (b - a) / 2;
}

LevelLaw::Support LevelLaw::support() const {
  if (deformed_) return {-deformed_->upper(), deformed_->upper()};
  if (model_.is_wishart()) {
    const spectra::MarchenkoPastur law(model_.ratio());
    return {law.lower(), law.upper()};
  }
  return model_.ensemble->form == Form::poisson ? Support{0, 1} : Support{-2, 2};
}

LevelLaw::Support LevelLaw::reach() const {
  // Beyond sqrt(4 + 240/(beta n)) the Gaussian weight exp(-beta n x^2/4) leaves less than e^-60 to a level.
  const auto size = static_cast<double>(model_.n);
  switch (model_.ensemble->form) {
    case Form::poisson:
      return {0, 1};
    case Form::laguerre:
    case Form::wishart: {
      const double root = 1 + std::sqrt(model_.ratio()) + std::sqrt(120 / (model_.beta * model_.samples));
      return {0, root * root};
    }
    case Form::rosenzweig_porter: {
      // h + V <= largest |h| + norm of V
      const double noise = std::sqrt(model_.sigma2()) * std::sqrt(4 + 240 / size);
      const double high = (model_.diagonal == spectra::DiagonalLaw::uniform ? std::sqrt(3.0) : 8.6) + noise;
      return {-high, high};
    }
    default: {
      const double high = std::max(2.5, std::sqrt(4 + 240 / (model_.beta * size)));
      return {-high, high};
    }
  }
}

std::vector<double> LevelLaw::edges() const {
  constexpr int bins = 100;
  const auto [low, high] = reach();
  double outer = 0;  // one more edge on both sides, for heavy tails
  // Student's t: among 1e18 entries the largest is about (1e18)^(1/dof)
  if (model_.degrees_of_freedom > 0) outer = high + 8 * std::pow(1e18, 1 / model_.degrees_of_freedom) / std::sqrt(static_cast<double>(model_.n));
  std::vector<double> edges;
  if (outer > 0) edges.push_back(-outer);
  for (int i = 0; i <= bins; ++i) edges.push_back(low + (high - low) * i / bins);
  if (outer > 0) edges.push_back(outer);
  return edges;
}

double LevelLaw::divergence() const {
  if (deformed_) {
    return model_.diagonal == spectra::DiagonalLaw::uniform ? deformed_->divergence() : std::numeric_limits<double>::quiet_NaN();
  }
  if (model_.is_wishart()) return spectra::marchenko_pastur_divergence(model_.ratio());
  return model_.ensemble->form == Form::poisson ? 0 : spectra::semicircle_divergence();
}

void LevelLaw::unfold(std::span<const double> levels, std::span<double> unfolded) const {
  if (model_.is_wishart()) {
    spectra::unfold_marchenko_pastur(model_.ratio(), levels, unfolded);
    return;
  }
  const auto size = static_cast<double>(model_.n);
  if (deformed_ && !table_) table_.emplace(deformed_->table());
  if (deformed_ || model_.ensemble->form == Form::poisson) {
    std::transform(levels.begin(), levels.end(), unfolded.begin(),
                   [&](double x) { return size * (deformed_ ? (*table_)(x) : x); });
    return;
  }
  spectra::unfold_semicircle(levels, unfolded);
}

}  // namespace rankwise::experiments::levels
