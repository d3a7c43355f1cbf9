// libevent's evhttp: `evhttp PORT`
#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <stdlib.h>

static void ok(struct evhttp_request *r, void *_) { struct evbuffer *b = evbuffer_new(); evbuffer_add_printf(b, "ok"); evhttp_send_reply(r, 200, "OK", b); }
static void sig(struct evhttp_request *r, void *_) { evhttp_send_error(r, 401, "Webhook signature mismatch"); }
static void bare(struct evhttp_request *r, void *_) { evhttp_send_error(r, 403, NULL); }
static void boom(struct evhttp_request *r, void *_) { evhttp_send_error(r, 500, NULL); }
static void crash(struct evhttp_request *r, void *_) { abort(); }
static void hang(struct evhttp_request *r, void *_) {}

int main(int n, char **v) {
  struct event_base *base = event_base_new();
  struct evhttp *http = evhttp_new(base);
  evhttp_set_max_headers_size(http, 16384);
  evhttp_set_max_body_size(http, 65536);
  evhttp_set_cb(http, "/ok", ok, 0); evhttp_set_cb(http, "/big", ok, 0); evhttp_set_cb(http, "/sig", sig, 0); evhttp_set_cb(http, "/sig-bare", bare, 0);
  evhttp_set_cb(http, "/boom", boom, 0); evhttp_set_cb(http, "/crash", crash, 0); evhttp_set_cb(http, "/hang", hang, 0);
  evhttp_bind_socket(http, "127.0.0.1", atoi(v[1]));
  return event_base_dispatch(base);
}
