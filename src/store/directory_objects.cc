// SPDX-License-Identifier: Apache-2.0
// Objects as files of a directory, with their status in them.
#include <dirent.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>

#include "store/json.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/store/objects.h"

namespace winnow {
namespace {

constexpr std::string_view kSuffix = ".json";

class DirectoryObjects final : public ObjectStore {
 public:
  explicit DirectoryObjects(std::string directory) : directory_(std::move(directory)) {}

  Result<Applied> apply(const std::string& name, const std::string& object) override {
    return write(name, object, "status");
  }
  Result<Applied> apply_status(const std::string& name, const std::string& object) override {
    TRY(const auto before, get(name));
    return before ? write_joined(name, *before, object) : fail("there is no object " + printable(name));
  }
  Result<std::optional<std::string>> get(const std::string& name) override {
    const std::string path = path_of(name);
    if (::access(path.c_str(), F_OK) != 0 && errno == ENOENT) return std::nullopt;
    TRY(auto text, read_regular_file(path, kMaxObject));
    return text;
  }
  Result<void> each(const std::string& key, const std::string& value, const See& see) override {
    TRY(const auto names, names_in_directory());
    for (const std::string& name : names) {
      const auto text = get(name);
      if (text && !*text) continue;  // removed meanwhile
      if (!text) {                   // whatever it is, it hides no other
        TRY_DO(see(unreadable(name, text.error())));
        continue;
      }
      const auto object = parse_object(**text);
      if (!object) {
        TRY_DO(see(unreadable(name, object.error())));
        continue;
      }
      if (!key.empty() && text_at(*object, {"metadata", "labels", key}) != value) continue;
      TRY_DO(see(**text));
    }
    return {};
  }
  Result<bool> remove(const std::string& name, const std::string&) override {
    if (::unlink(path_of(name).c_str()) == 0 || errno == ENOENT) return true;
    return std::unexpected(Error::from_errno("removing " + printable(path_of(name))));
  }
  [[nodiscard]] std::string str() const override { return "dir:" + directory_; }

 private:
  [[nodiscard]] std::string path_of(const std::string& name) const {
    return fmt::format("{}/{}{}", directory_, name, kSuffix);
  }
  // An object for SEE in place of a file that is none.
  static std::string unreadable(const std::string& name, const Error& error) {
    const ObjectJson object = {{"metadata", {{"name", printable(name)}}}, {"unreadable", error.what}};
    return object.dump(-1, ' ', true, ObjectJson::error_handler_t::replace);
  }
  // Makes OBJECT the object, but for its MEMBER, which stays as it is.
  Result<Applied> write(const std::string& name, const std::string& object, const char* member) {
    TRY(const auto before, get(name));
    const auto known = before ? parse_object(*before) : std::unexpected(Error{});
    auto fresh = parse_object(object);
    if (!fresh) return std::unexpected(fresh.error());
    if (known && known->contains(member)) (*fresh)[member] = known->at(member);
    return save(name, *fresh);
  }
  Result<Applied> write_joined(const std::string& name, const std::string& before, const std::string& object) {
    TRY(auto known, parse_object(before));
    TRY(const auto fresh, parse_object(object));
    if (fresh.contains("status")) known["status"] = fresh.at("status");
    return save(name, known);
  }
  Result<Applied> save(const std::string& name, const ObjectJson& object) {
    TRY_DO(write_file_atomically(path_of(name), object.dump(1) + "\n"));
    return Applied::kDone;
  }
  [[nodiscard]] Result<std::vector<std::string>> names_in_directory() const {
    const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(directory_.c_str()), ::closedir);
    if (!directory) return std::unexpected(Error::from_errno("reading " + printable(directory_)));
    std::vector<std::string> names;
    while (const dirent* const entry =
               ::readdir(directory.get()))  // NOLINT(concurrency-mt-unsafe): a stream of its own
      if (const std::string_view name = entry->d_name; name.ends_with(kSuffix) && !name.starts_with('.'))
        names.emplace_back(name.substr(0, name.size() - kSuffix.size()));
    std::ranges::sort(names);
    return names;
  }

  std::string directory_;
};

}  // namespace

Result<std::unique_ptr<ObjectStore>> directory_objects(const std::string& directory) {
  TRY_DO(make_directory(directory));
  return std::make_unique<DirectoryObjects>(directory);
}

}  // namespace winnow
