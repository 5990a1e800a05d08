// SPDX-License-Identifier: Apache-2.0
// Reads and writes the texts of the Docker API: addresses, versions, names in URLs, JSON answers, event lines. No I/O.
// Fields are those of the Docker Engine API reference, https://docs.docker.com/reference/api/engine/.
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

// TEXT is "unix:///var/run/docker.sock" or "tcp://host[:2375]", as in DOCKER_HOST and contexts. Other forms are errors.
Result<http::Endpoint> parse_endpoint(std::string_view text);

// Returns the API version to use with an engine that offers OFFERED: OFFERED, or the newest that winnow knows if that
// is older. Error: OFFERED is too old.
Result<std::string> negotiate(std::string_view offered);

// Percent-encodes NAME for the path or query of a URL; "/", ":" and "@" stay as they are.
std::string encode(std::string_view name);
// Whether an engine can be asked for NAME: it redirects names with empty, "." or ".." components to other addresses.
bool is_askable(const std::string& name);

// A container from GET /containers/{id}/json, and whether it has a terminal; if it has none, its log is framed.
struct InspectedContainer {
  Container container;
  bool terminal = false;
};
Result<InspectedContainer> parse_container(std::string_view json);
Result<EngineImage> parse_image(std::string_view json);
// Returns the engine's clock in GET /info as "seconds.nanoseconds" since the epoch, the form that /events takes.
Result<std::string> parse_engine_time(std::string_view info_json);
// Returns the text FIELD ("Id", "Name") of each object in a list. If JSON is an object, the list is its MEMBER.
Result<std::vector<std::string>> parse_list(std::string_view json, const char* member, const char* field);
// The query parameter "filters", percent-encoded, for objects that have all of VALUES as their KEY ("label", "volume").
std::string filter(const char* key, const std::vector<std::string>& values);
// The query parameter "filters" of GET /events, percent-encoded, for all events that parse_event knows.
std::string event_filter();
// The reason that the body of a failed request gives: its "message", or else its first 200 bytes. Printable.
std::string error_text(std::string_view body);
// The "error" in a line of a progress stream; nullopt: it has none. Printable.
std::optional<std::string> stream_error(std::string_view line);

struct EventLine {
  ContainerEvent event = {};
  std::int64_t time_ns = 0;
};
// Reads one line of GET /events; nullopt: it is about something else. Errors: it is malformed.
Result<std::optional<EventLine>> parse_event(std::string_view line);

}  // namespace winnow::engine
