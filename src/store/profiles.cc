// SPDX-License-Identifier: Apache-2.0
// From a profile to objects and back. The first part names all others by the digest of the whole, and is written last:
// with it the new content takes the place of the old in one step.
#include "winnow/store/profiles.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>

#include "store/json.h"
#include "store/payload.h"
#include "winnow/base/text.h"
#include "winnow/index/names.h"
#include "winnow/profile/coverage.h"

namespace winnow {
namespace {

constexpr std::uint64_t kMaxParts = 2000;
constexpr std::size_t kFewestBytes = std::size_t{64} << 10;  // of a part, before the store is called full
constexpr std::size_t kMaxNames = 256;                       // names of one image that are kept
constexpr std::size_t kMinPrefix = 12;                       // hex digits that name an image
constexpr std::string_view kImageLabel = "winnow.dev/image";

// A label holds 63 characters; a digest has 64 digits.
std::string label_of(const Digest& image) { return image.hex().substr(0, 63); }

std::string node_key(std::string_view node) { return node == kAllNodes ? "all" : Digest::of(node).hex().substr(0, 16); }

std::string name_of(const Digest& image, std::string_view node) {
  return fmt::format("{}-{}", image.hex().substr(0, 40), node_key(node));
}

std::string part_name(const StoredHead& head, std::uint64_t part) {
  return part == 1 ? head.name : fmt::format("{}-{}-{}", head.name, head.digest.hex().substr(0, 8), part);
}

// "2026-01-02T03:04:05Z" (RFC 3339).
std::string time_text(std::uint64_t ms) {
  const auto seconds = static_cast<std::time_t>(ms / 1000);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::uint64_t time_in(const std::string& text) {
  std::tm parts{};
  const char* const end = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const std::time_t seconds = end == nullptr ? -1 : ::timegm(&parts);
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds) * 1000;
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
                      {"firstRun", time_text(head.first_run_ms)},
                      {"lastRun", time_text(head.last_run_ms)},
                      {"conditions", ObjectJson::array({{{"type", "Complete"},
                                                         {"status", complete ? "True" : "False"},
                                                         {"reason", complete ? "NothingLost" : "AccessesLost"},
                                                         {"message", complete ? "all accesses were recorded" : why},
                                                         {"lastTransitionTime", time_text(head.first_run_ms)}}})}};
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
  head.first_run_ms = time_in(text_at(object, {"status", "firstRun"}));
  head.last_run_ms = time_in(text_at(object, {"status", "lastRun"}));
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

bool is_called(const StoredHead& head, std::string_view word) {
  const auto is_digest = [&](const Digest& digest) {
    const std::string_view hex = word.starts_with("sha256:") ? word.substr(7) : word;
    return hex.size() >= kMinPrefix && digest.hex().starts_with(hex);
  };
  if (is_digest(head.image) || std::ranges::any_of(head.manifests, is_digest)) return true;
  const std::string name = full_name(word);
  return std::ranges::any_of(head.references,
                             [&](const std::string& one) { return one == word || full_name(one) == name; });
}

Result<std::uint64_t> ProfileStore::put(const NewProfile& fresh) {
  const std::string text = to_json(*fresh.profile);
  StoredHead head = head_of(fresh, Digest::of(text));
  TRY_DO(remember(head.name));
  Written& before = written_[head.name];
  if (before.head.digest == head.digest && before.head.references == head.references && before.bytes > 0)
    return before.bytes;
  TRY(const auto data, pack(text));
  for (;;) {
    const auto parts = parts_of(data, part_bytes_);
    head.parts = parts.size();
    TRY(const auto bytes, put_parts(head, parts));
    if (bytes) {
      TRY_DO(objects_->apply_status(head.name, status_of(head)));
      if (before.head.digest != head.digest) TRY_DO(remove_parts(before.head));
      before = {std::move(head), *bytes};
      return *bytes;
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
  written_[name] = {head && *head ? **head : StoredHead{}, 0};
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

// The further parts of what was replaced.
Result<void> ProfileStore::remove_parts(const StoredHead& head) {
  if (!head.digest.valid()) return {};
  for (std::uint64_t part = 2; part <= head.parts; ++part) TRY_DO(objects_->remove(part_name(head, part)));
  return {};
}

Result<std::optional<AccessProfile>> ProfileStore::get(const Digest& image, const std::string& node) {
  TRY(const auto object, objects_->get(name_of(image, node)));
  if (!object) return std::nullopt;
  TRY(const auto head, head_in(*object));
  if (!head) return std::nullopt;
  TRY(auto profile, read(*head));
  return profile;
}

Result<std::vector<StoredHead>> ProfileStore::list(const std::optional<Digest>& image,
                                                   std::vector<std::string>& refused) {
  std::map<std::tuple<Digest, std::string>, StoredHead> heads;  // a list that was begun anew has some of them twice
  TRY_DO(objects_->each(image ? std::string(kImageLabel) : "", image ? label_of(*image) : "",
                        [&](std::string_view text) -> Result<void> {
                          auto head = head_in(text);
                          if (!head) refused.push_back(head.error().what);
                          if (head && *head) heads[{(*head)->image, (*head)->node}] = **std::move(head);
                          return {};
                        }));
  std::vector<StoredHead> sorted;
  for (auto& [key, head] : heads) sorted.push_back(std::move(head));
  return sorted;
}

Result<AccessProfile> ProfileStore::read(const StoredHead& head) {
  const std::string what = fmt::format("profile {} of node {}", printable(head.name), printable(head.node));
  std::string data;
  for (std::uint64_t part = 1; part <= head.parts; ++part) {
    TRY(const auto object, objects_->get(part_name(head, part)));
    if (!object) return fail(fmt::format("{}: part {} is missing", what, part), "it is being replaced: try again");
    auto piece = data_of(head, *object);
    if (!piece) return std::unexpected(piece.error().within(what));
    data += *piece;
  }
  const auto text = unpack(data);
  if (!text) return std::unexpected(text.error().within(what));
  if (Digest::of(*text) != head.digest)
    return fail(what + ": its content is damaged", "remove the object; its agent writes it again");
  auto profile = profile_from_json(*text);
  if (!profile) return std::unexpected(profile.error().within(what));
  if (profile->image.id != head.image) return fail(what + ": its content is of another image", "remove the object");
  return profile;
}

Result<void> ProfileStore::remove(const StoredHead& head) {
  TRY(const bool gone, objects_->remove(head.name, head.version));
  return gone ? remove_parts(head) : Result<void>();  // else the parts may be those of the new head, too
}

}  // namespace winnow
