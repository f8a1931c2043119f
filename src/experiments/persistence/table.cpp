// SPDX-License-Identifier: MIT
#include "table.hpp"

#include "ensemble.hpp"

namespace rankwise::experiments::levels {

using run::Axis;
using run::Kind;
using run::Point;
using run::Role;
using run::Type;

run::ParameterTable parameters() {
  return {
      {.name = "ensemble", .symbol = "", .type = Type::choice, .default_value = "goe", .words = ensemble_names(),
       .help = "random-matrix ensemble; goe, gue, gse, wishart, wishart_complex: beta-Hermite and beta-Laguerre in short form; _dense: as full matrices", .role = Role::law,
       .mode_defaults = {{"diagram", "goe,gue,gse,wishart,poisson"}, {"entropy_scaling", "goe,gue,gse"}, {"discriminate", "goe,gue"},
                         {"universality", "goe,wigner_rademacher,wigner_uniform,wigner_student_t"}, {"wishart", "wishart"},
                         {"rosenzweig_porter", "rosenzweig_porter"}, {"spacings", "goe,gue,gse,poisson"}, {"longrange", "goe,gue,gse,poisson"},
                         {"sampler_check", "goe,goe_dense,gue,gue_dense,gse,gse_dense,wishart,wishart_dense"}}},
      {.name = "dimension", .symbol = "n", .type = Type::integer, .default_value = "100", .lowest = 3, .highest = 20000,
       .help = "levels of a matrix (spacing ratios need at least 3); dense matrices up to 5000", .role = Role::law,
       .mode_defaults = {{"entropy_scaling", "50,100,200,500,1000,2000"}, {"discriminate", "50,100,200"}, {"universality", "50,100,200"},
                         {"wishart", "200"}, {"rosenzweig_porter", "200"}, {"spacings", "400"}, {"longrange", "400"}},
       .quick = "40"},
      {.name = "dyson_beta", .symbol = "beta", .type = Type::real, .default_value = "auto", .lowest = 0, .highest = 1e4, .open_lowest = true, .words = {"auto"},
       .help = "level repulsion of beta_hermite and beta_laguerre; auto: the ensemble's own", .role = Role::law},
      {.name = "samples", .symbol = "m", .type = Type::integer, .default_value = "auto", .lowest = 3, .highest = 1e9, .words = {"auto"},
       .help = "columns of X in the Wishart matrix X X^T/m, at least dimension; auto: twice dimension", .role = Role::law,
       .mode_defaults = {{"wishart", "400"}}, .quick = "auto"},
      {.name = "degrees_of_freedom", .symbol = "", .type = Type::real, .default_value = "auto", .lowest = 2, .highest = 1e6, .open_lowest = true, .words = {"auto"},
       .help = "of the entries of wigner_student_t (no variance at 2 and below); auto: 5", .role = Role::law},
      {.name = "gamma", .symbol = "gamma", .type = Type::real, .default_value = "auto", .lowest = 0, .highest = 100, .words = {"auto"},
       .help = "rosenzweig_porter: diag(h) + dimension^(-gamma/2) GOE", .role = Role::law, .mode_defaults = {{"rosenzweig_porter", "0:3:13"}},
       .quick = ""},
      {.name = "diagonal", .symbol = "h", .type = Type::choice, .default_value = "uniform", .words = {"uniform", "gaussian"},
       .help = "rosenzweig_porter: law of the diagonal, unit variance", .role = Role::law},
      {.name = "solver", .symbol = "", .type = Type::choice, .default_value = "auto", .words = {"auto", "batched", "sterf", "lasq1", "dense"},
       .help = "eigenvalues: batched (SIMD lanes), LAPACK dsterf, dlasq1 (Wishart in short form, accurate at a hard edge), dense; auto: the fastest that is accurate",
       .role = Role::setting},
      {.name = "unfolding", .symbol = "", .type = Type::choice, .default_value = "analytic", .words = {"analytic", "polynomial", "local", "none"},
       .help = "to unit mean spacing: limiting law, polynomial through the staircase, running mean of spacings, or only the mean spacing", .role = Role::axis},
      {.name = "polynomial_degree", .symbol = "", .type = Type::integer, .default_value = "9", .lowest = 1, .highest = 15,
       .help = "of unfolding polynomial", .role = Role::axis},
      {.name = "local_window", .symbol = "w", .type = Type::integer, .default_value = "10", .lowest = 1, .highest = 10000,
       .help = "unfolding local: spacings on either side in the running mean", .role = Role::axis},
      {.name = "bulk_fraction", .symbol = "", .type = Type::real, .default_value = "0.5", .lowest = 0, .highest = 1, .open_lowest = true,
       .help = "central share of the levels for the statistics of the bulk", .role = Role::axis},
      {.name = "trim", .symbol = "", .type = Type::integer, .default_value = "2", .lowest = 0, .highest = 10000,
       .help = "bars left out at either end in the trimmed entropy", .role = Role::axis},
      {.name = "lengths", .symbol = "L", .type = Type::reals, .default_value = "0.5/1/1.5/2/3/4/5/7/10/14/20/28/40/50", .lowest = 0, .open_lowest = true,
       .help = "of intervals, in mean spacings; up to half the bulk window", .role = Role::axis, .modes = {"longrange"}, .quick = "0.5/1/2/5"},
      {.name = "times", .symbol = "tau", .type = Type::reals, .default_value = "0.02:3:150", .lowest = 0,
       .help = "of the form factor, in Heisenberg times", .role = Role::axis, .modes = {"longrange"}, .quick = "0.1:2:20"},
      {.name = "power", .symbol = "q", .type = Type::real, .default_value = "2", .lowest = 1, .highest = 10,
       .help = "of the L^q persistence (sum of the bars' lengths to the q)^(1/q); theory below 3", .role = Role::axis, .modes = {"diagram"}},
      {.name = "bars", .symbol = "k", .type = Type::integers, .default_value = "auto", .lowest = 1, .highest = 19999, .words = {"auto"},
       .help = "bars whose Betti curves are counted, 1 the lowest; auto: the quarters, 1 and dimension - 1", .role = Role::axis, .modes = {"diagram"}},
      {.name = "resamples", .symbol = "B", .type = Type::integer, .default_value = "2000", .lowest = 100, .highest = 100000,
       .help = "resamples of the paired, stratified bootstrap of the AUC", .role = Role::root, .modes = {"discriminate", "rosenzweig_porter"}, .quick = "200"},
  };
}

std::vector<run::Observable> shared_observables() {
  const auto level_axis = [](const Point& p) { return std::vector{Axis::index("level", p.integer("dimension"), "level, counted from the lowest")}; };
  const auto edges = [](const Point& p) { return LevelLaw(Model(p)).edges(); };
  const auto edge_axis = [edges](const Point& p) {
    return std::vector{Axis::index("levels_edge", static_cast<std::int64_t>(edges(p).size()), "edge of a bin of the spectrum")};
  };
  return {
      {.name = "persistence_entropy", .description = "PE = -sum p log p over the bars of the diagram, p = bar/total"},
      {.name = "spacing_ratio", .description = "mean of min/max of neighbouring spacings, whole spectrum"},
      {.name = "bulk_spacing_ratio", .description = "mean spacing ratio of the central levels"},
      {.name = "trimmed_entropy", .description = "persistence entropy without `trim` bars at either end"},
      {.name = "unfolded_entropy", .description = "persistence entropy of the unfolded levels"},
      {.name = "local_entropy", .description = "mean of u log u over the unfolded spacings of the bulk, mean u = 1"},
      {.name = "unfolded_variance", .description = "variance of the unfolded spacings of the bulk, mean 1"},
      {.name = "total_persistence", .description = "sum of the bars: highest less lowest level"},
      {.name = "longest_bar", .description = "largest spacing"},
      {.name = "bar_variation", .description = "standard deviation over mean of the bars"},
      {.name = "shape_energy", .description = "Lambda: sum log|x_i - x_j| - n(n-1)/4 log sum x^2, best scale-free statistic between two beta-Hermite ensembles"},
      {.name = "lowest_level", .description = "smallest eigenvalue"},
      {.name = "highest_level", .description = "largest eigenvalue"},
      {.name = "zero_bars", .description = "bars of length 0"},
      {.name = "skipped_ratios", .description = "pairs of neighbouring spacings that are both 0, left out"},
      {.name = "levels", .description = "eigenvalues", .kind = Kind::spectrum, .axes = level_axis, .edges = edges},

      {.name = "persistence_entropy", .description = "Poisson: exact; Gaussian ensembles: finite-size law; else log n - KL - c", .kind = Kind::theory, .may_be_nan = true},
      {.name = "entropy_asymptotic", .description = "log n - KL(U||rho) - c", .kind = Kind::theory, .may_be_nan = true},
      {.name = "entropy_published", .description = "log(8 n/pi) - 1 (arXiv:2603.27903), where the law is the semicircle", .kind = Kind::theory, .may_be_nan = true},
      {.name = "divergence", .description = "KL(U||rho) of the limiting density on its support", .kind = Kind::theory, .may_be_nan = true},
      {.name = "local_entropy", .description = "c = E[u log u] of the bulk spacings; beyond beta 0, 1, 2, 4 by the surmise", .kind = Kind::theory, .may_be_nan = true},
      {.name = "unfolded_variance", .description = "variance of the bulk spacings; beyond beta 0, 1, 2, 4 by the surmise", .kind = Kind::theory, .may_be_nan = true},
      {.name = "spacing_ratio", .description = "mean spacing ratio of an infinite matrix; beyond beta 0, 1, 2, 4 by the surmise", .kind = Kind::theory, .may_be_nan = true},
      {.name = "bulk_spacing_ratio", .description = "the same", .kind = Kind::theory, .may_be_nan = true},
      {.name = "spacing_ratio_surmise", .description = "mean spacing ratio by the surmise", .kind = Kind::theory, .may_be_nan = true},
      {.name = "total_persistence", .description = "Gaussian ensembles: 4 + 2 n^(-2/3) E[TW]; Poisson: exact", .kind = Kind::theory, .may_be_nan = true},
      {.name = "highest_level", .description = "Gaussian ensembles: 2 + n^(-2/3) E[TW]; Poisson: exact", .kind = Kind::theory, .may_be_nan = true},
      {.name = "shape_energy", .description = "exact mean of Lambda, beta-Hermite", .kind = Kind::theory, .may_be_nan = true},
      {.name = "shape_energy_variance", .description = "exact variance of Lambda, beta-Hermite", .kind = Kind::theory, .may_be_nan = true},
      {.name = "levels_cdf", .description = "limiting distribution of the levels at the edges", .kind = Kind::theory, .axes = edge_axis},
  };
}

}  // namespace rankwise::experiments::levels
