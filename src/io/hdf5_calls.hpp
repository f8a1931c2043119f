// HDF5's C interface, checked: owning identifiers and errors as IoError. SPDX-License-Identifier: MIT
#pragma once

#include <hdf5.h>

#include <string>
#include <utility>

namespace rankwise::io {

/// Stops HDF5 from printing its error stack for as long as it lives; the former setting returns afterwards.
class QuietErrors {
 public:
  QuietErrors();
  QuietErrors(const QuietErrors&) = delete;
  QuietErrors& operator=(const QuietErrors&) = delete;
  ~QuietErrors();

 private:
  H5E_auto2_t function_ = nullptr;
  void* data_ = nullptr;
};

/// Throws IoError("cannot <deed>: <reason>") with the reason taken from HDF5's error stack.
[[noreturn]] void throw_hdf5_error(const std::string& deed);

/// Every call to HDF5 goes through here: `function(arguments...)`, or IoError("cannot <deed>: ...") when it is
/// negative.
template <typename Function, typename... Arguments>
auto checked(const std::string& deed, Function function, Arguments... arguments) {
  const QuietErrors quiet;
  const auto result = function(arguments...);
  if (result < 0) throw_hdf5_error(deed);
  return result;
}

/// An HDF5 identifier with its closing function.
template <herr_t (*close_function)(hid_t)>
class Owned {
 public:
  Owned() = default;
  explicit Owned(hid_t id) : id_(id) {}
  Owned(Owned&& other) noexcept : id_(std::exchange(other.id_, H5I_INVALID_HID)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Owned() {
    if (id_ < 0) return;
    const QuietErrors quiet;
    close_function(id_);
  }

  [[nodiscard]] hid_t get() const { return id_; }
  [[nodiscard]] bool valid() const { return id_ >= 0; }
  /// Gives the identifier up without closing it: its file is closed, and with it everything in it.
  void forget() { id_ = H5I_INVALID_HID; }
  void close(const std::string& deed) { checked(deed, close_function, std::exchange(id_, H5I_INVALID_HID)); }

 private:
  hid_t id_ = H5I_INVALID_HID;
};

using FileId = Owned<&H5Fclose>;
using GroupId = Owned<&H5Gclose>;
using DatasetId = Owned<&H5Dclose>;
using SpaceId = Owned<&H5Sclose>;
using TypeId = Owned<&H5Tclose>;
using AttributeId = Owned<&H5Aclose>;
using PropertyList = Owned<&H5Pclose>;
using DriverId = Owned<&H5FDunregister>;

}  // namespace rankwise::io
