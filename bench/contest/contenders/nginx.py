"""nginx as an HTTP proxy, the ceiling: one hop, one worker, keep-alive on both sides, nothing kept, no tunnel."""

from __future__ import annotations

import shutil

from contest.contender import Address, Contender, Ground
from contest.processes import StartError, free_port, wait_for_port

CONFIGURATION = """\
daemon off;
worker_processes 1;
error_log stderr error;
pid {directory}/nginx.pid;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_max_body_size 0;
  client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/proxy;
  fastcgi_temp_path {directory}/fastcgi;
  uwsgi_temp_path {directory}/uwsgi;
  scgi_temp_path {directory}/scgi;
  keepalive_requests 100000000;
  upstream handler {{ server 127.0.0.1:{handler}; keepalive 128; keepalive_requests 100000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass http://handler;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_request_buffering off;
    }}
  }}
}}
"""


class Nginx(Contender):
    name = "nginx"
    what = "nginx as a proxy, one hop (C)"

    def open(self, ground: Ground) -> Address:
        program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
        if not program:
            raise StartError("nginx is not installed (Debian: nginx-light)")
        port = free_port()
        text = CONFIGURATION.format(directory=ground.directory, handler=ground.handler_port, port=port)
        path = ground.directory / "nginx.conf"
        path.write_text(text)
        process = self.run("nginx", [program, "-e", "stderr", "-c", str(path)], ground)
        wait_for_port(port, process, ground.directory, "nginx")
        return Address(port)
