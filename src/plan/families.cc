// SPDX-License-Identifier: Apache-2.0
// Recognises families by where a touched file lies and what it is called.
#include "plan/families.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "winnow/base/glob.h"
#include "winnow/base/path.h"

namespace winnow {
namespace {

// Directories that are one family with all below them. A place without a slash is a directory of that name anywhere.
struct Tree {
  std::string_view family, place;
};
constexpr Tree kTrees[] = {
    {"time-zones", "/usr/share/zoneinfo"},
    {"time-zones", "tzdata/zoneinfo"},  // Python's own copy
    {"locales", "/usr/lib/locale"},
    {"charsets", "gconv"},  // of iconv(3)
    {"icu-data", "/usr/share/icu"},
    {"unicode-data", "unicore"},  // of Perl
    {"certificates", "/etc/ssl/certs"},
    {"certificates", "/usr/share/ca-certificates"},
    {"certificates", "/etc/pki/tls/certs"},
    {"certificates", "/etc/pki/ca-trust"},
    {"fonts", "/usr/share/fonts"},
    {"fonts", "/etc/fonts"},
    {"terminals", "/lib/terminfo"},
    {"terminals", "/usr/lib/terminfo"},
    {"terminals", "/usr/share/terminfo"},
    {"pam", "/etc/pam.d"},
    {"pam", "/etc/security"},
    {"sasl", "sasl2"},
    {"openssl", "ossl-modules"},
    {"openssl", "engines-3"},
    {"openssl", "engines-1.1"},
    {"mime-types", "/usr/share/mime"},
};

constexpr std::string_view kFamilyNames[] = {
    "assets", "certificates", "charsets", "data",    "fonts", "icu-data",  "locales",    "mime-types",  "modules",
    "nss",    "openssl",      "pam",      "plugins", "sasl",  "terminals", "time-zones", "unicode-data"};

// What web servers and template engines read beside each other.
const std::set<std::string> kAssets = {
    ".html",     ".htm",      ".xhtml", ".css",  ".js",   ".mjs",  ".map",    ".png",        ".jpg",
    ".jpeg",     ".gif",      ".svg",   ".ico",  ".webp", ".avif", ".woff",   ".woff2",      ".ttf",
    ".otf",      ".eot",      ".j2",    ".tmpl", ".tpl",  ".ejs",  ".erb",    ".haml",       ".slim",
    ".hbs",      ".pug",      ".twig",  ".jsp",  ".ftl",  ".mako", ".jinja",  ".jinja2",     ".phtml",
    ".mustache", ".template", ".txt",   ".xml",  ".json", ".md",   ".liquid", ".webmanifest"};
// Of these a touched file speaks for assets around it; the others are assets only where such a one was touched.
const std::set<std::string> kAssetSigns = {
    ".html", ".htm",  ".xhtml", ".css", ".j2",  ".tmpl",     ".tpl",   ".ejs",    ".erb",   ".haml",     ".slim",
    ".hbs",  ".pug",  ".twig",  ".jsp", ".ftl", ".mako",     ".jinja", ".jinja2", ".phtml", ".mustache", ".png",
    ".jpg",  ".jpeg", ".gif",   ".svg", ".ico", ".template", ".webp",  ".woff",   ".woff2", ".liquid"};
// Modules of interpreted languages, by the extensions that one import system reads.
const std::array<std::set<std::string>, 7> kModules = {{{".py"},
                                                        {".rb"},
                                                        {".pl", ".pm"},
                                                        {".js", ".mjs", ".cjs", ".json", ".node", ".wasm"},
                                                        {".php", ".inc", ".phtml"},
                                                        {".lua"},
                                                        {".tcl"}}};

std::string extension_of(std::string_view path) {
  const std::string_view name = base_name(path);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? "" : std::string(name.substr(dot));
}

// "libx.so", "libx.so.6": whatever comes behind.
bool is_shared_object(std::string_view path) {
  const std::string_view name = base_name(path);
  const std::size_t at = name.find(".so");
  return at != std::string_view::npos && (at + 3 == name.size() || name[at + 3] == '.');
}

// Directories that many things share: what lies beside a file there says nothing of it.
bool is_shared_place(std::string_view directory) {
  constexpr std::string_view kShared[] = {"/",          "/etc",           "/usr",
                                          "/usr/share", "/usr/lib",       "/usr/local",
                                          "/var",       "/var/lib",       "/usr/local/share",
                                          "/opt",       "/srv",           "/home",
                                          "/root",      "/tmp",           "/lib",
                                          "/lib64",     "/usr/local/lib", "/usr/libexec",
                                          "/run",       "/usr/lib64",     "/etc/default",
                                          "/dev"};
  const std::string_view name = base_name(directory);
  return std::ranges::find(kShared, directory) != std::end(kShared) || name == "bin" || name == "sbin" ||
         name.ends_with("-linux-gnu") || name.ends_with("-linux-gnueabihf");
}

// Whether what belongs to B is no stranger to what belongs to A: distributions split one thing into several packages.
bool related(const Package* a, const Package* b) {
  if (a == nullptr || b == nullptr) return a == b;
  return is_of_system(a) ? a->manager == b->manager : *a == *b;
}

class Finder {
 public:
  explicit Finder(Decisions& plan) : plan_(plan) {}

  void see(EntryId id) {
    const std::string& path = plan_.entry(id).path;
    if (!plan_.spend(path.size())) return;
    if (tree_of(id) || messages_of(id)) return;
    const std::string_view directory = parent_of(path);
    if (base_name(path).starts_with("libnss_")) return add("nss", literal_glob(directory) + "/libnss_*", id, false, {});
    if (base_name(path).starts_with("pam_") && base_name(directory) == "security")
      return add("pam", literal_glob(directory) + "/pam_*", id, false, {});
    if (base_name(directory) == "__pycache__") return source_of(id);
    if (is_shared_place(directory)) return;
    if (is_shared_object(path)) return add("plugins", literal_glob(directory) + "/**", id, false, {".so"});
    const std::string extension = extension_of(path);
    if (!modules_of(id, extension)) data_of(id);
    if (kAssetSigns.contains(extension)) add("assets", literal_glob(directory) + "/**", id, true, kAssets);
  }
  std::vector<Family> finish() && { return std::move(found_); }

 private:
  void add(std::string name, std::string glob, EntryId member, bool one_owner, std::set<std::string> types) {
    if (known_.emplace(name, glob).second)
      found_.push_back({std::move(name), std::move(glob), member, one_owner, std::move(types)});
  }

  bool tree_of(EntryId id) {
    const std::string& path = plan_.entry(id).path;
    for (std::string_view above = parent_of(path); above != "/"; above = parent_of(above))
      for (const Tree& tree : kTrees) {
        const bool here = tree.place.starts_with('/')
                              ? above == tree.place
                              : above.ends_with(tree.place) && above[above.size() - tree.place.size() - 1] == '/';
        if (!here) continue;
        add(std::string(tree.family), literal_glob(above) + "/**", id, false, {});
        return true;
      }
    return false;
  }

  // Python opens bytecode and only looks at the source that it is of (PEP 3147).
  void source_of(EntryId id) {
    const std::string& path = plan_.entry(id).path;
    const std::string_view name = base_name(path);
    const auto source =
        plan_.index().find(fmt::format("{}/{}.py", parent_of(parent_of(path)), name.substr(0, name.find('.'))));
    if (source) see(*source);
  }

  // .../locale/de/LC_MESSAGES/app.mo: the same of every language.
  bool messages_of(EntryId id) {
    const std::string_view path = plan_.entry(id).path;
    const std::string_view category = parent_of(path);
    if (base_name(category) != "LC_MESSAGES" || !path.ends_with(".mo")) return false;
    add("locales", literal_glob(parent_of(parent_of(category))) + "/*/LC_MESSAGES/" + literal_glob(base_name(path)), id,
        false, {});
    return true;
  }

  // Modules beside a touched one; below it too in a package of the language or in the application's own code.
  bool modules_of(EntryId id, const std::string& extension) {
    const auto kind = std::ranges::find_if(kModules, [&](const auto& types) { return types.contains(extension); });
    if (kind == kModules.end()) return false;
    const std::string_view path = plan_.entry(id).path;
    const std::string directory(parent_of(path));
    const bool package = plan_.index().find(directory + "/__init__.py").has_value();
    const bool deep = package || !is_of_system(plan_.owners().of(id));
    add("modules", literal_glob(directory) + (deep ? "/**" : "/*"), id, true, *kind);
    // Debian's Python keeps its extension modules beside.
    if (extension == ".py" && plan_.index().find(directory + "/lib-dynload"))
      add("modules", literal_glob(directory) + "/lib-dynload/*", id, true, {".so"});
    return true;
  }

  // Whatever lies beside it: dictionaries and their rules, snippets of configuration, subcommands.
  void data_of(EntryId id) { add("data", literal_glob(parent_of(plan_.entry(id).path)) + "/*", id, true, {}); }

  Decisions& plan_;
  std::set<std::pair<std::string, std::string>> known_;
  std::vector<Family> found_;
};

// Shared objects count by ".so" wherever it stands in the name.
bool is_of_type(const std::set<std::string>& types, std::string_view path) {
  if (types.empty() || types.contains(extension_of(path))) return true;
  return types.contains(".so") && is_shared_object(path);
}

}  // namespace

std::span<const std::string_view> family_names() { return kFamilyNames; }

std::vector<Family> families_of_accesses(Decisions& plan) {
  Finder finder(plan);
  for (const Attribution& found : plan.accesses()) {
    if (found.label != Label::kEntry) continue;
    const Kinds kinds = found.access->kinds;
    const bool used = kinds.has(Kind::kOpen) || kinds.has(Kind::kExec) || kinds.has(Kind::kMap);
    if (used && plan.entry(*found.entry).type == EntryType::kFile) finder.see(*found.entry);
  }
  return std::move(finder).finish();
}

void each_member(Decisions& plan, const Family& family, const std::function<void(EntryId)>& see) {
  const Package* const owner = plan.owners().of(family.member);
  plan.each_match(family.glob, [&](EntryId id) {
    const Entry& entry = plan.entry(id);
    // A directory comes along with what is in it, but for a tree that is kept whole.
    const bool whole = family.types.empty() && family.glob.ends_with("/**");
    if (entry.type == EntryType::kDirectory && !whole) return;
    if (family.one_owner && !related(owner, plan.owners().of(id))) return;
    if (is_of_type(family.types, entry.path)) see(id);
  });
}

}  // namespace winnow
