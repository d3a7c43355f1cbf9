/* What the handler and the load generator share: how an HTTP/1.1 head is read, and the bodies that both know. */
#ifndef CONTEST_HTTP_H
#define CONTEST_HTTP_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* A whole number of 16 hexadecimal digits, unlike in every request of a run. */
#define MARK_HEADER "X-Contest-Mark"
/* The number of the body among the files that handler and load generator were started with. */
#define BODY_HEADER "X-Contest-Body"
#define MAX_BODIES 8
#define BUFFER (256 * 1024)

typedef struct {
    const char *bytes;
    size_t size;
} Body;

static inline void die(const char *what) {
    perror(what);
    exit(1);
}

static inline Body map_body(const char *path) {
    struct stat status;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) < 0) die(path);
    Body body = {.size = (size_t)status.st_size};
    body.bytes = mmap(NULL, body.size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
    if (body.bytes == MAP_FAILED) die(path);
    close(fd);
    return body;
}

/* Where the head that starts here ends (after its empty line), or NULL while it is not complete. */
static inline const char *head_end(const char *start, size_t size) {
    const char *end = memmem(start, size, "\r\n\r\n", 4);
    return end ? end + 4 : NULL;
}

/* The value of a header, from its first character that is no blank to the end of its line; NULL where there is none. */
static inline const char *header_value(const char *head, const char *end, const char *name) {
    size_t length = strlen(name);
    for (const char *line = memmem(head, end - head, "\r\n", 2); line && line + 2 < end;
         line = memmem(line, end - line, "\r\n", 2)) {
        line += 2;
        if ((size_t)(end - line) <= length || line[length] != ':' || strncasecmp(line, name, length)) continue;
        const char *value = line + length + 1;
        while (*value == ' ' || *value == '\t') value++;
        return value;
    }
    return NULL;
}

static inline int has_word(const char *value, const char *word) {
    if (!value) return 0;
    const char *end = strstr(value, "\r\n");
    size_t length = strlen(word);
    for (; value + length <= end; value++)
        if (!strncasecmp(value, word, length)) return 1;
    return 0;
}

static inline void send_without_delay(int fd) {
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static inline struct sockaddr_in loopback(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline void watch(int loop, int fd, void *owner, uint32_t events, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = owner};
    if (epoll_ctl(loop, operation, fd, &event) < 0) die("epoll_ctl");
}

#endif
