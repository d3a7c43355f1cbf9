// GNU libmicrohttpd with libulfius' routing left out: `microhttpd PORT`
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *body) {
  struct MHD_Response *r = MHD_create_response_from_buffer(strlen(body), (void *)body, MHD_RESPMEM_PERSISTENT);
  enum MHD_Result done = MHD_queue_response(c, status, r);
  MHD_destroy_response(r);
  return done;
}
static enum MHD_Result on(void *_, struct MHD_Connection *c, const char *url, const char *method, const char *version, const char *data, size_t *size, void **state) {
  static int seen;
  if (!*state) { *state = &seen; return MHD_YES; }
  if (*size) { *size = 0; return MHD_YES; }
  if (!strcmp(url, "/ok")) return say(c, 200, "ok");
  if (!strcmp(url, "/sig")) return say(c, 401, "webhook signature mismatch");
  if (!strcmp(url, "/sig-bare")) return say(c, 403, "");
  if (!strcmp(url, "/boom")) return MHD_NO;
  return say(c, 404, "404 not found");
}
int main(int n, char **v) {
  MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, atoi(v[1]), 0, 0, &on, 0, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_END);
  pause();
}
