// SPDX-License-Identifier: Apache-2.0
// From libyaml's events to values. libyaml checks the syntax and that it is UTF-8; what a small text may grow to is
// bounded here.
#include "manifest/yaml.h"

#include <fmt/format.h>
#include <yaml.h>

#include <iterator>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>

#include "winnow/base/error.h"
#include "winnow/base/text.h"

namespace winnow::manifest {
namespace {

using Json = nlohmann::json;

// What a value costs to copy.
struct Cost {
  std::size_t nodes = 0, bytes = 0;
  Cost& operator+=(const Cost& other) {
    nodes += other.nodes;
    bytes += other.bytes;
    return *this;
  }
};

struct Value {
  Json json;
  Cost cost;
};

// One event of libyaml, freed with its owner.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* get() { return &event_; }
  yaml_event_t* operator->() { return &event_; }

 private:
  yaml_event_t event_{};
};

std::string text_of(const yaml_char_t* text) { return text == nullptr ? "" : reinterpret_cast<const char*>(text); }

bool is_null(const yaml_event_t& event) {
  if (event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE) return false;
  const std::string_view text(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// Keys of MERGED, a mapping or a list of them, that MAPPING has not itself (YAML's merge key type).
void merge(Json& mapping, const Json& merged) {
  if (merged.is_array()) {
    for (const Json& one : merged)
      if (one.is_object()) merge(mapping, one);
    return;
  }
  if (!merged.is_object()) throw std::invalid_argument("\"<<\" takes a mapping");
  for (const auto& [key, value] : merged.items())
    if (!mapping.contains(key)) mapping[key] = value;
}

class Reader {
 public:
  explicit Reader(std::string_view text) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;
  ~Reader() { yaml_parser_delete(&parser_); }

  std::vector<Json> documents() {
    std::vector<Json> all;
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_STREAM_END_EVENT) return all;
      if (event->type != YAML_DOCUMENT_START_EVENT) continue;
      anchors_.clear();
      Event first;
      next(first);
      all.push_back(value(first, 0).json);
    }
  }

  // The line that is being read, from 1 on.
  [[nodiscard]] std::size_t line() const { return parser_.mark.line + 1; }

 private:
  void next(Event& event) {
    if (yaml_parser_parse(&parser_, event.get()) == 0)
      throw std::invalid_argument(parser_.problem == nullptr ? "not YAML" : parser_.problem);
  }

  void spend(const Cost& cost) {
    spent_ += cost;
    if (spent_.nodes > kMaxNodes || spent_.bytes > kMaxScalars)
      throw std::invalid_argument(fmt::format("more than {} values or {} of text, with what aliases repeat", kMaxNodes,
                                              human_bytes(kMaxScalars)));
  }

  Value value(Event& event, std::size_t depth) {
    if (depth > kMaxDepth) throw std::invalid_argument(fmt::format("nested deeper than {}", kMaxDepth));
    switch (event->type) {
      case YAML_ALIAS_EVENT:
        return alias(text_of(event->data.alias.anchor));
      case YAML_SCALAR_EVENT:
        return named(text_of(event->data.scalar.anchor), scalar(*event.get()));
      case YAML_SEQUENCE_START_EVENT:
        return named(text_of(event->data.sequence_start.anchor), sequence(depth));
      case YAML_MAPPING_START_EVENT:
        return named(text_of(event->data.mapping_start.anchor), mapping(depth));
      default:
        throw std::invalid_argument("a value is missing");
    }
  }

  Value alias(const std::string& name) {
    const auto found = anchors_.find(name);
    if (found == anchors_.end()) throw std::invalid_argument(fmt::format("nothing is called &{}", name));
    spend(found->second.cost);
    return found->second;
  }

  // An anchor holds a copy of what it names.
  Value named(const std::string& anchor, Value value) {
    if (anchor.empty()) return value;
    spend(value.cost);
    anchors_[anchor] = value;
    return value;
  }

  Value scalar(const yaml_event_t& event) {
    Value value{nullptr, {1, event.data.scalar.length}};
    spend(value.cost);
    if (!is_null(event))
      value.json = std::string(reinterpret_cast<const char*>(event.data.scalar.value), event.data.scalar.length);
    return value;
  }

  Value sequence(std::size_t depth) {
    Value list{Json::array(), {1, 0}};
    spend(list.cost);
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_SEQUENCE_END_EVENT) return list;
      Value one = value(event, depth + 1);
      list.cost += one.cost;
      list.json.push_back(std::move(one.json));
    }
  }

  Value mapping(std::size_t depth) {
    Value map{Json::object(), {1, 0}};
    spend(map.cost);
    Json merged;
    for (;;) {
      Event event;
      next(event);
      if (event->type == YAML_MAPPING_END_EVENT) break;
      const Value key = value(event, depth + 1);
      if (!key.json.is_string()) throw std::invalid_argument("a key that is not text");
      Event second;
      next(second);
      Value one = value(second, depth + 1);
      map.cost += key.cost;
      map.cost += one.cost;
      const auto& name = key.json.get_ref<const std::string&>();
      if (name == "<<")
        merged = std::move(one.json);
      else if (!map.json.emplace(name, std::move(one.json)).second)
        throw std::invalid_argument(fmt::format("\"{}\" is there twice", name));
    }
    if (!merged.is_null()) merge(map.json, merged);
    return map;
  }

  yaml_parser_t parser_{};
  std::map<std::string, Value> anchors_;
  Cost spent_;
};

}  // namespace

Result<std::vector<Json>> read_yaml(std::string_view text) {
  Reader reader(text);
  try {
    return reader.documents();
  } catch (const std::invalid_argument& error) {
    return fail(fmt::format("line {}: {}", reader.line(), error.what()),
                "a template has to be rendered first: `helm template`, `kubectl kustomize`");
  }
}

}  // namespace winnow::manifest
