// The light thread of every rank that talks between tasks. SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <thread>

#include "desk.hpp"
#include "rankwise/mpi/mailbox.hpp"
#include "signals.hpp"

namespace rankwise::run {

/// How far a request to stop has gone.
enum class StopPhase : std::uint8_t {
  none = 0,
  start_no_more = 1,  ///< running tasks may finish
  leave = 2           ///< running tasks leave at their next poll
};

/// What root's service thread does besides: hand out tasks, take results, keep the journal (conductor.hpp).
class Root {
 public:
  /// To a rank, which may be root itself.
  struct Post {
    std::function<void(int rank, Assignment)> assign;
    std::function<void(StopPhase)> stop;  ///< to all
  };

  virtual ~Root() = default;
  virtual void begin(const Post& post) = 0;
  virtual void result(int from, Bytes bytes) = 0;
  virtual void signals(int rank, SignalCounts counts) = 0;
  /// Between messages, every few milliseconds. True: the run is over for all ranks.
  virtual bool tick() = 0;
};

/// Polls the control communicator and naps in between, so that its core belongs to the compute thread; never inside a
/// blocking MPI call, which would spin. Whatever goes wrong in it ends the job with one message.
class Service {
 public:
  /// Collective. Starts the thread; `root` on rank 0 only.
  Service(const mpi::Comm& world, Desk& desk, Root* root);
  /// Waits for the end of the run, or while an exception unwinds leaves at once.
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Waits until the run is over and everything sent has left.
  void join();

 private:
  void loop();
  void handle(const mpi::Mailbox::Message& message);
  void forward_signals();
  [[nodiscard]] std::chrono::microseconds nap();

  int rank_;
  int size_;
  Desk& desk_;
  Root* root_;
  mpi::Mailbox mailbox_;
  SignalCounts told_;            ///< signals that root knows of
  double first_end_signal_ = 0;  ///< wall time, 0: none
  double last_event_ = 0;  ///< wall time
  bool over_ = false;
  std::atomic<bool> quit_{false};
  int exceptions_;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace rankwise::run
