// SPDX-License-Identifier: Apache-2.0
// A store in memory that can be made to fail, and profiles to put into it.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/profile/profile.h"
#include "winnow/store/objects.h"
#include "winnow/store/profiles.h"

namespace winnow::test {

using Json = nlohmann::ordered_json;

// Objects with versions, as a cluster's API keeps them.
class MemoryObjects final : public ObjectStore {
 public:
  std::map<std::string, std::string> objects;
  std::size_t most = SIZE_MAX;          // bytes of an object; a larger one is refused
  std::optional<std::size_t> patience;  // so many calls succeed, then each fails
  std::vector<std::string> log;         // what was called: "apply NAME"
  std::function<void()> before_write;   // somebody who comes in between

  Result<Applied> apply(const std::string& name, const std::string& object) override {
    TRY_DO(called("apply", name));
    if (object.size() > most) return Applied::kTooLarge;
    Json fresh = Json::parse(object);
    if (objects.contains(name)) {
      Json known = Json::parse(objects[name]);
      if (known.contains("status")) fresh["status"] = known["status"];
      known["metadata"].erase("resourceVersion");
      if (known == fresh) return Applied::kDone;
    }
    save(name, std::move(fresh));
    return Applied::kDone;
  }
  Result<Applied> apply_status(const std::string& name, const std::string& object) override {
    TRY_DO(called("status", name));
    if (!objects.contains(name)) return fail("404");
    Json known = Json::parse(objects[name]);
    known["status"] = Json::parse(object).at("status");
    save(name, std::move(known));
    return Applied::kDone;
  }
  Result<std::optional<std::string>> get(const std::string& name) override {
    TRY_DO(called("get", name));
    const auto found = objects.find(name);
    return found == objects.end() ? std::nullopt : std::optional(found->second);
  }
  Result<void> each(const std::string& key, const std::string& value, const See& see) override {
    TRY_DO(called("each", key.empty() ? "*" : key + "=" + value));
    for (const auto& [name, text] : std::map(objects)) {
      const Json object = Json::parse(text, nullptr, false);
      if (key.empty() ||
          (object.is_object() && object.value("/metadata/labels"_json_pointer, Json()).value(key, "") == value))
        TRY_DO(see(text));
    }
    return {};
  }
  Result<bool> remove(const std::string& name, const std::string& version) override {
    TRY_DO(called("remove", name));
    const auto found = objects.find(name);
    if (found == objects.end()) return true;
    if (!version.empty() && Json::parse(found->second)["metadata"].value("resourceVersion", "") != version)
      return false;
    objects.erase(found);
    return true;
  }
  [[nodiscard]] std::string str() const override { return "memory"; }

  // Changes the object NAME by hand.
  void edit(const std::string& name, const std::function<void(Json&)>& change) {
    Json object = Json::parse(objects.at(name));
    change(object);
    objects.at(name) = object.dump();
  }
  [[nodiscard]] std::size_t count(const std::string& what) const {
    std::size_t all = 0;
    for (const std::string& one : log) all += one.starts_with(what + " ") ? 1 : 0;
    return all;
  }

 private:
  Result<void> called(const std::string& what, const std::string& name) {
    if (before_write && (what == "apply" || what == "status" || what == "remove"))
      std::exchange(before_write, nullptr)();
    log.push_back(what + " " + name);
    if (patience && (*patience)-- == 0) {
      patience = 0;
      return fail("the store is away");
    }
    return {};
  }
  void save(const std::string& name, Json object) {
    object["metadata"]["resourceVersion"] = std::to_string(++version_);
    objects[name] = object.dump();
  }
  int version_ = 0;
};

inline Digest image_of(const std::string& name) { return Digest::of("config of " + name); }

// A profile of the image NAME with one run that touched PATHS.
inline AccessProfile profile_of(const std::string& name, const std::vector<std::string>& paths = {"/a"},
                                std::uint64_t started_ms = 1'000'000) {
  AccessProfile profile;
  profile.image = {name, image_of(name)};
  auto& run = profile.runs.emplace_back();
  run.container = "c" + std::to_string(started_ms);
  run.from_start = true;
  run.started_ms = started_ms;
  run.duration_ms = 500;
  run.backend = "fentry";
  run.workload = {
      .node = "n1", .pod_namespace = "shop", .pod = "web-0", .container = "web", .labels = {{"app", "web"}}};
  for (const std::string& path : paths) {
    Access access;
    access.path = path;
    access.kinds = Kind::kOpen;
    access.by = "/bin/app";
    access.runs = {0};
    profile.add(access);
  }
  return profile;
}

// Paths that no compression makes shorter: some 50 bytes of text in a store each.
inline std::vector<std::string> random_paths(std::size_t count, unsigned seed) {
  std::mt19937_64 chance(seed);
  std::vector<std::string> paths;
  for (std::size_t path = 0; path < count; ++path) {
    std::string name = "/";
    for (int i = 0; i < 40; ++i) name += "abcdefghijklmnopqrstuvwxyz0123456789"[chance() % 36];
    paths.push_back(std::move(name));
  }
  return paths;
}

inline NewProfile fresh(const AccessProfile& profile, const std::string& node = "n1") {
  return {.references = {profile.image.reference},
          .manifests = {Digest::of("manifest of " + profile.image.reference)},
          .node = node,
          .profile = &profile};
}

// The error of RESULT; "no error" if there is none.
template <typename T>
std::string why(const Result<T>& result) {
  return result ? "no error"
                : result.error().what + (result.error().hint.empty() ? "" : " (" + result.error().hint + ")");
}

}  // namespace winnow::test
