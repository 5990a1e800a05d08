// SPDX-License-Identifier: Apache-2.0
// A multi-stage Dockerfile that picks the kept files out of the source image, in one final layer.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "emit/base_difference.h"
#include "emit/context_tree.h"
#include "emit/helper.h"
#include "emit/instructions.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"
#include "winnow/emit/emit.h"

namespace winnow {
namespace {

using Json = nlohmann::ordered_json;
using Entries = std::vector<const Entry*>;

// Engines mount files of their own over these while a RUN instruction runs: it would read the builder's, not the
// image's. A link there is not mounted over, but what it leads to.
constexpr std::array<std::string_view, 3> kBindMounted = {"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"};
// Where a RUN instruction sees kernel file systems; runtimes make these directories themselves.
constexpr std::array<std::string_view, 3> kKernelMounts = {"/dev", "/proc", "/sys"};

bool under_kernel_mount(std::string_view path) {
  return std::ranges::any_of(kKernelMounts, [&](std::string_view mount) {
    return path == mount || (path.starts_with(mount) && path[mount.size()] == '/');
  });
}

bool bind_mounted(const Entry& entry) {
  return entry.type == EntryType::kFile && std::ranges::find(kBindMounted, entry.path) != kBindMounted.end();
}

// How the entries get into the last stage.
struct Recipe {
  std::string stage;  // a directory of the first stage that is ours: the source has nothing there
  Entries listed;     // read where they are
  Entries mounted;    // taken from the image while nothing is mounted over them
  std::vector<Addition> additions;
  bool helper = false;  // pick, not tar
  bool zero = false;    // names in the lists end in NUL, not in a line break
};

std::string free_directory(const Index& source) {
  std::string path = "/.winnow";
  for (int number = 1; source.find(path); ++number) path = fmt::format("/.winnow-{}", number);
  return path;
}

std::string list_of(const Entries& entries, bool zero) {
  std::string list;
  for (const Entry* entry : entries)
    if (entry->path != "/") list += "." + entry->path + (zero ? '\0' : '\n');
  return list;
}

// For pick: each with its mode, of which a build context, and what people keep one in, may carry only a part.
std::string list_with_modes(const Entries& entries) {
  std::string list;
  for (const Entry* entry : entries) list += fmt::format("{:o}:.{}", entry->mode, entry->path) + '\0';
  return list;
}

Entries entries_of(const std::vector<Addition>& additions) {
  Entries entries;
  for (const Addition& addition : additions) entries.push_back(&addition.entry);
  return entries;
}

// What the image is to get, sorted by path: kept and added, less what the base has and what builders hide.
Result<Entries> wanted_entries(const KeepSpec& spec, const DockerfileOptions& options) {
  Entries entries;
  for (const KeptEntry& kept : spec.entries) entries.push_back(&kept.entry);
  for (const Addition& addition : spec.additions) entries.push_back(&addition.entry);
  std::erase_if(entries, [](const Entry* entry) { return under_kernel_mount(entry->path); });
  std::ranges::sort(entries, {}, [](const Entry* entry) -> const std::string& { return entry->path; });
  if (options.base == nullptr) return entries;
  return lacking_in(*options.base, entries, printable(spec.reference), printable(options.base_image.reference));
}

Result<Recipe> make_recipe(const Index& source, const KeepSpec& spec, const DockerfileOptions& options) {
  TRY(const auto wanted, wanted_entries(spec, options));
  Recipe recipe;
  recipe.stage = free_directory(source);
  auto next = spec.additions.begin();  // in the order of paths, like the wanted ones
  for (const Entry* entry : wanted) {
    next = std::find_if(next, spec.additions.end(),
                        [&](const Addition& addition) { return addition.entry.path >= entry->path; });
    if (next != spec.additions.end() && &next->entry == entry)
      recipe.additions.push_back(*next);
    else
      (bind_mounted(*entry) ? recipe.mounted : recipe.listed).push_back(entry);
  }
  Entries names = entries_of(recipe.additions);
  names.insert(names.end(), recipe.listed.begin(), recipe.listed.end());
  const bool special = std::ranges::any_of(recipe.additions,
                                           [](const Addition& addition) { return (addition.entry.mode & 07000) != 0; });
  TRY(const auto helper, choose_helper(source, names, special, options.helper));
  recipe.helper = helper;
  recipe.zero = helper || needs_zero(names);
  return recipe;
}

// The trees besides the stage's own root, each with a list of its own: directories of the recipe's.
std::vector<std::string_view> other_trees(const Recipe& recipe) {
  std::vector<std::string_view> trees;
  if (!recipe.mounted.empty()) trees.emplace_back("mounted");
  if (!recipe.additions.empty()) trees.emplace_back("additions");
  return trees;
}

// The names that have to be in the build context.
std::vector<std::string> context_files(const Recipe& recipe) {
  std::vector<std::string> names;
  if (recipe.helper) names.emplace_back("pick");
  names.emplace_back("keep.list");
  for (const std::string_view tree : other_trees(recipe)) names.push_back(fmt::format("{}.list", tree));
  return names;
}

std::string run_instruction(const Recipe& recipe) {
  const std::string& stage = recipe.stage;
  Json words;
  if (recipe.helper) {
    words = {stage + "/pick", stage + "/root", "/", stage + "/keep.list"};
    for (const std::string_view tree : other_trees(recipe)) {
      words.push_back(fmt::format("{}/{}", stage, tree));
      words.push_back(fmt::format("{}/{}.list", stage, tree));
    }
  } else {
    // With --xattrs, which does no harm where there are none, only --helper never comes here with attributes.
    const bool xattrs = std::ranges::any_of(recipe.listed, [](const Entry* entry) { return !entry->xattrs.empty(); });
    const std::string_view attributes = xattrs ? "--xattrs --xattrs-include='*' " : "";
    std::string others;
    for (const std::string_view tree : other_trees(recipe))
      others += fmt::format(" -C {0}/{1} -T {0}/{1}.list", stage, tree);
    // Two steps, not a pipe: a shell reports only the last program of a pipe.
    words = {"/bin/sh", "-ec",
             fmt::format("cd / && tar {1}--no-recursion {2}-cf {0}/kept.tar -T {0}/keep.list{3} && mkdir {0}/root && "
                         "tar {1}--delay-directory-restore -xpf {0}/kept.tar -C {0}/root",
                         stage, attributes, recipe.zero ? "--null " : "", others)};
  }
  return words.dump();
}

// The stage "pick", which gathers in its directory root what the last one copies.
std::string pick_stage(const Recipe& recipe, const PinnedSource& pinned, const std::string& user) {
  const std::string& stage = recipe.stage;
  std::string text;
  if (!recipe.mounted.empty()) text += fmt::format("FROM {} AS source\n\n", pinned.reference);
  text += fmt::format("FROM {} AS pick\n", pinned.reference);
  // Of a number without a group BuildKit wants to read /etc/passwd, which need not be there. Root of another group
  // stays root after it, and linters are told that it is meant.
  const bool root = is_root(user.substr(0, user.find(':')));
  if (!is_root(user)) text += fmt::format("{}USER 0:0\n", root ? "# hadolint ignore=DL3002\n" : "");
  text += fmt::format("COPY {} {}/\n", fmt::join(context_files(recipe), " "), stage);
  if (!recipe.mounted.empty()) {
    text += "COPY --from=source";
    for (const Entry* entry : recipe.mounted) text += " " + entry->path;
    text += fmt::format(" {}/mounted/etc/\n", stage);
  }
  if (!recipe.additions.empty()) text += fmt::format("COPY additions/ {}/additions/\n", stage);
  text += "RUN " + run_instruction(recipe) + "\n";
  if (!root) instruct(text, "USER", literal(user));  // the stage ends as the source does: not as root
  return text;
}

// A comment for an image that the builder has to be given.
std::string about_tag(std::string_view what, const PinnedSource& image, const Digest& id) {
  if (image.tag.empty()) return "";
  return fmt::format("# The {} has no digest from a registry. Where this tag is missing: docker tag {} {}\n", what,
                     id.str(), image.reference);
}

// A comment where not every builder makes what the recipe names.
std::string about_nodes(const Recipe& recipe) {
  const auto holds = [&](auto... types) {
    return std::ranges::any_of(recipe.listed, [&](const Entry* entry) { return ((entry->type == types) || ...); });
  };
  std::string text;
  if (holds(EntryType::kFifo, EntryType::kCharDevice, EntryType::kBlockDevice))
    text += "# There are FIFOs or devices: BuildKit of Docker 20.10 leaves FIFOs out and makes devices empty files.\n";
  if (holds(EntryType::kCharDevice, EntryType::kBlockDevice))
    text += "# There are devices: buildah makes them with --cap-add=CAP_MKNOD.\n";
  return text;
}

// What is copied, onto BASE. Without the build argument that the config needs the build ends here, and its error names
// what is missing: of all operators on variables, every builder knows ":+".
std::string last_stage(const std::string& stage, const std::string& base, bool line_breaks) {
  if (!line_breaks) return fmt::format("FROM {}\nCOPY --from=pick {}/root/ /\n", base, stage);
  return fmt::format(
      "# Variables or labels hold line breaks, which no instruction can write: build with --build-arg "
      "{2}=$'\\n'\nFROM {0}\nARG {2}\nCOPY --from=pick {1}/no-build-arg-{2}${{{2}:+/../root}}/ /\n",
      base, stage, kLineBreak);
}

std::string dockerfile_text(const KeepSpec& spec, const PinnedSource& pinned, const Recipe& recipe,
                            const DockerfileOptions& options) {
  const Json config = parse_json<Json>(spec.config_json).value("config", Json::object());
  std::string text = fmt::format("# {} of {} entries of {}.\n", spec.summary.kept_entries, spec.summary.image_entries,
                                 printable(spec.reference));
  text += about_tag("source", pinned, spec.id);
  if (config.contains("OnBuild") && !config.at("OnBuild").empty())
    text += "# The source has ONBUILD triggers: builders run them where it is built upon.\n";
  text += about_nodes(recipe);
  text += pick_stage(recipe, pinned, config.contains("User") ? config.at("User").get<std::string>() : "");
  Json base = Json::object();
  text += "\n";
  if (options.base != nullptr) {
    base = parse_json<Json>(options.base->config_json).value("config", Json::object());
    text += fmt::format("# What {} has as the source has it is not copied.\n", options.base->id.str());
    text += about_tag("base", options.base_image, options.base->id);
    if (const auto left = not_undone(config, base); !left.empty())
      text += fmt::format("# The base sets these, the source does not, and no instruction takes them back: {}\n",
                          fmt::join(left, ", "));
  }
  text += last_stage(recipe.stage, options.base == nullptr ? "scratch" : options.base_image.reference,
                     holds_line_breaks(config));
  return text + config_instructions(config, base);
}

Result<void> write_context(const ContextTree& context, const Recipe& recipe, const std::string& dockerfile) {
  std::string ignore = "*\n";
  const auto put = [&](const std::string& name, std::string_view content, std::uint32_t mode) {
    ignore += "!" + name + "\n";
    return context.write("/" + name, content, mode);
  };
  if (recipe.helper) TRY_DO(put("pick", helper_program(), 0755));
  const Entries added = entries_of(recipe.additions);
  const std::array<std::pair<const char*, std::string>, 3> lists = {
      {{"keep.list", list_of(recipe.listed, recipe.zero)},
       {"mounted.list", list_of(recipe.mounted, recipe.zero)},
       {"additions.list", recipe.helper ? list_with_modes(added) : list_of(added, recipe.zero)}}};
  for (const auto& [name, list] : lists)
    if (!list.empty() || name == lists[0].first) TRY_DO(put(name, list, 0644));
  if (!recipe.additions.empty()) {
    ignore += "!additions\n";
    TRY_DO(context.write(recipe.additions, "/additions"));
  }
  TRY_DO(context.write("/.dockerignore", ignore, 0644));
  return context.write("/Dockerfile", dockerfile, 0644);
}

}  // namespace

bool needs_line_break(const KeepSpec& spec) {
  const Json config = parse_if_json<Json>(spec.config_json);
  try {
    return config.is_object() && holds_line_breaks(config.value("config", Json::object()));
  } catch (const Json::exception&) {
    return false;  // no Dockerfile is made of such a config
  }
}

PinnedSource pinned_source(const KeepSpec& spec, const std::vector<std::string>& repo_digests) {
  if (!repo_digests.empty()) return {repo_digests.front(), "", ""};
  const std::string tag = spec.id.short_hex();
  return {"winnow-source:" + tag, "winnow-source", tag};
}

PinnedSource pinned_base(const Index& base, const Reference& named, const std::vector<std::string>& repo_digests) {
  if (!repo_digests.empty()) return {repo_digests.front(), "", ""};
  const std::string& name = named.location;
  const auto colon = name.find(':', name.rfind('/') + 1);
  const bool has_version = colon != std::string::npos && name.substr(colon) != ":latest";
  if (named.transport == Transport::kEngine && (has_version || name.find('@') != std::string::npos))
    return {name, "", ""};
  const std::string tag = base.id.short_hex();
  return {"winnow-base:" + tag, "winnow-base", tag};
}

Result<void> emit_dockerfile(const Index& source, const KeepSpec& spec, const PinnedSource& pinned,
                             const std::string& directory, const DockerfileOptions& options) {
  TRY_DO(kept_entries(spec, source));
  TRY(const auto recipe, make_recipe(source, spec, options));
  std::string text;
  try {
    text = dockerfile_text(spec, pinned, recipe, options);
  } catch (const std::exception& error) {
    return fail(fmt::format("the config of {}: {}", spec.id.str(), printable(error.what())));
  }
  TRY(const auto context, ContextTree::open(directory));
  if (auto written = write_context(context, recipe, text); !written)
    return std::unexpected(written.error().within(printable(directory)));
  return {};
}

}  // namespace winnow
