// SPDX-License-Identifier: Apache-2.0
// Finds the engine that the user's docker client would ask: of $DOCKER_HOST, else of the context $DOCKER_CONTEXT, else
// of the current context in its configuration. Names and files are those of docker/cli (cli/command/cli.go,
// cli/context/store).
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "winnow/base/error.h"
#include "winnow/http/http.h"

namespace winnow::engine {

// What the choice depends on. A text is empty if it is not set.
struct ClientSettings {
  std::string host;           // $DOCKER_HOST
  bool tls = false;           // $DOCKER_TLS_VERIFY is set
  std::string context;        // $DOCKER_CONTEXT
  std::string directory;      // the directory of config.json and contexts/
  std::optional<uid_t> user;  // the owner of DIRECTORY, if it is not us: only files of theirs or root's are read
};
// Returns the settings of this process. As root by sudo(8), the directory is that of the user who called sudo, unless
// $DOCKER_CONFIG is set.
ClientSettings client_settings();

struct Choice {
  http::Endpoint endpoint;
  std::string by;  // what chose it, for people: "$DOCKER_HOST", "docker context edge"
};
// Returns the engine that was chosen; nullopt: none was, or the context "default", which means the usual places.
// Errors: the chosen context cannot be read, or its engine cannot be reached without TLS. Never falls back to another
// engine.
Result<std::optional<Choice>> chosen_engine(const ClientSettings& settings);

// The "currentContext" of a config.json; "" if it has none.
Result<std::string> parse_current_context(std::string_view config_json);

// The engine of a context, as its meta.json describes it.
struct ContextHost {
  std::string address;           // as in DOCKER_HOST; empty: docker's default
  bool skip_tls_verify = false;  // TLS is used, with any certificate
};
Result<ContextHost> parse_context(std::string_view meta_json, std::string_view name);

}  // namespace winnow::engine
