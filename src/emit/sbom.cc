// SPDX-License-Identifier: Apache-2.0
// A software bill of materials, CycloneDX 1.5 (cyclonedx.org/docs/1.5/json): what is kept, by package and by file.
#include <fmt/format.h>

#include <chrono>
#include <map>
#include <nlohmann/json.hpp>

#include "emit/purl.h"
#include "winnow/attribute/packages.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kImage = "image";  // bom-refs; others begin with "pkg:", "package:" or "file:"
constexpr const char* kSystem = "operating-system";

// Whether TEXT is a whole date-time of RFC 3339, section 5.6; the schema takes nothing less.
bool is_date_time(std::string_view text) {
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    for (std::size_t i = at; i < at + length; ++i) {
      if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
      value = value * 10 + (text[i] - '0');
    }
    return value;
  };
  const auto within = [&](std::size_t at, int limit) { return number(at, 2) >= 0 && number(at, 2) <= limit; };
  const auto is = [&](std::size_t at, char c) { return at < text.size() && text[at] == c; };
  if (number(0, 4) < 0 || number(5, 2) < 0 || number(8, 2) < 0) return false;
  const std::chrono::year_month_day day{std::chrono::year(number(0, 4)),
                                        std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                        std::chrono::day(static_cast<unsigned>(number(8, 2)))};
  if (!day.ok() || !is(4, '-') || !is(7, '-') || !is(10, 'T') || !is(13, ':') || !is(16, ':')) return false;
  if (!within(11, 23) || !within(14, 59) || !within(17, 59)) return false;
  std::size_t at = 19;
  if (is(at, '.')) {
    const std::size_t digits = at + 1;
    for (at = digits; number(at, 1) >= 0;) ++at;
    if (at == digits) return false;
  }
  if (is(at, 'Z')) return text.size() == at + 1;
  return (is(at, '+') || is(at, '-')) && within(at + 1, 23) && is(at + 3, ':') && within(at + 4, 59) &&
         text.size() == at + 6;
}

// A UUID of version 8 (RFC 9562, section 5.8) made of DIGEST: the same document has the same one.
std::string serial_number(const Digest& digest) {
  std::string hex = digest.hex();
  hex[12] = '8';
  hex[16] = "89ab"[static_cast<unsigned char>(digest.bytes()[8]) & 3U];
  return fmt::format("urn:uuid:{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20, 12));
}

// A package of which something is kept, and where.
struct Part {
  const Package* package = nullptr;
  PackageName name;
  Json occurrences = Json::array();
};
using Parts = std::map<std::string, Part>;  // by bom-ref

class Bill {
 public:
  Bill(const Index& source, const KeepSpec& spec, const SbomOptions& options)
      : source_(source), spec_(spec), options_(options), owners_(find_owners(source)) {}

  Result<std::string> write() {
    TRY(const auto kept, kept_entries(spec_, source_));
    for (const EntryId id : kept) see(source_.entries[id], owners_.of(id));
    see_additions();
    Json components = Json::array();
    if (!system_.id.empty()) components.push_back(operating_system());
    for (auto& [ref, part] : parts_) components.push_back(component(ref, part));
    for (Json& file : files_) components.push_back(std::move(file));
    Json refs = Json::array();
    for (const Json& one : components) refs.push_back(one.at("bom-ref"));
    const Json bom = {
        {"$schema", "http://cyclonedx.org/schema/bom-1.5.schema.json"},
        {"bomFormat", "CycloneDX"},
        {"specVersion", "1.5"},
        {"serialNumber",
         serial_number(Digest::of(fmt::format("sbom {} {}", options_.version, static_cast<int>(options_.files)) +
                                  to_json(spec_)))},
        {"version", 1},
        {"metadata", metadata()},
        {"components", std::move(components)},
        {"dependencies", Json::array({{{"ref", kImage}, {"dependsOn", std::move(refs)}}})}};
    return bom.dump(1) + "\n";
  }

 private:
  void see(const Entry& entry, const Package* owner) {
    if (entry.type == EntryType::kDirectory) return;
    if (owner != nullptr) occurs(*owner, entry.path);
    const bool wanted =
        options_.files == SbomFiles::kAll || (options_.files == SbomFiles::kPackages && owner == nullptr);
    if (entry.type != EntryType::kFile || !wanted) return;
    const std::string path = escape_path(entry.path);
    Json& file = files_.emplace_back(Json{{"type", "file"}, {"bom-ref", "file:" + path}, {"name", path}});
    if (entry.sha256.valid()) file["hashes"] = Json::array({{{"alg", "SHA-256"}, {"content", entry.sha256.hex()}}});
  }

  void occurs(const Package& package, const std::string& path) {
    PackageName name = name_of(package, system_);
    const std::string ref = name.purl.empty() ? "package:" + escape_path(package.str()) : name.purl;
    Part& part = parts_[ref];
    if (part.package == nullptr) {
      part.package = &package;
      part.name = std::move(name);
    }
    part.occurrences.push_back({{"location", escape_path(path)}});
  }

  // Records of one package belong to it; the others are nobody's.
  void see_additions() {
    std::map<std::string, const Package*> known;
    for (const auto& [ref, part] : parts_) known.emplace(part.package->str(), part.package);
    for (const Addition& addition : spec_.additions) {
      const auto owner = known.find(addition.package);
      see(addition.entry, owner == known.end() ? nullptr : owner->second);
    }
  }

  [[nodiscard]] Json operating_system() const {
    Json system = {{"type", "operating-system"}, {"bom-ref", kSystem}, {"name", escape_path(system_.id)}};
    if (!system_.version.empty()) system["version"] = escape_path(system_.version);
    if (!system_.pretty_name.empty()) system["description"] = escape_path(system_.pretty_name);
    return system;
  }

  static Json component(const std::string& ref, Part& part) {
    Json library = {{"type", "library"}, {"bom-ref", ref}};
    if (!part.name.group.empty()) library["group"] = escape_path(part.name.group);
    library["name"] = escape_path(part.name.name);
    if (!part.name.version.empty()) library["version"] = escape_path(part.name.version);
    if (!part.name.purl.empty()) library["purl"] = part.name.purl;
    library["evidence"] = {{"occurrences", std::move(part.occurrences)}};
    return library;
  }

  [[nodiscard]] Json metadata() const {
    Json metadata;
    const Json config = parse_if_json<Json>(spec_.config_json);
    if (config.is_object() && config.contains("created") && config["created"].is_string())
      if (const auto& created = config["created"].get_ref<const std::string&>(); is_date_time(created))
        metadata["timestamp"] = created;
    Json tool = {{"type", "application"}, {"name", "winnow"}};
    if (!options_.version.empty()) tool["version"] = options_.version;
    metadata["tools"] = {{"components", Json::array({std::move(tool)})}};

    const auto reference = Reference::parse(spec_.reference);
    std::string name = source_.names.empty() ? spec_.reference : source_.names.front();
    if (reference && reference->transport == Transport::kEngine) name = reference->location;
    if (name.empty()) name = spec_.id.str();
    Json image = {{"type", "container"}, {"bom-ref", kImage}, {"name", escape_path(name)}, {"version", spec_.id.str()}};
    // What has this manifest is the source; what is described here was made from it.
    if (const std::string purl = oci_purl(name, source_.manifest); !purl.empty())
      image["pedigree"] = {
          {"ancestors",
           Json::array(
               {{{"type", "container"}, {"name", escape_path(name)}, {"version", spec_.id.str()}, {"purl", purl}}})}};
    metadata["component"] = std::move(image);
    return metadata;
  }

  const Index& source_;
  const KeepSpec& spec_;
  const SbomOptions& options_;
  const Ownership owners_;
  const OsRelease system_ = os_release_of(source_);
  Parts parts_;
  std::vector<Json> files_;
};

}  // namespace

std::optional<SbomFiles> sbom_files_from_name(std::string_view name) {
  if (name == "packages") return SbomFiles::kPackages;
  if (name == "all") return SbomFiles::kAll;
  return name == "none" ? std::optional(SbomFiles::kNone) : std::nullopt;
}

Result<std::string> sbom_json(const Index& source, const KeepSpec& spec, const SbomOptions& options) {
  return Bill(source, spec, options).write();
}

}  // namespace winnow
