// SPDX-License-Identifier: Apache-2.0
// What the rules need to know about the bytes of a file, taken while its layer streams past.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

// What the loader reads from an ELF file (gABI chapters 4 and 5); strings as they stand in the file.
struct ElfFacts {
  std::uint16_t machine = 0;  // e_machine
  bool is_64 = false;
  std::string go_module;             // "example.com/tool@v1.2.3" of a Go program's build information
  std::string interpreter;           // PT_INTERP; empty for libraries and static programs
  std::vector<std::string> needed;   // DT_NEEDED
  std::vector<std::string> rpath;    // DT_RPATH, split at ':'
  std::vector<std::string> runpath;  // DT_RUNPATH, split at ':'
};

inline constexpr std::uint64_t kManyZeros = std::uint64_t{1} << 20;

// All that is known of one file.
struct FileFacts {
  std::optional<ElfFacts> elf;
  std::string shebang;  // the first line after "#!", without the newline; empty when there is none
  std::optional<std::string>
      text;  // whole content of loader, user and package databases (/etc/ld.so.conf, /etc/passwd, dpkg's status, ...)
  // What the bytes name and may ask for, sorted: an ELF file's strings that are called like libraries, a shell script's
  // commands, the modules that Python code imports, the Class-Path of a jar.
  std::vector<std::string> mentions;
  bool zeros = false;  // at least kManyZeros bytes, all of them 0
  std::string owner;   // the package that the file says it is: "npm:left-pad@1.3.0", "go:example.com/tool@v1.2.3"
};

}  // namespace winnow
