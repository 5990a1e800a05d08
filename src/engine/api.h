// SPDX-License-Identifier: Apache-2.0
// The Docker API's words: addresses, versions, names in URLs, JSON answers, event lines and log frames. Text in, values
// out. Fields are those of the Docker Engine API reference, https://docs.docker.com/reference/api/engine/.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "winnow/base/error.h"
#include "winnow/engine/engine.h"
#include "winnow/http/http.h"

namespace winnow::engine {

// "unix:///var/run/docker.sock" or "tcp://host[:2375]", as DOCKER_HOST and contexts have it.
Result<http::Endpoint> parse_endpoint(std::string_view text);

// The version to speak with an engine that offers OFFERED: that one, or the newest that this program knows.
Result<std::string> negotiate(std::string_view offered);

// NAME as part of a URL's path or query; "/", ":" and "@" stay.
std::string encode(std::string_view name);
// True when NAME can be asked for at all: engines redirect names with empty, "." or ".." components to other addresses.
bool is_askable(const std::string& name);

// A container from GET /containers/{id}/json, and whether it has a terminal, which decides how its log is framed.
struct InspectedContainer {
  Container container;
  bool terminal = false;
};
Result<InspectedContainer> parse_container(std::string_view json);
Result<EngineImage> parse_image(std::string_view json);
// The engine's clock from GET /info as "seconds.nanoseconds" since the epoch, the form that /events takes.
Result<std::string> parse_engine_time(std::string_view info_json);
// The FIELD ("Id", "Name") of each object of a list, or of the list below MEMBER where the answer is an object.
Result<std::vector<std::string>> parse_list(std::string_view json, const char* member, const char* field);
// The value of the query's "filters" for objects that have all of VALUES of KEY ("label", "volume"), percent-encoded.
std::string filter(const char* key, const std::vector<std::string>& values);
// The value of the "filters" of GET /events for all that parse_event knows, percent-encoded.
std::string event_filter();
// What a failed request's body says: its "message", or the start of the body.
std::string error_text(std::string_view body);
// The "error" of a line of a progress stream, if it has one.
std::optional<std::string> stream_error(std::string_view line);

struct EventLine {
  ContainerEvent event = {};
  std::int64_t time_ns = 0;
};
// One line of GET /events; nothing when it is about something else. Engines write "health_status: unhealthy".
Result<std::optional<EventLine>> parse_event(std::string_view line);

}  // namespace winnow::engine
