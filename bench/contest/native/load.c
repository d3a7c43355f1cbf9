/* Sends deliveries and checks each answer: closed loop, so many in flight, each on a keep-alive connection of its own.
 *
 *   load PORT PATH HOST IN_FLIGHT SECONDS COUNT EVENT BODY_NUMBER BODY TYPE ARRIVALS
 *
 * It stops to send after SECONDS or COUNT deliveries, whichever comes first (0: no such end), then waits up to 10 s for
 * what is under way. EVENT is `each` (an event id for each delivery) or `one` (the same for all). ARRIVALS is 0, or the
 * port of a handler whose list of arrivals is read: a delivery is then over when it was answered and has arrived there,
 * and its answer's text is not looked at; that is for relays that answer by themselves.
 *
 * Prints one JSON object. Latencies are exact, in microseconds, from the first byte written to the last one read. */
#include "http.h"

#define GRACE_S 10
#define SLICES 10
#define MAX_BROKEN 200

typedef struct {
    int fd, busy, answered, arrived, failed;
    uint64_t mark;
    double started;
    size_t head_size, sent, have;
    char head[1024];
    char buffer[16 * 1024 + 1];
} Sender;

static int loop, port, in_flight, arrivals_port, one_event, body_number;
static const char *path, *host, *type;
static uint64_t count;
static Body body;

static Sender *senders;
static int sending = 1;
static uint64_t run_mark, begun, done, under_way;
static uint64_t bad_status, bad_answer, changed, broken, reconnected;
static uint32_t *latencies;
static size_t latency_room;
static double slice_ends[SLICES], last_end;
static char first_bad[200];

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

/* Keeps the first answer that is not as it must be, in characters that JSON takes as they are. */
static void note_bad(const char *text, size_t size) {
    if (*first_bad) return;
    for (size_t index = 0; index < size && index < sizeof first_bad - 1; index++) {
        char byte = text[index];
        first_bad[index] = byte == '"' || byte == '\\' ? '\'' : byte >= 32 && byte < 127 ? byte : ' ';
    }
}

static int connect_to(int where) {
    struct sockaddr_in address = loopback(where);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0) die("connect");
    return fd;
}

static void dial(Sender *sender) {
    sender->fd = connect_to(port);
    fcntl(sender->fd, F_SETFL, O_NONBLOCK);
    send_without_delay(sender->fd);
    sender->have = 0;
    watch(loop, sender->fd, sender, EPOLLIN, EPOLL_CTL_ADD);
}

static void build_head(Sender *sender) {
    uint64_t event = one_event ? run_mark : sender->mark;
    int size = snprintf(
        sender->head, sizeof sender->head,
        "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: GitHub-Hookshot/044aadd\r\nAccept: */*\r\n"
        "Content-Type: %s\r\nContent-Length: %zu\r\nX-GitHub-Event: push\r\n"
        "X-GitHub-Delivery: 72d3162e-cc78-11e3-%04x-%012llx\r\n"
        "X-Hub-Signature-256: sha256=6dcb09b5b57875f334f61aebed695e2e4193db5e6dcb09b5b57875f334f61aeb\r\n" MARK_HEADER
        ": %016llx\r\n" BODY_HEADER ": %d\r\n\r\n",
        path, host, type, body.size, (unsigned)(event >> 48), (unsigned long long)(event & 0xffffffffffffULL),
        (unsigned long long)sender->mark, body_number);
    if (size >= (int)sizeof sender->head) exit(2);
    sender->head_size = size;
}

static void lose(Sender *sender);

static void write_more(Sender *sender) {
    size_t size = sender->head_size + body.size;
    while (sender->sent < size) {
        size_t in_head = sender->sent < sender->head_size ? sender->head_size - sender->sent : 0;
        size_t in_body = in_head ? 0 : sender->sent - sender->head_size;
        struct iovec parts[2] = {{sender->head + sender->head_size - in_head, in_head},
                                 {(char *)body.bytes + in_body, body.size - in_body}};
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t sent = sendmsg(sender->fd, &message, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN) {
            watch(loop, sender->fd, sender, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (sent < 0) {
            lose(sender);
            return;
        }
        sender->sent += sent;
    }
}

static void begin(Sender *sender) {
    if (!sending || (count && begun >= count)) return;
    sender->mark = run_mark + ++begun;
    sender->busy = 1;
    sender->answered = sender->failed = 0;
    sender->arrived = !arrivals_port;
    sender->sent = 0;
    under_way++;
    build_head(sender);
    sender->started = now();
    write_more(sender);
}

static void keep_latency(double taken) {
    uint64_t slice = (count + SLICES - 1) / SLICES;
    if (done == latency_room) {
        latency_room = latency_room ? 2 * latency_room : 1 << 16;
        latencies = realloc(latencies, latency_room * sizeof *latencies);
        if (!latencies) die("realloc");
    }
    latencies[done++] = (uint32_t)(taken * 1e6 + 0.5);
    if (count && done % slice == 0) slice_ends[done / slice - 1] = last_end;
}

/* Ends a delivery that was answered (and has arrived, where that counts), and sends the next one. */
static void finish_if_over(Sender *sender) {
    if (!sender->failed && !(sender->answered && sender->arrived)) return;
    last_end = now();
    sender->busy = 0;
    under_way--;
    if (!sender->failed) keep_latency(last_end - sender->started);
    begin(sender);
}

/* The other end hung up: between two deliveries, or in one. */
static void lose(Sender *sender) {
    close(sender->fd);
    if (sender->busy && !sender->answered) {
        broken++;
        sender->failed = 1;
        note_bad("the connection ended before the answer", 38);
        if (broken > MAX_BROKEN) sending = 0;
    } else {
        reconnected++;
    }
    dial(sender);
    if (sender->busy) finish_if_over(sender);
}

static void judge(Sender *sender, int status, const char *text, size_t size) {
    char expected[32];
    if (!sender->busy || sender->answered) {
        bad_answer++;
        note_bad("an answer that nobody asked for", 31);
        return;
    }
    snprintf(expected, sizeof expected, "\"mark\":\"%016llx\"", (unsigned long long)sender->mark);
    sender->answered = 1;
    if (status < 200 || status > 299) {
        bad_status++;
        sender->failed = 1;
        note_bad(sender->buffer, sender->have);
    } else if (!arrivals_port && !memmem(text, size, expected, strlen(expected))) {
        bad_answer++;
        sender->failed = 1;
        note_bad(text, size);
    } else if (!arrivals_port && !memmem(text, size, "\"same\":true", 11)) {
        changed++;
    }
}

/* Reads a chunked body that starts here: puts what it holds together in `joined`, and returns where it ends, or NULL
 * while it is not complete. */
static const char *join_chunks(const char *start, const char *limit, char *joined, size_t *size) {
    *size = 0;
    for (;;) {
        const char *line = memmem(start, limit - start, "\r\n", 2);
        if (!line) return NULL;
        uint64_t chunk = strtoull(start, NULL, 16);
        if (chunk > BUFFER || chunk + 4 > (uint64_t)(limit - line)) return NULL;
        memcpy(joined + *size, line + 2, chunk);
        *size += chunk;
        start = line + 2 + chunk + 2;
        if (!chunk) return start;
    }
}

/* Takes one complete answer off the front of what was read; 0 when there is none. */
static int take_answer(Sender *sender) {
    const char *limit = sender->buffer + sender->have, *end = head_end(sender->buffer, sender->have), *over, *value;
    static char joined[sizeof sender->buffer];
    const char *text = end;
    size_t size;
    if (!end) return 0;
    int status = atoi(sender->buffer + 9);
    int closes = has_word(header_value(sender->buffer, end, "Connection"), "close");
    if (has_word(header_value(sender->buffer, end, "Transfer-Encoding"), "chunked")) {
        over = join_chunks(end, limit, joined, &size);
        text = joined;
    } else {
        value = header_value(sender->buffer, end, "Content-Length");
        size = value ? strtoull(value, NULL, 10) : 0;
        over = size <= (size_t)(limit - end) ? end + size : NULL;
    }
    if (!over) return 0;
    if (status >= 200) judge(sender, status, text, size);
    sender->have = limit - over;
    memmove(sender->buffer, over, sender->have);
    if (status < 200) return 1;
    if (closes) {
        close(sender->fd);
        reconnected++;
        dial(sender);
    }
    if (sender->busy) finish_if_over(sender);
    return 1;
}

static void read_answers(Sender *sender) {
    size_t room = sizeof sender->buffer - 1 - sender->have;
    ssize_t got = room ? recv(sender->fd, sender->buffer + sender->have, room, 0) : 0;
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        if (!room) note_bad(sender->buffer, sender->have);
        lose(sender);
        return;
    }
    sender->have += got;
    while (take_answer(sender)) {
    }
}

static void serve(Sender *sender, uint32_t events) {
    if (events & EPOLLOUT) {
        watch(loop, sender->fd, sender, EPOLLIN, EPOLL_CTL_MOD);
        write_more(sender);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_answers(sender);
}

/* Arrivals: marks of 8 bytes each, after a short head. */

static int arrivals_fd = -1;

static void open_arrivals(void) {
    static const char request[] = "GET /-/arrivals HTTP/1.1\r\nHost: handler\r\n\r\n";
    char head[512];
    size_t have = 0;
    arrivals_fd = connect_to(arrivals_port);
    if (write(arrivals_fd, request, sizeof request - 1) < 0) die("write");
    while (have < 4 || memcmp(head + have - 4, "\r\n\r\n", 4))
        if (have == sizeof head || read(arrivals_fd, head + have++, 1) != 1) die("arrivals");
    fcntl(arrivals_fd, F_SETFL, O_NONBLOCK);
    watch(loop, arrivals_fd, NULL, EPOLLIN, EPOLL_CTL_ADD);
}

static void note_arrival(uint64_t mark) {
    for (int index = 0; index < in_flight; index++) {
        Sender *sender = &senders[index];
        if (!sender->busy || sender->mark != mark) continue;
        sender->arrived = 1;
        finish_if_over(sender);
        return;
    }
}

static void read_arrivals(void) {
    static char buffer[1 << 16];
    static size_t have;
    ssize_t got = read(arrivals_fd, buffer + have, sizeof buffer - have);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) die("arrivals");
    have += got;
    size_t whole = have / sizeof(uint64_t) * sizeof(uint64_t);
    for (size_t offset = 0; offset < whole; offset += sizeof(uint64_t)) {
        uint64_t mark;
        memcpy(&mark, buffer + offset, sizeof mark);
        note_arrival(mark);
    }
    have -= whole;
    memmove(buffer, buffer + whole, have);
}

static void run(double seconds) {
    struct epoll_event events[256];
    double start = now();
    for (int index = 0; index < in_flight; index++) begin(&senders[index]);
    while (under_way) {
        double at = now();
        if (seconds > 0 && at - start >= seconds) sending = 0;
        if ((!sending || (count && begun >= count)) && at - (last_end > start ? last_end : start) > GRACE_S) break;
        int ready = epoll_wait(loop, events, 256, 100);
        for (int index = 0; index < ready; index++) {
            if (events[index].data.ptr) serve(events[index].data.ptr, events[index].events);
            else read_arrivals();
        }
    }
    last_end = last_end > start ? last_end - start : 0;
    for (int slice = 0; slice < SLICES; slice++) slice_ends[slice] -= start;
}

static int by_size(const void *left, const void *right) {
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static uint32_t share(double part) {
    if (!done) return 0;
    size_t place = (size_t)(part * done);
    return latencies[place < done ? place : done - 1];
}

static void print_figures(void) {
    double sum = 0;
    qsort(latencies, done, sizeof *latencies, by_size);
    for (uint64_t index = 0; index < done; index++) sum += latencies[index];
    printf("{\"sent\": %llu, \"done\": %llu, \"seconds\": %.6f, \"p50_us\": %u, \"p90_us\": %u, \"p99_us\": %u, "
           "\"max_us\": %u, \"mean_us\": %.1f, \"bad_status\": %llu, \"bad_answer\": %llu, \"changed\": %llu, "
           "\"broken\": %llu, \"lost\": %llu, \"reconnected\": %llu, \"first_bad\": \"%s\", \"slice_ends\": [",
           (unsigned long long)begun, (unsigned long long)done, last_end, share(0.5), share(0.9), share(0.99),
           done ? latencies[done - 1] : 0, done ? sum / done : 0, (unsigned long long)bad_status,
           (unsigned long long)bad_answer, (unsigned long long)changed, (unsigned long long)broken,
           (unsigned long long)under_way, (unsigned long long)reconnected, first_bad);
    const char *comma = "";
    for (int slice = 0; slice < SLICES && slice_ends[slice] > 0; slice++, comma = ", ")
        printf("%s%.6f", comma, slice_ends[slice]);
    printf("]}\n");
}

int main(int argument_count, char **arguments) {
    if (argument_count != 12) return 2;
    signal(SIGPIPE, SIG_IGN);
    port = atoi(arguments[1]);
    path = arguments[2];
    host = arguments[3];
    in_flight = atoi(arguments[4]);
    count = strtoull(arguments[6], NULL, 10);
    one_event = !strcmp(arguments[7], "one");
    body_number = atoi(arguments[8]);
    body = map_body(arguments[9]);
    type = arguments[10];
    arrivals_port = atoi(arguments[11]);
    /* Marks of two runs must not meet: nanoseconds in the upper bits, the delivery's number in the lower 28. */
    struct timespec start;
    clock_gettime(CLOCK_REALTIME, &start);
    run_mark = ((uint64_t)start.tv_sec * 1000000000u + (uint64_t)start.tv_nsec) >> 28 << 28;
    loop = epoll_create1(EPOLL_CLOEXEC);
    senders = calloc(in_flight, sizeof *senders);
    if (!senders) die("calloc");
    if (arrivals_port) open_arrivals();
    for (int index = 0; index < in_flight; index++) dial(&senders[index]);
    run(atof(arguments[5]));
    print_figures();
    return 0;
}
