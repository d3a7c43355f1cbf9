// Ulfius: `ulfius PORT`
#include <stdlib.h>
#include <ulfius.h>
#include <unistd.h>

static int ok(const struct _u_request *q, struct _u_response *r, void *_) { ulfius_set_string_body_response(r, 200, "ok"); return U_CALLBACK_COMPLETE; }
static int sig(const struct _u_request *q, struct _u_response *r, void *_) { ulfius_set_string_body_response(r, 401, "webhook signature mismatch"); return U_CALLBACK_COMPLETE; }
static int bare(const struct _u_request *q, struct _u_response *r, void *_) { ulfius_set_empty_body_response(r, 403); return U_CALLBACK_COMPLETE; }
static int unauthorized(const struct _u_request *q, struct _u_response *r, void *_) { return U_CALLBACK_UNAUTHORIZED; }
static int boom(const struct _u_request *q, struct _u_response *r, void *_) { return U_CALLBACK_ERROR; }

int main(int n, char **v) {
  struct _u_instance u;
  ulfius_init_instance(&u, atoi(v[1]), NULL, "hooks");
  ulfius_add_endpoint_by_val(&u, "POST", "/ok", NULL, 0, &ok, NULL);
  ulfius_add_endpoint_by_val(&u, "POST", "/noslash", NULL, 0, &ok, NULL);
  ulfius_add_endpoint_by_val(&u, "POST", "/sig", NULL, 0, &sig, NULL);
  ulfius_add_endpoint_by_val(&u, "POST", "/sig-bare", NULL, 0, &bare, NULL);
  ulfius_add_endpoint_by_val(&u, "POST", "/basic", NULL, 0, &unauthorized, NULL);
  ulfius_add_endpoint_by_val(&u, "POST", "/boom", NULL, 0, &boom, NULL);
  ulfius_add_endpoint_by_val(&u, "GET", "/getonly", NULL, 0, &ok, NULL);
  ulfius_start_framework(&u);
  pause();
}
