// SPDX-License-Identifier: MIT
#include "signals.hpp"

#include <signal.h>

#include <csignal>

namespace rankwise::run {

namespace {

volatile std::sig_atomic_t stop_count = 0;
volatile std::sig_atomic_t end_count = 0;

void count(int signal) {
  if (signal == SIGUSR1) {
    stop_count = stop_count + 1;
  } else {
    end_count = end_count + 1;
  }
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;  // no system call of a task fails for it
  sigemptyset(&action.sa_mask);
  sigaction(signal, &action, nullptr);
}

}  // namespace

void count_stop_signals() { handle(SIGUSR1, count); }

EndSignals::EndSignals() {
  handle(SIGTERM, count);
  handle(SIGINT, count);
}

EndSignals::~EndSignals() {
  handle(SIGTERM, SIG_DFL);
  handle(SIGINT, SIG_DFL);
}

SignalCounts signals_so_far() { return {stop_count, end_count}; }

}  // namespace rankwise::run
