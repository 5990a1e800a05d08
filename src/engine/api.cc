// SPDX-License-Identifier: Apache-2.0
// Reads and writes the Docker API's text forms.
#include "engine/api.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "engine/json.h"
#include "winnow/base/digest.h"
#include "winnow/base/error.h"
#include "winnow/base/json.h"
#include "winnow/base/path.h"
#include "winnow/base/text.h"

namespace winnow::engine {
namespace {

using nlohmann::json;

// Docker 29 refuses versions before 1.44; nothing asked for here changed between 1.24 and that one.
constexpr std::pair kOldestApi{1, 24};
constexpr std::pair kNewestApi{1, 44};

template <class Number>
Number number_at(const json& value, std::initializer_list<const char*> keys) {
  const json* here = at(value, keys);
  return here != nullptr && here->is_number_integer() ? here->get<Number>() : Number{0};
}

// Config.Healthcheck.Test: {"NONE"}, {"CMD", program, arguments...} or {"CMD-SHELL", text}, for the shell of the image.
std::vector<std::string> healthcheck_in(const json& value) {
  auto test = texts_at(value, {"Config", "Healthcheck", "Test"});
  if (test.size() < 2) return {};
  const std::string how = test.front();
  test.erase(test.begin());
  if (how == "CMD") return test;
  if (how != "CMD-SHELL") return {};
  auto command = texts_at(value, {"Config", "Shell"});
  if (command.empty()) command = {"/bin/sh", "-c"};
  command.push_back(test.front());
  return command;
}

// State.Health.Log: [{"Start": ..., "ExitCode": 1, "Output": "..."}, ...], the last probe last.
std::string health_output_in(const json& value) {
  const json* log = at(value, {"State", "Health", "Log"});
  return log != nullptr && log->is_array() && !log->empty() ? text_at(log->back(), {"Output"}) : "";
}

std::map<std::string, std::string> labels_in(const json& value) {
  std::map<std::string, std::string> labels;
  const json* all = at(value, {"Config", "Labels"});
  if (all == nullptr || !all->is_object()) return labels;
  for (const auto& [name, text] : all->items())
    if (const auto* words = text.get_ptr<const std::string*>()) labels[name] = *words;
  return labels;
}

// Mounts: [{"Type": "volume", "Name": "data", "Destination": "/srv/data", ...}, {"Type": "bind", ...}].
std::vector<Volume> volumes_in(const json& value) {
  std::vector<Volume> volumes;
  const json* mounts = at(value, {"Mounts"});
  if (mounts == nullptr || !mounts->is_array()) return volumes;
  for (const json& mount : *mounts)
    if (Volume volume{text_at(mount, {"Name"}), text_at(mount, {"Destination"})};
        text_at(mount, {"Type"}) == "volume" && volume.destination.starts_with('/'))
      volumes.push_back(std::move(volume));
  return volumes;
}

// "80/tcp": 80; 0 for other protocols.
std::uint16_t tcp_port(std::string_view text);

// Config.ExposedPorts: {"80/tcp": {}}; NetworkSettings.Ports: {"80/tcp": [{"HostIp": ..., "HostPort": "8080"}] or
// null}.
std::vector<Port> ports_in(const json& value) {
  std::map<std::uint16_t, std::uint16_t> ports;
  for (const json* all : {at(value, {"Config", "ExposedPorts"}), at(value, {"NetworkSettings", "Ports"})}) {
    if (all == nullptr || !all->is_object()) continue;
    for (const auto& [name, bindings] : all->items()) {
      const std::uint16_t inside = tcp_port(name);
      if (inside == 0) continue;
      std::uint16_t& host = ports[inside];
      if (bindings.is_array() && !bindings.empty()) host = tcp_port(text_at(bindings.front(), {"HostPort"}) + "/tcp");
    }
  }
  std::vector<Port> list;
  list.reserve(ports.size());
  for (const auto& [inside, host] : ports) list.push_back({inside, host});
  return list;
}

// Of the default network, or of any other that the container is in.
std::string address_in(const json& value) {
  if (std::string address = text_at(value, {"NetworkSettings", "IPAddress"}); !address.empty()) return address;
  const json* networks = at(value, {"NetworkSettings", "Networks"});
  if (networks == nullptr || !networks->is_object()) return "";
  for (const json& network : *networks)
    if (std::string address = text_at(network, {"IPAddress"}); !address.empty()) return address;
  return "";
}

// Podman's older versions leave "sha256:" out.
Result<Digest> parse_id(const std::string& id) {
  return Digest::parse(id.find(':') == std::string::npos ? "sha256:" + id : id);
}

// All of TEXT as a decimal number.
template <class Number>
std::optional<Number> to_number(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::uint16_t tcp_port(std::string_view text) {
  constexpr std::string_view kSuffix = "/tcp";
  if (!text.ends_with(kSuffix)) return 0;
  text.remove_suffix(kSuffix.size());
  return to_number<std::uint16_t>(text).value_or(0);
}

std::optional<std::pair<int, int>> parse_version(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const auto major = to_number<int>(text.substr(0, dot));
  const auto minor = to_number<int>(text.substr(dot + 1));
  if (!major || !minor) return std::nullopt;
  return std::pair{*major, *minor};
}

}  // namespace

Result<http::Endpoint> parse_endpoint(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return std::unexpected(Error::usage(fmt::format("{}: {}", printable(text), why),
                                        "use unix:///path/to/docker.sock or tcp://host:port without TLS"));
  };
  if (text.starts_with("unix://")) {
    const std::string_view path = text.substr(7);
    if (!path.starts_with('/')) return refuse("the socket's path is not absolute");
    if (path.size() > 107) return refuse("the socket's path is longer than 107 bytes (unix(7))");
    return http::Endpoint{.unix_socket = true, .address = std::string(path)};
  }
  if (!text.starts_with("tcp://")) return refuse("only unix:// and tcp:// are understood");
  std::string address(text.substr(6));
  if (address.ends_with('/')) address.pop_back();
  if (address.empty() || address.find_first_of("/?#@ ") != std::string::npos) return refuse("not a host and port");
  // The last colon begins the port, unless it is inside the brackets of an IPv6 address.
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || address.find(']', colon) != std::string::npos)
    return http::Endpoint{false, address + ":2375"};
  if (!to_number<std::uint16_t>(std::string_view(address).substr(colon + 1))) return refuse("not a port number");
  return http::Endpoint{.unix_socket = false, .address = std::move(address)};
}

Result<std::string> negotiate(std::string_view offered) {
  const auto version = parse_version(offered);
  if (!version) return fail("it does not name an API version: this is not a container engine, or one from before 2016");
  if (*version < kOldestApi) {
    return fail(fmt::format("it speaks API version {}; {}.{} is the oldest understood here", printable(offered),
                            kOldestApi.first, kOldestApi.second),
                "use Docker 1.12 or later, or Podman 3 or later");
  }
  const auto [major, minor] = std::min(*version, kNewestApi);
  return fmt::format("{}.{}", major, minor);
}

std::string encode(std::string_view name) {
  // RFC 3986, section 2.3, and what image names and digests are made of.
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/:@";
  std::string text;
  for (const char c : name) {
    if (kPlain.find(c) != std::string_view::npos) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

bool is_askable(const std::string& name) { return !name.empty() && normal_path(name) == "/" + name; }

Result<InspectedContainer> parse_container(std::string_view text) {
  TRY(auto value, parse_object(text));
  InspectedContainer inspected;
  Container& container = inspected.container;
  container.id = text_at(value, {"Id"});
  container.name = text_at(value, {"Name"});
  if (container.name.starts_with('/')) container.name.erase(0, 1);
  container.image = text_at(value, {"Config", "Image"});
  container.pid = number_at<pid_t>(value, {"State", "Pid"});
  container.running = flag_at(value, {"State", "Running"});
  container.exit_code = number_at<int>(value, {"State", "ExitCode"});
  container.error = text_at(value, {"State", "Error"});
  container.health = text_at(value, {"State", "Health", "Status"});
  if (container.health == "none") container.health.clear();
  container.health_output = health_output_in(value);
  container.healthcheck = healthcheck_in(value);
  container.labels = labels_in(value);
  container.volumes = volumes_in(value);
  container.ports = ports_in(value);
  container.host_network = text_at(value, {"HostConfig", "NetworkMode"}) == "host";
  container.address = address_in(value);
  inspected.terminal = flag_at(value, {"Config", "Tty"});
  auto image_id = parse_id(text_at(value, {"Image"}));
  if (container.id.empty() || !image_id) return fail("not a container with an id and an image: " + error_text(text));
  container.image_id = *image_id;
  return inspected;
}

Result<EngineImage> parse_image(std::string_view text) {
  TRY(auto value, parse_object(text));
  auto id = parse_id(text_at(value, {"Id"}));
  if (!id) return std::unexpected(id.error().within("image id"));
  return EngineImage{.id = *id,
                     .tags = texts_at(value, {"RepoTags"}),
                     .repo_digests = texts_at(value, {"RepoDigests"}),
                     .size = number_at<std::uint64_t>(value, {"Size"}),
                     .healthcheck = healthcheck_in(value)};
}

Result<std::string> parse_engine_time(std::string_view info_json) {
  TRY(auto value, parse_object(info_json));
  // RFC 3339: 2024-07-01T12:00:00[.fraction](Z|+hh:mm|-hh:mm)
  const std::string text = text_at(value, {"SystemTime"});
  std::tm time{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &time);
  if (rest == nullptr) return fail("the engine's clock is not a time: " + printable(text));
  std::string nanoseconds;
  if (*rest == '.') {
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest) nanoseconds += *rest;
  }
  nanoseconds.resize(9, '0');
  std::tm zone{};
  long offset_s = 0;
  if (*rest == '+' || *rest == '-') {
    if (strptime(rest + 1, "%H:%M", &zone) == nullptr)
      return fail("the engine's clock has no zone: " + printable(text));
    offset_s = (zone.tm_hour * 3600L + zone.tm_min * 60L) * (*rest == '-' ? -1 : 1);
  } else if (std::string_view(rest) != "Z") {
    return fail("the engine's clock has no zone: " + printable(text));
  }
  return fmt::format("{}.{}", timegm(&time) - offset_s, nanoseconds);
}

Result<std::vector<std::string>> parse_list(std::string_view text, const char* member, const char* field) {
  const json value = parse_if_json<json>(text);
  const json* const list = value.is_object() ? at(value, {member}) : &value;
  std::vector<std::string> all;
  if (list != nullptr && list->is_null()) return all;  // Go writes an empty list so
  if (list == nullptr || !list->is_array()) return fail("not a list: " + printable(text.substr(0, 80)));
  for (const json& one : *list)
    if (std::string name = text_at(one, {field}); !name.empty()) all.push_back(std::move(name));
  return all;
}

std::string filter(const char* key, const std::vector<std::string>& values) {
  return encode(json{{key, values}}.dump(-1, ' ', true, json::error_handler_t::replace));
}

std::string error_text(std::string_view body) {
  const json value = parse_if_json<json>(body);
  std::string message = text_at(value, {"message"});
  if (message.empty()) message = std::string(body.substr(0, 200));
  while (message.ends_with('\n')) message.pop_back();
  return message.empty() ? "no explanation" : printable(message);
}

std::optional<std::string> stream_error(std::string_view line) {
  const json value = parse_if_json<json>(line);
  const json* error = at(value, {"error"});
  if (error == nullptr) return std::nullopt;
  const std::string text = text_at(value, {"error"});
  return text.empty() ? printable(error->dump(-1, ' ', false, json::error_handler_t::replace)) : printable(text);
}

namespace {

// An event's type and action as engines write them, up to a colon.
struct KnownEvent {
  std::string_view type, name;
  ContainerEvent::Action action;
};
using enum ContainerEvent::Action;
constexpr KnownEvent kEvents[] = {{"container", "create", kCreate},  {"container", "start", kStart},
                                  {"container", "die", kDie},        {"container", "health_status", kHealth},
                                  {"container", "kill", kHealth},    {"container", "archive-path", kTakeOut},
                                  {"container", "export", kTakeOut}, {"volume", "mount", kMount}};

// SIGHUP, SIGUSR1 and SIGUSR2 make programs read their files again; what else is sent is to end them.
bool is_to_end_it(std::string_view signal) { return signal != "1" && signal != "10" && signal != "12"; }

}  // namespace

std::string event_filter() {
  json filter = {{"type", {"container", "volume"}}, {"event", json::array()}};
  for (const KnownEvent& one : kEvents) filter["event"].push_back(one.name);
  return encode(filter.dump());
}

Result<std::optional<EventLine>> parse_event(std::string_view line) {
  auto value = parse_object(line);
  if (!value) return std::unexpected(value.error().within("event"));
  const std::string action = text_at(*value, {"Action"});
  const std::string type = text_at(*value, {"Type"});
  const std::string_view name = std::string_view(action).substr(0, action.find(':'));
  const auto* known =
      std::ranges::find_if(kEvents, [&](const KnownEvent& one) { return one.type == type && one.name == name; });
  if (known == std::end(kEvents)) return std::nullopt;
  EventLine result;
  ContainerEvent& event = result.event;
  event.action = known->action;
  event.id = text_at(*value, {"Actor", "ID"});
  if (known->action == kMount) {
    event.volume = std::exchange(event.id, text_at(*value, {"Actor", "Attributes", "container"}));
  } else {
    event.name = text_at(*value, {"Actor", "Attributes", "name"});
    event.image = text_at(*value, {"Actor", "Attributes", "image"});
  }
  if (event.id.empty()) return fail("event without a container's id: " + printable(line.substr(0, 200)));
  if (known->action == kDie) event.exit_code = to_number<int>(text_at(*value, {"Actor", "Attributes", "exitCode"}));
  if (name == "kill" && !is_to_end_it(text_at(*value, {"Actor", "Attributes", "signal"}))) return std::nullopt;
  if (name == "health_status" && action.size() > name.size() + 2) event.health = action.substr(name.size() + 2);
  result.time_ns = number_at<std::int64_t>(*value, {"timeNano"});
  return result;
}

}  // namespace winnow::engine
