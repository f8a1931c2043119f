// rankwise-info. SPDX-License-Identifier: MIT
#include <vector>

#include "rankwise/run/tools.hpp"

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return rankwise::run::run_info(arguments);
}
