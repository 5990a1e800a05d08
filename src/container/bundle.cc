// SPDX-License-Identifier: Apache-2.0
// One container from its image to its end: the door of the room.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "container/contents.h"
#include "container/debris.h"
#include "container/runtime.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/json.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"
#include "winnow/container/container.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 20ms;
constexpr auto kStarting = 2ms;  // between two looks whether it has started
constexpr auto kPatience = 10s;  // between the stop signal and SIGKILL, and for the runtime to notice
constexpr std::size_t kMaxLog = 1 << 20;

int exit_status(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

// runc's log: a JSON object a line. The last error in it; "" when there is none.
std::string error_in_log(const std::string& file) {
  std::string found;
  const std::string log = read_file(file, kMaxLog).value_or("");
  for (const std::string_view line : lines(log)) {
    const auto json = parse_if_json<nlohmann::json>(line);
    if (!json.is_object() || json.value("level", nlohmann::json()) != "error") continue;
    if (const auto words = json.find("msg"); words != json.end() && words->is_string())
      found = words->get<std::string>();
  }
  return found;
}

// What to do about the commonest of runc's refusals.
std::string hint_for(std::string_view words, const std::string& program) {
  if (words.contains("executable file not found") || words.contains("no such file or directory"))
    return fmt::format(
        "{} may be missing in the image: name another program with --entrypoint or after --, and `winnow image ls` "
        "lists what is there",
        printable(program));
  if (words.contains("permission denied") && words.contains(program))
    return printable(program) + " is not an executable file of the image";
  if (words.contains("cgroup"))
    return "cgroups must be writable: in a container, --privileged, or /sys/fs/cgroup mounted for writing";
  if (words.contains("operation not permitted"))
    return "inside a container this takes --privileged, or CAP_SYS_ADMIN without AppArmor and seccomp profiles";
  return "";
}

}  // namespace

struct Bundle::Impl {
  std::string directory, runc;
  container::Contents contents;
  container::Runtime runtime;
  bool removed = false;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { (void)remove(); }

  [[nodiscard]] std::string at(std::string_view name) const { return fmt::format("{}/{}", directory, name); }
  [[nodiscard]] std::optional<int> status() const {
    const auto ended = runtime.ended();
    return ended ? std::optional(exit_status(*ended)) : std::nullopt;
  }
  [[nodiscard]] bool runs() const { return runtime.started() && !runtime.ended(); }
  Result<void> await_start();
  Result<int> stop();
  Result<void> remove();
};

// runc writes its pid file once the container's first program is being executed.
Result<void> Bundle::Impl::await_start() {
  const std::string mark = at("pid");
  for (;;) {
    const bool ended = runtime.wait_for(kStarting).has_value();  // before the look: it may do both in between
    if (::access(mark.c_str(), F_OK) == 0) return {};
    if (!ended) continue;
    const std::string words = error_in_log(at("log"));
    const std::string& program = contents.settings.args.front();
    return fail(fmt::format("starting {} in the container: {}", printable(program),
                            words.empty() ? "runc ended and said nothing" : printable(words)),
                hint_for(words, program));
  }
}

Result<int> Bundle::Impl::stop() {
  if (!runtime.started()) return fail("a container that was not started cannot be stopped");
  runtime.signal(contents.settings.stop_signal);
  if (!runtime.wait_for(kPatience)) {
    TRY_DO(container::kill_cgroup(contents.cgroup));
    if (!runtime.wait_for(kPatience)) runtime.signal(SIGKILL);
  }
  runtime.wait_for(kPatience);
  const auto ended = status();
  return ended ? Result<int>(*ended) : fail("the container does not end");
}

Result<void> Bundle::Impl::remove() {
  if (removed || directory.empty()) return {};
  if (runs()) {
    (void)container::kill_cgroup(contents.cgroup);  // said again by remove_bundle
    if (!runtime.wait_for(kPatience)) runtime.signal(SIGKILL);
  }
  TRY_DO(remove_bundle(directory));
  removed = true;
  return {};
}

Bundle::Bundle(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Bundle::Bundle(Bundle&&) noexcept = default;
Bundle& Bundle::operator=(Bundle&&) noexcept = default;
Bundle::~Bundle() = default;

Result<Bundle> Bundle::prepare(const Image& image, const std::string& directory, const ContainerOptions& options,
                               const std::atomic<bool>* interrupted) {
  if (::geteuid() != 0) return fail("running a container takes root", "run it with sudo");
  if (!directory.starts_with('/')) return fail("the container's directory is not absolute: " + printable(directory));
  TRY(auto runc, container::find_runc());
  auto impl = std::make_unique<Impl>();
  impl->runc = std::move(runc);
  TRY(impl->contents, container::Contents::begin(image, options));
  impl->directory = normal_path(directory);  // from here on the object removes it
  TRY_DO(impl->contents.make(image, impl->directory, interrupted));
  return Bundle(std::move(impl));
}

const std::string& Bundle::id() const { return impl_->contents.id; }
const std::string& Bundle::cgroup() const { return impl_->contents.cgroup; }
const std::vector<std::string>& Bundle::notes() const { return impl_->contents.notes; }

Result<void> Bundle::start(const Streams& streams) {
  Impl& self = *impl_;
  if (self.runtime.started() || self.removed) return fail("a container is started only once");
  const std::vector<std::string> command = {"runc",
                                            "--root",
                                            self.directory + std::string(container::kRuntimeState),
                                            "--log",
                                            self.at("log"),
                                            "--log-format",
                                            "json",
                                            "run",
                                            "--bundle",
                                            self.at("bundle"),
                                            "--pid-file",
                                            self.at("pid"),
                                            self.contents.id};
  const container::Launch launch{self.directory, self.runc, command, streams};
  TRY(const auto launched, self.runtime.start(launch));
  if (const auto& why = launched)
    self.contents.notes.push_back(why->what + ": the container works on the unpacked files themselves");
  return self.await_start();
}

std::optional<int> Bundle::status() const { return impl_->status(); }
Result<int> Bundle::stop() { return impl_->stop(); }
Result<void> Bundle::remove() { return impl_->remove(); }

Result<int> Bundle::wait(const std::stop_token& stop) {
  while (!stop.stop_requested())
    if (impl_->runtime.wait_for(kPoll)) return *impl_->status();
  return impl_->stop();
}

}  // namespace winnow
