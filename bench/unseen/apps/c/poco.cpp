// POCO's HTTPServer: `poco PORT`
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/HTTPServerRequest.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/ServerSocket.h>
#include <unistd.h>
using namespace Poco::Net;

struct Handler : HTTPRequestHandler {
  void handleRequest(HTTPServerRequest &q, HTTPServerResponse &r) override {
    std::string path = q.getURI();
    if (path == "/ok") r.send() << "ok";
    else if (path == "/sig") { r.setStatusAndReason(HTTPResponse::HTTP_UNAUTHORIZED, "Invalid webhook signature"); r.send(); }
    else if (path == "/sig-bare") { r.setStatusAndReason(HTTPResponse::HTTP_FORBIDDEN); r.send(); }
    else if (path == "/boom") throw Poco::NotFoundException("workspace");
    else if (path == "/login") r.redirect("/login");
  }
};
struct Factory : HTTPRequestHandlerFactory {
  HTTPRequestHandler *createRequestHandler(const HTTPServerRequest &q) override { return q.getURI() == "/nowhere" || q.getMethod() != "POST" ? nullptr : new Handler; }
};
int main(int, char **v) {
  HTTPServer server(new Factory, ServerSocket(SocketAddress("127.0.0.1", (Poco::UInt16)atoi(v[1]))), new HTTPServerParams);
  server.start();
  pause();
}
