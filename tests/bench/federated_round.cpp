// What a round of the federation costs, stage by stage, against the hardware. SPDX-License-Identifier: MIT
//
// Prints a markdown table of processor time and instructions: medians over rounds, each with a fresh batch, one core.
// The stages are those of federated::client_round() with a memory (every round but the first; "first round" is one
// without) and of the server; "whole round" is Federation::round() on one rank, batches included. The Gram matrix of
// the last round is rechecked bit for bit by a plain loop, and what the fused pass says of it. Usage:
// bench_federated_round [--lines]   --lines: "size stage milliseconds", for federated_numpy.py.
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "experiments/federated_hopfield/model.hpp"
#include "linalg/leading_pairs.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/federated/federation.hpp"
#include "rankwise/mpi/session.hpp"
#include "rankwise/random/distributions.hpp"

using namespace rankwise;
using experiments::hopfield::noisy_batch;

namespace {

constexpr double quality = .9;
constexpr std::int64_t archetypes = 3;
constexpr Eigen::Index operator_rank = 11;
constexpr double raw_words = 7.34;  ///< drawn for 64 flips, on average

struct Size {
  std::int64_t neurons, clients, examples;
  int rounds;
};

/// Processor time of this thread: what other programs on the machine take does not count.
double cpu_seconds() {
  timespec now{};
  (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Instructions of this thread outside the kernel, or NaN where the system does not count them.
class Instructions {
 public:
  Instructions() {
    perf_event_attr event{};
    event.size = sizeof event;
    event.type = PERF_TYPE_HARDWARE;
    event.config = PERF_COUNT_HW_INSTRUCTIONS;
    event.exclude_kernel = 1;
    counter_ = static_cast<int>(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  }
  [[nodiscard]] double read() const {
    std::int64_t count = 0;
    return counter_ >= 0 && ::read(counter_, &count, sizeof count) == sizeof count ? static_cast<double>(count)
                                                                                   : std::nan("");
  }

 private:
  int counter_;
};

/// Seconds and instructions of each call, several calls to a time where one is short.
struct Stage {
  const char* name;
  std::vector<double> seconds{};
  std::vector<double> instructions{};
  template <typename Work>
  void time(int calls, const Work& work) {
    static const Instructions counter;
    const double counted = counter.read();
    const double start = cpu_seconds();
    for (int i = 0; i < calls; ++i) work();
    seconds.push_back((cpu_seconds() - start) / calls);
    instructions.push_back((counter.read() - counted) / calls);
  }
};

void recheck(const linalg::SignMatrix& x, const linalg::PairSums& sums) {
  const linalg::IntMatrix gram = x.gram();
  long double squares = 0;
  for (std::size_t i = 0; i < x.rows(); ++i) {
    for (std::size_t j = 0; j < x.rows(); ++j) {
      std::int32_t product = 0;
      for (std::size_t bit = 0; bit < x.columns(); ++bit) {
        const bool a = (x.row(i)[bit / 64] >> bit % 64 & 1U) != 0;
        const bool b = (x.row(j)[bit / 64] >> bit % 64 & 1U) != 0;
        product += a == b ? 1 : -1;
      }
      if (gram(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) != product) {
        throw std::runtime_error("the Gram matrix is not that of a plain loop");
      }
      squares += static_cast<long double>(product) * product;
    }
  }
  if (static_cast<double>(squares) != sums.squares)
    throw std::runtime_error("the squared norm is not that of a plain loop");
}

/// The server's stages, and whole rounds. All times are per client, of so many of them as tell the cost of one.
class ServerSide {
 public:
  ServerSide(const mpi::Comm& world, const Size& size, const linalg::SignMatrix& xi,
             const std::vector<std::int64_t>& counts)
      : clients_(std::min<std::int64_t>(size.clients, 1024)),
        all_clients_(static_cast<double>(size.clients)),
        n_(size.neurons),
        xi_(xi),
        counts_(counts),
        team_(world) {
    const double share = 1 / static_cast<double>(clients_);
    options_.shares = {clients_, share};
    options_.sigma2 = {clients_, 1 - quality * quality};
    options_.qualities = {clients_, quality};
    federation_.emplace(team_, clients_, n_, options_);
    terms_ = {{share, .6, static_cast<double>(size.examples), 1 - quality * quality, clients_}};
    server_.emplace(n_, options_.server);
  }

  void round(int number, Stage& exchange, Stage& merge, Stage& factorise, Stage& whole) {
    // from the second round on: with a memory
    const auto factoriser = [&](int r) {
      return random::Stream({1, 2}, random::Purpose::factoriser, 0, 0, static_cast<std::uint32_t>(r));
    };
    const auto source = [&](std::int64_t, std::int64_t) {
      return federated::Batch{noisy_batch(xi_, counts_, quality, {{1, 2}, random::Purpose::flips, ++fresh_, 7}), {}};
    };
    const auto in_task = [&](const std::function<void()>& body) {
      if (!team_.run_task(body).done) throw std::runtime_error("the round failed");
    };
    const int per_client = static_cast<int>(clients_);
    if (number == 0) in_task([&] { (void)federation_->round(0, source, {clients_, 0}, factoriser(0)); });
    whole.time(1, [&] { in_task([&] { (void)federation_->round(number + 1, source, {clients_, number + 1}, factoriser(number + 1)); }); });
    whole.seconds.back() /= per_client;
    whole.instructions.back() /= per_client;

    std::vector<federated::WeightedOperator> messages;
    for (std::int64_t c = 0; c < clients_; ++c) {
      messages.push_back(
          federated::client_round(source(c, 0).examples, federation_->memory(), {.share = options_.shares[c]}, options_.client)
              .message);
    }
    exchange.time(1, [&] {
      for (auto& message : messages) message = federated::from_wire(federated::to_wire(message), n_);
    });
    std::optional<federated::WeightedOperator> sum;
    const federated::ClientOperators stored = [&](federated::Placement::Range range) {
      return std::vector(std::make_move_iterator(messages.begin() + range.begin),
                         std::make_move_iterator(messages.begin() + range.end));
    };
    // one chunk, as of a federation of 1024 times as many
    merge.time(1, [&] {
      in_task([&] {
        sum = federated::aggregate(team_, federation_->placement(), federated::Aggregation::tree, operator_rank, n_,
                                   federated::Wire::float64, stored);
      });
    });
    factorise.time(1, [&] { (void)server_->round(*sum, terms_, factoriser(number)); });
    const auto divide = [](Stage& stage, double by) {
      stage.seconds.back() /= by;
      stage.instructions.back() /= by;
    };
    divide(exchange, static_cast<double>(clients_));
    divide(merge, static_cast<double>(clients_));
    divide(factorise, all_clients_);  // once in a round, however many they are
  }

 private:
  std::int64_t clients_;
  double all_clients_;
  Eigen::Index n_;
  const linalg::SignMatrix& xi_;
  const std::vector<std::int64_t>& counts_;
  mpi::Team team_;
  federated::FederationOptions options_;
  std::optional<federated::Federation> federation_;
  std::vector<federated::ClientTerm> terms_;
  std::optional<federated::Server> server_;
  std::uint64_t fresh_ = 0;
};

void measure(const mpi::Comm& world, const Size& size, bool lines) {
  const auto n = static_cast<double>(size.neurons);
  const auto m = static_cast<double>(size.examples);
  const int calls = std::max(1, static_cast<int>(4e5 / (n * m)));
  const random::Key key{1, 2};
  const auto xi =
      experiments::hopfield::random_archetypes({key, random::Purpose::archetypes, 0}, archetypes, size.neurons);
  const linalg::SignMatrix memory = xi;  // what the server sends back once everything is found
  const linalg::SignMatrix columns = memory.transposed();
  std::vector<std::int64_t> counts(archetypes, size.examples / archetypes);
  counts[0] += size.examples - archetypes * (size.examples / archetypes);
  const Eigen::Index k = std::min<Eigen::Index>(operator_rank, std::min(size.neurons, size.examples));
  Stage stages[] = {{"generate"},       {"pair sums"}, {"top pairs"}, {"client"},    {"first round"},
                    {"slow generator"}, {"exchange"},  {"merge"},     {"factorise"}, {"whole round"}};
  auto& [generate, pairs, top, client, first, slow, exchange, merge, factorise, whole] = stages;
  ServerSide server(world, size, xi, counts);
  linalg::SignMatrix x;
  linalg::PairSums sums;
  std::uint64_t fresh = 0;
  const auto batch = [&] { return noisy_batch(xi, counts, quality, {key, random::Purpose::flips, fresh++}); };
  const linalg::SignMatrix nothing(0, static_cast<std::size_t>(size.neurons));
  double products = 0;
  for (int round = 0; round < size.rounds; ++round) {
    generate.time(calls, [&] { x = batch(); });
    pairs.time(calls, [&] { sums = linalg::pair_sums(x, columns); });
    top.time(calls, [&] { (void)linalg::hebbian_operator(x, k, {&memory, sums.squares}); });
    client.time(calls, [&] { (void)federated::client_round(batch(), memory, {.share = .2}, {}); });
    first.time(calls, [&] { (void)federated::client_round(batch(), nothing, {.share = .2}, {}); });
    slow.time(1, [&] {
      random::Stream stream(key, random::Purpose::flips, fresh++);
      const random::Probability32 flip((1 - quality) / 2);
      linalg::SignMatrix flips(x.rows(), x.columns());
      for (std::uint64_t& word : flips.words()) word = random::bernoulli_word(stream, flip);
    });
    server.round(round, exchange, merge, factorise, whole);
    if (static_cast<Eigen::Index>(std::min(x.rows(), x.columns())) >= 4 * linalg::block_width(k)) {
      const auto found = linalg::leading_pairs(x, k, &memory, sums.squares);
      products += found ? found->products : 0;
    }
  }
  recheck(x, sums);
  if (lines) {
    for (const Stage& stage : stages) {
      std::printf("%ld/%ld/%ld %s %.6f\n", size.neurons, size.clients, size.examples, stage.name,
                  1e3 * median(stage.seconds));
    }
    return;
  }
  const double words = n * static_cast<double>(x.words_per_row());
  const double compared = n * (n - 1) / 2 * static_cast<double>(x.words_per_row() + columns.words_per_row());
  const auto seconds = [](const Stage& stage) { return median(stage.seconds); };
  std::printf(
      "\n## N=%ld, L=%ld, M_c=%ld\n\n| stage | ms a client | ms a round | M instructions a round | unit | bound "
      "|\n|---|---|---|---|---|---|\n",
      size.neurons, size.clients, size.examples);
  const auto row = [&](const Stage& stage, const std::string& unit, const char* bound) {
    const double ms = 1e3 * seconds(stage);
    const auto clients = static_cast<double>(size.clients);
    const double instructions = 1e-6 * clients * median(stage.instructions);
    std::printf("| %s | %.4f | %.3f | %s | %s | %s |\n", stage.name, ms, ms * clients,
                std::isnan(instructions) ? "-" : to_text(instructions).c_str(), unit.c_str(), bound);
  };
  const auto text = [](double value, const char* what) {
    char buffer[96];
    (void)std::snprintf(buffer, sizeof buffer, "%.4g %s", value, what);
    return std::string(buffer);
  };
  row(slow, text(1e9 * seconds(slow) / words, "ns per 64 flips"), "mispredicted branches, one word a call");
  row(generate,
      text(1e9 * seconds(generate) / words, "ns per 64 flips") + ", " +
          text(1e-9 * raw_words * words / seconds(generate), "Gwords/s"),
      "multipliers of Philox; latency of 10 dependent steps");
  row(pairs, text(1e-9 * compared / seconds(pairs), "G popcounts/s (64 bits)"), "vector instructions, in cache");
  const double lookups = 4 * products / size.rounds * n * m / 4;  // two half steps each, and the last in double
  row(top, lookups > 0 ? text(1e-9 * (lookups / 2 + n * m / 2) * 64 / seconds(top), "GB/s of table lines") : "-",
      lookups > 0 ? "loads from the first-level cache" : "small eigenproblem");
  row(client, text(products / size.rounds, "products with X X^T"), "");
  row(first, "-", "");
  row(exchange, "-", "copies: bytes to the message and back, checked");
  row(merge, "-", "small eigenproblem, thin products");
  row(factorise, "-", "noise edge, cut, search");
  row(whole, "-", "");
}

}  // namespace

int main(int argc, char** argv) {
  return mpi::run(argc, argv, [](mpi::Session& session, int count, char** words) {
    use_one_blas_thread();
    keep_freed_memory();
    const bool lines = count > 1 && std::strcmp(words[1], "--lines") == 0;
    for (const Size& size :
         {Size{1000, 5, 800, 41}, Size{400, 3, 400, 101}, Size{2000, 5, 4000, 9}, Size{256, 1000000, 16, 51}}) {
      measure(session.world(), size, lines);
    }
    return ExitCode::done;
  });
}
