// SPDX-License-Identifier: MIT
#include "service.hpp"

#include <algorithm>
#include <exception>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/error.hpp"
#include "rankwise/core/machine.hpp"
#include "rankwise/mpi/session.hpp"

namespace rankwise::run {

namespace {

/// Messages between service threads.
enum Kind : std::uint8_t {
  assignment = 1,  ///< root to a rank: task (uint64), number of points (uint64), already (int64 each)
  result = 2,      ///< a team's root to root: task (uint64), TaskResult
  stop = 3,        ///< root to all: StopPhase
  over = 4,        ///< root to all
  signals = 5      ///< a rank to root: SignalCounts
};

}  // namespace

Service::Service(const mpi::Comm& world, Desk& desk, Root* root)
    : rank_(world.rank()),
      size_(world.size()),
      desk_(desk),
      root_(root),
      mailbox_(world),
      told_(signals_so_far()),
      exceptions_(std::uncaught_exceptions()) {
  if (root_ != nullptr) told_ = {};  // root heeds what came before too
  thread_ = std::thread([this] {
    try {
      loop();
    } catch (const Error& error) {
      mpi::abort_job(error.exit_code(), error.what());
    } catch (const std::exception& error) {
      mpi::abort_job(ExitCode::internal, error.what());
    }
  });
}

Service::~Service() {
  if (std::uncaught_exceptions() > exceptions_) quit_ = true;
  join();
}

void Service::join() {
  if (thread_.joinable()) thread_.join();
}

void Service::loop() {
  last_event_ = wall_seconds();  // the first tasks are on their way
  if (root_ != nullptr) {
    root_->begin({.assign =
                      [this](int rank, Assignment given) {
                        if (rank == rank_) {
                          desk_.assign(std::move(given));
                          return;
                        }
                        Packer packer;
                        packer.put(static_cast<std::uint64_t>(given.task));
                        packer.put(static_cast<std::uint64_t>(given.already.size()));
                        for (const std::int64_t n : given.already) packer.put(n);
                        mailbox_.send(rank, assignment, packer.take());
                      },
                  .stop =
                      [this](StopPhase phase) {
                        for (int rank = 0; rank < size_; ++rank) {
                          const mpi::Mailbox::Message message{0, stop, Bytes{static_cast<std::byte>(phase)}};
                          if (rank == rank_) {
                            handle(message);
                          } else {
                            mailbox_.send(rank, stop, message.bytes);
                          }
                        }
                      }});
  }
  while (!quit_) {
    while (auto message = mailbox_.poll()) {
      handle(*message);
      last_event_ = wall_seconds();
    }
    for (auto& bytes : desk_.take_results()) {
      last_event_ = wall_seconds();
      if (root_ != nullptr) {
        root_->result(rank_, std::move(bytes));
      } else {
        mailbox_.send(0, result, std::move(bytes));
      }
    }
    forward_signals();
    if (root_ != nullptr && !over_ && root_->tick()) {
      over_ = true;
      for (int rank = 0; rank < size_; ++rank) {
        if (rank != rank_) mailbox_.send(rank, over, {});
      }
      desk_.end();
    }
    const bool all_sent = mailbox_.all_sent();
    if (over_ && all_sent && !mailbox_.transferring()) return;
    desk_.wait(nap());
  }
}

void Service::handle(const mpi::Mailbox::Message& message) {
  switch (message.kind) {
    case assignment: {
      Unpacker unpacker(message.bytes);
      Assignment given;
      given.task = unpacker.get<std::uint64_t>();
      given.already.resize(unpacker.get<std::uint64_t>());
      for (auto& n : given.already) n = unpacker.get<std::int64_t>();
      unpacker.finish();
      desk_.assign(std::move(given));
      return;
    }
    case result:
      root_->result(message.from, message.bytes);
      return;
    case stop: {
      const auto phase = static_cast<StopPhase>(message.bytes.at(0));
      if (phase >= StopPhase::start_no_more) desk_.start_no_more = true;
      if (phase >= StopPhase::leave) desk_.leave = true;
      return;
    }
    case over:
      over_ = true;
      desk_.end();
      return;
    case signals: {
      Unpacker unpacker(message.bytes);
      const auto counts = unpacker.get<SignalCounts>();
      root_->signals(message.from, counts);
      return;
    }
    default:
      expects(false, "a message between service threads has a known kind");
  }
}

void Service::forward_signals() {
  const SignalCounts now = signals_so_far();
  if (!(now == told_)) {
    told_ = now;
    if (now.end > 0 && first_end_signal_ == 0) first_end_signal_ = wall_seconds();
    if (root_ != nullptr) {
      root_->signals(rank_, now);
    } else {
      Packer packer;
      packer.put(now);
      mailbox_.send(0, signals, packer.take());
    }
  }
  // Root ends the job at once when it hears of it; should it be out of reach, this rank does not wait for ever.
  constexpr double patience = 3;
  if (first_end_signal_ > 0 && wall_seconds() - first_end_signal_ > patience) {
    mpi::abort_job(ExitCode::stopped, "ended by a signal; what root had not written to its journal is lost");
  }
}

std::chrono::microseconds Service::nap() {
  using std::chrono::microseconds;
  if (mailbox_.transferring()) return microseconds{20};
  // Short after something happened, since more may follow; then longer, since a nap of 1 ms costs 2 % of a core. What a
  // rank hands in wakes its own thread at once; each team holds a task ahead of what it does.
  const double quiet = wall_seconds() - last_event_;
  const double longest = size_ == 1 ? 0.02 : 0.005;
  return microseconds{static_cast<std::int64_t>(1e6 * std::clamp(quiet / 4, 0.0005, longest))};
}

}  // namespace rankwise::run
