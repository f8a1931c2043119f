// A quantity that every client has. SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "rankwise/core/contract.hpp"

namespace rankwise::federated {

/// One value for all clients, or one for each: what all share takes no memory, however many there are.
template <typename T>
class PerClient {
 public:
  PerClient() = default;
  PerClient(std::int64_t clients, T common) : clients_(clients), values_{std::move(common)} {}
  explicit PerClient(std::vector<T> values) : clients_(static_cast<std::int64_t>(values.size())), values_(std::move(values)) {}

  [[nodiscard]] std::int64_t size() const { return clients_; }
  [[nodiscard]] bool is_common() const { return values_.size() == 1; }
  [[nodiscard]] const T& operator[](std::int64_t client) const {
    expects(client >= 0 && client < clients_, "a client of the federation");
    return values_[is_common() ? 0 : static_cast<std::size_t>(client)];
  }
  /// The values that there are: one, or one for each client.
  [[nodiscard]] const std::vector<T>& values() const { return values_; }

 private:
  std::int64_t clients_ = 0;
  std::vector<T> values_;
};

}  // namespace rankwise::federated
