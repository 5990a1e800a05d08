// SPDX-License-Identifier: Apache-2.0
// Starts a container for a test through the engine's own client, and removes it whatever happens.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>
#include <thread>

#include "winnow/trial.h"

namespace winnow {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 50ms;
constexpr int kLogLines = 20;
constexpr int kStopSeconds = 10;

// A directory that vanishes with its only file.
class CidFile {
 public:
  CidFile() {
    const char* chosen = std::getenv("TMPDIR");
    std::string name = std::string(chosen != nullptr && *chosen != '\0' ? chosen : "/tmp") + "/winnow.XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) directory_ = name;
  }
  CidFile(const CidFile&) = delete;
  CidFile& operator=(const CidFile&) = delete;
  ~CidFile() {
    ::unlink(path().c_str());
    ::rmdir(directory_.c_str());
  }
  [[nodiscard]] std::string path() const { return directory_ + "/cid"; }
  [[nodiscard]] bool valid() const { return !directory_.empty(); }

 private:
  std::string directory_;
};

// Stops and removes a container at the end of its life here.
class Removal {
 public:
  Removal(const Engine& engine, const CidFile& cid) : engine_(engine), cid_(cid) {}
  Removal(const Removal&) = delete;
  Removal& operator=(const Removal&) = delete;
  ~Removal() {
    const auto id = read_file(cid_.path(), 1024);
    if (!id || id->empty()) return;
    (void)engine_.stop_container(*id, kStopSeconds);  // it may have ended by itself
    (void)engine_.remove_container(*id);
  }

 private:
  const Engine& engine_;
  const CidFile& cid_;
};

Error with_log(const Engine& engine, const std::string& id, std::string what) {
  const auto log = engine.container_log(id, kLogLines);
  Error error{std::move(what)};
  if (!log || log->empty()) return error;
  error.what += "; its last words:";
  std::istringstream lines(*log);
  for (std::string line; std::getline(lines, line);) error.what += "\n  " + printable(line);
  return error;
}

// Waits until the container runs and, with a health check, is healthy. An early end is an error with the container's
// log.
Result<void> wait_ready(const Engine& engine, const std::string& id, const Service& service,
                        const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + service.ready_timeout;
  while (!stop.stop_requested()) {
    const auto container = engine.find_container(id);
    if (!container) return std::unexpected(container.error());
    if (!*container) return fail("the container vanished before it was ready");
    const Container& now = **container;
    if (!now.running)
      return std::unexpected(with_log(engine, id, fmt::format("the container ended with status {}", now.exit_code)));
    if (now.health.empty() || now.health == "healthy") return {};
    if (std::chrono::steady_clock::now() > deadline)
      return std::unexpected(with_log(
          engine, id,
          fmt::format("the container was not healthy after {} s: {}", service.ready_timeout.count(), now.health)));
    std::this_thread::sleep_for(kPoll);
  }
  return fail("interrupted");
}

Result<int> wait_end(const Engine& engine, const std::string& id, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto container = engine.find_container(id);
    if (!container) return std::unexpected(container.error());
    if (!*container) return fail("the container vanished before its exit status was known", "do not give --rm here");
    if (!(*container)->running) return (*container)->exit_code;
    std::this_thread::sleep_for(kPoll);
  }
  return fail("interrupted");
}

}  // namespace

Result<int> run_service(const Engine& engine, const Service& service, const std::stop_token& stop) {
  const CidFile cid;
  if (!cid.valid()) return std::unexpected(Error::from_errno("making a temporary directory"));
  const Removal removal(engine, cid);
  std::vector<std::string> start = {engine.info().name, "run", "-d"};
  start.insert(start.end(), service.run_options.begin(), service.run_options.end());
  // Last, so that no option of the user's takes its place: it is how the container is found and removed.
  start.insert(start.end(), {"--cidfile", cid.path(), service.image});
  const auto started = run_command(start, engine.client_environment(), stop, Output::kDiscarded);
  if (!started) return std::unexpected(started.error().within("starting a container of " + printable(service.image)));
  if (*started != 0)
    return fail(fmt::format("starting a container of {}: {} run ended with status {}", printable(service.image),
                            engine.info().name, *started),
                "its own message is above; the words after -- are options of `docker run`");
  const auto id = read_file(cid.path(), 1024);
  if (!id) return std::unexpected(id.error());
  if (service.test.empty()) return wait_end(engine, *id, stop);
  if (auto ready = wait_ready(engine, *id, service, stop); !ready) return std::unexpected(ready.error());
  auto environment = engine.client_environment();
  environment.push_back("WINNOW_CONTAINER=" + *id);
  environment.push_back("WINNOW_IMAGE=" + service.image);
  return run_command({"sh", "-c", service.test}, environment, stop);
}

}  // namespace winnow
