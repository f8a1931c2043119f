// rankwise-federated-hopfield. SPDX-License-Identifier: MIT
#include "rankwise/experiments/federated_hopfield.hpp"

#include "rankwise/run/driver.hpp"

int main(int argc, char** argv) {
  return rankwise::run::run_program(argc, argv, rankwise::experiments::federated_hopfield());
}
