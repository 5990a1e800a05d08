// SPDX-License-Identifier: Apache-2.0
// prometheus-cpp writes the text, civetweb serves it. Names as Prometheus' practices have them: base units, _total for
// what only grows, no label without bounds.
#include "agent/metrics.h"

#include <civetweb.h>
#include <dirent.h>
#include <fmt/format.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <mutex>

#include "winnow/base/file.h"
#include "winnow/base/text.h"

namespace winnow {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime);
}

// The second number of /proc/self/statm: pages (proc_pid_statm(5)).
double resident_bytes() {
  const auto text = read_file("/proc/self/statm", 4096);
  std::uint64_t all = 0, resident = 0;
  if (!text || std::sscanf(text->c_str(), "%lu %lu", &all, &resident) != 2) return 0;
  return static_cast<double>(resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
}

double open_files() {
  double count = -3;  // ".", ".." and the descriptor of this loop
  const std::unique_ptr<DIR, int (*)(DIR*)> files(::opendir("/proc/self/fd"), ::closedir);
  while (files && ::readdir(files.get()) != nullptr) ++count;  // NOLINT(concurrency-mt-unsafe): a stream of its own
  return count;
}

double start_time() {
  struct stat status{};
  return ::stat("/proc/self", &status) == 0 ? static_cast<double>(status.st_ctim.tv_sec) : 0;
}

class Numbers {
 public:
  explicit Numbers(std::string version) : version_(std::move(version)) {
    gauge("process_start_time_seconds", "when the agent was started, Unix time").Set(start_time());
  }

  void set(const AgentState& state) {
    gauge("winnow_build_info", "1; the labels say what runs", {{"version", version_}, {"backend", state.backend}})
        .Set(1);
    gauge("winnow_containers_recorded", "containers that are recorded now").Set(double(state.recorded));
    gauge("winnow_images", "images of which there is a profile").Set(double(state.images));
    gauge("winnow_accesses", "paths in all profiles of this node").Set(double(state.paths));
    grow("winnow_runs_total", "recorded containers that have ended", double(state.runs));
    grow("winnow_events_recovered_total", "events that found the ring full and were kept elsewhere",
         double(state.recovered));
    set_losses(state.lost);
    for (const Skip skip : {Skip::kNamespace, Skip::kSelector, Skip::kContainer, Skip::kAnnotation, Skip::kUnknown}) {
      const auto found = state.skipped.find(skip);
      grow("winnow_containers_skipped_total", "containers that were not recorded",
           found == state.skipped.end() ? 0 : double(found->second), {{"reason", std::string(to_string(skip))}});
    }
    grow("winnow_profile_writes_total", "writes of a profile into the store, failed ones too", double(state.writes));
    grow("winnow_profile_write_failures_total", "writes of a profile that failed", double(state.write_failures));
    gauge("winnow_profile_bytes", "bytes that the store holds of this node's profiles").Set(double(state.stored_bytes));
    gauge("winnow_last_new_path_timestamp_seconds", "when a path was last seen for the first time, Unix time")
        .Set(state.last_new_path);
    gauge("winnow_last_write_timestamp_seconds", "when a profile was last written, Unix time").Set(state.last_write);
    gauge("winnow_store_up", "1: the last request to the store succeeded").Set(state.store_trouble ? 0 : 1);
    gauge("winnow_disk_up", "1: the node's disk has all that was recorded").Set(state.disk_trouble ? 0 : 1);
    grow("winnow_kubernetes_requests_total", "requests to the API of the cluster, failed ones too",
         double(state.requests));
    grow("winnow_kubernetes_request_failures_total", "requests to the API that failed", double(state.request_failures));
  }

  std::string text() {
    grow("process_cpu_seconds_total", "processor time", cpu_seconds());
    gauge("process_resident_memory_bytes", "memory in use").Set(resident_bytes());
    gauge("process_open_fds", "open file descriptors").Set(open_files());
    return prometheus::TextSerializer().Serialize(registry_.Collect());
  }

 private:
  prometheus::Gauge& gauge(const char* name, const char* help, const prometheus::Labels& labels = {}) {
    return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add(labels);
  }
  void grow(const char* name, const char* help, double value, const prometheus::Labels& labels = {}) {
    auto& counter = prometheus::BuildCounter().Name(name).Help(help).Register(registry_).Add(labels);
    if (value > counter.Value()) counter.Increment(value - counter.Value());
  }
  void set_losses(const Losses& lost) {
    const std::array<std::pair<const char*, std::uint64_t>, 7> causes = {{{"buffers_full", lost.buffers_full},
                                                                          {"paths_full", lost.paths_full},
                                                                          {"targets_full", lost.targets_full},
                                                                          {"truncated", lost.truncated},
                                                                          {"unreadable", lost.unreadable},
                                                                          {"busy", lost.busy},
                                                                          {"io_uring", lost.io_uring}}};
    for (const auto& [cause, count] : causes)
      grow("winnow_events_lost_total", "accesses that were lost", double(count), {{"cause", cause}});
  }

  std::string version_;
  // The same name and labels again return the same number.
  prometheus::Registry registry_{prometheus::Registry::InsertBehavior::Merge};
};

// An IPv6 address before the port stands in brackets; a pod's address comes without them.
std::string bracketed(const std::string& address) {
  const auto colon = address.rfind(':');
  const std::string host = address.substr(0, colon == std::string::npos ? 0 : colon);
  return host.contains(':') && !host.starts_with('[') ? "[" + host + "]" + address.substr(colon) : address;
}

constexpr auto kSilence = std::chrono::seconds(120);  // in which the agent has said nothing of itself: it hangs

class Server final : public AgentServer {
 public:
  explicit Server(std::string version) : numbers_(std::move(version)) {}
  ~Server() override {
    if (context_ != nullptr) mg_stop(context_);
  }

  Result<void> listen(const std::string& given) {
    const std::string where = bracketed(given);
    // Answers are short. Whoever asks slowly has one of many threads, and not for long: a probe waits for few of them.
    const char* words[] = {"listening_ports",          where.c_str(), "num_threads", "32", "request_timeout_ms", "1000",
                           "enable_directory_listing", "no",          nullptr};
    const mg_callbacks callbacks{};
    context_ = mg_start(&callbacks, this, words);
    if (context_ == nullptr && where.starts_with('[') && mg_check_feature(MG_FEATURES_IPV6) == 0)
      return std::unexpected(Error::usage("cannot listen on " + printable(where) + ": civetweb was built without IPv6",
                                          "write --listen 0.0.0.0:PORT, or an IPv4 address"));
    if (context_ == nullptr)
      return std::unexpected(Error::usage("cannot listen on " + printable(where),
                                          "--listen takes ADDRESS:PORT of this machine; is the port in use?"));
    mg_set_request_handler(context_, "/metrics", &Server::serve<&Server::metrics>, this);
    mg_set_request_handler(context_, "/healthz", &Server::serve<&Server::health>, this);
    return {};
  }

  void show(const AgentState& state) override {
    const std::lock_guard lock(mutex_);
    state_ = state;
    shown_ = Clock::now();
    numbers_.set(state);
  }

 private:
  struct Answer {
    int status;
    const char* type;
    std::string body;
  };
  template <Answer (Server::*answer)()>
  static int serve(mg_connection* connection, void* server) {
    const Answer got = (static_cast<Server*>(server)->*answer)();
    mg_printf(connection, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
              got.status, got.status == 200 ? "OK" : "Service Unavailable", got.type, got.body.size());
    mg_write(connection, got.body.data(), got.body.size());
    return got.status;
  }
  Answer metrics() {
    const std::lock_guard lock(mutex_);
    return {200, "text/plain; version=0.0.4; charset=utf-8", numbers_.text()};
  }
  // A store that does not answer is no reason to restart the agent: nothing is lost meanwhile.
  Answer health() {
    const std::lock_guard lock(mutex_);
    if (!shown_) return {503, "text/plain; charset=utf-8", "recorder: starting\n"};
    const auto silent = std::chrono::duration_cast<std::chrono::seconds>(Clock::now() - *shown_);
    const bool well = silent < kSilence;
    return {well ? 200 : 503, "text/plain; charset=utf-8",
            fmt::format("recorder: {}\nring: {}\ndisk: {}\nstore: {}\n",
                        well ? "ok" : fmt::format("no sign of it for {} s", silent.count()),
                        state_.lost.buffers_full == 0 ? "ok" : fmt::format("{} events lost", state_.lost.buffers_full),
                        state_.disk_trouble.value_or("ok"), state_.store_trouble.value_or("ok"))};
  }

  using Clock = std::chrono::steady_clock;
  std::mutex mutex_;
  std::optional<Clock::time_point> shown_;
  AgentState state_;
  Numbers numbers_;
  mg_context* context_ = nullptr;
};

}  // namespace

Result<std::unique_ptr<AgentServer>> AgentServer::start(const std::string& listen, const std::string& version) {
  auto server = std::make_unique<Server>(version);
  if (!listen.empty()) TRY_DO(server->listen(listen));
  return server;
}

}  // namespace winnow
