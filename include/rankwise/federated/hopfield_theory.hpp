// Mean field of retrieval: the overlap of a recalled pattern at a load K/N and a temperature.
// SPDX-License-Identifier: MIT
#pragma once

namespace rankwise::federated {

/// A retrieval state in replica-symmetric mean field; all NaN where there is none.
struct RetrievalState {
  double overlap = 0;  ///< m, mean of xi_i <s_i>
  double order = 0;    ///< q, mean of <s_i>^2
  double noise = 0;    ///< variance of the field that the other patterns make
};

/// Retrieval state of Hebb's couplings with zero diagonal (N -> infinity at load = K/N >= 0, temperature >= 0; other
/// values throw InternalError), the one of largest overlap: Amit, Gutfreund and Sompolinsky, PRL 55 (1985) 1530 and
/// Ann. Phys. 173 (1987) 30.
///   T > 0:  m = int Dz tanh((m + sqrt(load r) z)/T),  q = int Dz tanh^2(...),  r = q/(1 - (1 - q)/T)^2;
///   T = 0:  y (sqrt(2 load) + (2/sqrt(pi)) exp(-y^2)) = erf(y),  m = erf(y), y = m/sqrt(2 load r).
/// Solved through load as a function of m/sqrt(load r), which falls along the retrieval branch: a bisection, to 1e-12.
/// Below T = 1e-3 the equations of T = 0 are taken, off by O(T^2).
[[nodiscard]] RetrievalState hebb_retrieval(double load, double temperature);

/// The largest load that has a retrieval state: .137905566 at T = 0, 0 from T = 1 on.
[[nodiscard]] double hebb_capacity(double temperature);

/// The same for pseudo-inverse couplings with zero diagonal, the network of Kanter and Sompolinsky, Phys. Rev. A 35
/// (1987) 380; 0 <= load < 1 (NaN from 1 on). Derived in docs/federated_retrieval.md: recalled patterns feel no noise
/// from the others, q = m^2, and
///   m = tanh(m (1 - R((1 - m^2)/T))/T),  R(x) = (x - 1 + sqrt((1 + x)^2 - 4 x (1 - load)))/(2 x),  R(0) = load,
/// R being the R-transform of a random projector of rank load N, which is the reaction that a neuron gets back from the
/// others through the span less the pattern. T = 0: m = 1. Holds while x^2 R'(x) < 1 at the solution (else noise
/// grows): NaN beyond, and where no m > 0 is left.
[[nodiscard]] RetrievalState pseudo_inverse_retrieval(double load, double temperature);

}  // namespace rankwise::federated
