// The pages of --help and --describe. SPDX-License-Identifier: MIT
#include <algorithm>

#include "options.hpp"
#include "rankwise/core/text.hpp"
#include "rankwise/core/version.hpp"

namespace rankwise::run {

namespace {

constexpr std::size_t help_column = 30;
constexpr std::size_t page_width = 110;

const char* name_of(Role role) {
  switch (role) {
    case Role::law:
      return "law";
    case Role::setting:
      return "setting";
    case Role::axis:
      return "axis";
    case Role::root:
      return "root";
  }
  return "";
}

/// "  --option             text", the text wrapped and indented.
std::string entry(const std::string& left, const std::string& right) {
  std::string line = "  " + left;
  line += line.size() + 1 < help_column ? std::string(help_column - line.size(), ' ')
                                        : "\n" + std::string(help_column, ' ');
  std::size_t column = help_column;
  std::string text = line;
  for (const auto& word : split(right, ' ')) {
    if (column + word.size() + 1 > page_width && column > help_column) {
      text += "\n" + std::string(help_column, ' ');
      column = help_column;
    } else if (column > help_column) {
      text += ' ';
      ++column;
    }
    text += word;
    column += word.size();
  }
  return text + "\n";
}

std::string parameter_entry(const Parameter& row, const std::string& mode) {
  const std::string symbol = row.symbol.empty() ? "" : concat(" ", row.symbol);
  if (row.type == Type::flag) return entry(row.option(), row.help);
  std::string text = row.help;
  if (row.unit != "1") text += concat(" [", row.unit, "]");
  const std::string value = mode.empty() ? row.default_value : row.default_for(mode);
  text += concat("; ", row.allowed());
  if (!value.empty()) text += concat("; default ", value);
  if (mode.empty()) {
    for (const auto& [other, special] : row.mode_defaults) text += concat(", ", other, ": ", special);
    if (!row.modes.empty()) text += concat(" (", join(row.modes, ", "), ")");
  }
  return entry(row.option() + symbol, text);
}

}  // namespace

std::string help_text(const Program& program, bool first_page_only, const std::string& mode) {
  std::string text =
      concat(program.name, " ", version().version, ": ", program.summary, "\n\nUsage: [mpirun -n RANKS] ", program.name,
             " --mode MODE [--parameter value ...]\n\nModes:\n");
  for (const auto& experiment : program.modes) {
    const auto description = experiment->describe();
    text += entry(description.mode, description.summary);
  }
  text += "\nExamples:\n";
  for (const auto& example : program.examples) text += "  " + example + "\n";
  text += "\nThe run:\n";
  for (const auto& row : driver_parameters(program)) text += parameter_entry(row, mode);
  if (first_page_only) return text + "\nParameters of a mode: --help --mode MODE; all parameters: --help\n";
  text += concat("\nParameters", mode.empty() ? "" : concat(" of mode ", mode),
                 " (a value, a list 0.1,0.2 or a range start:stop:count[:log] makes a sweep):\n");
  std::vector<std::string> shown;
  for (const auto& experiment : program.modes) {
    for (const auto& row : experiment->describe().parameters) {
      if (!mode.empty() && !row.belongs_to(mode)) continue;
      if (std::find(shown.begin(), shown.end(), row.name) != shown.end()) continue;
      shown.push_back(row.name);
      text += parameter_entry(row, mode);
    }
  }
  return text;
}

std::string describe_text(const Program& program, const Description& d) {
  std::string text = concat(program.name, " --mode ", d.mode, ": ", d.summary, "\n\nParameters:\n");
  for (const auto& row : d.parameters) {
    text += entry(
        concat(row.name, row.symbol.empty() ? "" : concat(" ", row.symbol)),
        concat(row.help, "; ", row.allowed(), "; default ", row.default_for(d.mode), "; role ", name_of(row.role)));
  }
  text += "\nObservables:\n";
  for (const auto& o : d.observables) {
    text += entry(concat(o.kind == Kind::theory     ? "theory/"
                         : o.kind == Kind::spectrum ? "statistics/"
                                                    : "simulation/",
                         o.name),
                  concat(o.description, o.unit == "1" ? "" : concat(" [", o.unit, "]")));
  }
  return text;
}

}  // namespace rankwise::run
