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
  std::string api_version;  // the one in use, after negotiation
  std::string chosen_by;    // "$DOCKER_HOST", "docker context edge"; empty: it listens at a usual place

  [[nodiscard]] std::string in_words() const;  // "docker 20.10.24 at unix:///run/d.sock, chosen by docker context edge"
};

// A TCP port that an image exposes or a container publishes.
struct Port {
  std::uint16_t container = 0;  // inside
  std::uint16_t host = 0;       // on this machine; 0: not published
  bool operator==(const Port&) const = default;
};

// A volume in a container. An empty one is filled with what the image has at its place when the container is made.
struct Volume {
  std::string name;         // 64 hex digits where nobody gave it one
  std::string destination;  // where it is in the container
  bool operator==(const Volume&) const = default;
};

struct Container {
  std::string id;
  std::string name;  // without the leading slash
  Digest image_id;
  std::string image;  // as it was named when the container was made
  pid_t pid = 0;      // of its first process, in the host's pid namespace; 0 when not running
  bool running = false;
  int exit_code = 0;                     // of the last run; meaningful when not running
  std::string error;                     // why it could not be started, in the engine's words; empty: it could
  std::string health;                    // "", "starting", "healthy", "unhealthy"
  std::string health_output;             // what its health check said last
  std::vector<std::string> healthcheck;  // the command that the engine runs in it; empty: it has none
  std::map<std::string, std::string> labels;
  std::vector<Volume> volumes;
  std::vector<Port> ports;  // by container port
  bool host_network = false;
  std::string address;  // of its own on the engine's network; empty: it has none
};

struct EngineImage {
  Digest id;
  std::vector<std::string> tags;
  std::vector<std::string> repo_digests;  // "name@sha256:..."; empty for images that never saw a registry
  std::uint64_t size = 0;                 // bytes, as the engine counts them
  std::vector<std::string> healthcheck;   // the command that the engine runs in its containers; empty: it has none
};

// Of an image's name such as "localhost:5000/app:1": "localhost:5000/app" and "1"; "latest" where it has no tag.
std::pair<std::string, std::string> repository_and_tag(const std::string& name);
// Whether an image can be called so: a repository, and a tag or none; no digest.
bool is_image_name(const std::string& name);

// One engine that has answered. Copies ask the same one.
class Engine {
 public:
  // The one that the user's docker client would ask: $DOCKER_HOST, else the context of $DOCKER_CONTEXT, else the
  // current context; under sudo those of who called it. Nobody chose one: Docker's socket, else Podman's. The error
  // names each one tried and why it did not answer.
  static Result<Engine> connect();

  [[nodiscard]] const EngineInfo& info() const;
  // What a docker client started by us needs in its environment to reach the same engine: "DOCKER_HOST=...".
  [[nodiscard]] std::vector<std::string> client_environment() const;

  // By name, id, or unique id prefix; nothing when the engine knows no such container or image.
  [[nodiscard]] Result<std::optional<Container>> find_container(const std::string& name) const;
  [[nodiscard]] Result<std::optional<EngineImage>> find_image(const std::string& name) const;

  // Streams the image NAME as a docker-archive into FD (GET /images/{name}/get).
  [[nodiscard]] Result<void> save_image(const std::string& name, int fd) const;
  // Loads the docker-archive that FD holds, read from its beginning (POST /images/load).
  [[nodiscard]] Result<void> load_image(int fd) const;
  // Gives the image NAME another name, and takes that from the image that had it.
  [[nodiscard]] Result<void> tag_image(const std::string& name, const std::string& other_name) const;

  // Takes the name from an image; without another one, and without containers, the image goes. An unknown name is fine.
  [[nodiscard]] Result<void> remove_image(const std::string& name) const;

  // Ids of the containers, running or not, that carry all of LABELS ("key=value").
  [[nodiscard]] Result<std::vector<std::string>> containers_with(const std::vector<std::string>& labels) const;
  // Ids of those that have VOLUME.
  [[nodiscard]] Result<std::vector<std::string>> containers_of_volume(const std::string& volume) const;
  // Removes the containers that carry LABEL, with their anonymous volumes, then networks and volumes that carry it.
  [[nodiscard]] Result<void> remove_labelled(const std::string& label) const;
  // Waits for the container's own end, as long as the container was told when it was made, then it is killed.
  [[nodiscard]] Result<void> stop_container(const std::string& id) const;
  // With its anonymous volumes; a container that is already gone is fine.
  [[nodiscard]] Result<void> remove_container(const std::string& id) const;
  // What the container wrote, the last LINES lines or all of it, as far as its logging driver keeps that: the first 16
  // MiB of each stream. At a terminal a container has one stream.
  [[nodiscard]] Result<ContainerLog> container_log(const std::string& id, std::optional<int> lines = {}) const;

  // From SINCE on, a time of the engine's clock that now() gave; from now on when it is empty. When this returns, the
  // engine has accepted the subscription, so no later event is missed. Of the past an engine remembers the last few
  // hundred events.
  [[nodiscard]] Result<ContainerWatch> watch(const std::string& since = "") const;
  [[nodiscard]] Result<std::string> now() const;

 private:
  struct Impl;
  explicit Engine(std::shared_ptr<const Impl> impl);
  std::shared_ptr<const Impl> impl_;
};

}  // namespace winnow
