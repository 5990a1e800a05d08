// SPDX-License-Identifier: Apache-2.0
// File system calls as a 32-bit process makes them: argv[1] is a directory with "file" and "link" in it. Exits with the
// number of the first step that failed.
enum { AT_FDCWD = -100, O_DIRECTORY = 0200000 };

static long call(long number, long a, long b, long c, long d, long e) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return result;
}

static char room[4096];

static int steps(char* directory) {
  if (call(12, (long)directory, 0, 0, 0, 0)) return 1;                        // chdir
  if (call(5, (long)"file", 0, 0, 0, 0) < 0) return 2;                        // open
  if (call(195, (long)"stat", (long)room, 0, 0, 0)) return 3;                 // stat64
  if (call(196, (long)"link", (long)room, 0, 0, 0)) return 4;                 // lstat64
  if (call(33, (long)"none", 0, 0, 0, 0) != -2) return 5;                     // access: ENOENT
  if (call(85, (long)"link", (long)room, sizeof(room), 0, 0) != 4) return 6;  // readlink
  if (call(39, (long)"made", 0755, 0, 0, 0)) return 7;                        // mkdir
  long made = call(295, AT_FDCWD, (long)"made", O_DIRECTORY, 0, 0);           // openat
  if (made < 0) return 8;
  if (call(295, made, (long)"../file", 0, 0, 0) < 0) return 9;              // openat, below a descriptor
  if (call(220, made, (long)room, sizeof(room), 0, 0) <= 0) return 10;      // getdents64
  if (call(300, made, (long)"../at", (long)room, 0, 0)) return 11;          // fstatat64
  if (call(383, AT_FDCWD, (long)"statx", 0, 0x7ff, (long)room)) return 12;  // statx
  if (call(38, (long)"from", (long)"to", 0, 0, 0)) return 13;               // rename
  static struct {
    unsigned short family;
    char path[8];
  } address = {1, "socket"};
  long sock[3] = {1, 1, 0};
  long bound[3] = {call(102, 1, (long)sock, 0, 0, 0), (long)&address, sizeof(address)};  // socketcall: socket, bind
  if (bound[0] < 0 || call(102, 2, (long)bound, 0, 0, 0)) return 14;
  if (call(14, (long)"made/fifo", 0010600, 0, 0, 0)) return 15;          // mknod
  if (call(40, (long)"made", 0, 0, 0, 0) != -39) return 16;              // rmdir: ENOTEMPTY
  if (call(301, AT_FDCWD, (long)"made", 0x200, 0, 0) != -39) return 17;  // unlinkat, AT_REMOVEDIR
  return 0;
}

__attribute__((used)) static void begin(long* stack) {
  char** argv = (char**)(stack + 1);
  call(1, stack[0] == 2 ? steps(argv[1]) : 99, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start: mov %esp, %eax\n push %eax\n call begin\n");
