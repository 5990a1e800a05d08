// SPDX-License-Identifier: Apache-2.0
// What is different between two image configs (OCI image-spec config.md). Values that may be secret are left out.
#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "diff/tree.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"

namespace winnow {
namespace {

constexpr std::size_t kMaxDepth = 64;  // as a keep spec's: a config may carry extensions of its own

std::string text_of(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// Parts of a field by name. Several values of one name, as of a variable that is set twice, count in their order.
using Parts = std::map<std::string, std::string>;

// The names and values of "Env" (a list of NAME=VALUE) and of "Labels" (an object).
Parts secret_parts(const nlohmann::json& field) {
  Parts parts;
  if (field.is_object())
    for (const auto& [name, value] : field.items()) parts[name] = text_of(value);
  if (field.is_array())
    for (const nlohmann::json& one : field) {
      const std::string text = one.is_string() ? one.get<std::string>() : text_of(one);
      const std::size_t end = std::min(text.find('='), text.size());
      parts[text.substr(0, end)] += text.substr(end) + '\0';
    }
  return parts;
}

// The keys of "ExposedPorts" and "Volumes", whose values mean nothing.
Parts set_parts(const nlohmann::json& field) {
  Parts parts;
  if (field.is_object())
    for (const auto& [name, value] : field.items()) parts[name] = "";
  return parts;
}

void compare_parts(const std::string& field, const Parts& before, const Parts& after,
                   std::vector<SettingChange>& changes) {
  Parts all = before;
  all.insert(after.begin(), after.end());
  for (const auto& [name, value] : all) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    if (old == before.end())
      changes.push_back({field, name, Change::kAdded, {}, {}});
    else if (now == after.end())
      changes.push_back({field, name, Change::kRemoved, {}, {}});
    else if (old->second != now->second)
      changes.push_back({field, name, Change::kChanged, {}, {}});
  }
}

// Engines write what is not set as null, "", [], {} or not at all.
bool is_unset(const nlohmann::json& value) {
  return value.is_null() || (value.is_string() && value.get_ref<const std::string&>().empty()) ||
         (value.is_structured() && value.empty()) || (value.is_boolean() && !value.get<bool>());
}

const nlohmann::json& member(const nlohmann::json& object, const std::string& key) {
  static const nlohmann::json kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(key);
  return found == object.end() || is_unset(*found) ? kNothing : *found;
}

void compare_field(const std::string& field, const nlohmann::json& before, const nlohmann::json& after,
                   std::vector<SettingChange>& changes) {
  if (before == after) return;
  if (field == "Env" || field == "Labels")
    return compare_parts(field, secret_parts(before), secret_parts(after), changes);
  if (field == "ExposedPorts" || field == "Volumes")
    return compare_parts(field, set_parts(before), set_parts(after), changes);
  SettingChange change{field, "", Change::kChanged, {}, {}};
  if (!before.is_null()) change.before = text_of(before);
  if (!after.is_null()) change.after = text_of(after);
  if (before.is_null()) change.change = Change::kAdded;
  if (after.is_null()) change.change = Change::kRemoved;
  changes.push_back(std::move(change));
}

nlohmann::json parse(std::string_view text) {
  require_depth(text, kMaxDepth);
  return parse_json<nlohmann::json>(text);
}

}  // namespace

void compare_configs(std::string_view a, std::string_view b, TreeDiff& diff) {
  if (a == b) return;
  try {
    const nlohmann::json before = parse(a);
    const nlohmann::json after = parse(b);
    for (const char* field : {"architecture", "variant", "os"})
      compare_field(field, member(before, field), member(after, field), diff.config);
    const nlohmann::json& old = member(before, "config");
    const nlohmann::json& now = member(after, "config");
    std::set<std::string> fields;
    for (const nlohmann::json* const config : {&old, &now})
      if (config->is_object())
        for (const auto& [field, value] : config->items()) fields.insert(field);
    fields.erase("Image");  // what a classic builder stood on: another one for each build
    fields.erase("Hostname");
    for (const std::string& field : fields) compare_field(field, member(old, field), member(now, field), diff.config);
  } catch (const std::exception& error) {
    diff.config.clear();
    diff.notes.push_back(fmt::format("the configs cannot be compared: {}", error.what()));
  }
}

}  // namespace winnow
