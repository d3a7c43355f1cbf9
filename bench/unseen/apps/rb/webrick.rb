# A WEBrick server: `webrick.rb PORT`
require 'webrick'
server = WEBrick::HTTPServer.new(Port: ARGV[0].to_i, BindAddress: '127.0.0.1', AccessLog: [], DocumentRoot: Dir.pwd)
server.mount_proc('/ok') { |_req, res| res.body = 'ok' }
server.mount_proc('/sig') { |_req, res| res.status = 401; res.body = 'signature mismatch' }
server.mount_proc('/sig-bare') { |_req, _res| raise WEBrick::HTTPStatus::Forbidden }
server.mount_proc('/boom') { |_req, _res| nil.workspace }
trap('TERM') { server.shutdown }
server.start
