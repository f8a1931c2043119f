// Reference numbers of the persistence experiment, read from persistence_reference.json. SPDX-License-Identifier: MIT
#pragma once

#include <boost/property_tree/json_parser.hpp>
#include <boost/property_tree/ptree.hpp>
#include <string>

namespace rankwise::spectra {

/// Entries of tests/spectra/persistence_reference.json; an unknown key throws. Keys hold dots and slashes, so the path
/// separator is '|': "sim|beta_hermite/beta=1/n=100|PE|mean".
inline const boost::property_tree::ptree& reference() {
  static const boost::property_tree::ptree tree = [] {
    boost::property_tree::ptree read;
    boost::property_tree::read_json(std::string(RANKWISE_TEST_DATA) + "/spectra/persistence_reference.json", read);
    return read;
  }();
  return tree;
}

inline double reference(const std::string& path) {
  return reference().get<double>(boost::property_tree::ptree::path_type(path, '|'));
}

}  // namespace rankwise::spectra
