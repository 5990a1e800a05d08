// SPDX-License-Identifier: Apache-2.0
// Facts about the content of a file, for the rules of a plan; they are taken while its layer streams past.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace winnow {

// What the dynamic loader reads from an ELF file (gABI chapters 4 and 5). Strings are as they are in the file.
struct ElfFacts {
  std::uint16_t machine = 0;  // e_machine
  bool is_64 = false;
  std::string go_module;             // "example.com/tool@v1.2.3" of a Go program's build information
  std::string interpreter;           // PT_INTERP; empty for libraries and static programs
  std::vector<std::string> needed;   // DT_NEEDED
  std::vector<std::string> rpath;    // DT_RPATH, split at ':'
  std::vector<std::string> runpath;  // DT_RUNPATH, split at ':'
};

inline constexpr std::uint64_t kManyZeros = std::uint64_t{1} << 20;  // bytes; see FileFacts::zeros

// All that is known of one file.
struct FileFacts {
  std::optional<ElfFacts> elf;
  std::string shebang;  // the first line after "#!", without the newline; empty if there is no such line
  std::optional<std::string>
      text;  // the content of a database of the loader, of users or of packages (/etc/ld.so.conf, /etc/passwd, dpkg's
             // status, ...); of conda's, only the paths of the package's files, one a line
  // Names in the content that the program may ask for, sorted: strings of an ELF file that look like names of
  // libraries, commands of a shell script, modules that Python code imports, the Class-Path of a jar.
  std::vector<std::string> mentions;
  bool zeros = false;  // the file has at least kManyZeros bytes, and all bytes are 0
  std::string owner;   // the package that the file belongs to by its content: "npm:left-pad@1.3.0"
};

}  // namespace winnow
