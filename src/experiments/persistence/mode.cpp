// What all modes of the persistence experiment share: settings, theory, the walk over a block. SPDX-License-Identifier: MIT
#include "mode.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/spectra/persistence_entropy.hpp"
#include "rankwise/spectra/shape_energy.hpp"
#include "rankwise/spectra/spacing_law.hpp"
#include "rankwise/spectra/spacing_ratio.hpp"
#include "rankwise/spectra/tracy_widom.hpp"
#include "rankwise/spectra/unfolding.hpp"
#include "sampler.hpp"
#include "table.hpp"

namespace rankwise::experiments::levels {

using run::Kind;
using run::Point;
using spectra::LevelStatistics;

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Statistic {
  const char* name;
  LevelStatistics::Row LevelStatistics::*row;
};
constexpr Statistic statistics[] = {
    {"persistence_entropy", &LevelStatistics::entropy},
    {"spacing_ratio", &LevelStatistics::spacing_ratio},
    {"bulk_spacing_ratio", &LevelStatistics::bulk_spacing_ratio},
    {"trimmed_entropy", &LevelStatistics::trimmed_entropy},
    {"unfolded_entropy", &LevelStatistics::unfolded_entropy},
    {"local_entropy", &LevelStatistics::local_entropy},
    {"unfolded_variance", &LevelStatistics::unfolded_variance},
    {"total_persistence", &LevelStatistics::total},
    {"longest_bar", &LevelStatistics::longest_bar},
    {"bar_variation", &LevelStatistics::bar_variation},
    {"shape_energy", &LevelStatistics::shape_energy},
    {"lowest_level", &LevelStatistics::lowest},
    {"highest_level", &LevelStatistics::highest},
    {"zero_bars", &LevelStatistics::zero_bars},
    {"skipped_ratios", &LevelStatistics::skipped_ratios},
};

double local_constant_of(const Model& model) {
  const double beta = model.local_beta();
  if (std::isnan(beta)) return nan;
  return model.has_exact_laws() ? spectra::SpacingLaw(beta).local_constant() : spectra::surmise_local_constant(beta);
}

double spacing_variance_of(const Model& model) {
  const double beta = model.local_beta();
  if (std::isnan(beta)) return nan;
  return model.has_exact_laws() ? spectra::SpacingLaw(beta).variance() : spectra::SpacingSurmise(beta).variance();
}

/// The first `count` lanes of rows (n, lanes), as (count, n).
Array by_replica(std::span<const double> rows, std::size_t n, std::size_t count) {
  std::vector<double> levels(count * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t w = 0; w < count; ++w) levels[w * n + i] = rows[i * replica_lanes + w];
  }
  return {std::move(levels), {count, n}};
}

/// Unfolding as a point asks for it; rows (n, lanes) to rows.
void unfold(const Point& point, const LevelLaw& law, std::size_t n, std::size_t count, std::span<const double> levels,
            std::span<double> unfolded) {
  const std::string& way = point.text("unfolding");
  if (way == "analytic") {
    law.unfold(levels, unfolded);
    return;
  }
  std::vector<double> lane(n);
  for (std::size_t w = 0; w < count; ++w) {
    for (std::size_t i = 0; i < n; ++i) lane[i] = levels[i * replica_lanes + w];
    const auto one = way == "polynomial" ? spectra::unfold_polynomial(lane, static_cast<std::size_t>(point.integer("polynomial_degree")))
                     : way == "local"    ? spectra::unfold_local(lane, static_cast<std::size_t>(point.integer("local_window")))
                                         : spectra::unfold_mean(lane);
    for (std::size_t i = 0; i < n; ++i) unfolded[i * replica_lanes + w] = one[i];
  }
}

/// One point of a block in work.
struct PointInWork {
  const Point* point;
  BlockRecord record;
  std::unique_ptr<Measurement> measurement;
  run::ReplicaRange counted;
};

}  // namespace

const std::vector<std::string>& statistics_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> list;
    for (const Statistic& s : statistics) list.emplace_back(s.name);
    return list;
  }();
  return names;
}

void BlockRecord::append(const std::string& observable, std::span<const double> value, std::vector<std::size_t> shape) {
  Rows& rows = rows_[observable];
  rows.values.insert(rows.values.end(), value.begin(), value.end());
  rows.shape = std::move(shape);
  ++rows.count;
}

void BlockRecord::append(const std::string& observable, std::span<const double> scalars) {
  Rows& rows = rows_[observable];
  rows.values.insert(rows.values.end(), scalars.begin(), scalars.end());
  rows.count += scalars.size();
}

void BlockRecord::put(run::Sink& sink, const Point& point, std::int64_t first) {
  for (auto& [name, rows] : rows_) {
    std::vector<std::size_t> shape{rows.count};
    for (const std::size_t extent : rows.shape) shape.push_back(extent);
    sink.put_block(name, point, first, {std::move(rows.values), std::move(shape)});
  }
  rows_.clear();
}

run::Description Mode::describe() const {
  run::Description d;
  d.experiment = "persistence";
  d.mode = name();
  d.summary = summary();
  d.default_replicas = 1000;
  d.quick_replicas = 64;
  d.parameters = parameters();
  d.observables = shared_observables();
  extend(d);
  return d;
}

std::vector<std::string> Mode::complete(Point& point, const run::Inputs&) const {
  if (!is_about(ensemble_of(point.text("ensemble")))) {
    std::vector<std::string> allowed;
    for (const Ensemble& e : ensembles()) {
      if (is_about(e)) allowed.emplace_back(e.name);
    }
    throw UsageError(concat("--ensemble '", point.text("ensemble"), "': mode ", name(), " is about ", join(allowed, ", ")));
  }
  auto warnings = complete_model(point);
  check(point);
  return warnings;
}

// Some milliseconds of work for a task of the short forms; dense matrices of any size take longer than that.
std::int64_t Mode::block_width(const run::Family& family) const {
  const Model model(family.front());
  constexpr std::size_t lanes = replica_lanes;
  if (model.is_dense() || model.solver == "dense") return model.n <= 200 ? lanes : model.n <= 1000 ? 4 : 1;
  const std::size_t batches = std::bit_floor(std::clamp<std::size_t>(1600 / model.n, 1, 16));
  return static_cast<std::int64_t>(lanes * batches);
}

// Measured on one core: docs/persistence.md.
run::Cost Mode::cost(const run::Family& family) const {
  const Model model(family.front());
  const auto n = static_cast<double>(model.n);
  const auto points = static_cast<double>(family.points.size());
  const auto width = static_cast<double>(block_width(family));
  const double batch_bytes = 8 * 8 * n * static_cast<double>(replica_lanes);
  const double record_bytes = 8 * 20 * width * points;
  if (model.is_dense() || model.solver == "dense") {
    const double cube = model.ensemble->form == Form::gse ? 40 : model.ensemble->form == Form::gue ? 5 : 1;
    return {width * (1e-7 * n * n + 6e-11 * cube * n * n * n), (cube > 1 ? 64 : 24) * n * n + batch_bytes + record_bytes};
  }
  const double solve = model.solver == "batched" ? 5e-10 : model.solver == "none" ? 1e-11 : 1.2e-8;
  return {width * (5e-8 * n + solve * n * n), batch_bytes + record_bytes};
}

void Mode::theory(const run::Family& family, run::Sink& sink, run::Context&) const {
  for (const Point& point : family.points) {
    const Model model(point);
    const LevelLaw law(model);
    const auto n = static_cast<double>(model.n);
    const double beta = model.local_beta();
    const double c = local_constant_of(model);
    const double kl = law.divergence();
    const double asymptotic = std::isnan(kl) || std::isnan(c) ? nan : spectra::rigid_entropy(model.n, kl) - c;
    const bool is_poisson = model.ensemble->form == Form::poisson;
    // The edges of a Wigner matrix are those of GOE as well, up to the variance of its diagonal.
    const bool has_finite_size = (model.is_gaussian() || model.ensemble->form == Form::wigner) && model.has_exact_laws();
    const auto put = [&](const char* which, double value) { sink.predict(which, point, Array::scalar(value)); };
    put("divergence", kl);
    put("local_entropy", c);
    put("entropy_asymptotic", asymptotic);
    put("entropy_published", model.is_gaussian() || model.ensemble->form == Form::wigner ? spectra::published_entropy(model.n) : nan);
    put("persistence_entropy", is_poisson        ? spectra::poisson_entropy(model.n).mean
                               : has_finite_size ? spectra::hermite_entropy(model.n, static_cast<int>(beta), c)
                                                 : asymptotic);
    put("unfolded_variance", spacing_variance_of(model));
    const double ratio = std::isnan(beta) ? nan : spectra::mean_ratio(beta).value;
    put("spacing_ratio", ratio);
    put("bulk_spacing_ratio", ratio);
    put("spacing_ratio_surmise", std::isnan(beta) ? nan : spectra::surmise_mean_ratio(beta));
    const double edge = has_finite_size ? spectra::TracyWidom(beta).mean() * std::pow(n, -2.0 / 3) : nan;
    put("total_persistence", is_poisson ? (n - 1) / (n + 1) : 4 + 2 * edge);
    put("highest_level", is_poisson ? n / (n + 1) : 2 + edge);
    const auto energy = model.is_gaussian() ? spectra::shape_energy_law(model.n, model.beta) : spectra::ShapeEnergyLaw{nan, nan};
    put("shape_energy", energy.mean);
    put("shape_energy_variance", energy.variance);
    std::vector<double> cdf;
    for (const double x : law.edges()) cdf.push_back(law.cdf(x));
    sink.predict("levels_cdf", point, Array(std::move(cdf)));
    predict(point, model, law, sink);
  }
}

void Mode::simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const {
  const Model model(family.front());
  const std::size_t n = model.n;
  const LevelLaw law(model);
  mpi::Team& team = context.team;
  LevelSampler sampler(model);
  std::vector<PointInWork> work;
  for (const Point& point : family.points) work.push_back({&point, {}, measurement(point, model), sink.counted(point)});
  std::vector<double> levels(n * replica_lanes);
  std::vector<double> unfolded(levels.size());
  int batch = 0;
  for (std::int64_t done = 0; done < block.count; done += static_cast<std::int64_t>(replica_lanes), ++batch) {
    context.poll();
    const std::int64_t first = block.first + done;
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(replica_lanes, block.count - done));
    // A team shares the batches out; its root takes the levels.
    const int owner = batch % team.size();
    if (owner == team.rank()) sampler.sample(first, count, context, levels);
    if (owner != 0 && owner == team.rank()) team.send_values<double>(0, mpi::Channel::operators, levels);
    if (!team.is_root()) continue;
    if (owner != 0) levels = team.receive_values<double>(owner, mpi::Channel::operators);
    Array replicas = by_replica(levels, n, count);
    for (PointInWork& at : work) {
      unfold(*at.point, law, n, count, levels, unfolded);
      const auto found = spectra::level_statistics(levels, unfolded,
                                                   spectra::bulk_window(n, at.point->real("bulk_fraction")),
                                                   static_cast<std::size_t>(at.point->integer("trim")));
      for (const Statistic& s : statistics) at.record.append(s.name, std::span(found.*s.row).first(count));
      if (at.measurement != nullptr) {
        const Array flat = by_replica(unfolded, n, count);
        for (std::size_t w = 0; w < count; ++w) {
          const std::int64_t replica = first + static_cast<std::int64_t>(w);
          const bool counted = replica >= at.counted.first && replica < at.counted.first + at.counted.count;
          at.measurement->take(std::span(replicas.values<double>()).subspan(w * n, n),
                               std::span(flat.values<double>()).subspan(w * n, n), counted, at.record);
        }
      }
      const bool is_last = &at == &work.back();
      sink.put_block("levels", *at.point, first, is_last ? std::move(replicas) : replicas);
    }
  }
  if (!team.is_root()) return;
  for (PointInWork& at : work) {
    at.record.put(sink, *at.point, block.first);
    if (at.measurement != nullptr) at.measurement->finish(sink, *at.point);
  }
}

}  // namespace rankwise::experiments::levels
