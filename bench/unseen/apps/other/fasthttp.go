// fasthttp: go run fasthttp.go PORT
package main

import (
	"os"

	"github.com/valyala/fasthttp"
)

func main() {
	server := &fasthttp.Server{MaxRequestBodySize: 65536, ReadBufferSize: 16384, Handler: func(c *fasthttp.RequestCtx) {
		switch string(c.Path()) {
		case "/ok", "/big":
			c.SetBodyString("ok")
		case "/sig":
			c.Error("webhook signature mismatch", 401)
		case "/sig-bare":
			c.SetStatusCode(403)
		case "/login":
			c.Redirect("/sign-in", 302)
		case "/boom":
			panic("no workspace in the event")
		default:
			c.NotFound()
		}
	}}
	if err := server.ListenAndServe("127.0.0.1:" + os.Args[1]); err != nil {
		panic(err)
	}
}
