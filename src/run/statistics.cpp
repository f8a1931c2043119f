// SPDX-License-Identifier: MIT
#include "statistics.hpp"

#include <array>
#include <limits>

#include "rankwise/stats/moments.hpp"
#include "spectra.hpp"

namespace rankwise::run {

namespace {

constexpr std::array quantile_probabilities{0.05, 0.25, 0.5, 0.75, 0.95};
/// Larger observables have no quantiles: sorting a gigabyte takes longer than writing it.
constexpr std::size_t most_values_with_quantiles = 4000000;

}  // namespace

void write_statistics(Section& parent, const Field& field, const Results& results) {
  if (field.observable.type == ElementType::text || field.observable.type == ElementType::int8) return;
  if (field.observable.kind == Kind::tally) return;  // the sum is all there is
  Section section = parent.child(field.observable.name);
  const auto replicas = static_cast<std::size_t>(results.replicas());
  std::vector<std::size_t> shape{results.points().size()};
  std::vector<std::string> axes{"point"};
  section.index("point", results.points().size(), point_text);
  for (const auto& axis : field.axes) {
    section.scale(axis);
    axes.push_back(axis.name);
    shape.push_back(axis.coordinates.size());
  }
  const std::size_t points = results.points().size();
  const std::size_t entries = points == 0 || replicas == 0 ? 0 : field.values.size() / (points * replicas);
  Array mean = Array::missing(ElementType::float64, shape);
  Array error = mean;
  Array variance = mean;
  Array count = Array::missing(ElementType::int64, shape);
  const bool with_quantiles = field.values.size() <= most_values_with_quantiles;
  std::vector<std::size_t> quantile_shape{points, quantile_probabilities.size()};
  for (const auto& axis : field.axes) quantile_shape.push_back(axis.coordinates.size());
  Array quantiles = with_quantiles ? Array::missing(ElementType::float64, quantile_shape) : Array();
  // All replicas of a few entries at a time: the values of one entry lie far apart.
  constexpr std::size_t together = 64;
  std::vector<std::vector<double>> samples(std::min(together, entries), std::vector<double>(replicas));
  for (std::size_t p = 0; p < points; ++p) {
    for (std::size_t begin = 0; begin < entries; begin += together) {
      const std::size_t n = std::min(together, entries - begin);
      for (std::size_t r = 0; r < replicas; ++r) {
        for (std::size_t i = 0; i < n; ++i) samples[i][r] = field.values.real((p * replicas + r) * entries + begin + i);
      }
      for (std::size_t i = 0; i < n; ++i) {
        const std::size_t e = begin + i;
        const auto moments = stats::moments(samples[i]);
        mean.values<double>()[p * entries + e] = moments.mean;
        error.values<double>()[p * entries + e] = moments.standard_error;
        variance.values<double>()[p * entries + e] = moments.variance;
        count.values<std::int64_t>()[p * entries + e] = moments.count;
        if (!with_quantiles || moments.count == 0) continue;
        const auto found = stats::quantiles(samples[i], quantile_probabilities);
        for (std::size_t q = 0; q < found.size(); ++q)
          quantiles.values<double>()[(p * found.size() + q) * entries + e] = found[q];
      }
    }
  }
  const auto& o = field.observable;
  section.write("mean", mean, {o.unit, concat("mean over replicas of ", o.name, ": ", o.description), axes});
  section.write("stderr", error, {o.unit, "standard error of that mean", axes});
  section.write("variance", variance,
                {o.unit == "1" ? "1" : concat(o.unit, "^2"), "unbiased variance over replicas", axes});
  section.write("count", count, {"1", "replicas that the mean runs over", axes});
  if (!with_quantiles) return;
  section.scale(
      {"quantile", {quantile_probabilities.begin(), quantile_probabilities.end()}, "1", "probability of the quantile"});
  axes.insert(axes.begin() + 1, "quantile");
  section.write("quantiles", quantiles,
                {o.unit, "quantiles over replicas, linear between order statistics (type 7)", axes});
}

void write_spectrum(Section& parent, const Observable& spectrum, const Results& results) {
  const auto& fields = results.fields();
  const auto counts = std::find_if(fields.begin(), fields.end(),
                                   [&](const Field& f) { return f.observable.name == spectrum.name + "_counts"; });
  if (counts == fields.end()) return;
  const auto sums = std::find_if(fields.begin(), fields.end(),
                                 [&](const Field& f) { return f.observable.name == spectrum.name + "_level_sums"; });
  const std::size_t points = results.points().size();
  const Axis& bin = counts->axes.front();
  const Axis& level = sums->axes.front();
  Section section = parent.child(spectrum.name);
  section.index("point", points, point_text);
  section.scale(bin);
  section.scale(level);
  section.index("edge", bin.coordinates.size() + 1, "edge of a bin");
  section.index("end", 2, "0: lowest, 1: highest");
  const auto make = [&](std::size_t extent) { return Array::missing(ElementType::float64, {points, extent}); };
  Array edges = make(bin.coordinates.size() + 1);
  Array density = make(bin.coordinates.size());
  Array density_error = density;
  Array mean = make(level.coordinates.size());
  Array mean_error = mean;
  Array extremes = make(2);
  Array outside = make(2);
  Array distance = Array::missing(ElementType::float64, {points});
  for (std::size_t p = 0; p < points; ++p) {
    const EnsembleSpectrum s = ensemble_spectrum(results, spectrum, p);
    const std::array at{p};
    edges.paste(at, Array(s.edges));
    density.paste(at, Array(s.summary.density));
    density_error.paste(at, Array(s.summary.density_stderr));
    mean.paste(at, Array(s.summary.level_mean));
    mean_error.paste(at, Array(s.summary.level_stderr));
    extremes.paste(at, Array(std::vector{s.lowest, s.highest}));
    outside.paste(at, Array(std::vector{s.summary.below, s.summary.above}));
    distance.paste(at, Array::scalar(s.kolmogorov_distance));
  }
  const std::string& unit = spectrum.unit;
  const std::string per_unit = unit == "1" ? "1" : concat(unit, "^-1");
  const std::string name = spectrum.name;
  section.write("edges", edges, {unit, "edges of the bins", {"point", "edge"}});
  section.write(
      "density", density,
      {per_unit, concat("density of ", name, " over all replicas: share of levels per unit"), {"point", bin.name}});
  section.write("density_stderr", density_error,
                {per_unit, "standard error of the density over replicas", {"point", bin.name}});
  section.write("level_mean", mean, {unit, "mean over replicas of each level", {"point", level.name}});
  section.write("level_stderr", mean_error, {unit, "standard error of that mean", {"point", level.name}});
  section.write("extremes", extremes, {unit, "lowest and highest level of all replicas", {"point", "end"}});
  section.write("outside", outside, {"1", "share of levels below the first and above the last edge", {"point", "end"}});
  section.write(
      "kolmogorov_distance", distance,
      {"1", concat("largest distance at the edges to the law theory/", name, "_cdf; NaN without one"), {"point"}});
}

}  // namespace rankwise::run
