// SPDX-License-Identifier: Apache-2.0
// The engine's doors: which socket answers, and one API call per question.
#include "winnow/engine/engine.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "engine/api.h"
#include "engine/context.h"
#include "engine/streams.h"
#include "engine/watch.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/http/http.h"

namespace winnow {

using http::Endpoint;
using http::Request;
using http::Response;

namespace {

constexpr std::size_t kMaxLog = std::size_t{16} << 20;  // bytes of a stream

// Where engines listen when nobody has chosen one, in the order in which they are asked.
std::vector<Endpoint> usual_places() {
  std::vector<Endpoint> endpoints{{.address = "/var/run/docker.sock"}, {.address = "/run/podman/podman.sock"}};
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");  // NOLINT(concurrency-mt-unsafe): nothing calls setenv
  if (runtime != nullptr && *runtime != '\0') {
    endpoints.push_back({.address = std::string(runtime) + "/podman/podman.sock"});
    endpoints.push_back({.address = std::string(runtime) + "/docker.sock"});
  }
  return endpoints;
}

// GET /_ping answers with the headers "Api-Version: 1.41" and "Server: Docker/20.10.24 (linux)" or "Libpod/4.3.1
// (linux)".
Result<EngineInfo> greet(const Endpoint& endpoint) {
  TRY(auto pong, http::perform(endpoint, {.target = "/_ping", .patience_s = 10}));
  if (!pong.ok()) return fail(fmt::format("{}: {}", endpoint.str(), engine::error_text(pong.body)));
  auto version = engine::negotiate(pong.api_version);
  if (!version) return std::unexpected(version.error().within(endpoint.str()));
  const std::string_view server = pong.server;
  const auto slash = server.find('/');
  return EngineInfo{.endpoint = endpoint.str(),
                    .name = server.starts_with("Libpod") ? "podman" : "docker",
                    .version = slash == std::string_view::npos
                                   ? ""
                                   : std::string(server.substr(slash + 1, server.find(' ') - slash - 1)),
                    .api_version = *version};
}

}  // namespace

struct Engine::Impl {
  Endpoint endpoint;
  EngineInfo info;

  // Asks for TARGET below the negotiated version. A status that is neither 2xx nor ALSO_FINE is an error with the
  // engine's words.
  [[nodiscard]] Result<Response> call(Request request, std::initializer_list<long> also_fine = {}) const {
    const std::string what = request.method + " " + request.target;
    request.target = fmt::format("/v{}{}", info.api_version, request.target);
    auto response = http::perform(endpoint, request);
    if (!response || response->ok()) return response;
    for (const long status : also_fine) {
      if (response->status == status) return response;
    }
    return fail(fmt::format("{} answers {} with {}: {}", info.name, what, response->status,
                            engine::error_text(response->body)));
  }

  [[nodiscard]] Result<std::optional<engine::InspectedContainer>> inspect(const std::string& name) const {
    if (!engine::is_askable(name)) return std::nullopt;
    TRY(auto response, call({.target = fmt::format("/containers/{}/json", engine::encode(name))}, {404}));
    if (response.status == 404) return std::nullopt;
    auto inspected = engine::parse_container(response.body);
    if (!inspected) return std::unexpected(inspected.error().within("inspecting container " + printable(name)));
    return std::move(*inspected);
  }
};

Engine::Engine(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
const EngineInfo& Engine::info() const { return impl_->info; }

std::string EngineInfo::in_words() const {
  return fmt::format("{} {} at {}{}", name, printable(version), printable(endpoint),
                     chosen_by.empty() ? "" : ", chosen by " + printable(chosen_by));
}

std::vector<std::string> Engine::client_environment() const { return {"DOCKER_HOST=" + impl_->info.endpoint}; }

Result<Engine> Engine::connect() {
  TRY(const auto chosen, engine::chosen_engine(engine::client_settings()));
  std::string tried;
  for (const Endpoint& endpoint : chosen ? std::vector{chosen->endpoint} : usual_places()) {
    auto info = greet(endpoint);
    if (info && chosen) info->chosen_by = chosen->by;
    if (info) return Engine(std::make_shared<const Impl>(endpoint, std::move(*info)));
    tried += (tried.empty() ? "" : "; ") + info.error().what;
  }
  return fail(
      fmt::format("no container engine answers{}: {}", chosen ? ", chosen by " + printable(chosen->by) : "", tried),
      "start Docker or Podman's API service, name its socket in DOCKER_HOST, or run this as a user who may reach it");
}

Result<std::optional<Container>> Engine::find_container(const std::string& name) const {
  TRY(auto inspected, impl_->inspect(name));
  if (!inspected) return std::nullopt;
  return std::move(inspected->container);
}

Result<std::optional<EngineImage>> Engine::find_image(const std::string& name) const {
  if (!engine::is_askable(name)) return std::nullopt;
  TRY(auto response, impl_->call({.target = fmt::format("/images/{}/json", engine::encode(name))}, {404}));
  if (response.status == 404) return std::nullopt;
  auto image = engine::parse_image(response.body);
  if (!image) return std::unexpected(image.error().within("inspecting image " + printable(name)));
  return std::move(*image);
}

Result<void> Engine::save_image(const std::string& name, int fd) const {
  if (!engine::is_askable(name)) return fail("not an image's name: " + printable(name));
  Request request{.target = fmt::format("/images/{}/get", engine::encode(name)), .patience_s = 0};
  request.sink = [fd](std::string_view piece) { return write_all(fd, piece); };
  auto response = impl_->call(std::move(request));
  if (!response) return std::unexpected(response.error().within("saving image " + printable(name)));
  return {};
}

Result<void> Engine::load_image(int fd) const {
  // Progress lines with status 200; what goes wrong after the first of them is one more line.
  engine::LineReader lines(std::size_t{1} << 20);
  const http::Sink take = [](std::string_view line) -> Result<void> {
    if (auto error = engine::stream_error(line)) return fail(std::move(*error));
    return {};
  };
  Request request{.method = "POST", .target = "/images/load?quiet=1", .body_fd = fd, .patience_s = 0};
  request.sink = [&](std::string_view piece) { return lines.feed(piece, take); };
  auto response = impl_->call(std::move(request));
  if (!response) return std::unexpected(response.error().within("loading an image"));
  if (auto last = take(lines.rest()); !last) return std::unexpected(last.error().within("loading an image"));
  return {};
}

Result<void> Engine::tag_image(const std::string& name, const std::string& other_name) const {
  const auto [repository, tag] = repository_and_tag(other_name);
  TRY_DO(impl_->call({.method = "POST",
                      .target = fmt::format("/images/{}/tag?repo={}&tag={}", engine::encode(name),
                                            engine::encode(repository), engine::encode(tag))}));
  return {};
}

Result<void> Engine::remove_image(const std::string& name) const {
  if (!engine::is_askable(name)) return fail("not an image's name: " + printable(name));
  TRY_DO(impl_->call({.method = "DELETE", .target = fmt::format("/images/{}", engine::encode(name))}, {404}));
  return {};
}

Result<std::vector<std::string>> Engine::containers_with(const std::vector<std::string>& labels) const {
  TRY(auto response,
      impl_->call({.target = fmt::format("/containers/json?all=1&filters={}", engine::filter("label", labels))}));
  return engine::parse_list(response.body, "", "Id");
}

Result<std::vector<std::string>> Engine::containers_of_volume(const std::string& volume) const {
  TRY(auto response,
      impl_->call({.target = fmt::format("/containers/json?all=1&filters={}", engine::filter("volume", {volume}))}));
  return engine::parse_list(response.body, "", "Id");
}

Result<void> Engine::remove_labelled(const std::string& label) const {
  TRY(const auto containers, containers_with({label}));
  for (const std::string& id : containers) TRY_DO(remove_container(id));
  struct Collection {
    const char *path, *member, *field;
  };
  for (const auto& [path, member, field] : {Collection{"networks", "", "Id"}, {"volumes", "Volumes", "Name"}}) {
    TRY(auto listed, impl_->call({.target = fmt::format("/{}?filters={}", path, engine::filter("label", {label}))}));
    TRY(const auto names, engine::parse_list(listed.body, member, field));
    for (const std::string& name : names)
      TRY_DO(impl_->call({.method = "DELETE", .target = fmt::format("/{}/{}", path, engine::encode(name))}, {404}));
  }
  return {};
}

Result<void> Engine::stop_container(const std::string& id) const {
  // 304: it is not running.
  TRY_DO(impl_->call(
      {.method = "POST", .target = fmt::format("/containers/{}/stop", engine::encode(id)), .patience_s = 0}, {304}));
  return {};
}

Result<void> Engine::remove_container(const std::string& id) const {
  // 409: a container started with --rm is being removed already.
  TRY_DO(impl_->call({.method = "DELETE", .target = fmt::format("/containers/{}?v=1&force=1", engine::encode(id))},
                     {404, 409}));
  return {};
}

Result<ContainerLog> Engine::container_log(const std::string& id, std::optional<int> lines) const {
  TRY(auto inspected, impl_->inspect(id));
  if (!inspected) return fail("no such container: " + printable(id));
  engine::LogReader reader(!inspected->terminal, kMaxLog);
  TRY_DO(impl_->call({.target = fmt::format("/containers/{}/logs?stdout=1&stderr=1&tail={}", engine::encode(id),
                                            lines ? fmt::format("{}", *lines) : "all"),
                      .sink = [&](std::string_view piece) { return reader.feed(piece); }}));
  return std::move(reader).log();
}

Result<std::string> Engine::now() const {
  TRY(auto response, impl_->call({.target = "/info"}));
  return engine::parse_engine_time(response.body);
}

Result<ContainerWatch> Engine::watch(const std::string& since) const {
  TRY(const auto from, since.empty() ? now() : since);
  TRY(auto watch,
      ContainerWatch::Impl::start(impl_->endpoint, fmt::format("/v{}/events?since={}&filters={}",
                                                               impl_->info.api_version, from, engine::event_filter())));
  return ContainerWatch(std::move(watch));
}

}  // namespace winnow
