// SPDX-License-Identifier: Apache-2.0
// From what a person named to cgroups, and from their sightings to one profile.
#include "trial/watched.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/json.h"
#include "winnow/base/text.h"
#include "winnow/base/time.h"

namespace winnow {
namespace {

Result<Container> running_container(const Engine& engine, const std::string& name) {
  auto found = engine.find_container(name);
  if (!found) return std::unexpected(found.error());
  if (!*found)
    return fail(fmt::format("no container {} in {}", printable(name), engine.info().endpoint),
                fmt::format("`{} ps` lists the running ones", engine.info().name));
  if (!(*found)->running) return fail(fmt::format("container {} is not running", printable(name)), Advice::kNotRunning);
  return **found;
}

// The hierarchy of cgroups that tells this target from others.
Result<Hierarchy> hierarchy_for(const Selector& selector, const Engine* engine) {
  if (const auto* cgroup = std::get_if<CgroupSelector>(&selector)) return hierarchy_holding(cgroup->path);
  if (const auto* process = std::get_if<ProcessSelector>(&selector)) return hierarchy_of_process(process->pid);
  if (const auto* container = std::get_if<ContainerSelector>(&selector)) {
    const auto running = running_container(*engine, container->name);
    return running ? hierarchy_of_process(running->pid) : std::unexpected(running.error());
  }
  return default_hierarchy();
}

Result<Recorder> recorder_for(const TrialSpec& spec, const Engine* engine) {
  if (spec.resume) return Recorder::resume(spec.recorder);
  TRY(auto hierarchy, hierarchy_for(spec.selector, engine));
  RecorderOptions options = spec.recorder;
  options.hierarchy = std::move(hierarchy);
  return Recorder::open(options);
}

}  // namespace

Result<Watched> Watched::begin(const TrialSpec& spec, const Engine* engine) {
  TRY(auto recorder, recorder_for(spec, engine));
  Watched watched(std::move(recorder), engine);
  watched.began_ms_ = unix_ms();
  auto begun =
      spec.resume ? watched.resume() : std::visit([&](const auto& one) { return watched.watch(one); }, spec.selector);
  if (begun && !spec.resume) begun = watched.save();
  if (begun) return watched;
  if (!spec.resume) (void)watched.recorder_.end_session();
  return std::unexpected(begun.error());
}

Result<void> Watched::update(std::chrono::milliseconds timeout, bool final) {
  TRY_DO(recorder_.poll(timeout));
  if (!adoption_) return {};
  TRY_DO(adoption_->update(recorder_, final));
  return adoption_->containers() == saved_containers_ ? Result<void>{} : save();
}

std::size_t Watched::count() const { return adoption_ ? adoption_->containers() : recorder_.targets().size(); }

bool Watched::all_ended() const {
  const auto targets = recorder_.targets();
  return !targets.empty() && std::ranges::none_of(targets, [&](const Cgroup& one) { return recorder_.alive(one.id); });
}

Result<AccessProfile> Watched::collect(const TrialSpec& spec, std::optional<int> status) {
  AccessProfile whole;
  whole.image = image_;
  for (const Cgroup& target : recorder_.targets()) {
    const Described* const adopted = adoption_ ? adoption_->container_of(target.id) : nullptr;
    const Described& container = adopted != nullptr ? *adopted : container_;
    auto part = recorder_.collect(target.id, {container.healthcheck, spec.ignore_exec});
    if (!part) return part;
    part->image = image_;
    for (Run& run : part->runs) {
      run.recording_ms = began_ms_;
      run.command = spec.command;
      run.command_status = status;
      fill(run, container);
    }
    TRY_DO(whole.merge(*std::move(part)));
  }
  return whole;
}

std::vector<Error> Watched::notes() const {
  if (!adoption_ || adoption_->read_from_outside().empty()) return {};
  std::string names;
  for (const std::string& name : adoption_->read_from_outside()) names += (names.empty() ? "" : ", ") + printable(name);
  return {{.what = fmt::format("files were taken out of {} through the engine (docker cp, docker export): it does not "
                               "say which, so they are not recorded",
                               names),
           .advice = Advice::kReadFromOutside}};
}

Result<void> Watched::end() { return recorder_.end_session(); }

Result<void> Watched::watch(const ContainerSelector& selector) {
  TRY(const auto container, running_container(*engine_, selector.name));
  image_ = {container.image, container.image_id};
  container_ = describe(container);
  for (const MountedVolume& volume : container_.volumes) {
    TRY(const auto users, engine_->containers_of_volume(volume.name));
    if (users.size() > 1) container_.share(volume.name);
  }
  return watch_process(container.pid);
}

Result<void> Watched::watch(const ImageSelector& selector) {
  TRY(auto adoption, Adoption::begin(*engine_, selector.reference));
  adoption_ = std::move(adoption);
  image_ = {selector.reference, adoption_->image_id()};
  return recorder_.adopt_new_containers(true);
}

Result<void> Watched::watch(const CgroupSelector& selector) {
  TRY(const auto cgroup, cgroup_at(selector.path, recorder_.hierarchy()));
  if (cgroup.path == "/")
    return fail("that is the root cgroup: it holds every process of this machine",
                "start the workload in a cgroup of its own (systemd-run --scope, or a container)");
  return recorder_.add(cgroup);
}

Result<void> Watched::watch(const ProcessSelector& selector) { return watch_process(selector.pid); }

Result<void> Watched::watch(const NewCgroupSelector& selector) {
  if (auto made = make_directory(recorder_.hierarchy().mount + selector.path); !made) {
    Error error = made.error().within("making a cgroup");
    error.hint = "cgroups must be writable: in a container, --privileged, or the hierarchy mounted for writing";
    return std::unexpected(error);
  }
  TRY(const auto cgroup, cgroup_at(selector.path, recorder_.hierarchy()));
  image_ = selector.image;
  return recorder_.add(cgroup);
}

// A process that shares its cgroup with us is told from others by its mount namespace, if it has one of its own.
Result<void> Watched::watch_process(pid_t pid) {
  TRY(const auto cgroup, cgroup_of_process(pid, recorder_.hierarchy()));
  const auto ours = cgroup_of_process(::getpid(), recorder_.hierarchy());
  if (cgroup.path != "/" && ours && ours->path != cgroup.path) return recorder_.add(cgroup);
  const auto added = recorder_.add_mount_namespace(pid);
  return added ? Result<void>{} : std::unexpected(added.error());
}

Result<void> Watched::save() {
  nlohmann::json notes = notes_of(container_);
  notes["reference"] = escape_path(image_.reference);
  notes["image"] = image_.id.str();
  notes["began_ms"] = began_ms_;
  notes["adoption"] = adoption_ ? nlohmann::json(adoption_->save()) : nlohmann::json(nullptr);
  saved_containers_ = adoption_ ? adoption_->containers() : 0;
  return recorder_.annotate(notes.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
}

Result<void> Watched::resume() {
  try {
    const auto notes = parse_json<nlohmann::json>(recorder_.annotation());
    image_.reference = unescape_path(notes.at("reference").get<std::string>()).value();
    if (const auto id = notes.at("image").get<std::string>(); !id.empty()) image_.id = Digest::parse(id).value();
    container_ = described_in(notes);
    began_ms_ = notes.value("began_ms", std::uint64_t{0});
    const auto& saved = notes.at("adoption");
    if (saved.is_null()) return {};
    if (engine_ == nullptr) return fail("no container engine answers, and this session watches an image");
    TRY(auto adoption, Adoption::resume(*engine_, saved.get<std::string>()));
    adoption_ = std::move(adoption);
    saved_containers_ = adoption_->containers();
    return {};
  } catch (const std::exception& error) {
    return fail("the session's notes cannot be read: " + printable(error.what()),
                "resume it with the winnow that began it");
  }
}

}  // namespace winnow
