// SPDX-License-Identifier: Apache-2.0
// From a profile to objects and back. The first part names all others, by the digest of the whole and their number, and
// is written last: with it the new content takes the place of the old in one step.
#include "winnow/store/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "store/json.h"
#include "store/payload.h"
#include "winnow/base/text.h"
#include "winnow/base/time.h"
#include "winnow/profile/coverage.h"

namespace winnow {
namespace {

constexpr std::uint64_t kMaxParts = 2000;
constexpr std::size_t kFewestBytes = std::size_t{64} << 10;  // of a part, before the store is called full
constexpr std::size_t kMaxNames = 256;                       // names of one image that are kept
constexpr std::size_t kMaxData = std::size_t{64} << 20;      // text of all parts of a profile
constexpr std::string_view kImageLabel = "winnow.dev/image";

// A label holds 63 characters; a digest has 64 digits.
std::string label_of(const Digest& image) { return image.hex().substr(0, 63); }

std::string node_key(std::string_view node) { return node == kAllNodes ? "all" : Digest::of(node).hex().substr(0, 16); }

std::string name_of(const Digest& image, std::string_view node) {
  return fmt::format("{}-{}", image.hex().substr(0, 40), node_key(node));
}

std::string part_name(const StoredHead& head, std::uint64_t part) {
  if (part == 1) return head.name;
  const Digest content = Digest::of(fmt::format("{}/{}", head.digest.hex(), head.parts));
  return fmt::format("{}-{}-{}", head.name, content.hex().substr(0, 8), part);
}

std::string coverage_of(const AccessProfile& profile) {
  const CoverageEstimate estimate = estimate_coverage(profile);
  if (!estimate.coverage || !estimate.coverage_low) return "unknown";
  // Rounded down: what is not all of it is not called 100 %.
  return fmt::format("{} % (at least {} %)", std::floor(100 * *estimate.coverage),
                     std::floor(100 * *estimate.coverage_low));
}

ObjectJson object_of(const StoredHead& head, std::uint64_t part) {
  return {{"apiVersion", "winnow.dev/v1alpha1"},
          {"kind", "Profile"},
          {"metadata",
           {{"name", part_name(head, part)},
            {"labels",
             {{"app.kubernetes.io/name", "winnow"},
              {"app.kubernetes.io/managed-by", "winnow"},
              {std::string(kImageLabel), label_of(head.image)},
              {"winnow.dev/node", node_key(head.node)},
              {"winnow.dev/part", std::to_string(part)}}}}}};
}

std::string spec_of(const StoredHead& head, std::uint64_t part, std::string_view data) {
  ObjectJson object = object_of(head, part);
  ObjectJson& spec = object["spec"] = {{"imageID", head.image.str()}};
  if (part == 1) {
    spec["references"] = head.references;
    spec["manifests"] = ObjectJson::array();
    for (const Digest& manifest : head.manifests) spec["manifests"].push_back(manifest.str());
  }
  spec["node"] = head.node;
  spec["encoding"] = kEncoding;
  spec["digest"] = head.digest.str();
  spec["part"] = part;
  spec["parts"] = head.parts;
  spec["data"] = data;
  return object.dump(-1, ' ', true);
}

std::string status_of(const StoredHead& head) {
  ObjectJson object = object_of(head, 1);
  const bool complete = head.state == "complete";
  std::string why;
  for (const std::string& reason : head.reasons) why += (why.empty() ? "" : "; ") + reason;
  object["metadata"].erase("labels");
  object["status"] = {{"state", head.state},
                      {"reasons", head.reasons},
                      {"runs", head.runs},
                      {"paths", head.paths},
                      {"misses", head.misses},
                      {"coverage", head.coverage},
                      {"firstRun", utc_text(head.first_run_ms)},
                      {"lastRun", utc_text(head.last_run_ms)},
                      {"conditions", ObjectJson::array({{{"type", "Complete"},
                                                         {"status", complete ? "True" : "False"},
                                                         {"reason", complete ? "NothingLost" : "AccessesLost"},
                                                         {"message", complete ? "all accesses were recorded" : why},
                                                         {"lastTransitionTime", utc_text(head.first_run_ms)}}})}};
  return object.dump(-1, ' ', true, ObjectJson::error_handler_t::replace);
}

// Whether NAME can be a name of an image (distribution reference grammar: printable ASCII, 255 bytes and a digest). The
// CRD refuses a whole object for any other one.
bool is_plain(std::string_view name) {
  constexpr std::size_t kMost = 400;
  return !name.empty() && name.size() <= kMost &&
         std::ranges::all_of(name, [](char c) { return c > ' ' && c <= '~' && c != '\\'; });
}

StoredHead head_of(const NewProfile& fresh, const Digest& digest) {
  const AccessProfile& profile = *fresh.profile;
  StoredHead head;
  head.image = profile.image.id;
  head.node = fresh.node;
  head.name = name_of(head.image, head.node);
  head.digest = digest;
  for (const std::string& name : fresh.references)
    if (head.references.size() < kMaxNames && is_plain(name)) head.references.push_back(name);
  for (const Digest& manifest : fresh.manifests)
    if (head.manifests.size() < kMaxNames) head.manifests.push_back(manifest);
  head.reasons = profile.partial_reasons();
  head.state = head.reasons.empty() ? "complete" : "partial";
  head.coverage = coverage_of(profile);
  head.paths = profile.accesses.size();
  for (const auto& [key, access] : profile.accesses) head.misses += access.kinds.only(Kind::kMiss) ? 1 : 0;
  head.first_run_ms = profile.runs.empty() ? 0 : profile.runs.front().started_ms;  // they are sorted by time
  for (const Run& run : profile.runs) {
    head.runs += run.times;
    head.last_run_ms = std::max({head.last_run_ms, run.started_ms + run.duration_ms, run.last_ms});
  }
  return head;
}

std::vector<std::string> parts_of(const std::string& text, std::size_t bytes) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < text.size(); at += bytes) parts.push_back(text.substr(at, bytes));
  return parts;
}

template <typename Take>
void each_text(const ObjectJson& object, std::initializer_list<std::string_view> path, Take take) {
  const ObjectJson* const list = member_at(object, path);
  if (list == nullptr || !list->is_array()) return;
  for (const ObjectJson& one : *list)
    if (one.is_string()) take(one.get<std::string>());
}

// The head in an object; nullopt: it is a further part. Error: it is no object of a profile.
Result<std::optional<StoredHead>> head_in(std::string_view text) {
  TRY(const auto object, parse_object(text));
  if (number_at(object, {"spec", "part"}) > 1) return std::nullopt;
  StoredHead head;
  head.name = text_at(object, {"metadata", "name"});
  head.version = text_at(object, {"metadata", "resourceVersion"});
  head.node = text_at(object, {"spec", "node"});
  const std::string what = "object " + printable(head.name);
  if (const std::string why = text_at(object, {"unreadable"}); !why.empty()) return fail(what + ": " + printable(why));
  if (text_at(object, {"apiVersion"}) != "winnow.dev/v1alpha1")
    return fail(fmt::format("{}: version {}; this winnow reads winnow.dev/v1alpha1", what,
                            printable(text_at(object, {"apiVersion"}))));
  auto image = Digest::parse(text_at(object, {"spec", "imageID"}));
  if (!image) return std::unexpected(image.error().within(what + ": spec.imageID"));
  auto digest = Digest::parse(text_at(object, {"spec", "digest"}));
  if (!digest) return std::unexpected(digest.error().within(what + ": spec.digest"));
  head.image = *image;
  head.digest = *digest;
  head.parts = number_at(object, {"spec", "parts"});
  if (head.parts == 0 || head.parts > kMaxParts) return fail(what + ": spec.parts is not a number from 1 to 2000");
  if (head.name != name_of(head.image, head.node))
    return fail(
        fmt::format("{} is not called as the profile of its image and node: {}", what, name_of(head.image, head.node)),
        "somebody else than an agent wrote it; remove it");
  for (const std::string_view key : {"references", "manifests"})
    if (const ObjectJson* const list = member_at(object, {"spec", key}); list != nullptr && list->size() > kMaxNames)
      return fail(fmt::format("{}: spec.{} has more than {} items", what, key, kMaxNames));
  each_text(object, {"spec", "references"}, [&](const std::string& name) {
    if (auto plain = unescape_path(name)) head.references.push_back(*std::move(plain));
  });
  each_text(object, {"spec", "manifests"}, [&](const std::string& manifest) {
    if (const auto one = Digest::parse(manifest)) head.manifests.push_back(*one);
  });
  each_text(object, {"status", "reasons"}, [&](const std::string& reason) { head.reasons.push_back(reason); });
  head.state = text_at(object, {"status", "state"});
  head.coverage = text_at(object, {"status", "coverage"});
  head.runs = number_at(object, {"status", "runs"});
  head.paths = number_at(object, {"status", "paths"});
  head.misses = number_at(object, {"status", "misses"});
  head.first_run_ms = utc_ms(text_at(object, {"status", "firstRun"}));
  head.last_run_ms = utc_ms(text_at(object, {"status", "lastRun"}));
  return head;
}

// The data of one part, which has to be what HEAD says.
Result<std::string> data_of(const StoredHead& head, std::string_view text) {
  TRY(const auto object, parse_object(text));
  if (text_at(object, {"spec", "digest"}) != head.digest.str()) return fail("it was replaced meanwhile", "try again");
  if (text_at(object, {"spec", "imageID"}) != head.image.str()) return fail("a part is of another image");
  if (text_at(object, {"spec", "encoding"}) != kEncoding)
    return fail("encoding " + printable(text_at(object, {"spec", "encoding"})), "use a newer winnow");
  return text_at(object, {"spec", "data"});
}

}  // namespace

Result<std::uint64_t> ProfileStore::put(const NewProfile& fresh) {
  if (!is_utf8(fresh.node))
    return fail("the node's name is not UTF-8: " + printable(fresh.node), "give it one: --node");
  const std::string text = to_json(*fresh.profile);
  StoredHead head = head_of(fresh, Digest::of(text));
  TRY_DO(remember(head.name));
  Written& before = written_[head.name];
  if (before.bytes > 0 && before.head.digest == head.digest && before.head.references == head.references &&
      before.head.manifests == head.manifests)
    return before.bytes;
  TRY(const auto data, pack(text));
  for (;;) {
    const auto parts = parts_of(data, part_bytes_);
    head.parts = parts.size();
    before.contents.emplace(head.digest, head.parts);
    TRY(const auto bytes, put_parts(head, parts));
    if (bytes) {
      TRY_DO(objects_->apply_status(head.name, status_of(head)));
      TRY_DO(remove_others(head, before.contents));
      before.head = std::move(head);
      return before.bytes = *bytes;
    }
    if (part_bytes_ <= kFewestBytes)
      return fail(fmt::format("{} refuses even objects of {}", objects_->str(), human_bytes(part_bytes_)));
    part_bytes_ /= 2;
  }
}

// Finds out what the object NAME has replaced once, so that its further parts can be removed.
Result<void> ProfileStore::remember(const std::string& name) {
  if (written_.contains(name)) return {};
  TRY(const auto object, objects_->get(name));
  const auto head = object ? head_in(*object) : Result<std::optional<StoredHead>>();
  Written& before = written_[name];
  if (!head || !*head) return {};
  before.head = **head;
  before.contents.emplace(before.head.digest, before.head.parts);
  return {};
}

// Returns how many bytes were written; nullopt: a part is too large. The head is the last one.
Result<std::optional<std::uint64_t>> ProfileStore::put_parts(const StoredHead& head,
                                                             const std::vector<std::string>& parts) {
  std::uint64_t bytes = 0;
  for (std::size_t at = parts.size(); at > 0; --at) {
    const std::string object = spec_of(head, at, parts[at - 1]);
    TRY(const auto applied, objects_->apply(part_name(head, at), object));
    if (applied == Applied::kTooLarge) return std::nullopt;
    bytes += object.size();
  }
  return bytes;
}

Result<void> ProfileStore::remove_parts(const StoredHead& head) {
  for (std::uint64_t part = 2; part <= head.parts; ++part) TRY_DO(objects_->remove(part_name(head, part)));
  return {};
}

// Removes the further parts of all CONTENTS but that of HEAD: what was replaced, and what was begun and not finished.
Result<void> ProfileStore::remove_others(StoredHead head, std::set<std::pair<Digest, std::uint64_t>>& contents) {
  const std::pair kept(head.digest, head.parts);
  for (auto one = contents.begin(); one != contents.end();) {
    std::tie(head.digest, head.parts) = *one;
    if (*one != kept) TRY_DO(remove_parts(head));
    one = *one == kept ? std::next(one) : contents.erase(one);
  }
  return {};
}

Result<std::optional<AccessProfile>> ProfileStore::get(const Digest& image, const std::string& node,
                                                       std::vector<std::string>& refused) {
  TRY(const auto object, objects_->get(name_of(image, node)));
  if (!object) return std::nullopt;
  const auto head = head_in(*object);
  if (head && *head) {
    TRY(auto profile, content(**head));
    if (profile) return *std::move(profile);
    refused.push_back(profile.error().what);
  } else {
    refused.push_back(head ? "object " + name_of(image, node) + ": no first part" : head.error().what);
  }
  return std::nullopt;
}

Result<std::vector<StoredHead>> ProfileStore::list(const std::optional<Digest>& image,
                                                   std::vector<std::string>& refused) {
  std::map<std::tuple<Digest, std::string>, StoredHead> heads;  // a list that was begun anew has some of them twice
  TRY_DO(objects_->each(image ? std::string(kImageLabel) : "", image ? label_of(*image) : "",
                        [&](std::string_view text) -> Result<void> {
                          auto head = head_in(text);
                          if (!head) refused.push_back(head.error().what);
                          if (!head || !*head) return {};
                          std::tuple key((*head)->image, (*head)->node);
                          heads[std::move(key)] = **std::move(head);
                          return {};
                        }));
  std::vector<StoredHead> sorted;
  sorted.reserve(heads.size());
  for (auto& [key, head] : heads) sorted.push_back(std::move(head));
  return sorted;
}

Result<AccessProfile> ProfileStore::read(const StoredHead& head) {
  TRY(auto profile, content(head));
  return profile;
}

// The inner error: what is in the store is not the profile that HEAD promises.
Result<Result<AccessProfile>> ProfileStore::content(const StoredHead& head) {
  using Content = Result<AccessProfile>;
  const auto wrong = [&](const Error& error) -> Content {
    return std::unexpected(
        error.within(fmt::format("profile {} of node {}", printable(head.name), printable(head.node))));
  };
  std::string data;
  for (std::uint64_t part = 1; part <= head.parts; ++part) {
    TRY(const auto object, objects_->get(part_name(head, part)));
    if (!object) return wrong({fmt::format("part {} is missing", part), "it is being replaced: try again"});
    const auto piece = data_of(head, *object);
    if (!piece) return wrong(piece.error());
    if (piece->size() > kMaxData / head.parts) return wrong({"parts of more than " + human_bytes(kMaxData)});
    data += *piece;
  }
  const auto text = unpack(data);
  if (!text) return wrong(text.error());
  if (Digest::of(*text) != head.digest)
    return wrong({"its content is damaged", "remove the object; its agent writes it again"});
  auto profile = profile_from_json(*text);
  if (!profile) return wrong(profile.error());
  if (profile->image.id != head.image) return wrong({"its content is of another image", "remove the object"});
  return profile;
}

Result<void> ProfileStore::remove(const StoredHead& head) {
  TRY(const bool gone, objects_->remove(head.name, head.version));
  return gone ? remove_parts(head) : Result<void>();  // else the parts may be those of the new head, too
}

}  // namespace winnow
