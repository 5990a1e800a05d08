// SPDX-License-Identifier: Apache-2.0
// profile.json, schema "winnow.profile/1": reading text that may be hostile.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "profile/format.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json_text.h"
#include "winnow/base/text.h"
#include "winnow/profile/profile.h"

namespace winnow {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kMaxText = std::size_t{1} << 30;
constexpr auto kHint = "a profile is what `winnow record` writes";

std::vector<std::string> words(JsonText& in) {
  std::vector<std::string> words;
  in.begin_array();
  while (in.item()) words.push_back(in.path());
  return words;
}

std::set<std::string> programs(JsonText& in) {
  std::set<std::string> programs;
  in.begin_array();
  while (in.item()) programs.insert(in.path());
  return programs;
}

Losses losses(JsonText& in) {
  Losses lost;
  in.begin_object();
  while (const auto name = in.field()) {
    const auto* const known = std::ranges::find(kLossFields, *name, [](const auto& field) { return field.first; });
    if (known == std::end(kLossFields))
      in.skip();
    else
      lost.*known->second = in.number();
  }
  return lost;
}

std::map<std::string, std::set<std::string>> syscalls(JsonText& in) {
  std::map<std::string, std::set<std::string>> calls;
  in.begin_object();
  while (const auto architecture = in.field()) {
    auto& names = calls[std::string(*architecture)];
    in.begin_array();
    while (in.item()) names.emplace(in.string());
  }
  return calls;
}

Visit visit_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"command", "as", "first_ms"};
  Visit visit;
  JsonFields fields(in, "an entered program", kNames, 3);
  while (const auto field = fields.next()) {
    if (*field == 0) visit.command = words(in);
    if (*field == 1) {
      const std::string_view as = in.string();
      if (as != "exec" && as != "healthcheck") in.refuse("\"as\" is neither exec nor healthcheck");
      visit.healthcheck = as == "healthcheck";
    }
    if (*field == 2) visit.first_ms = in.number();
  }
  return visit;
}

MountedVolume volume(JsonText& in) {
  constexpr std::string_view kNames[] = {"destination", "name", "shared"};
  MountedVolume volume;
  JsonFields fields(in, "a volume", kNames, 3);
  while (const auto field = fields.next()) {
    if (*field == 0) volume.destination = in.path();
    if (*field == 1) volume.name = in.path();
    if (*field == 2) volume.shared = in.boolean();
  }
  return volume;
}

bool from_start(JsonText& in) {
  const std::string_view start = in.string();
  if (start != "from-start" && start != "late") in.refuse("\"start\" is neither from-start nor late");
  return start == "from-start";
}

template <typename One>
std::vector<One> all(JsonText& in, One (*read)(JsonText&)) {
  std::vector<One> ones;
  in.begin_array();
  while (in.item()) ones.push_back(read(in));
  return ones;
}

// What a run has; the first ones have to be there.
enum RunField : std::uint8_t {
  kContainer,
  kName,
  kStart,
  kStarted,
  kDuration,
  kBackend,
  kKernel,
  kCommand,
  kStatus,
  kLost,
  kRunRequired,
  kRecording = kRunRequired,
  kEntered,
  kSyscalls,
  kRuntimeSyscalls,
  kUntold,
  kRecovered,
  kHealthcheck,
  kVolumes,
  kWorkload,
  kTimes,
  kLast
};
constexpr std::string_view kRunFields[] = {
    "container",       "name",           "start",       "started_ms",   "duration_ms", "backend",  "kernel",
    "command",         "command_status", "lost",        "recording_ms", "entered",     "syscalls", "runtime_syscalls",
    "io_uring_untold", "recovered",      "healthcheck", "volumes",      "workload",    "times",    "last_ms"};

PodContainer workload(JsonText& in) {
  constexpr std::string_view kNames[] = {"node", "namespace", "pod", "container", "labels"};
  PodContainer workload;
  JsonFields fields(in, "a workload", kNames, 0);
  while (const auto field = fields.next()) {
    if (*field == 0) workload.node = in.path();
    if (*field == 1) workload.pod_namespace = in.path();
    if (*field == 2) workload.pod = in.path();
    if (*field == 3) workload.container = in.path();
    if (*field < 4) continue;
    in.begin_object();
    while (const auto key = in.field()) {
      auto name = unescape_path(*key);
      if (!name) in.refuse("a label's key: " + name.error().what);
      workload.labels[*std::move(name)] = in.path();
    }
  }
  return workload;
}

std::uint64_t times(JsonText& in) {
  const std::uint64_t times = in.number();
  if (times == 0) in.refuse("\"times\" is 0");
  return times;
}

Run run(JsonText& in) {
  Run run;
  JsonFields fields(in, "a run", kRunFields, kRunRequired);
  while (const auto field = fields.next()) {
    if (*field == kContainer) run.container = in.path();
    if (*field == kName) run.name = in.path();
    if (*field == kStart) run.from_start = from_start(in);
    if (*field == kStarted) run.started_ms = in.number();
    if (*field == kDuration) run.duration_ms = in.number();
    if (*field == kBackend) run.backend = in.string();
    if (*field == kKernel) run.kernel = in.path();
    if (*field == kCommand) run.command = words(in);
    if (*field == kStatus && !in.take_null()) run.command_status = in.integer<int>();
    if (*field == kLost) run.lost = losses(in);
    if (*field == kRecording) run.recording_ms = in.number();
    if (*field == kEntered) run.entered = all(in, visit_from);
    if (*field == kSyscalls) run.syscalls = syscalls(in);
    if (*field == kRuntimeSyscalls) run.runtime_syscalls = syscalls(in);
    if (*field == kUntold) {
      auto operations = words(in);
      run.io_uring_untold.insert(operations.begin(), operations.end());
    }
    if (*field == kRecovered) run.recovered = in.number();
    if (*field == kHealthcheck) run.healthcheck = words(in);
    if (*field == kVolumes) run.volumes = all(in, volume);
    if (*field == kWorkload) run.workload = workload(in);
    if (*field == kTimes) run.times = times(in);
    if (*field == kLast) run.last_ms = in.number();
  }
  return run;
}

template <typename Set>
Set names_of(JsonText& in, std::string_view what) {
  Set set;
  in.begin_array();
  while (in.item()) {
    const std::string_view name = in.string();
    const auto known = Set::from_name(name);
    if (!known) in.refuse(fmt::format("{} is not known: \"{}\"", what, printable(name.substr(0, 40))));
    set |= *known;
  }
  if (set == Set()) in.refuse(fmt::format("no {} is named", what));
  return set;
}

// "0-99,105": ascending, so that no order of them takes long to read.
RunSet ranges(JsonText& in) {
  RunSet runs;
  const std::string_view text = in.string();
  std::uint64_t least = 0;
  for (const char *at = text.data(), *const end = at + text.size(); at != end;) {
    std::uint32_t bounds[2] = {};
    auto read = std::from_chars(at, end, bounds[0]);
    bounds[1] = bounds[0];
    if (read.ec == std::errc() && read.ptr != end && *read.ptr == '-')
      read = std::from_chars(read.ptr + 1, end, bounds[1]);
    const bool more = read.ptr != end && *read.ptr == ',' && read.ptr + 1 != end;
    if (read.ec != std::errc() || (read.ptr != end && !more) || bounds[0] < least || bounds[1] < bounds[0])
      in.refuse("\"runs\" is no list of ranges such as \"0-99,105\", ascending");
    runs.insert(bounds[0], bounds[1]);
    least = std::uint64_t{bounds[1]} + 1;
    at = read.ptr + (more ? 1 : 0);
  }
  return runs;
}

RunSet runs_of(JsonText& in) {
  if (in.at_string()) return ranges(in);
  std::vector<std::uint32_t> listed;
  in.begin_array();
  while (in.item()) {
    const std::uint64_t number = in.number();
    if (number >= kMaxRuns) in.refuse("\"runs\" names no run");
    listed.push_back(static_cast<std::uint32_t>(number));
  }
  std::ranges::sort(listed);
  RunSet runs;
  for (const std::uint32_t number : listed) runs.insert(number);
  return runs;
}

Access access(JsonText& in) {
  enum Name {
    kPath,
    kKinds,
    kFirst,
    kBy,
    kRuns,
    kRequired,
    kResolved = kRequired,
    kMount,
    kUnresolved,
    kFrom,
    kArgv0,
    kAlsoBy,
    kListedBy
  };
  constexpr std::string_view kNames[] = {"path",        "kinds",      "first_ms", "by",    "runs",    "resolved",
                                         "other_mount", "unresolved", "from",     "argv0", "also_by", "listed_by"};
  Access access;
  JsonFields fields(in, "an access", kNames, kRequired);
  while (const auto field = fields.next()) {
    if (*field == kPath) access.path = in.path();
    if (*field == kKinds) access.kinds = names_of<Kinds>(in, "kind of access");
    if (*field == kFirst) access.first_ms = in.number();
    if (*field == kBy) access.by = in.path();
    if (*field == kRuns) access.runs = runs_of(in);
    if (*field == kResolved) access.resolved = in.path();
    if (*field == kMount) access.other_mount = in.boolean();
    if (*field == kUnresolved) access.unresolved = in.boolean();
    if (*field == kFrom) access.from = names_of<Actors>(in, "one who may have touched it");
    if (*field == kArgv0) access.argv0 = in.path();
    if (*field == kAlsoBy) access.also_by = programs(in);
    if (*field == kListedBy) access.listed_by = programs(in);
  }
  return access;
}

ProfileImage image(JsonText& in) {
  constexpr std::string_view kNames[] = {"reference", "id"};
  ProfileImage image;
  JsonFields fields(in, "the image", kNames, 2);
  while (const auto field = fields.next()) {
    if (*field == 0) {
      image.reference = in.path();
    } else if (const std::string_view id = in.string(); !id.empty()) {
      const auto digest = Digest::parse(id);
      if (!digest) in.refuse("\"id\": " + digest.error().what);
      image.id = *digest;
    }
  }
  return image;
}

AccessProfile profile_from(JsonText& in) {
  constexpr std::string_view kNames[] = {"schema", "image", "runs", "accesses"};
  AccessProfile profile;
  std::uint64_t named = 0;  // the runs that accesses need
  JsonFields fields(in, "a profile", kNames, 4);
  while (const auto field = fields.next()) {
    if (*field == 0) in.skip();
    if (*field == 1) profile.image = image(in);
    if (*field < 2) continue;
    in.begin_array();
    while (in.item()) {
      if (*field == 2) {
        profile.runs.push_back(run(in));
        if (profile.runs.size() > kMaxRuns) in.refuse(fmt::format("more than {} runs", kMaxRuns));
        continue;
      }
      Access one = access(in);
      if (!one.runs.empty()) named = std::max(named, std::uint64_t{one.runs.ranges().back().last} + 1);
      profile.add(std::move(one));
    }
  }
  in.end();
  if (named > profile.runs.size()) in.refuse("the \"runs\" of an access name a run that is not there");
  return profile;
}

}  // namespace

Result<AccessProfile> profile_from_json(std::string_view text) {
  if (text.size() > kMaxText) return fail("a profile of more than 1 GiB", kHint);
  try {
    const std::string schema = JsonText(text).schema();  // first: the rest of a newer one may mean something else
    if (schema != kSchema) {
      return fail(fmt::format("schema \"{}\"; this winnow reads {}", printable(schema), kSchema),
                  schema.starts_with("winnow.profile/") ? "use the winnow that wrote it, or a newer one" : kHint);
    }
    JsonText in(text);
    return profile_from(in);
  } catch (const Refused& refused) {
    return fail("not a profile: " + refused.what, kHint);
  }
}

}  // namespace winnow
