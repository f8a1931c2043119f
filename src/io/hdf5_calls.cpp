// SPDX-License-Identifier: MIT
#include "io/hdf5_calls.hpp"

#include <array>
#include <cctype>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <vector>

#include "rankwise/core/error.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

namespace rankwise::io {

static_assert(std::is_same_v<Handle, hid_t> || sizeof(Handle) == sizeof(hid_t),
              "HDF5 1.10 or later: hid_t has 64 bits");

QuietErrors::QuietErrors() {
  H5Eget_auto2(H5E_DEFAULT, &function_, &data_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietErrors::~QuietErrors() { H5Eset_auto2(H5E_DEFAULT, function_, data_); }

namespace {

/// Innermost first. An exception must not pass through HDF5's C frames: when memory ends, the list is just shorter.
std::vector<std::string> error_stack() {
  std::vector<std::string> descriptions;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
        try {
          if (error->desc != nullptr) static_cast<std::vector<std::string>*>(out)->emplace_back(error->desc);
        } catch (...) {
          return -1;
        }
        return 0;
      },
      &descriptions);
  return descriptions;
}

/// The system's own words, which HDF5 hides as "..., error message = 'No such file or directory', ...".
std::string quoted_system_message(std::string_view description) {
  constexpr std::string_view before = "error message = '";
  const std::size_t start = description.find(before);
  if (start == std::string_view::npos) return {};
  const std::string_view rest = description.substr(start + before.size());
  std::string message(rest.substr(0, rest.find('\'')));
  if (!message.empty()) message[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(message[0])));
  return message;
}

std::string plain_reason(const std::vector<std::string>& stack) {
  const std::string& innermost = stack.front();
  struct Translation {
    std::string_view theirs;
    std::string_view ours;
  };
  constexpr std::array translations{
      Translation{"file signature not found", "it is not an HDF5 file"},
      Translation{"truncated file", "the file is cut short"},
      Translation{"name already exists", "the name exists already"},
  };
  for (const std::string& description : stack) {
    for (const Translation& known : translations) {
      if (description.find(known.theirs) != std::string::npos) return std::string(known.ours);
    }
    const std::string system = quoted_system_message(description);
    if (system.empty()) continue;
    if (description.find("unable to lock file") != std::string::npos) {
      return concat("the lock on it was refused (", system,
                    "): another process holds it open for writing, or the file system has no locks; wait, or set "
                    "HDF5_USE_FILE_LOCKING=FALSE if nobody writes to it");
    }
    return system;
  }
  return stack.size() == 1 ? innermost : concat(innermost, " (", stack.back(), ")");
}

}  // namespace

void throw_hdf5_error(const std::string& deed) {
  const std::vector<std::string> stack = error_stack();
  throw IoError(concat("cannot ", deed, ": ", stack.empty() ? "HDF5 gives no reason" : plain_reason(stack)));
}

void close_library() {
  const QuietErrors quiet;
  H5close();
}

std::string library_version() {
  unsigned major = 0;
  unsigned minor = 0;
  unsigned release = 0;
  checked("tell the version of HDF5", H5get_libversion, &major, &minor, &release);
  return concat(major, ".", minor, ".", release);
}

}  // namespace rankwise::io
