// The handle behind Comm and the checked call. SPDX-License-Identifier: MIT
#include "mpi/native.hpp"

#include <array>
#include <exception>
#include <limits>
#include <string>

#include "rankwise/core/contract.hpp"
#include "rankwise/core/text.hpp"

namespace rankwise::mpi {

namespace {

std::string describe(const char* call, const std::string& text, std::source_location where) {
  std::string file = where.file_name();
  file = file.substr(file.find_last_of('/') + 1);
  return concat(call, " failed: ", text, " (", file, ":", where.line(), ")");
}

}  // namespace

MpiError::MpiError(const char* call, const std::string& text, std::source_location where)
    : Error(ExitCode::internal, describe(call, text, where)) {}

void checked(int code, const char* call, std::source_location where) {
  if (code == MPI_SUCCESS) return;
  std::array<char, MPI_MAX_ERROR_STRING> text{};
  int length = 0;
  if (MPI_Error_string(code, text.data(), &length) != MPI_SUCCESS) {
    throw MpiError(call, concat("error code ", code), where);
  }
  throw MpiError(call, std::string(text.data(), static_cast<std::size_t>(length)), where);
}

int to_count(std::size_t size) {
  expects(size <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "an MPI count fits in int");
  return static_cast<int>(size);
}

bool complete(std::span<MPI_Request> requests) {
  int all = 0;
  checked(MPI_Testall(to_count(requests.size()), requests.data(), &all, MPI_STATUSES_IGNORE), "MPI_Testall");
  return all != 0;
}

void wait_all(std::span<MPI_Request> requests, Waiting waiting) {
  Backoff backoff;
  while (!complete(requests)) backoff.pause(waiting);
}

Comm::Native::Native(MPI_Comm owned, std::size_t piece)
    : handle(owned), piece_bytes(piece), exceptions_(std::uncaught_exceptions()) {
  expects(piece > 0 && piece <= largest_piece, "pieces of 1 byte to 1 GiB");
  checked(MPI_Comm_set_errhandler(handle, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  checked(MPI_Comm_rank(handle, &rank), "MPI_Comm_rank");
  checked(MPI_Comm_size(handle, &size), "MPI_Comm_size");
}

Comm::Native::~Native() {
  if (std::uncaught_exceptions() > exceptions_) return;
  int finalised = 0;
  MPI_Finalized(&finalised);
  if (finalised == 0) MPI_Comm_free(&handle);  // a failure here has nobody left to tell
}

}  // namespace rankwise::mpi
