use Dancer;

set port => shift(@ARGV), server => '127.0.0.1', environment => 'production', show_errors => 0, logger => 'console';
set serializer => 'JSON' if 0;
post '/ok' => sub { 'ok' };
post '/sig' => sub { status 401; 'Webhook signature could not be verified' };
post '/sig-bare' => sub { send_error('', 403) };
post '/boom' => sub { die 'no workspace' };
post '/json' => sub { from_json(request->body)->{type} };
get '/getonly' => sub { 'up' };
post '/noslash' => sub { 'ok' };
post '/slash/' => sub { 'ok' };
post '/login' => sub { redirect '/login' };
dance;
