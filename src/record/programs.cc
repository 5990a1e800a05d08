// SPDX-License-Identifier: Apache-2.0
// Chooses the backend by trying, loads its programs, attaches and pins them.
#include "record/programs.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include "record/backends.h"
#include "record/object.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow {

std::string_view to_string(Backend backend) {
  switch (backend) {
    case Backend::kAuto:
      return "auto";
    case Backend::kSyscall:
      return "syscall";
    case Backend::kFentry:
      return "fentry";
  }
  return "?";
}

std::optional<Backend> backend_from_name(std::string_view name) {
  for (const Backend backend : {Backend::kAuto, Backend::kSyscall, Backend::kFentry})
    if (to_string(backend) == name) return backend;
  return std::nullopt;
}

namespace record {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLogLines = 3;
constexpr const char* kBackendFile = "backend-";  // the pin whose name says which backend it is

// What a person can do when the kernel said ERR.
std::string hint_for(int err) {
  if (err == EPERM || err == EACCES) return "run as root, or grant CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE";
  return "`winnow doctor` says what is missing in this kernel";
}

std::unexpected<Error> refused(std::string_view what, int err, const LibbpfLog& log) {
  Error error = Error::from_errno(what, err);
  if (err == ENOMEM)
    error.advice = Advice::kMapsTooLarge;
  else
    error.hint = hint_for(err);
  // Without privilege the log says no more than the error does.
  if (const auto tail = log.tail(kLogLines); err != EPERM && !tail.empty()) error.what += " (" + printable(tail) + ")";
  return std::unexpected(error);
}

// The function that a program of the fentry backend is attached to; empty for a program of both.
std::string_view function_of(const bpf_program* program) {
  const std::string_view section = ::bpf_program__section_name(program);
  if (!section.starts_with("fentry/") && !section.starts_with("fexit/")) return "";
  return section.substr(section.find('/') + 1);
}

// As bpf/touch.bpf.c names the programs: those below the calls, of them those that io_uring's requests make needless,
// and those of calls that make no other lookup.
bool is_change_below(std::string_view name) { return name.starts_with("changes_"); }
bool is_below(std::string_view name) { return name.starts_with("below_") || is_change_below(name); }
bool is_told_below(std::string_view name) { return name.starts_with("opens") || name.starts_with("looks"); }

void choose_ring_programs(const Object& object, const Functions& functions, bool rings) {
  const bool newer = functions.has_tracepoint("io_uring_submit_req");
  ::bpf_program__set_autoload(object->progs.on_ring_submit_req, rings && newer);
  ::bpf_program__set_autoload(object->progs.on_ring_submit_sqe, rings && !newer);
  ::bpf_program__set_autoload(object->progs.on_ring_complete, rings);
  ::bpf_program__set_autoload(object->progs.on_ring_fail_link, rings);
}

void choose_programs(const Object& object, const Functions& functions, const BackendPlan& plan) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    const auto function = function_of(program);
    if (function.empty()) continue;
    const std::string_view name = ::bpf_program__name(program);
    const bool needless =
        plan.below == Below::kTells ? is_told_below(name) || (plan.rings && is_change_below(name)) : is_below(name);
    ::bpf_program__set_autoload(program, plan.backend == Backend::kFentry && functions.has(function) && !needless);
  }
  const bool returns = plan.backend == Backend::kSyscall || *object->rodata.notes_syscalls;
  const bool typed = functions.has("bpf_rdonly_cast");
  ::bpf_program__set_autoload(object->progs.on_sys_exit, returns && !typed);
  ::bpf_program__set_autoload(object->progs.on_sys_exit_typed, returns && typed);
  choose_ring_programs(object, functions, plan.rings);
  ::bpf_program__set_autoload(object->progs.on_exit, *object->rodata.notes_syscalls);
}

std::string sizing_error(const Object& object, const RecorderOptions& options) {
  const auto& maps = object->maps;
  if (::bpf_map__set_max_entries(maps.ring, static_cast<std::uint32_t>(options.ring_bytes)) != 0)
    return "the ring buffer";
  if (::bpf_map__set_max_entries(maps.seen, options.seen_keys) != 0) return "the map of first sightings";
  if (::bpf_map__set_max_entries(maps.overflow, std::max(options.overflow, 1U)) != 0) return "the overflow map";
  return "";
}

// Attached is not yet called: a function may be inlined where it matters.
bool fires(Maps& maps) {
  return maps.fires([] {
    (void)open_file("/proc/self/status", O_RDONLY);
    (void)::access("/proc/self/status", F_OK);
  });
}

// Sets what the programs take for constant. Errors: the kernel has no such controller of cgroups.
Result<void> set_constants(const Object& object, const RecorderOptions& options, const Functions& functions,
                           const BackendPlan& plan) {
  const auto& constants = object->rodata;
  *constants.overflow_max = options.overflow;
  *constants.below_tells = plan.below == Below::kTells;
  *constants.sees_io_uring = plan.below == Below::kTells || plan.rings;
  *constants.notes_syscalls = options.syscalls.value_or(plan.backend == Backend::kSyscall);
  *constants.only_syscalls = plan.backend == Backend::kFentry;
  if (!options.hierarchy || options.hierarchy->controller.empty()) return {};
  const auto place = functions.place_of_controller(options.hierarchy->controller);
  if (!place) return fail("this kernel has no cgroup controller " + printable(options.hierarchy->controller));
  *constants.hierarchy = options.hierarchy->id;
  *constants.controller = *place;
  return {};
}

// Another descriptor of what libbpf closes with its object.
Result<Fd> kept(int fd) {
  Fd copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return std::unexpected(Error::from_errno("keeping a BPF program or map"));
  return copy;
}

Result<Fd> opened(const std::string& pin) {
  Fd object(::bpf_obj_get(pin.c_str()));
  if (!object.valid()) return std::unexpected(Error::from_errno("opening " + pin));
  return object;
}

std::string map_pin(const std::string& directory, Maps::Name name) {
  const std::string_view plain = Maps::kNames[name];
  return directory + "/map-" + std::string(plain.starts_with('.') ? plain.substr(1) : plain);
}

// The pin whose name says which layout the maps have.
std::string layout_pin(const std::string& directory) { return fmt::format("{}/layout-{}", directory, WN_LAYOUT); }

}  // namespace

struct Programs::Impl {
  std::vector<Link> links;  // as the programs, none when another process loaded them
  std::vector<Fd> programs;
  std::optional<Maps> maps;
  Backend backend = Backend::kSyscall;
  std::string method;

  static Result<std::unique_ptr<Impl>> load(const RecorderOptions& options, const Functions& functions,
                                            const BackendPlan& plan);
  [[nodiscard]] Result<void> take_maps(const Object& object);
  [[nodiscard]] Result<void> take_programs(const Object& object);
  [[nodiscard]] Result<void> pin(const std::string& directory) const;
};

Result<void> Programs::Impl::take_maps(const Object& object) {
  std::array<Fd, Maps::kCount> fds;
  for (int name = 0; name < Maps::kCount; ++name) {
    const std::string full = Maps::kNames[static_cast<std::size_t>(name)];
    bpf_map* map = nullptr;
    bpf_object__for_each_map(map, object.get()) {
      if (!std::string_view(::bpf_map__name(map)).ends_with(full)) continue;
      TRY(fds[static_cast<std::size_t>(name)], kept(::bpf_map__fd(map)));
    }
  }
  TRY(maps, Maps::over(std::move(fds)));
  return {};
}

Result<void> Programs::Impl::take_programs(const Object& object) {
  bpf_program* program = nullptr;
  bpf_object__for_each_program(program, object.get()) {
    const int fd = ::bpf_program__fd(program);
    if (fd < 0) continue;
    TRY(Fd copy, kept(fd));
    programs.push_back(std::move(copy));
  }
  return {};
}

// The object ends with this: what is needed of it is taken out of it.
Result<std::unique_ptr<Programs::Impl>> Programs::Impl::load(const RecorderOptions& options, const Functions& functions,
                                                             const BackendPlan& plan) {
  const LibbpfLog log;
  auto impl = std::make_unique<Impl>();
  TRY(Object object, Object::open());
  if (const auto what = sizing_error(object, options); !what.empty()) return refused("sizing " + what, errno, log);
  TRY_DO(set_constants(object, options, functions, plan));
  choose_programs(object, functions, plan);
  if (const int err = object.load(); err != 0) return refused("loading BPF programs", -err, log);
  TRY_DO(impl->take_maps(object));
  TRY_DO(impl->take_programs(object));
  auto links = object.attach();
  if (!links) return refused("attaching BPF programs", -links.error(), log);
  impl->links = *std::move(links);
  if (plan.below == Below::kTells && !fires(*impl->maps))
    return fail("the kernel's functions that look names up take programs and never call them");
  impl->maps->set_noting(*object->rodata.notes_syscalls);
  impl->backend = plan.backend;
  impl->method = plan.method;
  return impl;
}

// Links and maps; a program lives as long as its link.
Result<void> Programs::Impl::pin(const std::string& directory) const {
  const auto keep = [](int fd, const std::string& path) -> Result<void> {
    if (::bpf_obj_pin(fd, path.c_str()) == 0) return {};
    Error error = Error::from_errno("pinning " + path);
    error.hint = "a session needs a bpffs: mount -t bpf bpf /sys/fs/bpf";
    return std::unexpected(error);
  };
  for (int name = 0; name < Maps::kCount; ++name)
    TRY_DO(keep(maps->fd(Maps::Name(name)), map_pin(directory, Maps::Name(name))));
  for (const auto& [program, link] : links)
    TRY_DO(keep(::bpf_link__fd(link.get()), fmt::format("{}/link-{}", directory, program)));
  TRY_DO(keep(maps->fd(Maps::kTargets), layout_pin(directory)));
  // Last: with it the session is whole.
  return keep(maps->fd(Maps::kTargets), fmt::format("{}/{}{}", directory, kBackendFile, to_string(backend)));
}

Programs::Programs(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Programs::Programs(Programs&&) noexcept = default;
Programs& Programs::operator=(Programs&&) noexcept = default;
Programs::~Programs() = default;

Maps& Programs::maps() { return *impl_->maps; }
const Maps& Programs::maps() const { return *impl_->maps; }
Backend Programs::backend() const { return impl_->backend; }
const std::string& Programs::method() const { return impl_->method; }

std::uint64_t Programs::left_out() const {
  std::uint64_t sum = 0;
  for (const Fd& program : impl_->programs) {
    bpf_prog_info info{};
    std::uint32_t size = sizeof(info);
    if (::bpf_obj_get_info_by_fd(program.get(), &info, &size) == 0) sum += info.recursion_misses;
  }
  return sum;
}

Result<Programs> Programs::load(const RecorderOptions& options) {
  const Types types = types_of_kernel();
  if (!types)
    return fail("this kernel has no type information (no /sys/kernel/btf/vmlinux)",
                "use a kernel built with CONFIG_DEBUG_INFO_BTF=y; in a container, /sys must be the host's");
  ::libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
  const Functions functions(types.get());
  std::optional<Error> first;
  for (const BackendPlan& plan : plans_for(options.backend, functions)) {
    auto impl = Impl::load(options, functions, plan);
    if (!impl) {
      if (!first) first = impl.error();
      continue;
    }
    if (first) (*impl)->method += fmt::format(" (better programs were refused: {})", first->what);
    return Programs(*std::move(impl));
  }
  return std::unexpected(*first);
}

Result<Programs> Programs::load_pinned(const RecorderOptions& options, const std::string& directory) {
  auto programs = load(options);
  if (!programs) return programs;
  TRY_DO(programs->impl_->pin(directory));
  return programs;
}

Result<Programs> Programs::pinned(const std::string& directory) {
  auto impl = std::make_unique<Impl>();
  if (fs::exists(directory) && !fs::exists(layout_pin(directory)))
    return fail("its programs are of another version of winnow");
  std::array<Fd, Maps::kCount> fds;
  for (int name = 0; name < Maps::kCount; ++name) {
    TRY(fds[static_cast<std::size_t>(name)], opened(map_pin(directory, Maps::Name(name))));
  }
  TRY(impl->maps, Maps::over(std::move(fds)));
  const bool fentry = fs::exists(fmt::format("{}/{}{}", directory, kBackendFile, to_string(Backend::kFentry)));
  impl->backend = fentry ? Backend::kFentry : Backend::kSyscall;
  return Programs(std::move(impl));
}

}  // namespace record
}  // namespace winnow
