"""Ends with 0 while the relay of this container can keep deliveries: a health check without curl."""

import http.client
import os
import sys
from urllib.parse import urlsplit

# The relay serves the host of its public URL only.
host = urlsplit(os.environ["HOOKSCOPE_PUBLIC_URL"]).netloc
connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("HOOKSCOPE_PORT", "7420")), timeout=2)
try:
    connection.request("GET", "/-/ready", headers={"Host": host})
    sys.exit(0 if connection.getresponse().status == 200 else 1)
except OSError as error:
    sys.exit(str(error))
