// SPDX-License-Identifier: Apache-2.0
// winnow emit: from a keep spec to artefacts.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/cli.h"
#include "cli/dockerfile_options.h"
#include "cli/outputs.h"
#include "winnow/base/error.h"
#include "winnow/base/text.h"
#include "winnow/transfer/put.h"

namespace winnow::cli {
namespace {

struct EmitWords {
  std::string keep, source, image, dockerfile;
  Outputs outputs;
  std::string layers, compression, media_types;
  DockerfileWords words;
  DockerfileWish wish;
};

// The words for the slim image; CLI11 has checked that they are known.
EmitOptions emit_options(const EmitWords& options) {
  EmitOptions words;
  words.layering = layering_from_name(options.layers).value_or(Layering::kSquash);
  words.compression = compression_from_name(options.compression);
  words.media_types = media_types_from_name(options.media_types);
  return words;
}

// The source's own name would be taken from it, and with it what everything later is compared with.
Result<void> check_destination(const Engine& engine, const KeepSpec& spec, const Index& source,
                               const std::string& name) {
  TRY(const auto there, engine.find_image(name));
  if (!there || (there->id != spec.id && there->id != source.manifest)) return {};
  return std::unexpected(
      Error::usage(printable(name) + " is the source image itself", "give the slim image another name"));
}

// Docker's layer store (moby layer/layer_store.go, maxLayerDepth) takes no more.
constexpr std::size_t kMostLayers = 125;

void warn_of_layers(const KeepSpec& spec, const Index& source, const EmitOptions& options) {
  if (options.layering != Layering::kPreserve) return;
  const auto layers = slim_layers(source, spec, options.layering);
  if (layers && layers->size() > kMostLayers)
    say(fmt::format("winnow: {} layers; Docker with a graph driver loads at most {}: --layers squash makes one",
                    layers->size(), kMostLayers));
}

// The engine, where the source or the slim image is of one. A Dockerfile is content without.
Result<std::optional<Engine>> engine_for(const EmitWords& options, const KeepSpec& spec) {
  bool needed = false;
  for (const std::string& name : {options.source.empty() ? spec.reference : options.source, options.image}) {
    if (name.empty()) continue;
    TRY(const auto reference, Reference::parse(name));
    needed = needed || reference.transport == Transport::kEngine;
  }
  if (!needed && options.dockerfile.empty()) return std::nullopt;
  auto engine = connect_engine();
  if (!engine && needed) return std::unexpected(engine.error());
  return engine ? std::optional(*std::move(engine)) : std::nullopt;
}

Result<void> write_slim_image(const Image& source, const KeepSpec& spec, const EmitWords& wanted, const Engine* engine,
                              bool json) {
  TRY(const auto reference, Reference::parse(wanted.image));
  if (engine != nullptr && reference.transport == Transport::kEngine) {
    TRY_DO(check_destination(*engine, spec, source.index(), reference.location));
  }
  EmitOptions options = emit_options(wanted);
  options.version = version();
  warn_of_layers(spec, source.index(), options);
  TRY(const auto id, emit_image(source, spec, reference, engine, options));
  if (json)
    fmt::print("{}\n", nlohmann::ordered_json{{"image", escape_path(reference.str())}, {"id", id.str()}}.dump());
  else
    say(fmt::format("{}: {}", printable(reference.str()), id.str()));
  return {};
}

Result<int> emit(const EmitWords& options, const Invocation& invocation) {
  const bool builds = !(options.image + options.dockerfile).empty();
  if (!builds && !wants_any(options.outputs))
    return std::unexpected(Error::usage(
        "nothing to write: name --image REF, --dockerfile DIR, --list FILE, --removed FILE, --report FILE, --sbom FILE "
        "or --prefetch FILE"));
  DockerfileWish wish = options.wish;
  TRY_DO(options.words.read(wish));
  wish.reading = invocation.reading;
  TRY(const auto spec, read_keep(options.keep));
  TRY_DO(write_outputs(options.outputs, spec, nullptr));
  if (!builds && !wants_source(options.outputs)) return kDone;

  const auto connected = engine_for(options, spec);
  if (!connected) return std::unexpected(connected.error());
  const Engine* const engine = *connected ? &**connected : nullptr;
  TRY(const auto source, open_planned(spec, options.source, invocation.reading, engine));
  Result<void> done = write_outputs(options.outputs, spec, &source);
  if (done && !options.dockerfile.empty()) {
    const auto pinned = write_dockerfile(source, spec, options.dockerfile, engine, wish);
    if (pinned)
      say_dockerfile(options.dockerfile, *pinned, spec);
    else
      done = std::unexpected(pinned.error());
  }
  if (done && !options.image.empty())
    done = write_slim_image(source, spec, options, engine, invocation.json && !wants_stdout(options.outputs));
  if (!done) return std::unexpected(done.error());
  return kDone;
}

}  // namespace

void add_emit(CLI::App& app, Invocation& invocation) {
  auto options = std::make_shared<EmitWords>();
  auto* command = app.add_subcommand("emit", "write the slim image, a Dockerfile, lists, an SBOM and the report");
  command->add_option("keep", options->keep, "what winnow plan wrote")->required();
  command->add_option("--image", options->image,
                      "the slim image: docker-daemon:NAME, docker-archive:FILE, oci:DIR:TAG, oci-archive:FILE");
  command
      ->add_option(
          "--layers", options->layers,
          "squash: all in one layer [default]; preserve: one for each layer of the source, so that images with "
          "a common base go on sharing it")
      ->check(CLI::IsMember({"squash", "preserve"}));
  command
      ->add_option("--compression", options->compression, "of the layers in an OCI layout: gzip [default], zstd, none")
      ->check(CLI::IsMember({"gzip", "zstd", "none"}));
  command->add_option("--media-types", options->media_types, "in an OCI layout: oci [default], docker (schema 2)")
      ->check(CLI::IsMember({"oci", "docker"}));
  command->add_option("--dockerfile", options->dockerfile, "a directory for a Dockerfile that builds the slim image");
  add_dockerfile_options(*command, options->words, options->wish);
  add_outputs(*command, options->outputs);
  command->add_option("--source", options->source, "where the planned image is now, if not where the keep spec says");
  command->callback(
      [options, &invocation] { invocation.run = [options, &invocation] { return emit(*options, invocation); }; });
}

}  // namespace winnow::cli
