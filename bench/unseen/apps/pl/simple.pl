package Hooks;
use strict;
use base 'HTTP::Server::Simple::CGI';

sub handle_request {
    my ($self, $cgi) = @_;
    my $path = $cgi->path_info;
    if ($path eq '/ok') { print "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nok" }
    elsif ($path eq '/sig') { print "HTTP/1.0 401 Unauthorized\r\nContent-Type: text/plain\r\n\r\nbad signature on webhook" }
    elsif ($path eq '/boom') { die 'no workspace' }
    else { print "HTTP/1.0 404 Not found\r\nContent-Type: text/html\r\n\r\n<h1>Not found</h1>" }
}
my $server = Hooks->new($ARGV[0]);
$server->host('127.0.0.1');
$server->run;
