use strict;
use HTTP::Daemon;
use HTTP::Status;

my $daemon = HTTP::Daemon->new(LocalAddr => '127.0.0.1', LocalPort => $ARGV[0], ReuseAddr => 1) or die;
while (my $connection = $daemon->accept) {
    while (my $request = $connection->get_request) {
        my $path = $request->uri->path;
        if    ($path eq '/ok')       { $connection->send_response(HTTP::Response->new(200, 'OK', ['Content-Type' => 'text/plain'], 'ok')) }
        elsif ($path eq '/sig')      { $connection->send_error(403, 'The signature of the webhook does not match') }
        elsif ($path eq '/sig-bare') { $connection->send_error(RC_UNAUTHORIZED) }
        elsif ($path eq '/getonly')  { $connection->send_error(RC_METHOD_NOT_ALLOWED) }
        elsif ($path eq '/login')    { $connection->send_redirect('/login', 302) }
        elsif ($path eq '/moved')    { $connection->send_redirect('/v2/hooks', 301) }
        elsif ($path eq '/boom')     { $connection->send_error(RC_INTERNAL_SERVER_ERROR) }
        else                         { $connection->send_error(RC_NOT_FOUND) }
    }
    $connection->close;
}
