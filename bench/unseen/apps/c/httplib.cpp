// cpp-httplib: `httplib PORT`
#include <httplib.h>
#include <stdexcept>

int main(int, char **v) {
  httplib::Server s;
  s.set_payload_max_length(65536);
  s.Post("/ok", [](auto &, auto &r) { r.set_content("{\"ok\":true}", "application/json"); });
  s.Post("/big", [](auto &, auto &r) { r.set_content("ok", "text/plain"); });
  s.Post("/sig", [](auto &, auto &r) { r.status = 401; r.set_content("webhook signature mismatch", "text/plain"); });
  s.Post("/sig-bare", [](auto &, auto &r) { r.status = 403; });
  s.Post("/boom", [](auto &, auto &) { throw std::runtime_error("no workspace in the event"); });
  s.Get("/getonly", [](auto &, auto &r) { r.set_content("up", "text/plain"); });
  s.Post("/noslash", [](auto &, auto &r) { r.set_content("ok", "text/plain"); });
  s.Post("/login", [](auto &, auto &r) { r.set_redirect("/login"); });
  s.listen("127.0.0.1", atoi(v[1]));
}
