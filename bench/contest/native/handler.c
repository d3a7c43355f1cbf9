/* The handler that every contender forwards to. It reads each body to its end, compares it with the file that was sent,
 * and answers with the request's own mark, so that an answer that belongs to another request is noticed.
 *
 *   handler PORT BODY...
 *
 *   POST any path       200 {"mark":"<16 digits>","size":<bytes>,"same":true|false}
 *   GET /-/count        200 {"requests":<so far>,"different":<bodies that had changed>}
 *   GET /-/arrivals     200, then the 8 bytes of each request's mark as it arrives, until the reader hangs up
 *
 * One thread on loopback; it prints nothing. */
#include "http.h"

enum { HEAD, SIZED, CHUNK_SIZE, CHUNK, CHUNK_END, TRAILER };

typedef struct Connection {
    int fd, state, close_after, same, body;
    size_t have;                  /* bytes in buffer */
    uint64_t left, taken, mark;   /* of the piece that is read; of the body */
    char *out;
    size_t out_size, out_sent, out_room;
    struct Connection *freed;
    char buffer[BUFFER];
} Connection;

static int loop;
static Body bodies[MAX_BODIES];
static int body_count;
static uint64_t requests, different;
static Connection *watcher, *freed;

static void put(Connection *connection, const void *bytes, size_t size) {
    if (connection->out_size + size > connection->out_room) {
        connection->out_room = 2 * (connection->out_size + size);
        connection->out = realloc(connection->out, connection->out_room);
        if (!connection->out) die("realloc");
    }
    memcpy(connection->out + connection->out_size, bytes, size);
    connection->out_size += size;
}

/* 1 while something waits for the socket, 0 when all is out, -1 when the other end is gone. */
static int flush(Connection *connection) {
    while (connection->out_sent < connection->out_size) {
        ssize_t sent = send(connection->fd, connection->out + connection->out_sent,
                            connection->out_size - connection->out_sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(loop, connection->fd, connection, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return 1;
        }
        if (sent < 0) return -1;
        connection->out_sent += sent;
    }
    connection->out_size = connection->out_sent = 0;
    return 0;
}

static void hang_up(Connection *connection) {
    close(connection->fd);
    if (watcher == connection) watcher = NULL;
    connection->fd = -1;
    connection->freed = freed; /* kept until this round of events is over */
    freed = connection;
}

static void answer(Connection *connection, const char *text, size_t size) {
    char head[160];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n", size,
                          connection->close_after ? "Connection: close\r\n" : "");
    put(connection, head, length);
    put(connection, text, size);
}

static void answer_delivery(Connection *connection) {
    char text[96];
    const Body *expected = connection->body < body_count ? &bodies[connection->body] : NULL;
    int same = connection->same && expected && connection->taken == expected->size;
    requests++;
    different += !same;
    answer(connection, text,
           snprintf(text, sizeof text, "{\"mark\":\"%016llx\",\"size\":%llu,\"same\":%s}",
                    (unsigned long long)connection->mark, (unsigned long long)connection->taken,
                    same ? "true" : "false"));
    if (!watcher) return;
    put(watcher, &connection->mark, sizeof connection->mark);
    if (watcher->out_size - watcher->out_sent == sizeof connection->mark && flush(watcher) < 0) hang_up(watcher);
}

static void take_body(Connection *connection, const char *bytes, size_t size) {
    const Body *expected = connection->body < body_count ? &bodies[connection->body] : NULL;
    connection->same = connection->same && expected && connection->taken + size <= expected->size &&
                       !memcmp(expected->bytes + connection->taken, bytes, size);
    connection->taken += size;
}

static void begin_arrivals(Connection *connection) {
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    watcher = connection;
    put(connection, head, sizeof head - 1);
}

static void read_head(Connection *connection, const char *head, const char *end) {
    char text[96];
    const char *value;
    connection->taken = connection->left = connection->mark = 0;
    connection->same = 1;
    connection->close_after = has_word(header_value(head, end, "Connection"), "close") ||
                              (memmem(head, 80 < end - head ? 80 : end - head, "HTTP/1.0", 8) &&
                               !has_word(header_value(head, end, "Connection"), "keep-alive"));
    if (!strncmp(head, "GET /-/count ", 13)) {
        answer(connection, text,
               snprintf(text, sizeof text, "{\"requests\":%llu,\"different\":%llu}", (unsigned long long)requests,
                        (unsigned long long)different));
        return;
    }
    if (!strncmp(head, "GET /-/arrivals ", 16)) {
        begin_arrivals(connection);
        return;
    }
    if ((value = header_value(head, end, MARK_HEADER))) connection->mark = strtoull(value, NULL, 16);
    connection->body = (value = header_value(head, end, BODY_HEADER)) ? atoi(value) : 0;
    if (has_word(header_value(head, end, "Expect"), "100-continue")) put(connection, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    if (has_word(header_value(head, end, "Transfer-Encoding"), "chunked")) {
        connection->state = CHUNK_SIZE;
        return;
    }
    if ((value = header_value(head, end, "Content-Length"))) connection->left = strtoull(value, NULL, 10);
    connection->state = SIZED;
    if (!connection->left) {
        connection->state = HEAD;
        answer_delivery(connection);
    }
}

/* Takes what can be taken from the front; returns how much that was, 0 for "more is needed", -1 for nonsense. */
static ssize_t step(Connection *connection, const char *start, size_t size) {
    const char *end;
    size_t part;
    switch (connection->state) {
    case HEAD:
        end = head_end(start, size);
        if (!end) return size >= BUFFER ? -1 : 0;
        read_head(connection, start, end);
        return end - start;
    case SIZED:
    case CHUNK:
        part = connection->left < size ? connection->left : size;
        take_body(connection, start, part);
        connection->left -= part;
        if (connection->left) return part;
        if (connection->state == CHUNK) {
            connection->state = CHUNK_END;
        } else {
            connection->state = HEAD;
            answer_delivery(connection);
        }
        return part;
    case CHUNK_END:
        if (size < 2) return 0;
        connection->state = CHUNK_SIZE;
        return 2;
    default: /* a line: a chunk's size, or a trailer */
        end = memmem(start, size, "\r\n", 2);
        if (!end) return 0;
        if (connection->state == CHUNK_SIZE) {
            connection->left = strtoull(start, NULL, 16);
            connection->state = connection->left ? CHUNK : TRAILER;
        } else if (end == start) {
            connection->state = HEAD;
            answer_delivery(connection);
        }
        return end + 2 - start;
    }
}

static int read_requests(Connection *connection) {
    ssize_t got = recv(connection->fd, connection->buffer + connection->have, BUFFER - connection->have, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return -1;
    if (got > 0) connection->have += got;
    size_t used = 0;
    while (used < connection->have) {
        ssize_t taken = step(connection, connection->buffer + used, connection->have - used);
        if (taken < 0) return -1;
        if (!taken) break;
        used += taken;
    }
    memmove(connection->buffer, connection->buffer + used, connection->have - used);
    connection->have -= used;
    return 0;
}

static void serve(Connection *connection, uint32_t events) {
    if (connection->fd < 0) return;
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && read_requests(connection) < 0) {
        hang_up(connection);
        return;
    }
    int waits = flush(connection);
    if (waits < 0 || (!waits && connection->close_after && connection->state == HEAD && connection != watcher)) {
        hang_up(connection);
    } else if (!waits && events & EPOLLOUT) {
        watch(loop, connection->fd, connection, EPOLLIN, EPOLL_CTL_MOD);
    }
}

static void accept_all(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        Connection *connection = calloc(1, sizeof *connection);
        if (!connection) die("calloc");
        connection->fd = fd;
        send_without_delay(fd);
        watch(loop, fd, connection, EPOLLIN, EPOLL_CTL_ADD);
    }
}

static void free_gone(void) {
    while (freed) {
        Connection *connection = freed;
        freed = connection->freed;
        free(connection->out);
        free(connection);
    }
}

static int listen_on(int port) {
    int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = loopback(port);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) die("listen");
    return listener;
}

int main(int count, char **arguments) {
    struct epoll_event events[256];
    if (count < 3 || count - 2 > MAX_BODIES) return 2;
    signal(SIGPIPE, SIG_IGN);
    for (int index = 2; index < count; index++) bodies[body_count++] = map_body(arguments[index]);
    int listener = listen_on(atoi(arguments[1]));
    loop = epoll_create1(EPOLL_CLOEXEC);
    watch(loop, listener, NULL, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        int ready = epoll_wait(loop, events, 256, -1);
        for (int index = 0; index < ready; index++) {
            Connection *connection = events[index].data.ptr;
            if (connection) serve(connection, events[index].events);
            else accept_all(listener);
        }
        free_gone();
    }
}
