// Image sets: right ones in every form, wrong ones refused with their reason. SPDX-License-Identifier: MIT
#include "rankwise/io/images.hpp"

#include <doctest/doctest.h>
#include <hdf5.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "io/idx_bytes.hpp"
#include "io/support.hpp"
#include "rankwise/core/array.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/io/hdf5.hpp"

using rankwise::Array;
using rankwise::concat;
using rankwise::io::File;
using rankwise::io::Group;
using rankwise::io::Images;
using rankwise::io::read_images;
using namespace rankwise::io_tests;

namespace {

constexpr const char* images_name = "train-images-idx3-ubyte";
constexpr const char* labels_name = "train-labels-idx1-ubyte";
constexpr const char* fashion_mnist = "/usr/share/datasets/fashion-mnist";

void check_five(const Images& images) {
  CHECK(images.count == 5);
  CHECK(images.height == 4);
  CHECK(images.width == 3);
  CHECK(images.size() == 12);
  const std::string pixels = idx_items(60);
  const std::string labels = idx_items(5);
  CHECK(std::equal(images.pixels.begin(), images.pixels.end(), pixels.begin(), pixels.end(),
                   [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
  CHECK(std::equal(images.labels.begin(), images.labels.end(), labels.begin(), labels.end(),
                   [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
}

/// Reads a pair of files with the given bytes; both names, so that each error can be found in its file.
struct Pair {
  TempFolder folder;
  std::string images = folder.path(images_name);
  std::string labels = folder.path(labels_name);
  Caught read(const std::string& image_bytes, const std::string& label_bytes = five_labels()) const {
    write_bytes(images, image_bytes);
    write_bytes(labels, label_bytes);
    return caught([&] { (void)read_images(images); });
  }
};

/// HDF5's own calls: File writes neither uint8 nor float32, nor lies.
struct RawFile {
  explicit RawFile(const std::string& path) : id(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT)) {}
  RawFile(const RawFile&) = delete;
  RawFile& operator=(const RawFile&) = delete;
  ~RawFile() { H5Fclose(id); }
  void put(const char* name, const std::vector<hsize_t>& extents, hid_t type, hid_t in_memory, const void* data,
           const std::vector<hsize_t>& chunk = {}, hsize_t rows = 0) const {
    const hid_t space = H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    if (!chunk.empty()) H5Pset_chunk(list, static_cast<int>(chunk.size()), chunk.data());
    const hid_t dataset = H5Dcreate2(id, name, type, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (data != nullptr) {
      std::vector<hsize_t> start(extents.size(), 0);
      std::vector<hsize_t> count = extents;
      if (rows > 0) count[0] = rows;
      H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr);
      const hid_t memory = H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr);
      H5Dwrite(dataset, in_memory, memory, space, H5P_DEFAULT, data);
      H5Sclose(memory);
    }
    H5Dclose(dataset);
    H5Pclose(list);
    H5Sclose(space);
  }
  hid_t id;
};

std::vector<std::int64_t> items(std::size_t count) {
  std::vector<std::int64_t> values(count);
  for (std::size_t i = 0; i < count; ++i) values[i] = static_cast<std::int64_t>(i * 7 % 256);
  return values;
}

}  // namespace

TEST_CASE("IDX pairs are read from a folder or by name, plain or gzip, whatever the names say") {
  for (const bool packed_images : {false, true}) {
    for (const bool packed_labels : {false, true}) {
      for (const bool gz_names : {false, true}) {
        const TempFolder folder;
        const std::string ending = gz_names ? ".gz" : "";
        const std::string images = folder.path(images_name + ending);
        write_bytes(images, packed_images ? gzipped(five_images()) : five_images());
        write_bytes(folder.path(labels_name + ending), packed_labels ? gzipped(five_labels()) : five_labels());
        check_five(read_images(folder.path()));
        check_five(read_images(images));
        CHECK(read_images(folder.path()).source == images);
      }
    }
  }
}

TEST_CASE("labels are found beside images of other names") {
  const TempFolder folder;
  write_bytes(folder.path("t10k-images.idx3-ubyte"), five_images());
  write_bytes(folder.path("t10k-labels.idx1-ubyte.gz"), gzipped(five_labels()));
  check_five(read_images(folder.path("t10k-images.idx3-ubyte")));
  write_bytes(folder.path("x-images-idx3.bin.gz"), gzipped(five_images()));
  write_bytes(folder.path("x-labels-idx1.bin"), five_labels());
  check_five(read_images(folder.path("x-images-idx3.bin.gz")));
  write_bytes(folder.path("plain"), five_images());
  const Caught error = caught([&] { (void)read_images(folder.path("plain")); });
  CHECK(error.code == 2);
  CHECK(error.says(folder.path("plain") + ": the name must contain 'images-idx3'"));
}

TEST_CASE("gzip members that follow each other are one stream") {
  const Pair pair;
  const std::string bytes = five_images();
  CHECK(pair.read(gzipped(bytes.substr(0, 30)) + gzipped("") + gzipped(bytes.substr(30))).code == -1);
  check_five(read_images(pair.images));
}

TEST_CASE("large gzip files cross every buffer") {
  const Pair pair;
  const std::string header = idx_header(images_magic, {700, 64, 64});
  Mixer mixer(5);
  std::string pixels(700 * 64 * 64, '\0');
  for (char& pixel : pixels) pixel = static_cast<char>(mixer.next());
  const std::string labels = idx_header(labels_magic, {700}) + idx_items(700);
  CHECK(pair.read(gzipped(header + pixels), labels).code == -1);
  const Images images = read_images(pair.images);
  CHECK(images.pixels.size() == pixels.size());
  CHECK(std::equal(pixels.begin(), pixels.end(), images.pixels.begin(),
                   [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }));
}

TEST_CASE("missing files are IoErrors that name them") {
  const TempFolder folder;
  const auto missing = [](const std::string& path) {
    const Caught error = caught([&] { (void)read_images(path); });
    CHECK(error.code == 4);
    return error.text;
  };
  const std::string absent = folder.path("absent");
  CHECK(missing(absent) == "cannot open " + absent + ": there is no such file or folder");
  CHECK(missing(folder.path()) ==
        "cannot open " + folder.path(images_name) + "[.gz]: the folder holds no file of that name");
  write_bytes(folder.path(images_name), five_images());
  CHECK(missing(folder.path()) ==
        "cannot open " + folder.path(labels_name) + "[.gz]: the folder holds no file of that name");
  CHECK(missing(folder.path(images_name)).find(labels_name) != std::string::npos);
  std::filesystem::create_directory(folder.path(labels_name));
  CHECK(missing(folder.path()) == "cannot read " + folder.path(labels_name) + ": it is a folder");
}

TEST_CASE("wrong IDX content is a UsageError that names the file, what was found and what is allowed") {
  const Pair pair;
  const auto refused = [&](const std::string& images, const std::string& why) {
    const Caught error = pair.read(images);
    CHECK(error.code == 2);
    CHECK_MESSAGE(error.text == pair.images + ": " + why, error.text);
    // The same content under gzip: only the length is not known beforehand.
    const Caught packed = pair.read(gzipped(images));
    CHECK(packed.code == 2);
    CHECK_MESSAGE(packed.text.substr(0, 50) == error.text.substr(0, 50), packed.text);
  };
  const std::string allowed = "an IDX file of images starts with 0x00000803";
  refused("", "the file is empty; " + allowed);
  refused(std::string("\0\0\x08", 3), "has only 3 bytes; " + allowed);
  refused(five_labels(), "starts with 0x00000801; " + allowed);
  refused(idx_header(0x00000d03, {5, 4, 3}) + idx_items(60), "starts with 0x00000d03; " + allowed);
  refused(idx_header(0x03080000, {5, 4, 3}) + idx_items(60), "starts with 0x03080000; " + allowed);
  refused("GIF89a and so on", "starts with 0x47494638; " + allowed);
  refused(five_images().substr(0, 4), "the header is cut short after 4 of 16 bytes");
  refused(five_images().substr(0, 15), "the header is cut short after 15 of 16 bytes");
  refused(idx_header(images_magic, {0, 4, 3}), "the dimensions are 0 x 4 x 3; each must be at least 1");
  refused(idx_header(images_magic, {5, 0, 3}), "the dimensions are 5 x 0 x 3; each must be at least 1");
  refused(idx_header(images_magic, {5, 4, 0}), "the dimensions are 5 x 4 x 0; each must be at least 1");
  const std::string limit = "; at most 2147483648 items are allowed";
  refused(idx_header(images_magic, {0xffffffff, 0xffffffff, 0xffffffff}),
          "the dimensions are 4294967295 x 4294967295 x 4294967295" + limit);
  refused(idx_header(images_magic, {65536, 65536, 65536}), "the dimensions are 65536 x 65536 x 65536" + limit);
  refused(idx_header(images_magic, {0x80000001, 1, 1}), "the dimensions are 2147483649 x 1 x 1" + limit);
  refused(idx_header(images_magic, {5, 1U << 31U, 1}), "the dimensions are 5 x 2147483648 x 1" + limit);
}

TEST_CASE("lengths that do not fit the header, plain and gzip") {
  const Pair pair;
  const std::string says = pair.images + ": the header says 5 x 4 x 3 = 60 items, ";
  CHECK(pair.read(five_images().substr(0, 75)).text == says + "but 59 bytes follow it");
  CHECK(pair.read(five_images().substr(0, 16)).text == says + "but 0 bytes follow it");
  CHECK(pair.read(five_images() + "x").text == says + "but 61 bytes follow it");
  CHECK(pair.read(gzipped(five_images().substr(0, 75))).text == says + "but only 59 bytes follow it");
  CHECK(pair.read(gzipped(five_images() + "x")).text == says + "but more bytes follow it");
  CHECK(pair.read(gzipped(five_images() + "x")).code == 2);
}

TEST_CASE("a header that promises 2 GiB costs no memory before the bytes are there") {
  const Pair pair;
  const std::string promise = idx_header(images_magic, {1U << 21U, 32, 32});
  CHECK(pair.read(promise + "few").text ==
        pair.images + ": the header says 2097152 x 32 x 32 = 2147483648 items, but 3 bytes follow it");
  // Under gzip the promise can only be tested by reading: the first piece is 1 MiB.
  CHECK(pair.read(gzipped(promise + "few")).says("but only 3 bytes follow it"));
}

TEST_CASE("gzip that is cut short, corrupt or followed by something else") {
  const Pair pair;
  const std::string packed = gzipped(five_images());
  for (std::size_t length = 2; length < packed.size(); ++length) {
    CAPTURE(length);
    const Caught error = pair.read(packed.substr(0, length));
    CHECK(error.code == 2);
    CHECK_MESSAGE(error.text == pair.images + ": its gzip stream is cut short; the file is incomplete", error.text);
  }
  std::string wrong_sum = packed;
  wrong_sum[packed.size() - 8] = static_cast<char>(wrong_sum[packed.size() - 8] ^ 1);
  CHECK(pair.read(wrong_sum).text == pair.images + ": its gzip stream is corrupt (incorrect data check)");
  std::string wrong_length = packed;
  wrong_length.back() = static_cast<char>(wrong_length.back() ^ 1);
  CHECK(pair.read(wrong_length).text == pair.images + ": its gzip stream is corrupt (incorrect length check)");
  CHECK(pair.read(packed + "x").text ==
        pair.images + ": bytes follow the end of its gzip stream; only a whole gzip file is allowed");
  CHECK(pair.read(packed + std::string("\x1f\x8b")).says("cut short"));
  CHECK(pair.read(packed).code == -1);
}

TEST_CASE("labels are checked like images, and counted") {
  const Pair pair;
  const auto refused = [&](const std::string& labels, const std::string& why) {
    const Caught error = pair.read(five_images(), labels);
    CHECK(error.code == 2);
    CHECK_MESSAGE(error.text == why, error.text);
  };
  const std::string allowed = "; an IDX file of labels starts with 0x00000801";
  refused("", pair.labels + ": the file is empty" + allowed);
  refused(five_images(), pair.labels + ": starts with 0x00000803" + allowed);
  refused(five_labels() + "x", pair.labels + ": the header says 5 = 5 items, but 6 bytes follow it");
  refused(idx_header(labels_magic, {4}) + idx_items(4),
          pair.images + ": 5 images but 4 labels in " + pair.labels + "; there must be one label for each image");
}

TEST_CASE("HDF5 sets of every number type") {
  const TempFolder folder;
  const std::string path = folder.path("set.h5");
  const std::vector<std::int64_t> pixels = items(60);
  const std::vector<std::int64_t> labels = items(5);
  for (const hid_t type : {H5T_STD_U8LE, H5T_STD_I16BE, H5T_STD_U64LE, H5T_STD_I64LE, H5T_IEEE_F32LE, H5T_IEEE_F64BE}) {
    for (const bool chunked : {false, true}) {
      {
        const RawFile file(path);
        file.put("images", {5, 4, 3}, type, H5T_NATIVE_INT64, pixels.data(),
                 chunked ? std::vector<hsize_t>{2, 4, 2} : std::vector<hsize_t>{});
        file.put("labels", {5}, type, H5T_NATIVE_INT64, labels.data());
      }
      check_five(read_images(path));
    }
  }
  CHECK(read_images(path).source == path);
}

TEST_CASE("an HDF5 set that Rankwise wrote, with flat images") {
  const TempFolder folder;
  const std::string path = folder.path("set.h5");
  File file = File::create(path);
  const Group root = file.root();
  root.write_scale("image", Array(items(5)), "1", "index");
  root.write_scale("pixel", Array(items(12)), "1", "index");
  root.write("images", Array(items(60), {5, 12}), {"1", "grey values", {"image", "pixel"}});
  root.write("labels", Array(std::vector<std::int8_t>{0, 7, 14, 21, 28}), {"1", "classes", {"image"}});
  file.commit();
  Images images = read_images(path);
  CHECK(images.height == 1);
  CHECK(images.width == 12);
  images.height = 4;
  images.width = 3;
  check_five(images);
}

TEST_CASE("HDF5 sets larger than one block") {
  const TempFolder folder;
  const std::string path = folder.path("set.h5");
  const hsize_t count = 3000;
  const hsize_t size = 1000;
  std::vector<std::uint8_t> pixels(count * size);
  Mixer mixer(9);
  for (std::uint8_t& pixel : pixels) pixel = static_cast<std::uint8_t>(mixer.next());
  {
    const RawFile file(path);
    file.put("images", {count, size}, H5T_STD_U8LE, H5T_NATIVE_UINT8, pixels.data(), {100, 1000});
    file.put("labels", {count}, H5T_STD_U8LE, H5T_NATIVE_UINT8, pixels.data());
  }
  CHECK((read_images(path).pixels == pixels));
}

TEST_CASE("wrong HDF5 sets are UsageErrors") {
  const TempFolder folder;
  const std::string path = folder.path("set.h5");
  const std::vector<std::int64_t> good = items(60);
  using Fill = std::function<void(const RawFile&)>;
  const auto refused = [&](const Fill& fill, const std::string& why) {
    {
      const RawFile file(path);
      fill(file);
    }
    const Caught error = caught([&] { (void)read_images(path); });
    CHECK(error.code == 2);
    CHECK_MESSAGE(error.text.find(path + ": " + why) == 0, error.text);
  };
  const auto put = [&](const RawFile& file, const char* name, const std::vector<hsize_t>& extents,
                       const std::vector<std::int64_t>& values) {
    file.put(name, extents, H5T_STD_I64LE, H5T_NATIVE_INT64, values.data());
  };
  const auto with_images = [&](const std::vector<hsize_t>& extents, const std::vector<std::int64_t>& values) -> Fill {
    return [&, extents, values](const RawFile& file) {
      put(file, "images", extents, values);
      put(file, "labels", {5}, good);
    };
  };
  refused([](const RawFile&) {}, "holds no data set 'images'");
  refused([&](const RawFile& file) { put(file, "images", {5, 4, 3}, good); }, "holds no data set 'labels'");
  refused([](const RawFile& file) { H5Gclose(H5Gcreate2(file.id, "images", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)); },
          "images is not a data set");
  refused(with_images({60}, good), "images has 1 axes; count x height x width or count x size is allowed");
  refused(with_images({5, 2, 2, 3}, good), "images has 4 axes");
  refused(with_images({6, 10}, good), "6 images but 5 labels; there must be one label for each image");
  refused(
      [&](const RawFile& file) {
        put(file, "images", {5, 4, 3}, good);
        put(file, "labels", {5, 1}, good);
      },
      "labels has 2 axes; one is allowed");
  refused(
      [&](const RawFile& file) {
        put(file, "images", {5, 0}, good);
        put(file, "labels", {5}, good);
      },
      "images: the dimensions are 5 x 0; each must be at least 1");
  for (const std::int64_t bad : {std::int64_t{-1}, std::int64_t{256}, std::int64_t{1} << 62U}) {
    std::vector<std::int64_t> values = good;
    values[59] = bad;
    refused(with_images({5, 4, 3}, values),
            concat("images holds the value ", bad, "; whole numbers from 0 to 255 are allowed"));
  }
  for (const auto& [bad, text] : std::vector<std::pair<double, std::string>>{
           {0.5, "0.5"}, {-0.25, "-0.25"}, {255.5, "255.5"}, {std::nan(""), "nan"}, {1e300, "1e+300"}}) {
    refused(
        [&](const RawFile& file) {
          const std::vector<double> values(5, bad);
          file.put("images", {5, 1}, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, values.data());
          put(file, "labels", {5}, good);
        },
        "images holds the value " + text + "; whole numbers");
  }
  refused(
      [&](const RawFile& file) {
        const hid_t text = H5Tcopy(H5T_C_S1);
        file.put("images", {5, 1}, text, text, "abcde");
        H5Tclose(text);
        put(file, "labels", {5}, good);
      },
      "images does not hold plain integers or floats");
}

TEST_CASE("HDF5 sets that declare more than they store") {
  const TempFolder folder;
  const std::string path = folder.path("set.h5");
  const std::vector<std::int64_t> good = items(64);
  const auto refused = [&](const std::vector<hsize_t>& extents, const std::vector<hsize_t>& chunk, hsize_t rows,
                           const std::string& why) {
    {
      const RawFile file(path);
      file.put("images", extents, H5T_STD_U8LE, H5T_NATIVE_INT64, rows > 0 ? good.data() : nullptr, chunk, rows);
      file.put("labels", {extents[0]}, H5T_STD_U8LE, H5T_NATIVE_INT64, nullptr);
    }
    const Caught error = caught([&] { (void)read_images(path); });
    CHECK(error.code == 2);
    CHECK_MESSAGE(error.text.find(path + ": images" + why) == 0, error.text);
  };
  refused({1U << 20U, 32}, {}, 0, " declares 1048576 x 32 items but stores none");
  refused({1U << 20U, 32}, {2, 32}, 2, " declares 1048576 x 32 items but stores 1 of its 524288 chunks");
  refused({1U << 20U, 1U << 20U}, {2, 32}, 0, ": the dimensions are 1048576 x 1048576; at most 2147483648 items");
}

TEST_CASE("the digest tells sizes, pixels and labels apart and is the same everywhere") {
  const TempFolder folder;
  write_bytes(folder.path(images_name), five_images());
  write_bytes(folder.path(labels_name), five_labels());
  const Images images = read_images(folder.path());
  const std::uint64_t original = digest(images);
  // FNV-1a written out once more, over "5x4x3;" and the bytes of both files' items.
  std::uint64_t expected = 0xcbf29ce484222325ULL;
  for (const char c : "5x4x3;" + idx_items(60) + idx_items(5)) {
    expected = (expected ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  }
  CHECK(original == expected);
  Images other = images;
  other.source = "elsewhere";
  CHECK(digest(other) == original);
  std::swap(other.height, other.width);
  CHECK(digest(other) != original);
  other = images;
  other.pixels[59] ^= 1U;
  CHECK(digest(other) != original);
  other = images;
  other.labels[4] ^= 1U;
  CHECK(digest(other) != original);
}

TEST_CASE("Fashion-MNIST as Debian ships it") {
  if (!std::filesystem::exists(fashion_mnist)) {
    MESSAGE("not read: ", fashion_mnist, " is absent (Debian: dataset-fashion-mnist)");
    const Caught error = caught([] { (void)read_images(fashion_mnist); });
    CHECK(error.code == 4);
    CHECK(error.text == concat("cannot open ", fashion_mnist, ": there is no such file or folder"));
    return;
  }
  const Images train = read_images(fashion_mnist);
  CHECK(train.count == 60000);
  CHECK(train.height == 28);
  CHECK(train.width == 28);
  CHECK(train.pixels.size() == std::size_t{60000} * 28 * 28);
  std::array<std::size_t, 256> histogram{};
  for (const std::uint8_t label : train.labels) ++histogram[label];
  for (std::size_t label = 0; label < histogram.size(); ++label) CHECK(histogram[label] == (label < 10 ? 6000 : 0));
  const Images test = read_images(concat(fashion_mnist, "/t10k-images-idx3-ubyte.gz"));
  CHECK(test.count == 10000);
  CHECK(test.labels.size() == 10000);
  CHECK(digest(test) != digest(train));
}
