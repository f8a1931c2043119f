// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <limits>

#include "rankwise/core/machine.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::run {

namespace {

std::string plural(std::int64_t n, const std::string& noun) { return concat(n, " ", noun, n == 1 ? "" : "s"); }

std::string number(double value, int digits = 5) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

std::string seconds_text(double seconds) {
  std::array<char, 40> text{};
  if (seconds < 120) {
    std::snprintf(text.data(), text.size(), "%.0f s", seconds);
  } else if (seconds < 7200) {
    std::snprintf(text.data(), text.size(), "%.0f min", seconds / 60);
  } else {
    std::snprintf(text.data(), text.size(), "%.1f h", seconds / 3600);
  }
  return text.data();
}

/// mpirun gives every rank a pseudo-terminal, wherever its own output goes: so the parent's output is looked at too.
bool output_is_a_terminal() {
  if (isatty(STDOUT_FILENO) == 0) return false;
  std::error_code failed;
  const std::string parent = std::filesystem::read_symlink(concat("/proc/", getppid(), "/fd/1"), failed).string();
  return !failed && (parent.starts_with("/dev/pts/") || parent.starts_with("/dev/tty"));
}

std::string padded(const std::string& text, std::size_t width) {
  // UTF-8 continuation bytes take no column
  const auto columns = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
  return text + std::string(width > columns ? width - columns : 0, ' ');
}

std::string table_text(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> width;
  for (const auto& row : rows) {
    width.resize(std::max(width.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) width[c] = std::max(width[c], row[c].size());
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) line += (c == 0 ? "" : " | ") + padded(row[c], width[c]);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  if (!text.empty()) text.pop_back();
  return text;
}

}  // namespace

std::string placement_text(const std::vector<std::int64_t>& clients, std::size_t teams) {
  std::int64_t total = 0;
  std::int64_t least = clients.front();
  std::int64_t most = clients.front();
  for (const std::int64_t n : clients) {
    total += n;
    least = std::min(least, n);
    most = std::max(most, n);
  }
  const std::string per = least == most ? std::to_string(most) : concat(least, " to ", most);
  return concat(plural(total, "client"), " on ", plural(static_cast<std::int64_t>(clients.size()), "rank"), " (", per,
                " per rank); rank 0 ", teams > 1 ? concat("of each of ", teams, " teams aggregates") : "aggregates");
}

std::string ensemble_text(std::size_t teams, std::size_t ranks, std::size_t last) {
  return concat(plural(static_cast<std::int64_t>(teams), "task"), " at a time, each on ",
                plural(static_cast<std::int64_t>(ranks), "rank"),
                last != ranks ? concat(" (the last on ", last, ")") : "");
}

std::string idle_text(const std::vector<std::int64_t>& clients, int first_rank) {
  std::vector<std::string> idle;
  for (std::size_t r = 0; r < clients.size(); ++r) {
    if (clients[r] == 0) idle.push_back(std::to_string(first_rank + static_cast<int>(r)));
  }
  if (idle.empty()) return "";
  return concat(plural(static_cast<std::int64_t>(idle.size()), "rank"), idle.size() == 1 ? " has" : " have",
                " no client and nothing to do: ", join(idle, ", "), " (start at most as many ranks as clients)");
}

std::string points_text(const Plan& plan, const Config& config) {
  std::vector<std::vector<std::string>> rows{{"point"}};
  for (const auto& [name, values] : config.sweep) {
    if (values.size() > 1) rows.front().push_back(name);
  }
  for (const auto& point : plan.points) {
    std::vector<std::string> row{std::to_string(point.index)};
    for (const auto& [name, values] : config.sweep) {
      if (values.size() > 1) row.push_back(to_text(point.value(name)));
    }
    rows.push_back(std::move(row));
  }
  return table_text(rows);
}

std::string dry_run_text(const Plan& plan, const Request& request, double result_bytes,
                         const std::vector<TaskState>& states) {
  double total = 0;
  double longest = 0;
  double memory = 0;
  std::int64_t done = 0;
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    const Task& task = plan.tasks[i];
    if (i < states.size() && states[i].status == TaskState::Status::done) {
      ++done;
      continue;
    }
    total += task.cost.seconds;
    longest = std::max(longest, task.cost.seconds);
    memory = std::max(memory, task.cost.bytes);
  }
  return concat(
      plural(static_cast<std::int64_t>(plan.points.size()), "point"), ", ", plural(request.config.replicas, "replica"),
      " each, ", plural(static_cast<std::int64_t>(plan.tasks.size()), "task"),
      done > 0 ? concat(" (", done, " done already)") : "", "\nestimated work ", seconds_text(total),
      " of one core, longest task ", seconds_text(longest), "\nmemory: ", human_bytes(memory), " per rank in a task, ",
      human_bytes(result_bytes), " of results at root\noutput: ", request.options.output, ", at most ",
      human_bytes(2 * result_bytes + 2e5), " and a journal of at most ", human_bytes(result_bytes + 1e5),
      " until the end");
}

std::string claims_text(const std::vector<Judged>& claims) {
  std::vector<std::vector<std::string>> rows{{"claim", "measured", "theory", "z", "verdict"}};
  for (const auto& j : claims) {
    const Claim& c = j.claim;
    std::string measured = number(c.measured);
    if (c.standard_error > 0) measured += " +- " + number(c.standard_error, 2);
    std::string predicted =
        (c.relation == Relation::equals ? "" : std::string(name_of(c.relation)) + " ") + number(c.predicted);
    if (c.tolerance > 0) predicted += concat(" (tolerance ", number(c.tolerance, 2), ")");
    rows.push_back({c.name, measured, predicted, std::isnan(j.z) ? "" : number(j.z, 2), name_of(j.verdict)});
  }
  return table_text(rows);
}

Progress::Progress(const Log& log, const Plan& plan, const std::vector<bool>& done)
    : log_(log), plan_(plan), start_(wall_seconds()), last_(start_), terminal_(output_is_a_terminal()) {
  for (std::size_t i = 0; i < plan.tasks.size(); ++i) {
    work_ += plan.tasks[i].cost.seconds;
    if (!done[i]) continue;
    work_before_ += plan.tasks[i].cost.seconds;
    ++tasks_done_;
  }
  work_done_ = work_before_;
}

double Progress::seconds_left() const {
  const double now_done = work_done_ - work_before_;
  if (now_done <= 0) return std::numeric_limits<double>::infinity();
  return (wall_seconds() - start_) * (work_ - work_done_) / now_done;
}

void Progress::finished(std::size_t task) {
  ++tasks_done_;
  work_done_ += plan_.tasks[task].cost.seconds;
  const double now = wall_seconds();
  if (log_.level() != Log::Level::normal || now - last_ < (terminal_ ? 0.2 : 30)) return;
  last_ = now;
  const double fraction = work_ > 0 ? work_done_ / work_ : 1;
  const std::string left = seconds_text(seconds_left());
  const std::string state = concat(tasks_done_, "/", plan_.tasks.size(), " tasks, ", left, " left");
  if (terminal_) {
    const auto filled = static_cast<std::size_t>(30 * fraction);
    std::printf("\r[%s%s] %s   ", std::string(filled, '#').c_str(), std::string(30 - filled, '.').c_str(),
                state.c_str());
    std::fflush(stdout);
  } else {
    log_.say(state);
  }
}

void Progress::close() {
  if (terminal_ && log_.level() == Log::Level::normal && last_ > start_) {
    std::printf("\r%70s\r", "");
    std::fflush(stdout);
  }
}

}  // namespace rankwise::run
