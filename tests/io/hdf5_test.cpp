// Groups, data sets, scales and attributes: round trips, layout and refusals. SPDX-License-Identifier: MIT
#include "rankwise/io/hdf5.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>
#include <hdf5_hl.h>

#include <array>
#include <limits>
#include <numeric>

#include "io/hdf5_text.hpp"
#include "io/shape.hpp"
#include "io/support.hpp"
#include "rankwise/core/array.hpp"
#include "rankwise/core/text.hpp"

using rankwise::Array;
using rankwise::concat;
using rankwise::ElementType;
using rankwise::io::File;
using rankwise::io::Group;
using rankwise::io::Labels;
using namespace rankwise::io_tests;

namespace {

Array numbered(std::size_t n) {
  std::vector<std::int64_t> values(n);
  std::iota(values.begin(), values.end(), 0);
  return Array(values);
}

template <typename T>
std::vector<T> sample(std::size_t n) {
  Mixer mixer(n + 17);
  std::vector<T> values(n);
  for (T& value : values) {
    if constexpr (std::is_same_v<T, std::string>) {
      value = concat("text ", mixer.below(1000));
    } else if constexpr (std::is_same_v<T, double>) {
      value = static_cast<double>(mixer.below(1000000)) / 7.0;
    } else {
      value = static_cast<T>(mixer.next());
    }
  }
  return values;
}

const std::vector<std::vector<std::size_t>> shapes = {{},     {0},       {1},       {7},        {3, 4},
                                                      {3, 0}, {2, 3, 4}, {1, 1, 1}, {5, 41, 97}};

std::size_t product(const std::vector<std::size_t>& shape) {
  return std::accumulate(shape.begin(), shape.end(), std::size_t{1}, std::multiplies<>());
}

/// Each shape in a group of its own, under axes a0, a1, ...
template <typename T>
void check_round_trip() {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  {
    File file = File::create(path);
    for (std::size_t s = 0; s < shapes.size(); ++s) {
      const Group group = file.root().create_group(concat("g", s));
      Labels labels{"J", "round trip", {}};
      for (std::size_t d = 0; d < shapes[s].size(); ++d) {
        labels.axes.push_back(concat("a", d));
        group.write_scale(labels.axes.back(), numbered(shapes[s][d]), "1", "axis");
      }
      group.write("x", Array(sample<T>(product(shapes[s])), shapes[s]), labels);
    }
    file.commit();
  }
  const File file = File::open(path);
  for (std::size_t s = 0; s < shapes.size(); ++s) {
    CAPTURE(s);
    const Group group = file.root().open_group(concat("g", s));
    CHECK(group.read("x") == Array(sample<T>(product(shapes[s])), shapes[s]));
    const Labels labels = group.labels("x");
    CHECK(labels.units == "J");
    CHECK(labels.description == "round trip");
    REQUIRE(labels.axes.size() == shapes[s].size());
    for (std::size_t d = 0; d < shapes[s].size(); ++d) {
      const std::string axis = concat("a", d);
      CHECK(labels.axes[d] == axis);
      CHECK(group.has_scale(axis));
      CHECK(group.read(axis) == numbered(shapes[s][d]));
      CHECK(group.labels(axis).axes == std::vector<std::string>{axis});
    }
  }
}

/// A committed file that `fill` wrote, opened again.
template <typename Fill>
File written(const std::string& path, Fill&& fill) {
  File file = File::create(path);
  fill(file.root());
  file.commit();
  return File::open(path);
}

/// The raw HDF5 data set, for what the public interface does not tell.
struct Raw {
  hid_t file;
  hid_t dataset;
  Raw(const std::string& path, const std::string& name)
      : file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT)), dataset(H5Dopen2(file, name.c_str(), H5P_DEFAULT)) {}
  Raw(const Raw&) = delete;
  Raw& operator=(const Raw&) = delete;
  ~Raw() {
    H5Dclose(dataset);
    H5Fclose(file);
  }
  [[nodiscard]] H5D_layout_t layout() const {
    const hid_t list = H5Dget_create_plist(dataset);
    const H5D_layout_t layout = H5Pget_layout(list);
    H5Pclose(list);
    return layout;
  }
  [[nodiscard]] int filters() const {
    const hid_t list = H5Dget_create_plist(dataset);
    const int count = H5Pget_nfilters(list);
    H5Pclose(list);
    return count;
  }
};

}  // namespace

TEST_CASE("every type and shape comes back as it was written") {
  check_round_trip<double>();
  check_round_trip<std::int64_t>();
  check_round_trip<std::uint64_t>();
  check_round_trip<std::int8_t>();
  check_round_trip<std::string>();
}

TEST_CASE("special values survive") {
  const TempFolder folder;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const Array reals(std::vector<double>{nan, inf, -inf, -0.0, std::numeric_limits<double>::denorm_min(), 0.1});
  const Array integers(std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::lowest(), 0,
                                                 std::numeric_limits<std::int64_t>::max(), -1, 1, 2});
  const Array texts(std::vector<std::string>{"", "Schrödinger 🐈", "a\nb", std::string(100000, 'x'), " ", "\t"});
  const File file = written(folder.path("f.h5"), [&](const Group& root) {
    root.write_scale("i", numbered(6), "1", "index");
    root.write("reals", reals, {"1", "", {"i"}});
    root.write("integers", integers, {"1", "", {"i"}});
    root.write("texts", texts, {"1", "", {"i"}});
  });
  CHECK(file.root().read("reals") == reals);
  CHECK(file.root().read("integers") == integers);
  CHECK(file.root().read("integers").is_missing(0));
  CHECK(file.root().read("texts") == texts);
}

TEST_CASE("attributes of every type, replaced and absent ones") {
  const TempFolder folder;
  const std::string long_text(200000, 'c');
  const File file = written(folder.path("f.h5"), [&](const Group& root) {
    root.set_attribute("text", std::string("λ̄"));
    root.set_attribute("empty", std::string());
    root.set_attribute("config", long_text);
    root.set_attribute("integer", std::int64_t{-5});
    root.set_attribute("unsigned", std::numeric_limits<std::uint64_t>::max());
    root.set_attribute("real", 0.1);
    root.set_attribute("status", std::string("running"));
    root.set_attribute("status", std::string("complete"));
    root.create_group("g").set_attribute("inner", std::int64_t{1});
  });
  const Group root = file.root();
  CHECK(root.text_attribute("text") == "λ̄");
  CHECK(root.text_attribute("empty") == "");
  CHECK(root.text_attribute("config") == long_text);
  CHECK(root.text_attribute("status") == "complete");
  CHECK_FALSE(root.text_attribute("absent").has_value());
  CHECK_FALSE(root.number_attribute("absent").has_value());
  CHECK(root.number_attribute("integer") == Array::scalar(std::int64_t{-5}));
  CHECK(root.number_attribute("unsigned") == Array(std::vector{std::numeric_limits<std::uint64_t>::max()}, {}));
  CHECK(root.number_attribute("real") == Array::scalar(0.1));
  CHECK(root.open_group("g").number_attribute("inner") == Array::scalar(std::int64_t{1}));
  CHECK(caught([&] { (void)root.text_attribute("real"); }).says("is not one text"));
  CHECK(caught([&] { (void)root.number_attribute("text"); }).says("it is a text"));
}

TEST_CASE("names are sorted, groups told from data sets, paths followed") {
  const TempFolder folder;
  const File file = written(folder.path("f.h5"), [](const Group& root) {
    const Group b = root.create_group("b");
    b.create_group("inner").write("x", Array::scalar(2.5), {"1", "", {}});
    root.create_group("a");
    root.write("c", Array::scalar(1.0), {"1", "", {}});
  });
  const Group root = file.root();
  CHECK(root.names() == std::vector<std::string>{"a", "b", "c"});
  CHECK(root.open_group("a").names().empty());
  CHECK(root.is_group("a"));
  CHECK_FALSE(root.is_group("c"));
  CHECK_FALSE(root.is_group("absent"));
  CHECK(root.has("c"));
  CHECK(root.has("b/inner/x"));
  CHECK_FALSE(root.has("b/outer/x"));
  CHECK_FALSE(root.has(""));
  CHECK(root.read("b/inner/x") == Array::scalar(2.5));
  CHECK(root.open_group("b/inner").read("x") == Array::scalar(2.5));
  CHECK_FALSE(root.has_scale("c"));
  CHECK_FALSE(root.has_scale("a"));
}

TEST_CASE("above 64 KiB numbers are chunked, shuffled and deflated") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const std::size_t most = rankwise::io::contiguous_bytes / sizeof(double);
  (void)written(path, [&](const Group& root) {
    root.write_scale("small_axis", numbered(most), "1", "");
    root.write_scale("large_axis", numbered(most + 1), "1", "");
    root.write("small", Array(std::vector<double>(most, 1.0)), {"1", "", {"small_axis"}});
    root.write("large", Array(std::vector<double>(most + 1, 1.0)), {"1", "", {"large_axis"}});
    root.write("text", Array(std::vector<std::string>(most + 1, "a long text")), {"1", "", {"large_axis"}});
  });
  CHECK(Raw(path, "small").layout() == H5D_CONTIGUOUS);
  CHECK(Raw(path, "small").filters() == 0);
  CHECK(Raw(path, "text").layout() == H5D_CONTIGUOUS);
  const Raw large(path, "large");
  CHECK(large.layout() == H5D_CHUNKED);
  CHECK(large.filters() == 2);
  CHECK(H5Dget_storage_size(large.dataset) < rankwise::io::contiguous_bytes / 10);
  CHECK(Raw(path, "large_axis").layout() == H5D_CHUNKED);
}

TEST_CASE("chunks hold whole last axes, stay within their size and cover the array") {
  using rankwise::io::chunk_shape;
  const auto of = [](std::vector<std::size_t> shape, std::size_t bytes) { return chunk_shape(shape, bytes); };
  CHECK(of({}, 8).empty());
  CHECK(of({8192}, 8).empty());
  CHECK(of({8193}, 8) == std::vector<std::size_t>{8193});
  CHECK(of({1000000}, 0).empty());
  CHECK(of({1000, 1024}, 8) == std::vector<std::size_t>{63, 1024});  // 16 equal pieces, not 15 of 64 and one of 40
  CHECK(of({1000, 1000000}, 8) == std::vector<std::size_t>{1, 62500});
  CHECK(of({3, 200000, 1}, 1) == std::vector<std::size_t>{2, 200000, 1});
  for (const auto& shape : {std::vector<std::size_t>{70001}, {1, 99999}, {13, 17, 1023}, {100, 3, 2, 5000}}) {
    const std::vector<std::size_t> chunk = of(shape, 8);
    REQUIRE(chunk.size() == shape.size());
    CHECK(product(chunk) * 8 <= rankwise::io::chunk_bytes);
    for (std::size_t d = 0; d < shape.size(); ++d) {
      CHECK(chunk[d] >= 1);
      CHECK(chunk[d] <= shape[d]);
    }
  }
}

TEST_CASE("the same content gives the same bytes") {
  const TempFolder folder;
  const auto fill = [](const Group& root) {
    const Group group = root.create_group("g");
    group.write_scale("i", numbered(20000), "1", "index");
    group.write("x", Array(sample<double>(20000)), {"1", "values", {"i"}});
    group.set_attribute("name", std::string("value"));
  };
  (void)written(folder.path("a.h5"), fill);
  (void)written(folder.path("b.h5"), fill);
  CHECK(read_bytes(folder.path("a.h5")) == read_bytes(folder.path("b.h5")));
  // Both were written within one second: time stamps would not have shown.
  for (const char* name : {"/g/x", "/g/i"}) {
    const Raw raw(folder.path("a.h5"), name);
    const hid_t list = H5Dget_create_plist(raw.dataset);
    hbool_t stamped = true;
    CHECK(H5Pget_obj_track_times(list, &stamped) >= 0);
    CHECK_FALSE(stamped);
    H5Pclose(list);
  }
}

TEST_CASE("text that is not UTF-8 is mended, valid text is left alone") {
  using rankwise::io::valid_utf8;
  const std::string bad = "\xef\xbf\xbd";
  for (const std::string text : {"", "plain", "é", "€", "🐈", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", "\xc2\x80"}) {
    CHECK(valid_utf8(text) == text);
  }
  CHECK(valid_utf8("caf\xe9") == "caf" + bad);
  CHECK(valid_utf8("\xe9t\xe9") == bad + "t" + bad);
  CHECK(valid_utf8(std::string("a\0b", 3)) == "a" + bad + "b");
  CHECK(valid_utf8("\xc0\xaf") == bad + bad);                      // overlong
  CHECK(valid_utf8("\xed\xa0\x80") == bad + bad + bad);            // surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80") == bad + bad + bad + bad);  // beyond U+10FFFF
  CHECK(valid_utf8("\xe2\x82") == bad + bad);                      // cut short
  CHECK(valid_utf8("\xff") == bad);
}

TEST_CASE("data sets written wrongly are broken promises that say which") {
  const TempFolder folder;
  File file = File::create(folder.path("f.h5"));
  const Group root = file.root();
  root.write_scale("i", numbered(3), "1", "");
  root.write_scale("j", numbered(3), "1", "");
  root.write("plain", Array::scalar(1.0), {"1", "", {}});
  const Array three(std::vector<double>(3));
  const auto refusal = [&](const Array& array, const Labels& labels, const std::string& name = "x") {
    const Caught error = caught([&] { root.write(name, array, labels); });
    CHECK(error.says(folder.path("f.h5")));
    return std::pair(error.code, error.text);
  };
  const auto refused = [&](const Array& array, const Labels& labels, const std::string& why) {
    const auto [code, text] = refusal(array, labels);
    CHECK(code == 3);
    CHECK(text.find("/x of") != std::string::npos);
    CHECK_MESSAGE(text.find(why) != std::string::npos, text);
  };
  refused(three, {"1", "", {"k"}}, "axis k has no scale");
  refused(three, {"1", "", {"plain"}}, "axis plain has no scale");
  refused(three, {"1", "", {}}, "0 axes are named, it has 1");
  refused(Array(std::vector<double>(4)), {"1", "", {"i"}}, "axis i has 4 entries, its scale 3");
  refused(Array(std::vector<double>(9), {3, 3}), {"1", "", {"i", "i"}}, "two of its axes are named i");
  for (const char* units : {"", "seconds", "days", "nanoseconds", "s since 2000-01-01"}) {
    refused(three, {units, "", {"i"}}, "units");
  }
  root.write("square", Array(std::vector<double>(9), {3, 3}), {"s", "", {"i", "j"}});
  for (const char* name : {"", ".", "..", "a/b", "end ", "line\n", "caf\xe9"}) {
    CHECK(refusal(three, {"1", "", {"i"}}, name).first == 3);
  }
  const auto [code, text] = refusal(three, {"1", "", {"i"}}, "square");
  CHECK(code == 4);
  CHECK(text.find("the name exists already") != std::string::npos);
  CHECK(caught([&] { root.write_scale("t", three, "seconds", ""); }).code == 3);
  CHECK(caught([&] { root.write_scale("t", Array::scalar(1.0), "1", ""); }).code == 3);
  CHECK(caught([&] { root.write_scale("t", Array(std::vector<std::string>{"a"}), "1", ""); }).code == 3);
  CHECK(root.names() == std::vector<std::string>{"i", "j", "plain", "square"});
}

TEST_CASE("what is not there or not readable is an IoError naming file and data set") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const File file = written(path, [](const Group& root) {
    root.create_group("g");
    root.write("x", Array::scalar(1.0), {"1", "", {}});
  });
  const Group root = file.root();
  CHECK(caught([&] { (void)root.read("absent"); }).text ==
        "cannot read data set /absent of " + path + ": there is no such data set");
  CHECK(caught([&] { (void)root.read("g/absent"); }).says("/g/absent of " + path));
  CHECK(caught([&] { (void)root.read("g"); }).says("it is a group"));
  CHECK(caught([&] { (void)root.open_group("absent"); }).says("there is no such group"));
  CHECK(caught([&] { (void)root.open_group("x"); }).says("it is a data set"));
  CHECK(caught([&] { (void)root.labels("absent"); }).code == 4);
  CHECK(caught([&] { root.create_group("h"); }).code == 4);  // opened for reading
  CHECK(caught([&] { (void)root.read("absent"); }).code == 4);
}

TEST_CASE("groups exist once") {
  const TempFolder folder;
  File file = File::create(folder.path("f.h5"));
  file.root().create_group("g");
  const Caught error = caught([&] { file.root().create_group("g"); });
  CHECK(error.code == 4);
  CHECK(error.text == "cannot create group /g of " + folder.path("f.h5") + ": the name exists already");
}

TEST_CASE("types of other programs: what fits is converted, what does not is refused") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
  const hsize_t two = 2;
  const hid_t space = H5Screate_simple(1, &two, nullptr);
  const auto put = [&](const char* name, hid_t type, hid_t in_memory, const void* data) {
    const hid_t dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(dataset, in_memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
    H5Dclose(dataset);
  };
  const std::array<double, 2> reals{1.5, -2.0};
  const std::array<std::int64_t, 2> integers{100, 3};
  put("float32", H5T_IEEE_F32BE, H5T_NATIVE_DOUBLE, reals.data());
  put("uint8", H5T_STD_U8LE, H5T_NATIVE_INT64, integers.data());
  put("int32", H5T_STD_I32BE, H5T_NATIVE_INT64, integers.data());
  put("uint32", H5T_STD_U32LE, H5T_NATIVE_INT64, integers.data());
  put("float128", H5T_NATIVE_LDOUBLE, H5T_NATIVE_DOUBLE, reals.data());
  const hid_t fixed = H5Tcopy(H5T_C_S1);
  H5Tset_size(fixed, 4);
  put("null_padded", fixed, fixed, "ab\0\0wxyz");
  H5Tset_strpad(fixed, H5T_STR_SPACEPAD);
  put("space_padded", fixed, fixed, "ab  c   ");
  H5Tclose(fixed);
  const hid_t compound = H5Tcreate(H5T_COMPOUND, 8);
  H5Tinsert(compound, "a", 0, H5T_NATIVE_DOUBLE);
  put("compound", compound, compound, reals.data());
  H5Tclose(compound);
  const hid_t boolean = H5Tenum_create(H5T_NATIVE_INT8);
  const std::int8_t yes = 1;
  H5Tenum_insert(boolean, "TRUE", &yes);
  put("boolean", boolean, boolean, "\1\1");
  H5Tclose(boolean);
  H5Sclose(space);
  const hid_t nothing = H5Screate(H5S_NULL);
  H5Dclose(H5Dcreate2(file, "null", H5T_NATIVE_DOUBLE, nothing, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
  H5Sclose(nothing);
  H5Fclose(file);

  const File opened = File::open(path);
  const Group root = opened.root();
  CHECK(root.read("float32") == Array(std::vector<double>{1.5, -2.0}));
  for (const char* name : {"uint8", "int32", "uint32"}) {
    CHECK(root.read(name) == Array(std::vector<std::int64_t>{100, 3}));
  }
  CHECK(root.read("null_padded") == Array(std::vector<std::string>{"ab", "wxyz"}));
  CHECK(root.read("space_padded") == Array(std::vector<std::string>{"ab", "c"}));
  CHECK(root.labels("uint8").units.empty());
  CHECK(root.labels("uint8").axes == std::vector<std::string>{""});
  const auto refused = [&](const char* name, const char* why) {
    const Caught error = caught([&] { (void)root.read(name); });
    CHECK(error.code == 4);
    CHECK_MESSAGE(error.says(why), error.text);
  };
  refused("float128", "more than 8 bytes");
  refused("compound", "a compound type");
  refused("boolean", "an enumeration");
  refused("null", "nothing at all");
}

TEST_CASE("a data set that declares more than it stores is an IoError before any memory is taken") {
  const TempFolder folder;
  const std::string path = folder.path("f.h5");
  const auto refused = [&](hsize_t extent, hsize_t chunk, const std::string& stored) {
    const hid_t file = H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(1, &extent, nullptr);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (chunk > 0) H5Pset_chunk(list, 1, &chunk);
    const hid_t dataset = H5Dcreate2(file, "x", H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (chunk > 0) {
      const hsize_t start = 0;
      const std::vector<double> values(chunk);
      H5Sselect_hyperslab(space, H5S_SELECT_SET, &start, nullptr, &chunk, nullptr);
      const hid_t memory = H5Screate_simple(1, &chunk, nullptr);
      H5Dwrite(dataset, H5T_NATIVE_DOUBLE, memory, space, H5P_DEFAULT, values.data());
      H5Sclose(memory);
    }
    H5Dclose(dataset);
    H5Pclose(list);
    H5Sclose(space);
    H5Fclose(file);
    const Caught error = caught([&] { (void)File::open(path).root().read("x"); });
    CHECK(error.code == 4);
    CHECK(error.text ==
          concat("cannot read data set /x of ", path, ": it declares ", extent, " values but stores ", stored));
  };
  refused(hsize_t{1} << 58U, 0, "none");
  refused(hsize_t{1} << 40U, 1024, "1 of its 1073741824 chunks");
  refused(1025, 1024, "1 of its 2 chunks");
}

TEST_CASE("HDF5 prints nothing, and the caller's own error printing is back afterwards") {
  static int printed = 0;
  const H5E_auto2_t mine = [](hid_t, void*) -> herr_t {
    ++printed;
    return 0;
  };
  H5E_auto2_t before = nullptr;
  void* data_before = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &before, &data_before);
  H5Eset_auto2(H5E_DEFAULT, mine, &printed);
  CHECK(caught([] { (void)File::open("/no/such/file"); }).code == 4);
  CHECK(printed == 0);
  H5E_auto2_t after = nullptr;
  void* data_after = nullptr;
  H5Eget_auto2(H5E_DEFAULT, &after, &data_after);
  CHECK((after == mine));
  CHECK(data_after == &printed);
  H5Fopen("/no/such/file", H5F_ACC_RDONLY, H5P_DEFAULT);
  CHECK(printed == 1);
  H5Eset_auto2(H5E_DEFAULT, before, data_before);
}

TEST_CASE("the library tells its version and works again after it was closed") {
  const std::string version = rankwise::io::library_version();
  CHECK(version.substr(0, 2) == "1.");
  rankwise::io::close_library();
  const TempFolder folder;
  const File file = written(folder.path("f.h5"), [](const Group& root) { root.set_attribute("a", 1.0); });
  CHECK(file.root().number_attribute("a") == Array::scalar(1.0));
}
