// SPDX-License-Identifier: MIT
#include "rankwise/federated/message.hpp"

#include <cmath>
#include <cstring>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::federated {

namespace {
constexpr Eigen::Index scalars = 4;
}

std::size_t wire_bytes(Eigen::Index n, Eigen::Index k) { return sizeof(double) * static_cast<std::size_t>(n * k + k + scalars); }

mpi::Bytes to_wire(const WeightedOperator& message) {
  const auto& op = message.op;
  mpi::Bytes bytes(wire_bytes(op.dimension(), op.rank()));
  std::byte* at = bytes.data();
  const auto put = [&at](const double* values, Eigen::Index n) {
    if (n > 0) std::memcpy(at, values, static_cast<std::size_t>(n) * sizeof(double));
    at += static_cast<std::size_t>(n) * sizeof(double);
  };
  const double head[scalars] = {op.trace, op.frobenius_squared, message.examples, message.weight};
  put(head, scalars);
  put(op.values.data(), op.rank());
  put(op.vectors.data(), op.vectors.size());
  return bytes;
}

WeightedOperator from_wire(std::span<const std::byte> bytes, Eigen::Index n) {
  const auto numbers = static_cast<Eigen::Index>(bytes.size() / sizeof(double));
  const Eigen::Index k = (numbers - scalars) / (n + 1);
  if (numbers < scalars || wire_bytes(n, k) != bytes.size()) {
    throw NumericalError(concat("an operator of ", bytes.size(), " bytes fits no rank at dimension ", n));
  }
  const std::byte* at = bytes.data();
  const auto take = [&at](double* values, Eigen::Index count) {
    if (count > 0) std::memcpy(values, at, static_cast<std::size_t>(count) * sizeof(double));
    at += static_cast<std::size_t>(count) * sizeof(double);
  };
  double head[scalars] = {};
  take(head, scalars);
  WeightedOperator message;
  message.op.values.resize(k);
  message.op.vectors.resize(n, k);
  take(message.op.values.data(), k);
  take(message.op.vectors.data(), n * k);
  message.op.trace = head[0];
  message.op.frobenius_squared = head[1];
  message.examples = head[2];
  message.weight = head[3];
  bool sound = message.op.vectors.allFinite();
  for (const double number : head) sound = sound && std::isfinite(number) && number >= 0;
  for (Eigen::Index i = 0; i < k; ++i) {
    sound = sound && std::isfinite(message.op.values(i)) && message.op.values(i) >= 0 &&
            (i == 0 || message.op.values(i) <= message.op.values(i - 1));
  }
  if (!sound) throw NumericalError("an operator arrived with numbers that are not finite, negative or out of order");
  return message;
}

}  // namespace rankwise::federated
