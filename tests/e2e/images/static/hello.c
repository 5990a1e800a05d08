// SPDX-License-Identifier: Apache-2.0
// A one-file HTTP server: GET / answers with the first line of the file named as its argument, anything else with 404.
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void finish(int signal_number) {
  (void)signal_number;
  _exit(0);
}

static int listen_on(const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd, (struct sockaddr*)&address, sizeof address) || listen(fd, 16)) {
    perror("hello: listen");
    exit(1);
  }
  return fd;
}

static void answer(int client, const char* path) {
  char request[1024] = "", line[256] = "", reply[512];
  const char* status = "404 Not Found";
  FILE* config;
  if (read(client, request, sizeof request - 1) > 0 && strncmp(request, "GET / ", 6) == 0) {
    config = fopen(path, "re");
    if (config && fgets(line, sizeof line, config)) status = "200 OK";
    if (config) fclose(config);
  }
  int length = snprintf(reply, sizeof reply, "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                        status, strlen(line), line);
  if (write(client, reply, (size_t)length) != length) perror("hello: write");
}

int main(int argc, char** argv) {
  const char* port = getenv("PORT");
  if (argc != 2 || !port) {
    fputs("usage: PORT=N hello FILE\n", stderr);
    return 2;
  }
  signal(SIGTERM, finish);
  for (int fd = listen_on(port);;) {
    int client = accept(fd, NULL, NULL);
    if (client < 0) continue;
    answer(client, argv[1]);
    close(client);
  }
}
