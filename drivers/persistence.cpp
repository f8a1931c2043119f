// rankwise-persistence. SPDX-License-Identifier: MIT
#include "rankwise/experiments/persistence.hpp"

#include "rankwise/run/driver.hpp"

int main(int argc, char** argv) {
  return rankwise::run::run_program(argc, argv, rankwise::experiments::persistence());
}
