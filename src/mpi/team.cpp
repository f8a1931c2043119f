// The ranks that do one task together. SPDX-License-Identifier: MIT
#include "rankwise/mpi/team.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "mpi/team_impl.hpp"
#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::mpi {

void wrong_message_length(std::size_t bytes, std::size_t element) {
  throw InternalError(concat("a message of ", bytes, " bytes does not hold whole values of ", element, " bytes"));
}

Team::Team(const Comm& comm) : impl_(std::make_unique<Impl>(comm)) {}
Team::~Team() = default;
Team::Team(Team&&) noexcept = default;
Team& Team::operator=(Team&&) noexcept = default;

int Team::rank() const { return impl_->rank; }
int Team::size() const { return impl_->size; }
const Traffic& Team::traffic() const { return impl_->traffic; }
void Team::reset_traffic() { impl_->traffic = {}; }

TaskOutcome Team::run_task(const std::function<void()>& body) {
  Impl& it = *impl_;
  expects(!it.in_task, "a task does not start another on its team");
  expects(!it.broken, "a team is not used after an internal error");
  it.begin_task();
  Report report;
  const auto failed = [&](ExitCode code, const char* what) {
    // Whatever leaves the body of a member that was told of a failure is a consequence of it, not one of its own.
    report = it.told ? Report{Report::Status::told, code, ""} : Report{Report::Status::failed, code, shortened(what)};
  };
  it.broken = true;  // until the team has agreed: what leaves run_task by an exception ends the job
  try {
    body();
  } catch (const InternalError&) {
    throw;
  } catch (const MpiError&) {
    throw;
  } catch (const Error& e) {
    failed(e.exit_code(), e.what());
  } catch (const std::bad_alloc&) {
    failed(ExitCode::failed, "out of memory");
  } catch (const std::exception& e) {
    failed(ExitCode::failed, e.what());
  }
  TaskOutcome outcome = it.end_task(report);
  it.broken = false;
  return outcome;
}

void Team::poll() {
  expects(impl_->in_task, "a team is polled inside run_task");
  if (impl_->size > 1 && impl_->look_for_failure()) impl_->throw_if_told();
}

void Team::send(int to, Channel channel, std::span<const std::byte> bytes) {
  impl_->check_channel(channel);
  impl_->check_peer(to);
  impl_->send_to({&to, 1}, channel, bytes);
}

Bytes Team::receive(int from, Channel channel) {
  impl_->check_channel(channel);
  impl_->check_peer(from);
  return impl_->receive(from, channel);
}

Bytes Team::broadcast(Bytes bytes, Channel channel) {
  impl_->check_channel(channel);
  const int rank = impl_->rank;
  const int size = impl_->size;
  // Rank r hangs below r without its lowest set bit; its children have one more bit below that one.
  const int lowest_bit = rank == 0 ? size : rank & -rank;
  if (rank != 0) bytes = impl_->receive(rank - lowest_bit, channel);
  std::vector<int> children;
  for (int bit = 1; bit < lowest_bit && rank + bit < size; bit *= 2) children.push_back(rank + bit);
  std::reverse(children.begin(), children.end());  // the largest subtree first
  if (!children.empty()) impl_->send_to(children, channel, bytes);
  return bytes;
}

std::vector<Bytes> Team::gather(std::span<const std::byte> bytes, Channel channel) {
  impl_->check_channel(channel);
  if (!is_root()) {
    const int root = 0;
    impl_->send_to({&root, 1}, channel, bytes);
    return {};
  }
  std::vector<Bytes> gathered;
  gathered.reserve(static_cast<std::size_t>(size()));
  gathered.emplace_back(bytes.begin(), bytes.end());
  for (int from = 1; from < size(); ++from) gathered.push_back(impl_->receive(from, channel));
  return gathered;
}

}  // namespace rankwise::mpi
