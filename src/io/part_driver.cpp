// SPDX-License-Identifier: MIT
#include "io/part_driver.hpp"

#include <algorithm>
#include <limits>
#include <new>
#if H5_VERSION_GE(1, 14, 0)
#include <H5FDdevelop.h>
#endif

namespace rankwise::io {

namespace {

/// What HDF5 hands to the driver's open: copied bytewise by the property list.
struct Access {
  PartFile* part;
};

/// HDF5 sees the first member; the rest is ours.
struct DriverFile {
  H5FD_t base;
  PartFile* part;
  haddr_t end_of_addresses;
};

const DriverFile& self(const H5FD_t* file) { return *reinterpret_cast<const DriverFile*>(file); }
DriverFile& self(H5FD_t* file) { return *reinterpret_cast<DriverFile*>(file); }

extern "C" {

static H5FD_t* part_open(const char*, unsigned, hid_t access, haddr_t) {
  const auto* info = static_cast<const Access*>(H5Pget_driver_info(access));
  if (info == nullptr) return nullptr;
  auto* file = new (std::nothrow) DriverFile{};
  if (file == nullptr) return nullptr;
  file->part = info->part;
  return &file->base;
}

static herr_t part_close(H5FD_t* file) {
  delete &self(file);
  return 0;
}

static herr_t part_query(const H5FD_t*, unsigned long* flags) {
  if (flags != nullptr) {
    *flags = H5FD_FEAT_AGGREGATE_METADATA | H5FD_FEAT_ACCUMULATE_METADATA | H5FD_FEAT_AGGREGATE_SMALLDATA;
  }
  return 0;
}

static haddr_t part_get_eoa(const H5FD_t* file, H5FD_mem_t) { return self(file).end_of_addresses; }

static herr_t part_set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  self(file).end_of_addresses = address;
  return 0;
}

static haddr_t part_get_eof(const H5FD_t* file, H5FD_mem_t) { return self(file).part->size(); }

static herr_t part_read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, std::size_t size, void* buffer) {
  return self(file).part->read(address, buffer, size) ? 0 : -1;
}

static herr_t part_write(H5FD_t* file, H5FD_mem_t type, hid_t, haddr_t address, std::size_t size, const void* buffer) {
  self(file).part->write(address, buffer, size, type == H5FD_MEM_DRAW ? PartFile::Kind::raw : PartFile::Kind::meta);
  return 0;
}

static herr_t part_truncate(H5FD_t* file, hid_t, hbool_t) {
  DriverFile& mine = self(file);
  if (mine.end_of_addresses != mine.part->size()) mine.part->resize(mine.end_of_addresses);
  return 0;
}

}  // extern "C"

/// Members by name: the structure has grown between HDF5 1.10 and 1.14.
H5FD_class_t driver_class() {
  H5FD_class_t driver{};
#if H5_VERSION_GE(1, 14, 0)
  driver.version = H5FD_CLASS_VERSION;
  driver.value = static_cast<H5FD_class_value_t>(25700);  // the range above 512 is free for anybody
#endif
  driver.name = "rankwise_part";
  driver.maxaddr = static_cast<haddr_t>(std::numeric_limits<std::int64_t>::max());
  driver.fc_degree = H5F_CLOSE_STRONG;
  driver.fapl_size = sizeof(Access);
  driver.open = part_open;
  driver.close = part_close;
  driver.query = part_query;
  driver.get_eoa = part_get_eoa;
  driver.set_eoa = part_set_eoa;
  driver.get_eof = part_get_eof;
  driver.read = part_read;
  driver.write = part_write;
  driver.truncate = part_truncate;
  const H5FD_mem_t map[] = H5FD_FLMAP_DICHOTOMY;
  std::copy(std::begin(map), std::end(map), std::begin(driver.fl_map));
  return driver;
}

}  // namespace

FileId create_through(PartFile& part, hid_t creation, const PropertyList& access) {
  const std::string deed = "create " + part.part_path();
  static const H5FD_class_t driver = driver_class();
  const DriverId id(checked(deed, H5FDregister, &driver));
  const Access info{&part};
  checked(deed, H5Pset_driver, access.get(), id.get(), &info);
  return FileId(
      checked(deed, H5Fcreate, part.part_path().c_str(), static_cast<unsigned>(H5F_ACC_TRUNC), creation, access.get()));
}

}  // namespace rankwise::io
