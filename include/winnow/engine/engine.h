// SPDX-License-Identifier: Apache-2.0
// Container engines through the Docker API (Docker, and Podman's compatible socket): who is running, from what image.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/engine/container_watch.h"

namespace winnow {

struct EngineInfo {
  std::string endpoint;  // "unix:///var/run/docker.sock"
  std::string name;      // "docker" or "podman"
  std::string version;
  std::string api_version;  // the version in use, after negotiation
  std::string chosen_by;    // "$DOCKER_HOST", "docker context edge"; empty: found at a usual place

  [[nodiscard]] std::string in_words() const;  // "docker 20.10.24 at unix:///run/d.sock, chosen by docker context edge"
};

// A TCP port that an image exposes or a container publishes.
struct Port {
  std::uint16_t container = 0;  // inside
  std::uint16_t host = 0;       // on this machine; 0: not published
  bool operator==(const Port&) const = default;
};

// A volume of a container. When the container is made, an empty volume is filled with the image's files at that path.
struct Volume {
  std::string name;         // 64 hex digits if nobody gave it a name
  std::string destination;  // its path in the container
  bool operator==(const Volume&) const = default;
};

struct Container {
  std::string id;
  std::string name;  // without the leading slash
  Digest image_id;
  std::string image;  // as it was named when the container was made
  pid_t pid = 0;      // of its first process, in the host's pid namespace; 0 if it is not running
  bool running = false;
  int exit_code = 0;                     // of the last run; means something only if it is not running
  std::string error;                     // why it could not be started, in the engine's words; empty: it could
  std::string health;                    // "starting", "healthy", "unhealthy"; "": it has no health check
  std::string health_output;             // what its health check printed last
  std::vector<std::string> healthcheck;  // the command of its health check; empty: it has none
  std::map<std::string, std::string> labels;
  std::vector<Volume> volumes;
  std::vector<Port> ports;  // by container port
  bool host_network = false;
  std::string address;  // its IP address on an engine's network; empty: it has none
};

struct EngineImage {
  Digest id;
  std::vector<std::string> tags;
  std::vector<std::string> repo_digests;  // "name@sha256:..."; empty for images that never saw a registry
  std::uint64_t size = 0;                 // bytes, as the engine counts them
  std::vector<std::string> healthcheck;   // the command of its health check; empty: it has none
};

// Splits the name of an image: "localhost:5000/app:1" into "localhost:5000/app" and "1"; without a tag it is "latest".
std::pair<std::string, std::string> repository_and_tag(const std::string& name);
// Whether NAME is a valid name for an image: a repository, with or without a tag; no digest.
bool is_image_name(const std::string& name);

// One engine that has answered. Copies of the object ask the same engine.
class Engine {
 public:
  // Finds the engine that the user's docker client would ask: of $DOCKER_HOST, else of the context $DOCKER_CONTEXT,
  // else of the current context; under sudo, of the user who called it. If none is chosen: the first of the usual
  // sockets of Docker and Podman that answers. The error names each place that was tried and why it did not answer.
  static Result<Engine> connect();

  [[nodiscard]] const EngineInfo& info() const;
  // Variables by which a docker client that we start reaches the same engine: "DOCKER_HOST=...".
  [[nodiscard]] std::vector<std::string> client_environment() const;

  // NAME is a name, an id, or a unique prefix of an id. nullopt: the engine has no such container or image.
  [[nodiscard]] Result<std::optional<Container>> find_container(const std::string& name) const;
  [[nodiscard]] Result<std::optional<EngineImage>> find_image(const std::string& name) const;

  // Streams the image NAME as a docker-archive into FD (GET /images/{name}/get).
  [[nodiscard]] Result<void> save_image(const std::string& name, int fd) const;
  // Loads the docker-archive in FD, which is read from its beginning (POST /images/load).
  [[nodiscard]] Result<void> load_image(int fd) const;
  // Gives the image NAME another name in addition. An image that had OTHER_NAME before loses it.
  [[nodiscard]] Result<void> tag_image(const std::string& name, const std::string& other_name) const;

  // Removes a name; an image that has no other name and no containers is removed. A name that nothing has is fine.
  [[nodiscard]] Result<void> remove_image(const std::string& name) const;

  // Returns the ids of the containers, running or not, that have all of LABELS ("key=value").
  [[nodiscard]] Result<std::vector<std::string>> containers_with(const std::vector<std::string>& labels) const;
  // Returns the ids of the containers, running or not, that use VOLUME.
  [[nodiscard]] Result<std::vector<std::string>> containers_of_volume(const std::string& volume) const;
  // Removes the containers that have LABEL, with their anonymous volumes, then the networks and volumes that have it.
  [[nodiscard]] Result<void> remove_labelled(const std::string& label) const;
  // Asks the container to end, and kills it after the container's stop timeout; returns when it has ended.
  [[nodiscard]] Result<void> stop_container(const std::string& id) const;
  // Kills and removes a container, with its anonymous volumes; one that is already gone is fine.
  [[nodiscard]] Result<void> remove_container(const std::string& id) const;
  // Returns what the container wrote, the last LINES lines or all, if its logging driver keeps it: the first 16 MiB of
  // each stream. A container with a terminal has only one stream, OUT.
  [[nodiscard]] Result<ContainerLog> container_log(const std::string& id, std::optional<int> lines = {}) const;

  // Subscribes to the events from SINCE on, a time that now() returned, or from now on if it is empty. When this
  // returns, the engine has accepted the subscription, so no later event is missed. An engine remembers only the last
  // few hundred events of the past.
  [[nodiscard]] Result<ContainerWatch> watch(const std::string& since = "") const;
  [[nodiscard]] Result<std::string> now() const;  // its clock, in seconds since the epoch: "1700000000.000000000"

 private:
  struct Impl;
  explicit Engine(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace winnow
