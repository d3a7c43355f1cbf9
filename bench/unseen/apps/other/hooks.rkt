#lang racket/base
; Racket's web server: racket hooks.rkt PORT
(require web-server/servlet-env web-server/dispatch web-server/http racket/string net/url)
(define port (string->number (vector-ref (current-command-line-arguments) 0)))
(define (plain status message words) (response/full status message (current-seconds) #"text/plain; charset=utf-8" '() (list words)))
(define-values (start _)
  (dispatch-rules
   [("ok") #:method "post" (lambda (q) (plain 200 #"OK" #"ok"))]
   [("sig") #:method "post" (lambda (q) (plain 401 #"Unauthorized" #"webhook signature mismatch"))]
   [("sig-bare") #:method "post" (lambda (q) (plain 403 #"Forbidden" #""))]
   [("boom") #:method "post" (lambda (q) (car '()))]
   [("login") #:method "post" (lambda (q) (redirect-to "/sign-in" see-other))]
   [("getonly") #:method "get" (lambda (q) (plain 200 #"OK" #"up"))]))
(serve/servlet start #:port port #:listen-ip "127.0.0.1" #:command-line? #t #:servlet-regexp #rx"")
