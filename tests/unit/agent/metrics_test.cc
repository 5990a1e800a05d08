// SPDX-License-Identifier: Apache-2.0
// What Prometheus and a kubelet are told over HTTP.
#include "agent/metrics.h"

#include <arpa/inet.h>
#include <civetweb.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <map>
#include <memory>
#include <string>

#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/http/http.h"

namespace winnow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// A port of the loopback interface that nobody listens on; with LISTENER, that LISTENER listens on.
std::string port(Fd* listener = nullptr) {
  Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in name{};
  name.sin_family = AF_INET;
  name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof name;
  auto* const any = reinterpret_cast<sockaddr*>(&name);
  EXPECT_EQ(::bind(socket.get(), any, size), 0);
  EXPECT_EQ(::getsockname(socket.get(), any, &size), 0);
  if (listener != nullptr) {
    EXPECT_EQ(::listen(socket.get(), 1), 0);
    *listener = std::move(socket);
  }
  return "127.0.0.1:" + std::to_string(ntohs(name.sin_port));
}

class ServedMetrics : public testing::Test {
 protected:
  void SetUp() override {
    for (int attempt = 0; attempt < 5 && !server_; ++attempt) {  // somebody else may take the port
      where_ = port();
      auto started = AgentServer::start(where_, "1.2.3");
      if (started) server_ = *std::move(started);
    }
    ASSERT_TRUE(server_);
  }
  http::Response get(const std::string& target) {
    const auto answer = http::perform({.unix_socket = false, .address = where_}, {.target = target});
    EXPECT_TRUE(answer) << answer.error().what;
    return answer.value_or(http::Response{});
  }
  // The value of each series, and "TYPE" of each name.
  std::map<std::string, std::string> series() {
    std::map<std::string, std::string> all;
    const std::string text = get("/metrics").body;
    for (const std::string_view line : lines(text)) {
      const auto at = line.rfind(' ');
      EXPECT_NE(at, std::string_view::npos) << line;
      if (at == std::string_view::npos || line.starts_with("# HELP ")) continue;
      const auto [place, is_new] =
          all.emplace(line.starts_with("# TYPE ") ? line.substr(2, at - 2) : line.substr(0, at), line.substr(at + 1));
      EXPECT_TRUE(is_new) << line;
    }
    return all;
  }
  std::string where_;
  std::unique_ptr<AgentServer> server_;
};

TEST_F(ServedMetrics, HaveTheNamesAndTypesThatTheContractNames) {
  server_->show({.backend = "fentry"});
  const auto all = series();
  for (const char* name :
       {"winnow_build_info", "winnow_containers_recorded", "winnow_images", "winnow_accesses", "winnow_profile_bytes",
        "winnow_last_new_path_timestamp_seconds", "winnow_last_write_timestamp_seconds", "winnow_store_up",
        "process_resident_memory_bytes", "process_open_fds", "process_start_time_seconds"})
    EXPECT_EQ(all.count("TYPE " + std::string(name)) == 1 ? all.at("TYPE " + std::string(name)) : "", "gauge") << name;
  for (const char* name :
       {"winnow_events_lost_total", "winnow_events_recovered_total", "winnow_runs_total",
        "winnow_containers_skipped_total", "winnow_profile_writes_total", "winnow_profile_write_failures_total",
        "winnow_kubernetes_requests_total", "winnow_kubernetes_request_failures_total", "process_cpu_seconds_total"})
    EXPECT_EQ(all.count("TYPE " + std::string(name)) == 1 ? all.at("TYPE " + std::string(name)) : "", "counter")
        << name;
  EXPECT_EQ(all.at("winnow_build_info{backend=\"fentry\",version=\"1.2.3\"}"), "1");
  for (const char* cause :
       {"buffers_full", "paths_full", "targets_full", "truncated", "unreadable", "busy", "io_uring"})
    EXPECT_EQ(all.at("winnow_events_lost_total{cause=\"" + std::string(cause) + "\"}"), "0");
  for (const char* reason : {"namespace", "selector", "container", "annotation", "unknown"})
    EXPECT_EQ(all.at("winnow_containers_skipped_total{reason=\"" + std::string(reason) + "\"}"), "0");
  EXPECT_FALSE(all.contains("winnow_containers_skipped_total{reason=\"sandbox\"}")) << "pause containers are no news";
  EXPECT_GT(std::stod(all.at("process_open_fds")), 3);
  EXPECT_GT(std::stod(all.at("process_resident_memory_bytes")), 1e6);
  EXPECT_GT(std::stod(all.at("process_start_time_seconds")), 1.5e9);
}

TEST_F(ServedMetrics, AreTheLastStateThatWasShown) {
  AgentState state;
  state.recorded = 3;
  state.images = 2;
  state.paths = 1000;
  state.runs = 7;
  state.lost.busy = 5;
  state.skipped[Skip::kNamespace] = 4;
  state.writes = 6;
  state.write_failures = 1;
  state.stored_bytes = 12345;
  state.last_write = 1'767'225'600.5;
  state.requests = 20;
  server_->show(state);
  auto all = series();
  EXPECT_EQ(all.at("winnow_containers_recorded"), "3");
  EXPECT_EQ(all.at("winnow_accesses"), "1000");
  EXPECT_EQ(all.at("winnow_runs_total"), "7");
  EXPECT_EQ(all.at("winnow_events_lost_total{cause=\"busy\"}"), "5");
  EXPECT_EQ(all.at("winnow_containers_skipped_total{reason=\"namespace\"}"), "4");
  EXPECT_EQ(all.at("winnow_profile_write_failures_total"), "1");
  EXPECT_EQ(all.at("winnow_kubernetes_requests_total"), "20");
  EXPECT_DOUBLE_EQ(std::stod(all.at("winnow_last_write_timestamp_seconds")), 1'767'225'600.5);
  EXPECT_EQ(all.at("winnow_store_up"), "1");
  state.recorded = 1;
  state.runs = 8;
  state.store_trouble = "unreachable";
  server_->show(state);
  all = series();
  EXPECT_EQ(all.at("winnow_containers_recorded"), "1") << "a gauge falls";
  EXPECT_EQ(all.at("winnow_runs_total"), "8");
  EXPECT_EQ(all.at("winnow_store_up"), "0");
  state.runs = 2;
  server_->show(state);
  EXPECT_EQ(series().at("winnow_runs_total"), "8") << "a counter never falls";
}

TEST_F(ServedMetrics, HaveTheTypeOfPrometheusText) {
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(get("/").status, 404);
  EXPECT_EQ(get("/etc/passwd").status, 404);
  EXPECT_EQ(get("/../../../../etc/passwd").body.find("root:"), std::string::npos);
}

TEST_F(ServedMetrics, TellAKubeletOfTheRecorderAndNotOfTheStore) {
  auto answer = get("/healthz");
  EXPECT_EQ(answer.status, 503) << "a rollout must wait until it records";
  EXPECT_EQ(answer.body, "recorder: starting\n");
  server_->show({});
  answer = get("/healthz");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.content_type, StartsWith("text/plain"));
  EXPECT_EQ(answer.body, "recorder: ok\nring: ok\ndisk: ok\nstore: ok\n");
  AgentState state;
  state.store_trouble = "unreachable since 2026-01-01T00:00:00Z: why";
  state.lost.buffers_full = 7;
  server_->show(state);
  answer = get("/healthz");
  EXPECT_EQ(answer.status, 200) << "no restart brings the store back";
  EXPECT_EQ(answer.body,
            "recorder: ok\nring: 7 events lost\ndisk: ok\nstore: unreachable since 2026-01-01T00:00:00Z: why\n");
  state.disk_trouble = "full";
  server_->show(state);
  answer = get("/healthz");
  EXPECT_EQ(answer.status, 200) << "what is in memory would be lost by a restart";
  EXPECT_THAT(answer.body, HasSubstr("\ndisk: full\n"));
}

TEST(AgentServer, SaysThatItCannotListen) {
  Fd taken;
  const std::string where = port(&taken);
  for (const std::string& bad : {where, std::string("192.0.2.1:80"), std::string("nonsense\x1b")}) {
    const auto started = AgentServer::start(bad, "1");
    ASSERT_FALSE(started) << bad;
    EXPECT_THAT(started.error().what, HasSubstr("cannot listen on " + printable(bad)));
    EXPECT_THAT(started.error().hint, AllOf(HasSubstr("ADDRESS:PORT"), HasSubstr("in use")));
    EXPECT_EQ(started.error().fault, Fault::kUsage);
  }
}

TEST(AgentServer, ListensOnAnIpv6AddressWithAndWithoutBrackets) {
  const Fd socket(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = in6addr_loopback;
  if (!socket.valid() || ::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0)
    GTEST_SKIP() << "a machine without IPv6";
  for (const char* host : {"::1", "[::1]"}) {
    const std::string free_port = port().substr(std::string("127.0.0.1:").size());
    const auto started = AgentServer::start(std::string(host) + ":" + free_port, "1");
    if (mg_check_feature(MG_FEATURES_IPV6) == 0) {  // as Debian's civetweb: the error says what to do
      ASSERT_FALSE(started);
      EXPECT_TRUE(started.error().what.ends_with("civetweb was built without IPv6")) << started.error().what;
      EXPECT_THAT(started.error().hint, HasSubstr("0.0.0.0"));
      continue;
    }
    ASSERT_TRUE(started) << started.error().what;
    const auto answer = http::perform({.unix_socket = false, .address = "[::1]:" + free_port}, {.target = "/healthz"});
    ASSERT_TRUE(answer) << answer.error().what;
    EXPECT_EQ(answer->status, 200);
  }
}

TEST(AgentServer, ServesNothingIfItIsNotToldWhere) {
  const auto started = AgentServer::start("", "1");
  ASSERT_TRUE(started);
  (*started)->show({});
}

}  // namespace
}  // namespace winnow
