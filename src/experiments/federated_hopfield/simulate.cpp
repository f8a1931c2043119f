// One replica: a federation over T rounds, its metrics and its theory. SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>

#include "experiment.hpp"
#include "images.hpp"
#include "metrics.hpp"
#include "rankwise/random/distributions.hpp"
#include "rounds.hpp"
#include "table.hpp"

namespace rankwise::experiments::hopfield {

namespace {

using random::Purpose;

linalg::SignMatrix from_array(const Array& array) {
  linalg::SignMatrix signs(array.shape()[0], array.shape()[1]);
  const auto& values = array.values<std::int8_t>();
  for (std::size_t i = 0; i < signs.rows(); ++i) {
    for (std::size_t j = 0; j < signs.columns(); ++j) signs.set(i, j, values[i * signs.columns() + j] > 0);
  }
  return signs;
}

Array to_array(const linalg::SignMatrix& signs) {
  std::vector<std::int8_t> values;
  for (std::size_t i = 0; i < signs.rows(); ++i) {
    for (std::size_t j = 0; j < signs.columns(); ++j) values.push_back(static_cast<std::int8_t>(signs(i, j)));
  }
  return {std::move(values), {signs.rows(), signs.columns()}};
}

/// A (round, ...) array filled row by row.
class Rows {
 public:
  Rows(std::int64_t rounds, std::size_t width) : rounds_(static_cast<std::size_t>(rounds)), width_(width) {}
  void add(double value) { values_.push_back(value); }
  void add(const linalg::Vector& row) { values_.insert(values_.end(), row.begin(), row.end()); }
  void add(const std::vector<double>& row) { values_.insert(values_.end(), row.begin(), row.end()); }
  [[nodiscard]] Array reals() const { return {values_, shape()}; }
  [[nodiscard]] Array integers() const {
    std::vector<std::int64_t> whole(values_.size());
    std::transform(values_.begin(), values_.end(), whole.begin(), [](double v) { return static_cast<std::int64_t>(v); });
    return {std::move(whole), shape()};
  }

 private:
  [[nodiscard]] std::vector<std::size_t> shape() const {
    return width_ == 0 ? std::vector<std::size_t>{rounds_} : std::vector<std::size_t>{rounds_, width_};
  }
  std::size_t rounds_;
  std::size_t width_;
  std::vector<double> values_;
};

/// Everything that root notes down in the course of a replica.
struct Notes {
  explicit Notes(const Settings& s)
      : rounds(s.rounds), k(static_cast<std::size_t>(s.archetypes)), l(static_cast<std::size_t>(federated::Placement(s.clients, 1).chunks())),
        components(static_cast<std::size_t>(s.federation.server.operator_rank)) {}
  std::int64_t rounds;
  std::size_t k, l, components;  ///< l: chunks of clients
  Rows magnetisation{rounds, k}, dispersion{rounds, k}, overlap{rounds, k}, outlier{rounds, k}, exposure{rounds, k};
  Rows retrieval{rounds, 0}, frobenius{rounds, 0}, khat{rounds, 0}, accepted{rounds, 0}, rejected{rounds, 0}, start_steps{rounds, 0}, spectral_gap{rounds, 0};
  Rows tail_mean{rounds, 0}, cut{rounds, 0}, accuracy{rounds, 0}, eigenvalues{rounds, components};
  Rows w{rounds, l}, entropy{rounds, l}, bytes_sent{rounds, l};
  Rows edge{rounds, 0}, theory_outlier{rounds, k}, theory_overlap{rounds, k}, theory_magnetisation{rounds, k}, theory_dispersion{rounds, k};
};

class Replica {
 public:
  Replica(const Settings& settings, run::Context& context, std::int64_t replica, const run::Point& point)
      : s_(settings), context_(context), replica_(replica), point_(point), local_(dynamic_cast<const LocalImages*>(context.local)),
        archetypes_(context.inputs.find("prototypes") != nullptr
                        ? from_array(context.inputs.find("prototypes")->array)
                        : random_archetypes(context.stream(Purpose::archetypes, replica), s_.archetypes, s_.neurons)),
        federation_(s_, context, replica, archetypes_, local_), notes_(s_) {}

  void run(run::Sink& sink) {
    for (std::int64_t t = 0; t < s_.rounds; ++t) {
      context_.poll();
      const linalg::SignMatrix remembered = federation_.memory();
      if (const auto outcome = federation_.next()) note(*outcome, remembered);
    }
    if (context_.team.is_root()) write(sink);
  }

 private:
  void note(const federated::RoundOutcome& outcome, const linalg::SignMatrix& remembered) {
    const auto& server = outcome.server;
    const RoundMetrics m = round_metrics(archetypes_, federation_.memory(), server, s_.gap_at());
    notes_.magnetisation.add(m.magnetisation);
    notes_.dispersion.add(m.dispersion);
    notes_.overlap.add(m.overlap);
    notes_.outlier.add(m.outlier);
    notes_.retrieval.add(m.retrieval);
    notes_.frobenius.add(m.frobenius);
    notes_.spectral_gap.add(m.spectral_gap);
    notes_.khat.add(static_cast<double>(server.khat));
    notes_.accepted.add(static_cast<double>(server.accepted.signs.rows()));
    notes_.rejected.add(server.rejected ? 1 : 0);
    notes_.start_steps.add(static_cast<double>(server.accepted.start_steps));
    notes_.tail_mean.add(server.tail_mean);
    notes_.cut.add(server.cut);
    linalg::Vector eigenvalues = linalg::Vector::Zero(static_cast<Eigen::Index>(notes_.components));
    eigenvalues.head(server.eigenvalues.size()) = server.eigenvalues;
    notes_.eigenvalues.add(eigenvalues);
    if (local_ != nullptr) notes_.accuracy.add(nearest_accuracy(local_->test, federation_.memory(), m.pattern_of_archetype));

    std::vector<double> w, entropy, bytes, exposure(notes_.k, 0);
    for (const auto& chunk : outcome.chunks) {
      w.push_back(chunk.weight);
      entropy.push_back(chunk.entropy);
      bytes.push_back(chunk.bytes);
    }
    std::vector<RealisedClient> clients;
    std::int64_t senders = 0;
    for (const auto& group : outcome.groups) senders += group.term.count;
    for (const auto& group : outcome.groups) {
      const auto count = static_cast<double>(group.term.count);
      const double quality = s_.kind_qualities[static_cast<std::size_t>(group.kind)];
      RealisedClient client{count * group.term.share * group.term.weight, quality, count * group.term.examples, {}};
      for (std::size_t mu = 0; mu < notes_.k; ++mu) {
        const auto shown = static_cast<double>(group.tally[mu]);
        client.exposure.push_back(shown / client.examples);
        exposure[mu] += shown / group.term.examples / static_cast<double>(senders);
      }
      clients.push_back(std::move(client));
    }
    notes_.w.add(w);
    notes_.entropy.add(entropy);
    notes_.bytes_sent.add(bytes);
    notes_.exposure.add(exposure);
    note_theory(clients, remembered);
  }

  void note_theory(const std::vector<RealisedClient>& clients, const linalg::SignMatrix& remembered) {
    RoundTheory theory;
    if (s_.images || clients.empty()) {
      // nothing has arrived, or images: they scatter about their class in no independent way, and nobody knows an r
      const linalg::Vector none = linalg::Vector::Constant(static_cast<Eigen::Index>(notes_.k), std::nan(""));
      theory = {std::nan(""), none, none, none, none};
    } else {
      theory = round_theory(archetypes_, clients, remembered);
    }
    notes_.edge.add(theory.edge);
    notes_.theory_outlier.add(theory.outlier);
    notes_.theory_overlap.add(theory.overlap);
    notes_.theory_magnetisation.add(theory.magnetisation);
    notes_.theory_dispersion.add(theory.dispersion);
  }

  void write(run::Sink& sink) const {
    const auto put = [&](const char* name, Array value) { sink.put(name, point_, replica_, std::move(value)); };
    put("magnetisation", notes_.magnetisation.reals());
    put("retrieval", notes_.retrieval.reals());
    put("frobenius", notes_.frobenius.reals());
    put("khat", notes_.khat.integers());
    put("accepted", notes_.accepted.integers());
    put("rejected", notes_.rejected.integers());
    put("start_steps", notes_.start_steps.integers());
    put("dispersion", notes_.dispersion.reals());
    put("overlap", notes_.overlap.reals());
    put("outlier", notes_.outlier.reals());
    put("eigenvalues", notes_.eigenvalues.reals());
    put("spectral_gap", notes_.spectral_gap.reals());
    put("tail_mean", notes_.tail_mean.reals());
    put("cut", notes_.cut.reals());
    put("w", notes_.w.reals());
    put("entropy", notes_.entropy.reals());
    put("exposure", notes_.exposure.reals());
    put("bytes_sent", notes_.bytes_sent.integers());
    put("archetypes", to_array(federation_.memory()));
    put("true_archetypes", to_array(archetypes_));
    if (local_ != nullptr) {
      put("specimen", to_array(specimen()));
      put("accuracy", notes_.accuracy.reals());
    }
    const auto predict = [&](const char* name, Array value) { sink.predict(name, point_, replica_, std::move(value)); };
    predict("edge", notes_.edge.reals());
    predict("outlier", notes_.theory_outlier.reals());
    predict("overlap", notes_.theory_overlap.reals());
    predict("magnetisation", notes_.theory_magnetisation.reals());
    predict("dispersion", notes_.theory_dispersion.reals());
  }

  /// An example of each archetype in the law of the clients', from a stream of its own.
  [[nodiscard]] linalg::SignMatrix specimen() const {
    linalg::SignMatrix shown(archetypes_.rows(), archetypes_.columns());
    for (std::size_t mu = 0; mu < shown.rows(); ++mu) {
      auto stream = context_.stream(Purpose::cue, replica_, static_cast<std::int64_t>(mu));
      if (s_.images) {
        const auto& test = local_->test[mu];
        const auto row = test.row(random::below(stream, test.rows()));
        std::copy(row.begin(), row.end(), shown.row(mu).begin());
      } else {
        std::vector<std::int64_t> one(shown.rows(), 0);
        one[mu] = 1;
        const auto example = noisy_batch(archetypes_, one, s_.qualities[0], stream).transposed();
        const auto row = example.row(0);
        std::copy(row.begin(), row.end(), shown.row(mu).begin());
      }
    }
    return shown;
  }

  const Settings& s_;
  run::Context& context_;
  std::int64_t replica_;
  const run::Point& point_;
  const LocalImages* local_;
  linalg::SignMatrix archetypes_;
  Rounds federation_;
  Notes notes_;
};

}  // namespace

void FederationExperiment::simulate(const run::Family& family, const run::Block& block, run::Sink& sink, run::Context& context) const {
  for (const auto& point : family.points) {
    const Settings settings = settings_of(point, archetypes_of(point));
    for (std::int64_t r = block.first; r < block.first + block.count; ++r) Replica(settings, context, r, point).run(sink);
  }
}

void FederationExperiment::theory(const run::Family& family, run::Sink& sink, run::Context& context) const {
  if (!context.team.is_root()) return;
  for (const auto& point : family.points) {
    const InitialTheory initial = initial_theory(settings_of(point, archetypes_of(point)));
    sink.predict("initial_edge", point, Array::scalar(initial.edge));
    sink.predict("initial_outlier", point, Array(initial.outlier));
    sink.predict("initial_overlap", point, Array(initial.overlap));
    sink.predict("initial_magnetisation", point, Array(initial.magnetisation));
  }
}

}  // namespace rankwise::experiments::hopfield
