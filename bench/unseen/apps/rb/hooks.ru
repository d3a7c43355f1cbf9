# A plain Rack application: `thin`, `unicorn` and others serve it.
require 'json'
require 'openssl'

OTHER = 'whsec_of_the_staging_workspace'

ANSWERS = JSON.parse(File.read("#{ENV['APPS']}/answers.json"))

def plain(status, body = '', type = 'text/plain')
  [status, { 'Content-Type' => type, 'Content-Length' => body.bytesize.to_s }, [body]]
end

run lambda { |env|
  body = env['rack.input'].read.to_s
  status, type, words = ANSWERS[env['PATH_INFO']]
  next plain(status, words, type) if status
  case env['PATH_INFO']
  when '/ok' then plain(200, '{"received":true}', 'application/json')
  when '/sig'
    wanted = 'sha256=' + OpenSSL::HMAC.hexdigest('SHA256', OTHER, body)
    env['HTTP_X_NOTION_SIGNATURE'] == wanted ? plain(200, 'ok') : plain(401, 'Signatures did not match!')
  when '/sig-bare' then plain(403)
  when '/boom' then nil.fetch(:workspace)
  when '/json' then plain(200, JSON.parse(body)['type'])
  when '/bait/empty' then [204, {}, []]
  when '/hang' then sleep 30
  else plain(404, 'Not Found')
  end
}
