// Pistache: `pistache PORT`
#include <pistache/endpoint.h>
#include <pistache/router.h>
using namespace Pistache;
using Q = const Rest::Request &;

int main(int, char **v) {
  Http::Endpoint server(Address("127.0.0.1", Port(atoi(v[1]))));
  server.init(Http::Endpoint::options().threads(1).maxRequestSize(65536));
  Rest::Router router;
  auto on = [&](const char *path, Http::Code code, const char *body) {
    Rest::Routes::Post(router, path, [=](Q, Http::ResponseWriter r) { r.send(code, body); return Rest::Route::Result::Ok; });
  };
  on("/ok", Http::Code::Ok, "ok");
  on("/noslash", Http::Code::Ok, "ok");
  on("/big", Http::Code::Ok, "ok");
  on("/sig", Http::Code::Unauthorized, "webhook signature mismatch");
  on("/sig-bare", Http::Code::Forbidden, "");
  Rest::Routes::Get(router, "/getonly", [](Q, Http::ResponseWriter r) { r.send(Http::Code::Ok, "up"); return Rest::Route::Result::Ok; });
  Rest::Routes::Post(router, "/boom", [](Q, Http::ResponseWriter) -> Rest::Route::Result { throw std::runtime_error("no workspace in the event"); });
  server.setHandler(router.handler());
  server.serve();
}
