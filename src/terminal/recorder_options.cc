// SPDX-License-Identifier: Apache-2.0
// From words to a recorder's options.
#include "winnow/terminal/recorder_options.h"

#include <CLI/CLI.hpp>

namespace winnow::cli {

void add_recorder_options(CLI::App& command, RecorderWords& words) {
  RecorderOptions& recorder = words.recorder;
  command.add_option("--backend", words.backend, "how accesses are observed; auto takes the best one that loads")
      ->check(CLI::IsMember({"auto", "syscall", "fentry"}))
      ->capture_default_str();
  auto* noted = command.add_flag("--syscalls", words.syscalls, "note the names of all system calls");
  command
      .add_flag("--no-syscalls", words.no_syscalls, "do not record them (the default if that takes a BPF program more)")
      ->excludes(noted);
  command.add_option("--ring-bytes", recorder.ring_bytes, "size of the ring buffer: a power of two")
      ->capture_default_str();
  command.add_option("--overflow", recorder.overflow, "events kept when the ring is full, each half a KiB, on demand")
      ->capture_default_str();
  command.add_option("--seen-keys", recorder.seen_keys, "first-sighting keys kept in the kernel")
      ->capture_default_str();
  command.add_option("--max-paths", recorder.max_paths, "paths kept of each container")->capture_default_str();
}

RecorderOptions recorder_options(const RecorderWords& words) {
  RecorderOptions options = words.recorder;
  options.backend = *backend_from_name(words.backend);
  if (words.syscalls || words.no_syscalls) options.syscalls = words.syscalls;
  return options;
}

}  // namespace winnow::cli
