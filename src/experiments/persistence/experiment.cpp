// The program rankwise-persistence. SPDX-License-Identifier: MIT
#include "rankwise/experiments/persistence.hpp"

#include "mode.hpp"

namespace rankwise::experiments {

run::Program persistence() {
  run::Program program{"rankwise-persistence",
                       "persistence diagrams of random matrices: spectra of ensembles, their statistics and laws (arXiv:2603.27903)",
                       {"mpirun -n 2 rankwise-persistence --mode entropy_scaling",
                        "mpirun -n 2 rankwise-persistence --mode discriminate --dimension 100 --replicas 20000",
                        "rankwise-persistence --mode wishart --quick"},
                       {}};
  program.modes.push_back(levels::diagram_mode());
  program.modes.push_back(levels::entropy_scaling_mode());
  program.modes.push_back(levels::discriminate_mode());
  program.modes.push_back(levels::universality_mode());
  program.modes.push_back(levels::wishart_mode());
  program.modes.push_back(levels::rosenzweig_porter_mode());
  program.modes.push_back(levels::spacings_mode());
  program.modes.push_back(levels::longrange_mode());
  program.modes.push_back(levels::sampler_check_mode());
  return program;
}

}  // namespace rankwise::experiments
