// SPDX-License-Identifier: Apache-2.0
// winnow diff: two profiles, keep specs or images, told apart by what they are, compared for people and for CI.
#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <variant>

#include "cli/cli.h"
#include "winnow/base/error.h"
#include "winnow/base/file.h"
#include "winnow/base/text.h"
#include "winnow/diff/diff_output.h"

namespace winnow::cli {
namespace {

constexpr std::size_t kMaxText = std::size_t{2} << 30;  // of a keep spec; a profile may be half of it

struct DiffWords {
  std::string a, b, output = "-";
  bool markdown = false, all = false;
  DiffLimits limits;
  std::vector<std::string> fail_on;
};

// Reads JSON until it knows the value of "schema" at the top; it is the first that winnow writes.
class SchemaFinder : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::string schema;
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool string(string_t& text) override {
    if (depth_ == 1 && at_schema_) schema = text;
    return !(depth_ == 1 && at_schema_);
  }
  bool start_object(std::size_t) override { return ++depth_ > 0; }
  bool key(string_t& name) override {
    at_schema_ = name == "schema";
    return true;
  }
  bool end_object() override { return --depth_ > 0; }
  bool start_array(std::size_t) override { return ++depth_ > 1; }  // a list at the top is none of ours
  bool end_array() override { return --depth_ > 0; }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override { return false; }

 private:
  std::size_t depth_ = 0;
  bool at_schema_ = false;
};

struct OpenedImage {
  Image image;
  Ownership owners;
};
using Input = std::variant<AccessProfile, KeepSpec, OpenedImage>;

constexpr std::string_view kKinds[] = {"a profile", "a keep spec", "an image"};  // in the order of Input

constexpr auto kWhatIsTaken =
    "give profile.json of `winnow record`, keep.json of `winnow plan`, or an image such as docker-archive:FILE";

Result<Input> read_document(const std::string& file) {
  const auto text = read_file(file, kMaxText);
  if (!text) {
    Error error = text.error();
    if (error.hint.empty()) error.hint = kWhatIsTaken;
    return std::unexpected(error);
  }
  SchemaFinder finder;
  (void)nlohmann::json::sax_parse(*text, &finder);
  const auto within = [&](const Error& error) { return std::unexpected(error.within(printable(file))); };
  if (finder.schema.starts_with("winnow.profile/")) {
    auto profile = profile_from_json(*text);
    return profile ? Result<Input>(*std::move(profile)) : within(profile.error());
  }
  if (finder.schema.starts_with("winnow.keep/")) {
    auto spec = keep_from_json(*text);
    return spec ? Result<Input>(*std::move(spec)) : within(spec.error());
  }
  std::string what = printable(file) + " is neither a profile nor a keep spec";
  if (!finder.schema.empty()) what += fmt::format(": its schema is \"{}\"", printable(finder.schema));
  return fail(std::move(what), fmt::format("for an image say docker-archive:{0}, oci-archive:{0} or docker-daemon:{0}",
                                           printable(file)));
}

Result<Input> read_image(const std::string& word, const OpenOptions& reading) {
  TRY(const auto reference, Reference::parse(word));
  auto image = open_named(reference, reading);
  if (!image) {
    Error error = image.error();
    if (error.hint.empty()) error.hint = kWhatIsTaken;
    return std::unexpected(error);
  }
  Ownership owners = find_owners(image->index());
  return OpenedImage{*std::move(image), std::move(owners)};
}

bool names_transport(std::string_view word) {
  const auto names = transport_names();
  return std::ranges::any_of(names, [&](std::string_view name) {
    return word.starts_with(name) && word.substr(name.size()).starts_with(':');
  });
}

// Whether nobody would call an image so.
bool looks_like_file(std::string_view word) {
  return word.starts_with('/') || word.starts_with("./") || word.starts_with("../") || word.ends_with(".json");
}

Result<Input> read_input(const std::string& word, const OpenOptions& reading) {
  if (names_transport(word)) return read_image(word, reading);
  struct stat status{};
  const bool there = ::stat(word.c_str(), &status) == 0;
  if (there && S_ISDIR(status.st_mode))
    return fail(printable(word) + " is a directory", fmt::format("for an image layout say oci:{}", printable(word)));
  if (there || looks_like_file(word)) return read_document(word);
  return read_image(word, reading);
}

// Notices words that contradict each other before anything is read.
Result<void> check(DiffWords& words, const Invocation& invocation) {
  if (words.markdown && invocation.json)
    return std::unexpected(Error::usage("--markdown and --json at once", "choose one of them"));
  for (const std::string& name : words.fail_on) {
    const auto what = fail_on_from_name(name);
    if (!what)
      return std::unexpected(Error::usage("no --fail-on " + printable(name),
                                          "it takes added, removed, changed, config, setuid, attention and any"));
    words.limits.fail_on |= static_cast<std::uint8_t>(*what);
  }
  return check_output(words.output);
}

template <class Diff>
Result<int> finish(Diff diff, const DiffWords& words, const Invocation& invocation) {
  diff.a.name = words.a;
  diff.b.name = words.b;
  const Result<std::vector<Crossing>> crossed = crossings(diff, words.limits);
  if (!crossed) return std::unexpected(crossed.error());
  const std::string text = invocation.json  ? diff_json(diff, *crossed)
                           : words.markdown ? diff_markdown(diff, *crossed)
                                            : diff_text(diff, *crossed, words.all);
  if (auto written = write_output(words.output, text); !written)
    return std::unexpected(written.error().within("writing the differences"));
  for (const Crossing& one : *crossed)
    say(fmt::format("winnow: over the limit: {}: {}", one.limit, printable(one.what)));
  return crossed->empty() ? kDone : kFinding;
}

Result<int> diff(DiffWords words, const Invocation& invocation) {
  TRY_DO(check(words, invocation));
  TRY(const auto a, read_input(words.a, invocation.reading));
  TRY(const auto b, read_input(words.b, invocation.reading));
  if (a.index() != b.index())
    return std::unexpected(Error::usage(fmt::format("{} is {} and {} is {}", printable(words.a), kKinds[a.index()],
                                                    printable(words.b), kKinds[b.index()]),
                                        "two things of one kind can be compared"));
  if (const auto* const profile = std::get_if<AccessProfile>(&a))
    return finish(diff_profiles(*profile, std::get<AccessProfile>(b)), words, invocation);
  if (const auto* const spec = std::get_if<KeepSpec>(&a))
    return finish(diff_keep_specs(*spec, std::get<KeepSpec>(b)), words, invocation);
  const auto& before = std::get<OpenedImage>(a);
  const auto& after = std::get<OpenedImage>(b);
  return finish(diff_images({before.image.index(), before.owners}, {after.image.index(), after.owners}), words,
                invocation);
}

}  // namespace

void add_diff(CLI::App& app, Invocation& invocation) {
  auto words = std::make_shared<DiffWords>();
  auto* const command = app.add_subcommand("diff", "tell what is different between two profiles, keep specs or images");
  command->add_option("a", words->a, "the older one: profile.json, keep.json or an image")->required();
  command->add_option("b", words->b, "the newer one, of the same kind")->required();
  command->add_flag("--markdown", words->markdown, "for the comment of a pull request: at most 60 kB");
  command->add_flag("--all", words->all, "list everything, where otherwise directories stand for what is in them");
  command->add_option("-o,--output", words->output, "the file to write; - is stdout")->capture_default_str();
  auto* const limits = command->add_option_group("Limits", "what is over one of them gives exit code 1");
  limits->add_option("--max-added-bytes", words->limits.max_added_bytes, "by how much the bytes may grow: 500kB, 2MiB")
      ->transform(CLI::AsSizeValue(true));
  limits->add_option("--max-added", words->limits.max_added, "how many entries, or paths of a profile, may be added");
  limits->add_option("--max-growth", words->limits.max_growth, "by how many percent the bytes may grow")
      ->check(CLI::NonNegativeNumber);
  limits
      ->add_option("--fail-on", words->fail_on,
                   "what may not be: added, removed, changed, config, setuid (setgid and capabilities too), attention "
                   "(setuid, devices, shells and other tools that are new), any")
      ->delimiter(',');
  command->footer("Without limits the exit code is 0 whether or not there are differences.");
  command->callback(
      [words, &invocation] { invocation.run = [words, &invocation] { return diff(*words, invocation); }; });
}

}  // namespace winnow::cli
