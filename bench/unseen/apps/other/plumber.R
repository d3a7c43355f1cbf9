# Plumber on httpuv: Rscript plumber.R PORT
library(plumber)
port <- as.integer(commandArgs(TRUE)[1])
pr() |>
  pr_post("/ok", function() list(ok = TRUE)) |>
  pr_post("/sig", function(res) { res$status <- 401; list(error = "webhook signature mismatch") }) |>
  pr_post("/sig-bare", function(res) { res$status <- 403; "" }) |>
  pr_post("/boom", function() stop("no workspace in the event")) |>
  pr_post("/json", function(req) req$body$type) |>
  pr_get("/getonly", function() "up") |>
  pr_post("/slash/", function() "ok") |>
  pr_post("/noslash", function() "ok") |>
  pr_set_docs(FALSE) |>
  pr_run(host = "127.0.0.1", port = port)
