// SPDX-License-Identifier: Apache-2.0
// Which engine the user's own docker client would ask: $DOCKER_HOST, then $DOCKER_CONTEXT, then the current context of
// its configuration. Names and files are those of docker/cli (cli/command/cli.go, cli/context/store).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/http/http.h"

namespace winnow::engine {

// What the choice depends on. A text is empty where there is no such thing.
struct ClientSettings {
  std::string host;           // $DOCKER_HOST
  bool tls = false;           // $DOCKER_TLS_VERIFY is set
  std::string context;        // $DOCKER_CONTEXT
  std::string directory;      // of config.json and contexts/
  std::optional<uid_t> user;  // whose directory it is, if not ours: only what they or root own is believed
};
// Those of this process. Root by sudo(8) has those of the user who called it, unless $DOCKER_CONFIG says otherwise.
ClientSettings client_settings();

struct Choice {
  http::Endpoint endpoint;
  std::string by;  // who chose it, for people: "$DOCKER_HOST", "docker context edge"
};
// Nothing: nobody chose, or chose the context "default", which is whatever listens at the usual places. Errors: the
// engine that was chosen cannot be known, or cannot be spoken to; another one is never taken in its place.
Result<std::optional<Choice>> chosen_engine(const ClientSettings& settings);

// The "currentContext" of a config.json; empty: it has none.
Result<std::string> parse_current_context(std::string_view config_json);

// Where the context's engine listens, of its meta.json.
struct ContextHost {
  std::string address;           // as DOCKER_HOST would have it; empty: docker's own default
  bool skip_tls_verify = false;  // TLS is spoken, whatever certificate there is
};
Result<ContextHost> parse_context(std::string_view meta_json, std::string_view name);

}  // namespace winnow::engine
