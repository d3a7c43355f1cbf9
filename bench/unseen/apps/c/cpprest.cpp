// C++ REST SDK: `cpprest PORT`
#include <cpprest/http_listener.h>
#include <cpprest/json.h>
#include <unistd.h>
using namespace web::http;

int main(int, char **v) {
  experimental::listener::http_listener listener("http://127.0.0.1:" + std::string(v[1]) + "/");
  listener.support(methods::POST, [](http_request q) {
    auto path = q.request_uri().path();
    if (path == "/ok") q.reply(status_codes::OK, web::json::value::object());
    else if (path == "/sig") q.reply(status_codes::Unauthorized, "webhook signature mismatch");
    else if (path == "/sig-bare") q.reply(status_codes::Forbidden);
    else if (path == "/json") q.reply(status_codes::OK, q.extract_json().get());
    else if (path == "/boom") throw std::runtime_error("no workspace in the event");
    else q.reply(status_codes::NotFound);
  });
  listener.open().wait();
  pause();
}
