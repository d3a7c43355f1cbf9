// Routers and guards of Go: `routers NAME PORT`.
package main

import (
	"encoding/json"
	"net/http"
	"os"

	restful "github.com/emicklei/go-restful"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi"
	"github.com/go-chi/chi/middleware"
	"github.com/gorilla/csrf"
	"github.com/julienschmidt/httprouter"
	"github.com/unrolled/secure"
	"gopkg.in/macaron.v1"
)

type hook struct {
	Tenant string `json:"tenant" binding:"required"`
}

func ok(w http.ResponseWriter, r *http.Request)   { w.Write([]byte("ok")) }
func boom(w http.ResponseWriter, r *http.Request) { var m map[string]int; m["workspace"] = 1 }
func sig(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "webhook: signature does not match", http.StatusUnauthorized)
}
func bare(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusForbidden) }
func read(w http.ResponseWriter, r *http.Request) {
	var h hook
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
}

func main() {
	name, address := os.Args[1], "127.0.0.1:"+os.Args[2]
	switch name {
	case "gin":
		gin.SetMode(gin.ReleaseMode)
		r := gin.New()
		r.Use(gin.Recovery())
		r.HandleMethodNotAllowed = true
		r.POST("/ok", func(c *gin.Context) { c.JSON(200, gin.H{"ok": true}) })
		r.POST("/sig", func(c *gin.Context) { c.AbortWithStatusJSON(401, gin.H{"error": "invalid signature"}) })
		r.POST("/sig-bare", func(c *gin.Context) { c.AbortWithStatus(403) })
		r.POST("/boom", func(c *gin.Context) { boom(nil, nil) })
		r.POST("/schema", func(c *gin.Context) {
			var h hook
			if err := c.ShouldBindJSON(&h); err != nil {
				c.JSON(400, gin.H{"error": err.Error()})
			}
		})
		r.POST("/json", func(c *gin.Context) {
			var h hook
			if err := c.ShouldBindJSON(&h); err != nil {
				c.JSON(400, gin.H{"error": err.Error()})
			}
		})
		r.POST("/basic", gin.BasicAuth(gin.Accounts{"a": "b"}), func(c *gin.Context) {})
		r.POST("/slash/", func(c *gin.Context) {})
		r.POST("/noslash", func(c *gin.Context) {})
		r.GET("/getonly", func(c *gin.Context) {})
		http.ListenAndServe(address, r)
	case "chi":
		r := chi.NewRouter()
		r.Use(middleware.Recoverer)
		r.Post("/ok", ok)
		r.Post("/sig", sig)
		r.Post("/sig-bare", bare)
		r.Post("/boom", boom)
		r.Post("/json", read)
		r.With(middleware.AllowContentType("application/json")).Post("/media", ok)
		r.With(middleware.BasicAuth("hooks", map[string]string{"a": "b"})).Post("/basic", ok)
		r.With(middleware.Throttle(1)).Post("/noslash", ok)
		r.Get("/getonly", ok)
		http.ListenAndServe(address, r)
	case "httprouter":
		r := httprouter.New()
		h := func(f http.HandlerFunc) httprouter.Handle {
			return func(w http.ResponseWriter, r *http.Request, p httprouter.Params) { f(w, r) }
		}
		r.POST("/ok", h(ok))
		r.POST("/sig", h(sig))
		r.POST("/sig-bare", h(bare))
		r.POST("/boom", h(boom))
		r.POST("/json", h(read))
		r.POST("/slash/", h(ok))
		r.POST("/noslash", h(ok))
		r.GET("/getonly", h(ok))
		http.ListenAndServe(address, r)
	case "macaron":
		m := macaron.Classic()
		m.Post("/ok", func() string { return "ok" })
		m.Post("/sig", func() (int, string) { return 400, "bad webhook signature" })
		m.Post("/sig-bare", func(c *macaron.Context) { c.Status(403) })
		m.Post("/boom", func() { boom(nil, nil) })
		m.Get("/getonly", func() string { return "up" })
		http.ListenAndServe(address, m)
	case "gorilla-csrf":
		m := http.NewServeMux()
		m.HandleFunc("/", ok)
		http.ListenAndServe(address, csrf.Protect([]byte("01234567890123456789012345678901"))(m))
	case "secure":
		m := http.NewServeMux()
		m.HandleFunc("/", ok)
		guard := secure.New(secure.Options{AllowedHosts: []string{"app.example.com"}})
		http.ListenAndServe(address, guard.Handler(m))
	case "secure-ssl":
		m := http.NewServeMux()
		m.HandleFunc("/", ok)
		guard := secure.New(secure.Options{SSLRedirect: true, SSLHost: "app.example.com"})
		http.ListenAndServe(address, guard.Handler(m))
	case "go-restful":
		ws := new(restful.WebService)
		ws.Path("/").Consumes(restful.MIME_JSON).Produces(restful.MIME_JSON)
		h := func(f http.HandlerFunc) restful.RouteFunction {
			return func(r *restful.Request, w *restful.Response) { f(w.ResponseWriter, r.Request) }
		}
		ws.Route(ws.POST("/ok").To(h(ok)))
		ws.Route(ws.POST("/sig").To(func(r *restful.Request, w *restful.Response) { w.WriteErrorString(401, "signature invalid") }))
		ws.Route(ws.POST("/media").To(h(ok)))
		ws.Route(ws.POST("/boom").To(h(boom)))
		ws.Route(ws.GET("/getonly").To(h(ok)))
		restful.Add(ws)
		http.ListenAndServe(address, restful.DefaultContainer)
	}
}
