// SPDX-License-Identifier: Apache-2.0
// What is common to all ways to a cluster's API: paths, and lists in pages.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "winnow/store/objects.h"

namespace winnow {

class ApiObjects : public ObjectStore {
 public:
  explicit ApiObjects(std::string name_space) : name_space_(std::move(name_space)) {}
  Result<std::optional<std::string>> get(const std::string& name) override;
  Result<void> each(const std::string& key, const std::string& value, const See& see) override;

 protected:
  // Returns the body of the answer to a GET of TARGET, a path with query; nullopt: there is no such object (404), or it
  // is the next page of a list that has expired (410).
  virtual Result<std::optional<std::string>> read(const std::string& target) = 0;
  [[nodiscard]] const std::string& name_space() const { return name_space_; }
  [[nodiscard]] std::string path() const;

 private:
  static Result<std::string> see_page(const std::string& text, const See& see);
  std::string name_space_;
};

}  // namespace winnow
