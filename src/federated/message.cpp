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

std::size_t wire_bytes(Eigen::Index n, Eigen::Index k, Wire wire) {
  const std::size_t width = wire == Wire::float64 ? sizeof(double) : sizeof(float);
  return width * static_cast<std::size_t>(n * k + k) + sizeof(double) * scalars;
}

namespace {

/// `Number` to and from the buffer.
template <typename Number>
void put(std::byte*& at, const double* values, Eigen::Index n) {
  for (Eigen::Index i = 0; i < n; ++i, at += sizeof(Number)) {
    const auto number = static_cast<Number>(values[i]);
    std::memcpy(at, &number, sizeof(Number));
  }
}

template <typename Number>
void take(const std::byte*& at, double* values, Eigen::Index n) {
  for (Eigen::Index i = 0; i < n; ++i, at += sizeof(Number)) {
    Number number{};
    std::memcpy(&number, at, sizeof(Number));
    values[i] = static_cast<double>(number);
  }
}

}  // namespace

mpi::Bytes to_wire(const WeightedOperator& message, Wire wire) {
  const auto& op = message.op;
  mpi::Bytes bytes(wire_bytes(op.dimension(), op.rank(), wire));
  std::byte* at = bytes.data();
  const double head[scalars] = {op.trace, op.frobenius_squared, message.examples, message.weight};
  put<double>(at, head, scalars);
  const auto put_numbers = wire == Wire::float64 ? put<double> : put<float>;
  put_numbers(at, op.values.data(), op.rank());
  put_numbers(at, op.vectors.data(), op.vectors.size());
  return bytes;
}

WeightedOperator from_wire(std::span<const std::byte> bytes, Eigen::Index n, Wire wire) {
  const std::size_t head_bytes = sizeof(double) * scalars;
  const auto pair_bytes = static_cast<Eigen::Index>(wire_bytes(n, 1, wire) - head_bytes);
  const Eigen::Index k = bytes.size() < head_bytes ? 0 : static_cast<Eigen::Index>(bytes.size() - head_bytes) / pair_bytes;
  if (bytes.size() != wire_bytes(n, k, wire)) {
    throw NumericalError(concat("an operator of ", bytes.size(), " bytes fits no rank at dimension ", n));
  }
  const std::byte* at = bytes.data();
  double head[scalars] = {};
  take<double>(at, head, scalars);
  WeightedOperator message;
  message.op.values.resize(k);
  message.op.vectors.resize(n, k);
  const auto take_numbers = wire == Wire::float64 ? take<double> : take<float>;
  take_numbers(at, message.op.values.data(), k);
  take_numbers(at, message.op.vectors.data(), n * k);
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
  return through_wire(std::move(message), wire);
}

WeightedOperator through_wire(WeightedOperator message, Wire wire) {
  if (wire == Wire::float32) message.op = linalg::rounded_to_single(std::move(message.op));
  return message;
}

}  // namespace rankwise::federated
