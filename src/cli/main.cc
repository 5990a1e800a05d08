// SPDX-License-Identifier: Apache-2.0
// The program's entry; everything else is in cli.cc and the commands' own files.
#include "cli/cli.h"

int main(int argc, char** argv) { return winnow::cli::run(argc, argv); }
