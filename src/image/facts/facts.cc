// SPDX-License-Identifier: Apache-2.0
// Facts of files: ELF headers, the "#!" line, the text of loader and user databases.
#include "image/facts/facts.h"

#include <algorithm>
#include <set>

#include "image/facts/elf.h"
#include "image/facts/jar.h"
#include "image/facts/python_imports.h"
#include "image/limits.h"
#include "image/store/json.h"
#include "winnow/base/json.h"
#include "winnow/base/json_text.h"
#include "winnow/base/path.h"
#include "winnow/base/shell.h"

namespace winnow {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";

// What the loader, runtimes and scanners read as text: ld.so(8), musl's dynlink.c, passwd(5), nsswitch.conf(5),
// os-release(5), pam.d(5).
bool is_database(std::string_view path) {
  constexpr std::string_view kFiles[] = {"/etc/passwd",        "/etc/group",      "/etc/ld.so.conf",
                                         "/etc/nsswitch.conf", "/etc/os-release", "/usr/lib/os-release"};
  if (std::ranges::find(kFiles, path) != std::end(kFiles)) return true;
  const std::string_view name = base_name(path);
  if (parent_of(path) == "/etc/ld.so.conf.d") return name.ends_with(".conf");
  if (parent_of(path) == "/etc/pam.d" || parent_of(path) == "/usr/lib/pam.d") return true;
  return parent_of(path) == "/etc" && name.starts_with("ld-musl-") && name.ends_with(".path");
}

// Databases of packages: dpkg(1), distroless images, apk, rpm, pip (PEP 376).
bool is_package_data(std::string_view path) {
  constexpr std::string_view kFiles[] = {"/var/lib/dpkg/status", "/var/lib/dpkg/diversions", "/lib/apk/db/installed",
                                         "/usr/lib/apk/db/installed"};
  if (std::ranges::find(kFiles, path) != std::end(kFiles)) return true;
  const std::string_view parent = parent_of(path);
  const std::string_view name = base_name(path);
  if (parent == "/var/lib/rpm" || parent == "/usr/lib/sysimage/rpm")
    return name == "rpmdb.sqlite" || name == "Packages.db" || name == "Packages";
  if (parent == "/var/lib/dpkg/info") return path.ends_with(".list") || path.ends_with(".md5sums");
  return parent == "/var/lib/dpkg/status.d" || (name == "RECORD" && parent.ends_with(".dist-info"));
}

// The package.json of a package that npm put there: node_modules/NAME or node_modules/@SCOPE/NAME.
bool is_npm_package(std::string_view path) {
  if (base_name(path) != "package.json") return false;
  std::string_view above = parent_of(parent_of(path));
  if (base_name(above).starts_with('@')) above = parent_of(above);
  return base_name(above) == "node_modules";
}

// PREFIX/conda-meta/NAME-VERSION-BUILD.json: what conda put below PREFIX.
bool is_conda_package(std::string_view path) {
  return path.ends_with(".json") && base_name(parent_of(path)) == "conda-meta";
}

// What stands behind "#!" in the first line; empty when there is no such line.
std::string_view first_line(std::string_view head) {
  return head.starts_with("#!") ? head.substr(2, std::min(head.find('\n'), head.size()) - 2) : std::string_view();
}

// A Python module, or a program that says so in its first line.
bool is_python(std::string_view path, std::string_view head) {
  return path.ends_with(".py") || first_line(head).find("python3") != std::string_view::npos;
}

// Strings of BYTES that are called like shared libraries: what dlopen(3) may be asked for.
std::vector<std::string> library_names(std::string_view bytes) {
  constexpr std::size_t kLongest = 255;
  const auto part_of_path = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.+-/").find(c) != std::string_view::npos;
  };
  std::set<std::string> names;
  constexpr std::string_view kSuffix = ".so";
  for (std::size_t at = bytes.find(kSuffix); at != std::string_view::npos && names.size() < kMaxMentions;
       at = bytes.find(kSuffix, at + kSuffix.size())) {
    std::size_t end = at + kSuffix.size();
    while (end < bytes.size() && (bytes[end] == '.' || (bytes[end] >= '0' && bytes[end] <= '9'))) ++end;
    if (end >= bytes.size() || bytes[end] != '\0') continue;  // the end first: looking for the beginning costs more
    std::size_t begin = at;
    while (begin > 0 && at - begin < kLongest && part_of_path(bytes[begin - 1])) --begin;
    if (begin > 0 && bytes[begin - 1] == '\0' && at - begin > 2 && at - begin < kLongest)
      names.emplace(bytes.substr(begin, end - begin));
  }
  return {names.begin(), names.end()};
}

bool is_jar(std::string_view path) {
  return path.ends_with(".jar") || path.ends_with(".war") || path.ends_with(".ear");
}

std::string npm_package(std::string_view text) {
  const auto owner = guarded("package.json", [&] {
    const Json json = parse_json(text);
    const std::string name = string_of(json, "name");
    const std::string version = string_of(json, "version");
    return name.empty() ? std::string() : "npm:" + name + (version.empty() ? "" : "@" + version);
  });
  return owner ? owner->substr(0, kMaxPath) : std::string();
}

// The package, and its files below the prefix one a line.
void read_conda(std::string_view text, FileFacts& facts) {
  const auto read = guarded("conda-meta", [&] {
    require_depth(text, kMaxJsonDepth);
    const Json json = parse_json<Json>(text);
    const std::string name = string_of(json, "name");
    std::string files;
    for (const std::string& file : strings_of(json, "files")) files.append(file).append("\n");
    if (name.empty()) return false;
    facts.owner = ("conda:" + name + "@" + string_of(json, "version")).substr(0, kMaxPath);
    facts.text = std::move(files);
    return true;
  });
  (void)read;  // what is no such file says nothing
}

}  // namespace

FactsTaker::FactsTaker(std::string_view path, std::uint64_t size, Budget& budget)
    : budget_(budget), path_(path), size_(size), zeros_(size >= kManyZeros) {
  const auto choose = [&](Wanted wanted, std::size_t limit) {
    if (size > limit) return;
    wanted_ = wanted;
    want(limit);
  };
  if (is_jar(path)) {
    choose(Wanted::kJar, kMaxJar);
  } else if (is_npm_package(path)) {
    choose(Wanted::kNpm, kMaxText);
  } else if (is_conda_package(path)) {
    choose(Wanted::kConda, kMaxConda);
  } else if (is_package_data(path)) {
    choose(Wanted::kText, kMaxPackageData);
  } else if (is_database(path)) {
    choose(Wanted::kText, kMaxText);
  }
}

void FactsTaker::want(std::size_t limit) {
  loan_ = {};  // before another one is asked for
  loan_ = budget_.borrow(static_cast<std::size_t>(size_));
  limit_ = limit;
  head_.reserve(static_cast<std::size_t>(size_));
}

void FactsTaker::add(std::span<const std::byte> piece) {
  zeros_ = zeros_ && std::ranges::all_of(piece, [](std::byte one) { return one == std::byte{0}; });
  while (!piece.empty() && head_.size() < limit_) {
    const std::size_t n = std::min(piece.size(), limit_ - head_.size());
    const auto* const first = reinterpret_cast<const char*>(piece.data());
    head_.insert(head_.end(), first, first + n);
    piece = piece.subspan(n);
    const std::string_view head(head_.data(), head_.size());
    if (limit_ != kMaxElf && size_ <= kMaxElf && head.starts_with(kElfMagic)) want(kMaxElf);
    if (limit_ == kMaxShebang && size_ <= kMaxScript && (is_shell(first_line(head)) || is_python(path_, head)))
      want(kMaxScript);
  }
}

std::shared_ptr<const FileFacts> FactsTaker::finish() {
  FileFacts facts;
  std::string_view head(head_.data(), head_.size());
  if (wanted_ == Wanted::kText) facts.text = head;
  if (wanted_ == Wanted::kNpm) facts.owner = npm_package(head);
  if (wanted_ == Wanted::kConda) read_conda(head, facts);
  if (wanted_ == Wanted::kJar) {
    JarFacts jar = read_jar(head_);
    facts.owner = std::move(jar.owner);
    facts.mentions = std::move(jar.class_path);
    if (facts.mentions.size() > kMaxMentions) facts.mentions.resize(kMaxMentions);
  }
  if (head.starts_with(kElfMagic) && size_ <= kMaxElf) {
    facts.mentions = library_names(head);  // before libelf may change the bytes
    facts.elf = read_elf(head_);
  }
  if (facts.elf)
    std::erase_if(facts.mentions, [&](const auto& name) { return std::ranges::count(facts.elf->needed, name) > 0; });
  if (size_ <= kMaxScript && is_shell(first_line(head))) facts.mentions = command_words(head);
  if (size_ <= kMaxScript && is_python(path_, head)) facts.mentions = python_imports(head, kMaxMentions);
  if (facts.elf && !facts.elf->go_module.empty()) facts.owner = "go:" + facts.elf->go_module;
  if (head.starts_with("#!")) {
    head = head.substr(2, kMaxShebang - 2);
    const std::size_t end = head.find_first_of(std::string_view("\n\0", 2));
    if (end != std::string_view::npos || size_ <= kMaxShebang) facts.shebang = head.substr(0, end);
  }
  facts.zeros = zeros_;
  if (!facts.elf && !facts.zeros && !facts.text && facts.shebang.empty() && facts.owner.empty() &&
      facts.mentions.empty())
    return nullptr;
  return std::make_shared<const FileFacts>(std::move(facts));
}

std::size_t bytes_of(const FileFacts& facts) {
  std::size_t sum = sizeof(FileFacts) + facts.shebang.size() + facts.owner.size() + facts.text.value_or("").size();
  for (const std::string& text : facts.mentions) sum += sizeof(text) + text.size();
  if (!facts.elf) return sum;
  for (const auto* list : {&facts.elf->needed, &facts.elf->rpath, &facts.elf->runpath})
    for (const std::string& text : *list) sum += sizeof(text) + text.size();
  return sum;
}

}  // namespace winnow
