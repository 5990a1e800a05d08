// SPDX-License-Identifier: Apache-2.0
// Facts of files: ELF headers, the "#!" line, the text of loader and user databases.
#include "image/facts.h"

#include <algorithm>

#include "image/elf.h"
#include "image/jar.h"
#include "image/json.h"
#include "image/limits.h"

namespace winnow {
namespace {

constexpr std::string_view kElfMagic =
    "\x7f"
    "ELF";

// What the loader, runtimes and scanners read as text: ld.so(8), musl's dynlink.c, passwd(5), nsswitch.conf(5),
// os-release(5).
bool is_database(std::string_view path) {
  constexpr std::string_view kFiles[] = {"/etc/passwd",        "/etc/group",      "/etc/ld.so.conf",
                                         "/etc/nsswitch.conf", "/etc/os-release", "/usr/lib/os-release"};
  if (std::ranges::find(kFiles, path) != std::end(kFiles)) return true;
  const std::string_view name = name_of(path);
  if (parent_of(path) == "/etc/ld.so.conf.d") return name.ends_with(".conf");
  return parent_of(path) == "/etc" && name.starts_with("ld-musl-") && name.ends_with(".path");
}

// Databases of packages: dpkg(1), distroless images, apk, rpm, pip (PEP 376).
bool is_package_data(std::string_view path) {
  constexpr std::string_view kFiles[] = {"/var/lib/dpkg/status", "/var/lib/dpkg/diversions", "/lib/apk/db/installed",
                                         "/usr/lib/apk/db/installed"};
  if (std::ranges::find(kFiles, path) != std::end(kFiles)) return true;
  const std::string_view parent = parent_of(path);
  const std::string_view name = name_of(path);
  if (parent == "/var/lib/rpm" || parent == "/usr/lib/sysimage/rpm")
    return name == "rpmdb.sqlite" || name == "Packages.db" || name == "Packages";
  if (parent == "/var/lib/dpkg/info") return path.ends_with(".list");
  return parent == "/var/lib/dpkg/status.d" || (name == "RECORD" && parent.ends_with(".dist-info"));
}

// The package.json of a package that npm put there: node_modules/NAME or node_modules/@SCOPE/NAME.
bool is_npm_package(std::string_view path) {
  if (name_of(path) != "package.json") return false;
  std::string_view above = parent_of(parent_of(path));
  if (name_of(above).starts_with('@')) above = parent_of(above);
  return name_of(above) == "node_modules";
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

}  // namespace

FactsTaker::FactsTaker(std::string_view path, std::uint64_t size, Budget& budget) : budget_(budget), size_(size) {
  const auto choose = [&](Wanted wanted, std::size_t limit) {
    if (size > limit) return;
    wanted_ = wanted;
    want(limit);
  };
  if (is_jar(path)) {
    choose(Wanted::kJar, kMaxJar);
  } else if (is_npm_package(path)) {
    choose(Wanted::kNpm, kMaxText);
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
  while (!piece.empty() && head_.size() < limit_) {
    const std::size_t n = std::min(piece.size(), limit_ - head_.size());
    const auto* const first = reinterpret_cast<const char*>(piece.data());
    head_.insert(head_.end(), first, first + n);
    piece = piece.subspan(n);
    if (limit_ != kMaxElf && size_ <= kMaxElf && std::string_view(head_.data(), head_.size()).starts_with(kElfMagic))
      want(kMaxElf);
  }
}

std::shared_ptr<const FileFacts> FactsTaker::finish() {
  FileFacts facts;
  std::string_view head(head_.data(), head_.size());
  if (wanted_ == Wanted::kText) facts.text = head;
  if (wanted_ == Wanted::kNpm) facts.owner = npm_package(head);
  if (wanted_ == Wanted::kJar) facts.owner = jar_package(head_);
  if (head.starts_with(kElfMagic) && size_ <= kMaxElf) facts.elf = read_elf(head_);
  if (facts.elf && !facts.elf->go_module.empty()) facts.owner = "go:" + facts.elf->go_module;
  if (head.starts_with("#!")) {
    head = head.substr(2, kMaxShebang - 2);
    const std::size_t end = head.find_first_of(std::string_view("\n\0", 2));
    if (end != std::string_view::npos || size_ <= kMaxShebang) facts.shebang = head.substr(0, end);
  }
  if (!facts.elf && !facts.text && facts.shebang.empty() && facts.owner.empty()) return nullptr;
  return std::make_shared<const FileFacts>(std::move(facts));
}

std::size_t bytes_of(const FileFacts& facts) {
  std::size_t sum = sizeof(FileFacts) + facts.shebang.size() + facts.owner.size() + facts.text.value_or("").size();
  if (!facts.elf) return sum;
  for (const auto* list : {&facts.elf->needed, &facts.elf->rpath, &facts.elf->runpath})
    for (const std::string& text : *list) sum += sizeof(text) + text.size();
  return sum;
}

}  // namespace winnow
