// SPDX-License-Identifier: Apache-2.0
// seal FILE: gives FILE to user 700, who keeps what is done. Works by the file's capability, not by who calls it.
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char** argv) {
  int fd = argc == 2 ? open(argv[1], O_RDONLY | O_NOFOLLOW) : -1;
  if (fd < 0 || fchmod(fd, 0440) || fchown(fd, 700, 700)) {
    perror("seal");
    return 1;
  }
  return 0;
}
