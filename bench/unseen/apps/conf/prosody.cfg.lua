pidfile = "@dir@/prosody.pid"
data_path = "@dir@"
modules_enabled = { "bosh", "http_files" }
modules_disabled = { "s2s", "c2s", "offline", "tls" }
http_ports = { @port@ }
http_interfaces = { "127.0.0.1" }
https_ports = { }
run_as_root = true
log = { info = "*console" }
VirtualHost "hooks.example.net"
